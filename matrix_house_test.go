package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"huiyin/bot"
	"huiyin/bot/telegram"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/flows"
	"huiyin/sim"
	"huiyin/store/postgres"
	"huiyin/store/redis"
	"huiyin/store/seal"
)

// matrixHouse is the whole bot twice over one Postgres, one Redis and one stand-in for Telegram. Every update of a chat goes
// to the instance that did not have the one before it, as if the bot had been restarted in between: whatever only memory
// holds would be missed at once.
type matrixHouse struct {
	t         *testing.T
	telegram  *sim.Server
	config    *configs.Config
	keys      *seal.Keyset
	instances [2]*house
	// past does what brought the cases where they are, ten minutes ago: nothing of it can be undone any more.
	past     *postgres.Store
	sessions *redis.Sessions

	mu    sync.Mutex
	chats map[int64]*matrixPerson
	names map[string]string // reference → the situation of its case
	filed int
	cases map[string]cases.Case // situation → its case
	was   map[string]int        // situation → how much was done to its case when it was brought there
	cast  *matrixCast
	db    *pgxpool.Pool
	// commands are the desk's but for those that begin it and that take a case, onCase those about a case but for the one
	// that shows it.
	commands, onCase []string
	reporting        []string // commands of the reporters' side
	trial            trial
	cards            map[string][]string      // who, language and situation → the card that they see
	filers           map[string]*matrixPerson // mode and status → who filed a case of the clerk's
	reporters        map[string]*matrixPerson // situation → who filed its case, with a name
}

// matrixPerson is somebody with a phone.
type matrixPerson struct {
	label   string
	phone   *sim.Phone
	officer cases.Officer
	session [32]byte
	done    chan error // an update was handled
	turns   atomic.Int64
	filed   cases.Case        // by a reporter, from this chat
	was     int               // how much had been done to it when it was brought where it is
	blanks  map[string]string // language → a session in which nothing has begun, as it is stored
}

func (p *matrixPerson) actor() cases.Actor { return p.officer.Actor() }

func newMatrixHouse(t *testing.T) *matrixHouse {
	t.Helper()
	s, keys := testSettings(t)
	m := &matrixHouse{
		t: t, keys: keys, chats: map[int64]*matrixPerson{}, names: map[string]string{}, cases: map[string]cases.Case{},
		was:    map[string]int{},
		trial:  trial{pressed: map[string]bool{}, wait: map[string]trail{}, noticed: map[string]bool{}},
		filers: map[string]*matrixPerson{}, cards: map[string][]string{}, reporters: map[string]*matrixPerson{},
	}
	m.reporting = reporting(intakeCommands(t))
	m.commands = slices.DeleteFunc(deskCommands(t), func(c string) bool { return c == "start" || c == "next" })
	m.onCase = slices.DeleteFunc(deskCommandsOnCase(t), func(c string) bool { return c == "case" })
	m.telegram = sim.New(sim.Options{Token: testToken, NoHTML: true})
	t.Cleanup(m.telegram.Close)
	var err error
	if s.APIURL, err = m.telegram.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, cancel := context.WithCancel(context.Background())
	for i := range m.instances {
		if m.instances[i], err = build(ctx, s, log); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.instances[i].close)
	}
	h := m.instances[0]
	m.config = h.config
	zone, err := m.config.Org.Location()
	if err != nil {
		t.Fatal(err)
	}
	opts := storeOptions(m.config, zone)
	opts.Quiet, opts.OfficeHours, opts.Limits = cases.Quiet{}, cases.Hours{}, cases.Limits{}
	opts.Now = func() time.Time { return time.Now().Add(-10 * time.Minute) }
	if m.past, err = postgres.Open(ctx, s.DatabaseURL, vault{keys, h.blobs}, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.past.Close)
	if m.db, err = pgxpool.New(ctx, s.DatabaseURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.db.Close)
	m.sessions = redis.NewSessions(redis.NewRounds(h.redis), keys, h.office.Drafts(), redis.Options{})
	receiver, err := telegram.NewWebhook(telegram.NewLanes(m, telegram.LanesOptions{Log: log}), worldSecret, telegram.WebhookOptions{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	t.Cleanup(func() {
		cancel()
		server.Close()
	})
	if err := h.lines[0].wire.SetWebhook(ctx, server.URL, worldSecret); err != nil {
		t.Fatal(err)
	}
	return m
}

// Handle gives an update to the other instance than the chat's last one.
func (m *matrixHouse) Handle(ctx context.Context, u *models.Update) error {
	chat := int64(0)
	switch {
	case u.Message != nil:
		chat = u.Message.Chat.ID
	case u.CallbackQuery != nil:
		chat = u.CallbackQuery.From.ID
	}
	m.mu.Lock()
	p := m.chats[chat]
	m.mu.Unlock()
	if p == nil {
		return nil
	}
	err := m.instances[p.turns.Add(1)%2].lines[0].lanes.Do(ctx, u)
	p.done <- err
	return nil
}

// Apologise implements telegram.Handler: the lanes of the instances do that.
func (m *matrixHouse) Apologise(context.Context, *models.Update, string) {}

// person adds a phone whose chat with the bot has begun.
func (m *matrixHouse) person(label string) *matrixPerson {
	m.mu.Lock()
	id := int64(770001 + len(m.chats))
	botID, chat := strconv.FormatInt(m.telegram.BotID(), 10), strconv.FormatInt(id, 10)
	p := &matrixPerson{label: label, done: make(chan error, 8), blanks: map[string]string{}, session: m.keys.Name("session", botID, chat)}
	m.chats[id] = p
	m.mu.Unlock()
	p.phone = m.telegram.AddPhone(sim.Profile{ID: id, Name: label, Username: "m" + chat, Language: "en"})
	m.ask(p, func() { p.phone.Start("") })
	return p
}

// address is what a notice to a chat is sent to.
func (m *matrixHouse) address(p *matrixPerson) []byte {
	sealed, err := m.keys.SealAddress(fmt.Appendf(nil, "%d|%d", m.telegram.BotID(), p.phone.ID()))
	if err != nil {
		m.t.Fatal(err)
	}
	return sealed
}

// reporterKey is the keyed name under which a chat's cases are kept.
func (m *matrixHouse) reporterKey(p *matrixPerson) []byte {
	name := m.keys.Name("reporter", strconv.FormatInt(m.telegram.BotID(), 10), strconv.FormatInt(p.phone.ID(), 10))
	return name[:]
}

// joins makes an officer of somebody who holds an invitation.
func (m *matrixHouse) joins(p *matrixPerson, token string) {
	m.t.Helper()
	key := m.keys.Name("officer", strconv.FormatInt(p.phone.ID(), 10))
	o, err := m.past.Join(context.Background(), token, key[:], m.address(p), "en")
	if err != nil {
		m.t.Fatalf("%s joins: %v", p.label, err)
	}
	p.officer = o
	// As the chat's session is when they joined by the bot: so both instances ask who they are.
	s, err := m.sessions.Load(context.Background(), p.session)
	if err == nil {
		s.Office = &flows.Office{}
		_, err = m.sessions.Save(context.Background(), p.session, s)
	}
	if err != nil {
		m.t.Fatalf("%s joins: %v", p.label, err)
	}
}

// officer adds somebody who works here.
func (m *matrixHouse) officer(label, name string, role cases.Role, department string) *matrixPerson {
	m.t.Helper()
	p := m.person(label)
	token, err := m.past.Invite(context.Background(), commandLine, cases.Invite{
		Name: name, Role: role, Department: department, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.joins(p, token)
	return p
}

// heard is what came of something that a person did.
type heard struct {
	messages []sim.Message // that came or changed
	answers  []sim.Answer
	screen   []sim.Message // all that the bot has in the chat
}

// ask has a person do something and waits until the bot has answered.
func (m *matrixHouse) ask(p *matrixPerson, do func()) heard {
	said := len(p.phone.Answers())
	before := map[int]string{}
	for _, msg := range p.phone.Messages() {
		before[msg.ID] = fmt.Sprint(msg.Text, msg.Buttons)
	}
	do()
	select {
	case err := <-p.done:
		if err != nil {
			m.t.Errorf("%s: %v", p.label, err)
		}
	case <-time.After(2 * time.Minute):
		m.t.Errorf("%s is not answered", p.label)
	}
	if p.turns.Load()%40 == 0 {
		m.forgetPace(p)
	}
	var out heard
	for _, msg := range p.phone.Messages() {
		if msg.From != "bot" {
			continue
		}
		out.screen = append(out.screen, msg)
		if before[msg.ID] != fmt.Sprint(msg.Text, msg.Buttons) {
			out.messages = append(out.messages, msg)
		}
	}
	for _, a := range p.phone.Answers()[said:] {
		if a.Text != "" {
			out.answers = append(out.answers, a)
		}
	}
	return out
}

// says types words or a command.
func (m *matrixHouse) says(p *matrixPerson, words string) heard {
	return m.ask(p, func() { p.phone.Send(words) })
}

// press presses a button that is on the screen.
func (m *matrixHouse) press(p *matrixPerson, message int, data string) heard {
	return m.ask(p, func() {
		if _, err := p.phone.Press(message, data); err != nil {
			m.t.Errorf("%s presses %s: %v", p.label, data, err)
			p.done <- nil
		}
	})
}

// forgetPace lets a phone begin anew with its share of updates: no thumb is as fast.
func (m *matrixHouse) forgetPace(p *matrixPerson) {
	name := m.keys.Name("limit", strconv.FormatInt(m.telegram.BotID(), 10), strconv.FormatInt(p.phone.ID(), 10))
	key := "hy:l:{" + base64.RawURLEncoding.EncodeToString(name[:]) + "}:" + bot.LimitUpdates
	if err := m.instances[0].redis.Del(context.Background(), key).Err(); err != nil {
		m.t.Error(err)
	}
}

// blank empties a person's screen and gives the chat a session in which nothing has begun: what was begun for one cell is
// nothing to the next. It is the stored session of a chat that has just chosen its language.
func (m *matrixHouse) blank(p *matrixPerson, lang string) {
	m.clearScreen(p)
	ctx := context.Background()
	key := "hy:s:{" + base64.RawURLEncoding.EncodeToString(p.session[:]) + "}"
	if p.blanks[lang] == "" {
		s, err := m.sessions.Load(ctx, p.session)
		if err == nil {
			fresh := flows.Session{Rev: s.Rev, Kept: s.Kept, Lang: lang}
			if s.Office != nil {
				fresh.Office = &flows.Office{Menu: string(p.officer.Role) + "|" + lang}
			}
			_, err = m.sessions.Save(ctx, p.session, fresh)
		}
		if err == nil {
			p.blanks[lang], err = m.instances[0].redis.Get(ctx, key).Result()
		}
		if err != nil {
			m.t.Errorf("%s: blank session: %v", p.label, err)
		}
		return
	}
	if err := m.instances[0].redis.Set(ctx, key, p.blanks[lang], time.Hour).Err(); err != nil {
		m.t.Error(err)
	}
}

func (m *matrixHouse) clearScreen(p *matrixPerson) {
	for _, msg := range p.phone.Messages() {
		_ = p.phone.Delete(msg.ID) // some are gone by then
	}
}

// counts says of cases how much was done to them, but for their being read.
func (m *matrixHouse) counts(ids []string) map[string]int {
	rows, err := m.db.Query(context.Background(),
		"SELECT case_id::text, count(*) FROM events WHERE case_id = ANY($1::uuid[]) AND kind <> 'opened' GROUP BY case_id", ids)
	out := map[string]int{}
	if err == nil {
		var id string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { out[id] = n; return nil })
	}
	if err != nil {
		m.t.Error(err)
	}
	return out
}

func (m *matrixHouse) done(c cases.Case) int { return m.counts([]string{c.ID})[c.ID] }
