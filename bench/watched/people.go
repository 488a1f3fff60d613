package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"huiyin/bench/crowd"
	"huiyin/sim"
)

// busy lets people file and an officer work until the time is over. What people cannot do while Telegram is away they give
// up, and begin again.
func busy(ctx context.Context, telegram *sim.Server, token string, o options) (filed, worked int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.lasts)
	defer cancel()
	var files, works atomic.Int64
	var all sync.WaitGroup
	pace := crowd.Pace{Pause: 2250 * time.Millisecond, Spread: 1250 * time.Millisecond, Most: 8 * time.Second}
	officer := &crowd.Person{
		Phone: telegram.AddPhone(sim.Profile{ID: 880001, Name: "Li Na", Username: "lina", Language: "en"}),
		Pace:  crowd.Pace{Pause: 1250 * time.Millisecond, Spread: 250 * time.Millisecond, Most: 8 * time.Second},
	}
	officer.Start(token)
	all.Go(func() {
		for ctx.Err() == nil {
			if officer.Work(ctx) == nil {
				works.Add(1)
			}
		}
	})
	for n := range o.people {
		p := &crowd.Person{
			Phone: telegram.AddPhone(sim.Profile{ID: int64(880100 + n), Name: fmt.Sprintf("Person %d", n), Username: fmt.Sprintf("person%d", n), Language: "en"}),
			Pace:  pace,
		}
		all.Go(func() {
			_ = p.Do(ctx, crowd.Step{Say: "/start"})
			_ = p.Do(ctx, crowd.Step{Tap: "h.lang.en"}) // who has a language is asked for none
			for ctx.Err() == nil {
				if p.File(ctx, crowd.Filing) == nil {
					files.Add(1)
				} else {
					p.Send("/cancel")
				}
			}
		})
	}
	all.Go(func() { trouble(ctx, telegram, o.lasts) })
	all.Wait()
	if files.Load() == 0 || works.Load() == 0 {
		err = errors.New("nothing came to its end")
	}
	return files.Load(), works.Load(), err
}

// trouble makes Telegram slow in the third fifth of the time, and takes it away for a while in the fourth.
func trouble(ctx context.Context, telegram *sim.Server, lasts time.Duration) {
	for _, t := range []struct {
		wait, lasts time.Duration
		fault       sim.Fault
	}{
		{2 * lasts / 5, lasts / 5, sim.Fault{Kind: sim.FaultLatency, Delay: 1500 * time.Millisecond, Method: "sendMessage"}},
		{lasts / 10, lasts / 10, sim.Fault{Kind: sim.FaultServer, Code: http.StatusBadGateway}},
	} {
		if !pause(ctx, t.wait) {
			return
		}
		over := telegram.Fail(t.fault)
		pause(ctx, t.lasts)
		over()
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
