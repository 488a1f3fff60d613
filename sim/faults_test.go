package sim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"

	"huiyin/sim"
)

func TestCallFaults(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	p, q := srv.AddPhone(sim.Profile{Name: "P"}), srv.AddPhone(sim.Profile{Name: "Q"})
	p.Send("/start")
	q.Send("/start")
	send := func(to *sim.Phone) error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: to.ID(), Text: "x"})
		return err
	}
	seen := func() int { return len(p.Messages()) - 1 }

	remove := srv.Fail(sim.Fault{Kind: sim.FaultTooMany, Chat: p.ID(), RetryAfter: 17})
	var flood *bot.TooManyRequestsError
	if err := send(p); !errors.As(err, &flood) || flood.RetryAfter != 17 || !strings.Contains(flood.Message, "Too Many Requests: retry after 17") {
		t.Errorf("429: got %v", err)
	}
	if err := send(q); err != nil {
		t.Errorf("429 of one chat hits another: %v", err)
	}
	remove()

	srv.Fail(sim.Fault{Kind: sim.FaultForbidden, Count: 1})
	if err := send(p); !errors.Is(err, bot.ErrorForbidden) {
		t.Errorf("403: got %v", err)
	}
	srv.Fail(sim.Fault{Kind: sim.FaultServer, Code: 502, Count: 1, Method: "sendMessage"})
	if err := send(p); err == nil || !strings.Contains(err.Error(), "502 Bad Gateway") && !strings.Contains(err.Error(), "<html>") {
		t.Errorf("502: got %v", err)
	}
	srv.Fail(sim.Fault{Kind: sim.FaultError, Code: 400, Description: "Bad Request: message thread not found", Count: 1})
	if err := send(p); err == nil || !strings.Contains(err.Error(), "message thread not found") {
		t.Errorf("error: got %v", err)
	}
	srv.Fail(sim.Fault{Kind: sim.FaultReset, Count: 1, Method: "sendMessage"})
	if err := send(p); err == nil {
		t.Error("reset: no error")
	}
	if n := seen(); n != 0 {
		t.Fatalf("%d messages were delivered by failing calls", n)
	}

	srv.Fail(sim.Fault{Kind: sim.FaultTimeout, Count: 1})
	if err := send(p); err == nil {
		t.Error("timeout: no error")
	}
	if n := seen(); n != 1 {
		t.Fatalf("timeout: the message was delivered %d times", n)
	}
	srv.Fail(sim.Fault{Kind: sim.FaultLatency, Delay: 30 * time.Millisecond, Count: 1})
	start := time.Now()
	if err := send(p); err != nil || time.Since(start) < 30*time.Millisecond {
		t.Errorf("latency: %v after %v", err, time.Since(start))
	}
	if n := seen(); n != 2 {
		t.Fatalf("phone has %d messages", n)
	}

	var faults []string
	for _, c := range srv.Log() {
		if c.Method == "sendMessage" && c.Chat == p.ID() {
			faults = append(faults, c.Fault)
		}
	}
	if got := strings.Join(faults, " "); got != "too_many forbidden server error reset timeout " {
		t.Errorf("the log holds %q", got)
	}
	resp, err := http.Get(base + "/sim/faults")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, frozen())
	srv.Fail(sim.Fault{Kind: sim.FaultLimits, Burst: 2, Global: 5})
	var phones []*sim.Phone
	for range 8 {
		p := srv.AddPhone(sim.Profile{Name: "P"})
		p.Send("/start")
		phones = append(phones, p)
	}
	send := func(p *sim.Phone) answer { return call(t, base, "sendMessage", obj{"chat_id": p.ID(), "text": "x"}) }
	for i, want := range []bool{true, true, false} {
		if a := send(phones[0]); a.OK != want || !want && (a.ErrorCode != 429 || a.Parameters.RetryAfter != 1) {
			t.Fatalf("send %d to one chat: %+v", i, a)
		}
	}
	srv.Advance(time.Second)
	if a := send(phones[0]); !a.OK {
		t.Fatalf("a second later: %+v", a)
	}
	for i, p := range phones[1:] {
		if a := send(p); a.OK != (i < 4) {
			t.Fatalf("chat %d in the same second: %+v", i, a)
		}
	}
	if a := call(t, base, "sendChatAction", obj{"chat_id": phones[0].ID(), "action": "typing"}); !a.OK {
		t.Errorf("chat actions are not limited: %+v", a)
	}
}

func TestEveryNth(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	srv.Fail(sim.Fault{Kind: sim.FaultTooMany, Every: 3, Method: "GETME"})
	var got []string
	for range 6 {
		a := call(t, base, "getMe", obj{})
		got = append(got, map[bool]string{true: "ok", false: "no"}[a.OK])
	}
	if s := strings.Join(got, " "); s != "ok ok no ok ok no" {
		t.Errorf("got %s", s)
	}
}
