package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"html"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot"
	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/flows"
)

// counter is the reporters' side behind the real router, over a store with one case of this chat's and one of
// somebody else's. Each has a session that is put there before a press.
type counter struct {
	bot.Wire // panics when asked for what no press may cause
	Store
	bot.Side
	session flows.Session
	filed   int
	acted   []string
	answers []string
	said    []string
}

var (
	mine   = cases.Case{ID: "case-mine", Ref: "HY-7K3M-9Q2X", Mode: cases.Named, Kind: "pay", Status: cases.StatusWaiting, Department: "hr", Language: "en"}
	others = cases.Case{ID: "case-others", Ref: "HY-4TBW-6HDN", Mode: cases.Anonymous, Kind: "safety", Status: cases.StatusReceived, Department: "hr", Language: "en"}
)

func (c *counter) Load(context.Context, [32]byte) (flows.Session, error) { return c.session, nil }
func (c *counter) Save(_ context.Context, _ [32]byte, s flows.Session) (flows.Session, error) {
	c.session = s
	return s, nil
}
func (c *counter) OfficerByKey(context.Context, []byte, bool) (cases.Officer, bool, error) {
	return cases.Officer{}, false, nil
}
func (c *counter) Name(purpose string, parts ...string) [32]byte {
	return sha256.Sum256([]byte(purpose + strings.Join(parts, "|")))
}
func (c *counter) SealAddress([]byte) ([]byte, error) { return []byte("sealed"), nil }

func (c *counter) SendMessage(_ context.Context, p *tg.SendMessageParams) (*models.Message, error) {
	c.said = append(c.said, p.Text)
	return &models.Message{}, nil
}
func (c *counter) EditMessageText(_ context.Context, p *tg.EditMessageTextParams) error {
	c.said = append(c.said, p.Text)
	return nil
}
func (c *counter) AnswerCallbackQuery(_ context.Context, p *tg.AnswerCallbackQueryParams) error {
	c.answers = append(c.answers, p.Text)
	return nil
}
func (c *counter) DeleteMessages(context.Context, int64, []int) (telegram.Deleted, error) {
	c.said = append(c.said, "(gone)")
	return telegram.Deleted{}, nil
}

func (c *counter) File(_ context.Context, f cases.Filing) (cases.Case, bool, error) {
	c.filed++
	return f.Case, false, nil
}
func (c *counter) ActByID(_ context.Context, id string, _ cases.Act) (cases.Case, cases.Event, bool, error) {
	c.acted = append(c.acted, id)
	return mine, cases.Event{}, false, nil
}
func (c *counter) MakeJoinLink(_ context.Context, id, _ string) error {
	if id != mine.ID {
		c.acted = append(c.acted, id)
	}
	return nil
}
func (c *counter) NewsToken(id string, _ int, _ string) string               { return "token of " + id }
func (c *counter) ParseNewsToken(string, string) (id string, n int, ok bool) { return "", 0, false }

func (c *counter) ByReporter(context.Context, []byte) ([]cases.Case, error) {
	return []cases.Case{mine}, nil
}
func (c *counter) CaseByID(_ context.Context, id string) (cases.Case, error) {
	for _, k := range []cases.Case{mine, others} {
		if k.ID == id {
			return k, nil
		}
	}
	return cases.Case{}, &cases.Error{Code: cases.NotFound}
}
func (c *counter) Events(_ context.Context, id string) ([]cases.Event, error) {
	return []cases.Event{{Case: id, Seq: 1, Kind: cases.Filed, By: cases.Actor{Party: cases.System}, Body: &cases.Body{Text: "words"}}}, nil
}

// opened is the configuration, read once: it never changes.
var opened = sync.OnceValues(func() (*configs.Config, error) { return configs.Load("") })

func (c *counter) router(tb testing.TB) *bot.Router {
	tb.Helper()
	config, err := opened()
	if err != nil {
		tb.Fatal(err)
	}
	book, err := text.NewBook(config.Languages, config.Messages.Texts(), time.UTC)
	if err != nil {
		tb.Fatal(err)
	}
	engine, err := flows.NewEngine(config.Flows, config.Messages, config.Org)
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	return bot.NewRouter(bot.Options{
		Sessions: c, Officers: c, Keys: c, Wire: c, Book: book, Engine: engine, Desk: c,
		Intake: New(Options{Store: c, Book: book, Org: config.Org, Guide: config.Guide, Link: func(s string) string { return s }}),
		News:   c,
		Menu:   func(string, cases.Role) []models.BotCommand { return nil },
		Seed: func() (flows.Seed, error) {
			return flows.Seed{ID: "draft", Nonce: "n1", Secret: make([]byte, 16)}, nil
		},
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Bot: models.User{ID: 7, Username: "b"},
	})
}

func (c *counter) press(tb testing.TB, r *bot.Router, update int64, data string) {
	tb.Helper()
	u := &models.Update{ID: update, CallbackQuery: &models.CallbackQuery{ID: "q", From: models.User{ID: 9, LanguageCode: "en"}, Data: data}}
	u.CallbackQuery.Message.Message = &models.Message{ID: 5, Date: 1, Chat: models.Chat{ID: 9, Type: models.ChatTypePrivate}}
	if err := r.Handle(context.Background(), u); err != nil {
		tb.Fatalf("%q: %v", data, err)
	}
}

// keyShown finds a message key without a text, and a template that was not filled in.
var keyShown = regexp.MustCompile(`\b(?:intake|joint|join|guide|error|prompt|note|notice|complaint|status|clock)\.[a-z_]+|\{\{|<no value>`)

// FuzzPress presses a button with any data, on five screens: it is answered once and in words, files nothing, and does
// nothing to somebody else's case, of which nothing is shown either.
func FuzzPress(f *testing.F) {
	for screen := range 5 {
		for _, data := range []string{
			"h.home", "h.lang.en", "h.lang.xx", "h.file", "h.resume.n1", "h.cases", "h.receipt", "h.privacy", "h.filed", "h.saved", "h.shut",
			"h.case.7K3M9Q2X", "h.read.7K3M9Q2X", "h.answer.7K3M9Q2X", "h.withdraw.7K3M9Q2X", "h.case.4TBW6HDN", "n.add.4TBW6HDN", "n.rate.7K3M9Q2X",
			"h.join.7K3M9Q2X", "h.link.1.7K3M9Q2X", "h.link.1.4TBW6HDN", "h.leave.7K3M9Q2X", "h.leave_yes.7K3M9Q2X", "h.leave_yes.4TBW6HDN",
			"f.n1.0.o.named", "f.n1.1.o.ok", "f.n1.1.send", "f.n1.0.cancel", "f.n1.1.drop", "f.n1.1.edit.what", "f.n1.1.page.9", "f.n1.1.unit.x",
			"f.n1.1.aside.consult", "f.n2.0.o.named", "h.guide", "h.guide.k.pay", "h.guide.a.wages.pay.1",
			"h.guide.f.wages.", "h.guide.yes.wages", "h.guide.no.wages.pay", "h.guide.k.-", "h.guide.k.", "h.guide.a.x", "n.guide", "d.home", "d.take.4TBW6HDN.1", "", "h", "h.", "n", "....", "\xff", strings.Repeat("h.case.", 9),
		} {
			f.Add(uint8(screen), data)
		}
	}
	start := &counter{}
	r := start.router(f)
	sessions := []flows.Session{{}}
	for n, data := range []string{"h.lang.en", "h.file", "f.n1.1.o.named"} {
		start.press(f, r, int64(n+1), data)
		sessions = append(sessions, start.session)
	}
	if d, ok := start.session.Draft(start.session.Active); !ok || len(d.Answers) != 1 {
		f.Fatalf("the form is not open: %+v", start.session)
	}
	sessions = append(sessions, flows.Session{Lang: "zh-Hans", Screen: flows.Screen{Name: screenCase, Arg: string(mine.Ref)}})
	f.Fuzz(func(t *testing.T, screen uint8, data string) {
		c := &counter{session: sessions[int(screen)%len(sessions)]}
		c.press(t, c.router(t), 100, data)
		if len(c.answers) != 1 || len(utf16.Encode([]rune(c.answers[0]))) > 200 {
			t.Errorf("answered with %q", c.answers)
		}
		if c.filed > 0 || len(c.acted) > 0 {
			t.Errorf("%d filed, done to %v", c.filed, c.acted)
		}
		if len(c.said) == 0 && c.answers[0] == "" {
			t.Error("nothing is said")
		}
		for _, s := range append(c.said, html.EscapeString(c.answers[0])) {
			plain, err := wellFormed(s)
			if err != nil {
				t.Errorf("%v:\n%s", err, s)
			}
			if found := keyShown.FindString(plain); found != "" {
				t.Errorf("shows %q:\n%s", found, s)
			}
			if strings.Contains(s, string(others.Ref)) || strings.Contains(s, others.ID) {
				t.Errorf("tells of somebody else's case:\n%s", s)
			}
		}
		if o := c.session.Opened; o != nil {
			t.Errorf("a press opened %+v", o)
		}
		if fmt.Sprint(c.session.Seen) != fmt.Sprint(append(sessions[int(screen)%len(sessions)].Seen, 100)) {
			t.Errorf("seen: %v", c.session.Seen)
		}
	})
}

func (c *counter) Uncleaned(context.Context, string) (map[int]int, error) { return nil, nil }
