package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

// handler is a Handler made of a function; it notes apologies.
type handler struct {
	handle func(ctx context.Context, u *models.Update) error

	mu        sync.Mutex
	apologies []string
}

func (h *handler) Handle(ctx context.Context, u *models.Update) error { return h.handle(ctx, u) }

func (h *handler) Apologise(_ context.Context, u *models.Update, class string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.apologies = append(h.apologies, fmt.Sprintf("%d %s", u.ID, class))
}

func (h *handler) apologised() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.apologies...)
}

func textUpdate(id, chat int64, text string) *models.Update {
	return &models.Update{ID: id, Message: &models.Message{ID: int(id), Date: 1, Chat: models.Chat{ID: chat}, Text: text}}
}

// note collects strings from many goroutines.
type note struct {
	mu sync.Mutex
	s  []string
}

func (n *note) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.s = append(n.s, fmt.Sprintf(format, args...))
}

func (n *note) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.s...)
}

func TestLanesKeepOrderInAChatAndRunChatsSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var done note
		h := &handler{handle: func(_ context.Context, u *models.Update) error {
			// The first of chat 1 takes longest: without order it would end last.
			if u.Message.Chat.ID == 1 {
				time.Sleep(time.Duration(90-u.ID) * time.Second)
			}
			done.add("%d/%d at %s", u.Message.Chat.ID, u.ID, time.Since(began))
			return nil
		}}
		l := NewLanes(h, LanesOptions{})
		var wg sync.WaitGroup
		for i := range int64(3) {
			wg.Go(func() {
				if err := l.Do(t.Context(), textUpdate(i, 1, "")); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // the order of arrival is the order of the calls
		}
		for i := range int64(2) {
			if err := l.Do(t.Context(), textUpdate(10+i, 2, "")); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
		want := []string{"2/10 at 0s", "2/11 at 0s", "1/0 at 1m30s", "1/1 at 2m59s", "1/2 at 4m27s"}
		if d := cmp.Diff(want, done.all()); d != "" {
			t.Error(d)
		}
		if len(l.lanes) != 0 || l.count != 0 {
			t.Errorf("idle lanes hold %d chats, count %d", len(l.lanes), l.count)
		}
	})
}

func TestLanesCatchPanicsAndPutAside(t *testing.T) {
	t.Parallel()
	const secret = "张伟 said something"
	for name, boom := range map[string]func(){
		"text":  func() { panic(secret) },
		"error": func() { panic(errors.New(secret)) },
		"bounds": func() {
			var s []int
			_ = s[len(secret)]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var aside []string
			h := &handler{handle: func(_ context.Context, u *models.Update) error {
				if u.ID == 7 {
					boom()
				}
				return nil
			}}
			l := NewLanes(h, LanesOptions{
				Log:      slog.New(slog.NewTextHandler(&log, nil)),
				PutAside: func(_ context.Context, id int64, class string) { aside = append(aside, fmt.Sprint(id, " ", class)) },
			})
			u := textUpdate(7, 987654321, secret)
			for i := range 2 {
				if err := l.Do(t.Context(), u); err == nil {
					t.Fatalf("attempt %d: no error", i+1)
				}
			}
			for range 2 { // the third attempt, and a redelivery after it
				if err := l.Do(t.Context(), u); err != nil {
					t.Fatalf("put aside: %v", err)
				}
			}
			if err := l.Do(t.Context(), textUpdate(8, 987654321, "")); err != nil {
				t.Fatalf("the lane does not go on: %v", err)
			}
			if len(aside) != 1 || !strings.HasPrefix(aside[0], "7 panic ") {
				t.Errorf("put aside: %q", aside)
			}
			if got := h.apologised(); len(got) != 1 {
				t.Errorf("apologies: %q", got)
			}
			out := log.String() + fmt.Sprint(aside)
			for _, bad := range []string{secret, "张伟", "987654321", fmt.Sprintf("%x", 987654321)} {
				if strings.Contains(out, bad) {
					t.Errorf("the log holds %q:\n%s", bad, out)
				}
			}
			if !strings.Contains(log.String(), "TestLanesCatchPanicsAndPutAside") {
				t.Errorf("no stack in the log:\n%s", log.String())
			}
		})
	}
}

func TestLanesDoNotCountAway(t *testing.T) {
	t.Parallel()
	away := true
	h := &handler{handle: func(context.Context, *models.Update) error {
		if away {
			return fmt.Errorf("open session: %w", ErrAway)
		}
		return nil
	}}
	l := NewLanes(h, LanesOptions{PutAside: func(context.Context, int64, string) { t.Error("put aside") }})
	for range 10 {
		if err := l.Do(t.Context(), textUpdate(1, 1, "")); !errors.Is(err, ErrAway) {
			t.Fatalf("got %v", err)
		}
	}
	away = false
	if err := l.Do(t.Context(), textUpdate(1, 1, "")); err != nil {
		t.Fatal(err)
	}
}

func TestLanesWhenTheCallerGoesAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var done note
		h := &handler{handle: func(ctx context.Context, u *models.Update) error {
			if err := sleep(ctx, time.Minute); err != nil {
				return err
			}
			done.add("%d", u.ID)
			return nil
		}}
		l := NewLanes(h, LanesOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { // begun: runs to its end
			if err := l.Do(ctx, textUpdate(1, 1, "")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		wg.Go(func() { // waiting: leaves
			if err := l.Do(ctx, textUpdate(2, 1, "")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { // behind it, somebody still waits
			if err := l.Do(t.Context(), textUpdate(3, 1, "")); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if d := cmp.Diff([]string{"1", "3"}, done.all()); d != "" {
			t.Error(d)
		}
	})
}

func TestLanesDeadlineOfOneAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &handler{handle: func(ctx context.Context, _ *models.Update) error { return sleep(ctx, time.Hour) }}
		l := NewLanes(h, LanesOptions{Timeout: time.Minute, Attempts: 1})
		began := time.Now()
		if err := l.Do(t.Context(), textUpdate(1, 1, "")); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"1 timeout"}, h.apologised()); d != "" || time.Since(began) != time.Minute {
			t.Error(d, time.Since(began))
		}
	})
}

func TestLanesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		at, most := 0, 0
		h := &handler{handle: func(context.Context, *models.Update) error {
			mu.Lock()
			at++
			most = max(most, at)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			at--
			mu.Unlock()
			return nil
		}}
		l := NewLanes(h, LanesOptions{Parallel: 4, Outstanding: 10})
		var wg sync.WaitGroup
		for i := range int64(10) {
			wg.Go(func() {
				if err := l.Do(t.Context(), textUpdate(i, i, "")); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if err := l.Do(t.Context(), textUpdate(99, 99, "")); !errors.Is(err, ErrBusy) || !errors.Is(err, ErrAway) {
			t.Errorf("got %v", err)
		}
		wg.Wait()
		if most != 4 {
			t.Errorf("%d at once, want 4", most)
		}
	})
}

func TestLanesStop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait time.Duration
		ok   bool
	}{"drains": {time.Hour, true}, "gives up": {time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &handler{handle: func(ctx context.Context, _ *models.Update) error { return sleep(ctx, time.Minute) }}
				l := NewLanes(h, LanesOptions{})
				var wg sync.WaitGroup
				for i := range int64(2) {
					wg.Go(func() {
						if err := l.Do(t.Context(), textUpdate(i, 1, "")); (err == nil) != c.ok {
							t.Errorf("update: %v", err)
						}
					})
				}
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), c.wait)
				defer cancel()
				if err := l.Stop(ctx); (err == nil) != c.ok {
					t.Errorf("stop: %v", err)
				}
				if err := l.Do(t.Context(), textUpdate(9, 1, "")); !errors.Is(err, ErrStopped) {
					t.Errorf("after stop: %v", err)
				}
				wg.Wait()
			})
		})
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	a := newAttempts(3)
	for id := range int64(100) {
		a.add(id)
	}
	if len(a.byID) != 3 || a.seen.Len() != 3 {
		t.Errorf("%d and %d entries", len(a.byID), a.seen.Len())
	}
	if n := a.add(99); n != 2 {
		t.Errorf("the latest was forgotten: %d", n)
	}
	if n := a.add(0); n != 1 {
		t.Errorf("the oldest was kept: %d", n)
	}
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	chat := models.Chat{ID: 5}
	for name, c := range map[string]struct {
		u    models.Update
		want laneKey
	}{
		"message":      {models.Update{Message: &models.Message{Chat: chat}}, laneKey{id: 5}},
		"edit":         {models.Update{EditedMessage: &models.Message{Chat: chat}}, laneKey{id: 5}},
		"press":        {models.Update{CallbackQuery: &models.CallbackQuery{From: models.User{ID: 9}, Message: models.MaybeInaccessibleMessage{Message: &models.Message{Chat: chat}}}}, laneKey{id: 5}},
		"inaccessible": {models.Update{CallbackQuery: &models.CallbackQuery{From: models.User{ID: 9}, Message: models.MaybeInaccessibleMessage{InaccessibleMessage: &models.InaccessibleMessage{Chat: chat}}}}, laneKey{id: 5}},
		"no message":   {models.Update{CallbackQuery: &models.CallbackQuery{From: models.User{ID: 9}}}, laneKey{id: 9}},
		"member":       {models.Update{MyChatMember: &models.ChatMemberUpdated{Chat: chat}}, laneKey{id: 5}},
		"other":        {models.Update{ID: 3, Poll: &models.Poll{}}, laneKey{alone: true, id: 3}},
	} {
		if got := keyOf(&c.u); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
