package redis

import (
	"context"
	"math"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// Rounds is the way to Redis that updates take. What a command costs is mostly the writing to a connection and the reading
// from it, here and at the server: so at most roundsAtOnce are under way, and what is asked meanwhile gathers and goes as one
// pipeline. Who comes alone does not wait for anybody, and who gathers waits for less than one round. It is safe for
// concurrent use, and everything that an update asks goes through the same Rounds.
//
// Through a cluster everybody goes alone: a pipeline is as slow as the slowest of its nodes.
type Rounds struct {
	c    goredis.UniversalClient
	most int

	mu    sync.Mutex
	under int    // how many are under way
	next  *round // gathers while as many are under way as may be
}

// roundsAtOnce keeps the server busy while what it answered is read here. More would be smaller: BenchmarkUpdate.
const roundsAtOnce = 4

// round is commands of several chats that go together.
type round struct {
	cmds []goredis.Cmder
	done chan struct{}
}

// NewRounds makes the way to a server.
func NewRounds(c goredis.UniversalClient) *Rounds {
	r := &Rounds{c: c, most: roundsAtOnce}
	if _, ok := c.(*goredis.ClusterClient); ok {
		r.most = math.MaxInt
	}
	return r
}

// do carries commands out, in their order; each says for itself what became of it. With an error nothing of that is known, and
// the commands may not be looked at: ctx has ended, and they may be carried out all the same.
func (r *Rounds) do(ctx context.Context, cmds ...goredis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, end := traced(ctx, cmds[0])
	r.mu.Lock()
	if r.under < r.most {
		r.under++
		r.mu.Unlock()
		r.run(ctx, cmds)
		if next := r.gathered(); next != nil {
			go r.rest(next)
		}
		end(cmds[0].Err())
		return nil
	}
	if r.next == nil {
		r.next = &round{done: make(chan struct{})}
	}
	mine := r.next
	mine.cmds = append(mine.cmds, cmds...)
	r.mu.Unlock()
	select {
	case <-mine.done:
		end(cmds[0].Err())
		return nil
	case <-ctx.Done():
		end(ctx.Err())
		return ctx.Err()
	}
}

// gathered is what is to go next, nil when a round has ended and nothing has gathered.
func (r *Rounds) gathered() *round {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := r.next
	if r.next = nil; next == nil {
		r.under--
	}
	return next
}

// rest carries out what gathers until nothing does. It belongs to nobody, and so ends by the client's own time-outs.
func (r *Rounds) rest(next *round) {
	for next != nil {
		r.run(context.Background(), next.cmds)
		done := next.done
		next = r.gathered()
		close(done)
	}
}

func (r *Rounds) run(ctx context.Context, cmds []goredis.Cmder) {
	p := r.c.Pipeline()
	_ = p.BatchProcess(ctx, cmds...) // only queues them
	_, _ = p.Exec(ctx)               // each says for itself what became of it
}

// script runs a script, and sends its text when the server does not know it: it has begun anew.
func (r *Rounds) script(ctx context.Context, s *goredis.Script, key string, args ...any) (*goredis.Cmd, error) {
	cmd := call(ctx, s, key, args...)
	if err := r.do(ctx, cmd); err != nil {
		return nil, err
	}
	return r.known(ctx, cmd, s, key, args...), nil
}

// call is a script's command.
func call(ctx context.Context, s *goredis.Script, key string, args ...any) *goredis.Cmd {
	return goredis.NewCmd(ctx, append([]any{"evalsha", s.Hash(), 1, key}, args...)...)
}

// known gives cmd, or runs it again when the server did not know its script.
func (r *Rounds) known(ctx context.Context, cmd *goredis.Cmd, s *goredis.Script, key string, args ...any) *goredis.Cmd {
	if goredis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
		return s.Eval(ctx, r.c, []string{key}, args...)
	}
	return cmd
}
