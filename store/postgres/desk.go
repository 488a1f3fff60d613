package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Officers reads as an officer: every method says who asks, and the database shows what that officer may know of.
type Officers struct{ *Store }

// Desk is the store as officers read it.
func (s *Store) Desk() Officers { return Officers{s} }

// How statements are planned: once for each connection, each time for its values, or as Postgres finds cheaper. The row policies make a plan that costs
// several times what a statement does that goes by a key; but departments differ in size, and a list that is planned for any
// of them is read the wrong way for some.
const (
	plannedOnce     = "force_generic_plan"
	plannedAnew     = "force_custom_plan"
	plannedAsItPays = "auto"
)

// as says to the database who asks in the rest of a transaction. Nobody but an officer is told apart.
func (s *Store) as(ctx context.Context, tx pgx.Tx, by cases.Actor) error {
	return s.asPlanned(ctx, tx, by, plannedOnce)
}

func (s *Store) asPlanned(ctx context.Context, tx pgx.Tx, by cases.Actor, plans string) error {
	if by.Party != cases.Office {
		return nil
	}
	return s.q.SetOfficer(ctx, tx, strconv.FormatInt(int64(by.Officer), 10), plans)
}

// look reads in a transaction of an officer's.
func (s *Store) look(ctx context.Context, doing string, by cases.Actor, read func(ctx context.Context, tx pgx.Tx) error) error {
	return s.lookPlanned(ctx, doing, by, plannedOnce, read)
}

// browse is look for what is not found by a key: lists, searches and counts.
func (s *Store) browse(ctx context.Context, doing string, by cases.Actor, read func(ctx context.Context, tx pgx.Tx) error) error {
	return s.lookPlanned(ctx, doing, by, plannedAnew, read)
}

func (s *Store) lookPlanned(ctx context.Context, doing string, by cases.Actor, plans string, read func(ctx context.Context, tx pgx.Tx) error) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return safe(doing, pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := s.asPlanned(ctx, tx, by, plans); err != nil {
			return err
		}
		return read(ctx, tx)
	}))
}

// seen reads a case that an officer may know of, as the office may know it; otherwise the error is NotFound.
func (s *Store) seen(ctx context.Context, tx pgx.Tx, by cases.Actor, id string) (db.Case, cases.Case, error) {
	row, err := s.caseRow(ctx, tx, id)
	if err != nil {
		return row, cases.Case{}, err
	}
	c, err := caseOf(row)
	if err == nil && cases.Can(by, cases.List, c) != nil {
		err = notFound()
	}
	if err == nil {
		err = s.asKnown(ctx, tx, &c)
	}
	return row, c, err
}

// asKnown makes of cases what the office may know of them now.
func (s *Store) asKnown(ctx context.Context, d db.DBTX, list ...*cases.Case) error {
	if !slices.ContainsFunc(list, func(c *cases.Case) bool { return len(c.Veiled) > 0 }) {
		return nil
	}
	now, err := s.now(ctx, d)
	if err != nil {
		return err
	}
	for _, c := range list {
		*c = c.Known(now)
	}
	return nil
}

// CaseByRef gives a case to an officer. Error: NotFound also when the officer may not know of it.
func (s *Store) CaseByRef(ctx context.Context, by cases.Actor, ref cases.Reference) (c cases.Case, err error) {
	err = s.look(ctx, "read a case", by, func(ctx context.Context, tx pgx.Tx) error {
		row, err := s.q.CaseByRef(ctx, tx, string(ref))
		if err != nil {
			return err
		}
		if c, err = caseOf(row); err == nil && cases.Can(by, cases.List, c) != nil {
			err = notFound()
		}
		if err == nil {
			err = s.standIn(ctx, tx, by, &c)
		}
		if err != nil {
			return err
		}
		return s.asKnown(ctx, tx, &c)
	})
	if err != nil {
		return cases.Case{}, err
	}
	return c.Shown(by), nil
}

// Events gives the events of a case that an officer may know of, oldest first, as cases.Readable lets them be read.
// Error: NotFound.
func (o Officers) Events(ctx context.Context, by cases.Actor, caseID string) (out []cases.Event, err error) {
	s := o.Store
	err = s.look(ctx, "read events", by, func(ctx context.Context, tx pgx.Tx) error {
		_, c, err := s.seen(ctx, tx, by, caseID)
		if err != nil {
			return err
		}
		if out, err = s.events(ctx, tx, caseID); err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		out = cases.Readable(out, by, c, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Identity gives what a reporter said of themself: of a named case to who may open it, of a confidential one to whom a
// custodian let. Errors: NotAllowed while nobody did; NotFound for a case that holds none.
func (o Officers) Identity(ctx context.Context, by cases.Actor, caseID string) (who *cases.Identity, err error) {
	s := o.Store
	err = s.look(ctx, "read an identity", by, func(ctx context.Context, tx pgx.Tx) error {
		row, c, err := s.seen(ctx, tx, by, caseID)
		if err != nil {
			return err
		}
		if c.Mode.Nameless() {
			return notFound()
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		refused := &cases.Error{Code: cases.NotAllowed, Detail: "identity"}
		if !c.KnowsReporter(by, now) {
			return refused
		}
		sealed, err := s.q.IdentityOfCase(ctx, tx, caseID)
		if errors.Is(err, pgx.ErrNoRows) {
			return refused
		}
		if err != nil {
			return err
		}
		who, err = s.openIdentity(ctx, row, sealed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return who, nil
}

// Deliveries gives the notices of a case that an officer may know of, oldest first, with what became of each.
func (o Officers) Deliveries(ctx context.Context, by cases.Actor, caseID string) (out []cases.Notice, err error) {
	s := o.Store
	err = s.look(ctx, "read deliveries", by, func(ctx context.Context, tx pgx.Tx) error {
		if _, _, err := s.seen(ctx, tx, by, caseID); err != nil {
			return err
		}
		rows, err := s.q.NoticesOfCase(ctx, tx, caseID)
		for _, r := range rows {
			out = append(out, notice(r))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
