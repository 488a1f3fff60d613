package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
)

// Queue is where answers wait while Telegram takes no more of them.
type Queue interface {
	// Line says who waits.
	Line() telegram.Line
	// Turn waits for the turn of somebody who has waited since a time. The next call with the context that it gives
	// leaves at once, the others have the same turn.
	Turn(ctx context.Context, since time.Time) (context.Context, error)
}

// Debts remembers who waits for an answer, so that it outlives the process that owes it.
type Debts interface {
	// Owe notes that a chat waits, and by when this process means to have answered.
	Owe(ctx context.Context, name [32]byte, chat int64, by time.Time) error
	// Paid forgets a chat: it has its answer.
	Paid(ctx context.Context, name [32]byte) error
	// Overdue gives chats that were to be answered by now, and makes them this process's until by.
	Overdue(ctx context.Context, now, by time.Time, limit int) ([]int64, error)
}

const (
	// patience is how long an update may wait for its answer before it is acknowledged without. Telegram has few
	// connections to deliver over, and what waits behind them grows too old.
	patience = 200 * time.Millisecond
	// noticeable is from which wait on people are told of it.
	noticeable = 10 * time.Second
	// mostOwed bounds the chats that wait with us; beyond them updates wait with Telegram.
	mostOwed = 20_000
	// grace is how much longer than foreseen an answer may take before another process takes it over.
	grace = time.Minute
	// lookEvery is how often a process looks for answers that nobody brings any more.
	lookEvery = 5 * time.Second
)

// owed brings the answers that must wait, a chat's in their order, chats in the order of how long they wait.
type owed struct {
	r    *Router
	base context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	closed bool
	chats  map[int64]*debt
	ahead  forecast
}

// debt is what a chat is owed.
type debt struct {
	since   time.Time // when the first of waiting was asked for, or its turn began
	waiting []*delivery
}

func newOwed(r *Router) *owed {
	o := &owed{r: r, chats: map[int64]*debt{}, ahead: newForecast()}
	o.base, o.end = context.WithCancel(context.Background())
	return o
}

// late says whether an answer to a chat would have to wait, and for how long.
func (o *owed) late(chat int64) (time.Duration, bool) {
	if o.r.Queue == nil {
		return 0, false
	}
	wait := o.r.Queue.Line().Wait
	o.mu.Lock()
	defer o.mu.Unlock()
	return wait, o.chats[chat] != nil || wait > patience
}

// name is the keyed name under which a chat's debt is remembered.
func (r *Router) owedName(chat int64) [32]byte {
	return r.Keys.Name("owed", strconv.FormatInt(r.Bot.ID, 10), strconv.FormatInt(chat, 10))
}

// by is when an answer is to be there that waits for so long.
func (o *owed) by(wait time.Duration) time.Time { return o.r.Now().Add(2*wait + grace) }

// add takes over a delivery that must wait. When it returns nil the answer comes, whatever happens to this process.
func (o *owed) add(ctx context.Context, d *delivery, wait time.Duration) error {
	o.mu.Lock()
	full := o.closed || len(o.chats) >= mostOwed && o.chats[d.chat] == nil
	o.mu.Unlock()
	if full {
		return fmt.Errorf("too many answers are owed: %w", telegram.ErrAway)
	}
	if err := o.r.Debts.Owe(ctx, o.r.owedName(d.chat), d.chat, o.by(wait)); err != nil {
		return fmt.Errorf("%w: %w", telegram.ErrAway, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil // what is noted is found by the next process
	}
	b := o.chats[d.chat]
	if b == nil {
		b = &debt{since: d.asked}
		o.chats[d.chat] = b
		o.work.Go(func() { o.pay(d.chat, b) })
	}
	before := len(b.waiting)
	b.waiting = append(supersede(b.waiting, d), d)
	o.r.OwedMetrics.merge(before + 1 - len(b.waiting))
	return nil
}

// supersede takes out of what waits what a later delivery makes needless: a question when another takes its place, and what
// would be said a second time.
func supersede(waiting []*delivery, d *delivery) []*delivery {
	asks := slices.ContainsFunc(d.replies, func(r text.Reply) bool { return r.Asks })
	return slices.DeleteFunc(waiting, func(w *delivery) bool {
		w.replies = slices.DeleteFunc(w.replies, func(r text.Reply) bool {
			return r.Asks && asks || slices.ContainsFunc(d.replies, r.Says)
		})
		if len(w.replies) > 0 {
			return false
		}
		d.ids = append(w.ids, d.ids...) // the person's own messages are remembered with the answer
		return true
	})
}

// pay brings what a chat is owed until nothing is left.
func (o *owed) pay(chat int64, b *debt) {
	defer func() {
		if v := recover(); v != nil { // a value that may quote what people wrote
			o.r.Log.Error("panic in an owed answer", "class", fmt.Sprintf("%T", v))
			o.mu.Lock()
			delete(o.chats, chat)
			o.mu.Unlock()
		}
	}()
	for {
		o.mu.Lock()
		since, n := b.since, len(b.waiting)
		o.mu.Unlock()
		if n == 0 {
			if o.settle(chat, b) {
				return
			}
			continue
		}
		ctx, err := o.r.Queue.Turn(o.base, since)
		if err != nil {
			return // this process ends; what it owes is noted
		}
		o.mu.Lock()
		d := b.waiting[0]
		b.waiting = b.waiting[1:]
		o.mu.Unlock()
		if !o.bring(ctx, d) {
			return
		}
		o.mu.Lock()
		b.since = o.r.Now()
		o.mu.Unlock()
	}
}

// settle forgets a chat that is owed nothing more; false when something has come in the meantime.
func (o *owed) settle(chat int64, b *debt) bool {
	if err := o.r.Debts.Paid(o.base, o.r.owedName(chat)); err != nil {
		o.r.Log.Warn("an answer stays noted as owed") // and is given once more
	}
	o.mu.Lock()
	if len(b.waiting) == 0 {
		delete(o.chats, chat)
		o.mu.Unlock()
		return true
	}
	o.mu.Unlock()
	if err := o.r.Debts.Owe(o.base, o.r.owedName(chat), chat, o.by(o.r.Queue.Line().Wait)); err != nil {
		o.r.Log.Warn("an answer is not noted as owed")
	}
	return false
}

// bring delivers, for as long as it takes and this process lives. false: it does not live.
func (o *owed) bring(ctx context.Context, d *delivery) bool {
	if wait := o.r.Queue.Line().Wait; wait >= noticeable {
		for i := range d.replies {
			if r := &d.replies[i]; r.Asks && len(r.HTML) < telegram.MessageLimit/2 {
				r.HTML += "\n\n<i>" + o.r.Book.T(d.lang, "note.line", "Minutes", upTo(wait, time.Minute)) + "</i>"
			}
		}
	}
	messages := len(d.replies)
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := o.r.deliver(ctx, d)
		if o.base.Err() != nil {
			return false
		}
		if err == nil {
			break
		}
		o.r.OwedMetrics.count("again")
		select { // Telegram is not to be reached
		case <-time.After(pause):
		case <-o.base.Done():
			return false
		}
	}
	o.r.OwedMetrics.paid(o.r.Now().Sub(d.asked))
	o.mu.Lock()
	o.ahead.sent(d.chat, messages)
	o.mu.Unlock()
	return true
}

// RunOwed brings the answers that other processes owed and bring no more, until ctx ends.
func (r *Router) RunOwed(ctx context.Context) {
	if r.Queue == nil {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := r.takeOver(ctx); err != nil && ctx.Err() == nil {
			r.Log.Warn("owed answers not looked for")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// takeOver shows everybody who waits for an answer that nobody brings any more where they are.
func (r *Router) takeOver(ctx context.Context) error {
	const most = 100
	for {
		wait := r.Queue.Line().Wait
		chats, err := r.Debts.Overdue(ctx, r.Now(), r.owed.by(wait), most)
		for _, chat := range chats {
			r.owed.mu.Lock()
			mine := r.owed.chats[chat] != nil
			r.owed.mu.Unlock()
			if mine {
				continue // it takes longer than was foreseen, and is noted until later now
			}
			if err := r.remind(ctx, chat, wait); err != nil {
				return err
			}
		}
		if err != nil || len(chats) < most {
			return err
		}
	}
}

// remind shows a person where they are, as an answer that is owed.
func (r *Router) remind(ctx context.Context, chat int64, wait time.Duration) error {
	if chat < 0 { // a group's answer says nothing that its next command would not
		return r.Debts.Paid(ctx, r.owedName(chat))
	}
	s, err := r.Sessions.Load(ctx, r.Keys.Name("session", strconv.FormatInt(r.Bot.ID, 10), strconv.FormatInt(chat, 10)))
	if err != nil {
		return fmt.Errorf("load session: %w", err)
	}
	s.Expire(r.Now())
	in := incoming{chat: chat, user: chat, private: true}
	t := r.turn(in, s)
	if err := r.again(ctx, t); err != nil {
		return err
	}
	r.OwedMetrics.count("taken_over")
	return r.owed.add(ctx, r.delivery(in, t), wait)
}

// StopOwed ends the bringing of answers. What is still owed is handed to whoever looks next.
func (r *Router) StopOwed(ctx context.Context) error {
	o := r.owed
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.end()
	o.work.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	for chat := range o.chats {
		if err := r.Debts.Owe(ctx, r.owedName(chat), chat, r.Now()); err != nil {
			return fmt.Errorf("hand over %d answers: %w", len(o.chats), err)
		}
	}
	return nil
}

// Backlog is what waits for Telegram to take it.
type Backlog struct {
	// Waiting is how many chats wait for an answer.
	Waiting int
	// Wait is how long an answer waits that joins now.
	Wait time.Duration
	// Ends is after how long nobody is expected to wait any more: everybody who is filling in a form has come to its end.
	Ends time.Duration
}

// Backlog says what waits, nothing as long as answers leave at once.
func (r *Router) Backlog() Backlog {
	if r.Queue == nil {
		return Backlog{}
	}
	line := r.Queue.Line()
	o := r.owed
	o.mu.Lock()
	defer o.mu.Unlock()
	b := Backlog{Waiting: len(o.chats), Wait: line.Wait}
	if b.Waiting == 0 && b.Wait <= patience {
		return Backlog{}
	}
	left := o.ahead.left(r.Now(), line.Wait)
	b.Ends = line.Wait + time.Duration(left/line.PerSecond*float64(time.Second))
	return b
}

// foresee notes how far somebody is from the end of what they are filling in. Officers work on without an end.
func (o *owed) foresee(chat int64, t *Turn, now time.Time) {
	if t.Officer != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead.saw(chat, t.at, t.of, t.filed, now)
}
