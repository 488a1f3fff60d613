package intake

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// window is a counter where receipts are typed; it writes down what the bot did until it knew the answer.
type window struct {
	*counter
	refused bool
	did     []string
}

func (w *window) Allow(context.Context, [32]byte) (bool, time.Duration, error) {
	w.did = append(w.did, "allow")
	return !w.refused, 10 * time.Minute, nil
}
func (w *window) Settle(_ context.Context, _ [32]byte, opened bool) error {
	w.did = append(w.did, fmt.Sprint("settle ", opened))
	return nil
}
func (w *window) New([]byte) string            { return "" }
func (w *window) Find(s string) (string, bool) { return strings.CutPrefix(s, "receipt ") }
func (w *window) Commitment(string) []byte     { return nil }

func (w *window) Lookup(receipt string) []byte { return []byte(receipt) }
func (w *window) Shown(receipt string) string  { return receipt }
func (w *window) File(context.Context, cases.Filing) (cases.Case, bool, error) {
	panic("nothing is filed")
}
func (w *window) ByReceipt(_ context.Context, lookup []byte) (cases.Case, error) {
	w.did = append(w.did, "look up")
	if string(lookup) == "right" {
		return others, nil
	}
	return cases.Case{}, &cases.Error{Code: cases.NotFound}
}

// Until the answer is known, a wrong receipt costs the same steps as a right one; one of a case that is gone gets the
// words of a wrong one; and whoever has tried too often is told before anything is looked up.
func TestReceiptTyped(t *testing.T) {
	t.Parallel()
	config, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	book, err := text.NewBook(config.Languages, config.Messages.Texts(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := flows.NewEngine(config.Flows, config.Messages, config.Org)
	if err != nil {
		t.Fatal(err)
	}
	typed := func(receipt string, refused bool) *window {
		w := &window{counter: &counter{session: flows.Session{Lang: "en"}}, refused: refused}
		r := bot.NewRouter(bot.Options{
			Sessions: w, Officers: w, Keys: w, Wire: w, Book: book, Engine: engine, Desk: w,
			Intake: New(Options{Store: w, Receipts: w, Guesses: w, Book: book, Org: config.Org}),
			Menu:   func(string, cases.Role) []models.BotCommand { return nil },
			Now:    time.Now, Log: slog.New(slog.DiscardHandler), Bot: models.User{ID: 7, Username: "b"},
		})
		u := &models.Update{ID: 1, Message: &models.Message{
			ID: 5, Date: 1, From: &models.User{ID: 9}, Chat: models.Chat{ID: 9, Type: models.ChatTypePrivate}, Text: "receipt " + receipt,
		}}
		if err := r.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		return w
	}
	right, wrong, gone, refused := typed("right", false), typed("wrong", false), typed("gone", false), typed("right", true)
	if diff := cmp.Diff([]string{"allow", "look up", "settle true"}, right.did); diff != "" {
		t.Errorf("right: %s", diff)
	}
	if diff := cmp.Diff([]string{"allow", "look up", "settle false"}, wrong.did); diff != "" {
		t.Errorf("wrong: %s", diff)
	}
	if diff := cmp.Diff([]string{"allow"}, refused.did); diff != "" {
		t.Errorf("refused: %s", diff)
	}
	if diff := cmp.Diff(wrong.said, gone.said); diff != "" || len(wrong.said) == 0 {
		t.Errorf("wrong and gone differ: %s", diff)
	}
	for name, w := range map[string]*window{"right": right, "wrong": wrong, "refused": refused} {
		if len(w.said) == 0 || w.said[0] != "(gone)" {
			t.Errorf("%s: the receipt stays in the chat: %q", name, w.said)
		}
		if tells := strings.Contains(strings.Join(w.said, "\n"), string(others.Ref)); tells != (name == "right") {
			t.Errorf("%s: tells of the case: %v", name, tells)
		}
	}
}
