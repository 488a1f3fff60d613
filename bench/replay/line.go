package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"huiyin/sim"
)

const (
	// patience is how long anybody waits for the bot's reaction to what they did.
	patience = 90 * time.Second
	// noticeLate is how long anybody waits for what the bot tells unasked: notices are paced, and many may be queued.
	noticeLate = 15 * time.Minute
)

// meter counts what people did and how long the bot took to react.
type meter struct {
	inputs atomic.Int64
	pulse  atomic.Int64 // when a phone last heard something, Unix nanoseconds
	mu     sync.Mutex
	took   []time.Duration
}

func (m *meter) add(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took = append(m.took, d)
}

// line is one phone's chat with the bot. Everything the bot said is kept in the order it was seen; a message that was
// edited stands there once for every state it had.
type line struct {
	phone *sim.Phone
	meter *meter
	pace  *rate.Limiter

	mu     sync.Mutex
	log    []sim.Message
	alerts []string // words on pressed buttons
	woken  chan struct{}
}

// The bot takes 60 updates at once from a chat and 2 a second from then on, from an officer's 300 and 20. Whoever is
// faster is told so; here nobody is.
func ofReporter() *rate.Limiter { return rate.NewLimiter(1.9, 50) }
func ofOfficer() *rate.Limiter  { return rate.NewLimiter(19, 250) }

func listen(p *sim.Phone, m *meter, pace *rate.Limiter) *line {
	l := &line{phone: p, meter: m, pace: pace, woken: make(chan struct{})}
	p.On(l.hear)
	return l
}

func (l *line) hear(e sim.Event) {
	l.meter.pulse.Store(time.Now().UnixNano())
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e.Kind == "answer" && e.Answer.Text != "":
		l.alerts = append(l.alerts, e.Answer.Text)
	case (e.Kind == "message" || e.Kind == "edited") && e.Message.From == "bot":
		l.log = append(l.log, *e.Message)
		close(l.woken)
		l.woken = make(chan struct{})
	}
}

// now is the place in the log where what comes next will stand.
func (l *line) now() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.log)
}

// since is what the bot said from a place on.
func (l *line) since(place int) []sim.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.log[min(place, len(l.log)):])
}

func (l *line) texts(place int) []string {
	var out []string
	for _, m := range l.since(place) {
		out = append(out, m.Text)
	}
	return out
}

// await gives the n-th message from a place on that fits. what names it for the error.
func (l *line) await(ctx context.Context, what string, place, n int, within time.Duration, fits func(sim.Message) bool) (sim.Message, error) {
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	found := 0
	for {
		l.mu.Lock()
		for ; place < len(l.log); place++ {
			if fits(l.log[place]) {
				if found++; found == n {
					m := l.log[place]
					l.mu.Unlock()
					return m, nil
				}
			}
		}
		woken := l.woken
		l.mu.Unlock()
		select {
		case <-woken:
		case <-timeout.C:
			return sim.Message{}, fmt.Errorf("phone %d waited %s for %s in vain", l.phone.ID(), within, what)
		case <-ctx.Done():
			return sim.Message{}, fmt.Errorf("phone %d waits for %s: %w", l.phone.ID(), what, context.Cause(ctx))
		}
	}
}

var errChanged = errors.New("the phone sent other words than were typed")

// say sends messages in one go, as a person pastes, and gives the bot's last reaction: as many fitting messages are
// awaited as were sent.
func (l *line) say(ctx context.Context, what string, texts []string, fits func(sim.Message) bool) (sim.Message, error) {
	for range texts {
		if err := l.pace.Wait(ctx); err != nil {
			return sim.Message{}, fmt.Errorf("phone %d waits to send %s: %w", l.phone.ID(), what, err)
		}
	}
	place, began := l.now(), time.Now()
	for _, text := range texts {
		l.meter.inputs.Add(1)
		if m := l.phone.Send(text); m.Text != text {
			return sim.Message{}, fmt.Errorf("phone %d, %s: %w", l.phone.ID(), what, errChanged)
		}
	}
	return l.heard(ctx, what, place, len(texts), began, fits)
}

// press presses a button of a message and gives the bot's reaction.
func (l *line) press(ctx context.Context, what string, m sim.Message, data string, fits func(sim.Message) bool) (sim.Message, error) {
	if err := l.pace.Wait(ctx); err != nil {
		return sim.Message{}, fmt.Errorf("phone %d waits to press %s: %w", l.phone.ID(), what, err)
	}
	place, began := l.now(), time.Now()
	l.meter.inputs.Add(1)
	if _, err := l.phone.Press(m.ID, data); err != nil {
		return sim.Message{}, fmt.Errorf("phone %d, %s: %w", l.phone.ID(), what, err)
	}
	return l.heard(ctx, what, place, 1, began, fits)
}

func (l *line) heard(ctx context.Context, what string, place, n int, began time.Time, fits func(sim.Message) bool) (sim.Message, error) {
	m, err := l.await(ctx, what, place, n, patience, fits)
	if err == nil {
		l.meter.add(time.Since(began) / time.Duration(n))
	}
	return m, err
}

// gather presses a button that brings words, and gives what it brought once want stands in it whole, or after
// gatherFor whatever came.
func (l *line) gather(ctx context.Context, m sim.Message, data, want string) ([]string, error) {
	var got []string
	short, cancel := context.WithTimeoutCause(ctx, gatherFor, errNotWhole)
	defer cancel()
	_, err := l.press(short, "words in full", m, data, func(m sim.Message) bool {
		got = append(got, m.Text)
		return whole(want, got) == nil
	})
	if errors.Is(err, errNotWhole) {
		err = nil
	}
	return got, err
}

var errNotWhole = errors.New("the words did not come whole")

// gatherFor is long for a bot and short for a run in which many words are missing.
const gatherFor = 15 * time.Second
