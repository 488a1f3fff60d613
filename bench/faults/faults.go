package main

import (
	"context"
	"math/rand/v2"
	"time"

	"huiyin/sim"
	redislocal "huiyin/store/redis/local"
)

// fault is one thing that goes wrong while people file and officers work.
type fault struct {
	name     string
	field    string // of the list in docs/faults.md
	replicas int
	polling  bool
	// repeats: a process was ended between sending a letter and recording it, so that the letter may come twice.
	repeats bool
	strike  func(context.Context, *round) error
}

// strikes are faults in the order in which they are run.
func strikes(seed uint64) []fault {
	draw := rand.New(rand.NewPCG(seed, 1))
	return []fault{
		{name: "nothing", replicas: 1, strike: func(context.Context, *round) error { return nil }},
		{name: "killed at random moments", field: "4", replicas: 1, repeats: true, strike: killed(draw, 4)},
		{name: "killed at random moments, polling", field: "4", replicas: 1, polling: true, repeats: true, strike: killed(draw, 4)},
		{name: "Redis flushed", field: "11", replicas: 1, strike: redisFlushed},
		{name: "Redis killed", field: "11", replicas: 1, strike: redisKilled},
		{name: "Redis away", field: "11", replicas: 1, strike: away("redis", 4*time.Second)},
		{name: "Redis black-holed", field: "11", replicas: 1, strike: blackHole("redis", 5*time.Second)},
		{name: "Postgres killed", field: "12", replicas: 1, strike: postgresKilled},
		{name: "Postgres away", field: "12", replicas: 1, strike: away("postgres", 4*time.Second)},
		{name: "Postgres slow by 2 s", field: "12", replicas: 1, strike: slow("postgres", time.Second, 6*time.Second)},
		{name: "answers to COMMIT lost", field: "12", replicas: 1, strike: commitsCut(12)},
		{name: "Telegram's limits", field: "6", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultLimits, Burst: 20}, 0)},
		{name: "a storm of 429", field: "6", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultTooMany, RetryAfter: 1, Every: 3, Count: 40}, 0)},
		{name: "sendings of unknown outcome", field: "5", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultTimeout, Every: 9, Count: 30}, 0)},
		{name: "Telegram away (502)", field: "5", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultServer, Method: "sendMessage", Every: 5, Count: 30}, 0)},
		{name: "updates delivered twice", field: "1", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultDuplicate}, 0)},
		{name: "updates delivered twice, to three", field: "1", replicas: 3, strike: failing(sim.Fault{Kind: sim.FaultDuplicate}, 0)},
		{name: "presses again under new ids", field: "2", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultRepress}, 0)},
		{name: "text and press swapped", field: "3", replicas: 3, strike: failing(sim.Fault{Kind: sim.FaultSwap, Every: 4}, 0)},
	}
}

// killed ends a process and starts another, n times.
func killed(draw *rand.Rand, n int) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		for i := range n {
			if err := r.done(ctx, (float64(i)+draw.Float64())/float64(n+1)); err != nil {
				return err
			}
			if err := r.kill(ctx, draw.IntN(len(r.replicas))); err != nil {
				return err
			}
			if err := r.start(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

func redisFlushed(ctx context.Context, r *round) error {
	for _, share := range []float64{0.2, 0.5} {
		if err := r.done(ctx, share); err != nil {
			return err
		}
		r.forgets()
		if err := r.redis.FlushAll(ctx).Err(); err != nil {
			return err
		}
		r.forgets()
	}
	return nil
}

// redisKilled ends the server and starts an empty one.
func redisKilled(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.3); err != nil {
		return err
	}
	r.forgets()
	r.rd.Stop()
	r.forgets()
	if err := r.lasts(ctx, 2*time.Second); err != nil {
		return err
	}
	server, err := redislocal.StartServer(ctx)
	if err != nil {
		return err
	}
	r.rd = server
	if err := r.lookAgain(ctx); err != nil {
		return err
	}
	return r.nets.lead("redis", hostOf(server.URL()))
}

// away refuses all connections for a while.
func away(what string, d time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		if err := r.done(ctx, 0.3); err != nil {
			return err
		}
		r.nets.cut(what)
		if err := r.lasts(ctx, d); err != nil {
			return err
		}
		return r.nets.mend(what)
	}
}

// blackHole swallows everything for a while, and closes nothing.
func blackHole(what string, d time.Duration) func(context.Context, *round) error {
	return poisoned(what, "timeout", map[string]any{"timeout": 0}, d)
}

func slow(what string, each, d time.Duration) func(context.Context, *round) error {
	return poisoned(what, "latency", map[string]any{"latency": each.Milliseconds()}, d)
}

func poisoned(what, kind string, attributes map[string]any, d time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		if err := r.done(ctx, 0.3); err != nil {
			return err
		}
		end, err := r.nets.toxic(what, kind, false, attributes)
		if err != nil {
			return err
		}
		defer end()
		return r.lasts(ctx, d)
	}
}

// postgresKilled ends the server without a checkpoint and starts it again: it recovers what it had committed.
func postgresKilled(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.3); err != nil {
		return err
	}
	at, stop := context.WithCancel(ctx)
	stop() // no time to shut down: SIGQUIT
	if err := r.pg.Stop(at); err != nil {
		return err
	}
	if err := r.startPostgres(ctx); err != nil {
		return err
	}
	if err := r.lookAgain(ctx); err != nil {
		return err
	}
	return r.nets.lead("postgres", hostOf(r.pg.URL("")))
}

// commitsCut ends n connections between a COMMIT and its answer.
func commitsCut(n int32) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		commitsLost.Store(0)
		commitsToLose.Store(n)
		end, err := r.nets.toxic("postgres", loseCommit, true, map[string]any{})
		if err != nil {
			return err
		}
		defer end()
		return r.until(ctx, func() bool { return commitsLost.Load() >= n || r.allFiled() })
	}
}

// failing lets Telegram misbehave from the beginning, for so long or until everybody is through.
func failing(f sim.Fault, d time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		end := r.telegram.Fail(f)
		defer end()
		if d > 0 {
			return r.lasts(ctx, d)
		}
		return r.until(ctx, r.allProposed)
	}
}
