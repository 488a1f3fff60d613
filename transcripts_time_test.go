package main

import (
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/postgres"
)

// pass moves the date of a clock of the newest case, or what its leaders were given to answer, into the past, and lets the
// house do what time asks for.
func (s *stage) pass(what string) error {
	ctx := s.t.Context()
	db, err := pgx.Connect(ctx, s.house.settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(ctx) }() // the database is dropped next
	var id string
	var clocks, work []byte
	if err := db.QueryRow(ctx, "SELECT id, clocks, work FROM cases ORDER BY filed_at DESC LIMIT 1").Scan(&id, &clocks, &work); err != nil {
		return err
	}
	past := time.Now().Add(-time.Second).UTC()
	var list []cases.Clock
	if err := json.Unmarshal(clocks, &list); err != nil {
		return err
	}
	for i := range list {
		if list[i].Name == what && list[i].Met.IsZero() && list[i].Over.IsZero() {
			list[i].Due, list[i].Remind = past, time.Time{}
		}
	}
	var progress cases.Work
	if err := json.Unmarshal(work, &progress); err != nil {
		return err
	}
	if what == "unanswered" {
		progress.Major.Until = past
	}
	if clocks, err = json.Marshal(list); err != nil {
		return err
	}
	if work, err = json.Marshal(progress); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, "UPDATE cases SET clocks = $2, work = $3, wake_at = $4 WHERE id = $1", id, clocks, work, past); err != nil {
		return err
	}
	return s.tick()
}

// days lets so many days go by since the newest case came to its end.
func (s *stage) days(n string) error {
	ctx := s.t.Context()
	db, err := pgx.Connect(ctx, s.house.settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(ctx) }() // the database is dropped next
	_, err = db.Exec(ctx, `UPDATE cases SET ended_at = now() - make_interval(days => $1::text::int, mins => 1), wake_at = now() - interval '1 second'
		WHERE id = (SELECT id FROM cases WHERE ended_at IS NOT NULL ORDER BY filed_at DESC LIMIT 1)`, n)
	if err != nil {
		return err
	}
	return s.tick()
}

// tick lets the house do what time asks for.
func (s *stage) tick() error {
	ctx := s.t.Context()
	c, err := configs.Load("")
	if err != nil {
		return err
	}
	zone, err := c.Org.Location()
	if err != nil {
		return err
	}
	opts := storeOptions(c, zone)
	opts.Quiet, opts.OfficeHours = cases.Quiet{}, cases.Hours{}
	store, err := postgres.Open(ctx, s.house.settings.DatabaseURL, vault{keys: s.house.keys}, opts)
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = store.Tick(ctx)
	return err
}
