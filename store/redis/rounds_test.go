package redis

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// What gathers goes together, and everybody gets their own answer.
func TestRounds(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		r := NewRounds(b.c)
		var trips counted
		b.c.AddHook(&trips)
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				set := goredis.NewStatusCmd(b.ctx, "set", b.prefix+strconv.Itoa(i), i)
				get := goredis.NewStringCmd(b.ctx, "get", b.prefix+strconv.Itoa(i))
				if err := r.do(b.ctx, set, get); err != nil || set.Err() != nil {
					t.Error(err, set.Err())
				}
				if got := get.Val(); got != strconv.Itoa(i) {
					t.Errorf("%d got %q", i, got)
				}
			})
		}
		all.Wait()
		if trips.n >= 200 || trips.most > roundsAtOnce {
			t.Errorf("200 asked at once in %d round trips, up to %d at once", trips.n, trips.most)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.under != 0 || r.next != nil {
			t.Error("a round never ended")
		}
	})
}

// counted counts pipelines.
type counted struct {
	mu           sync.Mutex
	n, now, most int
}

func (c *counted) DialHook(next goredis.DialHook) goredis.DialHook          { return next }
func (c *counted) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook { return next }
func (c *counted) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if cmds[0].Name() != "set" {
			return next(ctx, cmds) // a connection begins
		}
		c.mu.Lock()
		c.n, c.now = c.n+1, c.now+1
		c.most = max(c.most, c.now)
		c.mu.Unlock()
		defer func() {
			c.mu.Lock()
			c.now--
			c.mu.Unlock()
		}()
		return next(ctx, cmds)
	}
}

// Who gathers behind a server that never answers waits no longer than they may.
func TestRoundsEndWithTheirCallers(t *testing.T) {
	t.Parallel()
	hole, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hole.Close() })
	c, err := client("redis://" + hole.Addr().String() + "?max_retries=-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	r := NewRounds(c)
	began := time.Now()
	var all sync.WaitGroup
	for range roundsAtOnce + 2 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			cmd := goredis.NewStringCmd(ctx, "get", "x")
			if err := r.do(ctx, cmd); err == nil {
				err = cmd.Err()
				if err == nil || errors.Is(err, goredis.Nil) {
					t.Errorf("answered: %v", err)
				}
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > callTimeout {
		t.Errorf("waited %s", took)
	}
}
