package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"huiyin/bench/crowd"
)

// replica is one process of the bot.
type replica struct {
	*crowd.Process
	addr    string
	started time.Time
}

// arrange makes sure that so many healthy processes serve, in that way.
func (h *house) arrange(ctx context.Context, replicas int, polling bool) error {
	if len(h.replicas) == replicas && h.polling == polling && slices.Equal(h.extra, h.with) {
		return nil
	}
	if err := h.stopAll(); err != nil {
		return err
	}
	h.polling, h.with = polling, h.extra
	return h.startAll(ctx, replicas)
}

func (h *house) startAll(ctx context.Context, replicas int) error {
	// No process runs, so a job that is running was left by one that was killed. River finds that out after minutes, which
	// have passed here.
	if _, err := h.db.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'"); err != nil {
		return fmt.Errorf("let the jobs of killed processes go on: %w", err)
	}
	for range replicas {
		if err := h.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start adds a process and returns when it serves. One that ends at once, because a store is away at that moment, is started
// again, as what watches over processes does.
func (h *house) start(ctx context.Context) error {
	for {
		err := h.startOnce(ctx)
		if err == nil || ctx.Err() != nil || !closed(h.replicas[len(h.replicas)-1].Gone()) {
			return err
		}
		h.replicas = h.replicas[:len(h.replicas)-1]
		h.balance()
		t := time.NewTimer(500 * time.Millisecond)
		select {
		case <-t.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// startOnce adds a process and returns when it serves or is gone.
func (h *house) startOnce(ctx context.Context) error {
	addr, err := crowd.FreeAddress(ctx)
	if err != nil {
		return err
	}
	env := append(append([]string{}, h.environ...), "LISTEN_ADDR="+addr, "WEBHOOK_SECRET="+h.secret)
	if !h.polling {
		env = append(env, "WEBHOOK_URL=http://"+h.balancer.addr+"/telegram")
	}
	env = append(env, h.extra...)
	if len(h.clocks) > 0 {
		env = append(env, "HUIYIN_CLOCK="+h.clocks[len(h.replicas)%len(h.clocks)].name)
	}
	started := time.Now()
	p, err := crowd.Serve(h.binary, env, h.logFile())
	if err != nil {
		return err
	}
	r := &replica{Process: p, addr: addr, started: started}
	h.replicas = append(h.replicas, r)
	h.balance()
	return p.Ready(ctx)
}

func (h *house) logFile() string { return filepath.Join(h.dir, "serve.log") }

func (h *house) balance() {
	var addrs []string
	for _, r := range h.replicas {
		addrs = append(addrs, r.addr)
	}
	h.balancer.to(addrs)
}

// kill ends the n-th process as an operator's kill -9 would, and takes it out of the balancer's list.
func (h *house) kill(ctx context.Context, n int) error {
	r := h.replicas[n]
	r.Kill()
	return h.buried(ctx, n, r)
}

// buried lets go of a process that has died. River takes its jobs for dead after minutes; they have passed here.
func (h *house) buried(ctx context.Context, n int, r *replica) error {
	h.replicas = append(h.replicas[:n:n], h.replicas[n+1:]...)
	h.balance()
	rows, err := h.db.Query(ctx, "SELECT id, attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'")
	if err != nil {
		return fmt.Errorf("find the jobs of a dead process: %w", err)
	}
	defer rows.Close()
	var dead []int64
	for rows.Next() {
		var id int64
		var client string
		if err := rows.Scan(&id, &client); err != nil {
			return fmt.Errorf("find the jobs of a dead process: %w", err)
		}
		if at, ok := bornAt(client); ok && !at.Before(r.started.Truncate(time.Microsecond)) && !h.bornAfter(r, at) {
			dead = append(dead, id)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find the jobs of a dead process: %w", err)
	}
	_, err = h.db.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running' AND id = ANY($1)", dead)
	if err != nil {
		return fmt.Errorf("let the jobs of a dead process go on: %w", err)
	}
	return nil
}

// bornAfter says whether a process that began later than r is the likelier owner of a client born at that time.
func (h *house) bornAfter(r *replica, at time.Time) bool {
	for _, o := range h.replicas {
		if o.started.After(r.started) && !at.Before(o.started) {
			return true
		}
	}
	return false
}

// bornAt reads the time in the name of a River client: host_2006_01_02T15_04_05_000000.
func bornAt(client string) (time.Time, bool) {
	const form = "2006_01_02T15_04_05"
	i := len(client) - len(form) - len("_000000")
	if i < 0 {
		return time.Time{}, false
	}
	at, err := time.Parse(form, client[i:i+len(form)])
	micro, err2 := strconv.Atoi(client[i+len(form)+1:])
	return at.Add(time.Duration(micro) * time.Microsecond), err == nil && err2 == nil
}

// repair brings the house back from a fault that did not end as it should: no process runs, and every proxy lets through.
func (h *house) repair() error {
	for _, r := range h.replicas {
		r.Kill()
	}
	h.replicas, h.extra = nil, nil
	h.balance()
	for name := range h.nets {
		h.nets[name].Toxics.ResetToxics(context.Background())
		h.nets.cut(name)
		if err := h.nets.mend(name); err != nil {
			return err
		}
	}
	return nil
}

// stopAll asks every process to stop; one that was stopped by a signal goes on first.
func (h *house) stopAll() error {
	var errs []error
	for _, r := range h.replicas {
		_, err := r.Stop()
		errs = append(errs, err)
	}
	h.replicas = nil
	h.balance()
	return errors.Join(errs...)
}
