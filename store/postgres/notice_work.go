package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/failpoint"
	"huiyin/store/postgres/db"
)

type noticeWorker struct {
	river.WorkerDefaults[noticeArgs]
	s       *Store
	deliver Deliver
}

// Work sends one notice. Its errors are kept by River in the job's row, so they are this package's
// own and tell nothing.
func (w *noticeWorker) Work(ctx context.Context, job *river.Job[noticeArgs]) error {
	s := w.s
	asked := time.Now()
	found, err := s.q.NoticeToSend(ctx, s.pool, job.Args.ID)
	row := found.Notice
	if errors.Is(err, pgx.ErrNoRows) || err == nil && row.State != string(cases.Waiting) {
		return nil
	}
	if err != nil {
		return safe("read a notice", err)
	}
	n0 := notice(row)
	if wait, err := s.quiet(ctx, row, &n0, s.clock(found.Now, asked)); err != nil {
		return safe("look when a notice leaves", err)
	} else if wait > 0 {
		return river.JobSnooze(wait)
	}
	if found.AnotherFirst {
		ahead, err := s.ahead(ctx, row)
		if err != nil {
			return safe("count earlier notices", err)
		}
		return river.JobSnooze(max(min(max(time.Since(job.CreatedAt)/8, turnWait), maxTurnWait), ahead))
	}
	failpoint.At(failpoint.NoticeMark)
	n, err := s.q.AttemptNotice(ctx, s.pool, row.ID)
	failpoint.At(failpoint.NoticeMarked)
	if err != nil {
		return safe("mark a notice", err)
	}
	if n == 0 {
		return nil
	}
	others, err := s.arrivals(ctx, &n0)
	if err != nil {
		return safe("read notices of new cases", err)
	}
	state, err := w.send(ctx, n0)
	failpoint.At(failpoint.NoticeSent)
	var later interface{ RetryAfter() time.Duration }
	var doubt interface{ Doubtful() bool }
	switch {
	case err == nil:
		if n0.Quiet && state == cases.Sent {
			// First the others, which wait for this one: once it is on record as sent, the next would go out.
			if err := s.q.CoverNews(context.WithoutCancel(ctx), s.pool, row.CaseID, row.Colleague, row.DueAt); err != nil {
				s.log.WarnContext(ctx, "notices told of are not settled", "error", safe("settle", err))
			}
		}
		if n0.More > 0 && state == cases.Sent {
			if err := s.q.CoverArrivals(context.WithoutCancel(ctx), s.pool, others); err != nil {
				s.log.WarnContext(ctx, "notices told of are not settled", "error", safe("settle", err)) // they come one by one
			}
		}
		return w.record(ctx, row.ID, state)
	case errors.As(err, &later):
		if _, err := s.q.PutOffNotice(ctx, s.pool, row.ID); err != nil {
			return safe("put a notice off", err)
		}
		ahead, err := s.ahead(ctx, row)
		if err != nil {
			return safe("count earlier notices", err)
		}
		return river.JobSnooze(max(later.RetryAfter(), 0) + ahead)
	case errors.As(err, &doubt) && doubt.Doubtful():
		if waits := doubtWaits(); int(row.Attempts) < len(waits) {
			return river.JobSnooze(waits[row.Attempts])
		}
		return w.record(ctx, row.ID, cases.Unknown)
	case errors.Is(ctx.Err(), context.Canceled):
		return river.JobSnooze(0) // stopping: it is sent when a process runs again
	}
	s.log.WarnContext(ctx, "notice not delivered", "notice", row.ID, "attempt", job.Attempt, "error", err)
	if job.Attempt >= job.MaxAttempts {
		return w.record(ctx, row.ID, cases.Failed)
	}
	return errNotDelivered
}

// ahead is how long the notices take that go to the same officer before this one. A reporter is told of few things at once.
func (s *Store) ahead(ctx context.Context, row db.Notice) (time.Duration, error) {
	if row.Officer == nil {
		return 0, nil
	}
	n, err := s.q.NoticesAhead(ctx, s.pool, row.Officer, row.ID)
	return time.Duration(n) * chatEvery, err
}

// quiet says how long a notice still has to wait, and marks one that tells an anonymous reporter nothing but that there
// is news. When an officer has just done something to the case, it waits for another day.
func (s *Store) quiet(ctx context.Context, row db.Notice, n *cases.Notice, now time.Time) (wait time.Duration, err error) {
	if row.DueAt.After(now) {
		return row.DueAt.Sub(now), nil
	}
	if n.To != cases.ToReporter {
		return 0, nil
	}
	c, err := s.q.CaseByID(ctx, s.pool, row.CaseID)
	if err == nil && row.Colleague > 0 {
		var who cases.Colleague
		if who, err = s.colleague(ctx, s.pool, row.CaseID, int(row.Colleague)); cases.CodeOf(err) == cases.NotFound {
			return 0, nil // has left: the postman finds nobody
		}
		c.Mode, c.Prompt = string(who.Mode), false
	}
	if err != nil || !cases.Mode(c.Mode).Nameless() || c.Prompt {
		return 0, err
	}
	n.Quiet = true
	last, err := s.q.LastOfficeAct(ctx, s.pool, row.CaseID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (s.opts.Quiet == cases.Quiet{} || now.Sub(last) >= cases.Gap) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	due := s.opts.Quiet.Leave(now, s.opts.Location, draw).Truncate(time.Microsecond)
	return due.Sub(now), s.q.MoveNews(ctx, s.pool, due, row.CaseID, row.Colleague)
}

// send calls Deliver; a panic becomes an error, and an answer that is none does too.
func (w *noticeWorker) send(ctx context.Context, n cases.Notice) (state cases.Delivery, err error) {
	defer func() {
		if p := recover(); p != nil {
			state, err = "", fmt.Errorf("panic of type %T", p) // its value could hold words
		}
	}()
	state, err = w.deliver(ctx, n)
	if err != nil {
		return "", err
	}
	switch state {
	case cases.Sent, cases.Unknown, cases.Blocked, cases.Failed:
		return state, nil
	}
	return "", fmt.Errorf("no such outcome: %q", state)
}
