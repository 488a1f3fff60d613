package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrationLock is the advisory lock under which one process migrates at a time.
const migrationLock = 7_204_133_918_001

// Migration is one step of the schema.
type Migration struct {
	// Name is the file of one of ours, or "river/<number>".
	Name    string
	Applied bool
	// At is when it was applied; zero when it is not, or that is not known.
	At time.Time
}

// Migrate brings the database at url to the newest schema: ours, then River's. It may be repeated and
// may run in several processes at once.
func Migrate(ctx context.Context, url string) error {
	pool, err := migrationPool(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return safe("migrate", err)
	}
	defer lock.Release()
	if err := lockMigrations(ctx, lock); err != nil {
		return safe("migrate", err)
	}
	defer func() {
		_, _ = lock.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
	}()

	ours, err := provider(pool)
	if err != nil {
		return err
	}
	defer func() { _ = ours.Close() }()
	if _, err := ours.Up(ctx); err != nil {
		return safe("migrate", err)
	}
	theirs, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrate River: %w", err)
	}
	if _, err := theirs.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return safe("migrate River", err)
	}
	_, err = pool.Exec(ctx, grantJobs)
	return safe("grant River's tables", err)
}

// lockMigrations asks again and again instead of waiting in the server: CREATE INDEX CONCURRENTLY waits for every statement
// that runs, and one that waits for the lock of whoever makes the index would end in a deadlock.
func lockMigrations(ctx context.Context, conn *pgxpool.Conn) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var locked bool
		err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&locked)
		if err != nil || locked {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// grantJobs lets every role insert and work jobs, and read which migrations are applied. A job holds the number of a
// notice, a file or a case, and nothing else.
const grantJobs = `DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname LIKE 'river\_%' AND c.relname <> 'river_migration' AND c.relkind IN ('r', 'p') LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO huiyin_intake, huiyin_desk, huiyin_postman', name);
    END LOOP;
    FOR name IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname LIKE 'river\_%' AND c.relkind = 'S' LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %I TO huiyin_intake, huiyin_desk, huiyin_postman', name);
    END LOOP;
    GRANT SELECT ON goose_db_version, river_migration TO huiyin_intake, huiyin_desk, huiyin_postman;
END
$$`

// MigrationStatus lists every step of the schema at url in order, applied or not. It changes nothing.
func MigrationStatus(ctx context.Context, url string) ([]Migration, error) {
	pool, err := migrationPool(ctx, url)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	applied := map[int64]time.Time{}
	if err := collect(ctx, pool, "goose_db_version", "SELECT version_id, tstamp FROM goose_db_version WHERE is_applied", applied); err != nil {
		return nil, err
	}
	river := map[int64]time.Time{}
	if err := collect(ctx, pool, "river_migration", "SELECT version, created_at FROM river_migration", river); err != nil {
		return nil, err
	}
	ours, err := provider(pool)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ours.Close() }()
	var out []Migration
	for _, src := range ours.ListSources() {
		at, ok := applied[src.Version]
		out = append(out, Migration{Name: src.Path, Applied: ok, At: at})
	}
	theirs, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return nil, fmt.Errorf("migration status of River: %w", err)
	}
	for _, m := range slices.SortedFunc(slices.Values(theirs.AllVersions()), func(a, b rivermigrate.Migration) int { return a.Version - b.Version }) {
		at, ok := river[int64(m.Version)]
		out = append(out, Migration{Name: fmt.Sprintf("river/%03d", m.Version), Applied: ok, At: at})
	}
	return out, nil
}

// collect reads version numbers and times out of a table that may not exist yet.
func collect(ctx context.Context, pool *pgxpool.Pool, table, query string, into map[int64]time.Time) error {
	var exists bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", table).Scan(&exists); err != nil || !exists {
		return safe("migration status", err)
	}
	rows, err := pool.Query(ctx, query)
	if err != nil {
		return safe("migration status", err)
	}
	var version int64
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&version, &at}, func() error {
		into[version] = at.UTC()
		return nil
	})
	return safe("migration status", err)
}

func provider(pool *pgxpool.Pool) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDBFromPool(pool), files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}

func migrationPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("migrate: the database URL cannot be read") // err repeats it
	}
	cfg.MaxConns = 4 // one holds the lock
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	return pool, safe("migrate", err)
}
