package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// wire is a way to people that a test tells what to do.
type wire struct {
	mu     sync.Mutex
	seen   []cases.Notice
	answer func(n cases.Notice, time int) (cases.Delivery, error)
}

func (w *wire) deliver(_ context.Context, n cases.Notice) (cases.Delivery, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, n)
	times := 0
	for _, s := range w.seen {
		if s.ID == n.ID {
			times++
		}
	}
	return w.answer(n, times)
}

func (b *bundle) start(w *wire) {
	b.t.Helper()
	if err := b.StartNotices(b.ctx, w.deliver, postgres.NoticeOptions{}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := b.StopNotices(context.Background()); err != nil {
			b.t.Error(err)
		}
	})
}

func (b *bundle) settle() {
	b.t.Helper()
	b.until("every notice is settled", func() bool {
		ok, err := b.Settled(b.ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		return ok
	})
}

// slow is an error that names its time.
type slow time.Duration

func (s slow) Error() string             { return "too many: MARKER" }
func (s slow) RetryAfter() time.Duration { return time.Duration(s) }

func TestNoticesAreDelivered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	zhao := b.officer("Zhao", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Named, "d"))
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor(), Key: "1"})
	b.act(c.Ref, cases.Act{Action: cases.Accept, By: lin.Actor(), Key: "2"})
	b.act(c.Ref, cases.Act{Action: cases.Reply, By: lin.Actor(), Key: "3", Body: &cases.Body{Text: "r"}})
	b.act(c.Ref, cases.Act{Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Key: "4", Body: &cases.Body{Text: "a"}})

	// What each does, by event and recipient, the first time; the second time it is sent.
	answers := map[string]func() (cases.Delivery, error){
		fmt.Sprint("1 department ", lin.ID):  func() (cases.Delivery, error) { return cases.Blocked, nil },
		fmt.Sprint("1 department ", zhao.ID): func() (cases.Delivery, error) { return "", slow(time.Millisecond) },
		"3 reporter 0":                       func() (cases.Delivery, error) { return "", errors.New("no wire: MARKER") },
		"4 reporter 0":                       func() (cases.Delivery, error) { return cases.Unknown, nil },
		fmt.Sprint("5 owner ", lin.ID):       func() (cases.Delivery, error) { panic("MARKER") },
	}
	name := func(n cases.Notice) string { return fmt.Sprint(n.Seq, " ", n.To, " ", n.Officer) }
	w := &wire{answer: func(n cases.Notice, time int) (cases.Delivery, error) {
		if n.Case != c.ID || n.State != cases.Waiting {
			t.Errorf("delivered %+v", n)
		}
		if time == 1 {
			return answers[name(n)]()
		}
		return cases.Sent, nil
	}}
	b.start(w)
	b.settle()

	got := map[string]cases.Delivery{}
	all, err := b.Deliveries(b.ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		got[name(n)] = n.State
	}
	want := map[string]cases.Delivery{
		fmt.Sprint("1 department ", lin.ID): cases.Blocked, fmt.Sprint("1 department ", zhao.ID): cases.Sent,
		"3 reporter 0": cases.Sent, "4 reporter 0": cases.Unknown, fmt.Sprint("5 owner ", lin.ID): cases.Sent,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("deliveries\n got %v\nwant %v", got, want)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	times := map[string]int{}
	var toReporter []int
	for _, n := range w.seen {
		times[name(n)]++
		if n.To == cases.ToReporter {
			toReporter = append(toReporter, n.Seq)
		}
	}
	if times["4 reporter 0"] != 1 || times["3 reporter 0"] != 2 {
		t.Errorf("tried %v", times)
	}
	if !slices.IsSorted(toReporter) {
		t.Errorf("the reporter was told in the order %v", toReporter)
	}
	// A wait that the wire asked for is no failure.
	if n := b.count("SELECT count(*) FROM river_job WHERE kind = 'notice' AND errors IS NOT NULL"); n != 2 {
		t.Errorf("%d notices failed once, want the one refused and the one that panicked", n)
	}
	if n := b.count("SELECT count(*) FROM river_job j WHERE j::text LIKE '%MARKER%'"); n != 0 {
		t.Error("what the wire said is kept in a job")
	}
}

func TestNoticeIsGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.officer("Lin", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Named, "d"))
	b.exec("UPDATE river_job SET max_attempts = 2")
	w := &wire{answer: func(cases.Notice, int) (cases.Delivery, error) { return "odd", nil }}
	b.start(w)
	b.settle()
	if all, err := b.Deliveries(b.ctx, c.ID); err != nil || len(all) != 1 || all[0].State != cases.Failed {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestNoticeSurvivesADeath(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.officer("Lin", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Named, "d"))
	// As a process leaves them that was killed after sending and before recording, two hours ago.
	b.exec("UPDATE notices SET attempts = 1")
	b.exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '2 hours', attempted_by = '{gone}'`)
	w := &wire{answer: func(cases.Notice, int) (cases.Delivery, error) { return cases.Sent, nil }}
	b.start(w)
	b.settle()
	if all, err := b.Deliveries(b.ctx, c.ID); err != nil || len(all) != 1 || all[0].State != cases.Sent {
		t.Errorf("%+v, %v", all, err)
	}
	if n := b.count("SELECT attempts FROM notices"); n != 2 {
		t.Errorf("%d attempts on record", n)
	}
}

func TestStopWaitsForTheSend(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.officer("Lin", cases.RoleOfficer, "hr")
	b.file(filing(cases.Named, "d"))
	sending, goOn := make(chan struct{}), make(chan struct{})
	deliver := func(context.Context, cases.Notice) (cases.Delivery, error) {
		close(sending)
		<-goOn
		return cases.Sent, nil
	}
	started, cancel := context.WithCancel(b.ctx)
	if err := b.StartNotices(started, deliver, postgres.NoticeOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := b.StartNotices(started, deliver, postgres.NoticeOptions{}); err == nil {
		t.Error("started twice")
	}
	<-sending
	if n := b.count("SELECT count(*) FROM notices WHERE attempts = 1 AND state = 'waiting'"); n != 1 {
		t.Error("the attempt was not marked before the send")
	}
	cancel() // the end of what it was started in does not cut a send
	stopped := make(chan error)
	go func() { stopped <- b.StopNotices(b.ctx) }()
	close(goOn)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if ok, err := b.Settled(b.ctx); !ok || err != nil {
		t.Errorf("settled %v, %v", ok, err)
	}
	if err := b.StopNotices(b.ctx); err != nil {
		t.Errorf("stopping again: %v", err)
	}
}

func TestOwnerWhoLeftIsNotTheEndOfIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	zhao := b.officer("Zhao", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Dark, "d"))
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor(), Key: "1"})
	b.act(c.Ref, cases.Act{Action: cases.Reply, By: lin.Actor(), Key: "2", Body: &cases.Body{Text: "r"}})
	if err := b.Revoke(b.ctx, house, lin.ID); err != nil {
		t.Fatal(err)
	}
	b.act(c.Ref, cases.Act{Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Key: "3", Body: &cases.Body{Text: "a"}})
	all, err := b.Deliveries(b.ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range all {
		got = append(got, fmt.Sprint(n.Seq, n.To, n.Officer))
	}
	want := []string{fmt.Sprint(1, cases.ToDepartment, lin.ID), fmt.Sprint(1, cases.ToDepartment, zhao.ID), fmt.Sprint(4, cases.ToDepartment, zhao.ID)}
	if !slices.Equal(got, want) {
		t.Errorf("notices %s, want %s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
	if _, err := b.Desk().Deliveries(b.ctx, zhao.Actor(), "no id"); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("deliveries of no id: %v", err)
	}
}

// When many cases come at once an officer is told of them in one message, and in how many somebody is in danger; of what they
// may not see they are told nothing.
func TestManyArrivalsAreToldOfOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	for n := range 12 {
		f := filing(cases.Named, fmt.Sprintf("many%d", n))
		f.Case.Urgent = n%4 == 3
		if c := b.file(f); n == 4 {
			b.exec("UPDATE cases SET recused = ARRAY[$1::bigint] WHERE id = $2", int64(lin.ID), c.ID)
		}
	}
	w := &wire{answer: func(cases.Notice, int) (cases.Delivery, error) { return cases.Sent, nil }}
	if err := b.StartNotices(b.ctx, w.deliver, postgres.NoticeOptions{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.StopNotices(context.Background()); err != nil {
			t.Error(err)
		}
	})
	b.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	// The first, of somebody in danger, tells of ten others, of which two are, and which are not told of again; what may not
	// be seen is the postman's to drop.
	var more []string
	for _, n := range w.seen {
		if n.More > 0 {
			more = append(more, fmt.Sprint(n.More, " ", n.MoreUrgent))
		}
	}
	if len(w.seen) > 2 || !slices.Equal(more, []string{"10 2"}) {
		t.Errorf("%d messages, which tell of %v others", len(w.seen), more)
	}
}

// However often a letter is put off, the next one to the same person waits behind it.
func TestPutOffKeepsItsPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Named, "d"))
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor(), Key: "1"})
	b.act(c.Ref, cases.Act{Action: cases.Reply, By: lin.Actor(), Key: "2", Body: &cases.Body{Text: "first"}})
	b.act(c.Ref, cases.Act{Action: cases.Reply, By: lin.Actor(), Key: "3", Body: &cases.Body{Text: "second"}})
	var mu sync.Mutex
	var order []int
	w := &wire{answer: func(n cases.Notice, time int) (cases.Delivery, error) {
		if n.To != cases.ToReporter {
			return cases.Sent, nil
		}
		if n.Seq == 3 && time <= 5 {
			return "", slow(1)
		}
		mu.Lock()
		defer mu.Unlock()
		order = append(order, n.Seq)
		return cases.Sent, nil
	}}
	b.start(w)
	b.settle()
	if fmt.Sprint(order) != "[3 4]" {
		t.Errorf("the letters came as %v", order)
	}
}

// Those who wait for one busy chat come back one after the other.
func TestPutOffInTurn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.officer("Lin", cases.RoleOfficer, "hr")
	b.officer("Wu", cases.RoleLead, "hr")
	w := &wire{answer: func(cases.Notice, int) (cases.Delivery, error) { return "", slow(time.Hour) }}
	const matters = 4
	for i := range matters {
		b.file(filing(cases.Named, fmt.Sprint("d", i)))
	}
	b.start(w)
	b.until("all are put off", func() bool {
		return b.count("SELECT count(*) FROM river_job WHERE kind = 'notice' AND scheduled_at > now() + interval '50 minutes'") == 2*matters
	})
	if n := b.count(`SELECT count(*) FROM (
		SELECT j.scheduled_at - lag(j.scheduled_at) OVER (PARTITION BY n.officer ORDER BY n.id) AS gap
		FROM notices n JOIN river_job j ON j.kind = 'notice' AND (j.args->>'id')::bigint = n.id) x WHERE gap < interval '700 milliseconds'`); n != 0 {
		t.Errorf("%d come back together with another one to the same officer", n)
	}
}

// hardly is a failure after which the message is hardly there.
type hardly struct{}

func (hardly) Error() string  { return "hardly" }
func (hardly) Doubtful() bool { return true }

// A notice that was hardly sent is tried again, and not for ever.
func TestHardlySent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.officer("Lin", cases.RoleOfficer, "hr")
	first := b.file(filing(cases.Named, "first"))
	b.file(filing(cases.Named, "second"))
	b.exec("UPDATE notices SET attempts = 3 WHERE case_id = $1", first.ID)
	b.start(&wire{answer: func(cases.Notice, int) (cases.Delivery, error) { return "", hardly{} }})
	b.until("one is given up and the other waits", func() bool {
		return b.count("SELECT count(*) FROM notices WHERE state = 'unknown' AND case_id = $1", first.ID) == 1 &&
			b.count(`SELECT count(*) FROM notices n JOIN river_job j ON j.kind = 'notice' AND (j.args->>'id')::bigint = n.id
				WHERE n.state = 'waiting' AND n.attempts = 1 AND n.case_id <> $1 AND j.scheduled_at > now()`, first.ID) == 1
	})
}

// What a closed chat kept from a reporter comes when the chat is open again, once and in its order; nobody else's does.
func TestResend(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Named, "d"))
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor(), Key: "1"})
	for _, key := range []string{"2", "3"} {
		b.act(c.Ref, cases.Act{Action: cases.Reply, By: lin.Actor(), Key: key, Body: &cases.Body{Text: key}})
	}
	var mu sync.Mutex
	closed := true
	var came []int
	w := &wire{answer: func(n cases.Notice, _ int) (cases.Delivery, error) {
		mu.Lock()
		defer mu.Unlock()
		if closed {
			return cases.Blocked, nil
		}
		came = append(came, n.Seq)
		return cases.Sent, nil
	}}
	b.start(w)
	b.settle()
	mu.Lock()
	closed = false
	mu.Unlock()
	reporter := filing(cases.Named, "d").Reporter
	for _, who := range [][]byte{nil, []byte("somebody else"), reporter, reporter} {
		if err := b.Resend(b.ctx, who); err != nil {
			t.Fatal(err)
		}
	}
	b.settle()
	if err := b.Resend(b.ctx, reporter); err != nil {
		t.Fatal(err)
	}
	b.settle()
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(came) != "[3 4]" {
		t.Errorf("came %v: want both letters once, in their order, and no officer's", came)
	}
}
