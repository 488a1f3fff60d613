package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Act does something to a case: the domain decides, and the new state, the event, the notices and
// their jobs are stored in one transaction. c is the case afterwards.
//
// When a.Key was applied to this case before, by the same actor, nothing happens: e is the stored
// event, again is true and c the case as it stands. An empty key is replaced by a random one.
//
// Errors: NotFound (unknown, or the officer may not know of it, or Assign to nobody who could work
// it), NotAllowed, NotNow, AlreadyTaken, Incomplete from the domain; Changed when the key belongs to
// somebody else's act; Away.
func (s *Store) Act(ctx context.Context, ref cases.Reference, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	return s.act(ctx, a, func(ctx context.Context, tx pgx.Tx) (db.Case, error) {
		return s.q.LockCaseByRef(ctx, tx, string(ref))
	})
}

// ActByID is Act on a case named by its row id.
func (s *Store) ActByID(ctx context.Context, id string, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	if !validID(id) {
		return c, e, false, notFound()
	}
	return s.act(ctx, a, func(ctx context.Context, tx pgx.Tx) (db.Case, error) {
		return s.q.LockCaseByID(ctx, tx, id)
	})
}

func (s *Store) act(ctx context.Context, a cases.Act, lock func(context.Context, pgx.Tx) (db.Case, error)) (c cases.Case, e cases.Event, again bool, err error) {
	if a.Key == "" {
		a.Key = newID()
	}
	err = s.transact(ctx, "act on a case", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		row, err := lock(ctx, tx)
		if err != nil {
			return err
		}
		c, e, again, err = s.actTx(ctx, tx, row, a)
		again = again && !unsure
		return err
	})
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	return c, e, again, nil
}

// actTx applies an act to a case whose row is locked.
func (s *Store) actTx(ctx context.Context, tx pgx.Tx, row db.Case, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	if c, err = caseOf(row); err != nil {
		return c, e, false, err
	}
	key := s.caseKey(row.ID, row.WrappedKey)
	old, err := s.q.EventByKey(ctx, tx, c.ID, a.Key)
	stored := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return c, e, false, err
	}
	if stored {
		if e, err = eventOf(old, key); err != nil {
			return c, e, false, err
		}
		// Before the question of permission: who has just moved a case out of their sight is told so twice.
		if e.By.Party == a.By.Party && e.By.Officer == a.By.Officer {
			return c, e, true, nil
		}
	}
	if a.By.Party == cases.Office {
		if err := cases.Can(a.By, cases.List, c); err != nil {
			return c, e, false, err
		}
	}
	if stored {
		return c, e, false, &cases.Error{Code: cases.Changed, Detail: "action key"}
	}

	now, err := s.now(ctx, tx)
	if err != nil {
		return c, e, false, err
	}
	// Time as the case tells it never runs backwards, though the server's clock may be set back.
	if now.Before(c.Updated) {
		now = c.Updated
	}
	read := c.Version
	if e, err = c.Do(a, now); err != nil {
		return c, e, false, err
	}
	if err := s.canWork(ctx, tx, e, c); err != nil {
		return c, e, false, err
	}
	body, err := s.sealEvent(key, e)
	if err != nil {
		return c, e, false, err
	}
	clocks, next, err := clocksOf(c)
	if err != nil {
		return c, e, false, err
	}
	n, err := s.q.UpdateCase(ctx, tx, db.UpdateCaseParams{
		ID: c.ID, ReadVersion: int32(read), Department: c.Department, Status: string(c.Status), Owner: officerRow(c.Owner),
		Outcome: c.Outcome, Rating: c.Rating, Version: int32(c.Version), Unread: c.Unread, Clocks: clocks, NextDue: next,
		UpdatedAt: c.Updated,
	})
	if err != nil {
		return c, e, false, err
	}
	if n != 1 {
		return c, e, false, &cases.Error{Code: cases.Changed}
	}
	if err := s.record(ctx, tx, e, body); err != nil {
		return c, e, false, err
	}
	return c, e, false, s.tell(ctx, tx, c, e)
}

// canWork refuses to give a case to somebody who is not an active officer of its department.
func (s *Store) canWork(ctx context.Context, tx pgx.Tx, e cases.Event, c cases.Case) error {
	if e.Kind != cases.Assigned || e.To == 0 {
		return nil
	}
	o, err := s.q.OfficerByID(ctx, tx, int64(e.To))
	switch {
	case errors.Is(err, pgx.ErrNoRows),
		err == nil && (o.RevokedAt != nil || o.Department != c.Department || o.Role == string(cases.RoleAdmin)):
		return &cases.Error{Code: cases.NotFound, Detail: "assign: to"}
	}
	return err
}

func (s *Store) sealEvent(key func() (CaseKey, error), e cases.Event) ([]byte, error) {
	if e.Body == nil {
		return nil, nil
	}
	k, err := key()
	if err != nil {
		return nil, err
	}
	return sealBody(k, e.Seq, e.Body)
}
