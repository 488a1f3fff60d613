package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// listener remembers of each question the statements that were used, once each, with the arguments of one call.
type listener struct {
	mu   sync.Mutex
	now  string
	said []statement
	by   map[*pgx.Conn]any // who asks on a connection
	took map[string]*spent
}

type statement struct {
	question, sql string
	args          []any
	by            any
}

func (l *listener) start(question string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = question
}

var reads = regexp.MustCompile(`(?i)^(--[^\n]*\n\s*)*SELECT`)

// TraceQueryStart implements pgx.QueryTracer.
func (l *listener) TraceQueryStart(ctx context.Context, c *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	sql := strings.TrimSpace(d.SQL)
	first, _, _ := strings.Cut(sql, "\n")
	ctx = context.WithValue(ctx, called{}, call{first[:min(len(first), 60)], time.Now()})
	if strings.Contains(sql, "set_config('huiyin.officer'") {
		if l.by == nil {
			l.by = map[*pgx.Conn]any{}
		}
		l.by[c] = d.Args[0]
		return ctx
	}
	if !reads.MatchString(sql) || strings.Contains(sql, "clock_timestamp") || strings.Contains(sql, "write_case") {
		return ctx
	}
	most := 0
	for _, s := range l.said {
		if s.question == l.now {
			if s.sql == sql {
				return ctx
			}
			most++
		}
	}
	if most < 8 {
		l.said = append(l.said, statement{l.now, sql, d.Args, l.by[c]})
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (l *listener) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	c, ok := ctx.Value(called{}).(call)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.took == nil {
		l.took = map[string]*spent{}
	}
	s := l.took[c.what]
	if s == nil {
		s = &spent{}
		l.took[c.what] = s
	}
	s.calls++
	s.all += time.Since(c.began)
}

// called is the key of a call in a context.
type called struct{}

type call struct {
	what  string
	began time.Time
}

type spent struct {
	calls int
	all   time.Duration
}

// spent prints what each statement of the question took in all.
func (l *listener) spent(out io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for what, s := range l.took {
		say(out, "    %8s in %5d calls, %8s each: %s", s.all.Round(time.Millisecond), s.calls, (s.all / time.Duration(s.calls)).Round(time.Microsecond), what)
	}
	l.took = nil
}

// plans prints how the server answers each statement, asked in the desk's role by an officer.
func (m *measure) plans(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, m.f.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SET plan_cache_mode = force_custom_plan; SET jit = off"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range m.heard.said {
		if seen[s.sql] {
			continue
		}
		seen[s.sql] = true
		plan, err := explain(ctx, conn, "huiyin_desk", s.by, s.sql, s.args)
		if err != nil {
			return fmt.Errorf("explain %s: %w", s.sql, err)
		}
		say(m.out, "\n### %s\n\n```sql\n%s\n```\n```\n%s\n```", s.question, s.sql, plan)
	}
	if m.o.words == 0 {
		return nil
	}
	grams := cases.Query{Words: []string{"工资"}}.Grams()
	key := m.f.vault.wordKey("hr", m.f.now.Format("2006-01"))
	plan, err := explain(ctx, conn, "", m.f.officers["hr"][5].ID, `SELECT c.id FROM case_words w JOIN cases c ON c.id = w.case_id
		WHERE w.grams @> $1::integer[] AND may_know(c, officer_now(), 'hr', NULL, 'officer') ORDER BY c.filed_at DESC, c.id LIMIT 200`, []any{postgres.Blind(key, grams)})
	say(m.out, "\n### inside cases_with_words, for one month\n\n```\n%s\n```", plan)
	return err
}

func explain(ctx context.Context, conn *pgx.Conn, role string, officer any, sql string, args []any) (string, error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if role != "" {
		if _, err := tx.Exec(ctx, "SET LOCAL ROLE "+role); err != nil {
			return "", err
		}
	}
	if _, err := tx.Exec(ctx, "SELECT set_config('huiyin.officer', $1, true)", fmt.Sprint(officer)); err != nil {
		return "", err
	}
	rows, err := tx.Query(ctx, "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+sql, args...)
	if err != nil {
		return "", err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return strings.Join(lines, "\n"), err
}
