package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"huiyin/bench/crowd"
	"huiyin/sim"
)

// How people are, in their own time.
const (
	thinks    = 10 * time.Second // before an answer, on average
	works     = 30 * time.Second // officers, before each act
	patience  = 30 * time.Minute // who has no answer by then has lost it
	restless  = 90 * time.Second // one of twenty presses again when nothing has come by then
	aftermath = 2 * time.Hour    // within which everything is to be over
)

// fast gives a time of the hour as it passes here.
func (h *hour) fast(d time.Duration) time.Duration { return d / time.Duration(h.speed) }

// slow gives a time measured here as people would have lived through it.
func (h *hour) slow(d time.Duration) time.Duration { return d * time.Duration(h.speed) }

// script is the filing that bench/watched knows; one of twenty sends a file.
func script(n int) []crowd.Step {
	if n%20 == 0 {
		return crowd.Filing
	}
	i := slices.IndexFunc(crowd.Filing, func(s crowd.Step) bool { return s.File != "" })
	return slices.Concat(crowd.Filing[:i], []crowd.Step{{Tap: "skip"}}, crowd.Filing[i+2:])
}

var greeting = []crowd.Step{{Say: "/start"}, {Tap: "h.lang.en"}}

// before has officers join, and so many people file that enough notices wait.
func (h *hour) before(ctx context.Context) error {
	var all sync.WaitGroup
	errs := make([]error, h.options.officers)
	for n := range h.options.officers {
		p := &crowd.Person{
			Phone: h.telegram.AddPhone(sim.Profile{ID: int64(870_001 + n), Name: fmt.Sprintf("Officer %d", n), Username: fmt.Sprintf("officer%d", n), Language: "en"}),
			Pace:  crowd.Pace{Pause: h.fast(works), Spread: h.fast(works / 2), Most: h.fast(patience)},
		}
		h.officers = append(h.officers, p)
		department := "safety"
		if n%5 == 4 { // the others look after what has nothing to do with the accident
			department = []string{"hr", "integrity"}[n/5%2]
		}
		token, err := crowd.Invite(ctx, h.binary, h.environ, p.Profile().Name, department)
		if err != nil {
			return err
		}
		p.Start(token)
		errs[n] = p.Await(ctx, func(all []sim.Message) bool { return len(all) > 1 })
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	most, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	each := max(h.options.officers*4/5, 1)
	lots := make([]error, h.notices/each+10)
	for n := range lots {
		p := &crowd.Person{
			Phone: h.telegram.AddPhone(sim.Profile{ID: int64(880_001 + n), Name: "Somebody", Username: fmt.Sprintf("before%d", n), Language: "en"}),
			Pace:  crowd.Pace{Most: 2 * time.Minute},
		}
		all.Go(func() { lots[n] = p.File(most, slices.Concat(greeting, script(1))) })
	}
	all.Wait()
	h.casesBefore = len(lots)
	return errors.Join(lots...)
}

// pass lets everybody do what they do until all have filed and nothing waits any more.
func (h *hour) pass(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, h.fast(aftermath), errors.New("it is not over after two hours"))
	defer cancel()
	watch, unwatch := context.WithCancel(ctx)
	var watching, all, office sync.WaitGroup
	watching.Go(func() { h.watch(watch) })
	for _, p := range h.officers {
		p.Phone.On(h.hear)
		office.Go(func() {
			for watch.Err() == nil && p.Pace.Wait(watch) {
				if err := p.Work(watch); err == nil {
					h.mu.Lock()
					h.worked++
					h.mu.Unlock()
				}
			}
		})
	}
	for n := range h.people {
		p := &crowd.Person{
			Phone: h.telegram.AddPhone(sim.Profile{ID: int64(900_001 + n), Name: "Somebody", Username: fmt.Sprintf("person%d", n), Language: "en"}),
			Pace:  crowd.Pace{Pause: h.fast(thinks), Spread: h.fast(thinks * 3 / 4), Most: h.fast(patience)},
			Asked: h.asked,
		}
		if n%20 == 1 {
			p.Restless = h.fast(restless)
		}
		p.Phone.On(h.hear)
		h.crowd = append(h.crowd, p)
		begins := rand.N(h.fast(h.arrive))
		all.Go(func() {
			if !(crowd.Pace{Pause: begins}).Wait(ctx) {
				return
			}
			err := p.File(ctx, slices.Concat(greeting, script(n)))
			if err == nil {
				err = h.named(ctx, p)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if err != nil {
				h.lost = append(h.lost, fmt.Errorf("person %d: %w", n, err))
				return
			}
			h.filed++
			h.lastFiled = time.Since(h.began)
		})
	}
	all.Wait()
	unwatchOfficers := time.After(h.fast(time.Minute))
	<-unwatchOfficers
	err := h.drained(ctx)
	unwatch()
	office.Wait()
	watching.Wait()
	for _, p := range slices.Concat(h.crowd, h.officers) {
		h.lapsed += p.Lapsed()
	}
	return err
}

// named returns when a person's chat names their case.
func (h *hour) named(ctx context.Context, p *crowd.Person) error {
	ctx, cancel := context.WithTimeout(ctx, p.Pace.Most)
	defer cancel()
	return p.Await(ctx, func(all []sim.Message) bool {
		return slices.ContainsFunc(all, func(m sim.Message) bool { return m.From == "bot" && crowd.Reference(m.Text) != "" })
	})
}

// drained waits until no notice waits any more.
func (h *hour) drained(ctx context.Context) error {
	for {
		n, err := h.waiting(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			h.over = time.Since(h.began)
			return nil
		}
		if !(crowd.Pace{Pause: 500 * time.Millisecond}).Wait(ctx) {
			return fmt.Errorf("%d notices wait: %w", n, context.Cause(ctx))
		}
	}
}
