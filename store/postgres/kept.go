package postgres

import (
	"bytes"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// KeptFilters gives the lists that an officer keeps, in the order of their places.
func (o Officers) KeptFilters(ctx context.Context, by cases.Actor) (out []cases.KeptFilter, err error) {
	s := o.Store
	err = s.look(ctx, "read kept lists", by, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := s.q.KeptFilters(ctx, tx, int64(by.Officer))
		for _, r := range rows {
			out = append(out, cases.KeptFilter{ID: r.ID, Sealed: r.Sealed})
		}
		return err
	})
	return out, err
}

// KeepFilter keeps a list for an officer, sealed by whoever calls. Error: NotNow when they keep cases.MostKept.
func (o Officers) KeepFilter(ctx context.Context, by cases.Actor, sealed []byte) error {
	s := o.Store
	return s.transact(ctx, "keep a list", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		if err := s.q.LockKept(ctx, tx, int64(by.Officer)); err != nil {
			return err
		}
		if unsure {
			rows, err := s.q.KeptFilters(ctx, tx, int64(by.Officer))
			if err != nil || slices.ContainsFunc(rows, func(r db.KeptFiltersRow) bool { return bytes.Equal(r.Sealed, sealed) }) {
				return err
			}
		}
		n, err := s.q.KeepFilter(ctx, tx, int64(by.Officer), sealed, cases.MostKept)
		if err == nil && n == 0 {
			err = &cases.Error{Code: cases.NotNow, Detail: "keep a list: as many as one keeps"}
		}
		return err
	})
}

// DropFilter forgets a list that an officer keeps; one that is not there is forgotten already.
func (o Officers) DropFilter(ctx context.Context, by cases.Actor, id int64) error {
	s := o.Store
	return s.transact(ctx, "drop a list", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		_, err := s.q.DropFilter(ctx, tx, int64(by.Officer), id)
		return err
	})
}
