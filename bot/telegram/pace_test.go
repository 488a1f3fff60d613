package telegram

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBulkIsPacedOverAllChats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, Options{BulkWait: time.Hour}, func(*http.Request, string) (int, string) { return 200, sentOK })
		began := time.Now()
		var wg sync.WaitGroup
		for chat := range 139 {
			wg.Go(func() {
				if _, err := c.SendMessage(Bulk(t.Context()), hi(chat)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// 19 at once, because five places are answers', the other 120 at 30 a second.
		if took := time.Since(began).Round(10 * time.Millisecond); took != 4*time.Second {
			t.Error(took)
		}
	})
}

func TestBulkIsPacedPerChatAndSnoozes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, Options{BulkWait: 2 * time.Second}, func(*http.Request, string) (int, string) { return 200, sentOK })
		began := time.Now()
		for range 4 {
			if _, err := c.SendMessage(Bulk(t.Context()), hi(1)); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Error(took)
		}
		var wg sync.WaitGroup
		var refused note
		for range 10 {
			wg.Go(func() {
				if _, err := c.SendMessage(Bulk(t.Context()), hi(1)); err != nil {
					refused.add("%s", ClassOf(err))
				}
			})
		}
		wg.Wait()
		// Two find a place within two seconds; the others are told at once, and
		// hold no place that would keep later ones waiting.
		if n := len(refused.all()); n != 8 || time.Since(began) != 5*time.Second {
			t.Error(n, time.Since(began))
		}
		if _, err := c.SendMessage(Bulk(t.Context()), hi(1)); err != nil || time.Since(began) != 6*time.Second {
			t.Error("a later one:", err, time.Since(began))
		}
		for _, class := range refused.all() {
			if Class(class) != RateLimited {
				t.Error(class)
			}
		}
	})
}

// TestAnswersDoNotWaitOnAGuess: as long as Telegram has not said that it is too much, answers leave at once, and bulk
// yields to them.
func TestAnswersDoNotWaitOnAGuess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, Options{BulkWait: time.Hour}, func(*http.Request, string) (int, string) { return 200, sentOK })
		began := time.Now()
		for chat := range 1000 {
			if _, err := c.SendMessage(t.Context(), hi(chat%10)); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("answers waited %s", took)
		}
		if _, err := c.SendMessage(Bulk(t.Context()), hi(5000)); err != nil {
			t.Error(err)
		}
		// The debt of answers is bounded: bulk yields for a second, not for forty.
		if took := time.Since(began); took < time.Second || took > 2*time.Second {
			t.Errorf("bulk waited %s", took)
		}
	})
}

func TestPaceForgetsChatsButNotHolds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	p := newPace(func() time.Time { return now }, 25)
	p.flooded("held", true, time.Hour)
	for i := range 5 * pacedChats {
		p.held(chatKey(i))
	}
	if n := len(p.young) + len(p.old); n > 2*pacedChats {
		t.Errorf("%d chats remembered", n)
	}
	if got := p.held("held"); got != time.Hour {
		t.Errorf("the hold is %s", got)
	}
	now = now.Add(time.Hour)
	if got := p.held("held"); got != 0 {
		t.Errorf("the hold is %s after its end", got)
	}
}
