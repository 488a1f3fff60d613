package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrOtherKeyset says that a database was written with another keyset than the one at hand.
var ErrOtherKeyset = errors.New("the database was written with another keyset than this: name the file it was first served with")

// CheckKeyset compares the fingerprint of a keyset with the one the database was first served with, which the intake
// notes. Errors: ErrOtherKeyset; Away.
func (s *Store) CheckKeyset(ctx context.Context, fingerprint string) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	noted, err := s.q.Keyset(ctx, s.pool)
	if errors.Is(err, pgx.ErrNoRows) && s.opts.Role == Intake {
		if err := s.q.SetKeyset(ctx, s.pool, fingerprint); err != nil {
			return safe("note the keyset", err)
		}
		noted, err = s.q.Keyset(ctx, s.pool)
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return safe("read which keyset", err)
	case noted != fingerprint:
		return ErrOtherKeyset
	}
	return nil
}
