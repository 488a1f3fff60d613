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

const (
	bulkPerSecond = 25 // Telegram's own figure is about 30 for all chats together
	chatPerSecond = 1
	// A flood in this many chats within floodWindow is taken for one of the
	// whole bot: the answer does not say which it is.
	floodChats  = 3
	floodWindow = 3 * time.Second
	// Chats are remembered in two generations of at most this many.
	pacedChats = 4096
)

// pace decides when a call may go. It knows what Telegram asked for (holds,
// which everybody obeys) and what we guess (buckets, which only bulk waits for).
type pace struct {
	clock func() time.Time

	mu     sync.Mutex
	global *rate.Limiter
	hold   time.Time // for everybody
	recent []flood
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

func newPace(clock func() time.Time, perSecond int) *pace {
	return &pace{
		clock:  clock,
		global: rate.NewLimiter(rate.Limit(perSecond), perSecond),
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

// held tells how long key is still under a retry_after, 0 when it is not.
func (p *pace) held(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	wait := p.hold.Sub(now)
	if c := p.chat(key).hold.Sub(now); c > wait {
		wait = c
	}
	return max(wait, 0)
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
	p.recent = p.recent[:0]
}

// take accounts for one message. An answer never waits: it takes its tokens
// even from an empty bucket, down to one second's debt, and bulk waits for
// longer. Bulk gets its place and how long until it; when that is more than
// limit no place is taken.
func (p *pace) take(key string, bulk bool, limit time.Duration) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	c := p.chat(key)
	if !bulk {
		for _, l := range []*rate.Limiter{p.global, c.bucket} {
			if l.TokensAt(now) > -float64(l.Burst()) {
				l.ReserveN(now, 1)
			}
		}
		return 0, true
	}
	mine := c.bucket.ReserveN(now, 1)
	all := p.global.ReserveN(now, 1)
	wait = max(mine.DelayFrom(now), all.DelayFrom(now))
	if wait > limit {
		all.CancelAt(now)
		mine.CancelAt(now)
		return wait, false
	}
	return wait, true
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
