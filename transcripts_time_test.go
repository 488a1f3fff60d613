package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// pass moves the date of a clock of the newest case, or what its leaders were given to answer, into the past, and lets the
// house do what time asks for.
func (s *stage) pass(what string) error {
	if err := s.move(what, time.Now().Add(-time.Second).UTC()); err != nil {
		return err
	}
	return s.tick()
}

// days lets so many days go by since the newest case that ended came to its end.
func (s *stage) days(n string) error {
	err := s.beside(func(ctx context.Context, db *pgx.Conn) error {
		_, err := db.Exec(ctx, `UPDATE cases SET ended_at = now() - make_interval(days => $1::text::int, mins => 1), wake_at = now() - interval '1 second'
			WHERE id = (SELECT id FROM cases WHERE ended_at IS NOT NULL ORDER BY filed_at DESC LIMIT 1)`, n)
		return err
	})
	if err != nil {
		return err
	}
	return s.tick()
}

// tick lets the house do what time asks for.
func (s *stage) tick() error {
	return s.later(func(ctx context.Context, store *postgres.Store) error {
		_, err := store.Tick(ctx)
		return err
	})
}

// today moves the date of a clock of the newest case to the end of this day.
func (s *stage) today(what string) error {
	return s.move(what, cases.DateOf(time.Now(), s.names.today.Location()).End(s.names.today.Location()))
}

// digests lets the time come at which officers want their digest.
func (s *stage) digests() error {
	err := s.beside(func(ctx context.Context, db *pgx.Conn) error {
		_, err := db.Exec(ctx, "UPDATE digests SET next_at = clock_timestamp() WHERE next_at IS NOT NULL")
		return err
	})
	if err != nil {
		return err
	}
	return s.later(func(ctx context.Context, store *postgres.Store) error {
		_, err := store.CallDigests(ctx)
		return err
	})
}

// move gives a clock of the newest case another date.
func (s *stage) move(what string, to time.Time) error {
	return s.beside(func(ctx context.Context, db *pgx.Conn) error {
		var id string
		var clocks, work []byte
		if err := db.QueryRow(ctx, "SELECT id, clocks, work FROM cases ORDER BY filed_at DESC LIMIT 1").Scan(&id, &clocks, &work); err != nil {
			return err
		}
		var list []cases.Clock
		if err := json.Unmarshal(clocks, &list); err != nil {
			return err
		}
		var next *time.Time
		for i := range list {
			if list[i].Name == what && list[i].Met.IsZero() && list[i].Over.IsZero() {
				list[i].Due, list[i].Remind, next = to, time.Time{}, &to
			}
		}
		var progress cases.Work
		if err := json.Unmarshal(work, &progress); err != nil {
			return err
		}
		if what == "unanswered" {
			progress.Major.Until = to
		}
		var err error
		if clocks, err = json.Marshal(list); err != nil {
			return err
		}
		if work, err = json.Marshal(progress); err != nil {
			return err
		}
		_, err = db.Exec(ctx, "UPDATE cases SET clocks = $2, work = $3, wake_at = $4, next_due = least($5, next_due) WHERE id = $1", id, clocks, work, to, next)
		return err
	})
}

// beside lends a connection to the house's database.
func (s *stage) beside(use func(context.Context, *pgx.Conn) error) error {
	ctx := s.t.Context()
	db, err := pgx.Connect(ctx, s.house.settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(ctx) }() // the database is dropped next
	return use(ctx, db)
}

// later lends a store that does what the house does when time has passed.
func (s *stage) later(use func(context.Context, *postgres.Store) error) error {
	files := s.house.settings.loaded
	opts := storeOptions(files.config, files.zone)
	opts.Quiet, opts.OfficeHours = cases.Quiet{}, cases.Hours{}
	ctx := s.t.Context()
	store, err := postgres.Open(ctx, s.house.settings.DatabaseURL, vault{keys: s.house.keys}, opts)
	if err != nil {
		return err
	}
	defer store.Close()
	return use(ctx, store)
}

// linksRunOut lets the time of every link by which a colleague may join pass.
func (s *stage) linksRunOut() error {
	return s.beside(func(ctx context.Context, db *pgx.Conn) error {
		_, err := db.Exec(ctx, "UPDATE join_links SET expires_at = clock_timestamp()")
		return err
	})
}
