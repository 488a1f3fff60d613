package desk_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot"
	"huiyin/bot/desk"
	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/flows"
)

// world is a desk behind the real router, with one phone for each person.
type world struct {
	t        *testing.T
	store    *memory
	desk     *desk.Desk
	router   *bot.Router
	config   *configs.Config
	book     *text.Book
	loc      *time.Location
	sessions map[[32]byte]flows.Session
	chats    map[int64][]*message
	sent     int
	update   int64
	seeds    int
	alerts   []string
	menus    []string
	deleted  []int // ids of messages taken out of a chat
	intake   *nobody
}

// message is what a phone shows.
type message struct {
	id      int
	text    string
	file    string
	raw     []byte
	buttons []text.Button
	// protected: official clients neither forward nor save it.
	protected bool
}

// load reads the configuration once: it never changes.
var load = sync.OnceValues(func() (*configs.Config, error) { return configs.Load("") })

var start = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// The people of every world. Department "safety" works the cases.
const (
	officerID = 1
	leadID    = 2
	adminID   = 3
	otherID   = 4 // an officer of another department
	keeperID  = 5 // the custodian
	probityID = 6 // leads the department for confidential matters
	stranger  = 99
)

func newWorld(t *testing.T, lang string) *world { return newWorldOf(t, lang, nil) }

// newWorldOf makes a world whose organisation is changed before anybody sees it.
func newWorldOf(t *testing.T, lang string, change func(*cases.Organisation)) *world {
	t.Helper()
	config, err := load()
	if err != nil {
		t.Fatal(err)
	}
	loc, err := config.Org.Location()
	if err != nil {
		t.Fatal(err)
	}
	book, err := text.NewBook(config.Languages, config.Messages.Texts(), loc)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := flows.NewEngine(config.Flows, config.Messages, config.Org)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, store: newMemory(start), config: config, book: book, loc: loc,
		sessions: map[[32]byte]flows.Session{}, chats: map[int64][]*message{}, update: 1000, intake: &nobody{},
	}
	w.store.rules = config.Rules(loc)
	org := config.Org
	if change != nil {
		change(&org)
	}
	w.store.limits = org.Limits
	w.desk = desk.New(desk.Options{
		Rules: func(p string) cases.Rules { return w.store.rules[p] },
		Store: w.store, Org: org, Book: book, Secrets: lockbox{}, Kept: lockbox{}, Evidence: w.store, Print: printer(t),
		Link: func(token string) string { return "https://t.me/b?start=" + token },
	})
	w.router = bot.NewRouter(bot.Options{
		Sessions: w, Officers: w.store, Keys: w, Wire: w, Book: book, Engine: engine, Intake: w.intake, Desk: w.desk,
		Seed: func() (flows.Seed, error) {
			w.seeds++
			return flows.Seed{ID: fmt.Sprintf("draft-s%d", w.seeds), Nonce: fmt.Sprintf("n%d", w.seeds)}, nil
		},
		Menu: func(lang string, role cases.Role) []models.BotCommand {
			return []models.BotCommand{{Command: string(role), Description: lang}}
		},
		Now: func() time.Time { return w.store.now }, Log: slog.New(slog.DiscardHandler), Bot: models.User{ID: 7, Username: "b"},
	})
	for _, o := range []cases.Officer{
		{ID: officerID, Name: "Li Na", Role: cases.RoleOfficer, Department: "safety", Language: lang},
		{ID: leadID, Name: "Wang <Wei>", Role: cases.RoleLead, Department: "safety", Language: lang},
		{ID: adminID, Name: "Admin", Role: cases.RoleAdmin, Language: lang},
		{ID: otherID, Name: "Zhao", Role: cases.RoleOfficer, Department: "hr", Language: lang},
		{ID: keeperID, Name: "Guo & Co", Role: cases.RoleCustodian, Language: lang},
		{ID: probityID, Name: "Zhou", Role: cases.RoleLead, Department: "integrity", Language: lang},
	} {
		w.store.officers[o.ID] = o
		key := w.Name("officer", fmt.Sprint(o.ID))
		w.store.keys[string(key[:])] = o.ID
	}
	return w
}

func (w *world) Load(_ context.Context, name [32]byte) (flows.Session, error) {
	return w.sessions[name], nil
}

func (w *world) Save(_ context.Context, name [32]byte, s flows.Session) (flows.Session, error) {
	s.Rev++
	w.sessions[name] = s
	return s, nil
}

func (w *world) Name(purpose string, parts ...string) [32]byte {
	return sha256.Sum256([]byte(purpose + "|" + strings.Join(parts, "|")))
}

func (w *world) SealAddress(plain []byte) ([]byte, error) { return plain, nil }

func (w *world) SendMessage(_ context.Context, p *tg.SendMessageParams) (*models.Message, error) {
	w.sent++
	m := &message{id: 5000 + w.sent, text: p.Text, buttons: buttons(p.ReplyMarkup), protected: p.ProtectContent}
	chat := p.ChatID.(int64)
	w.chats[chat] = append(w.chats[chat], m)
	w.check(m)
	return &models.Message{ID: m.id}, nil
}

func (w *world) EditMessageText(_ context.Context, p *tg.EditMessageTextParams) error {
	for _, m := range w.chats[p.ChatID.(int64)] {
		if m.id == p.MessageID {
			m.text, m.buttons = p.Text, buttons(p.ReplyMarkup)
			w.check(m)
			return nil
		}
	}
	return fmt.Errorf("no message %d", p.MessageID)
}

func (w *world) AnswerCallbackQuery(_ context.Context, p *tg.AnswerCallbackQueryParams) error {
	if p.Text != "" {
		w.alerts = append(w.alerts, p.Text)
	}
	return nil
}

func (w *world) DeleteMessages(_ context.Context, chat int64, ids []int) (telegram.Deleted, error) {
	w.deleted = append(w.deleted, ids...)
	w.chats[chat] = slices.DeleteFunc(w.chats[chat], func(m *message) bool { return slices.Contains(ids, m.id) })
	return telegram.Deleted{}, nil
}

func (w *world) DeleteCommands(context.Context, models.BotCommandScope, string) error {
	w.menus = append(w.menus, "none")
	return nil
}

func (w *world) SendDocument(_ context.Context, p *tg.SendDocumentParams) (*models.Message, error) {
	up := p.Document.(*models.InputFileUpload)
	chat := p.ChatID.(int64)
	raw, err := io.ReadAll(up.Data)
	if err != nil {
		return nil, err
	}
	w.chats[chat] = append(w.chats[chat], &message{file: up.Filename, text: p.Caption, raw: raw, protected: p.ProtectContent})
	return &models.Message{}, nil
}

// Exhibits are there as soon as they are sent.
func (m *memory) Exhibits(ctx context.Context, by cases.Actor, caseID string) (out []desk.Exhibit, err error) {
	events, err := m.Events(ctx, by, caseID)
	for _, e := range events {
		if e.Body != nil {
			for _, f := range e.Body.Files {
				out = append(out, desk.Exhibit{ID: f.ID, State: "kept", MIME: f.MIME, Cleaned: "clean", Original: true})
			}
		}
	}
	return out, err
}

func (m *memory) OpenExhibit(context.Context, cases.Actor, string, bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("%PDF-1.4 x")), nil
}

func (w *world) SetCommands(_ context.Context, commands []models.BotCommand, _ models.BotCommandScope, _ string) error {
	w.menus = append(w.menus, commands[0].Command+" "+commands[0].Description)
	return nil
}

func buttons(markup models.ReplyMarkup) []text.Button {
	k, ok := markup.(*models.InlineKeyboardMarkup)
	if !ok || k == nil {
		return nil
	}
	var out []text.Button
	for _, row := range k.InlineKeyboard {
		for _, b := range row {
			button := text.Button{Text: b.Text, Data: b.CallbackData, URL: b.URL}
			if b.CopyText != nil {
				button.Copy = b.CopyText.Text
			}
			out = append(out, button)
		}
	}
	return out
}

// keyLeft finds a message key that has no text, and a template that was not filled in.
var keyLeft = regexp.MustCompile(`\b(desk|desk_[a-z]+|joint|notice|error|command|complaint|prompt|way|note|kept|digest)\.[a-z_]+|\{\{|<no value>`)

// check holds for everything the desk ever says: no key without a text, no button too long, no message too long.
func (w *world) check(m *message) {
	w.t.Helper()
	if left := keyLeft.FindString(m.text); left != "" {
		w.t.Errorf("a message shows %q:\n%s", left, m.text)
	}
	if n := len(utf16.Encode([]rune(m.text))); n > 4096 {
		w.t.Errorf("a message of %d UTF-16 units", n)
	}
	for _, b := range m.buttons {
		if len(b.Data) > 64 || b.Data+b.URL+b.Copy == "" || b.Text == "" || keyLeft.MatchString(b.Text) {
			w.t.Errorf("button %q with data %q (%d bytes)", b.Text, b.Data, len(b.Data))
		}
	}
}

// handle plays an update and gives what is new or changed on the phone.
func (w *world) handle(u *models.Update) {
	w.t.Helper()
	w.alerts = nil
	if err := w.router.Handle(context.Background(), u); err != nil {
		w.t.Fatalf("update: %v", err)
	}
}

// says sends words or a command; the answer is everything that came back.
func (w *world) says(id int64, words string) string {
	w.t.Helper()
	w.update++
	before := len(w.chats[id])
	m := &models.Message{ID: int(w.update), From: &models.User{ID: id, LanguageCode: "en"}, Chat: models.Chat{ID: id, Type: "private"}, Text: words}
	if strings.HasPrefix(words, "/") {
		name, _, _ := strings.Cut(words, " ")
		m.Entities = []models.MessageEntity{{Type: models.MessageEntityTypeBotCommand, Length: len(name)}}
	}
	w.handle(&models.Update{ID: w.update, Message: m})
	var out []string
	for _, m := range w.chats[id][before:] {
		out = append(out, m.text)
	}
	return strings.Join(out, "\n---\n")
}

// press taps the newest button whose label holds label; the answer is the message as it is then, alerts first.
// A move that stands behind "More" is looked for there.
func (w *world) press(id int64, label string) string {
	w.t.Helper()
	if got, ok := w.tap(id, label); ok {
		return got
	}
	for _, lang := range w.config.Languages {
		if _, ok := w.tap(id, w.say(lang, "tools.button.more")); ok {
			break
		}
	}
	got, ok := w.tap(id, label)
	if !ok {
		w.t.Fatalf("no button %q; the newest message:\n%s", label, w.last(id))
	}
	return got
}

func (w *world) tap(id int64, label string) (string, bool) {
	w.t.Helper()
	chat := w.chats[id]
	for i := len(chat) - 1; i >= 0; i-- {
		for _, b := range chat[i].buttons {
			if strings.Contains(b.Text, label) {
				return w.pressData(id, chat[i].id, b.Data), true
			}
		}
	}
	return "", false
}

// pressData sends callback data as a client could.
func (w *world) pressData(id int64, messageID int, data string) string {
	w.t.Helper()
	w.update++
	before := len(w.chats[id])
	u := pressUpdate(w.update, id, messageID, data)
	for _, m := range w.chats[id] {
		if m.id == messageID {
			u.CallbackQuery.Message.Message.HasProtectedContent = m.protected
		}
	}
	w.handle(u)
	out := append([]string{}, w.alerts...)
	for _, m := range w.chats[id] {
		if m.id == messageID {
			out = append(out, m.text)
		}
	}
	for _, m := range w.chats[id][min(before, len(w.chats[id])):] {
		out = append(out, strings.TrimSpace(m.file+" "+m.text))
	}
	return strings.Join(out, "\n---\n")
}

func pressUpdate(update, id int64, messageID int, data string) *models.Update {
	return &models.Update{ID: update, CallbackQuery: &models.CallbackQuery{
		ID: fmt.Sprint(update), From: models.User{ID: id, LanguageCode: "en"}, Data: data,
		Message: models.MaybeInaccessibleMessage{Message: &models.Message{ID: messageID, Chat: models.Chat{ID: id, Type: "private"}}},
	}}
}

// last is the newest message with its buttons.
func (w *world) last(id int64) string {
	chat := w.chats[id]
	if len(chat) == 0 {
		return ""
	}
	m := chat[len(chat)-1]
	s := m.text
	for _, b := range m.buttons {
		s += "\n[" + b.Text + "]"
	}
	return s
}

// data finds the callback data under a label in the newest message that has it.
func (w *world) data(id int64, label string) (int, string) {
	w.t.Helper()
	chat := w.chats[id]
	for i := len(chat) - 1; i >= 0; i-- {
		for _, b := range chat[i].buttons {
			if strings.Contains(b.Text, label) {
				return chat[i].id, b.Data
			}
		}
	}
	w.t.Fatalf("no button %q", label)
	return 0, ""
}

// say is a text of the desk in a language.
func (w *world) say(lang, key string, pairs ...any) string { return w.book.Label(lang, key, pairs...) }

// safety files a case of the safety department.
func (w *world) safety(n int, mode cases.Mode, urgent bool) cases.Reference {
	body := cases.Body{
		Fields: []cases.Field{
			{Step: "kind", Title: "complaint.kind.title", Option: "complaint.kind.safety"},
			{Step: "danger", Title: "complaint.danger.title", Option: "option.yes"},
			{Step: "what", Title: "complaint.what.title", Text: []string{"The guard of press 3 is off.\nSince <Monday> & still.", "Second message."}},
			{Step: "when", Title: "complaint.when.title", From: "2026-02-23", Ongoing: true},
			{Step: "want", Title: "complaint.want.title", Skipped: true},
		},
		Files: []cases.File{{ID: "wire-id", Kind: "document", Name: "me.pdf", MIME: "application/pdf"}, {ID: "w2", Kind: "voice"}},
	}
	who := &cases.Identity{Fields: []cases.Field{{Step: "who_name", Title: "complaint.who_name.title", Text: []string{"Chen <b>Jing"}}}}
	return w.store.file(n, cases.Case{
		Mode: mode, Kind: "safety", Matter: "machine", Unit: "east_line_1", Department: "safety", Language: "zh-Hans", Urgent: urgent,
		Procedure: "default",
	}, body, who)
}

// corruption files a confidential matter.
func (w *world) corruption(n int, mode cases.Mode) cases.Reference {
	body := cases.Body{Fields: []cases.Field{{Step: "what", Title: "complaint.what.title", Text: []string{"The guard of the safe takes bribes."}}}}
	who := &cases.Identity{Fields: []cases.Field{{Step: "who_name", Title: "complaint.who_name.title", Text: []string{"Chen <b>Jing"}}}}
	return w.store.file(n, cases.Case{
		Mode: mode, Kind: "corruption", Department: "integrity", Language: "en", Restricted: true,
		Procedure: "default",
	}, body, who)
}

// nobody is the reporters' side of a world: it says that it was asked.
type nobody struct{ asked []string }

func (n *nobody) Command(_ context.Context, t *bot.Turn) (bool, error) {
	n.asked = append(n.asked, t.Command)
	return false, nil
}

func (n *nobody) Press(_ context.Context, t *bot.Turn) (bool, error) {
	n.asked = append(n.asked, t.Data)
	return false, nil
}
func (n *nobody) Message(context.Context, *bot.Turn) error                 { return nil }
func (n *nobody) Submit(context.Context, *bot.Turn, flows.Draft) error     { return nil }
func (n *nobody) Screen(context.Context, *bot.Turn) error                  { return nil }
func (n *nobody) Notice(context.Context, bot.Notice) ([]text.Reply, error) { return nil, nil }
func (n *nobody) Receipt(context.Context, *bot.Turn) (bool, error)         { return false, nil }
func (n *nobody) Addendum(context.Context, *bot.Turn) error                { return nil }

func (n *nobody) Returned(context.Context, []byte) error { return nil }
