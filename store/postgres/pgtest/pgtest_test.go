package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exists(t *testing.T, name string) bool {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	var there bool
	err = connect(t, s.admin).QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err != nil {
		t.Fatal(err)
	}
	return there
}

func databaseOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func TestNewIsEmptyAndOwn(t *testing.T) {
	t.Parallel()
	var names []string
	t.Run("two tests", func(t *testing.T) {
		for range 2 {
			t.Run("one", func(t *testing.T) {
				u := New(t)
				names = append(names, databaseOf(t, u))
				// The same table in both: they would clash if they shared a database. The
				// connection is still open when the database is dropped.
				if _, err := connect(t, u).Exec(t.Context(), "CREATE TABLE t (n int)"); err != nil {
					t.Error(err)
				}
			})
		}
	})
	if len(names) != 2 || names[0] == names[1] {
		t.Fatalf("databases %q, want two", names)
	}
	for _, name := range names {
		if exists(t, name) {
			t.Errorf("%s outlives its test", name)
		}
	}
}

func TestTemplateIsMigratedOnce(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	migrate := func(ctx context.Context, url string) error {
		runs.Add(1)
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
		return err
	}
	t.Run("group", func(t *testing.T) {
		for range 4 {
			t.Run("copy", func(t *testing.T) {
				t.Parallel()
				conn := connect(t, Template(t, "migrated once", migrate))
				var n int
				// Counting after a row of one's own: 2 unless another copy's row is seen.
				if _, err := conn.Exec(t.Context(), "INSERT INTO t VALUES (2)"); err != nil {
					t.Fatal(err)
				}
				if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != 2 {
					t.Errorf("count = %d, %v, want 2", n, err)
				}
			})
		}
	})
	if got := runs.Load(); got != 1 {
		t.Errorf("migrated %d times, want once", got)
	}
}

func TestMigrateFails(t *testing.T) {
	t.Parallel()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	want := errors.New("no such column")
	if _, err := s.migrated(func(context.Context, string) error { return want }); !errors.Is(err, want) {
		t.Errorf("migrated = %v, want %v", err, want)
	}
}

func TestSweepDropsWhatNobodyOwns(t *testing.T) {
	t.Parallel()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	mine := databaseOf(t, New(t))
	// Numbers that no process draws: they are drawn from 63 random bits.
	stale, held := fmt.Sprintf("%s%x_1", prefix, 1), fmt.Sprintf("%s%x_1", prefix, 2)
	for _, name := range []string{stale, held} {
		if err := s.exec("CREATE DATABASE " + name); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.exec("DROP DATABASE IF EXISTS " + name); err != nil {
				t.Error(err)
			}
		})
	}
	other := connect(t, s.admin)
	if _, err := other.Exec(t.Context(), "SELECT pg_advisory_lock(2)"); err != nil {
		t.Fatal(err)
	}
	sweeper := &server{owner: s.owner, lock: connect(t, s.admin)}
	if err := sweeper.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{mine: true, held: true, stale: false} {
		if got := exists(t, name); got != want {
			t.Errorf("%s is there: %v, want %v", name, got, want)
		}
	}
}
