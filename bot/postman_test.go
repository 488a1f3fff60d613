package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
)

// scriptedWire answers each send with the next of its errors, then with success.
type scriptedWire struct {
	Wire
	errs []error
	sent []string
}

func (w *scriptedWire) SendMessage(_ context.Context, p *tg.SendMessageParams) (*models.Message, error) {
	if len(w.errs) > 0 {
		err := w.errs[0]
		w.errs = w.errs[1:]
		if err != nil {
			return nil, err
		}
	}
	w.sent = append(w.sent, p.Text)
	return &models.Message{}, nil
}

// letter renders every notice as a head, words over two messages, and what comes then.
type letter struct{ Side }

func (letter) Notice(context.Context, Notice) ([]text.Reply, error) {
	return []text.Reply{
		{Do: text.Send, HTML: "head"},
		{Do: text.Words, Plain: strings.Repeat("a", 4096) + "b"},
		{Do: text.Send, HTML: "then"},
	}, nil
}

type mailbox struct {
	address []byte
	revoked bool
}

func (m mailbox) CaseByID(context.Context, string) (cases.Case, error) { return cases.Case{}, nil }
func (m mailbox) Event(context.Context, string, int) (cases.Event, error) {
	return cases.Event{}, nil
}
func (m mailbox) ReporterAddress(context.Context, string) ([]byte, string, error) {
	return m.address, "en", nil
}
func (m mailbox) ColleagueAddress(_ context.Context, _ string, n int) (cases.Colleague, []byte, error) {
	if n > 1 {
		return cases.Colleague{}, nil, &cases.Error{Code: cases.NotFound}
	}
	return cases.Colleague{Number: n, Mode: cases.Anonymous, Language: "zh-Hans"}, []byte("1|77"), nil
}
func (m mailbox) OfficerAddress(context.Context, cases.OfficerID) ([]byte, error) {
	return m.address, nil
}
func (m mailbox) Officer(context.Context, cases.OfficerID) (cases.Officer, error) {
	return cases.Officer{Revoked: m.revoked}, nil
}

// plainAddresses opens what was never sealed.
type plainAddresses struct{}

func (plainAddresses) OpenAddress(sealed []byte) ([]byte, error) {
	if string(sealed) == "damaged" {
		return nil, errors.New("cannot open")
	}
	return sealed, nil
}

func TestPostman(t *testing.T) {
	t.Parallel()
	wire := func(class telegram.Class, wait time.Duration) error {
		return &telegram.Error{Method: "sendMessage", Class: class, RetryAfter: wait}
	}
	for name, test := range map[string]struct {
		errs    []error
		mail    mailbox
		to      cases.Recipient
		want    cases.Delivery
		fails   bool
		wait    time.Duration // what RetryAfter says
		sent    int
		elapsed time.Duration
	}{
		"sent":                               {want: cases.Sent, sent: 4},
		"to an officer":                      {want: cases.Sent, sent: 4, to: cases.ToOfficer},
		"blocked":                            {errs: []error{wire(telegram.Blocked, 0)}, want: cases.Blocked},
		"no such chat":                       {errs: []error{wire(telegram.ChatNotFound, 0)}, want: cases.Blocked},
		"refused":                            {errs: []error{wire(telegram.Rejected, 0)}, want: cases.Failed},
		"the outcome of a send is not known": {errs: []error{wire(telegram.Unknown, 0)}, want: cases.Unknown},
		"a gateway does not reach Telegram":  {errs: []error{&telegram.Error{Class: telegram.Unknown, Code: 502}}, want: cases.Waiting, fails: true},
		"nor in the middle of a letter":      {errs: []error{nil, &telegram.Error{Class: telegram.Unknown, Code: 502}}, want: cases.Unknown, sent: 1},
		"not reached":                        {errs: []error{wire(telegram.Unreachable, 0)}, want: cases.Waiting, fails: true},
		"put off for hours":                  {errs: []error{wire(telegram.RateLimited, 3*time.Hour)}, want: cases.Waiting, fails: true, wait: 3 * time.Hour},
		"put off in the middle of a letter":  {errs: []error{nil, wire(telegram.RateLimited, 2*time.Second), nil, wire(telegram.RateLimited, time.Second)}, want: cases.Sent, sent: 4, elapsed: 3 * time.Second},
		"put off too long in the middle":     {errs: []error{nil, wire(telegram.RateLimited, time.Hour)}, want: cases.Unknown, sent: 1, elapsed: 45 * time.Second},
		"cut off in the middle":              {errs: []error{nil, nil, wire(telegram.Unreachable, 0)}, want: cases.Unknown, sent: 2},
		"no address is left":                 {mail: mailbox{address: nil}, want: cases.Failed},
		"an officer who was revoked":         {mail: mailbox{address: []byte("1|42"), revoked: true}, to: cases.ToOfficer, want: cases.Failed},
		"an address that cannot be opened":   {mail: mailbox{address: []byte("damaged")}, want: cases.Waiting, fails: true},
		"an address that is none":            {mail: mailbox{address: []byte("1|x4711")}, want: cases.Waiting, fails: true},
		"something else breaks":              {errs: []error{io.ErrClosedPipe}, want: cases.Waiting, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if test.mail.address == nil && name != "no address is left" {
					test.mail.address = []byte("1|42")
				}
				if test.to == "" {
					test.to = cases.ToReporter
				}
				w := &scriptedWire{errs: test.errs}
				p := &Postman{Mail: test.mail, Addresses: plainAddresses{}, Wires: map[string]Wire{"1": w}, Intake: letter{}, Desk: letter{}, Now: time.Now}
				ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
				defer cancel()
				began := time.Now()
				got, err := p.Deliver(ctx, cases.Notice{To: test.to})
				if got != test.want || (err != nil) != test.fails {
					t.Errorf("got %s, %v", got, err)
				}
				if len(w.sent) != test.sent {
					t.Errorf("%d messages went out, want %d", len(w.sent), test.sent)
				}
				if e := time.Since(began); e != test.elapsed {
					t.Errorf("took %s, want %s", e, test.elapsed)
				}
				var later interface{ RetryAfter() time.Duration }
				if errors.As(err, &later) != (test.wait > 0) || test.wait > 0 && later.RetryAfter() != test.wait {
					t.Errorf("asks to wait: %v", err)
				}
				if err != nil && strings.Contains(fmt.Sprint(err), "4711") {
					t.Errorf("the address is in the error: %v", err)
				}
			})
		})
	}
}

// shower keeps the notice that it was asked to render.
type shower struct {
	Side
	got *Notice
}

func (s shower) Notice(_ context.Context, n Notice) ([]text.Reply, error) {
	*s.got = n
	return []text.Reply{{Do: text.Send, HTML: n.Token(n.Case.ID)}}, nil
}

// named makes tokens that can be read.
type named struct{ News }

func (named) NewsToken(id string, colleague int, chat string) string {
	return fmt.Sprintf("%s as %d in %s", id, colleague, chat)
}

// TestPostmanToColleague: who joined is written to where they are, as the colleague they are; who left is not written to,
// and nobody else is in their place.
func TestPostmanToColleague(t *testing.T) {
	t.Parallel()
	w, got := &scriptedWire{}, &Notice{}
	p := &Postman{
		Mail: mailbox{address: []byte("1|42")}, Addresses: plainAddresses{}, Wires: map[string]Wire{"1": w}, Intake: shower{got: got},
		Now: time.Now, News: named{},
	}
	state, err := p.Deliver(t.Context(), cases.Notice{To: cases.ToReporter, Colleague: 1})
	if state != cases.Sent || err != nil || len(w.sent) != 1 || w.sent[0] != " as 1 in 1|77" {
		t.Errorf("%s, %v, sent %q", state, err, w.sent)
	}
	if got.Case.Colleague != 1 || got.Case.Mode != cases.Anonymous || !got.Quiet || got.Lang != "zh-Hans" {
		t.Errorf("rendered for %+v", got)
	}
	state, err = p.Deliver(t.Context(), cases.Notice{To: cases.ToReporter, Colleague: 2})
	if state != cases.Failed || err != nil || len(w.sent) != 1 {
		t.Errorf("who left: %s, %v, sent %q", state, err, w.sent)
	}
}
