package bot

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/flows"
)

// door is everything around a router whose limits are scripted.
type door struct {
	scriptedWire
	Side                     // the desk, which is not reached
	limits   map[string]bool // what is used up
	told     bool            // the person was told already
	away     bool
	officer  bool
	session  flows.Session
	played   int
	taken    []string
	answers  []string
	filed    int
	menus    int
	registry *prometheus.Registry
}

func (d *door) Allow(_ context.Context, _ [32]byte, what string, cost int) (bool, time.Duration, bool, error) {
	switch {
	case d.away:
		return false, 0, false, errors.New("no answer")
	case d.limits[what]:
		return false, 90 * time.Minute, !d.told, nil
	case cost > 0:
		d.taken = append(d.taken, fmt.Sprint(what, " ", cost))
	}
	return true, 0, false, nil
}

func (d *door) Enter(ctx context.Context, name [32]byte, what string, session [32]byte) (bool, time.Duration, bool, loader, error) {
	ok, retry, first, err := d.Allow(ctx, name, what, 1)
	return ok, retry, first, func(ctx context.Context) (flows.Session, error) { return d.Load(ctx, session) }, err
}
func (d *door) Load(context.Context, [32]byte) (flows.Session, error) { return d.session, nil }
func (d *door) Save(_ context.Context, _ [32]byte, s flows.Session) (flows.Session, error) {
	d.session = s
	return s, nil
}
func (d *door) OfficerByKey(context.Context, []byte, bool) (cases.Officer, bool, error) {
	return cases.Officer{Role: cases.RoleOfficer}, d.officer, nil
}
func (d *door) Name(purpose string, parts ...string) [32]byte {
	return sha256.Sum256([]byte(purpose + strings.Join(parts, "|")))
}
func (d *door) SealAddress([]byte) ([]byte, error) { return nil, nil }
func (d *door) Message(context.Context, *Turn) error {
	d.played++
	return nil
}
func (d *door) Press(context.Context, *Turn) (bool, error) {
	d.played++
	return true, nil
}
func (d *door) Submit(_ context.Context, t *Turn, draft flows.Draft) error {
	d.filed++
	t.Close(draft.ID)
	return nil
}
func (d *door) Receipt(context.Context, *Turn) (bool, error) { return false, nil }
func (d *door) Addendum(context.Context, *Turn) error        { return nil }
func (d *door) Returned(context.Context, []byte) error       { d.played++; return nil }
func (d *door) SetCommands(context.Context, []models.BotCommand, models.BotCommandScope, string) error {
	d.menus++
	return nil
}
func (d *door) AnswerCallbackQuery(_ context.Context, p *tg.AnswerCallbackQueryParams) error {
	d.answers = append(d.answers, p.Text)
	return nil
}

// counted is a counter's value for these label values, whatever their order.
func (d *door) counted(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	all, err := d.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		for _, m := range family.GetMetric() {
			fits := family.GetName() == name
			for _, l := range m.GetLabel() {
				fits = fits && slices.Contains(labels, l.GetValue())
			}
			if fits {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func newDoor(t *testing.T, d *door, change ...func(*Options)) *Router {
	t.Helper()
	config, err := configs.Load("")
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
	d.registry = prometheus.NewRegistry()
	metrics, err := NewLimitMetrics(d.registry)
	if err != nil {
		t.Fatal(err)
	}
	d.session.Lang = "en"
	o := Options{
		Sessions: d, Officers: d, Keys: d, Wire: d, Book: book, Engine: engine, Intake: d, Desk: d,
		Menu: func(string, cases.Role) []models.BotCommand { return nil },
		Now:  func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler), Bot: models.User{ID: 7, Username: "b"},
		Limits: d, LimitMetrics: metrics,
	}
	for _, f := range change {
		f(&o)
	}
	return NewRouter(o)
}

// said is an update of a private chat sent age ago.
func said(id int64, age time.Duration, change func(*models.Message)) *models.Update {
	m := &models.Message{
		ID: int(id), From: &models.User{ID: 9}, Chat: models.Chat{ID: 9, Type: models.ChatTypePrivate},
		Date: int(noon.Add(-age).Unix()), Text: "words",
	}
	if change != nil {
		change(m)
	}
	return &models.Update{ID: id, Message: m}
}

func pressed(id int64) *models.Update {
	return &models.Update{ID: id, CallbackQuery: &models.CallbackQuery{ID: "q", From: models.User{ID: 9}, Data: "h.home"}}
}

func photo(m *models.Message) {
	m.Text, m.Photo = "", []models.PhotoSize{{FileID: "f", FileSize: 4000}}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	big := func(m *models.Message) {
		m.Text, m.Document = "", &models.Document{FileID: "f", FileSize: 30 << 20}
	}
	const fast, files = "faster than I can follow", "all the files it can"
	for name, test := range map[string]struct {
		door
		update  *models.Update
		played  int
		taken   []string
		says    string
		answers []string
		counts  string // what, outcome
	}{
		"words":                {update: said(1, 0, nil), played: 1, taken: []string{"updates 1"}},
		"a press":              {update: pressed(1), played: 1, taken: []string{"updates 1"}, answers: []string{""}},
		"words that waited":    {update: said(1, time.Hour, nil), played: 1, taken: []string{"backlog 1"}},
		"a file":               {update: said(1, 0, photo), played: 1, taken: []string{"updates 1", "files 1", "bytes 4000"}},
		"a file never fetched": {update: said(1, 0, big), played: 1, taken: []string{"updates 1"}},
		"an officer's file":    {update: said(1, 0, photo), door: door{officer: true}, played: 1, taken: []string{"updates 1"}},
		"too fast":             {update: said(1, 0, nil), door: door{limits: map[string]bool{"updates": true}}, says: fast, counts: "updates told"},
		"too fast, and told":   {update: said(1, 0, nil), door: door{limits: map[string]bool{"updates": true}, told: true}, counts: "updates silent"},
		"too fast a press": {update: pressed(1), door: door{limits: map[string]bool{"updates": true}},
			answers: []string{"That was faster than I can follow, so the last part did not arrive. What you had confirmed is safe. Please wait 5400 seconds, then send that part again."}, counts: "updates told"},
		"too fast a press, and told": {update: pressed(1), door: door{limits: map[string]bool{"updates": true}, told: true}, answers: []string{""}, counts: "updates silent"},
		"too much that waited":       {update: said(1, time.Hour, nil), door: door{limits: map[string]bool{"backlog": true}}, says: fast, counts: "backlog told"},
		"an officer over a reporter's share": {update: said(1, 0, nil), door: door{limits: map[string]bool{"updates": true}, officer: true},
			played: 1, taken: []string{"desk 1"}},
		"an officer over their share": {update: said(1, 0, nil), door: door{limits: map[string]bool{"updates": true, "desk": true}, officer: true},
			says: fast, counts: "desk told"},
		"too many files": {update: said(1, 0, photo), door: door{limits: map[string]bool{"files": true}}, taken: []string{"updates 1"}, says: files, counts: "files told"},
		"too many bytes": {update: said(1, 0, photo), door: door{limits: map[string]bool{"bytes": true}}, taken: []string{"updates 1"}, says: "in 2 hours", counts: "bytes told"},
		"the counts are away": {update: said(1, 0, photo), door: door{away: true, limits: map[string]bool{"updates": true}},
			played: 1, counts: "updates away"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := test.door
			r := newDoor(t, &d)
			if err := r.Handle(t.Context(), test.update); err != nil {
				t.Fatal(err)
			}
			if d.played != test.played {
				t.Errorf("played %d times", d.played)
			}
			if diff := cmp.Diff(test.taken, d.taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.answers, d.answers); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if said := strings.Join(d.sent, "\n"); !strings.Contains(said, test.says) || (said == "") != (test.says == "") {
				t.Errorf("says %q, want %q", said, test.says)
			}
			what, outcome, _ := strings.Cut(test.counts, " ")
			if test.counts != "" && d.counted(t, "huiyin_limited_total", what, outcome) != 1 {
				t.Errorf("not counted as %s", test.counts)
			}
			if shown := d.menus > 0; shown != (test.officer && test.played > 0) {
				t.Errorf("the commands of an officer are shown: %v", shown)
			}
			if test.played == 0 && len(d.session.Seen) > 0 {
				t.Error("a refused update changed the session")
			}
		})
	}
}

// Over the ceiling an update is given back to Telegram, whoever it is from, and nothing is lost.
func TestCeiling(t *testing.T) {
	t.Parallel()
	d := &door{}
	r := newDoor(t, d, func(o *Options) { o.Ceiling = 3 })
	r.ceiling.SetLimit(0) // no time passes in this test
	for i := range int64(5) {
		err := r.Handle(t.Context(), said(i+1, 0, nil))
		if (i >= 3) != errors.Is(err, telegram.ErrAway) {
			t.Errorf("update %d: %v", i+1, err)
		}
	}
	if n := d.counted(t, "huiyin_updates_shed_total"); d.played != 3 || n != 2 {
		t.Errorf("%d played, %v shed", d.played, n)
	}
}

// A chat that filed its share keeps the form as it stands; other forms go through.
func TestTooManyCases(t *testing.T) {
	t.Parallel()
	d := &door{limits: map[string]bool{"submissions": true}}
	r := newDoor(t, d)
	for flow, held := range map[string]bool{"complaint": true, "add": false, "desk_reply": false} {
		draft := flows.Draft{ID: "d", Flow: flow, Context: map[string]string{"case": map[bool]string{true: "", false: "c"}[held]}}
		turn := r.turn(incoming{chat: 9}, d.session)
		if got := r.full(t.Context(), turn, []flows.Effect{flows.Submit{Draft: draft}}); got != held {
			t.Errorf("%s is held back: %v", flow, got)
		}
		if said := len(turn.Replies) > 0 && strings.Contains(turn.Replies[0].HTML, "tap Send in 2 hours"); said != held {
			t.Errorf("%s: %+v", flow, turn.Replies)
		}
	}
	d.limits = nil
	turn := r.turn(incoming{chat: 9}, d.session)
	filed := flows.Submit{Draft: flows.Draft{ID: "d", Flow: "complaint"}}
	if r.full(t.Context(), turn, []flows.Effect{filed}) {
		t.Error("held back below the share")
	}
	if err := r.effects(t.Context(), turn, []flows.Effect{filed}); err != nil || d.filed != 1 {
		t.Fatal(d.filed, err)
	}
	if len(d.taken) != 0 {
		t.Errorf("paid before it is stored: %v", d.taken)
	}
	r.spend(t.Context(), turn)
	if diff := cmp.Diff([]string{"submissions 1"}, d.taken); diff != "" {
		t.Error(diff)
	}
}

// Whoever closes and opens the chat over and over is not sent their notices each time.
func TestOpeningOverAndOver(t *testing.T) {
	t.Parallel()
	u := &models.Update{ID: 1, MyChatMember: &models.ChatMemberUpdated{
		Chat: models.Chat{ID: 9, Type: models.ChatTypePrivate}, NewChatMember: models.ChatMember{Type: models.ChatMemberTypeMember},
	}}
	for _, used := range []bool{false, true} {
		d := &door{limits: map[string]bool{"updates": used}}
		if err := newDoor(t, d).Handle(t.Context(), u); err != nil || (d.played == 0) != used {
			t.Errorf("used up %v: played %d, %v", used, d.played, err)
		}
	}
}
