package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// digestsAtOnce are called for in one transaction.
const digestsAtOnce = 100

// digestArgs are the digest of one officer for one day.
type digestArgs struct {
	Officer int64     `json:"officer"`
	Called  time.Time `json:"called"`
	Since   time.Time `json:"since"` // when the one before was called for
}

func (digestArgs) Kind() string { return "digest" }

// InsertOpts let everything else that waits go first.
func (digestArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Priority: 4, MaxAttempts: 60}
}

// DigestTime gives when an officer wants their digest; the zero value for who never said.
func (o Officers) DigestTime(ctx context.Context, by cases.Actor) (t cases.DigestTime, err error) {
	s := o.Store
	err = s.look(ctx, "read when a digest comes", by, func(ctx context.Context, tx pgx.Tx) error {
		row, err := s.q.DigestOf(ctx, tx, int64(by.Officer))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		t = digestTime(row)
		return err
	})
	return t, err
}

// SetDigestTime says when an officer wants their digest. Errors: Incomplete by DigestTime.Check; NotAllowed for who works no
// cases.
func (o Officers) SetDigestTime(ctx context.Context, by cases.Actor, t cases.DigestTime) error {
	if err := t.Check(); err != nil {
		return err
	}
	if by.Party != cases.Office || !by.Role.Placed() {
		return &cases.Error{Code: cases.NotAllowed, Detail: "digest"}
	}
	s := o.Store
	return s.transact(ctx, "say when a digest comes", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		called, err := s.q.LockDigest(ctx, tx, int64(by.Officer))
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		next := cases.FirstDigest(now, timeOf(called), t, s.workdays(by.Department))
		return s.q.SetDigest(ctx, tx, int64(by.Officer), string(t.Days), int16(t.Hour), timeRow(next))
	})
}

// workdays are the rules whose calendar says on which days a department works.
func (s *Store) workdays(department string) cases.Rules {
	r := s.rules(s.opts.Procedures[department])
	r.Location = s.opts.Location
	return r
}

// CallDigests makes the jobs of all digests whose time has come and says how many. Those of a day that is over, and of who is
// away, are left out. The row is moved on in the same transaction, so two at once, or one that is ended at any moment, call
// for nothing twice. Error: Away.
func (s *Store) CallDigests(ctx context.Context) (called int, err error) {
	for {
		looked, made := 0, 0
		err := s.transact(ctx, "call for digests", func(ctx context.Context, tx pgx.Tx, _ bool) error {
			looked, made = 0, 0
			now, err := s.now(ctx, tx)
			if err != nil {
				return err
			}
			rows, err := s.q.DigestsToCall(ctx, tx, now, digestsAtOnce)
			if err != nil {
				return err
			}
			for _, r := range rows {
				looked++
				o, t := officer(r.Officer), digestTime(r.Digest)
				rules := s.workdays(o.Department)
				next := timeRow(cases.NextDigest(now, t, rules))
				if !t.Calls(timeOf(r.Digest.NextAt), timeOf(r.Digest.CalledAt), now, o, rules) {
					if err := s.q.PutOffDigest(ctx, tx, next, r.Digest.Officer); err != nil {
						return err
					}
					continue
				}
				since := timeOf(r.Digest.CalledAt)
				if since.IsZero() {
					since = now.Add(-24 * time.Hour)
				}
				if err := s.q.CallDigest(ctx, tx, next, now, r.Digest.Officer); err != nil {
					return err
				}
				if _, err := s.jobs.InsertTx(ctx, tx, digestArgs{Officer: r.Digest.Officer, Called: now, Since: since}, nil); err != nil {
					return err
				}
				made++
			}
			return nil
		})
		if err != nil {
			return called, err
		}
		if called += made; looked < digestsAtOnce {
			return called, nil
		}
	}
}

// DeliverDigest sends one digest; what it gives back is as for Deliver.
type DeliverDigest func(ctx context.Context, n cases.DigestNotice) (cases.Delivery, error)

type digestWorker struct {
	river.WorkerDefaults[digestArgs]
	s       *Store
	deliver DeliverDigest
}

// Work sends one digest on its day, unless there is nothing to tell. It is marked as begun before it is sent, and the mark is
// taken back only when it surely was not sent: whatever ends the process in between, nobody gets two on one day.
func (w *digestWorker) Work(ctx context.Context, job *river.Job[digestArgs]) error {
	s, a := w.s, job.Args
	n, ok, err := s.digest(ctx, a)
	if err != nil || !ok || w.deliver == nil {
		return safe("make a digest", err)
	}
	began, err := s.q.BeginDigest(ctx, s.pool, a.Officer, a.Called)
	if err != nil || began == 0 {
		return safe("begin a digest", err)
	}
	state, err := func() (state cases.Delivery, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic of type %T", p) // its value could hold words
			}
		}()
		return w.deliver(ctx, n)
	}()
	if err == nil {
		s.log.DebugContext(ctx, "digest", "state", state)
		return nil
	}
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := s.q.GiveBackDigest(back, s.pool, a.Officer, a.Called); err != nil {
		return safe("give a digest back", err)
	}
	var later interface{ RetryAfter() time.Duration }
	switch {
	case errors.As(err, &later):
		return river.JobSnooze(max(later.RetryAfter(), 0))
	case errors.Is(ctx.Err(), context.Canceled):
		return river.JobSnooze(0)
	}
	s.log.WarnContext(ctx, "digest not delivered", "attempt", job.Attempt, "error", err)
	return errNotDelivered
}

// digest makes what an officer is told now; ok is false when they are told nothing: on another day than the one it was called
// for, while they are away, when nothing is to be done.
func (s *Store) digest(ctx context.Context, a digestArgs) (n cases.DigestNotice, ok bool, err error) {
	row, err := s.officerRow(ctx, cases.OfficerID(a.Officer))
	if err != nil {
		return n, false, err
	}
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return n, false, err
	}
	n.Officer, n.Now = officer(row), now
	loc := s.opts.Location
	today := cases.DateOf(now, loc)
	if cases.DateOf(a.Called, loc) != today || !n.Officer.GetsDigest(now) {
		return n, false, nil
	}
	by, ends := n.Officer.Actor(), today.End(loc)
	leads := by.Role == cases.RoleLead
	p, err := s.q.DigestPiles(ctx, s.pool, db.DigestPilesParams{
		Since: a.Since, DayEnds: ends, At: now, Officer: a.Officer, Leads: leads, IdleSince: now.Add(-cases.DigestIdle), Department: by.Department,
	})
	if err != nil {
		return n, false, err
	}
	n.New, n.Free = int(p.Fresh), int(p.FreeOwed)
	n.Own = cases.Pile{Overdue: int(p.OwnOverdue), Today: int(p.OwnToday), Waiting: int(p.OwnWaiting), Idle: int(p.OwnIdle)}
	if leads {
		n.Team = cases.Pile{Overdue: int(p.TeamOverdue), Today: int(p.TeamToday), Waiting: int(p.TeamWaiting), Idle: int(p.TeamIdle)}
	}
	if n.Empty() {
		return n, false, nil
	}
	rows, err := s.q.DigestNearest(ctx, s.pool, db.DigestNearestParams{
		Department: by.Department, Officer: a.Officer, DayEnds: ends, Leads: leads, Size: cases.DigestNearest,
	})
	if err != nil {
		return n, false, err
	}
	all, err := casesOf(rows)
	for _, c := range all {
		if cases.Can(by, cases.List, c) == nil {
			n.Nearest = append(n.Nearest, c)
		}
	}
	return n, err == nil, err
}

func digestTime(r db.Digest) cases.DigestTime {
	return cases.DigestTime{Days: cases.DigestDays(r.Days), Hour: int(r.Hour)}
}
