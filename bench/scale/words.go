package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// fillWords keeps the words of what was filed; those of later events would add a third.
func (f *filler) fillWords(ctx context.Context, conn *pgx.Conn) error {
	if !f.words {
		return nil
	}
	return copyInto(ctx, conn, "case_words", []string{"case_id", "grams"}, f.n, func(i int) ([][]any, error) {
		at := f.byFiling[i]
		m := &f.made[at]
		if m.restricted {
			return nil, nil
		}
		b := f.filing(int(at))
		key := f.vault.wordKey(departments[m.department].id, m.filed.UTC().Format("2006-01"))
		return [][]any{{m.id, postgres.Blind(key, cases.Grams(&b))}}, nil
	})
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
