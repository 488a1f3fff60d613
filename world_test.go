package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/cases"
	"huiyin/sim"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
	"huiyin/store/redis/local"
	"huiyin/store/seal"
)

// world is everything around the program when it runs as a process of its own: Telegram's stand-in in this process,
// a real Postgres and a real redis-server.
type world struct {
	t        *testing.T
	telegram *sim.Server
	environ  map[string]string
	keys     *seal.Keyset
	store    *postgres.Store // the same database, to look into it and to invite
	db       *pgx.Conn
	redis    *goredis.Client
	process  *process
	addr     string // of the process's listener
}

const (
	worldToken  = "7000000003:AA-process-token-marker"
	worldSecret = "webhook-secret-of-the-world"
)

// newWorld makes the surroundings. With webhook the program is told of an address, else it polls.
func newWorld(t *testing.T, webhook bool) *world {
	t.Helper()
	w := &world{t: t}
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	w.keys = keys
	keyset := filepath.Join(t.TempDir(), "keyset.json")
	if err := keys.WriteFile(keyset); err != nil {
		t.Fatal(err)
	}
	database := pgtest.Template(t, "huiyin", postgres.Migrate)
	server, err := local.StartServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	w.telegram = sim.New(sim.Options{Token: worldToken, NoHTML: true})
	t.Cleanup(w.telegram.Close)
	api, err := w.telegram.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.environ = map[string]string{
		"TELEGRAM_BOT_TOKEN": worldToken, "TELEGRAM_API_URL": api, "DATABASE_URL": database, "REDIS_URL": server.URL(),
		"HUIYIN_KEYSET": keyset, "HUIYIN_BLOBS": filepath.Join(t.TempDir(), "blobs"), "LISTEN_ADDR": "127.0.0.1:0", "LOG_LEVEL": "debug",
	}
	if webhook {
		addr := freeAddr(t)
		w.environ["LISTEN_ADDR"], w.environ["WEBHOOK_URL"], w.environ["WEBHOOK_SECRET"] = addr, "http://"+addr+"/hook", worldSecret
	}
	shares, err := blobs.Open(t.Context(), w.environ["HUIYIN_BLOBS"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shares.Close() }) // only read
	if w.store, err = postgres.Open(t.Context(), database, vault{keys, shares}, postgres.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.store.Close)
	if w.db, err = pgx.Connect(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close(context.Background()) }) // the database is dropped next
	options, err := goredis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	w.redis = goredis.NewClient(options)
	t.Cleanup(func() { _ = w.redis.Close() }) // the server is stopped next
	return w
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // only its number is wanted
	return l.Addr().String()
}

// serve starts the program and returns when it receives.
func (w *world) serve() {
	w.t.Helper()
	// No process runs, so a job that is running was left by one that was killed. River finds that out after minutes, which
	// have passed here.
	if _, err := w.db.Exec(w.t.Context(), "UPDATE river_job SET state = 'available' WHERE state = 'running'"); err != nil {
		w.t.Fatal(err)
	}
	w.process = start(w.t, w.environ, nil, "serve")
	w.addr = w.process.said(`huiyin is serving on (\S+)`)
}

// settle waits until everything said is answered and every notice is out.
func (w *world) settle() {
	w.t.Helper()
	until(w.t, "everything answered", func(ctx context.Context) (bool, error) {
		if err := w.telegram.Settled(ctx); err != nil {
			return false, fmt.Errorf("%w\n%s", err, w.process.out)
		}
		return w.store.Settled(ctx)
	})
}

// invite makes a one-time code for an officer.
func (w *world) invite(name string, role cases.Role, department string) string {
	w.t.Helper()
	token, err := w.store.Invite(w.t.Context(), commandLine, cases.Invite{
		Name: name, Role: role, Department: department, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// reporter is the keyed name under which a chat's cases are kept.
func (w *world) reporter(chat int64) []byte {
	name := w.keys.Name("reporter", strconv.FormatInt(w.telegram.BotID(), 10), strconv.FormatInt(chat, 10))
	return name[:]
}

// count asks the database for one number.
func (w *world) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.db.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// person is a phone in a test's hand.
type person struct {
	*sim.Phone
	t *testing.T
}

func (w *world) person(p sim.Profile) person { return person{w.telegram.AddPhone(p), w.t} }

// screen is the newest message of the bot that has buttons to press: what the person is asked.
func (p person) screen() sim.Message {
	all := p.Messages()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].From == "bot" && len(all[i].Buttons) > 0 {
			return all[i]
		}
	}
	return sim.Message{}
}

// tap presses the newest button whose data ends in op: "o.pay" chooses an option, "done" goes on, "h.file" is a button
// outside forms.
func (p person) tap(op string) {
	p.t.Helper()
	all := p.Messages()
	for i := len(all) - 1; i >= 0; i-- {
		for _, row := range all[i].Buttons {
			for _, b := range row {
				if b.Data == op || strings.HasSuffix(b.Data, "."+op) {
					if _, err := p.Press(all[i].ID, b.Data); err != nil {
						p.t.Fatalf("press %s: %v", op, err)
					}
					return
				}
			}
		}
	}
	p.t.Fatalf("no button %s on %s's phone:\n%s", op, p.Profile().Name, p.reads())
}

// label presses the newest button with that label.
func (p person) label(label string) {
	p.t.Helper()
	if err := p.Tap(label); err != nil {
		p.t.Fatalf("button %q: %v; %s's phone:\n%s", label, err, p.Profile().Name, p.reads())
	}
}

// wants waits until a message of the bot holds these words, and fails with what the phone shows.
func (p person) wants(words string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	err := p.Await(ctx, func(all []sim.Message) bool {
		for _, m := range all {
			if m.From == "bot" && strings.Contains(m.Text+m.Caption, words) {
				return true
			}
		}
		return false
	})
	if err != nil {
		p.t.Fatalf("%q never came; %s's phone:\n%s", words, p.Profile().Name, p.reads())
	}
}

// reads is the chat as the person sees it, for failures.
func (p person) reads() string {
	var b strings.Builder
	for _, m := range p.Messages() {
		fmt.Fprintf(&b, "%s: %s%s %q\n", m.From, m.Text, m.Caption, m.Labels())
	}
	return b.String()
}
