package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huiyin/cases"
	"huiyin/sim"
	"huiyin/store/seal"
)

const (
	deskToken = "7000000004:AA-desk-token-marker"
	deskBot   = "huiyin_desk_bot"
)

// apart is a world where reporters and officers write to bots of their own, and each part of the house may be a process
// of its own, with its own keys and its own login to the database.
type apart struct {
	*world
	office *sim.Server                  // officers' bot
	parts  map[string]map[string]string // role → environment
	house  map[string]*process
}

var parts = []string{seal.RoleIntake, seal.RoleDesk, seal.RolePostman}

func newApart(t *testing.T) *apart {
	t.Helper()
	a := &apart{world: newWorld(t, false), parts: map[string]map[string]string{}, house: map[string]*process{}}
	a.office = sim.New(sim.Options{Token: deskToken, Username: deskBot})
	t.Cleanup(a.office.Close)
	office, err := a.office.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.environ["TELEGRAM_API_URL"] = oneAddress(t, map[string]string{
		worldToken: a.environ["TELEGRAM_API_URL"], deskToken: office,
	})
	a.environ["TELEGRAM_DESK_BOT_TOKEN"] = deskToken
	keys := filepath.Join(t.TempDir(), "keys")
	a.says(0, a.environ, "written", "keys", "split", a.environ["HUIYIN_KEYSET"], keys)
	for _, role := range parts {
		a.parts[role] = with(a.environ, map[string]string{
			"HUIYIN_KEYSET": filepath.Join(keys, role+".json"), "DATABASE_URL": a.login(role),
		})
	}
	return a
}

// oneAddress answers for several bots at one address, as Telegram does.
func oneAddress(t *testing.T, bots map[string]string) string {
	t.Helper()
	mux := http.NewServeMux()
	for token, address := range bots {
		target, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		proxy := &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
				w.WriteHeader(http.StatusBadGateway) // a long poll that its process gave up
			},
		}
		mux.Handle("/bot"+token+"/", proxy)
		mux.Handle("/file/bot"+token+"/", proxy)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// login makes a user of the database server who is a member of one role, and gives the address by which it connects.
func (a *apart) login(role string) string {
	a.t.Helper()
	u, err := url.Parse(a.environ["DATABASE_URL"])
	if err != nil {
		a.t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/") + "_" + role // roles belong to the server, so the database's name is in it
	user := pgx.Identifier{name}.Sanitize()
	if _, err := a.db.Exec(a.t.Context(), "CREATE ROLE "+user+" LOGIN PASSWORD 'secret'; GRANT huiyin_"+role+" TO "+user); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() {
		if _, err := a.db.Exec(context.Background(), "DROP ROLE "+user); err != nil {
			a.t.Errorf("drop the test's login: %v", err)
		}
	})
	u.User = url.UserPassword(name, "secret")
	return u.String()
}

// with is an environment with some of it replaced; "" takes a variable away.
func with(environ, others map[string]string) map[string]string {
	out := map[string]string{}
	for _, from := range []map[string]string{environ, others} {
		for name, value := range from {
			if out[name] = value; value == "" {
				delete(out, name)
			}
		}
	}
	return out
}

// serveApart starts the three processes. The postman first: nothing may depend on who is there before whom.
func (a *apart) serveApart() {
	a.t.Helper()
	for _, role := range []string{seal.RolePostman, seal.RoleDesk, seal.RoleIntake} {
		a.house[role] = start(a.t, a.parts[role], nil, "serve", "--role", role)
	}
	for _, p := range a.house {
		p.said(`huiyin is serving on (\S+)`)
	}
}

// says runs a command to its end, which has the exit code and says the words.
func (a *apart) says(code int, environ map[string]string, words string, args ...string) string {
	a.t.Helper()
	p := start(a.t, environ, nil, args...)
	<-p.done
	if got := p.cmd.ProcessState.ExitCode(); got != code || !strings.Contains(p.out.String(), words) {
		a.t.Fatalf("huiyin %s ends with code %d, want %d, and says %q, want %q", strings.Join(args, " "), got, code, p.out, words)
	}
	return p.out.String()
}

// logs is everything the processes have said.
func (a *apart) logs() string {
	var b strings.Builder
	for role, p := range a.house {
		fmt.Fprintf(&b, "%s:\n%s\n", role, p.out)
	}
	return b.String()
}

// settle waits until both bots have answered everything, and every notice is out.
func (a *apart) settle() {
	a.t.Helper()
	until(a.t, "everything answered", func(ctx context.Context) (bool, error) {
		for _, bot := range []*sim.Server{a.telegram, a.office} {
			if err := bot.Settled(ctx); err != nil {
				return false, fmt.Errorf("%w\n%s", err, a.logs())
			}
		}
		return a.store.Settled(ctx)
	})
}

// at gives a phone that writes to officers' bot.
func (a *apart) at(p sim.Profile) person { return person{a.office.AddPhone(p), a.t} }

// do carries out steps, each answered before the next.
func (a *apart) do(p person, steps ...filingStep) {
	a.t.Helper()
	for _, s := range steps {
		s.do(p)
		a.settle()
	}
}

func (a *apart) label(p person, label string) {
	a.t.Helper()
	p.label(label)
	a.settle()
}

// quietLog wants processes that had nothing to complain of.
func (a *apart) quietLog() {
	a.t.Helper()
	for role, p := range a.house {
		for _, line := range strings.Split(p.out.String(), "\n") {
			for _, bad := range []string{"permission denied", "42501", `"level":"WARN"`, `"level":"ERROR"`} {
				if strings.Contains(line, bad) {
					a.t.Errorf("the %s logs: %s", role, line)
					break
				}
			}
		}
	}
	if n := a.count("SELECT count(*) FROM river_job WHERE errors IS NOT NULL"); n != 0 {
		a.t.Errorf("%d jobs have failed", n)
	}
}

var (
	alice  = sim.Profile{ID: 990101, Name: "Alice", Username: "alice", Language: "en"}
	bob    = sim.Profile{ID: 990102, Name: "Bob", Username: "bob", Language: "en"}
	lina   = sim.Profile{ID: 990103, Name: "Li Na", Username: "lina", Language: "en"}
	filed  = regexp.MustCompile(`Your case is (HY-\S+)`)
	hurry  = []filingStep{ // an anonymous complaint that goes at once
		{say: "/start"}, {tap: "h.lang.en"}, {tap: "h.file"}, {tap: "o.anonymous"}, {tap: "o.ok"}, {tap: "o.anonymous"},
		{tap: "o.safety"}, {tap: "o.machine"}, {tap: "o.yes"}, {tap: "o.yes"}, {say: "The guard of press 3 is gone and people reach in."},
		{tap: "done"}, {tap: "skip"}, {tap: "skip"}, {tap: "skip"}, {tap: "skip"}, {tap: "o.first_time"}, {tap: "skip"}, {tap: "send"},
	}
)

// TestServeApart takes two cases through three processes, each with its own login and its own keys, and then shows what
// each of them cannot do.
func TestServeApart(t *testing.T) {
	t.Parallel()
	a := newApart(t)
	a.refused()
	a.serveApart()
	officer := a.at(lina)
	officer.Start(a.invite("Li Na", cases.RoleOfficer, "safety"))
	officer.wants("Welcome, Li Na.")
	a.settle()
	named, hidden := a.person(alice), a.person(bob)
	a.do(named, filing...)
	a.do(hidden, hurry...)
	t.Logf("%s", hidden.reads())
	t.Logf("%s", officer.reads())
}

// TestServeAllWithTwoBots is one process with both bots.
func TestServeAllWithTwoBots(t *testing.T) {
	t.Parallel()
}

// refused: what cannot serve says why and serves nothing.
func (a *apart) refused() {
	const code = 1
	for _, role := range []string{seal.RoleIntake, seal.RoleDesk} {
		a.says(code, with(a.parts[role], map[string]string{"TELEGRAM_DESK_BOT_TOKEN": ""}),
			"TELEGRAM_DESK_BOT_TOKEN is not set: with one bot, --role "+role+" cannot run apart", "serve", "--role", role)
	}
	a.says(code, a.parts[seal.RoleIntake], `the keyset is split for the role "intake" and cannot serve as "desk"`, "serve", "--role", seal.RoleDesk)
	a.says(code, a.parts[seal.RolePostman], `the keyset is split for the role "postman" and cannot serve as "all"`, "serve")
}

var _ = []any{errors.Is, strconv.Itoa, syscall.SIGTERM, (*pgconn.PgError)(nil)}
