package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"huiyin/sim"
)

const (
	// hush is how long a chat is silent before somebody wonders.
	hush = 1500 * time.Millisecond
	look = 100 * time.Millisecond
)

// phone is one person's chat with the bot, in the order things were seen.
type phone struct {
	*sim.Phone
	pace *rate.Limiter
	w    *world

	mu     sync.Mutex
	log    []sim.Message
	woken  chan struct{}
	waits  time.Time // since when an input waits for any reaction; zero when none does
	silent time.Duration
}

// The bot takes 60 updates at once from a chat and 2 a second from then on, from an officer's 300 and 20; nobody is faster.
func newPhone(w *world, p *sim.Phone, officer bool) *phone {
	l := &phone{Phone: p, w: w, pace: rate.NewLimiter(1.9, 45), woken: make(chan struct{})}
	if officer {
		l.pace = rate.NewLimiter(15, 200)
	}
	p.On(l.hear)
	return l
}

func (p *phone) hear(e sim.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fromBot := (e.Kind == "message" || e.Kind == "edited") && e.Message.From == "bot"
	if fromBot || e.Kind == "answer" {
		if !p.waits.IsZero() {
			p.silent, p.waits = max(p.silent, time.Since(p.waits)), time.Time{}
		}
	}
	if fromBot {
		p.log = append(p.log, *e.Message)
	}
	close(p.woken)
	p.woken = make(chan struct{})
}

func (p *phone) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.log)
}

// seen is what the bot has said from a place on.
func (p *phone) seen(place int) []sim.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log[min(place, len(p.log)):])
}

// last is the newest fitting message from a place on.
func (p *phone) last(place int, fits func(sim.Message) bool) (sim.Message, bool) {
	all := p.seen(place)
	for _, m := range slices.Backward(all) {
		if fits(m) {
			return m, true
		}
	}
	return sim.Message{}, false
}

// do is one thing a person does: words, or a press.
func (p *phone) do(ctx context.Context, act func() error) error {
	if err := p.pace.Wait(ctx); err != nil {
		return fmt.Errorf("phone %d waits: %w", p.ID(), context.Cause(ctx))
	}
	p.mu.Lock()
	if p.waits.IsZero() {
		p.waits = time.Now()
	}
	p.mu.Unlock()
	p.w.inputs.Add(1)
	return act()
}

func (p *phone) say(ctx context.Context, words string) error {
	return p.do(ctx, func() error { p.Send(words); return nil })
}

func (p *phone) press(ctx context.Context, m sim.Message, data string) error {
	return p.do(ctx, func() error {
		_, err := p.Press(m.ID, data)
		if errors.Is(err, sim.ErrNoMessage) { // the bot has taken the whole message away
			return sim.ErrNoButton
		}
		return err
	})
}

// await gives the newest message from a place on that fits, once all this person did is acknowledged. It gives up, without an error, when the bot has
// acknowledged all this person did and has been silent for a while.
func (p *phone) await(ctx context.Context, place int, fits func(sim.Message) bool) (m sim.Message, heard bool, err error) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	quiet := time.Now()
	for {
		p.mu.Lock()
		woken := p.woken
		p.mu.Unlock()
		// What the bot said before it acknowledged has been emitted by now, but perhaps not been heard yet.
		settled := p.Pending() == 0 && p.Heard()
		if m, ok := p.last(place, fits); ok && settled {
			return m, true, nil
		}
		select {
		case <-woken:
			quiet = time.Now()
		case <-tick.C:
			if !settled {
				quiet = time.Now()
			} else if time.Since(quiet) > hush {
				return sim.Message{}, false, nil
			}
		case <-ctx.Done():
			return sim.Message{}, false, fmt.Errorf("phone %d waits in vain: %w", p.ID(), context.Cause(ctx))
		}
	}
}

// longest is how long the person was left without any reaction to something they did.
func (p *phone) longest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}
