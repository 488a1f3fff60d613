package sim

import (
	"sync"
	"time"
)

// Clock is the server's time: it runs like the wall clock until it is moved.
// It dates messages, expires presses and updates, and times webhook retries
// and rate limits. Long polls and injected latency wait in real time, since
// they belong to the network.
type Clock struct {
	mu     sync.Mutex
	frozen bool
	at     time.Time     // the time when frozen
	offset time.Duration // distance from the wall clock when running
	timers map[*clockTimer]struct{}
}

type clockTimer struct {
	due  time.Time
	f    func()
	real *time.Timer
}

// NewClock returns a running clock that shows the wall clock's time.
func NewClock() *Clock { return &Clock{timers: map[*clockTimer]struct{}{}} }

// NewFrozenClock returns a clock that stands at t until it is advanced or set.
func NewFrozenClock(t time.Time) *Clock {
	c := NewClock()
	c.frozen, c.at = true, t
	return c
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.at
	}
	return time.Now().Add(c.offset)
}

// Advance moves the clock by d and fires what became due.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	if c.frozen {
		c.at = c.at.Add(d)
	} else {
		c.offset += d
	}
	c.rearm()
	c.mu.Unlock()
}

// Set moves the clock to t; a running clock goes on from there.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	if c.frozen {
		c.at = t
	} else {
		c.offset = time.Until(t)
	}
	c.rearm()
	c.mu.Unlock()
}

// Real puts the clock back on the wall clock.
func (c *Clock) Real() {
	c.mu.Lock()
	c.frozen, c.offset = false, 0
	c.rearm()
	c.mu.Unlock()
}

// After calls f in its own goroutine once d has passed on this clock. stop
// forgets the timer; it may be called at any time.
func (c *Clock) After(d time.Duration, f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &clockTimer{due: c.now().Add(d), f: f}
	c.timers[t] = struct{}{}
	c.arm(t)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, t)
		if t.real != nil {
			t.real.Stop()
		}
	}
}

// Sleeping says how many timers wait, so that a test can advance a frozen
// clock only when somebody is waiting for it.
func (c *Clock) Sleeping() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

func (c *Clock) rearm() {
	for t := range c.timers {
		c.arm(t)
	}
}

func (c *Clock) arm(t *clockTimer) {
	if t.real != nil {
		t.real.Stop()
		t.real = nil
	}
	left := t.due.Sub(c.now())
	if left <= 0 {
		delete(c.timers, t)
		go t.f()
		return
	}
	if !c.frozen {
		t.real = time.AfterFunc(left, func() { c.fire(t) })
	}
}

func (c *Clock) fire(t *clockTimer) {
	c.mu.Lock()
	_, waiting := c.timers[t]
	delete(c.timers, t)
	c.mu.Unlock()
	if waiting {
		t.f()
	}
}
