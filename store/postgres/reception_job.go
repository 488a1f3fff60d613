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

// receptionArgs are a message about a reception that is to leave at a time. They hold ids of ours and no person.
type receptionArgs struct {
	Word    cases.ReceptionWord `json:"word"`
	Day     int64               `json:"day,omitempty"`
	Booking string              `json:"booking,omitempty"`
	Moves   int                 `json:"moves,omitempty"` // of the booking when the job was made: one that was moved since has others
}

func (receptionArgs) Kind() string { return "reception" }

func (receptionArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 40} }

// receptionJob leaves at a time, at once for the zero time.
func receptionJob(args receptionArgs, at time.Time) river.InsertManyParams {
	opts := args.InsertOpts()
	opts.ScheduledAt = at
	if !at.After(time.Now()) {
		opts.ScheduledAt = time.Time{} // one that is scheduled waits for River's next look
	}
	return river.InsertManyParams{Args: args, InsertOpts: &opts}
}

// DeliverReception sends one message about a reception; what it gives back is as for Deliver. One that is sent twice does
// no harm: it says the same of the same slot.
type DeliverReception func(ctx context.Context, n cases.ReceptionNotice) (cases.Delivery, error)

type receptionWorker struct {
	river.WorkerDefaults[receptionArgs]
	s       *Store
	deliver DeliverReception
}

// Work sends one message, unless it has nothing to tell any more.
func (w *receptionWorker) Work(ctx context.Context, job *river.Job[receptionArgs]) error {
	a := job.Args
	if a.Word == cases.CalledOff && a.Booking == "" {
		return safe("tell of a day called off", w.s.tellCalledOff(ctx, a.Day))
	}
	n, ok, err := w.s.receptionNotice(ctx, a)
	if err != nil || !ok || w.deliver == nil {
		return safe("read a reception", err)
	}
	state, err := func() (state cases.Delivery, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic of type %T", p) // its value could hold words
			}
		}()
		return w.deliver(ctx, n)
	}()
	var later interface{ RetryAfter() time.Duration }
	switch {
	case err == nil:
		w.s.log.DebugContext(ctx, "reception message", "word", a.Word, "state", state)
		return nil
	case errors.As(err, &later):
		return river.JobSnooze(max(later.RetryAfter(), 0))
	case errors.Is(ctx.Err(), context.Canceled):
		return river.JobSnooze(0)
	}
	w.s.log.WarnContext(ctx, "reception message not delivered", "attempt", job.Attempt, "error", err)
	return errNotDelivered
}

// tellCalledOff makes a message of its own for everybody who booked a day.
func (s *Store) tellCalledOff(ctx context.Context, day int64) error {
	return s.transact(ctx, "tell of a day called off", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		row, err := s.q.ReceptionDayByID(ctx, tx, day)
		if err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		ids, err := s.q.BookingsToTell(ctx, tx, day)
		if err != nil {
			return err
		}
		var jobs []river.InsertManyParams
		for _, id := range ids {
			b, err := s.told(ctx, tx, id)
			if err != nil {
				return err
			}
			slot, _ := receptionDay(row.ReceptionDay, row.Name).Slot(b.Slot)
			at := cases.TellReception(b.Mode, slot, s.opts.Quiet, s.opts.Location, now, draw)
			jobs = append(jobs, receptionJob(receptionArgs{Word: cases.CalledOff, Booking: id, Moves: b.Moves}, at))
		}
		return s.insertLater(ctx, tx, jobs)
	})
}

// receptionNotice reads what a message tells of; ok is false when it is told no more.
func (s *Store) receptionNotice(ctx context.Context, a receptionArgs) (n cases.ReceptionNotice, ok bool, err error) {
	n.Word = a.Word
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return n, false, err
	}
	day := a.Day
	if a.Booking != "" {
		n.Booking, err = s.told(ctx, s.pool, a.Booking)
		if errors.Is(err, pgx.ErrNoRows) {
			return n, false, nil // deleted since
		}
		if err != nil || n.Booking.Moves != a.Moves {
			return n, false, err
		}
		day = n.Booking.Day
	}
	row, err := s.q.ReceptionDayByID(ctx, s.pool, day)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, false, nil
	}
	if err != nil {
		return n, false, err
	}
	n.Day = receptionDay(row.ReceptionDay, row.Name)
	if a.Word == cases.Agenda {
		rows, err := s.q.BookingsOfDay(ctx, s.pool, day, now)
		for _, r := range rows {
			n.All = append(n.All, bookingOf(r))
		}
		return n, err == nil && !n.Day.Cancelled && now.Before(n.Day.To), err
	}
	return n, n.Timely(now), nil
}

// told reads a booking as the postman may: without words.
func (s *Store) told(ctx context.Context, d db.DBTX, id string) (cases.Booking, error) {
	r, err := s.q.BookingAddress(ctx, d, id)
	if err != nil {
		return cases.Booking{}, err
	}
	b := cases.Booking{
		ID: r.ID, Day: r.Day, Slot: int(r.Slot), Meeting: cases.Meeting(r.Meeting), State: cases.BookingState(r.State),
		Moves: int(r.Moves), Case: r.CaseID, Mode: cases.Mode(r.Mode),
	}
	if r.CaseID != "" {
		row, err := s.caseRow(ctx, d, r.CaseID)
		if err != nil {
			return b, err
		}
		b.Mode = cases.Mode(row.Mode)
	}
	return b, nil
}

// BookingAddress gives where a booking's reporter is written to, and in which language; only to the postman. Error:
// NotFound when nothing leads back.
func (s *Store) BookingAddress(ctx context.Context, id string) (sealed []byte, language string, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	r, err := s.q.BookingAddress(ctx, s.pool, id)
	if err != nil {
		return nil, "", safe("read a booking's address", err)
	}
	if r.CaseID != "" {
		return s.ReporterAddress(ctx, r.CaseID)
	}
	if r.Address == nil {
		return nil, "", notFound()
	}
	return r.Address, r.Language, nil
}
