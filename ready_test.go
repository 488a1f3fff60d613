package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/sim"
	"huiyin/store/redis/local"
)

// gate stands before a server; closed, it ends every connection and takes no other.
type gate struct {
	to string

	mu     sync.Mutex
	closed bool
	conns  []net.Conn
}

// newGate gives a gate before the server of a URL, and the URL that leads through it.
func newGate(t *testing.T, to string) (*gate, string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{to: u.Host}
	t.Cleanup(func() { _ = l.Close(); g.shut(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(c)
		}
	}()
	u.Host = l.Addr().String()
	return g, u.String()
}

func (g *gate) pass(from net.Conn) {
	to, err := net.Dial("tcp", g.to)
	if err != nil {
		_ = from.Close()
		return
	}
	g.mu.Lock()
	g.conns = append(g.conns, from, to)
	closed := g.closed
	g.mu.Unlock()
	if closed {
		g.shut(true)
	}
	go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

func (g *gate) shut(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed = closed; closed {
		for _, c := range g.conns {
			_ = c.Close()
		}
		g.conns = nil
	}
}

// awaitsPart waits until /readyz says a word of a part, and fails when the answer does not fit its status.
func (h *testHouse) awaitsPart(part, word string) {
	h.t.Helper()
	until(h.t, part+" is "+word, func(context.Context) (bool, error) {
		code, body := h.get("/readyz")
		var v verdict
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return false, err
		}
		if v.Ready != (code == http.StatusOK) || v.Ready && !wellWords[v.Parts[part]] || !v.Ready && code != http.StatusServiceUnavailable {
			h.t.Fatalf("%d and %s", code, body)
		}
		return v.Parts[part] == word, fmt.Errorf("%s", body)
	})
}

// Each part fails in truth, /readyz names it and none that is well, and takes it back when it is over.
func TestReadyIsHonest(t *testing.T) {
	t.Parallel()
	server, err := local.StartServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	_, redisURL := newGate(t, server.URL())
	var database *gate
	profiles := freeAddr(t)
	h := startHouseWith(t, func(s *settings) {
		s.RedisURL, s.PprofAddr = redisURL, profiles
		database, s.DatabaseURL = newGate(t, s.DatabaseURL)
	})
	h.awaitsPart("updates", "leads")
	h.watched()

	t.Run("a Redis that is full answers pings", func(t *testing.T) {
		o, err := goredis.ParseURL(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		c := goredis.NewClient(o)
		defer func() { _ = c.Close() }() // the server is stopped next
		set := func(bytes string) {
			if err := c.ConfigSet(t.Context(), "maxmemory", bytes).Err(); err != nil {
				t.Fatal(err)
			}
		}
		set("1")
		h.awaitsPart("redis", "away")
		if err := c.Ping(t.Context()).Err(); err != nil {
			t.Error(err)
		}
		if _, body := h.get("/metrics"); !strings.Contains(body, `huiyin_ready_part{part="redis"} 0`) || !strings.Contains(body, `huiyin_ready_part{part="bot"} 1`) {
			t.Error("the metrics do not say so")
		}
		var said bytes.Buffer
		code := run(&surroundings{ctx: t.Context(), environ: []string{"LISTEN_ADDR=" + h.addr}, stdout: &said, stderr: &said}, []string{"healthcheck"})
		if code != 1 || !strings.Contains(said.String(), `"redis":"away"`) {
			t.Errorf("healthcheck ends with %d and says %q", code, said.String())
		}
		set("0")
		h.awaitsPart("redis", "ok")
	})
	t.Run("a database that lacks a migration", func(t *testing.T) {
		db, err := pgx.Connect(t.Context(), h.settings.DatabaseURL)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close(context.Background()) }() // dropped next
		exec := func(sql string) {
			if _, err := db.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		exec("UPDATE goose_db_version SET is_applied = false WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
		h.awaitsPart("postgres_desk", "behind")
		h.awaitsPart("postgres_intake", "behind")
		exec("UPDATE goose_db_version SET is_applied = true")
		exec("ALTER TABLE river_migration RENAME TO gone")
		h.awaitsPart("postgres_postman", "behind")
		exec("ALTER TABLE gone RENAME TO river_migration")
		h.awaitsPart("postgres_postman", "ok")
	})
	t.Run("a token that is not accepted any more", func(t *testing.T) {
		var accept []func()
		for _, method := range []string{"getMe", "sendMessage"} {
			accept = append(accept, h.telegram.Fail(sim.Fault{Kind: sim.FaultError, Code: http.StatusUnauthorized, Description: "Unauthorized", Method: method}))
		}
		// Updates still come here, and each that comes says that the token is good: so it is refused again and again.
		p, asked := h.telegram.AddPhone(sim.Profile{ID: 990500, Name: "Sam", Language: "en"}), 0
		until(t, "bot is refused", func(context.Context) (bool, error) {
			if asked++; asked%50 == 1 {
				p.Send("/start")
			}
			_, body := h.get("/readyz")
			return strings.Contains(body, `"bot":"refused"`), errors.New(body)
		})
		for _, again := range accept {
			again()
		}
		h.awaitsPart("bot", "ok")
	})
	t.Run("a poller that is not answered", func(t *testing.T) {
		answer := h.telegram.Fail(sim.Fault{Kind: sim.FaultServer, Code: http.StatusBadGateway, Method: "getUpdates"})
		h.telegram.AddPhone(sim.Profile{ID: 990501, Name: "Kim", Language: "en"}).Send("/start") // ends the request that waits
		h.awaitsPart("updates", "troubled")
		answer()
		h.awaitsPart("updates", "leads")
	})
	t.Run("a Postgres that is away", func(t *testing.T) {
		database.shut(true)
		h.awaitsPart("postgres_intake", "away")
		h.awaitsPart("updates", "follows") // the lead was a connection
		if code, body := h.get("/healthz"); code != http.StatusOK || body != `{"ok":true}`+"\n" {
			t.Errorf("/healthz: %d %q", code, body)
		}
		if _, body := h.get("/metrics"); !strings.Contains(body, "huiyin_notices_waiting NaN") {
			t.Error("what waits is told without a database")
		}
		database.shut(false)
		h.awaitsPart("postgres_intake", "ok")
		h.awaitsPart("updates", "leads")
	})
	t.Run("profiles", func(t *testing.T) {
		for path, want := range map[string]int{
			"/debug/pprof/heap": 200, "/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/goroutine?debug=2": 403,
			"/debug/pprof/goroutine?debug=x": 403, "/debug/pprof/cmdline": 404, "/metrics": 404,
		} {
			r, err := http.Get("http://" + profiles + path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			_ = r.Body.Close() // read to its end
			if r.StatusCode != want {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
		if code, _ := h.get("/debug/pprof/"); code != http.StatusNotFound {
			t.Errorf("the open listener serves profiles: %d", code)
		}
	})
}

func TestProfilesAreForThisMachine(t *testing.T) {
	t.Parallel()
	for addr, good := range map[string]bool{
		"": true, "127.0.0.1:6060": true, "[::1]:6060": true, "127.9.9.9:0": true,
		":6060": false, "0.0.0.0:6060": false, "[::]:6060": false, "10.0.0.1:6060": false, "localhost:6060": false, "127.0.0.1": false,
	} {
		s := settings{Token: "x", DatabaseURL: "x", RedisURL: "x", Keyset: "x", Role: "all", LogLevel: "info", PprofAddr: addr}
		if err := s.check(); (err == nil) != good {
			t.Errorf("HUIYIN_PPROF_ADDR=%s: %v", addr, err)
		}
	}
	rec := httptest.NewRecorder()
	profilesMux().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/debug/pprof/heap", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST is answered %d", rec.Code)
	}
}
