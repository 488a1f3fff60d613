package telegram

import (
	"container/heap"
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// waiter is a call that waits for its turn.
type waiter struct {
	since time.Time
	bulk  bool
	at    int           // in its heap, -1 when it stands in none
	turn  chan struct{} // closed when it may go
}

// waiters is a heap: who has waited longest is first.
type waiters []*waiter

func (w waiters) Len() int           { return len(w) }
func (w waiters) Less(i, j int) bool { return w[i].since.Before(w[j].since) }
func (w waiters) Swap(i, j int)      { w[i], w[j] = w[j], w[i]; w[i].at, w[j].at = i, j }

// Push implements heap.Interface.
func (w *waiters) Push(x any) { c := x.(*waiter); c.at = len(*w); *w = append(*w, c) }

// Pop implements heap.Interface.
func (w *waiters) Pop() any {
	all := *w
	c := all[len(all)-1]
	all[len(all)-1] = nil
	*w, c.at = all[:len(all)-1], -1
	return c
}

func (p *pace) lineOf(bulk bool) *waiters {
	if bulk {
		return &p.line[1]
	}
	return &p.line[0]
}

// enter takes a place in the line, nil when the call may go at once.
func (p *pace) enter(since time.Time, bulk bool) *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if !bulk && !p.keeps(now) {
		// An answer takes its token even from an empty bucket, down to one second's debt, and bulk waits for longer.
		if p.global.TokensAt(now) > -float64(p.global.Limit()) {
			take(p.global, now)
		}
		return nil
	}
	w := &waiter{since: since, bulk: bulk, turn: make(chan struct{})}
	heap.Push(p.lineOf(bulk), w)
	p.advance(now)
	return w
}

// keeps says whether answers keep to the rate. The lock is held.
func (p *pace) keeps(now time.Time) bool { return len(p.line[0]) > 0 || now.Before(p.strict) }

// take takes one token, into debt when there is none.
func take(l *rate.Limiter, now time.Time) { l.ReserveN(now, 1) }

// lookAgain is after how long a clock is read again that says to wait for longer: it may have been put right, or the machine
// have slept.
const lookAgain = 5 * time.Second

// advance lets go whose turn it is, and sets the alarm for the next. The lock is held.
func (p *pace) advance(now time.Time) {
	for {
		w, wait := p.next(now)
		if w != nil {
			close(w.turn)
			continue
		}
		wait = min(wait, lookAgain)
		switch {
		case wait == 0:
		case p.alarm == nil:
			p.alarm = time.AfterFunc(wait, func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.advance(p.clock())
			})
		default:
			p.alarm.Reset(wait)
		}
		return
	}
}

// next takes who may go now out of the line; when it is nobody, it says after how long to ask again, 0 for an empty
// line. The lock is held.
func (p *pace) next(now time.Time) (*waiter, time.Duration) {
	from, need := &p.line[0], 1.0
	if len(*from) == 0 {
		from, need = &p.line[1], 1+p.spare
	}
	if len(*from) == 0 {
		return nil, 0
	}
	if hold := p.hold.Sub(now); hold > 0 {
		return nil, hold
	}
	if short := need - p.global.TokensAt(now); short > 0 {
		if from == &p.line[0] {
			p.strict = now.Add(strictFor)
		}
		// Rounded up, or the alarm rings a moment too early, and again.
		return nil, time.Duration(short/float64(p.global.Limit())*float64(time.Second)) + time.Microsecond
	}
	take(p.global, now)
	return heap.Pop(from).(*waiter), 0
}

// giveUp leaves a place in the line.
func (p *pace) giveUp(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.at >= 0 {
		heap.Remove(p.lineOf(w.bulk), w.at)
	}
}

// await waits for w's turn, most at the longest (0: as long as ctx lives). false: it has not come, and the place is given up.
func (p *pace) await(ctx context.Context, w *waiter, most time.Duration) bool {
	if w == nil {
		return true
	}
	var late <-chan time.Time
	var over <-chan struct{}
	if w.bulk {
		over = p.over
	}
	if most > 0 {
		t := time.NewTimer(most)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-w.turn:
		return true
	case <-late:
	case <-over:
	case <-ctx.Done():
	}
	p.giveUp(w)
	select {
	case <-w.turn: // it came meanwhile, and its token is taken
		return ctx.Err() == nil
	default:
		return false
	}
}

// ofChat takes the place of a bulk call among those of its chat and says how long until it; when that is more than
// limit, no place is taken.
func (p *pace) ofChat(key string, limit time.Duration) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	mine := p.chat(key).bucket.ReserveN(now, 1)
	if wait = mine.DelayFrom(now); wait > limit {
		mine.CancelAt(now)
		return wait, false
	}
	return wait, true
}

// answered accounts for an answer among the bulk calls of its chat, down to a second's debt.
func (p *pace) answered(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if b := p.chat(key).bucket; b.TokensAt(now) > -chatPerSecond {
		take(b, now)
	}
}

// Line is who waits for their turn to be sent something.
type Line struct {
	Answers int // calls that bring answers
	Bulk    int
	// Wait is how long an answer waits that joins now.
	Wait time.Duration
	// PerSecond is how many messages go out in a second while somebody waits.
	PerSecond float64
}

func (p *pace) state() Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	l := Line{Answers: len(p.line[0]), Bulk: len(p.line[1]), PerSecond: float64(p.global.Limit())}
	l.Wait = max(p.hold.Sub(now), 0)
	if p.keeps(now) {
		short := float64(l.Answers+1) - p.global.TokensAt(now.Add(l.Wait))
		l.Wait += time.Duration(max(short, 0) / l.PerSecond * float64(time.Second))
	}
	return l
}

// EndBulk has bulk that waits for its turn fail at once, and what comes later, so that a process that ends need not wait for
// it. It is called once.
func (c *Client) EndBulk() { close(c.seam.pace.over) }

// Line says who waits.
func (c *Client) Line() Line { return c.seam.pace.state() }

// prepaidKey holds whether the turn that a context brings is still to be used.
type prepaidKey struct{}

// Turn waits until the turn of an answer has come that somebody has waited for since a time. The next message sent with the
// context that it gives leaves at once; those after it are Owed. What is sent may so be decided when its turn has come.
func (c *Client) Turn(ctx context.Context, since time.Time) (context.Context, error) {
	p := c.seam.pace
	if !p.await(ctx, p.enter(since, false), 0) {
		return nil, ctx.Err()
	}
	return context.WithValue(Owed(ctx, since), prepaidKey{}, new(atomic.Bool)), nil
}

// prepaid uses the turn that ctx brings; false when there is none left.
func prepaid(ctx context.Context) bool {
	used, ok := ctx.Value(prepaidKey{}).(*atomic.Bool)
	return ok && used.CompareAndSwap(false, true)
}
