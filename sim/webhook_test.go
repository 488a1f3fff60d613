package sim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/sim"
)

// receiver is the bot's end of a webhook. answer decides each delivery.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []got
	answer func(n int, u got, w http.ResponseWriter)
	secret string
}

func receive(t *testing.T, base string, answer func(n int, u got, w http.ResponseWriter), more obj) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		var u got
		if err := json.Unmarshal(raw, &u); err != nil {
			t.Errorf("webhook body %s: %v", raw, err)
		}
		r.mu.Lock()
		r.got = append(r.got, u)
		r.secret = req.Header.Get("X-Telegram-Bot-Api-Secret-Token")
		n := len(r.got)
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(n, u, w)
		}
	}))
	t.Cleanup(r.Close)
	in := obj{"url": r.URL, "secret_token": "s3cret-_"}
	for k, v := range more {
		in[k] = v
	}
	if a := call(t, base, "setWebhook", in); !a.OK {
		t.Fatal(a.Description)
	}
	return r
}

func (r *receiver) texts() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return texts(r.got)
}

func frozen() sim.Options {
	return sim.Options{Clock: sim.NewFrozenClock(time.Unix(1_800_000_000, 0))}
}

func TestWebhookDelivers(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("before")
	r := receive(t, base, nil, nil)
	m := p.Send("a")
	if err := p.Edit(m.ID, "b"); err != nil {
		t.Fatal(err)
	}
	if err := srv.Settled(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := r.texts(); got != "before a ~b" || r.secret != "s3cret-_" {
		t.Errorf("got %s with secret %q", got, r.secret)
	}
}

func TestWebhookAnswerIsExecuted(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	receive(t, base, func(_ int, u got, w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%d,"text":"echo %s"}`, p.ID(), u.Message.Text)
	}, nil)
	p.Send("a")
	if err := srv.Settled(soon(t)); err != nil {
		t.Fatal(err)
	}
	if m := p.Last(); m.Text != "echo a" || m.From != "bot" {
		t.Errorf("got %+v", m)
	}
	if n := srv.Calls()["sendMessage"]; n != 1 {
		t.Errorf("%d calls logged", n)
	}
}

// One update is refused again and again: it is retried at once, then after 2,
// 4 … 60 s; what is behind it in its queue waits, other queues do not.
func TestWebhookBacksOffPerQueue(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, frozen())
	p, q := srv.AddPhone(sim.Profile{Name: "P"}), srv.AddPhone(sim.Profile{Name: "Q"})
	heal := make(chan struct{})
	r := receive(t, base, func(_ int, u got, w http.ResponseWriter) {
		if u.Message != nil && u.Message.Text == "poison" {
			select {
			case <-heal:
			default:
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
	}, nil)
	p.Send("poison")
	p.Send("behind")
	waitFor(t, func() bool { return srv.Clock().Sleeping() == 1 })
	if got := r.texts(); got != "poison poison" {
		t.Fatalf("before the first wait: %s", got)
	}
	q.Send("other")
	p.Block()
	waitFor(t, func() bool { return srv.Pending() == 2 })
	for i, wait := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
		srv.Advance(wait*time.Second - time.Millisecond)
		if n := srv.Clock().Sleeping(); n != 1 {
			t.Fatalf("wait %d ended before %d s", i, wait)
		}
		srv.Advance(time.Millisecond)
		want := 3 + i
		waitFor(t, func() bool {
			return strings.Count(r.texts(), "poison") == want && srv.Clock().Sleeping() == 1
		})
	}
	a := call(t, base, "getWebhookInfo", obj{})
	for _, part := range []string{`"pending_update_count":2`, `"last_error_message":"Wrong response from the webhook: 500 Internal Server Error"`} {
		if !strings.Contains(string(a.Result), part) {
			t.Errorf("webhook info %s lacks %s", a.Result, part)
		}
	}
	close(heal)
	srv.Advance(60 * time.Second)
	if err := srv.Settled(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := r.texts(); !strings.HasSuffix(got, "poison behind") {
		t.Errorf("got %s", got)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]time.Duration{"7": 7 * time.Second, "99999": time.Hour} {
		srv, _, base := newPair(t, frozen())
		r := receive(t, base, func(n int, _ got, w http.ResponseWriter) {
			if n == 1 {
				w.Header().Set("Retry-After", asked)
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}, nil)
		srv.AddPhone(sim.Profile{Name: "P"}).Send("a")
		waitFor(t, func() bool { return srv.Clock().Sleeping() == 1 })
		srv.Advance(want - time.Millisecond)
		if r.texts() != "a" || srv.Clock().Sleeping() != 1 {
			t.Fatalf("Retry-After %s: came back too soon", asked)
		}
		srv.Advance(time.Millisecond)
		if err := srv.Settled(soon(t)); err != nil {
			t.Fatalf("Retry-After %s: %v", asked, err)
		}
	}
}

// A press overtakes a text of the same person that the bot is still busy with.
func TestPressesHaveTheirOwnQueue(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("/start")
	call(t, base, "sendMessage", obj{"chat_id": p.ID(), "text": "x", "reply_markup": obj{"inline_keyboard": []any{[]any{obj{"text": "b", "callback_data": "d"}}}}})
	call(t, base, "deleteWebhook", obj{"drop_pending_updates": true})
	pressed := make(chan struct{})
	r := receive(t, base, func(_ int, u got, w http.ResponseWriter) {
		switch {
		case u.Press != nil:
			close(pressed)
		case u.Message.Text == "slow":
			<-pressed
		}
	}, nil)
	p.Send("slow")
	p.Send("next")
	waitFor(t, func() bool { return r.texts() == "slow" })
	if err := p.Tap("b"); err != nil {
		t.Fatal(err)
	}
	if err := srv.Settled(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := r.texts(); got != "slow [d] next" {
		t.Errorf("got %s", got)
	}
}

func TestMaxConnections(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	var mu sync.Mutex
	now, most := 0, 0
	receive(t, base, func(int, got, http.ResponseWriter) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Millisecond) // long enough to overlap
		mu.Lock()
		now--
		mu.Unlock()
	}, obj{"max_connections": 2})
	for range 30 {
		srv.AddPhone(sim.Profile{Name: "P"}).Send("a")
	}
	if err := srv.Settled(soon(t)); err != nil {
		t.Fatal(err)
	}
	if most != 2 {
		t.Errorf("%d deliveries at once, want 2", most)
	}
}

func TestDeliveryFaults(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind             string
		webhook, polling string
	}{
		{sim.FaultDuplicate, "a a [d]", "a a [d]"},
		{sim.FaultRepress, "a [d] [d]", "a [d] [d]"},
		{sim.FaultSwap, "[d] a", "[d] a"},
	} {
		for _, hook := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s webhook=%v", row.kind, hook), func(t *testing.T) {
				t.Parallel()
				srv, _, base := newPair(t, sim.Options{SwapWait: time.Minute})
				p := srv.AddPhone(sim.Profile{Name: "P"})
				p.Send("/start")
				call(t, base, "sendMessage", obj{"chat_id": p.ID(), "text": "x", "reply_markup": obj{"inline_keyboard": []any{[]any{obj{"text": "b", "callback_data": "d"}}}}})
				call(t, base, "deleteWebhook", obj{"drop_pending_updates": true})
				srv.Fail(sim.Fault{Kind: row.kind, Count: 1, Chat: p.ID()})
				var r *receiver
				if hook {
					r = receive(t, base, nil, nil)
				}
				p.Send("a")
				if hook && row.kind != sim.FaultSwap {
					// Queues run side by side; settle one before the other for a plain order.
					if err := srv.Settled(soon(t)); err != nil {
						t.Fatal(err)
					}
				}
				if err := p.Tap("b"); err != nil {
					t.Fatal(err)
				}
				have, want := "", row.polling
				if hook {
					if err := srv.Settled(soon(t)); err != nil {
						t.Fatal(err)
					}
					have, want = r.texts(), row.webhook
				} else {
					var all []got
					for us := poll(t, base, obj{"limit": 1}); len(us) > 0; us = poll(t, base, obj{"limit": 1, "offset": all[len(all)-1].ID + 1}) {
						all = append(all, us...)
					}
					have = texts(all)
					if row.kind == sim.FaultRepress && all[1].ID == all[2].ID {
						t.Error("the second press has the same update id")
					}
				}
				if diff := cmp.Diff(want, have); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
