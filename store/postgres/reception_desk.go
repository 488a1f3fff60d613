package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// PublishReception publishes a day. The same key again gives the stored day and again = true. Errors: NotAllowed by
// cases.ReceptionRules; Incomplete, naming the field; NotNow when the leader has another day at that time; NotFound for a
// leader who is none; Away.
func (s *Store) PublishReception(ctx context.Context, by cases.Actor, p cases.ReceptionPlan, key string) (d cases.ReceptionDay, again bool, err error) {
	err = s.transact(ctx, "publish a reception day", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		if err := s.q.LockLeader(ctx, tx, int64(p.Leader.ID)); err != nil {
			return err
		}
		row, err := s.q.OfficerByID(ctx, tx, int64(p.Leader.ID))
		if err != nil {
			return err
		}
		if p.Leader = officer(row); p.Leader.Revoked {
			return notFound()
		}
		if err := s.opts.Reception.MayPublish(by, p.Leader.ID, p.Leader.Role); err != nil {
			return err
		}
		old, err := s.q.ReceptionDayByKey(ctx, tx, key)
		if err == nil {
			d, again = receptionDay(old.ReceptionDay, old.Name), !unsure
			return nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if d, err = s.opts.Reception.Plan(p, s.opts.Location, now); err != nil {
			return err
		}
		taken, err := s.q.ReceptionDayOverlaps(ctx, tx, int64(d.Leader), d.To, d.From)
		if err != nil {
			return err
		}
		if taken {
			return &cases.Error{Code: cases.NotNow, Detail: "reception: another day of the same leader"}
		}
		meetings := make([]string, len(d.Meetings))
		for i, m := range d.Meetings {
			meetings[i] = string(m)
		}
		d.ID, err = s.q.InsertReceptionDay(ctx, tx, db.InsertReceptionDayParams{
			Leader: int64(d.Leader), Department: d.Department, StartsAt: d.From, EndsAt: d.To, Minutes: int32(d.Minutes),
			Meetings: meetings, Place: d.Place, Phone: d.Phone, ActionKey: key,
		})
		if err != nil {
			return err
		}
		again = false
		var jobs []river.InsertManyParams
		for _, at := range cases.AgendaTimes(d, s.opts.Location, now) {
			jobs = append(jobs, receptionJob(receptionArgs{Word: cases.Agenda, Day: d.ID}, at))
		}
		return s.insertLater(ctx, tx, jobs)
	})
	if err != nil {
		return cases.ReceptionDay{}, false, err
	}
	return d, again, nil
}

// CallReceptionOff calls a day off; everybody who booked is told. Doing it twice is no error. Errors: NotFound, also for
// a day that is not theirs; NotNow when it has begun; Away.
func (s *Store) CallReceptionOff(ctx context.Context, by cases.Actor, day int64) error {
	return s.transact(ctx, "call a reception day off", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		if err := s.q.LockReceptionDay(ctx, tx, day); err != nil {
			return err
		}
		d, err := s.q.ReceptionDayByID(ctx, tx, day)
		if err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if d.ReceptionDay.Cancelled {
			return nil
		}
		if !d.ReceptionDay.StartsAt.After(now) {
			return &cases.Error{Code: cases.NotNow, Detail: "reception: has begun"}
		}
		if _, err := s.q.CallReceptionOff(ctx, tx, day); err != nil {
			return err
		}
		// Whom that concerns the desk may not all know yet: the postman finds out.
		_, err = s.insertJobs(ctx, tx, []river.InsertManyParams{receptionJob(receptionArgs{Word: cases.CalledOff, Day: day}, time.Time{})})
		return err
	})
}

// Receptions lists the days that an officer may know of, those of the last month too, the earliest first.
func (o Officers) Receptions(ctx context.Context, by cases.Actor) (out []cases.ReceptionDay, err error) {
	s := o.Store
	err = s.look(ctx, "list reception days", by, func(ctx context.Context, tx pgx.Tx) error {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := s.q.ReceptionDaysFrom(ctx, tx, now.Add(-cases.KeepReception), 0, 60)
		for _, r := range rows {
			out = append(out, receptionDay(r.ReceptionDay, r.Name))
		}
		return err
	})
	return out, err
}

// Reception gives a day, and to its leader the bookings that the office may know of. Error: NotFound.
func (o Officers) Reception(ctx context.Context, by cases.Actor, day int64) (d cases.ReceptionDay, all []cases.BookingPage, err error) {
	s := o.Store
	err = s.look(ctx, "read a reception day", by, func(ctx context.Context, tx pgx.Tx) error {
		row, err := s.q.ReceptionDayByID(ctx, tx, day)
		if err != nil {
			return err
		}
		d = receptionDay(row.ReceptionDay, row.Name)
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := s.q.BookingsOfDay(ctx, tx, day, now)
		for _, r := range rows {
			all = append(all, cases.BookingPage{Booking: bookingOf(r), On: d, Ref: cases.Reference(r.Ref)})
		}
		return err
	})
	return d, all, err
}

// ReceptionBooking gives a booking with its words to the leader who receives. Error: NotFound.
func (o Officers) ReceptionBooking(ctx context.Context, by cases.Actor, id string) (p cases.BookingPage, err error) {
	s := o.Store
	err = s.look(ctx, "read a booking", by, func(ctx context.Context, tx pgx.Tx) error {
		p, err = s.booking(ctx, tx, id)
		return err
	})
	return p, err
}

// SettleReception records what came of a booking. The case records it, with
// the words for colleagues, when the leader may write on it, and recorded says whether it did; otherwise words, when there
// are some, are kept for the reporter to read. Doing the same twice is no error.
// Errors: NotFound; NotNow before the slot; Incomplete; Away.
func (s *Store) SettleReception(ctx context.Context, by cases.Actor, id string, to cases.BookingState, words string) (p cases.BookingPage, recorded bool, err error) {
	err = s.transact(ctx, "record a reception", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		row, err := s.q.LockBooking(ctx, tx, id)
		if err != nil {
			return err
		}
		if p, err = s.booking(ctx, tx, id); err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		key := "reception:" + id + ":" + string(to)
		if p.State == to {
			recorded = p.Case != "" && p.Ref != ""
			return nil
		}
		if p.State, err = p.Settle(to, p.On, now); err != nil {
			return err
		}
		if recorded, err = s.onCase(ctx, tx, p.Case, by, to, key, strings.TrimSpace(words)); err != nil {
			return err
		}
		var answer []byte
		if words = strings.TrimSpace(words); words != "" && !recorded {
			k, err := s.vault.OpenCaseKey(ctx, id, row.WrappedKey, true)
			if err != nil {
				return fmt.Errorf("open a booking's key: %w", err)
			}
			if answer, err = sealValue(k, fieldAnswer, 1, words); err != nil {
				return err
			}
			p.Answer = words
		}
		if err := s.q.SettleBooking(ctx, tx, string(to), answer, id); err != nil || answer == nil || recorded {
			return err
		}
		slot, _ := p.On.Slot(p.Slot)
		at := cases.TellReception(p.Mode, slot, s.opts.Quiet, s.opts.Location, now, draw)
		return s.insertLater(ctx, tx, []river.InsertManyParams{
			receptionJob(receptionArgs{Word: cases.ReceptionSettled, Booking: id, Moves: p.Moves}, at),
		})
	})
	return p, recorded, err
}

// onCase records on a case what came of a reception, when the leader may know of it and write on it.
func (s *Store) onCase(ctx context.Context, tx pgx.Tx, caseID string, by cases.Actor, to cases.BookingState, key, words string) (bool, error) {
	if caseID == "" {
		return false, nil
	}
	row, err := s.q.LockCaseByID(ctx, tx, caseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a := cases.Act{Action: cases.Meet, By: by, Key: key, Code: string(to)}
	if words != "" {
		a.Body = &cases.Body{Text: words}
	}
	_, _, _, err = s.actTx(ctx, tx, row, a)
	switch cases.CodeOf(err) {
	case cases.NotFound, cases.NotAllowed, cases.NotNow:
		return false, nil
	}
	return err == nil, err
}

func bookingOf(r db.BookingsOfDayRow) cases.Booking {
	return cases.Booking{
		ID: r.ID, Day: r.Day, Slot: int(r.Slot), Meeting: cases.Meeting(r.Meeting), State: cases.BookingState(r.State),
		Moves: int(r.Moves), Case: r.CaseID, Mode: cases.Mode(r.ModeNow),
	}
}
