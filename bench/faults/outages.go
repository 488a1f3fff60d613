package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"
)

// outage stops every process for so long on Telegram's clock: presses grow too old after 150 s, everything after a day.
// People go on meanwhile, and do again afterwards what never arrived.
func outage(d time.Duration) func(context.Context, *round) error {
	return func(ctx context.Context, r *round) error {
		if err := r.done(ctx, 0.3); err != nil {
			return err
		}
		replicas := len(r.house.replicas)
		if err := r.stopAll(); err != nil {
			return err
		}
		// Everybody who is not waiting for somebody else has sent something into the void.
		waiting := func() bool {
			n := 0
			for _, m := range r.matters {
				if m.phone.Pending() > 0 || m.proposed || m.ref != "" {
					n++
				}
			}
			return n == len(r.matters)
		}
		if err := r.until(ctx, waiting); err != nil {
			return err
		}
		r.telegram.Advance(d)
		return r.startAll(ctx, replicas)
	}
}

// hundreds of people make a round of minutes; such faults are run once and not drawn.
const hundreds = 100

// mixed draws a fault and, when it hits something that others do not, one of those to strike at once. The same seed draws
// the same, with the same moments.
func mixed(seed uint64, only *regexp.Regexp) fault {
	draw := rand.New(rand.NewPCG(seed, 2))
	var all []fault
	for _, one := range inTurn(seed, only) {
		if one.people < hundreds {
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		all = strikes(seed)[:1]
	}
	a := all[draw.IntN(len(all))]
	var fit []fault
	for _, f := range all {
		if f.hits != "" && f.hits != a.hits {
			fit = append(fit, f)
		}
	}
	if a.hits == "" || len(fit) == 0 {
		return a
	}
	b := fit[draw.IntN(len(fit))]
	lead := a
	if b.hits == hitsProcesses {
		lead = b
	}
	return fault{
		name: a.name + " + " + b.name, replicas: lead.replicas, polling: lead.polling, repeats: a.repeats || b.repeats, hasty: a.hasty || b.hasty,
		strike: func(ctx context.Context, r *round) error {
			var group errgroup.Group
			var errs [2]error
			group.Go(func() error { errs[0] = a.strike(ctx, r); return nil })
			group.Go(func() error { errs[1] = b.strike(ctx, r); return nil })
			_ = group.Wait() // errors are in errs
			return errors.Join(errs[:]...)
		},
	}
}

// What a fault hits. Faults that hit nothing by this list are run alone.
const (
	hitsProcesses = "processes"
	hitsRedis     = "redis"
	hitsPostgres  = "postgres"
	hitsTelegram  = "telegram"
)
