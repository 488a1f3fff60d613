package postgres_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// receptionWorld is a database with two leaders and a published day, ten days ahead of a clock that the test moves.
type receptionWorld struct {
	*bundle
	clock  atomic.Pointer[time.Time]
	wu, qi cases.Officer // leads of hr and of safety
	day    cases.ReceptionDay
}

func newReceptionWorld(t *testing.T, change ...func(*postgres.Options)) *receptionWorld {
	w := &receptionWorld{}
	start := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	w.clock.Store(&start)
	w.bundle = setup(t, append(change, func(o *postgres.Options) { o.Now = func() time.Time { return *w.clock.Load() } })...)
	w.wu, w.qi = w.officer("Wu Min", cases.RoleLead, "hr"), w.officer("Qi Hua", cases.RoleLead, "safety")
	w.day = w.publish(w.wu, "2026-12-03", "one")
	return w
}

func (w *receptionWorld) plan(leader cases.Officer, date string) cases.ReceptionPlan {
	return cases.ReceptionPlan{
		Leader: leader, Date: date, From: 9 * 60, To: 11 * 60, Minutes: 20, Meetings: cases.Meetings(), Place: "Room 203", Phone: "8800",
	}
}

func (w *receptionWorld) publish(leader cases.Officer, date, key string) cases.ReceptionDay {
	w.t.Helper()
	d, again, err := w.PublishReception(w.ctx, leader.Actor(), w.plan(leader, date), key)
	if err != nil || again {
		w.t.Fatalf("PublishReception: again %v, %v", again, err)
	}
	return d
}

func (w *receptionWorld) ask(slot int, who string, m cases.Mode) cases.BookingRequest {
	r := cases.BookingRequest{
		Day: w.day.ID, Slot: slot, Meeting: cases.ByPhone, Language: "en", Mode: m, Address: []byte("address of " + who),
		Words: cases.BookingWords{Topic: "the night shift of " + who}, Key: "draft-" + who,
	}
	if m == cases.Named {
		r.Reporter, r.Words.Name = []byte("chat of "+who), who
	}
	return r
}

func (w *receptionWorld) book(r cases.BookingRequest) cases.Booking {
	w.t.Helper()
	b, again, err := w.BookReception(w.ctx, r)
	if err != nil || again {
		w.t.Fatalf("BookReception: again %v, %v", again, err)
	}
	return b
}

func (w *receptionWorld) goTo(at time.Time) { w.clock.Store(&at) }

func TestReceptionSlotHasOneWinner(t *testing.T) {
	t.Parallel()
	w := newReceptionWorld(t)
	const people = 20
	errs := make([]error, people)
	together(people, func(i int) {
		mode := cases.Named
		if i%2 == 1 {
			mode = cases.Anonymous
		}
		_, _, errs[i] = w.BookReception(w.ctx, w.ask(2, fmt.Sprint(i), mode))
	})
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantCode(t, "a slot that is gone", err, cases.AlreadyTaken)
	}
	if n := w.count("SELECT count(*) FROM reception_bookings"); won != 1 || n != 1 {
		t.Errorf("%d winners, %d rows", won, n)
	}
	if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'reception' AND args ->> 'booking' IS NOT NULL"); n > 2 {
		t.Errorf("%d reminders of one booking", n)
	}
}

func TestBookingTwiceIsOneBooking(t *testing.T) {
	t.Parallel()
	w := newReceptionWorld(t)
	first := w.book(w.ask(0, "lan", cases.Named))
	same, again, err := w.BookReception(w.ctx, w.ask(0, "lan", cases.Named))
	if err != nil || !again || same != first {
		t.Errorf("the same draft: %+v, again %v, %v", same, again, err)
	}
	other := w.ask(1, "lan", cases.Named)
	other.Key = "another-draft"
	_, _, err = w.BookReception(w.ctx, other)
	wantCode(t, "a second booking of one chat", err, cases.Changed)

	page, err := w.BookingOfChat(w.ctx, []byte("chat of lan"))
	if err != nil || page.Booking != first || page.Words != (cases.BookingWords{Name: "lan", Topic: "the night shift of lan"}) {
		t.Errorf("BookingOfChat: %+v, %v", page, err)
	}
	if _, err := w.CancelReception(w.ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	w.book(other)
}

func TestMovedBookingFreesItsSlot(t *testing.T) {
	t.Parallel()
	w := newReceptionWorld(t)
	next := w.publish(w.qi, "2026-12-04", "two")
	b := w.book(w.ask(0, "lan", cases.Anonymous))
	moved, err := w.MoveReception(w.ctx, b.ID, next.ID, 3, cases.InWriting)
	if err != nil || moved.Day != next.ID || moved.Slot != 3 || moved.Meeting != cases.InWriting || moved.Moves != 1 {
		t.Fatalf("MoveReception: %+v, %v", moved, err)
	}
	if again, err := w.MoveReception(w.ctx, b.ID, next.ID, 3, cases.InWriting); err != nil || again.Moves != 1 {
		t.Errorf("the same move again: %+v, %v", again, err)
	}
	w.book(w.ask(0, "bo", cases.Named))
	_, err = w.MoveReception(w.ctx, b.ID, w.day.ID, 0, cases.ByPhone)
	wantCode(t, "to a slot that is gone", err, cases.AlreadyTaken)
	_, err = w.MoveReception(w.ctx, b.ID, next.ID, 4, cases.InPerson)
	wantCode(t, "in person without a name", err, cases.NotAllowed)
	w.goTo(time.Date(2026, 12, 4, 0, 0, 0, 0, time.UTC))
	_, err = w.MoveReception(w.ctx, b.ID, next.ID, 5, cases.ByPhone)
	wantCode(t, "too late", err, cases.NotNow)
	_, err = w.CancelReception(w.ctx, b.ID)
	wantCode(t, "too late to cancel", err, cases.NotNow)
}

func TestReceptionOfCase(t *testing.T) {
	t.Parallel()
	w := newReceptionWorld(t)
	f := filing(cases.Named, "recused")
	f.Body.Fields[0].Text = []string{"It was Wu Min who did it."}
	about := w.file(f)
	r := cases.BookingRequest{Day: w.day.ID, Slot: 0, Meeting: cases.InPerson, Case: about.ID, Key: "k1"}
	_, _, err := w.BookReception(w.ctx, r)
	wantCode(t, "a leader who is recused", err, cases.NotFound)

	c := w.file(filing(cases.Confidential, "plain"))
	r.Case = c.ID
	b := w.book(r)
	r.Key, r.Slot = "k2", 1
	_, _, err = w.BookReception(w.ctx, r)
	wantCode(t, "a second booking of a case", err, cases.Changed)

	_, _, err = w.SettleReception(w.ctx, w.wu.Actor(), b.ID, cases.BookingHeld, "We talked.")
	wantCode(t, "before the slot", err, cases.NotNow)
	w.goTo(w.day.From.Add(time.Minute))
	for range 2 {
		page, recorded, err := w.SettleReception(w.ctx, w.wu.Actor(), b.ID, cases.BookingHeld, "We talked.")
		if err != nil || !recorded || page.State != cases.BookingHeld {
			t.Fatalf("SettleReception: %+v, %v, %v", page, recorded, err)
		}
	}
	events, err := w.Desk().Events(w.ctx, w.wu.Actor(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; len(events) != 2 || last.Body == nil || last.Body.Text != "We talked." || last.Kind != cases.MetEvent || last.Code != "held" {
		t.Errorf("events of the case: %+v", events)
	}
	// The reporter may book again.
	w.goTo(w.day.From.AddDate(0, 0, -5))
	r.Key = "k3"
	w.book(r)
}

// TestReceptionRowsAreTheLeaders looks through the database's own eyes.
func TestReceptionRowsAreTheLeaders(t *testing.T) {
	t.Parallel()
	quiet := cases.Quiet{Queue: 480, From: 540, To: 1260}
	w := newReceptionWorld(t, func(o *postgres.Options) { o.Quiet = quiet })
	admin := w.officer("Sun Yi", cases.RoleAdmin, "")
	w.exec("UPDATE reception_days SET starts_at = starts_at + interval '1 hour'") // nothing hangs on the hour
	w.book(w.ask(0, "lan", cases.Named))
	w.book(w.ask(1, "bo", cases.Anonymous))
	// What is known when is judged by the database's clock, which is the real one here.
	w.exec("UPDATE reception_bookings SET known_at = now() - interval '1 hour' WHERE mode = 'named'")
	w.exec("UPDATE reception_bookings SET known_at = now() + interval '1 hour' WHERE mode = 'anonymous'")
	desk := w.open(func(o *postgres.Options) { o.Role = postgres.Desk })
	w.goTo(time.Now().Add(2 * time.Hour))
	for name, tt := range map[string]struct {
		by   cases.Officer
		days int
		rows int
	}{
		"the leader":     {w.wu, 1, 1},
		"another leader": {w.qi, 0, 0},
		"an admin":       {admin, 1, 0},
	} {
		days, err := desk.Desk().Receptions(w.ctx, tt.by.Actor())
		if err != nil || len(days) != tt.days {
			t.Errorf("%s: %d days, %v", name, len(days), err)
		}
		_, all, err := desk.Desk().Reception(w.ctx, tt.by.Actor(), w.day.ID)
		if tt.days == 0 {
			wantCode(t, name, err, cases.NotFound)
		} else if err != nil || len(all) != tt.rows {
			t.Errorf("%s: %d bookings, %v", name, len(all), err)
		}
	}
	conn := w.conn()
	for role, column := range map[string]string{"intake": "address", "desk": "address", "postman": "body"} {
		if _, err := conn.Exec(w.ctx, "SET ROLE huiyin_"+role); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(w.ctx, "SELECT "+column+" FROM reception_bookings"); err == nil {
			t.Errorf("%s may read the column %s", role, column)
		}
		if _, err := conn.Exec(w.ctx, "RESET ROLE"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReceptionInRoles books, moves, settles, tells and sweeps with each store in its database role.
func TestReceptionInRoles(t *testing.T) {
	t.Parallel()
	w := newReceptionWorld(t)
	now := func(o *postgres.Options) { o.Now = func() time.Time { return *w.clock.Load() } }
	in := func(r postgres.Role) *postgres.Store {
		return w.open(now, func(o *postgres.Options) { o.Role = r })
	}
	intake, desk, post := in(postgres.Intake), in(postgres.Desk), in(postgres.Postman)
	if _, _, err := desk.PublishReception(w.ctx, w.qi.Actor(), w.plan(w.qi, "2026-12-05"), "desk"); err != nil {
		t.Fatal(err)
	}
	_, _, err := desk.PublishReception(w.ctx, w.qi.Actor(), w.plan(w.wu, "2026-12-06"), "other")
	wantCode(t, "another leader's day", err, cases.NotAllowed)
	_, _, err = desk.PublishReception(w.ctx, w.qi.Actor(), w.plan(w.qi, "2026-12-05"), "twice")
	wantCode(t, "two days at once", err, cases.NotNow)

	named, _, err := intake.BookReception(w.ctx, w.ask(0, "lan", cases.Named))
	if err != nil {
		t.Fatal(err)
	}
	c := w.file(filing(cases.Anonymous, "quiet"))
	fromCase, _, err := intake.BookReception(w.ctx, cases.BookingRequest{Day: w.day.ID, Slot: 1, Meeting: cases.ByPhone, Case: c.ID, Key: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if fromCase, err = intake.MoveReception(w.ctx, fromCase.ID, w.day.ID, 2, cases.ByPhone); err != nil {
		t.Fatal(err)
	}
	if page, err := intake.BookingOfCase(w.ctx, c.ID); err != nil || page.Booking != fromCase || page.Ref != c.Ref {
		t.Errorf("BookingOfCase: %+v, %v", page, err)
	}
	for id, want := range map[string]string{named.ID: "address of lan", fromCase.ID: "address of quiet"} {
		sealed, _, err := post.BookingAddress(w.ctx, id)
		if err != nil || string(sealed) != want {
			t.Errorf("BookingAddress: %q, %v", sealed, err)
		}
	}
	_, err = intake.ReceptionOffer(w.ctx, w.day.ID)
	if err != nil {
		t.Error(err)
	}

	// Words reach the leader, and back.
	w.exec("UPDATE reception_bookings SET known_at = now() - interval '1 hour'")
	w.goTo(w.day.From.Add(time.Minute))
	if page, err := desk.Desk().ReceptionBooking(w.ctx, w.wu.Actor(), named.ID); err != nil || page.Words.Name != "lan" {
		t.Errorf("ReceptionBooking: %+v, %v", page, err)
	}
	_, err = desk.Desk().ReceptionBooking(w.ctx, w.qi.Actor(), named.ID)
	wantCode(t, "another leader's booking", err, cases.NotFound)
	_, recorded, err := desk.SettleReception(w.ctx, w.wu.Actor(), named.ID, cases.BookingHeld, "The shifts change in January.")
	if err != nil || recorded {
		t.Fatalf("SettleReception: %v, %v", recorded, err)
	}
	if page, err := intake.Booking(w.ctx, named.ID); err != nil || page.Answer != "The shifts change in January." {
		t.Errorf("the answer: %+v, %v", page, err)
	}

	// The rest goes 30 days after the day.
	w.goTo(w.day.To.Add(cases.KeepReception + time.Minute))
	if err := intake.SweepReceptions(w.ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.count("SELECT count(*) FROM reception_bookings"); n != 0 {
		t.Errorf("%d bookings left", n)
	}
	if n := w.count("SELECT count(*) FROM reception_days"); n != 1 {
		t.Errorf("%d days left, want the one that is not old enough", n)
	}
}

func TestReceptionIsTold(t *testing.T) {
	t.Parallel()
	w := newReceptionWorld(t)
	w.book(w.ask(0, "lan", cases.Named))
	bo := w.book(w.ask(1, "bo", cases.Anonymous))
	if _, err := w.CancelReception(w.ctx, bo.ID); err != nil {
		t.Fatal(err)
	}
	wei := w.book(w.ask(2, "wei", cases.Anonymous))
	got := make(chan cases.ReceptionNotice, 10)
	err := w.StartNotices(w.ctx, func(context.Context, cases.Notice) (cases.Delivery, error) { return cases.Sent, nil }, postgres.NoticeOptions{
		Reception: func(_ context.Context, n cases.ReceptionNotice) (cases.Delivery, error) {
			got <- n
			return cases.Sent, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.StopNotices(context.Background()) })
	if err := w.CallReceptionOff(w.ctx, w.wu.Actor(), w.day.ID); err != nil {
		t.Fatal(err)
	}
	slots := map[int]bool{}
	for range 2 {
		select {
		case n := <-got:
			if n.Word != cases.CalledOff {
				t.Errorf("told of %s", n.Word)
			}
			slots[n.Booking.Slot] = true
		case <-w.ctx.Done():
			t.Fatal("nobody was told")
		}
	}
	if !slots[0] || !slots[wei.Slot] {
		t.Errorf("told: %v", slots)
	}
	_, _, err = w.BookReception(w.ctx, w.ask(3, "late", cases.Named))
	wantCode(t, "a day called off", err, cases.NotFound)
	desk := w.open(func(o *postgres.Options) { o.Role = postgres.Desk })
	wantCode(t, "another leader calls it off", desk.CallReceptionOff(w.ctx, w.qi.Actor(), w.day.ID), cases.NotFound)
}
