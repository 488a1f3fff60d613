// Package loop is people who fill in a form, over and over, in a closed loop: nobody does anything before the bot has
// replied. It stands in for Telegram, checks every reply, and measures the bot as a process.
package loop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a crowd.
type Options struct {
	Script Script
	People int
	// Think is how long people think on average before an answer; 0 is not at all. Times are spread as people's are:
	// most answers come quickly, some very late.
	Think   time.Duration
	Polling bool // updates are fetched with getUpdates
	// Replicas is how many processes set a webhook, each with an address of its own; 0 is one.
	Replicas int
}

// Crowd is the people and the Telegram between them and a bot.
type Crowd struct {
	script  Script
	opts    Options
	stand   *stand
	hook    *hook
	people  []*person
	phones  []atomic.Pointer[person]
	taken   atomic.Int64
	update  atomic.Int64
	due     chan *person
	greeted chan *person
	rested  chan struct{}
	started atomic.Bool
	over    atomic.Bool
	closed  chan struct{}

	redelivered atomic.Int64

	mu     sync.Mutex
	calls  map[string]int
	wrongs []error
	amiss  int

	polled struct {
		sync.Mutex
		waiting []waiting // handed out or not, in order of their ids
	}
}

// firstChat is the id of the first phone; more follow.
const firstChat = 5_000_000_001

// New makes a crowd and its Bot API server, on a free port of this machine.
func New(o Options) (*Crowd, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	c := &Crowd{
		script: o.Script, opts: o, phones: make([]atomic.Pointer[person], o.People*64),
		due: make(chan *person, o.People), greeted: make(chan *person, o.People), rested: make(chan struct{}, o.People),
		closed: make(chan struct{}), calls: map[string]int{},
	}
	c.update.Store(900_000_000)
	c.stand = &stand{crowd: c, listener: listener}
	c.hook = &hook{crowd: c, wants: max(o.Replicas, 1), known: make(chan struct{})}
	go c.stand.serve()
	for n := range connections {
		go c.hook.work(n)
	}
	return c, nil
}

// URL is the address of the Bot API server.
func (c *Crowd) URL() string { return "http://" + c.stand.listener.Addr().String() }

// Close ends everything.
func (c *Crowd) Close() {
	close(c.closed)
	_ = c.stand.listener.Close() // nothing is lost
}

// phone gives somebody a new phone.
func (c *Crowd) phone(p *person) int64 {
	n := c.taken.Add(1) - 1
	if n >= int64(len(c.phones)) {
		c.wrong(errors.New("there are no phones left"))
		n = 0
	}
	c.phones[n].Store(p)
	return firstChat + n
}

func (c *Crowd) person(chat int64) *person {
	if n := chat - firstChat; n >= 0 && n < int64(len(c.phones)) {
		return c.phones[n].Load()
	}
	return nil
}

func (c *Crowd) think(step int) time.Duration {
	if c.opts.Think == 0 || step+1 >= len(c.script.Steps) {
		return 0
	}
	return time.Duration(rand.ExpFloat64() * float64(c.opts.Think))
}

func (c *Crowd) count(method string) {
	c.mu.Lock()
	c.calls[method]++
	c.mu.Unlock()
}

// wrong notes a reply that is not what it should be; the first few are kept.
func (c *Crowd) wrong(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.amiss++
	if len(c.wrongs) < 3 {
		c.wrongs = append(c.wrongs, err)
	}
}

// Greet has everybody say /start and go into the form, each to another place, and returns when all are there: so the
// people are spread over the form from the first moment that is measured, as they are at any time later.
func (c *Crowd) Greet(ctx context.Context) error {
	for i := range c.opts.People {
		p := &person{crowd: c, step: greeting, begin: i%(len(c.script.Steps)+1) - 2} // the first of them does not begin
		p.chat = c.phone(p)
		c.people = append(c.people, p)
	}
	for _, p := range c.people {
		p.mu.Lock()
		p.say("/start")
		p.asked, p.busy, p.at = true, true, time.Now()
		p.mu.Unlock()
		c.deliver(p)
	}
	for range c.people {
		select {
		case <-c.greeted:
		case <-ctx.Done():
			return c.stuck("greet", ctx)
		}
	}
	return c.err()
}

// stuck says why a run did not come to its end, by the first thing that was wrong.
func (c *Crowd) stuck(doing string, ctx context.Context) error {
	return errors.Join(fmt.Errorf("%s: people wait for a reply: %w", doing, context.Cause(ctx)), c.err())
}

func (c *Crowd) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.amiss > 0 {
		return fmt.Errorf("%d replies are wrong: %w", c.amiss, errors.Join(c.wrongs...))
	}
	return nil
}

// Load is what happened within a span of time.
type Load struct {
	Span        time.Duration
	Filings     int
	Updates     int
	Calls       map[string]int
	Took        []time.Duration // from an input to its reply, sorted
	Redelivered int
}

// File has everybody file for a span, then up to the review of one more form, which they leave open. measure is called
// when the span begins and when it ends. The first wrong reply is an error.
func (c *Crowd) File(ctx context.Context, span time.Duration, measure func()) (Load, error) {
	c.started.Store(true)
	for _, p := range c.people {
		p.mu.Lock()
		p.took = nil
		p.mu.Unlock()
	}
	calls := c.callsSoFar()
	updates := c.update.Load()
	measure()
	began := time.Now()
	for _, p := range c.people {
		go p.goOn()
	}
	select {
	case <-time.After(span):
	case <-ctx.Done():
	}
	ended := time.Now()
	measure()
	l := Load{Span: ended.Sub(began), Updates: int(c.update.Load() - updates), Calls: c.callsSoFar(), Redelivered: int(c.redelivered.Load())}
	for method, n := range calls {
		l.Calls[method] -= n
	}
	for _, p := range c.people {
		p.mu.Lock()
		l.Took = append(l.Took, p.took...)
		p.mu.Unlock()
	}
	c.over.Store(true)
	for range c.people {
		select {
		case <-c.rested:
		case <-ctx.Done():
			return l, c.stuck("file", ctx)
		}
	}
	for _, p := range c.people {
		for _, at := range p.ended {
			if at.Before(ended) {
				l.Filings++
			}
		}
	}
	slices.Sort(l.Took)
	return l, c.err()
}

func (c *Crowd) callsSoFar() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// Filed is how many filings have come to their end so far.
func (c *Crowd) Filed() (n int) {
	for _, p := range c.people {
		p.mu.Lock()
		n += len(p.ended)
		p.mu.Unlock()
	}
	return n
}

// waiting is an update that was not confirmed by a later offset.
type waiting struct {
	id   int64
	body []byte
	who  *person
}

// deliver has a person's update go to the bot.
func (c *Crowd) deliver(p *person) {
	if !c.opts.Polling {
		c.due <- p
		return
	}
	c.polled.Lock()
	var id int64
	_, _ = fmt.Sscanf(string(p.next), `{"update_id":%d`, &id) // we wrote it
	c.polled.waiting = append(c.polled.waiting, waiting{id: id, body: p.next, who: p})
	c.polled.Unlock()
}

// poll answers getUpdates: what is below offset is confirmed, up to 100 others are handed out.
func (c *Crowd) poll(offset int64, wait time.Duration) []byte {
	end := time.Now().Add(wait)
	for {
		var gone []*person
		var out bytes.Buffer
		c.polled.Lock()
		slices.SortFunc(c.polled.waiting, func(a, b waiting) int { return int(a.id - b.id) })
		n := 0
		for n < len(c.polled.waiting) && c.polled.waiting[n].id < offset {
			gone = append(gone, c.polled.waiting[n].who)
			n++
		}
		c.polled.waiting = slices.Delete(c.polled.waiting, 0, n)
		for i, w := range c.polled.waiting[:min(100, len(c.polled.waiting))] {
			if i > 0 {
				out.WriteByte(',')
			}
			out.Write(w.body)
		}
		c.polled.Unlock()
		for _, p := range gone {
			p.acknowledged()
		}
		if out.Len() > 0 || !time.Now().Before(end) {
			return []byte(`{"ok":true,"result":[` + out.String() + `]}`)
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-c.closed:
			return []byte(`{"ok":true,"result":[]}`)
		}
	}
}
