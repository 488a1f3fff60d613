package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"huiyin/store/postgres/db"
)

// ErrRotating says that somebody else is rotating the keys of this database at this moment.
var ErrRotating = errors.New("another `huiyin keys rotate` is at work on this database")

// errLockLost ends what Alone does when the lock is gone: another one may hold it already.
var errLockLost = errors.New("the connection that kept others from rotating the keys is lost: run it again")

// Alone runs do while no other process can be in Alone for the same database. The context that do gets ends when that
// cannot be promised any more. Errors: ErrRotating; Away; those of do.
func (s *Store) Alone(ctx context.Context, do func(context.Context) error) error {
	l := s.Leader("rotate keys")
	conn, err := l.try(ctx)
	if err != nil {
		return safe("lock the keys", err)
	}
	if conn == nil {
		return ErrRotating
	}
	lost, release := l.hold(conn)
	defer release()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-lost:
			cancel(errLockLost)
		case <-ctx.Done():
		}
	}()
	err = do(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errLockLost) {
		return errLockLost
	}
	return err
}

// Wrap gives a case's key wrapped anew; changed is false when it is well as it is. shared is as for Vault.OpenCaseKey.
type Wrap func(caseID string, wrapped []byte, shared bool) (fresh []byte, changed bool, err error)

// Rewrapped says what a run of RewrapKeys found.
type Rewrapped struct {
	Keys     int // looked at
	Changed  int // wrapped anew
	Unopened int // that wrap gave an error for; they stay as they are
}

// rewrapBatch bounds how many cases wait for one transaction.
const rewrapBatch = 200

// RewrapKeys gives every case's key to wrap, and stores what it gives in the place of what it was given, whatever else
// is written to the case meanwhile. It may be ended at any moment, and run again. Only the intake's role, and who owns the
// tables, sees every case. batch is how many keys are written in one transaction; 0 is 200. progress, unless nil, is told
// after each. Error: Away.
func (s *Store) RewrapKeys(ctx context.Context, wrap Wrap, batch int, progress func(done, total int)) (Rewrapped, error) {
	var r Rewrapped
	if batch <= 0 {
		batch = rewrapBatch
	}
	total, err := s.q.CountKeys(ctx, s.pool)
	if err != nil {
		return r, safe("count keys", err)
	}
	for after := "00000000-0000-0000-0000-000000000000"; ; {
		rows, err := s.keysAfter(ctx, after, batch)
		if err != nil || len(rows) == 0 {
			return r, err
		}
		var ids []string
		var stale, anew [][]byte
		for _, row := range rows {
			fresh, changed, err := wrap(row.ID, row.WrappedKey, row.SharedKey)
			switch {
			case err != nil:
				r.Unopened++
			case changed:
				ids, stale, anew = append(ids, row.ID), append(stale, row.WrappedKey), append(anew, fresh)
			}
		}
		if len(ids) > 0 {
			if err := s.transact(ctx, "rewrap keys", func(ctx context.Context, tx pgx.Tx, _ bool) error {
				if _, err := s.q.RewrapKeys(ctx, tx, ids, stale, anew); err != nil {
					return err
				}
				_, err := s.q.RewrapBookings(ctx, tx, ids, stale, anew)
				return err
			}); err != nil {
				return r, err
			}
		}
		r.Keys, r.Changed, after = r.Keys+len(rows), r.Changed+len(ids), rows[len(rows)-1].ID
		if progress != nil {
			progress(r.Keys, max(int(total), r.Keys))
		}
	}
}

func (s *Store) keysAfter(ctx context.Context, after string, batch int) ([]db.KeysAfterRow, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	rows, err := s.q.KeysAfter(ctx, s.pool, int32(batch), after)
	return rows, safe("read keys", err)
}
