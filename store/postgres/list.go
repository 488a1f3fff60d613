package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// List gives one page of the cases an officer may know of, the most urgent first: urgent, then by the
// date owed next, then by filing. page counts from 0; size is held between 1 and 100. total counts
// all pages up to cases.MostCounted, and is one more when there are more. Error: NotFound for who is no officer.
func (s *Store) List(ctx context.Context, by cases.Actor, f cases.Filter, page, size int) (items []cases.Case, total int, err error) {
	if by.Party != cases.Office || by.Officer == 0 {
		return nil, 0, notFound()
	}
	err = s.browse(ctx, "list cases", by, func(ctx context.Context, tx pgx.Tx) error {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		ids, err := inOrder(ctx, tx, queueOrder, arms(by), narrowed(by, f, now))
		if err != nil {
			return err
		}
		total = len(ids)
		items, err = s.casesByIDs(ctx, tx, cut(ids, page, size))
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return items, total, nil
}

// cut gives one page of what is in order.
func cut(ids []string, page, size int) []string {
	size = min(max(size, 1), 100)
	from := min(max(page, 0), cases.MostCounted) * size
	return ids[min(from, len(ids)):min(from+size, len(ids))]
}

// casesByIDs reads cases in the order of their ids; one that was put out of sight meanwhile is left out.
func (s *Store) casesByIDs(ctx context.Context, tx pgx.Tx, ids []string) ([]cases.Case, error) {
	rows, err := s.q.CasesByIDs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	items, err := casesOf(rows)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(items, func(a, b cases.Case) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	each := make([]*cases.Case, len(items))
	for i := range items {
		each[i] = &items[i]
	}
	return items, s.asKnown(ctx, tx, each...)
}

// The orders of lists. The indexes of migration 00020 have the same.
const (
	queueOrder  = "urgent DESC, next_due ASC NULLS LAST, filed_at, id"
	newestOrder = "filed_at DESC, id"
)

// clauses are conditions on cases c, joined by AND, and what their names stand for. They are constants of the program;
// what people type is in args only.
type clauses struct {
	where []string
	args  pgx.NamedArgs
}

func (c *clauses) add(where string) { c.where = append(c.where, where) }

func (c *clauses) set(where, name string, value any) {
	c.add(where)
	c.args[name] = value
}

// arms are the ways in which a case may be an officer's to know of, each with an index of its own: one condition with OR
// in it has none. No case is in two of them. Together they say what cases.Can(by, cases.List, c) does; a test compares
// them. The row policy says it again, so an arm that was too wide would show nothing more.
func arms(by cases.Actor) []clauses {
	arm := func(where ...string) clauses {
		return clauses{where: where, args: pgx.NamedArgs{"officer": int64(by.Officer), "own": by.Department}}
	}
	const guest = "c.id IN (SELECT cases_with_guest())"
	switch by.Role {
	case cases.RoleAdmin:
		return []clauses{arm("NOT c.restricted")}
	case cases.RoleCustodian:
		return []clauses{arm("c.custody_what <> '' AND c.custody_until IS NULL AND c.custody_by <> @officer::bigint")}
	case cases.RoleLeader:
		if by.Department == "" {
			return []clauses{arm("c.watched AND NOT c.restricted"), arm(guest, "NOT (c.watched AND NOT c.restricted)")}
		}
		return []clauses{
			arm("c.watched AND c.department = @own::text"), arm(guest, "NOT (c.watched AND c.department = @own::text)"),
		}
	case cases.RoleOfficer, cases.RoleLead:
		return []clauses{
			arm("c.department = @own::text"),
			arm("c.transfer_to <> '' AND c.transfer_to = @own::text", "c.department <> @own::text"),
			arm(guest, "c.transfer_to <> @own::text", "c.department <> @own::text"),
		}
	}
	return []clauses{arm(guest)}
}

// narrowed is what a filter asks, and what is asked of every list.
func narrowed(by cases.Actor, f cases.Filter, now time.Time) clauses {
	c := clauses{args: pgx.NamedArgs{}}
	c.set("NOT c.unqueued AND NOT c.shredded AND NOT @officer::bigint = ANY (c.recused)", "officer", int64(by.Officer))
	if f.Open {
		c.add("c.ended_at IS NULL")
	}
	if f.Department != "" {
		c.set("c.department = @department::text", "department", f.Department)
	}
	if f.Kind != "" {
		c.set("c.kind = @kind::text", "kind", f.Kind)
	}
	if f.Status != "" {
		c.set("c.status = @status::text", "status", string(f.Status))
	}
	switch f.Owner {
	case cases.OwnedByMe:
		c.add("c.owner = @officer::bigint")
	case cases.OwnedByNobody:
		// What is offered to a department is not yet for it to take.
		c.set("c.owner IS NULL AND (c.transfer_to = '' OR c.transfer_to <> @own::text)", "own", by.Department)
	case cases.OfferedToUs:
		c.set("c.transfer_to <> '' AND c.transfer_to = @own::text", "own", by.Department)
	}
	if f.Of != 0 {
		c.set("c.owner = @of::bigint", "of", int64(f.Of))
	}
	switch f.Due {
	case cases.DueOverdue:
		c.set("c.next_due < @due_to::timestamptz", "due_to", now)
	case cases.DueSoon:
		c.set("c.next_due < @due_to::timestamptz", "due_to", now.Add(cases.Soon))
	}
	if f.Due != cases.DueAnyTime {
		c.add("c.ended_at IS NULL") // what has ended owes nothing
	}
	if f.Tag != "" {
		c.set("c.tags <> '{}' AND c.tags @> ARRAY[@tag::text]", "tag", f.Tag)
	}
	if f.Awake {
		c.set(`(c.urgent OR c.next_due < @at::timestamptz OR NOT EXISTS (SELECT FROM snoozes z
			WHERE z.case_id = c.id AND z.officer = @officer::bigint AND z.until > @at::timestamptz))`, "at", now)
	}
	if f.MinAge > 0 {
		c.set("c.filed_at <= @filed_to::timestamptz", "filed_to", now.Add(-f.MinAge))
	}
	return c
}

// inOrder gives the ids of the first cases that fit one of the arms and all of the rest, at most one more than are counted.
func inOrder(ctx context.Context, tx pgx.Tx, order string, arms []clauses, rest clauses) ([]string, error) {
	sql, args := statement(order, arms, rest)
	rows, err := tx.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func statement(order string, arms []clauses, rest clauses) (sql string, args pgx.NamedArgs) {
	args = pgx.NamedArgs{}
	var parts []string
	for _, arm := range arms {
		for _, from := range []pgx.NamedArgs{arm.args, rest.args} {
			for name, value := range from {
				args[name] = value
			}
		}
		where := strings.Join(append(slices.Clone(arm.where), rest.where...), " AND ")
		parts = append(parts, fmt.Sprintf("(SELECT c.id, c.urgent, c.next_due, c.filed_at FROM cases c WHERE %s ORDER BY %s LIMIT %d)",
			where, order, cases.MostCounted+1))
	}
	return fmt.Sprintf("-- name: List :many\nSELECT id FROM (%s) listed ORDER BY %s LIMIT %d",
		strings.Join(parts, " UNION ALL "), order, cases.MostCounted+1), args
}
