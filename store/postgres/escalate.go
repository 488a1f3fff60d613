package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// staff is whom the house can turn to now.
func (s *Store) staff(ctx context.Context, tx pgx.Tx) (cases.Staff, error) {
	rows, err := s.q.ActiveOfficers(ctx, tx, "")
	if err != nil {
		return cases.Staff{}, err
	}
	staff := cases.Staff{Major: s.opts.Major}
	now, err := s.now(ctx, tx)
	for _, r := range rows {
		o := officer(r)
		staff.Officers = append(staff.Officers, o)
		if o.Away(now) {
			staff.Away = append(staff.Away, o.ID)
		}
	}
	return staff, err
}

// staffed completes an act with the people it concerns.
func (s *Store) staffed(ctx context.Context, tx pgx.Tx, c cases.Case, a cases.Act, now time.Time) (cases.Act, error) {
	if !a.NeedsStaff() {
		return a, nil
	}
	staff, err := s.staff(ctx, tx)
	if err != nil {
		return a, err
	}
	return c.Staffed(a, staff, now), nil
}

// follows does what the system does at once because of an event, and because of what it did; c is the case after the event.
// now is the hour, at how it is dated; key opens what both sides of a mediation agree to.
func (s *Store) follows(ctx context.Context, tx pgx.Tx, c *cases.Case, e cases.Event, now, at time.Time, key func() (CaseKey, error)) (events []cases.Event, err error) {
	rules := s.rules(c.Procedure)
	for last := []cases.Event{e}; len(last) > 0; last = last[1:] {
		if next, ok := cases.Follow(*c, last[0]); ok {
			if next.Action == cases.Settle {
				if next.Body, err = s.settlement(ctx, tx, *c, key); err != nil {
					return nil, err
				}
			}
			done, err := c.Do(next, rules, at)
			if err != nil {
				return nil, err
			}
			events, last = append(events, done), append(last, done)
		}
		if !cases.MayEscalate(last[0]) {
			continue
		}
		staff, err := s.staff(ctx, tx)
		if err != nil {
			return nil, err
		}
		if next, ok := cases.Escalate(*c, last[0], staff, now); ok {
			done, err := c.Do(next, rules, at)
			if err != nil {
				return nil, err
			}
			events, last = append(events, done), append(last, done)
		}
	}
	return events, nil
}
