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

// Fields of a booking that are sealed with its key; version: 1.
const (
	fieldBooking = "booking"
	fieldAnswer  = "answer"
)

// ReceptionOffers are the days still to come, with what is taken of them; whom each is offered to is the caller's to
// decide.
func (s *Store) ReceptionOffers(ctx context.Context) ([]cases.ReceptionOffer, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return nil, safe("list reception days", err)
	}
	rows, err := s.q.OfferedReceptionDays(ctx, s.pool, now)
	if err != nil {
		return nil, safe("list reception days", err)
	}
	out := make([]cases.ReceptionOffer, len(rows))
	for i, r := range rows {
		out[i] = cases.ReceptionOffer{ReceptionDay: receptionDay(r.ReceptionDay, r.Officer.Name), By: officer(r.Officer)}
	}
	return out, s.taken(ctx, s.pool, out)
}

// ReceptionOffer is one day, called off or not. Error: NotFound.
func (s *Store) ReceptionOffer(ctx context.Context, day int64) (cases.ReceptionOffer, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return s.offer(ctx, s.pool, day)
}

func (s *Store) offer(ctx context.Context, d db.DBTX, day int64) (cases.ReceptionOffer, error) {
	r, err := s.q.OfferedReceptionDay(ctx, d, day)
	if err != nil {
		return cases.ReceptionOffer{}, safe("read a reception day", err)
	}
	out := []cases.ReceptionOffer{{ReceptionDay: receptionDay(r.ReceptionDay, r.Officer.Name), By: officer(r.Officer)}}
	err = s.taken(ctx, d, out)
	return out[0], err
}

func (s *Store) taken(ctx context.Context, d db.DBTX, offers []cases.ReceptionOffer) error {
	ids := make([]int64, len(offers))
	at := map[int64]int{}
	for i, o := range offers {
		ids[i], at[o.ID] = o.ID, i
	}
	rows, err := s.q.TakenReceptionSlots(ctx, d, ids)
	for _, r := range rows {
		offers[at[r.Day]].Taken = append(offers[at[r.Day]].Taken, int(r.Slot))
	}
	return safe("look for free slots", err)
}

// BookReception takes a slot for a reporter, and sets their reminders, in one transaction. The same key again gives the
// stored booking and again = true. For a case the caller must have found it as its reporter's.
//
// Errors: AlreadyTaken when somebody else was faster; Changed when the case or chat has an open booking; NotFound,
// NotAllowed and NotNow from the domain; Away.
func (s *Store) BookReception(ctx context.Context, r cases.BookingRequest) (b cases.Booking, again bool, err error) {
	id := newID()
	wrapped, key, err := s.vault.NewCaseKey(ctx, id)
	if err != nil {
		return b, false, fmt.Errorf("book a reception: %w", err)
	}
	defer func() {
		if err != nil || b.ID != id {
			_ = s.vault.DestroyCaseKey(ctx, id) // nothing was sealed with it; a sweep finds what stays behind
		}
	}()
	err = s.transact(ctx, "book a reception", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		old, err := s.q.BookingByKey(ctx, tx, r.Key)
		if err == nil {
			page, err := s.booking(ctx, tx, old)
			b, again = page.Booking, !unsure || old != id
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		c, err := s.bookingCase(ctx, tx, r)
		if err != nil {
			return err
		}
		offer, err := s.offer(ctx, tx, r.Day)
		if err != nil {
			return err
		}
		if err := s.mayBook(offer, r, c, now); err != nil {
			return err
		}
		if err := s.q.LapseBookings(ctx, tx, now, r.Case, orNull(r.Reporter)); err != nil {
			return err
		}
		p := db.InsertBookingParams{
			ID: id, Day: r.Day, Slot: int16(r.Slot), Meeting: string(r.Meeting), CaseID: r.Case, Mode: string(c.Mode),
			KnownAt: cases.BookingKnown(c.Mode, s.opts.Quiet, s.opts.Location, now), Language: c.Language, WrappedKey: wrapped,
			ReporterKey: orNull(r.Reporter), Address: orNull(r.Address), ActionKey: r.Key,
		}
		if r.Case == "" {
			if p.Body, err = sealValue(key, fieldBooking, 1, r.Words); err != nil {
				return err
			}
		}
		n, err := s.q.InsertBooking(ctx, tx, p)
		if err != nil {
			return bookingError(err)
		}
		if n == 0 {
			return &cases.Error{Code: cases.Away, Detail: "reception: the same booking is being stored"}
		}
		b = cases.Booking{ID: id, Day: r.Day, Slot: r.Slot, Meeting: r.Meeting, State: cases.Booked, Case: r.Case, Mode: c.Mode}
		again = false
		return s.booked(ctx, tx, b, now)
	})
	if err != nil {
		return cases.Booking{}, false, err
	}
	return b, again, nil
}

// bookingCase is the case that is booked for, or what a booking without one stands for.
func (s *Store) bookingCase(ctx context.Context, tx pgx.Tx, r cases.BookingRequest) (cases.Case, error) {
	if r.Case == "" {
		return cases.Case{Mode: r.Mode, Language: r.Language}, nil
	}
	row, err := s.caseRow(ctx, tx, r.Case)
	if err != nil {
		return cases.Case{}, err
	}
	return caseOf(row)
}

func (s *Store) mayBook(o cases.ReceptionOffer, r cases.BookingRequest, c cases.Case, now time.Time) error {
	if r.Case != "" && !cases.Hosts(o.By, c) {
		return notFound()
	}
	return s.opts.Reception.Bookable(o.ReceptionDay, r.Slot, r.Meeting, c.Mode, s.opts.Quiet, s.opts.Location, now)
}

// booked looks once more whether the day still is, now that its row is held by the booking's, and sets the reminders.
func (s *Store) booked(ctx context.Context, tx pgx.Tx, b cases.Booking, now time.Time) error {
	o, err := s.offer(ctx, tx, b.Day)
	if err != nil {
		return err
	}
	slot, ok := o.Slot(b.Slot)
	if !ok || o.Cancelled {
		return notFound()
	}
	var jobs []river.InsertManyParams
	for _, r := range cases.Reminders(b.Mode, slot, s.opts.Quiet, s.opts.Location, now, draw) {
		jobs = append(jobs, receptionJob(receptionArgs{Word: r.Word, Booking: b.ID, Moves: b.Moves}, r.At))
	}
	return s.insertLater(ctx, tx, jobs)
}

// bookingError tells which rule a booking broke.
func bookingError(err error) error {
	switch {
	case brokeUnique(err, "reception_slot"):
		return &cases.Error{Code: cases.AlreadyTaken, Detail: "reception slot"}
	case brokeUnique(err, "reception_case"), brokeUnique(err, "reception_chat"):
		return &cases.Error{Code: cases.Changed, Detail: "reception: there is a booking"}
	}
	return err
}

// MoveReception puts a booking at another slot, of any day. Being there already is no error. Errors: as for
// BookReception.
func (s *Store) MoveReception(ctx context.Context, id string, day int64, slot int, meeting cases.Meeting) (b cases.Booking, err error) {
	err = s.changeBooking(ctx, id, func(ctx context.Context, tx pgx.Tx, page cases.BookingPage, now time.Time) error {
		if b = page.Booking; b.State == cases.Booked && b.Day == day && b.Slot == slot && b.Meeting == meeting {
			return nil
		}
		if err := s.opts.Reception.Changeable(page.On, b, now); err != nil {
			return err
		}
		c, err := s.bookingCase(ctx, tx, cases.BookingRequest{Case: b.Case, Mode: b.Mode})
		if err != nil {
			return err
		}
		o, err := s.offer(ctx, tx, day)
		if err != nil {
			return err
		}
		if err := s.mayBook(o, cases.BookingRequest{Day: day, Slot: slot, Meeting: meeting, Case: b.Case}, c, now); err != nil {
			return err
		}
		if err := s.q.MoveBooking(ctx, tx, db.MoveBookingParams{
			ID: id, Day: day, Slot: int16(slot), Meeting: string(meeting),
			KnownAt: cases.BookingKnown(c.Mode, s.opts.Quiet, s.opts.Location, now),
		}); err != nil {
			return bookingError(err)
		}
		b.Day, b.Slot, b.Meeting, b.Moves = day, slot, meeting, b.Moves+1
		return s.booked(ctx, tx, b, now)
	})
	return b, err
}

// CancelReception gives a slot back. Doing it twice is no error. Errors: NotFound; NotNow; Away.
func (s *Store) CancelReception(ctx context.Context, id string) (b cases.Booking, err error) {
	err = s.changeBooking(ctx, id, func(ctx context.Context, tx pgx.Tx, page cases.BookingPage, now time.Time) error {
		if b = page.Booking; b.State == cases.BookingCancelled {
			return nil
		}
		if err := s.opts.Reception.Changeable(page.On, b, now); err != nil {
			return err
		}
		b.State = cases.BookingCancelled
		return s.q.CancelBooking(ctx, tx, id)
	})
	return b, err
}

func (s *Store) changeBooking(ctx context.Context, id string, do func(context.Context, pgx.Tx, cases.BookingPage, time.Time) error) error {
	if !validID(id) {
		return notFound()
	}
	return s.transact(ctx, "change a booking", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if _, err := s.q.LockBooking(ctx, tx, id); err != nil {
			return err
		}
		page, err := s.booking(ctx, tx, id)
		if err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		return do(ctx, tx, page, now)
	})
}

// Booking gives a booking to whoever holds its id, with its words. Error: NotFound.
func (s *Store) Booking(ctx context.Context, id string) (cases.BookingPage, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return s.booking(ctx, s.pool, id)
}

// BookingOfCase is the open booking of a case, or its newest one. Error: NotFound.
func (s *Store) BookingOfCase(ctx context.Context, caseID string) (cases.BookingPage, error) {
	return s.bookingBy(ctx, func(ctx context.Context) (string, error) { return s.q.BookingOfCase(ctx, s.pool, caseID) })
}

// BookingOfChat is the open booking of a chat, or its newest one; never one without a name. Error: NotFound.
func (s *Store) BookingOfChat(ctx context.Context, reporter []byte) (cases.BookingPage, error) {
	return s.bookingBy(ctx, func(ctx context.Context) (string, error) { return s.q.BookingOfChat(ctx, s.pool, reporter) })
}

func (s *Store) bookingBy(ctx context.Context, find func(context.Context) (string, error)) (cases.BookingPage, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	id, err := find(ctx)
	if err != nil {
		return cases.BookingPage{}, safe("look for a booking", err)
	}
	return s.booking(ctx, s.pool, id)
}

func (s *Store) booking(ctx context.Context, d db.DBTX, id string) (p cases.BookingPage, err error) {
	if !validID(id) {
		return p, notFound()
	}
	r, err := s.q.Booking(ctx, d, id)
	if err != nil {
		return p, safe("read a booking", err)
	}
	day, err := s.q.ReceptionDayByID(ctx, d, r.Day)
	if err != nil {
		return p, safe("read a reception day", err)
	}
	p = cases.BookingPage{On: receptionDay(day.ReceptionDay, day.Name), Booking: cases.Booking{
		ID: r.ID, Day: r.Day, Slot: int(r.Slot), Meeting: cases.Meeting(r.Meeting), State: cases.BookingState(r.State),
		Moves: int(r.Moves), Case: r.CaseID, Mode: cases.Mode(r.Mode),
	}}
	if r.CaseID != "" {
		// Where the case is out of the asker's sight, the mode stays the one that was booked in.
		if row, err := s.caseRow(ctx, d, r.CaseID); err == nil {
			p.Mode, p.Ref = cases.Mode(row.Mode), cases.Reference(row.Ref)
		} else if cases.CodeOf(err) != cases.NotFound {
			return p, err
		}
	}
	if len(r.Body)+len(r.Answer) == 0 {
		return p, nil
	}
	key, err := s.vault.OpenCaseKey(ctx, id, r.WrappedKey, true)
	if err != nil {
		return p, fmt.Errorf("open a booking's key: %w", err)
	}
	if len(r.Body) > 0 {
		if err := unseal(key, fieldBooking, 1, r.Body, &p.Words); err != nil {
			return p, err
		}
	}
	if len(r.Answer) > 0 {
		return p, unseal(key, fieldAnswer, 1, r.Answer, &p.Answer)
	}
	return p, nil
}

// SweepReceptions destroys bookings whose day was cases.KeepReception ago, the keys first, and then the days. It may be
// ended at any moment and goes on from there the next time.
func (s *Store) SweepReceptions(ctx context.Context) error {
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return safe("sweep bookings", err)
	}
	before := now.Add(-cases.KeepReception)
	for {
		ids, err := s.q.OldBookings(ctx, s.pool, before)
		if err != nil {
			return safe("sweep bookings", err)
		}
		for _, id := range ids {
			if err := s.vault.DestroyCaseKey(ctx, id); err != nil {
				return fmt.Errorf("destroy a booking's key: %w", err)
			}
			if err := s.q.DeleteBooking(ctx, s.pool, id); err != nil {
				return safe("sweep bookings", err)
			}
		}
		if len(ids) == 0 {
			return safe("sweep reception days", s.q.DeleteOldReceptionDays(ctx, s.pool, before))
		}
	}
}

func receptionDay(r db.ReceptionDay, name string) cases.ReceptionDay {
	d := cases.ReceptionDay{
		ID: r.ID, Leader: cases.OfficerID(r.Leader), Name: name, Department: r.Department, From: r.StartsAt.UTC(), To: r.EndsAt.UTC(),
		Minutes: int(r.Minutes), Place: r.Place, Phone: r.Phone, Cancelled: r.Cancelled,
	}
	for _, m := range r.Meetings {
		d.Meetings = append(d.Meetings, cases.Meeting(m))
	}
	return d
}
