package intake_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/prometheus/client_golang/prometheus"

	"huiyin/bot"
	"huiyin/bot/intake"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/flows"
)

// short is a complaint with the questions that this side reads, and no other.
const short = `
flow: complaint
version: 1
start: mode
steps:
  - {id: mode, kind: choice, sets: mode, options: [{id: named}, {id: confidential}, {id: anonymous}, {id: dark}], next: [{goto: prompt}]}
  - {id: prompt, kind: yes_no, sets: prompt, modes: [anonymous, dark], next: [{goto: kind}]}
  - {id: kind, kind: choice, sets: kind, options: [{id: pay}, {id: corruption}], next: [{goto: what}]}
  - {id: what, kind: text, max_length: 500, next: [{goto: who_name}]}
  - {id: who_name, kind: text, sets: identity, modes: [named, confidential], max_length: 200, next: [{goto: review}]}
  - {id: review, kind: review}
`

// lexicon lends keys that have no text their own name.
type lexicon struct{ configs.Messages }

func (l lexicon) Label(lang, key string) string {
	if s := l.Messages.Label(lang, key); s != "" || !strings.HasPrefix(key, "complaint.") || strings.HasSuffix(key, ".help") {
		return s
	}
	return strings.TrimPrefix(key, "complaint.")
}

// load reads the configuration once: it never changes.
var load = sync.OnceValues(func() (*configs.Config, error) { return configs.Load("") })

// start is in the morning in the organisation's zone.
var start = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

// world is the reporters' side behind the real router, with a phone for each chat.
type world struct {
	t        *testing.T
	intake   *intake.Intake
	registry *prometheus.Registry
	// conflicts is how many of the next writes find that somebody else wrote in between.
	conflicts int
	router    *bot.Router
	trail     *bot.Trail
	store     *memory
	book      *text.Book
	config    *configs.Config
	lang      string
	sessions  map[[32]byte]flows.Session
	names     map[int64][32]byte
	chats     map[int64][]*message
	trails    map[[32]byte][]int
	tries     map[[32]byte]int
	alerts    []string
	next      int // id of the next message, of either side
	update    int64
	seeds     int
	refuse    error // of the next deletion
}

// message is what a phone shows.
type message struct {
	id      int
	mine    bool
	text    string
	protect bool
	buttons []text.Button
	file    string
	raw     []byte
}

func newWorld(t *testing.T, lang string) *world {
	t.Helper()
	config, err := load()
	if err != nil {
		t.Fatal(err)
	}
	loc, err := config.Org.Location()
	if err != nil {
		t.Fatal(err)
	}
	texts := config.Messages.Texts()
	for _, of := range texts {
		for _, key := range []string{"complaint.mode.dark", "complaint.prompt.ask", "complaint.prompt.title", "complaint.prompt.help_anonymous"} {
			if of[key] == "" {
				of[key] = "Words of " + strings.ReplaceAll(key, ".", " ")
			}
		}
	}
	book, err := text.NewBook(config.Languages, texts, loc)
	if err != nil {
		t.Fatal(err)
	}
	d, err := flows.Parse("complaint.yaml", []byte(short))
	if err != nil {
		t.Fatal(err)
	}
	complaint, err := flows.Compile(d, lexicon{config.Messages}, config.Languages)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.DeleteFunc(slices.Clone(config.Flows), func(f *flows.Flow) bool { return f.ID() == "complaint" })
	engine, err := flows.NewEngine(append(all, complaint), lexicon{config.Messages}, config.Org)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, book: book, config: config, lang: lang, store: newMemory(t, start, config.Org, config.Rules(loc)),
		sessions: map[[32]byte]flows.Session{}, names: map[int64][32]byte{}, chats: map[int64][]*message{},
		trails: map[[32]byte][]int{}, tries: map[[32]byte]int{}, next: 100, update: 1000,
	}
	w.trail = &bot.Trail{Messages: w, Keys: w, Log: slog.New(slog.DiscardHandler)}
	w.registry = prometheus.NewRegistry()
	read, err := intake.NewRead(w.registry, config.Guide.IDs(), func() time.Time { return w.store.now.In(loc) })
	if err != nil {
		t.Fatal(err)
	}
	w.intake = intake.New(intake.Options{
		Store: w.store, Receipts: receipts{}, Guesses: w, Book: book, Org: config.Org, Print: printer(t),
		IdentitySteps: map[string]bool{"who_name": true, "who_unit": true, "who_reach": true},
		Guide:         config.Guide, Read: read,
		Link: func(start string) string { return "https://t.me/b?start=" + start },
	})
	w.router = bot.NewRouter(bot.Options{
		Sessions: w, Officers: w, Keys: w, Wire: w, Book: book, Engine: engine, Intake: w.intake,
		// Nobody here is an officer.
		Desk: &bot.Closed{Text: "error.officers_elsewhere", To: "d", Officers: true},
		News: w, Trail: w.trail, Now: func() time.Time { return w.store.now.In(loc) },
		Seed: func() (flows.Seed, error) {
			w.seeds++
			secret := sha256.Sum256([]byte(strconv.Itoa(w.seeds)))
			return flows.Seed{ID: fmt.Sprintf("draft-%d", w.seeds), Nonce: fmt.Sprintf("n%d", w.seeds), Secret: secret[:16]}, nil
		},
		Log: slog.New(slog.DiscardHandler), Bot: models.User{ID: 7, Username: "b"},
	})
	return w
}

// receipts are R and twelve digits, with the words around them left alone.
type receipts struct{}

var receiptIn = regexp.MustCompile(`R[0-9]{12}`)

func (receipts) New(secret []byte) string {
	sum := sha256.Sum256(secret)
	n := uint64(0)
	for _, b := range sum[:5] {
		n = n<<8 | uint64(b)
	}
	return fmt.Sprintf("R%012d", n%1e12)
}

func (receipts) Find(s string) (string, bool) { r := receiptIn.FindString(s); return r, r != "" }
func (receipts) Lookup(r string) []byte       { return []byte("lookup of " + r) }
func (receipts) Commitment(r string) []byte   { return []byte("commitment of " + r) }
func (receipts) Shown(r string) string        { return r }

// Allow lets a chat try five times, as Redis does.
func (w *world) Allow(_ context.Context, asker [32]byte) (bool, time.Duration, error) {
	w.tries[asker]++
	return w.tries[asker] <= 5, 90 * time.Second, nil
}

func (w *world) Settle(_ context.Context, asker [32]byte, opened bool) error {
	if opened {
		w.tries[asker]--
	}
	return nil
}

func (w *world) OfficerByKey(context.Context, []byte, bool) (cases.Officer, bool, error) {
	return cases.Officer{}, false, nil
}

func (w *world) Load(_ context.Context, name [32]byte) (flows.Session, error) {
	s, ok := w.sessions[name]
	if !ok {
		s.Lang = w.lang
	}
	return s, nil
}

func (w *world) Save(_ context.Context, name [32]byte, s flows.Session) (flows.Session, error) {
	if w.conflicts > 0 {
		w.conflicts--
		return s, flows.ErrConflict
	}
	s.Rev++
	w.sessions[name] = s
	return s, nil
}

func (w *world) Name(purpose string, parts ...string) [32]byte {
	name := sha256.Sum256([]byte(purpose + "|" + strings.Join(parts, "|")))
	if chat, err := strconv.ParseInt(parts[len(parts)-1], 10, 64); err == nil && purpose == "session" {
		w.names[chat] = name
	}
	return name
}

func (w *world) SealAddress(plain []byte) ([]byte, error) { return plain, nil }

func (w *world) NewsToken(id string, colleague int, chat string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s|%d|%s", id[len(id)-12:], colleague, chat))
}

func (w *world) ParseNewsToken(token, chat string) (string, int, bool) {
	for id := range w.store.cases {
		for n := range len(w.store.joined[id]) + 1 {
			if w.NewsToken(id, n, chat) == token {
				return id, n, true
			}
		}
	}
	return "", 0, false
}

func (w *world) Add(_ context.Context, name [32]byte, ids ...int) error {
	w.trails[name] = append(w.trails[name], ids...)
	return nil
}

func (w *world) Take(_ context.Context, name [32]byte) ([]int, error) {
	ids := w.trails[name]
	delete(w.trails, name)
	return ids, nil
}

// keyLeft finds a message key that has no text, and a template that was not filled in.
var keyLeft = regexp.MustCompile(`\b(intake|joint|join|forget|reveal|notice|error|prompt|way|note)\.[a-z_]+|\{\{|<no value>`)

func (w *world) check(m *message) {
	w.t.Helper()
	shown := m.text
	for _, b := range m.buttons {
		shown += "\n" + b.Text
	}
	if left := keyLeft.FindString(shown); left != "" {
		w.t.Errorf("a message shows %q:\n%s", left, shown)
	}
}

func (w *world) handle(u *models.Update) {
	w.t.Helper()
	w.alerts = nil
	if err := w.router.Handle(context.Background(), u); err != nil {
		w.t.Fatalf("update: %v", err)
	}
}

// says sends words or a command, one after another; the answer is what came back to the last.
func (w *world) says(chat int64, words ...string) string {
	w.t.Helper()
	answer := ""
	for _, said := range words {
		m := w.types(chat, said)
		if name, _, _ := strings.Cut(said, " "); strings.HasPrefix(said, "/") {
			m.Entities = []models.MessageEntity{{Type: models.MessageEntityTypeBotCommand, Length: len(name)}}
		}
		w.handle(&models.Update{ID: w.update, Message: m})
		answer = w.since(chat, m.ID)
	}
	return answer
}

// types puts a message of the person into the chat.
func (w *world) types(chat int64, said string) *models.Message {
	w.update++
	w.next++
	w.chats[chat] = append(w.chats[chat], &message{id: w.next, mine: true, text: said})
	return &models.Message{ID: w.next, From: &models.User{ID: chat}, Chat: models.Chat{ID: chat, Type: "private"}, Text: said}
}

// since is what the bot says in a chat after a message.
func (w *world) since(chat int64, id int) string {
	var out []string
	for _, m := range w.chats[chat] {
		if m.id > id && !m.mine {
			out = append(out, m.text)
		}
	}
	return strings.Join(out, "\n---\n")
}

// press taps the newest button of a text's label; the answer is the message as it is then, and what came below it.
func (w *world) press(chat int64, key string) string {
	w.t.Helper()
	label := w.book.Label(w.lang, key)
	for _, m := range slices.Backward(w.chats[chat]) {
		for _, b := range m.buttons {
			if b.Text == label {
				return w.pressData(chat, m.id, b.Data)
			}
		}
	}
	w.t.Fatalf("no button %q:\n%s", label, w.shows(chat))
	return ""
}

func (w *world) pressData(chat int64, id int, data string) string {
	w.t.Helper()
	w.update++
	last := w.next
	w.handle(&models.Update{ID: w.update, CallbackQuery: &models.CallbackQuery{
		ID: fmt.Sprint(w.update), From: models.User{ID: chat}, Data: data,
		Message: models.MaybeInaccessibleMessage{Message: &models.Message{ID: id, Chat: models.Chat{ID: chat, Type: "private"}}},
	}})
	out := slices.Clone(w.alerts)
	for _, m := range w.chats[chat] {
		if m.id == id || m.id > last && !m.mine {
			out = append(out, m.text)
		}
	}
	return strings.Join(out, "\n---\n")
}

// shows is the whole chat as the person sees it.
func (w *world) shows(chat int64) string {
	var b strings.Builder
	for _, m := range w.chats[chat] {
		fmt.Fprintf(&b, "%d %v %s\n", m.id, m.mine, m.text)
		for _, button := range m.buttons {
			fmt.Fprintf(&b, "  [%s]\n", button.Text)
		}
	}
	return b.String()
}

// offers says whether a chat shows a button of a text's label.
func (w *world) offers(chat int64, key string) bool {
	return strings.Contains(w.shows(chat), "  ["+w.book.Label(w.lang, key)+"]\n")
}

func (w *world) session(chat int64) flows.Session { return w.sessions[w.names[chat]] }

// address is how the postman and the router name a chat.
func address(chat int64) string { return fmt.Sprintf("7|%d", chat) }

// file goes through the short form up to Send and gives the case and, if one was shown, the receipt.
func (w *world) file(chat int64, mode cases.Mode, prompt bool) (*cases.Case, string) {
	w.t.Helper()
	w.says(chat, "/file", string(mode))
	if mode.Nameless() {
		w.says(chat, map[bool]string{true: "yes", false: "no"}[prompt])
	}
	w.says(chat, "corruption", "Someone takes money, every week.")
	if !mode.Nameless() {
		w.says(chat, "Chen Jing")
	}
	before := len(w.store.order)
	shown := w.says(chat, "send")
	if len(w.store.order) != before+1 {
		w.t.Fatalf("nothing was filed:\n%s", w.shows(chat))
	}
	return w.store.cases[w.store.order[before]], receiptIn.FindString(shown)
}

// saved files and saves the receipt, with the chat kept.
func (w *world) saved(chat int64, mode cases.Mode) (*cases.Case, string) {
	w.t.Helper()
	c, receipt := w.file(chat, mode, false)
	if receipt != "" {
		w.press(chat, "intake.button.keep_chat")
		w.press(chat, "intake.button.saved")
	}
	return c, receipt
}

// shown opens the card of a case, by its receipt if it has one.
func (w *world) shown(chat int64, c *cases.Case, receipt string) string {
	w.t.Helper()
	if receipt != "" {
		return w.says(chat, receipt)
	}
	w.says(chat, "/status")
	return w.pressData(chat, w.next, "h.case."+strings.ReplaceAll(strings.TrimPrefix(string(c.Ref), "HY-"), "-", ""))
}
