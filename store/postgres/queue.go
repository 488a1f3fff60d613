package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// Next gives the most urgent case of the officer's department that nobody owns to the officer; ok is
// false when there is none. The same key again gives the same case. Officers asking at once get
// different cases. Errors as for Act with cases.Take.
func (s *Store) Next(ctx context.Context, by cases.Actor, key string) (c cases.Case, ok bool, err error) {
	if err := cases.Can(by, cases.Take, cases.Case{Department: by.Department}); err != nil {
		return cases.Case{}, false, err
	}
	if key == "" {
		key = newID()
	}
	err = s.transact(ctx, "next case", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		c, ok = cases.Case{}, false
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		if err := s.q.LockForNext(ctx, tx, key); err != nil {
			return err
		}
		row, err := s.q.CaseTakenByKey(ctx, tx, key, int64(by.Officer))
		if err == nil {
			if c, err = caseOf(row); err == nil {
				err = s.asKnown(ctx, tx, &c)
			}
			ok = err == nil
			return err
		}
		if errors.Is(err, pgx.ErrNoRows) {
			row, err = s.q.NextUnowned(ctx, tx, by.Department, int64(by.Officer))
		}
		if errors.Is(err, pgx.ErrNoRows) {
			row, err = s.q.NextUnownedWaiting(ctx, tx, by.Department, int64(by.Officer))
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		c, _, _, err = s.actTx(ctx, tx, row, cases.Act{Action: cases.Take, By: by, Key: key})
		ok = err == nil
		return err
	})
	if err != nil {
		return cases.Case{}, false, err
	}
	return c, ok, nil
}
