package postgres

import (
	"context"
	crand "crypto/rand"
	"math/big"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// draw gives a random number from 0 to below n.
func draw(n int64) int64 {
	if n <= 0 {
		return 0
	}
	v, err := crand.Int(crand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // the system's randomness never fails
	}
	return v.Int64()
}

// insertLater stores jobs that wait for a time of their own. Their rows tell that time and not when they were made.
func (s *Store) insertLater(ctx context.Context, tx pgx.Tx, jobs []river.InsertManyParams) error {
	if len(jobs) == 0 {
		return nil
	}
	ids, err := s.insertJobs(ctx, tx, jobs)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE river_job SET created_at = scheduled_at WHERE id = ANY ($1)", ids)
	return err
}

// insertDated stores jobs that are to be done at once. Their rows tell the time of what caused them as it is dated, which
// for a reporter without a name is the day.
func (s *Store) insertDated(ctx context.Context, tx pgx.Tx, jobs []river.InsertManyParams, at time.Time) error {
	if len(jobs) == 0 {
		return nil
	}
	ids, err := s.insertJobs(ctx, tx, jobs)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE river_job SET created_at = $2, scheduled_at = $2 WHERE id = ANY ($1)", ids, at)
	return err
}

func (s *Store) insertJobs(ctx context.Context, tx pgx.Tx, jobs []river.InsertManyParams) ([]int64, error) {
	rows, err := s.jobs.InsertManyTx(ctx, tx, jobs)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.Job.ID
	}
	return ids, nil
}
