// Package pgtest gives every test a Postgres database of its own.
//
// The server is the one TEST_DATABASE_URL names, whose user may create databases, or a private one
// that the first test of a process starts and that ends with the process.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/store/postgres/local"
)

// prefix begins the name of every database made here: prefix, owner in hex, "_", number.
const prefix = "huiyin_test_"

const timeout = 2 * time.Minute

// server is the server of this process. Its databases carry its owner number, under which it holds
// an advisory lock: databases whose owner's lock is free belong to a process that is gone.
type server struct {
	admin     string // URL of the database to give orders in
	owner     int64
	count     atomic.Int64
	templates sync.Map // name → func() (string, error), the database migrated once
	lock      *pgx.Conn
	local     *local.Server
}

// shared is started by the first test that needs it. It is the one thing tests of a process share.
var shared = sync.OnceValues(start)

// New gives the URL of a fresh, empty database, dropped when the test ends.
func New(t testing.TB) string {
	t.Helper()
	return fresh(t, "template1")
}

// Template gives the URL of a fresh copy of a database that migrate made ready, dropped when the
// test ends. migrate runs once per process and name, and must close its connections.
func Template(t testing.TB, name string, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	once, _ := s.templates.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		return s.migrated(migrate)
	}))
	database, err := once.(func() (string, error))()
	if err != nil {
		t.Fatalf("database template %q: %v", name, err)
	}
	return fresh(t, database)
}

func fresh(t testing.TB, template string) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.create(template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// FORCE: a test that leaks a connection is not to hold up the others.
		if err := s.exec("DROP DATABASE IF EXISTS " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.url(name)
}

func start() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s := &server{admin: os.Getenv("TEST_DATABASE_URL")}
	if s.admin == "" {
		var err error
		if s.local, err = local.Start(ctx, local.Options{}); err != nil {
			return nil, fmt.Errorf("a Postgres server for tests: %w", err)
		}
		s.admin = s.local.URL("")
	}
	if u, err := url.Parse(s.admin); err != nil || u.Scheme == "" {
		return nil, errors.New("TEST_DATABASE_URL has the form postgres://user:password@host:port/database")
	}
	var err error
	if s.lock, err = pgx.Connect(ctx, s.admin); err != nil {
		return nil, fmt.Errorf("connect to the Postgres server for tests: %w", err)
	}
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, fmt.Errorf("number of this test process: %w", err)
	}
	s.owner = int64(binary.BigEndian.Uint64(b[:]) >> 1) // not negative
	if _, err := s.lock.Exec(ctx, "SELECT pg_advisory_lock($1)", s.owner); err != nil {
		return nil, fmt.Errorf("mark the databases of this test process: %w", err)
	}
	if err := s.sweep(ctx); err != nil {
		return nil, fmt.Errorf("drop databases of former test processes: %w", err)
	}
	return s, nil
}

// sweep drops the databases of processes that are gone.
func (s *server) sweep(ctx context.Context) error {
	rows, err := s.lock.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		hex, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "_")
		owner, err := strconv.ParseInt(hex, 16, 64)
		if err != nil || owner == s.owner {
			continue
		}
		var free bool
		if err := s.lock.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", owner).Scan(&free); err != nil {
			return err
		}
		if !free {
			continue
		}
		if _, err := s.lock.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
		if _, err := s.lock.Exec(ctx, "SELECT pg_advisory_unlock($1)", owner); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) migrated(migrate func(ctx context.Context, url string) error) (string, error) {
	name, err := s.create("template1")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := migrate(ctx, s.url(name)); err != nil {
		return "", err
	}
	return name, nil
}

// create makes a database as a copy of another.
func (s *server) create(template string) (string, error) {
	name := fmt.Sprintf("%s%x_%d", prefix, s.owner, s.count.Add(1))
	err := s.exec("CREATE DATABASE " + pgx.Identifier{name}.Sanitize() + " TEMPLATE " + pgx.Identifier{template}.Sanitize())
	if err != nil {
		return "", fmt.Errorf("make the test's database: %w", err)
	}
	return name, nil
}

// exec gives the server one order over a connection of its own, so that tests run side by side.
func (s *server) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func (s *server) url(database string) string {
	u, _ := url.Parse(s.admin) // parsed before, in start
	u.Path = "/" + database
	return u.String()
}
