package telegram

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bulkKey marks a context as bulk.
type bulkKey struct{}

// Bulk marks the calls made with the context as bulk: reminders, digests,
// notices to many. They are paced and yield to answers.
func Bulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey{}, true) }

func isBulk(ctx context.Context) bool { b, _ := ctx.Value(bulkKey{}).(bool); return b }

// owedKey holds since when somebody waits for the answer that a context's calls bring.
type owedKey struct{}

// Owed marks the calls made with the context as an answer that somebody has waited for since a time. They wait for their
// turn as long as it takes and ctx lives, and have it before every answer that is waited for since later.
func Owed(ctx context.Context, since time.Time) context.Context {
	return context.WithValue(ctx, owedKey{}, since)
}

func owedSince(ctx context.Context) (time.Time, bool) {
	since, ok := ctx.Value(owedKey{}).(time.Time)
	return since, ok
}

const (
	// perSecond is Telegram's own figure for the messages of all chats together.
	perSecond     = 30
	chatPerSecond = 1
	// A flood in this many chats within floodWindow is taken for one of the
	// whole bot: the answer does not say which it is.
	floodChats  = 3
	floodWindow = 3 * time.Second
	// For so long after a flood of the whole bot, or after somebody last waited for their turn, answers keep to the rate.
	strictFor = time.Minute
	// Chats are remembered in two generations of at most this many.
	pacedChats = 4096
)

// pace decides when a call may go. It knows what Telegram asked for (holds,
// which everybody obeys) and what we guess. Bulk always keeps to the guess. Answers do so only after Telegram has said
// that it is too much: then everybody stands in one line, answers before bulk, each in the order of how long people wait.
type pace struct {
	clock func() time.Time

	mu     sync.Mutex
	global *rate.Limiter
	spare  float64   // tokens that bulk leaves for answers
	hold   time.Time // for everybody
	strict time.Time // answers keep to the rate until then
	recent []flood
	line   [2]waiters // answers, bulk
	alarm  *time.Timer
	// over is closed when bulk is not to wait any more.
	over chan struct{}
	// Two generations: entries move to young when used, old is dropped when young is full.
	young, old map[string]*chatPace
}

// chatPace is what is known about one chat, or about one method that has no chat.
type chatPace struct {
	hold   time.Time
	bucket *rate.Limiter
}

type flood struct {
	key   string
	at    time.Time
	until time.Time
}

// newPace keeps a fifth of a second's messages back from bursts: calls do not arrive in the rhythm in which they leave.
func newPace(clock func() time.Time, perSecond int) *pace {
	return &pace{
		clock:  clock,
		global: rate.NewLimiter(rate.Limit(perSecond), max(perSecond*4/5, 1)),
		spare:  float64(perSecond) / 6,
		over:   make(chan struct{}),
		young:  make(map[string]*chatPace),
	}
}

// chat gives the entry of key. The lock is held.
func (p *pace) chat(key string) *chatPace {
	if c, ok := p.young[key]; ok {
		return c
	}
	c, ok := p.old[key]
	if !ok {
		c = &chatPace{bucket: rate.NewLimiter(chatPerSecond, 1)}
	}
	if len(p.young) >= pacedChats {
		// A long hold must outlive the change of generation.
		kept := make(map[string]*chatPace)
		now := p.clock()
		for k, v := range p.old {
			if v.hold.After(now) && len(kept) < pacedChats/2 {
				kept[k] = v
			}
		}
		p.old, p.young = p.young, kept
	}
	p.young[key] = c
	return c
}

// held tells how long key is still under a retry_after, its own or everybody's; 0 when it is not.
func (p *pace) held(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	return max(p.chat(key).hold.Sub(now), p.hold.Sub(now), 0)
}

// heldAlone tells how long key is still under a retry_after of its own. Everybody's is waited for in the line.
func (p *pace) heldAlone(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.chat(key).hold.Sub(p.clock()), 0)
}

// flooded notes a 429 for key. chat tells whether key is a chat: floods of
// several chats at once hold everything for the shortest of their waits.
func (p *pace) flooded(key string, chat bool, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	until := now.Add(wait)
	if c := p.chat(key); until.After(c.hold) {
		c.hold = until
	}
	if !chat {
		return
	}
	kept := p.recent[:0]
	for _, f := range p.recent {
		if f.key != key && now.Sub(f.at) < floodWindow {
			kept = append(kept, f)
		}
	}
	p.recent = append(kept, flood{key: key, at: now, until: until})
	if len(p.recent) < floodChats {
		return
	}
	shortest := until
	for _, f := range p.recent {
		if f.until.Before(shortest) {
			shortest = f.until
		}
	}
	if shortest.After(p.hold) {
		p.hold = shortest
	}
	p.strict = p.hold.Add(strictFor)
	p.recent = p.recent[:0]
}

// sleep waits for d or until ctx ends, whichever is first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fits tells whether ctx still lives after d.
func fits(ctx context.Context, d time.Duration) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > d
}
