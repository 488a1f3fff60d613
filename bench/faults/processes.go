package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"huiyin/bench/crowd"
	"huiyin/failpoint"
)

// rolling replaces every process by another, one after the other, as a deploy does.
func rolling(ctx context.Context, r *round) error {
	for n := range len(r.house.replicas) {
		if err := r.done(ctx, 0.15*float64(n+1)); err != nil {
			return err
		}
		if err := r.start(ctx); err != nil {
			return err
		}
		old := r.house.replicas[0]
		r.house.replicas = r.house.replicas[1:]
		r.balance()
		if _, err := old.Stop(); err != nil {
			return err
		}
	}
	return nil
}

// stopped halts the process that began first, the leader among those that poll, as a machine that hangs does, and lets it
// go on while another has taken its place.
func stopped(d time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		if err := r.done(ctx, 0.2); err != nil {
			return err
		}
		first := r.house.replicas[0]
		first.Signal(syscall.SIGSTOP)
		defer first.Signal(syscall.SIGCONT)
		return r.lasts(ctx, d)
	}
}

// poisonedUpdates puts updates into people's queues that no program can make sense of.
func poisonedUpdates(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.2); err != nil {
		return err
	}
	for n, m := range r.matters {
		id := m.phone.ID()
		for _, raw := range []string{
			fmt.Sprintf(`{"message":{"message_id":"none","date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":7}}}`, id, id),
			fmt.Sprintf(`{"callback_query":{"id":"%d","from":{"id":%d,"first_name":"x"},"data":{"f":1}}}`, n+1, id),
			fmt.Sprintf(`{"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"x"},"poll":{"id":[]}}}`, 900000+n, id, id),
		} {
			if _, err := r.telegram.Deliver([]byte(raw)); err != nil {
				return err
			}
		}
	}
	return nil
}

// blocked lets everybody with a name block the bot once they have filed, and open it again when the office is through.
func blocked(ctx context.Context, r *round) error {
	filed := func(m *matter) bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.ref != ""
	}
	open := map[*matter]bool{}
	err := r.until(ctx, func() bool {
		for _, m := range r.matters {
			if !m.mode.Nameless() && filed(m) && !open[m] {
				open[m] = true
				m.phone.Block()
			}
		}
		return r.over()
	})
	for m := range open {
		m.phone.Unblock()
	}
	return err
}

// forged sends updates with a wrong secret, as anybody can who finds the address; none may be taken in.
func forged(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.2); err != nil {
		return err
	}
	for n, m := range r.matters {
		body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"text":"/cancel","chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"x"}}}`,
			800000000+n, 800000+n, m.phone.ID(), m.phone.ID())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.house.replicas[0].addr+"/telegram", bytes.NewReader([]byte(body)))
		if err != nil {
			return err
		}
		if n%2 == 0 {
			req.Header.Set("X-Telegram-Bot-Api-Secret-Token", "not-the-secret-of-this-run")
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return fmt.Errorf("send a forged update: %w", err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusUnauthorized {
			return fmt.Errorf("a forged update was answered with %d, %w", answer.StatusCode, err)
		}
	}
	return nil
}

// readOnly lets Postgres refuse all writes for a while.
func readOnly(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.3); err != nil {
		return err
	}
	c, err := r.db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	set := func(value string) error {
		for _, sql := range []string{
			"ALTER SYSTEM SET default_transaction_read_only = " + value, "SELECT pg_reload_conf()",
		} {
			if _, err := c.Exec(ctx, sql); err != nil {
				return fmt.Errorf("make Postgres read-only %s: %w", value, err)
			}
		}
		return nil
	}
	if err := set("on"); err != nil {
		return err
	}
	if err := r.lasts(ctx, 4*time.Second); err != nil {
		return err
	}
	return set("off")
}

// withFailpoints gives the house a bot that can be told where to die.
func withFailpoints(ctx context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
	h := w.house
	undo, err = h.another(ctx, "failpoints", func(string) ([]string, error) { return []string{"-tags", "failpoints"}, nil })
	return nil, undo, err
}

// another lets the next processes run another build, which the arguments of `go build` describe; it is built once in a run.
// undo brings the shipped one back.
func (h *house) another(ctx context.Context, name string, args func(dir string) ([]string, error)) (undo func(), err error) {
	shipped := h.binary
	undo = func() { h.binary, h.with = shipped, []string{"another binary"} }
	binary, err := h.builds.get(ctx, name, args)
	if err == nil {
		h.binary, h.with = binary, []string{"another binary"} // what runs is not it
	}
	return undo, err
}

// builds are other builds of the bot, each made when it is first wanted.
type builds struct {
	dir  string
	mu   sync.Mutex
	made map[string]string // name → path
}

func (b *builds) get(ctx context.Context, name string, args func(dir string) ([]string, error)) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if path := b.made[name]; path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp(b.dir, name)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	list, err := args(dir)
	if err != nil {
		return "", err
	}
	path, err := crowd.Build(ctx, dir, list...)
	if err == nil {
		b.made[name] = path
	}
	return path, err
}

// killedAtPoints lets the process die at each of these failpoints, at a passing that is drawn.
func killedAtPoints(seed uint64, points ...failpoint.Point) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		draw := rand.New(rand.NewPCG(seed, 1))
		var missed []failpoint.Point
		defer func() { r.extra = nil }()
		next := func(p failpoint.Point) error {
			if err := r.kill(ctx, 0); err != nil {
				return err
			}
			r.extra = nil
			if p != "" {
				r.extra = []string{fmt.Sprintf("HUIYIN_FAILPOINT=%s:%d", p, 1+draw.IntN(4))}
			}
			err := r.startOnce(ctx)
			if p != "" && closed(r.house.replicas[0].Gone()) {
				return nil // it passed the point before it served
			}
			return err
		}
		for _, p := range points {
			if err := next(p); err != nil {
				return err
			}
			gone := r.house.replicas[0].Gone()
			if err := r.until(ctx, func() bool { return closed(gone) || r.over() }); err != nil {
				return err
			}
			if !closed(gone) {
				missed = append(missed, p)
			}
		}
		if err := next(""); err != nil {
			return err
		}
		return unless(len(missed) == 0, fmt.Sprintf("everybody was through before these were passed: %v", missed))
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
