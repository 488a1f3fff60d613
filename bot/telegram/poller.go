package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"huiyin/failpoint"
)

// Leader lets one of several replicas poll.
type Leader interface {
	// Acquire waits until this process leads or ctx ends. lost is closed when
	// the lead is gone; release gives it up and is called exactly once.
	Acquire(ctx context.Context) (lost <-chan struct{}, release func(), err error)
}

// PollerOptions tunes a Poller. Zero values mean the defaults.
type PollerOptions struct {
	// Leader nil: this process always leads.
	Leader Leader
	// Wait is how long Telegram keeps an empty request open, in whole seconds. Default 50 s.
	Wait time.Duration
	// Drain is how long Run waits for updates in work after its context ended. Default 20 s.
	Drain time.Duration
	Log   *slog.Logger
}

const (
	pollLimit = 100 // Telegram's most
	minPause  = 250 * time.Millisecond
	maxPause  = 5 * time.Second
	// While updates are in work Telegram hands them out again at once; so long
	// at most is waited before asking whether there is anything beyond them.
	maxLull = 2 * time.Second
)

// Poller receives updates by asking for them. Telegram is told to forget an
// update only when it and all before it are done. Updates behind a slow one
// are worked on meanwhile, up to the 100 that Telegram shows beyond the last
// confirmed one.
type Poller struct {
	c     *Client
	lanes *Lanes
	opts  PollerOptions
	state atomic.Value // State
}

// State is what a poller is doing.
type State string

// What a poller may be doing.
const (
	Stopped  State = "stopped"  // not running, or not any more
	Follows  State = "follows"  // waits to lead
	Leads    State = "leads"    // asks for updates, and is answered
	Troubled State = "troubled" // leads, and Telegram did not answer the last request or refused it
)

// State says what the poller is doing at this moment.
func (p *Poller) State() State { return p.state.Load().(State) }

// NewPoller makes a poller that gets updates through c and runs them in lanes.
func NewPoller(c *Client, lanes *Lanes, opts PollerOptions) *Poller {
	opts.Wait = orDefault(opts.Wait, 50*time.Second)
	opts.Drain = orDefault(opts.Drain, 20*time.Second)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	p := &Poller{c: c, lanes: lanes, opts: opts}
	p.state.Store(Stopped)
	return p
}

// Run polls until ctx ends, then lets updates in work finish, confirms them
// and returns nil. The only error is a token that is not accepted. When the
// lead is lost it stops at once, confirms nothing, and waits to lead again.
func (p *Poller) Run(ctx context.Context) error {
	defer p.state.Store(Stopped)
	pause := minPause
	for ctx.Err() == nil {
		p.state.Store(Follows)
		lost, release, err := p.acquire(ctx)
		if err != nil {
			if ctx.Err() == nil {
				p.opts.Log.Warn("polling: lead not acquired", "class", failureClass(err))
			}
			_ = sleep(ctx, pause)
			pause = min(2*pause, maxPause)
			continue
		}
		pause = minPause
		p.state.Store(Leads)
		err = p.lead(ctx, lost)
		release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Poller) acquire(ctx context.Context) (<-chan struct{}, func(), error) {
	if p.opts.Leader == nil {
		return nil, func() {}, nil // a nil channel is never lost
	}
	return p.opts.Leader.Acquire(ctx)
}

// errLost ends the context of a term whose lead is gone.
var errLost = errors.New("the lead is lost")

// lead polls for as long as this process leads.
func (p *Poller) lead(ctx context.Context, lost <-chan struct{}) error {
	term, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case <-lost:
			end(errLost)
		case <-term.Done():
		}
	}()
	b := &backlog{state: make(map[int64]bool), progress: make(chan struct{}, 1)}
	err := p.poll(term, b)
	if context.Cause(term) == errLost {
		p.opts.Log.Warn("polling: the lead is lost, stopped")
		return nil
	}
	if err == nil {
		p.finish(ctx, lost, b)
	}
	return err
}

// finish waits for what is in work and confirms it, so that the next process
// does not get it again; without the lead there is nothing to confirm.
func (p *Poller) finish(ctx context.Context, lost <-chan struct{}, b *backlog) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.opts.Drain)
	defer cancel()
	idle := make(chan struct{})
	go func() { b.work.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-ctx.Done():
	case <-lost:
		return
	}
	offset := b.advance()
	if offset == 0 {
		return
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := p.c.getUpdates(ctx, offset, 1, 0); err != nil {
		p.opts.Log.Warn("polling: last updates not confirmed", "class", string(ClassOf(err)))
	}
}

// poll asks for updates until ctx ends.
func (p *Poller) poll(ctx context.Context, b *backlog) error {
	pause, ready := minPause, false
	for ctx.Err() == nil {
		var err error
		var fresh, shown int
		if !ready {
			err = p.c.DeleteWebhook(ctx) // getUpdates is refused while there is one
			ready = err == nil
		} else {
			fresh, shown, err = p.once(ctx, b)
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case ClassOf(err) == Unauthorized:
			return err
		case err != nil:
			p.state.Store(Troubled)
			wait := pause
			if e, ok := errors.AsType[*Error](err); ok && e.RetryAfter > wait {
				wait = e.RetryAfter
			}
			if ClassOf(err) == Conflict {
				p.opts.Log.Warn("polling: somebody else polls for this bot or has set a webhook; waiting", "wait", wait)
			} else {
				p.opts.Log.Warn("polling failed", "error", err, "wait", wait)
			}
			_ = sleep(ctx, wait)
			pause = min(2*pause, maxPause)
		case shown > 0 && fresh == 0:
			p.state.Store(Leads)
			// Only updates in work: wait until one is done.
			t := time.NewTimer(pause)
			select {
			case <-b.progress:
				pause = minPause
			case <-t.C:
				pause = min(2*pause, maxLull)
			case <-ctx.Done():
			}
			t.Stop()
		default:
			p.state.Store(Leads)
			pause = minPause
		}
	}
	return nil
}

// once makes one getUpdates and sets to work on what it had not seen.
func (p *Poller) once(ctx context.Context, b *backlog) (fresh, shown int, err error) {
	failpoint.At(failpoint.OffsetConfirm)
	wait := p.opts.Wait
	if p.State() == Troubled {
		wait = 0 // whether it is over is to be known at once, and not when somebody writes
	}
	raw, err := p.c.getUpdates(ctx, b.advance(), pollLimit, wait)
	if err != nil {
		return 0, 0, err
	}
	for _, body := range raw {
		u, id, err := decodeUpdate(body)
		if id == 0 {
			p.opts.Log.Error("polling: an update without an id")
			continue
		}
		if !b.add(id) {
			continue
		}
		if err != nil {
			for !p.lanes.failUndecoded(ctx, id) {
				continue // it will not decode better the next time
			}
			b.done(id)
			fresh++
			p.lanes.opts.Metrics.receive(byPolling, receivedRefused, 0)
			continue
		}
		t, err := p.lanes.enter(u)
		if err != nil {
			// No room: ask again for it and everything after it, in order.
			b.remove(id)
			p.lanes.opts.Metrics.receive(byPolling, receivedAway, 0)
			return fresh, len(raw), nil
		}
		fresh++
		came := time.Now()
		b.work.Go(func() {
			defer p.lanes.leave(t)
			if p.keep(ctx, t) == nil {
				b.done(id)
				p.lanes.opts.Metrics.receive(byPolling, receivedDone, time.Since(came))
			}
		})
	}
	return fresh, len(raw), nil
}

// keep tries t until it is done or ctx ends. It keeps its place in the lane,
// so that nothing of the same chat runs ahead of it.
func (p *Poller) keep(ctx context.Context, t *ticket) error {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		err := p.lanes.attempt(ctx, t)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("update not done: %w", ctx.Err())
		}
		outcome := receivedFailed
		if errors.Is(err, ErrAway) {
			outcome = receivedAway
			p.opts.Log.Warn("polling: a store is away, the offset stays", "wait", pause)
		}
		p.lanes.opts.Metrics.receive(byPolling, outcome, 0)
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("update not done: %w", err)
		}
	}
}

// backlog is what Telegram has shown and not been told to forget.
type backlog struct {
	work     sync.WaitGroup
	progress chan struct{} // holds one token when something was done

	mu     sync.Mutex
	order  []int64        // ids as they came, ascending
	state  map[int64]bool // of those in order: done or not
	offset int64          // the first id not confirmed, 0 for none
}

// add notes a fresh id; false: it is known or confirmed.
func (b *backlog) add(id int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.state[id]; known || id < b.offset {
		return false
	}
	b.state[id] = false
	b.order = append(b.order, id)
	return true
}

// remove takes the id added last out again.
func (b *backlog) remove(id int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.state, id)
	b.order = b.order[:len(b.order)-1]
}

func (b *backlog) done(id int64) {
	b.mu.Lock()
	b.state[id] = true
	b.mu.Unlock()
	select {
	case b.progress <- struct{}{}:
	default:
	}
}

// advance gives the offset to ask with: past the longest beginning that is all done.
func (b *backlog) advance() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(b.order) && b.state[b.order[n]] {
		b.offset = b.order[n] + 1
		delete(b.state, b.order[n])
		n++
	}
	b.order = append(b.order[:0], b.order[n:]...)
	return b.offset
}
