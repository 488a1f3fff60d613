package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

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

func newApart(t *testing.T, webhook bool) *apart {
	t.Helper()
	a := &apart{world: newWorld(t, webhook), parts: map[string]map[string]string{}, house: map[string]*process{}}
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
			for _, bad := range []string{"permission denied", "SQLSTATE 42501", `"level":"WARN"`, `"level":"ERROR"`} {
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
	alice = sim.Profile{ID: 990101, Name: "Alice", Username: "alice", Language: "en"}
	bob   = sim.Profile{ID: 990102, Name: "Bob", Username: "bob", Language: "en"}
	lina  = sim.Profile{ID: 990103, Name: "Li Na", Username: "lina", Language: "en"}
	filed = regexp.MustCompile(`Your case is (HY-\S+)`)
	hurry = []filingStep{ // an anonymous complaint that goes at once
		{say: "/start"}, {tap: "h.lang.en"}, {tap: "h.file"}, {tap: "o.anonymous"}, {tap: "o.ok"}, {tap: "o.anonymous"},
		{tap: "o.safety"}, {tap: "o.machine"}, {tap: "o.yes"}, {tap: "o.yes"}, {say: "The guard of press 3 is gone and people reach in."},
		{tap: "done"}, {tap: "skip"}, {tap: "skip"}, {tap: "skip"}, {tap: "skip"}, {tap: "o.first_time"}, {tap: "skip"}, {tap: "send"},
	}
)

// TestServeApart takes two cases through three processes, each with its own login and its own keys, and then shows what
// each of them cannot do.
func TestServeApart(t *testing.T) {
	t.Parallel()
	a := newApart(t, false)
	a.refused()
	a.serveApart()
	officer, named, hidden := a.at(lina), a.person(alice), a.person(bob)
	invite := a.invited()
	a.officersElsewhere(invite)
	officer.Start(invite)
	officer.wants("Welcome, Li Na.")
	a.settle()
	a.do(named, filing...)
	a.do(hidden, hurry...)
	receipt := hidden.receipt(0)
	a.label(hidden, "Keep the chat")
	a.openly(officer, named)
	a.hiddenly(officer, hidden)
	a.reportersElsewhere(officer, receipt)
	a.do(hidden, filingStep{say: "/clear"})
	if words := hidden.wholeChat(); strings.Contains(words, lastWords) {
		t.Errorf("the chat is cleared, but for what the postman sent: %s", words)
	}
	a.housework()
	a.logins(officer)
	a.keysets()
	a.takenBack(named, hidden, receipt)
	for role, p := range a.house {
		if code := p.stop(syscall.SIGTERM); code != 0 {
			t.Errorf("SIGTERM ends the %s with code %d:\n%s", role, code, p.out)
		}
	}
	a.quietLog()
}

// TestServeAllWithTwoBots is one process that receives for both bots, with one login, which owns the database.
func TestServeAllWithTwoBots(t *testing.T) {
	t.Parallel()
	a := newApart(t, true)
	a.house["all"] = start(t, a.environ, nil, "serve")
	a.house["all"].said(`huiyin is serving on (\S+)`)
	officer, named := a.at(lina), a.person(alice)
	invite := a.invited()
	a.officersElsewhere(invite)
	officer.Start(invite)
	officer.wants("Welcome, Li Na.")
	a.settle()
	a.do(named, filing...)
	a.openly(officer, named)
	a.reportersElsewhere(officer, a.keys.NewReceipt([]byte("a secret of 16 b")).String())
	a.housework()
	if code := a.house["all"].stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ends the program with code %d:\n%s", code, a.house["all"].out)
	}
	a.quietLog()
}

// refused: what cannot serve says why and serves nothing; what can is found well.
func (a *apart) refused() {
	a.t.Helper()
	for _, role := range []string{seal.RoleIntake, seal.RoleDesk} {
		a.says(1, with(a.parts[role], map[string]string{"TELEGRAM_DESK_BOT_TOKEN": ""}),
			"TELEGRAM_DESK_BOT_TOKEN is not set: with one bot, --role "+role+" cannot run apart", "serve", "--role", role)
	}
	a.says(1, a.parts[seal.RoleIntake], `the keyset is split for the role "intake" and cannot serve as "desk"`, "serve", "--role", seal.RoleDesk)
	a.says(1, a.parts[seal.RolePostman], `the keyset is split for the role "postman" and cannot serve as "all"`, "serve")
	for _, role := range parts {
		a.says(0, with(a.parts[role], map[string]string{"HUIYIN_ROLE": role}), "ok    migrations", "doctor")
		a.says(0, a.parts[role], "applied", "migrate", "status")
	}
}

// invited makes an officer's link on the command line. It leads to officers' bot.
func (a *apart) invited() (token string) {
	a.t.Helper()
	link := a.says(0, a.environ, "https://t.me/"+deskBot+"?start=", "officers", "invite", "--role", "officer", "--dept", "safety", "--name", "Li Na")
	_, token, _ = strings.Cut(strings.TrimSpace(link), "?start=")
	return token
}

// way wants the newest message to show the way to another bot, once more than before.
func (a *apart) way(p person, words, bot string, steps ...filingStep) {
	a.t.Helper()
	for _, s := range steps {
		before := strings.Count(p.wholeChat(), words)
		a.do(p, s)
		m := p.Last()
		if strings.Count(p.wholeChat(), words) != before+1 || m.From != "bot" || !strings.Contains(m.Text, words) {
			a.t.Fatalf("%+v is not shown the way to the other bot:\n%s", s, p.reads())
		}
		if len(m.Buttons) != 1 || m.Buttons[0][0].URL != "https://t.me/"+bot {
			a.t.Errorf("the way has buttons %+v, want one to %s", m.Buttons, bot)
		}
	}
}

// officersElsewhere: an invite at reporters' bot leads to officers', and is as good as before.
func (a *apart) officersElsewhere(invite string) {
	a.t.Helper()
	a.way(a.person(lina), "This bot is for reporters.", deskBot, filingStep{say: "/start " + invite})
}

// reportersElsewhere: whoever comes to officers' bot with a grievance is shown reporters', officers too.
func (a *apart) reportersElsewhere(officer person, receipt string) {
	a.t.Helper()
	const words, bot = "This bot is for officers.", "huiyin_demo_bot"
	stranger := a.at(alice)
	a.way(stranger, words, bot, filingStep{say: "/start"}, filingStep{say: "/file"}, filingStep{say: "/status"}, filingStep{say: "/queue"},
		filingStep{say: "They do not pay us."}, filingStep{say: receipt})
	for _, m := range stranger.Messages() {
		if strings.Contains(m.Text, receipt) {
			a.t.Errorf("a receipt typed to officers' bot stays there:\n%s", stranger.reads())
		}
	}
	a.do(officer, filingStep{say: "/start"})
	a.way(officer, words, bot, filingStep{tap: "h.home"}, filingStep{say: "/file"})
	home := strings.Count(officer.wholeChat(), "Desk · Li Na")
	a.do(officer, filingStep{say: "hello"})
	if strings.Count(officer.wholeChat(), "Desk · Li Na") != home+1 {
		a.t.Errorf("after that the officer is not at the desk:\n%s", officer.reads())
	}
}

const lastWords = "The guard is back, see for yourself."

// openly works a confidential case with a file from the first look to its end.
func (a *apart) openly(officer, p person) {
	a.t.Helper()
	ref := filed.FindStringSubmatch(p.wholeChat())[1]
	officer.wants(ref)
	a.do(officer, filingStep{say: "/take " + ref})
	officer.wants("It is yours.")
	officer.wants("The guard of press 3 has been off since the spring.")
	a.label(officer, "File 1")
	officer.wants(ref + ", file 1 of 1")
	a.label(officer, "Accept")
	p.wants("has accepted your case")
	a.do(officer, filingStep{say: "/ask " + ref}, filingStep{say: "Which press is it?"}, filingStep{tap: "done"}, filingStep{tap: "send"})
	p.wants("Which press is it?")
	a.do(p, filingStep{say: "The third from the door."}, filingStep{tap: "done"}, filingStep{tap: "skip"}, filingStep{tap: "send"})
	officer.wants("The reporter answered.")
	a.do(officer, filingStep{say: "/reply " + ref}, filingStep{say: "Somebody comes today."}, filingStep{tap: "done"}, filingStep{tap: "send"})
	p.wants("Somebody comes today.")
	a.end(officer, p, ref)
	if strings.Contains(officer.wholeChat(), "Sam Example") {
		a.t.Errorf("the officer learns who filed in confidence:\n%s", officer.reads())
	}
}

// hiddenly works a case whose reporter is anonymous and may be written to.
func (a *apart) hiddenly(officer, p person) {
	a.t.Helper()
	ref := filed.FindStringSubmatch(p.wholeChat())[1]
	officer.wants(ref)
	a.do(officer, filingStep{say: "/take " + ref})
	a.label(officer, "Accept")
	a.do(officer, filingStep{say: "/ask " + ref}, filingStep{say: "How many reach in?"}, filingStep{tap: "done"}, filingStep{tap: "send"})
	p.wants("How many reach in?")
	a.label(p, "Open the case")
	a.label(p, "Answer the question")
	before := strings.Count(officer.wholeChat(), "The reporter answered.")
	a.do(p, filingStep{say: "Everybody on the night shift."}, filingStep{tap: "done"}, filingStep{tap: "skip"}, filingStep{tap: "send"})
	if strings.Count(officer.wholeChat(), "The reporter answered.") != before+1 {
		a.t.Errorf("the officer is not told of the answer:\n%s", officer.reads())
	}
	a.end(officer, p, ref)
}

// takenBack: both reporters are forgotten, so that nothing leads back to either.
func (a *apart) takenBack(named, hidden person, receipt string) {
	a.t.Helper()
	a.label(named, "Open the case")
	a.label(hidden, "I have saved the code")
	a.do(hidden, filingStep{say: receipt})
	for _, p := range []person{named, hidden} {
		for _, label := range []string{"Who may know", "Forget me", "Keep nothing", "I understand", "Send"} {
			a.label(p, label)
		}
		if strings.Contains(p.wholeChat(), "a sealed address that only the sending program opens") {
			a.t.Errorf("who wants nothing kept is told of an address:\n%s", p.reads())
		}
	}
	if n := a.count("SELECT count(*) FROM reporters WHERE reporter_key IS NOT NULL OR address IS NOT NULL OR mode <> 'dark'"); n != 0 {
		a.t.Errorf("%d reporters are not forgotten:\n%s\n%s", n, named.reads(), hidden.reads())
	}
	if n := a.count("SELECT count(*) FROM identities"); n != 0 {
		a.t.Errorf("%d identities are left:\n%s", n, named.reads())
	}
}

// end closes a case, and its reporter is told.
func (a *apart) end(officer, p person, ref string) {
	a.t.Helper()
	a.do(officer, filingStep{say: "/propose " + ref}, filingStep{tap: "o.substantiated"}, filingStep{say: lastWords}, filingStep{tap: "done"}, filingStep{tap: "send"})
	p.wants(lastWords)
	if err := p.Tap("I am satisfied"); err != nil { // who has no name is told to open the case first
		p.label("Open the case")
		a.settle()
		p.label("I am satisfied")
	}
	p.wants("Thank you.")
	if n := a.count("SELECT count(*) FROM cases WHERE ref = $1 AND status = 'closed'", ref); n != 1 {
		a.t.Errorf("%s is not closed:\n%s", ref, officer.reads())
	}
}

// housework: files are here, and every job that repeats has run, whoever leads.
func (a *apart) housework() {
	a.t.Helper()
	if n := a.count("SELECT count(*) FROM files WHERE state = 'kept' AND source IS NULL"); n != 1 {
		a.t.Errorf("%d files are kept, want 1", n)
	}
	if n := a.count("SELECT count(*) FROM notices WHERE state <> 'sent'"); n != 0 {
		a.t.Errorf("%d notices did not arrive", n)
	}
	until(a.t, "the jobs that repeat", func(ctx context.Context) (bool, error) {
		var n int
		err := a.db.QueryRow(ctx, `SELECT count(DISTINCT kind) FROM river_job WHERE state = 'completed'
			AND kind IN ('sweep_drafts', 'retain', 'seal_audit')`).Scan(&n)
		return n == 3, err
	})
	if n := a.count("SELECT count(*) FROM river_leader"); n != 1 {
		a.t.Errorf("%d processes lead the jobs", n)
	}
}
