package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

var (
	// ErrBusy is Do's answer when too many updates are outstanding. It wraps ErrAway: redeliver.
	ErrBusy = fmt.Errorf("the lanes are full: %w", ErrAway)
	// ErrStopped is Do's answer after Stop. It wraps ErrAway: redeliver, to the next process.
	ErrStopped = fmt.Errorf("the lanes are stopped: %w", ErrAway)
)

// LanesOptions tunes Lanes. Zero values mean the defaults.
type LanesOptions struct {
	// Parallel is how many updates are worked on at once. Default 128.
	Parallel int
	// Outstanding bounds the updates in work and waiting together; past it Do
	// returns ErrBusy. Default 4096.
	Outstanding int
	// Attempts is after how many failures an update is put aside. Default 3.
	Attempts int
	// Timeout is the deadline of one attempt. Default 2 minutes.
	Timeout time.Duration
	// Remember is for how many failed updates the attempts are counted. Default 4096.
	Remember int
	// PutAside records an update that was given up: its id and the class of its
	// failure, nothing of its content.
	PutAside func(ctx context.Context, updateID int64, class string)
	Log      *slog.Logger
	Metrics  *Metrics
	// Tracer begins a trace for every attempt at an update; nil begins none.
	Tracer trace.Tracer
}

// Lanes runs a Handler: updates of one chat strictly in order of arrival,
// chats side by side. It owns no goroutine: an update is worked on by whoever
// called Do, once its turn has come, so an idle chat costs nothing.
type Lanes struct {
	h    Handler
	opts LanesOptions

	slots chan struct{}
	base  context.Context // ends when Stop gives up waiting
	abort context.CancelFunc

	mu      sync.Mutex
	lanes   map[laneKey][]*ticket // chats with work only; the first ticket has the turn
	count   int
	stopped bool
	drained chan struct{}
	failed  *attempts
}

// ticket is one update's place in its lane.
type ticket struct {
	u    *models.Update
	key  laneKey
	turn chan struct{} // closed when everything before it is done
}

// NewLanes makes lanes for h.
func NewLanes(h Handler, opts LanesOptions) *Lanes {
	opts.Parallel = orDefault(opts.Parallel, 128)
	opts.Outstanding = orDefault(opts.Outstanding, 4096)
	opts.Attempts = orDefault(opts.Attempts, 3)
	opts.Timeout = orDefault(opts.Timeout, 2*time.Minute)
	opts.Remember = orDefault(opts.Remember, 4096)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.PutAside == nil {
		opts.PutAside = func(context.Context, int64, string) {}
	}
	if _, off := opts.Tracer.(noop.Tracer); off {
		opts.Tracer = nil
	}
	opts.Metrics.room(opts.Parallel)
	base, abort := context.WithCancel(context.Background())
	return &Lanes{
		h: h, opts: opts,
		slots: make(chan struct{}, opts.Parallel),
		base:  base, abort: abort,
		lanes:   make(map[laneKey][]*ticket),
		drained: make(chan struct{}),
		failed:  newAttempts(opts.Remember),
	}
}

func orDefault[T int | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// Do works on u and returns when that is over. nil: done, or put aside after
// too many failures; Telegram may forget it. An error: redeliver it.
//
// ctx limits only the wait for the turn: an update that nobody waits for any
// more leaves the lane untouched, one that has begun runs to its end.
func (l *Lanes) Do(ctx context.Context, u *models.Update) error {
	t, err := l.enter(u)
	if err != nil {
		return err
	}
	defer l.leave(t)
	return l.attempt(ctx, t)
}

// enter queues u. The order of calls to enter is the order of the lane.
// Every ticket must be given back with leave.
func (l *Lanes) enter(u *models.Update) (*ticket, error) {
	t := &ticket{u: u, key: keyOf(u), turn: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.stopped:
		return nil, ErrStopped
	case l.count >= l.opts.Outstanding:
		return nil, ErrBusy
	}
	l.count++
	l.opts.Metrics.enter(1)
	q := append(l.lanes[t.key], t)
	l.lanes[t.key] = q
	if len(q) == 1 {
		close(t.turn)
	}
	return t, nil
}

func (l *Lanes) leave(t *ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.lanes[t.key]
	i := slices.Index(q, t)
	q = slices.Delete(q, i, i+1)
	if len(q) == 0 {
		delete(l.lanes, t.key)
	} else {
		l.lanes[t.key] = q
		if i == 0 {
			close(q[0].turn)
		}
	}
	l.count--
	l.opts.Metrics.enter(-1)
	if l.stopped && l.count == 0 {
		close(l.drained)
	}
}

// attempt waits for t's turn and a free slot and tries t once.
func (l *Lanes) attempt(ctx context.Context, t *ticket) error {
	came := time.Now()
	select {
	case <-t.turn:
	case <-ctx.Done():
		return fmt.Errorf("wait for the lane: %w", ctx.Err())
	}
	select {
	case l.slots <- struct{}{}:
		l.opts.Metrics.work(1)
		defer func() { <-l.slots; l.opts.Metrics.work(-1) }()
	case <-ctx.Done():
		return fmt.Errorf("wait for a slot: %w", ctx.Err())
	}
	if l.failed.isAside(t.u.ID) {
		return nil
	}

	kind := kindOf(t.u)
	began := time.Now()
	l.opts.Metrics.waited(began.Sub(came))
	err := l.handle(ctx, t.u)
	took := time.Since(began)
	switch {
	case err == nil:
		l.failed.forget(t.u.ID)
		l.opts.Metrics.update(kind, "done", took)
		return nil
	case errors.Is(err, ErrAway):
		l.opts.Metrics.update(kind, "away", took)
		return err
	}
	class := failureClass(err)
	outcome := "failed"
	if _, ok := errors.AsType[*panicError](err); ok {
		outcome = "panic"
	}
	l.opts.Metrics.update(kind, outcome, took)
	n := l.failed.add(t.u.ID)
	l.opts.Log.Error("update failed", "update", t.u.ID, "kind", kind, "class", class, "attempt", n)
	if n < l.opts.Attempts {
		return err
	}
	l.putAside(ctx, t.u.ID, t.u, kind, class)
	return nil
}

// handle runs the handler with a context of its own: the values of ctx, not its end.
func (l *Lanes) handle(ctx context.Context, u *models.Update) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.opts.Timeout)
	defer cancel()
	defer context.AfterFunc(l.base, cancel)()
	defer l.catch(u.ID, &err)
	// What is done inside finds the trace in ctx. Its attributes are words of closed sets (traces.go).
	if l.opts.Tracer != nil {
		var span trace.Span
		ctx, span = l.opts.Tracer.Start(ctx, "update", trace.WithAttributes(attribute.String("kind", kindOf(u))))
		defer func() {
			if err != nil {
				span.SetStatus(codes.Error, "") // an error's words stay out
			}
			span.End()
		}()
	}
	return l.h.Handle(ctx, u)
}

// failUndecoded counts a failed attempt at an update of which only the id can
// be read. It reports whether the update is put aside.
func (l *Lanes) failUndecoded(ctx context.Context, id int64) bool {
	if l.failed.isAside(id) {
		return true
	}
	l.opts.Metrics.update("other", "undecodable", 0)
	if l.failed.add(id) < l.opts.Attempts {
		return false
	}
	l.putAside(ctx, id, nil, "other", "undecodable")
	return true
}

// putAside gives an update up: it is recorded, and its sender is told if known.
func (l *Lanes) putAside(ctx context.Context, id int64, u *models.Update, kind, class string) {
	l.failed.setAside(id)
	l.opts.Metrics.update(kind, "aside", 0)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	guarded := func(f func()) {
		var err error
		defer l.catch(id, &err)
		f()
	}
	guarded(func() { l.opts.PutAside(ctx, id, class) })
	if u != nil {
		guarded(func() { l.h.Apologise(ctx, u, class) })
	}
	l.opts.Log.Error("update put aside", "update", id, "kind", kind, "class", class)
}

// Stop lets nothing in any more and waits until everything accepted is done.
// When ctx ends first, the handlers' contexts are cancelled and the error says
// how many updates were left; Telegram will redeliver those.
func (l *Lanes) Stop(ctx context.Context) error {
	l.mu.Lock()
	if !l.stopped {
		l.stopped = true
		if l.count == 0 {
			close(l.drained)
		}
	}
	l.mu.Unlock()
	select {
	case <-l.drained:
		return nil
	case <-ctx.Done():
	}
	l.abort()
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Errorf("stop the lanes with %d updates left: %w", l.count, ctx.Err())
}

// panicError stands for a handler's panic. It keeps the type of the value, not
// the value: that may quote the update.
type panicError struct{ kind string }

func (e *panicError) Error() string      { return "panic: " + e.kind }
func (e *panicError) ErrorClass() string { return "panic " + e.kind }

// catch turns a panic into an error and logs where it came from.
func (l *Lanes) catch(id int64, err *error) {
	v := recover()
	if v == nil {
		return
	}
	e := &panicError{kind: fmt.Sprintf("%T", v)}
	if re, ok := v.(runtime.Error); ok {
		// "index out of range", "nil pointer dereference": the runtime quotes no content.
		e.kind = re.Error()
	}
	*err = e
	l.opts.Log.Error("panic in a handler", "update", id, "class", e.kind, "stack", frames())
}

// frames lists the functions on the stack. debug.Stack would print arguments,
// and a chat id in hex is a chat id.
func frames() []string {
	pcs := make([]uintptr, 48)
	next := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var out []string
	for {
		f, more := next.Next()
		out = append(out, fmt.Sprintf("%s:%d", f.Function, f.Line))
		if !more {
			return out
		}
	}
}
