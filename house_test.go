package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/cases"
	"huiyin/sim"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
	"huiyin/store/redis"
	"huiyin/store/redis/redistest"
	"huiyin/store/seal"
)

// testHouse is the whole bot in this process: real Postgres, Redis's protocol, and the stand-in for Telegram.
type testHouse struct {
	t        *testing.T
	telegram *sim.Server
	settings settings
	keys     *seal.Keyset
	store    *postgres.Store
	redis    goredis.UniversalClient
	log      *lockedBuffer
	addr     string // of the listener
}

// lockedBuffer collects log lines, which a test may search afterwards.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const testToken = "7000000002:transcripts"

// everyDayWorks is the configuration as it is shipped, in a country without weekends and holidays: which dates are owed
// does not depend on the day of the test. All houses of the tests share it.
var everyDayWorks = sync.OnceValues(func() (*loaded, error) {
	l, err := load(settings{})
	if err != nil {
		return nil, err
	}
	for id := range l.config.Calendars {
		l.config.Calendars[id] = cases.Calendar{ID: id}
	}
	return l, nil
})

// testSettings gives settings for a fresh database, a fresh Redis and a fresh keyset, without a way to Telegram.
func testSettings(t *testing.T) (settings, *seal.Keyset) {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keyset.json")
	if err := keys.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	shared, err := everyDayWorks()
	if err != nil {
		t.Fatal(err)
	}
	return settings{
		Role: "all", loaded: shared, Blobs: filepath.Join(t.TempDir(), "blobs"), TempDir: t.TempDir(), quiet: &cases.Quiet{},
		Token: testToken, Keyset: file, RedisURL: redistest.Database(t), ListenAddr: "127.0.0.1:0", LogLevel: "debug",
		DatabaseURL: pgtest.Template(t, "huiyin", postgres.Migrate),
	}, keys
}

// startHouse serves over long polling until the test ends.
func startHouse(t *testing.T) *testHouse {
	t.Helper()
	return startHouseWith(t, func(*settings) {})
}

// startHouseWith is startHouse with other settings.
func startHouseWith(t *testing.T, change func(*settings)) *testHouse {
	t.Helper()
	return startHouseIn(t, sim.New(sim.Options{Token: testToken, NoHTML: true}), change)
}

// startHouseIn is startHouseWith in a given Telegram, which it closes. One that draws pages costs more.
func startHouseIn(t *testing.T, telegram *sim.Server, change func(*settings)) *testHouse {
	t.Helper()
	s, keys := testSettings(t)
	change(&s)
	h := &testHouse{t: t, settings: s, keys: keys, log: &lockedBuffer{}, telegram: telegram}
	t.Cleanup(h.telegram.Close)
	address, err := h.telegram.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.settings.APIURL = address
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	ready := make(chan string, 1)
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	go func() { served <- serve(ctx, h.settings, log, func(addr string) { ready <- addr }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if t.Failed() && os.Getenv("HUIYIN_TEST_LOG") != "" {
			t.Log(h.log.String())
		}
	})
	select {
	case err := <-served:
		served <- err
		t.Fatalf("serve: %v", err)
	case h.addr = <-ready:
	case <-time.After(time.Minute):
		t.Fatal("serve: not ready within a minute")
	}
	shares, err := blobs.Open(ctx, s.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shares.Close() }) // only read
	h.store, err = postgres.Open(ctx, s.DatabaseURL, vault{keys, shares}, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.store.Close)
	if h.redis, err = redis.Open(ctx, h.settings.RedisURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.redis.Close() }) // nothing is written on closing
	return h
}

// invite makes a token by which a phone joins as an officer.
func (h *testHouse) invite(name string, role cases.Role, department string) string {
	h.t.Helper()
	token, err := h.store.Invite(context.Background(), commandLine, cases.Invite{
		Name: name, Role: role, Department: department, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

// settle waits until everything said has been answered and every notice is delivered.
func (h *testHouse) settle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		if err := h.telegram.Settled(ctx); err != nil {
			h.t.Fatalf("updates are not answered: %v\n%s", err, h.log)
		}
		settled, err := h.store.Settled(ctx)
		if err != nil {
			h.t.Fatalf("notices are not sent: %v\n%s", err, h.log)
		}
		if settled {
			return
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("notices are not sent\n%s", h.log)
		case <-time.After(10 * time.Millisecond): // polling a condition of another process
		}
	}
}
