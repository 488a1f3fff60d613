package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// mostTags is how many of the most used tags are given.
const mostTags = 24

// CasesByIDs gives those of some cases that an officer may know of, in the order of the ids.
func (o Officers) CasesByIDs(ctx context.Context, by cases.Actor, ids []string) (out []cases.Case, err error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !validID(id) })
	if len(ids) == 0 {
		return nil, nil
	}
	s := o.Store
	err = s.look(ctx, "read cases", by, func(ctx context.Context, tx pgx.Tx) error {
		out, err = s.casesByIDs(ctx, tx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(c cases.Case) bool { return cases.Can(by, cases.List, c) != nil }), nil
}

// Tags gives the tags of an officer's department, for an admin those of all that admins may know of, the most used first.
func (o Officers) Tags(ctx context.Context, by cases.Actor) (out []string, err error) {
	if !by.Role.Placed() && by.Role != cases.RoleAdmin {
		return nil, nil
	}
	s := o.Store
	err = s.browse(ctx, "read tags", by, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := s.q.MostUsedTags(ctx, tx, int64(by.Officer), by.Department, by.Role == cases.RoleAdmin, mostTags)
		for _, r := range rows {
			out = append(out, r.Tag)
		}
		return err
	})
	return out, err
}

// PutAside takes a case that an officer may know of out of that officer's lists until an instant. It stays in them all
// the same while it is in danger or overdue. An instant that has passed, or none, brings it back. Error: NotFound.
func (o Officers) PutAside(ctx context.Context, by cases.Actor, ref cases.Reference, until time.Time) (c cases.Case, err error) {
	s := o.Store
	err = s.transact(ctx, "put a case aside", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		row, err := s.q.CaseByRef(ctx, tx, string(ref))
		if err != nil {
			return err
		}
		if _, c, err = s.seen(ctx, tx, by, row.ID); err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.q.ForgetAside(ctx, tx, int64(by.Officer), now); err != nil {
			return err
		}
		if !until.After(now) {
			return s.q.TakeUp(ctx, tx, int64(by.Officer), c.ID)
		}
		return s.q.PutAside(ctx, tx, int64(by.Officer), c.ID, until)
	})
	if err != nil {
		return cases.Case{}, err
	}
	return c, nil
}

// Aside says until when an officer has put a case aside; zero when they have not.
func (o Officers) Aside(ctx context.Context, by cases.Actor, caseID string) (until time.Time, err error) {
	if !validID(caseID) {
		return time.Time{}, nil
	}
	s := o.Store
	err = s.look(ctx, "read what is put aside", by, func(ctx context.Context, tx pgx.Tx) error {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		until, err = s.q.AsideUntil(ctx, tx, int64(by.Officer), caseID, now)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		until = until.UTC()
		return err
	})
	return until, err
}

// called tells a colleague whom a note calls, if they may read the case now.
func (s *Store) called(ctx context.Context, tx pgx.Tx, c cases.Case, id cases.OfficerID, add func(cases.Recipient, cases.OfficerID) error) error {
	row, err := s.q.OfficerByID(ctx, tx, int64(id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if o := officer(row); o.Revoked || cases.Can(o.Actor(), cases.Open, c) != nil {
		return nil
	}
	return add(cases.ToOfficer, id)
}
