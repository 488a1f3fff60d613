package telegram

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// bucketed answers as Telegram does under its limit of all chats together: so many a second, as many at once.
func bucketed(perSecond int) (f func(*http.Request, string) (int, string), refused *int) {
	var mu sync.Mutex
	l, n := rate.NewLimiter(rate.Limit(perSecond), perSecond), 0
	return func(*http.Request, string) (int, string) {
		mu.Lock()
		defer mu.Unlock()
		if !l.Allow() {
			n++
			return 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`
		}
		return 200, sentOK
	}, &n
}

// TestLineKeepsTheRateBusy: once Telegram has said that it is too much, what people are owed leaves at the rate, hardly
// ever too fast, in the order in which they asked, and bulk after the last of it.
func TestLineKeepsTheRateBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, refused := bucketed(30)
		c := scripted(t, Options{BulkWait: time.Hour}, server)
		began := time.Now()
		var wg sync.WaitGroup
		var mu sync.Mutex
		var left []int
		var bulk []time.Duration
		for range 20 {
			wg.Go(func() {
				time.Sleep(3 * time.Second)
				if _, err := c.SendMessage(Bulk(t.Context()), hi(rand.IntN(1<<30))); err != nil {
					t.Error(err)
				}
				mu.Lock()
				bulk = append(bulk, time.Since(began))
				mu.Unlock()
			})
		}
		for n := range 3000 {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * time.Millisecond)
				if _, err := c.SendMessage(Owed(t.Context(), time.Now()), hi(n)); err != nil {
					t.Error(err)
				}
				mu.Lock()
				left = append(left, n)
				mu.Unlock()
			})
			if n == 2000 {
				wg.Go(func() {
					time.Sleep(10 * time.Second)
					if l := c.Line(); l.Wait < 80*time.Second || l.Wait > 95*time.Second || l.Answers < 2500 {
						t.Errorf("ten seconds after they asked: %+v", l)
					}
				})
			}
		}
		wg.Wait()
		// 100 s for 3000, of which the bucket had 30 at once; a second was lost to the first flood.
		if took := time.Since(began); took < 99*time.Second || took > 103*time.Second {
			t.Errorf("took %s", took)
		}
		if *refused > 60 {
			t.Errorf("%d calls were too many", *refused)
		}
		for place, n := range left {
			if n > 100 && (n < place-60 || n > place+60) { // those of the first flood come a second later
				t.Fatalf("the one who asked as number %d was answered as number %d", n, place)
			}
		}
		if bulk[0] < 98*time.Second {
			t.Errorf("bulk left after %s, before answers", bulk[0])
		}
	})
}

// TestLineIsFair: whatever the order in which they come, who has waited longest goes first; bulk goes when nobody else is
// there; who gives up takes nobody's turn; and in any second no more leave than may.
func TestLineIsFair(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		start := time.Unix(1000, 0)
		now := start
		p := newPace(func() time.Time { return now }, 30)
		p.strict = now.Add(time.Hour)
		p.hold = now.Add(time.Hour) // nobody is let go while the line forms, and no alarm rings
		var all []*waiter
		for range 300 {
			w := p.enter(start.Add(-time.Duration(r.IntN(1e9))), r.IntN(4) == 0)
			all = append(all, w)
		}
		for _, w := range all[:20] {
			p.giveUp(w)
			p.giveUp(w) // twice is once
		}
		p.hold = time.Time{}
		var last *waiter
		gone := 0
		for {
			w, wait := p.next(now)
			if w == nil && wait == 0 {
				break
			}
			if w == nil {
				now = now.Add(wait)
				continue
			}
			gone++
			if last != nil && (last.bulk && !w.bulk || last.bulk == w.bulk && w.since.Before(last.since)) {
				t.Fatalf("seed %d: one who waits since %s went after one since %s", seed, w.since, last.since)
			}
			last = w
			if most := 24 + int(now.Sub(start).Seconds()*30) + 1; gone > most {
				t.Fatalf("seed %d: %d within %s", seed, gone, now.Sub(start))
			}
		}
		if gone != 280 {
			t.Errorf("seed %d: %d went", seed, gone)
		}
	}
}

// TestOwedOutlivesAFlood: an answer that somebody is owed waits for a retry_after of hours; any other call gives up at once.
func TestOwedOutlivesAFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := true
		c := scripted(t, Options{}, func(*http.Request, string) (int, string) {
			if first {
				first = false
				return 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 10072","parameters":{"retry_after":10072}}`
			}
			return 200, sentOK
		})
		began := time.Now()
		if _, err := c.SendMessage(Owed(t.Context(), began), hi(1)); err != nil || time.Since(began) != 10072*time.Second {
			t.Error(err, time.Since(began))
		}
		first = true
		if _, err := c.SendMessage(t.Context(), hi(1)); ClassOf(err) != RateLimited {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.SendMessage(Owed(ctx, began), hi(1)); err == nil {
			t.Error("it waited longer than its context")
		}
	})
}

// TestEndBulk: a process that ends does not wait for bulk.
func TestEndBulk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, Options{PerSecond: 1, BulkWait: time.Hour}, func(*http.Request, string) (int, string) { return 200, sentOK })
		var wg sync.WaitGroup
		var failed note
		began := time.Now()
		for n := range 20 {
			wg.Go(func() {
				if _, err := c.SendMessage(Bulk(t.Context()), hi(n)); err != nil {
					failed.add("%s", ClassOf(err))
				}
			})
		}
		time.Sleep(5 * time.Second)
		c.EndBulk()
		wg.Wait()
		if n := len(failed.all()); n < 14 || Class(failed.all()[0]) != RateLimited || time.Since(began) > 6*time.Second {
			t.Errorf("%d gave up, %s", n, time.Since(began))
		}
	})
}
