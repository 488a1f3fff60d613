package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// statements has Postgres count what it does. Statements within functions and triggers count as part of what caused them.
var statements = map[string]string{
	"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on",
}

// statement is what one statement took within a span.
type statement struct {
	text  string
	calls int64
	took  float64 // microseconds, of planning and execution
	wal   int64   // bytes
}

// spent gives what was counted since it was called last, or since the server began.
func spent(ctx context.Context, database string) (out []statement, err error) {
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		return nil, fmt.Errorf("ask what Postgres did: %w", err)
	}
	defer func() { _ = c.Close(ctx) }() // all was read
	if _, err = c.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
		return nil, fmt.Errorf("ask what Postgres did: %w", err)
	}
	rows, err := c.Query(ctx, `SELECT left(regexp_replace(query, '\s+', ' ', 'g'), 100), sum(calls)::bigint,
			sum(total_plan_time + total_exec_time) * 1000, sum(wal_bytes)::bigint
		FROM pg_stat_statements GROUP BY 1 ORDER BY 3 DESC LIMIT 40`)
	if err != nil {
		return nil, fmt.Errorf("ask what Postgres did: %w", err)
	}
	if out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (s statement, err error) {
		return s, r.Scan(&s.text, &s.calls, &s.took, &s.wal)
	}); err != nil {
		return nil, fmt.Errorf("ask what Postgres did: %w", err)
	}
	if _, err = c.Exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
		return nil, fmt.Errorf("ask what Postgres did: %w", err)
	}
	return out, nil
}
