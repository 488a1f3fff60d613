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
	if s.opts.Role == Intake {
		limited, cancel := s.limit(ctx)
		defer cancel()
		if err := s.q.SetKeyset(limited, s.pool, fingerprint); err != nil {
			return safe("note the keyset", err)
		}
	}
	return s.KeysetFits(ctx, fingerprint)
}

// KeysetFits is CheckKeyset, and notes nothing. A database that was never served fits every keyset.
func (s *Store) KeysetFits(ctx context.Context, fingerprint string) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	noted, err := s.q.Keyset(ctx, s.pool)
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
