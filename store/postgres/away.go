package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// SetAway says until when an officer is away and who stands in, 0 for nobody; a zero until says that they are back.
// Errors: NotAllowed by cases.MaySetAway; NotFound, also for a deputy who may not stand in; Incomplete for a time that is over.
func (s *Store) SetAway(ctx context.Context, by cases.Actor, id cases.OfficerID, until time.Time, deputy cases.OfficerID) error {
	return s.ofOfficer(ctx, "say who is away", by, id, func(ctx context.Context, tx pgx.Tx, o cases.Officer) (int64, error) {
		now, err := s.now(ctx, tx)
		if err != nil {
			return 0, err
		}
		if until.IsZero() {
			deputy = 0
		} else if !until.After(now) {
			return 0, &cases.Error{Code: cases.Incomplete, Detail: "away: until"}
		}
		if deputy != 0 {
			d, err := s.q.OfficerByID(ctx, tx, int64(deputy))
			if err != nil {
				return 0, err
			}
			if !officer(d).MayStandIn(o) {
				return 0, notFound()
			}
		}
		return s.q.SetAway(ctx, tx, timeRow(until), officerRow(deputy), int64(id))
	})
}

// SetSkills says what an officer is good at. Errors: NotAllowed by cases.MaySetAway; NotFound.
func (s *Store) SetSkills(ctx context.Context, by cases.Actor, id cases.OfficerID, skills []string) error {
	skills = append([]string{}, skills...)
	slices.Sort(skills)
	skills = slices.Compact(skills)
	return s.ofOfficer(ctx, "say what an officer is good at", by, id, func(ctx context.Context, tx pgx.Tx, _ cases.Officer) (int64, error) {
		return s.q.SetSkills(ctx, tx, skills, int64(id))
	})
}

// ofOfficer changes what an officer or their lead may say of them.
func (s *Store) ofOfficer(ctx context.Context, doing string, by cases.Actor, id cases.OfficerID, do func(context.Context, pgx.Tx, cases.Officer) (int64, error)) error {
	return s.transact(ctx, doing, func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		row, err := s.q.OfficerByID(ctx, tx, int64(id))
		if err != nil {
			return err
		}
		o := officer(row)
		if err := cases.MaySetAway(by, o); err != nil {
			return err
		}
		n, err := do(ctx, tx, o)
		if err == nil && n == 0 {
			err = notFound()
		}
		return err
	})
}

// Loads gives what the officers of a department carry, as far as by may know of the cases. Who carries nothing is left
// out. Error: NotFound for whom that department is nothing to (cases.MaySeeLoads).
func (s *Store) Loads(ctx context.Context, by cases.Actor, department string) (map[cases.OfficerID]cases.Load, error) {
	if err := cases.MaySeeLoads(by, department); err != nil {
		return nil, err
	}
	out := map[cases.OfficerID]cases.Load{}
	err := s.browse(ctx, "look who carries what", by, func(ctx context.Context, tx pgx.Tx) error {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := s.q.Loads(ctx, tx, now, department, int64(by.Officer))
		for _, r := range rows {
			out[officerOf(r.Owner)] = cases.Load{Open: int(r.Open), Overdue: int(r.Overdue), Unread: int(r.Unread)}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit refuses to make somebody the owner of more open cases than one may have. The case is not stored yet, so it is not
// among those counted.
func (s *Store) admit(ctx context.Context, tx pgx.Tx, a cases.Act, before, c cases.Case) error {
	owner := cases.Burdened(a.By, before, c)
	if s.opts.Limits.OpenCases == 0 || owner == 0 {
		return nil
	}
	if err := s.q.LockLoad(ctx, tx, int64(owner)); err != nil {
		return err
	}
	n, err := s.q.OpenCases(ctx, tx, int64(owner))
	if err != nil {
		return err
	}
	return s.opts.Limits.Admits(a, int(n))
}

// standIn says on a case whether an officer stands in for its owner now.
func (s *Store) standIn(ctx context.Context, tx pgx.Tx, by cases.Actor, c *cases.Case) error {
	if by.Party != cases.Office || !by.Role.Placed() || c.Owner == 0 || c.Owner == by.Officer {
		return nil
	}
	row, err := s.q.OfficerByID(ctx, tx, int64(c.Owner))
	if err != nil {
		return err
	}
	if owner := officer(row); owner.Deputy == by.Officer {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if owner.Away(now) {
			c.Deputy = owner.Deputy
		}
	}
	return nil
}

// deputise tells of an event whoever stands in for an owner who is away, if the case is for their eyes.
func (s *Store) deputise(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, now time.Time, add func(cases.Recipient, cases.OfficerID) error) error {
	row, err := s.q.OfficerByID(ctx, tx, int64(c.Owner))
	if err != nil {
		return err
	}
	owner := officer(row)
	if owner.Deputy == 0 || owner.Deputy == e.By.Officer || !owner.Away(now) {
		return nil
	}
	row, err = s.q.OfficerByID(ctx, tx, int64(owner.Deputy))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if d := officer(row); err != nil || !d.MayStandIn(owner) || !d.Can(cases.List, c) {
		return err
	}
	return add(cases.ToOfficer, owner.Deputy)
}
