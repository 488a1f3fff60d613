package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// fillWords keeps the words of what was filed; those of later events would add a third.
func (f *filler) fillWords(ctx context.Context, conn *pgx.Conn) error {
	if f.words == 0 {
		return nil
	}
	return copyInto(ctx, conn, "case_words", []string{"case_id", "kind", "grams"}, f.n, func(i int) ([][]any, error) {
		if i < f.n-f.words {
			return nil, nil
		}
		at := f.byFiling[i]
		m := &f.made[at]
		if m.restricted {
			return nil, nil
		}
		key := f.vault.wordKey(departments[m.department].id, m.filed.UTC().Format("2006-01"))
		return [][]any{{m.id, m.kind, postgres.Blind(key, f.filings[int(at)%filings].grams)}}, nil
	})
}

// recall reads from a filled database what the questions are made of.
func (f *filler) recall(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, f.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	f.officers = map[string][]cases.Officer{}
	rows, err := conn.Query(ctx, "SELECT id, role, department::text FROM officers ORDER BY id")
	if err != nil {
		return err
	}
	var o cases.Officer
	if _, err := pgx.ForEachRow(rows, []any{&o.ID, &o.Role, &o.Department}, func() error {
		f.officers[o.Department] = append(f.officers[o.Department], o)
		return nil
	}); err != nil {
		return err
	}
	if rows, err = conn.Query(ctx, "SELECT ref, department::text FROM cases ORDER BY id"); err != nil {
		return err
	}
	var m made
	var at string
	if _, err := pgx.ForEachRow(rows, []any{&m.ref, &at}, func() error {
		m.department = uint8(slices.IndexFunc(departments, func(d department) bool { return d.id == at }))
		f.made = append(f.made, m)
		return nil
	}); err != nil {
		return err
	}
	f.n = len(f.made)
	return conn.QueryRow(ctx, "SELECT count(*) FROM events").Scan(&f.events)
}

// sizes tells how big the tables and their indexes are.
func (f *filler) sizes(ctx context.Context) (string, error) {
	conn, err := pgx.Connect(ctx, f.url)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, `SELECT relname::text, pg_size_pretty(pg_table_size(oid)), pg_size_pretty(pg_indexes_size(oid))
		FROM pg_class WHERE relname IN ('cases', 'events', 'notices', 'case_words') ORDER BY relname`)
	if err != nil {
		return "", err
	}
	out := []string{"| table | rows | indexes |", "| --- | --- | --- |"}
	var name, table, indexes string
	_, err = pgx.ForEachRow(rows, []any{&name, &table, &indexes}, func() error {
		out = append(out, fmt.Sprintf("| %s | %s | %s |", name, table, indexes))
		return nil
	})
	return strings.Join(out, "\n"), err
}
