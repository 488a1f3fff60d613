package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// keptFrom are the officers who worked the case that a filing comes after, nobody for one that comes after none. Error:
// NotFound.
func (s *Store) keptFrom(ctx context.Context, tx pgx.Tx, after string) ([]cases.OfficerID, error) {
	if after == "" {
		return nil, nil
	}
	if !validID(after) {
		return nil, notFound()
	}
	row, err := s.q.CaseByID(ctx, tx, after)
	if err != nil {
		return nil, err
	}
	c, err := caseOf(row)
	if err != nil {
		return nil, err
	}
	events, err := s.history(ctx, tx, after)
	if err != nil {
		return nil, err
	}
	return c.Hands(events), nil
}

// linkAfter links a new case to the one it comes after; no event for one that comes after none.
func linkAfter(c *cases.Case, after string, at time.Time) ([]cases.Event, error) {
	if after == "" {
		return nil, nil
	}
	e, err := c.Do(cases.Act{
		Action: cases.LinkTo, By: cases.Actor{Party: cases.System}, Key: "after", Other: after, Code: "retaliation",
	}, cases.Rules{}, at)
	return []cases.Event{e}, err
}

// union is all of both, in ascending order.
func union(a, b []cases.OfficerID) []cases.OfficerID {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}
