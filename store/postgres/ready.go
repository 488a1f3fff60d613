package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// ErrBehind: the database lacks a migration that this program needs.
var ErrBehind = errors.New("the database is behind the program")

// Ready says whether the database answers in the store's role and has every migration that this program needs. Errors:
// ErrBehind; Away. A database that is ahead is no error: so a new program is rolled out beside an old one.
func (s *Store) Ready(ctx context.Context) error {
	need, err := needed()
	if err != nil {
		return err
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var whole bool
	err = s.pool.QueryRow(ctx, `-- name: Ready :one
SELECT (SELECT count(DISTINCT version_id) FROM goose_db_version WHERE is_applied AND version_id = ANY ($1::bigint[])) = cardinality($1::bigint[])
	AND (SELECT count(DISTINCT version) FROM river_migration WHERE version = ANY ($2::bigint[])) = cardinality($2::bigint[])`,
		need.ours, need.rivers).Scan(&whole)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "42P01": // not even the lists of migrations are there
		return ErrBehind
	case err != nil:
		return safe("look whether the database is ready", err)
	case !whole:
		return ErrBehind
	}
	return nil
}

type versions struct{ ours, rivers []int64 }

// needed are the numbers of this program's migrations. They are read once: somebody asks every few seconds.
var needed = sync.OnceValues(func() (versions, error) {
	var v versions
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return v, fmt.Errorf("migrations: %w", err)
	}
	for _, f := range files {
		n, err := goose.NumericComponent(f.Name())
		if err != nil {
			return v, fmt.Errorf("migrations: %w", err)
		}
		v.ours = append(v.ours, n)
	}
	theirs, err := rivermigrate.New(riverpgxv5.New((*pgxpool.Pool)(nil)), nil) // their list needs no database
	if err != nil {
		return v, fmt.Errorf("migrations of River: %w", err)
	}
	for _, m := range theirs.AllVersions() {
		v.rivers = append(v.rivers, int64(m.Version))
	}
	return v, nil
})
