package bot

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot/text"
	"huiyin/cases"
)

// numberedWire gives every message sent a number.
type numberedWire struct {
	Wire
	n int
}

func (w *numberedWire) SendMessage(context.Context, *tg.SendMessageParams) (*models.Message, error) {
	w.n++
	return &models.Message{ID: w.n}, nil
}

// notebook is a Messages and the keys of a Trail.
type notebook struct {
	ids    map[[32]byte][]int
	broken error
}

func (b *notebook) Add(_ context.Context, name [32]byte, ids ...int) error {
	b.ids[name] = append(b.ids[name], ids...)
	return b.broken
}

func (b *notebook) Take(_ context.Context, name [32]byte) ([]int, error) {
	return b.ids[name], b.broken
}

func (b *notebook) Name(purpose string, parts ...string) [32]byte {
	return sha256.Sum256([]byte(purpose + "|" + strings.Join(parts, "|")))
}

func (b *notebook) NewsToken(id string, _ int, chat string) string { return id + "@" + chat }

func (b *notebook) ParseNewsToken(string, string) (string, int, bool) { return "", 0, false }

// reader keeps the notice it was to render.
type reader struct {
	Side
	got Notice
}

func (r *reader) Notice(_ context.Context, n Notice) ([]text.Reply, error) {
	r.got = n
	return []text.Reply{{Do: text.Send, HTML: "a"}, {Do: text.Words, Plain: "b"}}, nil
}

// about is a mailbox whose case is given.
type about struct {
	mailbox
	c cases.Case
}

func (a about) CaseByID(context.Context, string) (cases.Case, error) { return a.c, nil }

// TestPostmanGivesWhatANoticeNeeds: quiet or not, a token made for the chat, and the messages remembered; to officers
// none of it.
func TestPostmanGivesWhatANoticeNeeds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		c     cases.Case
		to    cases.Recipient
		quiet bool
	}{
		"named":         {c: cases.Case{ID: "c", Mode: cases.Named}, to: cases.ToReporter},
		"confidential":  {c: cases.Case{ID: "c", Mode: cases.Confidential}, to: cases.ToReporter},
		"anonymous":     {c: cases.Case{ID: "c", Mode: cases.Anonymous}, to: cases.ToReporter, quiet: true},
		"in danger":     {c: cases.Case{ID: "c", Mode: cases.Anonymous, Prompt: true}, to: cases.ToReporter},
		"to an officer": {c: cases.Case{ID: "c", Mode: cases.Anonymous}, to: cases.ToOfficer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			side, book := &reader{}, &notebook{ids: map[[32]byte][]int{}}
			p := &Postman{
				Mail: about{mailbox{address: []byte("1|42")}, test.c}, Addresses: plainAddresses{}, Wires: map[string]Wire{"1": &numberedWire{}},
				Intake: side, Desk: side, Now: time.Now, News: book,
				Trail: &Trail{Messages: book, Keys: book, Log: slog.New(slog.DiscardHandler)},
			}
			if got, err := p.Deliver(t.Context(), cases.Notice{To: test.to}); got != cases.Sent || err != nil {
				t.Fatal(got, err)
			}
			reporter := test.to == cases.ToReporter
			if side.got.Quiet != test.quiet || (side.got.Token != nil) != reporter {
				t.Errorf("quiet %v, token %v", side.got.Quiet, side.got.Token != nil)
			}
			if reporter && side.got.Token("c") != "c@1|42" {
				t.Errorf("token %q", side.got.Token("c"))
			}
			want := []int{1, 2}
			if !reporter {
				want = nil
			}
			if got := book.ids[book.Name("messages", "1", "42")]; !slices.Equal(got, want) || len(book.ids) > 1 {
				t.Errorf("remembers %v", book.ids)
			}
		})
	}
}

// A memory that is away costs nobody an answer.
func TestTrailIsNoDuty(t *testing.T) {
	t.Parallel()
	var none *Trail
	none.add(t.Context(), "1|2", []int{3})
	if ids := none.take(t.Context(), "1|2"); ids != nil {
		t.Error(ids)
	}
	book := &notebook{ids: map[[32]byte][]int{}, broken: errors.New("away")}
	trail := &Trail{Messages: book, Keys: book, Log: slog.New(slog.DiscardHandler)}
	trail.add(t.Context(), "1|2", []int{3})
	if ids := trail.take(t.Context(), "1|2"); !slices.Equal(ids, []int{3}) {
		t.Errorf("what came with an error is lost: %v", ids)
	}
}
