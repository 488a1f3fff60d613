package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"huiyin/failpoint"
	"huiyin/sim"
	redislocal "huiyin/store/redis/local"
)

// fault is one thing that goes wrong while people file and officers work.
type fault struct {
	name     string
	field    string // of the list in docs/faults.md
	hits     string // in a mix, a fault of another kind strikes beside it; "" strikes alone
	replicas int
	people   int // how many at least
	polling  bool
	// repeats: a process was ended between sending a letter and recording it, so that the letter may come twice.
	repeats bool
	hasty   bool // people press an old button at the very moment they send words
	albums  bool // whoever gives a name files ten parts of an album with it
	filings bool // people only file; the office is not at work
	eager   bool // people's first messages come all at once
	odd     bool // people send what is no answer, something else at each step
	signs   bool // people's names are full of signs that mean something to somebody
	// prepare makes stores of another shape for the fault, with what strikes them; nil leaves the house as it is.
	prepare func(context.Context, *world) (strike func(context.Context, *round) error, undo func(), err error)
	strike  func(context.Context, *round) error
}

// The failpoints, in the parts that one round of people passes.
var (
	sessionPoints = []failpoint.Point{
		failpoint.SessionWrite, failpoint.SessionWritten, failpoint.DraftsWrite, failpoint.DraftsWritten, failpoint.WebhookAnswer,
		failpoint.DraftDrop, failpoint.DraftDropped,
	}
	casePoints    = []failpoint.Point{failpoint.ShareWrite, failpoint.ShareWritten, failpoint.Commit, failpoint.Committed}
	sendingPoints = []failpoint.Point{
		failpoint.CallOut, failpoint.CallBack, failpoint.NoticeMark, failpoint.NoticeMarked, failpoint.NoticeSent, failpoint.NoticeRecorded,
	}
)

// strikes are faults in the order in which they are run.
func strikes(seed uint64) []fault {
	return []fault{
		{name: "nothing", replicas: 1, strike: nothing},
		{name: "killed at random moments", hits: hitsProcesses, field: "4", replicas: 1, repeats: true, strike: killed(seed, 4)},
		{name: "killed at random moments, polling", hits: hitsProcesses, field: "4", replicas: 1, polling: true, repeats: true, strike: killed(seed, 4)},
		{name: "killed as sessions are written", field: "4", replicas: 1, repeats: true, prepare: withFailpoints, strike: killedAtPoints(seed, sessionPoints...)},
		{name: "killed as cases are written", field: "4", replicas: 1, repeats: true, prepare: withFailpoints, strike: killedAtPoints(seed, casePoints...)},
		{name: "killed as letters are sent", field: "4", replicas: 1, repeats: true, prepare: withFailpoints, strike: killedAtPoints(seed, sendingPoints...)},
		{name: "killed as offsets are confirmed", field: "4", replicas: 1, polling: true, repeats: true, prepare: withFailpoints, strike: killedAtPoints(seed, failpoint.OffsetConfirm, failpoint.OffsetConfirm)},
		{name: "killed at random moments, everything twice", hits: hitsProcesses, field: "1, 4", replicas: 2, repeats: true, strike: twiceAndKilled(seed, 2)},
		{name: "Redis flushed", hits: hitsRedis, field: "11", replicas: 1, strike: redisFlushed},
		{name: "Redis killed", hits: hitsRedis, field: "11", replicas: 1, strike: redisKilled},
		{name: "Redis away", hits: hitsRedis, field: "11", replicas: 1, strike: away("redis", 4*time.Second)},
		{name: "Redis black-holed", hits: hitsRedis, field: "11", replicas: 1, strike: blackHole("redis", 5*time.Second)},
		{name: "Postgres killed", field: "12", replicas: 1, strike: postgresKilled},
		{name: "Postgres away", hits: hitsPostgres, field: "12", replicas: 1, strike: away("postgres", 4*time.Second)},
		{name: "Postgres slow by 2 s an answer", hits: hitsPostgres, field: "12", replicas: 1, strike: slow("postgres", 2*time.Second, 6*time.Second)},
		{name: "answers to COMMIT lost", hits: hitsPostgres, field: "12", replicas: 1, strike: commitsCut(12)},
		{name: "Telegram's limits", field: "6", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultLimits, Burst: 20}, 0)},
		{name: "a storm of 429", hits: hitsTelegram, field: "6", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultTooMany, RetryAfter: 1, Every: 3, Count: 40}, 0)},
		{name: "sendings of unknown outcome", hits: hitsTelegram, field: "5", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultTimeout, Every: 9, Count: 30}, 0)},
		{name: "Telegram away (502)", hits: hitsTelegram, field: "5", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultServer, Method: "sendMessage", Every: 5, Count: 30}, 0)},
		{name: "updates delivered twice", hits: hitsTelegram, field: "1", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultDuplicate}, 0)},
		{name: "updates delivered twice, to three", field: "1", replicas: 3, strike: failing(sim.Fault{Kind: sim.FaultDuplicate}, 0)},
		{name: "presses again under new ids", hits: hitsTelegram, field: "2", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultRepress}, 0)},
		{name: "old buttons pressed while writing", field: "3", replicas: 2, hasty: true, strike: latency("redis", 2*between+between/2)},
		{name: "killed as soon as a case is stored", field: "4", replicas: 1, repeats: true, strike: killedAtCases(4)},
		{name: "Redis away, then killed", field: "4, 11", replicas: 1, repeats: true, strike: awayAndKilled},
		{name: "Redis away, then killed, polling", field: "4, 11", replicas: 1, polling: true, repeats: true, strike: awayAndKilled},
		{name: "a rolling deploy", hits: hitsProcesses, field: "8", replicas: 3, strike: rolling},
		{name: "a rolling deploy, polling", hits: hitsProcesses, field: "8", replicas: 3, polling: true, strike: rolling},
		{name: "a leader stopped past its lease", hits: hitsProcesses, field: "8", replicas: 3, polling: true, strike: stopped(13 * time.Second)},
		{name: "one of three stopped", hits: hitsProcesses, field: "8", replicas: 3, strike: stopped(8 * time.Second)},
		{name: "one of three killed", hits: hitsProcesses, field: "4", replicas: 3, repeats: true, strike: killed(seed, 3)},
		{name: "poisoned updates", field: "9", replicas: 1, strike: poisonedUpdates},
		{name: "poisoned updates, polling", field: "9", replicas: 1, polling: true, strike: poisonedUpdates},
		{name: "sendings that take 90 s", field: "10", replicas: 1, strike: failing(sim.Fault{Kind: sim.FaultLatency, Method: "sendMessage", Delay: 90 * time.Second, Every: 15, Count: 4}, 0)},
		{name: "blocked and unblocked", field: "7", replicas: 1, strike: blocked},
		{name: "forged updates", field: "15", replicas: 1, strike: forged},
		{name: "Postgres read-only", hits: hitsPostgres, field: "12", replicas: 1, strike: readOnly},
		{name: "albums of ten parts at once", field: "17", replicas: 3, albums: true, strike: nothing},
		{name: "albums, everything twice, killed", field: "1, 4, 17", replicas: 2, albums: true, repeats: true, strike: twiceAndKilled(seed, 2)},
		{name: "Redis fails over (Sentinel)", field: "11", replicas: 2, prepare: withSentinel},
		{name: "Redis is resharded (Cluster)", field: "11", replicas: 2, prepare: withCluster},
		{name: "Postgres fails over to a replica", field: "12", replicas: 2, prepare: withStandby},
		{name: "an outage of 3 minutes", field: "13", replicas: 1, strike: outage(3 * time.Minute)},
		{name: "an outage of 3 minutes, polling", field: "13", replicas: 1, polling: true, strike: outage(3 * time.Minute)},
		{name: "an outage of 25 hours", field: "13", replicas: 1, strike: outage(25 * time.Hour)},
		{name: "an outage of 25 hours, polling", field: "13", replicas: 1, polling: true, strike: outage(25 * time.Hour)},
		{name: "clocks ten minutes ahead and behind", field: "11, 14", replicas: 2, prepare: withClocks(10*time.Minute, -10*time.Minute), strike: steppedAndFlushed},
		{name: "hours of retry_after", field: "6", replicas: 1, prepare: withClocks(0), strike: heldForHours},
		{name: "Postgres on a full disk", field: "12", replicas: 1, prepare: withSmallDisk},
		{name: "a rolling deploy with another flow", field: "8, 20", replicas: 3, prepare: withAnotherFlow},
		{name: "handlers that take longer than Telegram waits", field: "10", replicas: 3, strike: outlasted},
		{name: "first messages at once, and on two replicas", field: "1, 18", replicas: 3, eager: true, strike: onTwo},
		{name: "two officers take one case at once", field: "19", replicas: 3, filings: true, strike: contested},
		{name: "stickers and their like at every step", field: "21", replicas: 1, people: 12, odd: true, strike: nothing},
		{name: "names full of signs", field: "22", replicas: 1, signs: true, strike: nothing},
		{name: "nothing, to hundreds", replicas: 3, people: 240, strike: nothing},
		{name: "killed at random moments, of hundreds", field: "4", replicas: 3, people: 200, repeats: true, strike: killed(seed, 6)},
		{name: "text and press swapped", hits: hitsTelegram, field: "3", replicas: 3, hasty: true, strike: failing(sim.Fault{Kind: sim.FaultSwap, Every: 4}, 0)},
	}
}

func nothing(context.Context, *round) error { return nil }

// killed ends a process and starts another, n times.
func killed(seed uint64, n int) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		draw := rand.New(rand.NewPCG(seed, 1))
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

// twiceAndKilled is killed, while every update is delivered twice.
func twiceAndKilled(seed uint64, n int) func(context.Context, *round) error {
	kills := killed(seed, n)
	return func(ctx context.Context, r *round) error {
		end := r.telegram.Fail(sim.Fault{Kind: sim.FaultDuplicate})
		defer end()
		return errors.Join(kills(ctx, r), r.until(ctx, r.over))
	}
}

func redisFlushed(ctx context.Context, r *round) error {
	for _, share := range []float64{0.2, 0.5} {
		if err := errors.Join(r.done(ctx, share), r.flush(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// flush lets Redis forget everything.
func (r *round) flush(ctx context.Context) error {
	r.forgets()
	defer r.forgets()
	return r.redis.FlushAll(ctx).Err()
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
		if err := r.until(ctx, func() bool { return commitsLost.Load() >= n || r.over() }); err != nil {
			return err
		}
		return unless(commitsLost.Load() > 0, "no COMMIT was lost")
	}
}

func unless(ok bool, why string) error {
	if ok {
		return nil
	}
	return errors.New(why)
}

// latency makes every answer later, until everybody is through.
func latency(what string, each time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		end, err := r.nets.toxic(what, "latency", false, map[string]any{"latency": each.Milliseconds()})
		if err != nil {
			return err
		}
		defer end()
		return r.until(ctx, r.over)
	}
}

// killedAtCases ends the process the moment a case has been stored, n times.
func killedAtCases(n int) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		for range n {
			have, now := -1, 0
			for now <= have || have < 0 {
				if err := r.db.QueryRow(ctx, "SELECT count(*) FROM cases").Scan(&now); err != nil {
					return err
				}
				if have < 0 {
					have = now
				}
				if r.over() {
					return nil
				}
			}
			if err := r.kill(ctx, 0); err != nil {
				return err
			}
			if err := r.start(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// awayAndKilled ends the process while it holds updates that it cannot store.
func awayAndKilled(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.3); err != nil {
		return err
	}
	before := r.inputs.Load()
	r.nets.cut("redis")
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	// Everybody who acts now waits for an answer.
	if err := r.until(short, func() bool { return r.inputs.Load() >= before+int64(len(r.matters)) }); ctx.Err() != nil {
		return err
	}
	if err := r.kill(ctx, 0); err != nil {
		return err
	}
	if err := r.nets.mend("redis"); err != nil {
		return err
	}
	return r.start(ctx)
}

// failing lets Telegram misbehave from the beginning, for so long or until everybody is through.
func failing(f sim.Fault, d time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		end := r.telegram.Fail(f)
		defer end()
		if d > 0 {
			return r.lasts(ctx, d)
		}
		return r.until(ctx, r.over)
	}
}
