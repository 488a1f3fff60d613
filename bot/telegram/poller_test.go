package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

// inbox is Telegram's side of getUpdates in the process, under fake time.
type inbox struct {
	mu      sync.Mutex
	pending []string // JSON of updates, ids from first on
	first   int64
	offset  int64
	calls   []string
	more    chan struct{}
	refuse  func() (int, string) // not nil: what getUpdates answers
	polling int
}

func newInbox(updates ...string) *inbox {
	return &inbox{first: 100, pending: updates, more: make(chan struct{}, 1)}
}

func (b *inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	method := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	b.mu.Lock()
	defer b.mu.Unlock()
	if method != "getUpdates" {
		b.calls = append(b.calls, method+" "+string(body))
		return respond(200, `{"ok":true,"result":true}`), nil
	}
	var p struct {
		Offset  int64
		Limit   int
		Timeout int
		Allowed []string `json:"allowed_updates"`
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Limit < 1 || p.Limit > 100 || len(p.Allowed) != 4 {
		return respond(400, `{"ok":false,"error_code":400,"description":"Bad Request: strict"}`), nil
	}
	if b.refuse != nil {
		status, answer := b.refuse()
		return respond(status, answer), nil
	}
	b.offset = max(b.offset, p.Offset)
	b.polling++
	defer func() { b.polling-- }()
	end := time.NewTimer(time.Duration(p.Timeout) * time.Second)
	defer end.Stop()
	for {
		if skip := b.offset - b.first; skip > 0 {
			n := min(int(skip), len(b.pending))
			b.pending, b.first = b.pending[n:], b.first+int64(n)
		}
		if len(b.pending) > 0 || p.Timeout == 0 {
			out := strings.Join(b.pending[:min(p.Limit, len(b.pending))], ",")
			return respond(200, `{"ok":true,"result":[`+out+`]}`), nil
		}
		b.mu.Unlock()
		timeout := false
		var gone error
		select {
		case <-b.more:
		case <-end.C:
			timeout = true
		case <-r.Context().Done():
			gone = r.Context().Err()
		}
		b.mu.Lock()
		if gone != nil {
			return nil, gone
		}
		if timeout {
			p.Timeout = 0
		}
	}
}

// push makes one more update arrive.
func (b *inbox) push(update string) {
	b.mu.Lock()
	b.pending = append(b.pending, update)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// called lists the calls but getUpdates.
func (b *inbox) called() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.calls...)
}

// confirmed gives the offset that Telegram knows.
func (b *inbox) confirmed() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.offset
}

func rawUpdate(id, chat int64) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"},"text":"x"}}`, id, id, chat)
}

func poller(t *testing.T, b *inbox, h Handler, leader Leader, log io.Writer) (*Poller, *Lanes) {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	c, err := New(testToken, "http://telegram.test", Options{HTTP: &http.Client{Transport: b}})
	if err != nil {
		t.Fatal(err)
	}
	l := NewLanes(h, LanesOptions{})
	return NewPoller(c, l, PollerOptions{Leader: leader, Log: slog.New(slog.NewTextHandler(log, nil))}), l
}

// run starts the poller; the function it gives ends it and waits.
func run(t *testing.T, p *Poller) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	return func() error { cancel(); return <-done }
}

func TestPollerConfirmsOnlyWhatIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(rawUpdate(100, 1), rawUpdate(101, 2), rawUpdate(102, 1), rawUpdate(103, 3))
		var done note
		h := &handler{handle: func(_ context.Context, u *models.Update) error {
			if u.ID == 101 {
				time.Sleep(90 * time.Second)
			}
			done.add("%d", u.ID)
			return nil
		}}
		p, _ := poller(t, b, h, nil, nil)
		stop := run(t, p)
		time.Sleep(30 * time.Second)
		if got := b.confirmed(); got != 101 {
			t.Errorf("confirmed up to %d while 101 is in work", got)
		}
		// What arrives meanwhile for others does not wait for the slow one.
		b.push(rawUpdate(104, 4))
		time.Sleep(maxLull + time.Millisecond)
		got := done.all()
		if len(got) != 4 || got[3] != "104" {
			t.Errorf("done beside the slow one: %v", got)
		}
		time.Sleep(time.Minute)
		if got := b.confirmed(); got != 105 {
			t.Errorf("confirmed up to %d after all are done", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if n := len(done.all()); n != 5 {
			t.Errorf("%d handled, want each of 5 once: %v", n, done.all())
		}
		if d := cmp.Diff([]string{`deleteWebhook {"drop_pending_updates":false}`}, b.called()); d != "" {
			t.Error(d)
		}
	})
}

func TestPollerDoesNotAdvanceWhileAStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(rawUpdate(100, 1), rawUpdate(101, 1), rawUpdate(102, 2))
		back := time.Now().Add(10 * time.Minute)
		var done note
		var tries atomic.Int32
		h := &handler{handle: func(_ context.Context, u *models.Update) error {
			tries.Add(1)
			if u.Message.Chat.ID == 1 && time.Now().Before(back) {
				return fmt.Errorf("load: %w", ErrAway)
			}
			done.add("%d", u.ID)
			return nil
		}}
		p, _ := poller(t, b, h, nil, nil)
		stop := run(t, p)
		time.Sleep(9 * time.Minute)
		if got := b.confirmed(); got > 100 {
			t.Errorf("confirmed up to %d", got)
		}
		if n := tries.Load(); n > 9*60/4 {
			t.Errorf("%d tries in nine minutes: no back-off", n)
		}
		time.Sleep(2 * time.Minute)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff([]string{"102", "100", "101"}, done.all()); d != "" {
			t.Error(d)
		}
		if got := b.confirmed(); got != 103 {
			t.Errorf("confirmed up to %d at the end", got)
		}
	})
}

func TestPollerPutsAsideAndGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(rawUpdate(100, 1), `{"update_id":101,"message":{"text":7}}`, rawUpdate(102, 1))
		var done note
		h := &handler{handle: func(_ context.Context, u *models.Update) error {
			if u.ID == 100 {
				panic("no")
			}
			done.add("%d", u.ID)
			return nil
		}}
		p, _ := poller(t, b, h, nil, nil)
		stop := run(t, p)
		time.Sleep(time.Minute)
		if got := b.confirmed(); got != 103 {
			t.Errorf("confirmed up to %d", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff([]string{"102"}, done.all()); d != "" || len(h.apologised()) != 1 {
			t.Error(d, h.apologised())
		}
	})
}

func TestPollerFinishesAndConfirmsAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(rawUpdate(100, 1), rawUpdate(101, 1))
		h := &handler{handle: func(ctx context.Context, _ *models.Update) error { return sleep(ctx, 10*time.Second) }}
		p, _ := poller(t, b, h, nil, nil)
		stop := run(t, p)
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
		// 100 had begun and is finished; 101 had not and is left to the next process.
		if got := b.confirmed(); got != 101 {
			t.Errorf("confirmed up to %d", got)
		}
	})
}

func TestPollerWaitsOnConflict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(rawUpdate(100, 1))
		polls, free := 0, time.Now().Add(time.Minute)
		b.refuse = func() (int, string) {
			if polls++; time.Now().After(free) {
				b.refuse = nil
			}
			return 409, `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}`
		}
		var log bytes.Buffer
		var done note
		h := &handler{handle: func(_ context.Context, u *models.Update) error { done.add("%d", u.ID); return nil }}
		p, _ := poller(t, b, h, nil, &log)
		stop := run(t, p)
		time.Sleep(2 * time.Minute)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if len(done.all()) != 1 || polls > 25 || !strings.Contains(log.String(), "somebody else polls") {
			t.Errorf("done %v after %d polls; log: %s", done.all(), polls, &log)
		}
	})
}

func TestPollerEndsOnAWrongToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox()
		b.refuse = func() (int, string) {
			return 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`
		}
		p, _ := poller(t, b, &handler{}, nil, nil)
		if err := p.Run(t.Context()); ClassOf(err) != Unauthorized {
			t.Error(err)
		}
	})
}

// lease is a Leader whose lead a test takes away.
type lease struct {
	mu       sync.Mutex
	free     chan struct{} // one token when nobody leads
	lost     chan struct{}
	released int
	fail     error
}

func (l *lease) Acquire(ctx context.Context) (<-chan struct{}, func(), error) {
	l.mu.Lock()
	if err := l.fail; err != nil {
		l.fail = nil
		l.mu.Unlock()
		return nil, nil, err
	}
	l.mu.Unlock()
	select {
	case <-l.free:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = make(chan struct{})
	return l.lost, func() { l.mu.Lock(); l.released++; l.mu.Unlock() }, nil
}

func (l *lease) releases() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released
}

func (l *lease) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.lost)
}

func TestPollerStopsWhenTheLeadIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(rawUpdate(100, 1), rawUpdate(101, 1), rawUpdate(102, 2))
		var begun note
		h := &handler{handle: func(ctx context.Context, u *models.Update) error {
			begun.add("%d", u.ID)
			if u.ID == 100 {
				return sleep(ctx, 30*time.Second)
			}
			return nil
		}}
		l := &lease{free: make(chan struct{}, 1), fail: errors.New("the store is away")}
		p, _ := poller(t, b, h, l, nil)
		stop := run(t, p)
		time.Sleep(5 * time.Second)
		if len(b.called()) != 0 || len(begun.all()) != 0 {
			t.Fatal("polled without the lead")
		}
		l.free <- struct{}{}
		time.Sleep(time.Second)
		l.lose()
		synctest.Wait()
		b.mu.Lock()
		polling, calls := b.polling, len(b.calls)
		b.mu.Unlock()
		if polling != 0 || l.releases() != 1 {
			t.Errorf("after the loss: %d polls open, released %d times", polling, l.releases())
		}
		time.Sleep(5 * time.Minute)
		if got := b.confirmed(); got > 100 || len(b.called()) != calls {
			t.Errorf("confirmed up to %d, %d calls without the lead", got, len(b.called())-calls)
		}
		// 101 waited behind 100 and is dropped; the leader to come gets it again.
		if d := cmp.Diff([]string{"100", "102"}, slices.Sorted(slices.Values(begun.all()))); d != "" {
			t.Error(d)
		}
		l.free <- struct{}{}
		time.Sleep(2 * time.Minute)
		if got := b.confirmed(); got != 103 {
			t.Errorf("with the lead again: confirmed up to %d", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if l.releases() != 2 {
			t.Errorf("released %d times", l.releases())
		}
	})
}
