package postgres

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

type tickArgs struct{}

func (tickArgs) Kind() string { return "tick" }

type tickWorker struct {
	river.WorkerDefaults[tickArgs]
	s *Store
}

func (w *tickWorker) Work(ctx context.Context, _ *river.Job[tickArgs]) error {
	if _, err := w.s.Tick(ctx); err != nil {
		return err
	}
	_, err := w.s.CallDigests(ctx)
	return err
}

const (
	wakeAtOnce = 200 // cases woken in one query
	maxTicks   = 50  // things that time does to one case in a row: more is a fault
)

// Tick does what time asks for now: reminds, tells of missed dates, ends what was given for a time. done is how many acts
// it did. It may be ended at any moment and goes on from there the next time; two at once do nothing twice. Error: Away.
func (s *Store) Tick(ctx context.Context) (done int, err error) {
	for {
		now, err := s.now(ctx, s.pool)
		if err != nil {
			return done, safe("look what time asks for", err)
		}
		ids, err := s.q.CasesToWake(ctx, s.pool, now, wakeAtOnce)
		if err != nil {
			return done, safe("look what time asks for", err)
		}
		for _, id := range ids {
			n, err := s.tickCase(ctx, id, now)
			if done += n; cases.CodeOf(err) == cases.Away || ctx.Err() != nil {
				return done, err
			}
			if err != nil {
				// One case that cannot be read must not keep time from all others.
				s.log.ErrorContext(ctx, "time stands still for a case", "error", err)
				if err := s.q.SetWakeAnyhow(ctx, s.pool, later(now), id); err != nil {
					return done, safe("put a case off", err)
				}
			}
		}
		if len(ids) < wakeAtOnce {
			return done, s.revokeGuests(ctx)
		}
	}
}

// tickCase does to one case what time asks for until an instant.
func (s *Store) tickCase(ctx context.Context, id string, now time.Time) (done int, err error) {
	var row db.Case
	for range maxTicks {
		row, err = s.q.CaseByID(ctx, s.pool, id)
		if err != nil {
			return done, safe("read a case", err)
		}
		c, err := caseOf(row)
		if err != nil {
			return done, err
		}
		act, ok := c.Tick(now)
		if !ok {
			return done, s.rest(ctx, row, c)
		}
		_, _, again, err := s.ActByID(ctx, id, act)
		switch cases.CodeOf(err) {
		case cases.Changed, cases.NotNow, cases.Incomplete, cases.NotFound:
			// Somebody came before, or the act does not fit the case: the next look finds what there is to do.
			if same, err := s.q.CaseByID(ctx, s.pool, id); err == nil && same.Version == row.Version {
				s.log.WarnContext(ctx, "time asks for what a case does not allow", "action", string(act.Action), "error", err)
				return done, s.q.SetWake(ctx, s.pool, later(now), id, row.Version)
			}
			continue
		}
		if err != nil {
			return done, err
		}
		if !again {
			done++
		}
	}
	s.log.WarnContext(ctx, "time finds no end with a case")
	return done, safe("put a case off", s.q.SetWake(ctx, s.pool, later(now), id, row.Version))
}

// rest stores when time next does something to a case.
func (s *Store) rest(ctx context.Context, row db.Case, c cases.Case) error {
	return safe("store when a case wakes", s.q.SetWake(ctx, s.pool, wakeOf(c), c.ID, row.Version))
}

// later puts off what failed, so that one case does not keep the others waiting.
func later(now time.Time) *time.Time { return new(now.Add(time.Hour)) }
