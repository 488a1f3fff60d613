package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
)

// staff is whom the house can turn to now.
func (s *Store) staff(active roster, now time.Time) (cases.Staff, error) {
	officers, err := active("")
	staff := cases.Staff{Major: s.opts.Major, Officers: officers}
	for _, o := range officers {
		if o.Away(now) {
			staff.Away = append(staff.Away, o.ID)
		}
	}
	return staff, err
}

// staffed completes an act with the people it concerns.
func (s *Store) staffed(ctx context.Context, tx pgx.Tx, c cases.Case, a cases.Act, now time.Time) (cases.Act, error) {
	if !a.NeedsStaff() {
		return a, nil
	}
	staff, err := s.staff(s.roster(ctx, tx), now)
	if err != nil {
		return a, err
	}
	return c.Staffed(a, staff, now), nil
}

type escalateArgs struct {
	Case string `json:"case"`
	Seq  int    `json:"seq"`
}

func (escalateArgs) Kind() string { return "escalate" }

func (escalateArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: houseQueue, MaxAttempts: maxAttempts}
}

// escalateLater has leaders called in the slot in which the office learns of an event.
func (s *Store) escalateLater(ctx context.Context, tx pgx.Tx, e cases.Event) error {
	return s.insertLater(ctx, tx, []river.InsertManyParams{
		{Args: escalateArgs{Case: e.Case, Seq: e.Seq}, InsertOpts: &river.InsertOpts{ScheduledAt: e.Slot}},
	})
}

type escalateWorker struct {
	river.WorkerDefaults[escalateArgs]
	s *Store
}

// Work does what follows from one event, if its case still asks for it.
func (w *escalateWorker) Work(ctx context.Context, job *river.Job[escalateArgs]) error {
	return w.s.escalate(ctx, job.Args.Case, job.Args.Seq)
}

func (s *Store) escalate(ctx context.Context, caseID string, seq int) error {
	err := s.transact(ctx, "call leaders", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		row, err := s.q.LockCaseByID(ctx, tx, caseID)
		if err != nil {
			return err
		}
		c, err := caseOf(row)
		if err != nil {
			return err
		}
		stored, err := s.q.EventBySeq(ctx, tx, caseID, int32(seq))
		if err != nil {
			return err
		}
		stored.Body = nil
		e, err := eventOf(stored, nil)
		if err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		staff, err := s.staff(s.roster(ctx, tx), now)
		if err != nil {
			return err
		}
		if next, ok := cases.Escalate(c, e, staff, now); ok {
			_, _, _, err = s.actTx(ctx, tx, row, next)
		}
		return err
	})
	switch cases.CodeOf(err) {
	case cases.NotNow, cases.NotFound:
		return nil
	}
	return err
}

// follows does what the system does at once because of an event, and because of what it did; c is the case after the event.
// now is the hour, at how it is dated; key opens what both sides of a mediation agree to.
func (s *Store) follows(ctx context.Context, tx pgx.Tx, active roster, c *cases.Case, e cases.Event, now, at time.Time, key func() (CaseKey, error)) (events []cases.Event, err error) {
	rules := s.rules(c.Procedure)
	for last := []cases.Event{e}; len(last) > 0; last = last[1:] {
		if next, ok := cases.Follow(*c, last[0]); ok {
			if next.Action == cases.Settle {
				if next.Body, err = s.settlement(ctx, tx, *c, key); err != nil {
					return nil, err
				}
			}
			done, err := c.Do(next, rules, at)
			if err != nil {
				return nil, err
			}
			events, last = append(events, done), append(last, done)
		}
		if !cases.MayEscalate(last[0]) {
			continue
		}
		staff, err := s.staff(active, now)
		if err != nil {
			return nil, err
		}
		next, ok := cases.Escalate(*c, last[0], staff, now)
		if ok && now.Before(last[0].Slot) {
			ok, err = false, s.escalateLater(ctx, tx, last[0])
		}
		if err != nil {
			return nil, err
		}
		if ok {
			done, err := c.Do(next, rules, at)
			if err != nil {
				return nil, err
			}
			events, last = append(events, done), append(last, done)
		}
	}
	return events, nil
}
