package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// digestWorld is a database with a clock that the test moves, a store for each role, and what was sent.
type digestWorld struct {
	*bundle
	desk, intake *postgres.Store
	clock        atomic.Pointer[time.Time]
	lin, sun     cases.Officer // officer and lead of hr

	mu   sync.Mutex
	sent []cases.DigestNotice
	fail []error // of the next deliveries
}

var china = time.FixedZone("Shanghai", 8*60*60)

// march is an hour in March 2026, whose 2nd is a Monday.
func march(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, china) }

func newDigestWorld(t *testing.T) *digestWorld {
	w := &digestWorld{}
	w.goTo(march(2, 6))
	house := func(role postgres.Role) func(*postgres.Options) {
		return func(o *postgres.Options) {
			o.Role, o.Location, o.Now = role, china, func() time.Time { return *w.clock.Load() }
			r := o.Rules["default"]
			r.Calendar.Weekend = []cases.Weekday{cases.Weekday(time.Saturday), cases.Weekday(time.Sunday)}
			o.Rules["default"], o.Procedures = r, map[string]string{"hr": "default"}
		}
	}
	w.bundle = setup(t, house(""))
	w.desk, w.intake = w.open(house(postgres.Desk)), w.open(house(postgres.Intake))
	w.lin, w.sun = w.officer("Lin", cases.RoleOfficer, "hr"), w.officer("Sun", cases.RoleLead, "hr")
	// Two postmen, as two replicas have.
	for range 2 {
		post := w.open(house(postgres.Postman))
		err := post.StartNotices(w.ctx, func(context.Context, cases.Notice) (cases.Delivery, error) { return cases.Sent, nil },
			postgres.NoticeOptions{Digest: w.deliver})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := post.StopNotices(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	return w
}

func (w *digestWorld) goTo(at time.Time) { w.clock.Store(&at) }

func (w *digestWorld) deliver(_ context.Context, n cases.DigestNotice) (cases.Delivery, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.fail) > 0 {
		err := w.fail[0]
		w.fail = w.fail[1:]
		return cases.Waiting, err
	}
	w.sent = append(w.sent, n)
	return cases.Sent, nil
}

func (w *digestWorld) want(o cases.Officer, days cases.DigestDays, hour int) {
	w.t.Helper()
	if err := w.desk.Desk().SetDigestTime(w.ctx, o.Actor(), cases.DigestTime{Days: days, Hour: hour}); err != nil {
		w.t.Fatal(err)
	}
}

// call lets two processes look at once whose time has come, and gives what was sent when all is done.
func (w *digestWorld) call() []cases.DigestNotice {
	w.t.Helper()
	together(2, func(int) {
		if _, err := w.intake.CallDigests(w.ctx); err != nil {
			w.t.Error(err)
		}
	})
	return w.rest()
}

func (w *digestWorld) rest() []cases.DigestNotice {
	w.t.Helper()
	w.until("all digests are done", func() bool {
		return w.count("SELECT count(*) FROM river_job WHERE kind = 'digest' AND state <> 'completed'") == 0
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

// soon is a failure after which a notice may be tried again at once.
type soon struct{ error }

func (soon) RetryAfter() time.Duration { return time.Millisecond }

func TestDigestComesOnceADay(t *testing.T) {
	t.Parallel()
	w := newDigestWorld(t)
	w.want(w.lin, cases.DigestWorking, 8)
	w.file(filing(cases.Named, "one"))
	for _, step := range []struct {
		what string
		at   time.Time
		do   func()
		want int
	}{
		{"too early", march(2, 7), nil, 0},
		{"on time, and the wire is away at first", march(2, 8), func() { w.fail = []error{soon{errors.New("away")}} }, 1},
		{"the same hour", march(2, 8), nil, 0},
		{"another hour of the same day", march(2, 9), func() { w.want(w.lin, cases.DigestDaily, 17) }, 0},
		{"when that has come", march(2, 18), nil, 0},
		{"off and on again", march(2, 18), func() { w.want(w.lin, cases.DigestNever, 0); w.want(w.lin, cases.DigestWorking, 8) }, 0},
		{"the next day nothing is new", march(3, 8), nil, 0},
		{"late, after an outage", march(4, 23), func() { w.file(filing(cases.Named, "two")) }, 1},
		{"missed, over midnight", march(6, 1), func() { w.file(filing(cases.Named, "three")) }, 0},
		{"the day's own", march(6, 8), nil, 1},
		{"a Saturday", march(7, 9), func() { w.file(filing(cases.Named, "four")) }, 0},
		{"on Monday while away", march(9, 8), func() {
			if err := w.desk.SetAway(w.ctx, w.lin.Actor(), w.lin.ID, march(10, 0), 0); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"back", march(10, 8), nil, 1},
	} {
		w.goTo(step.at)
		if step.do != nil {
			step.do()
		}
		if got := w.call(); len(got) != step.want {
			t.Errorf("%s: %d digests", step.what, len(got))
		}
	}
	// A process was killed while it sent one: the job comes again, and the message does not.
	w.exec("UPDATE river_job SET state = 'available', finalized_at = NULL, max_attempts = attempt + 10 WHERE kind = 'digest'")
	if got := w.rest(); len(got) != 0 {
		t.Errorf("after a restart: %d digests", len(got))
	}
	// Nobody works the jobs until the day is over: they are for nobody any more.
	w.goTo(march(12, 8))
	w.file(filing(cases.Named, "five"))
	w.exec("UPDATE digests SET next_at = $1", march(11, 8))
	w.exec("UPDATE digests SET called_at = $1, begun_at = NULL", march(11, 8))
	w.exec(`INSERT INTO river_job (kind, args, max_attempts, priority, state)
		VALUES ('digest', jsonb_build_object('officer', $1::bigint, 'called', $2::timestamptz, 'since', $2::timestamptz), 5, 4, 'available')`,
		w.lin.ID, march(11, 8))
	if got := w.rest(); len(got) != 0 {
		t.Errorf("yesterday's: %d digests", len(got))
	}
	if err := w.desk.Desk().SetDigestTime(w.ctx, cases.Actor{Party: cases.Office, Officer: 9, Role: cases.RoleAdmin}, cases.DigestTime{}); cases.CodeOf(err) != cases.NotAllowed {
		t.Errorf("an admin: %v", err)
	}
}

// What a digest counts is what its officer finds in the desk's lists.
func TestDigestCountsWhatTheDeskShows(t *testing.T) {
	t.Parallel()
	w := newDigestWorld(t)
	take := func(draft string, more ...cases.Act) cases.Case {
		c := w.file(filing(cases.Named, draft))
		c = w.act(c.Ref, cases.Act{Action: cases.Take, By: w.lin.Actor()})
		for _, a := range more {
			a.By = w.lin.Actor()
			c = w.act(c.Ref, a)
		}
		return c
	}
	words := &cases.Body{Text: "words"}
	take("idle")
	read := take("read")
	noted := take("noted")
	aside := take("aside")
	take("asked", cases.Act{Action: cases.Accept}, cases.Act{Action: cases.Ask, Body: words})
	today := take("today", cases.Act{Action: cases.Accept})
	take("later", cases.Act{Action: cases.Accept})
	free := w.file(filing(cases.Named, "free"))
	elsewhere := filing(cases.Named, "elsewhere")
	elsewhere.Case.Department = "safety"
	w.file(elsewhere)
	hidden := filing(cases.Named, "hidden")
	hidden.Body.Fields[0].Text = []string{"It was Lin who did it."}
	recused := w.file(hidden)
	w.want(w.lin, cases.DigestWorking, 8)
	w.want(w.sun, cases.DigestWorking, 8)

	w.goTo(march(11, 20))
	w.act(noted.Ref, cases.Act{Action: cases.Note, By: w.lin.Actor(), Body: words})
	w.act(read.Ref, cases.Act{Action: cases.Open, By: w.lin.Actor()})
	w.exec("UPDATE digests SET called_at = $1", march(11, 8))
	w.file(filing(cases.Named, "new"))
	w.goTo(march(12, 8))
	if _, err := w.desk.Desk().PutAside(w.ctx, w.lin.Actor(), aside.Ref, march(20, 0)); err != nil {
		t.Fatal(err)
	}
	w.exec("UPDATE cases SET next_due = $2 WHERE id = $1", today.ID, march(12, 20))
	w.exec("UPDATE digests SET next_at = $1", march(12, 8))

	got := map[string]cases.Digest{}
	nearest := map[string][]cases.Reference{}
	for _, n := range w.call() {
		for _, c := range n.Nearest {
			nearest[n.Officer.Name] = append(nearest[n.Officer.Name], c.Ref)
		}
		n.Nearest = nil
		got[n.Officer.Name] = n.Digest
	}
	want := map[string]cases.Digest{
		"Lin": {New: 1, Free: 1, Own: cases.Pile{Overdue: 4, Today: 1, Waiting: 1, Idle: 4}},
		"Sun": {New: 1, Free: 2, Team: cases.Pile{Overdue: 6, Today: 1, Waiting: 1, Idle: 4}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("counted (-want +got):\n%s", d)
	}
	for o, f := range map[*cases.Officer]cases.Filter{
		&w.lin: {Open: true, Owner: cases.OwnedByMe, Due: cases.DueOverdue},
		&w.sun: {Open: true, Due: cases.DueOverdue},
	} {
		_, n, err := w.desk.List(w.ctx, o.Actor(), f, 0, 10)
		if d := got[o.Name]; err != nil || n != max(d.Own.Overdue, d.Team.Overdue) {
			t.Errorf("%s finds %d overdue in the list, and is told of %+v; %v", o.Name, n, d, err)
		}
		for _, ref := range nearest[o.Name] {
			if _, err := w.desk.CaseByRef(w.ctx, o.Actor(), ref); err != nil {
				t.Errorf("%s is told of a case that they do not find: %v", o.Name, err)
			}
		}
	}
	if n := nearest["Lin"]; len(n) != cases.DigestNearest || n[4] != today.Ref {
		t.Errorf("nearest to Lin: %v", n)
	}
	if n := nearest["Sun"]; len(n) != cases.DigestNearest || n[0] != min(free.Ref, recused.Ref) && n[1] != min(free.Ref, recused.Ref) {
		t.Errorf("nearest to Sun: %v, nobody's first: %s, %s", n, free.Ref, recused.Ref)
	}
}

// Kept lists and digests are their officer's alone, no more lists than fit are kept whoever comes at once, and all goes with
// the officer.
func TestKeptListsAreTheirOfficersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.asDesk().Desk(), b.asDesk().Desk()
	lin, sun := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Sun", cases.RoleLead, "hr")
	admin := b.officer("Admin", cases.RoleAdmin, "")
	var kept, full atomic.Int32
	together(cases.MostKept+4, func(i int) {
		switch err := []postgres.Officers{one, two}[i%2].KeepFilter(b.ctx, lin.Actor(), fmt.Appendf(nil, "sealed %d", i)); {
		case err == nil:
			kept.Add(1)
		case cases.CodeOf(err) == cases.NotNow:
			full.Add(1)
		default:
			t.Error(err)
		}
	})
	if kept.Load() != cases.MostKept || full.Load() != 4 {
		t.Errorf("%d kept, %d refused", kept.Load(), full.Load())
	}
	list, err := two.KeptFilters(b.ctx, lin.Actor())
	if err != nil || len(list) != cases.MostKept {
		t.Fatalf("%d, %v", len(list), err)
	}
	// A colleague neither sees nor drops them, not even by a statement of their own.
	if theirs, err := one.KeptFilters(b.ctx, sun.Actor()); err != nil || len(theirs) != 0 {
		t.Errorf("a colleague has %d, %v", len(theirs), err)
	}
	if err := one.DropFilter(b.ctx, sun.Actor(), list[3].ID); err != nil {
		t.Error(err)
	}
	if err := one.SetDigestTime(b.ctx, lin.Actor(), cases.DigestTime{Days: cases.DigestDaily, Hour: 8}); err != nil {
		t.Fatal(err)
	}
	conn := b.conn()
	for _, sql := range []string{
		"BEGIN", "SET LOCAL ROLE huiyin_desk", fmt.Sprintf("SELECT set_config('huiyin.officer', '%d', true)", sun.ID),
		"DELETE FROM kept_filters", "UPDATE digests SET days = '', next_at = NULL", "COMMIT",
	} {
		if _, err := conn.Exec(b.ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if n := b.count("SELECT count(*) FROM kept_filters"); n != cases.MostKept {
		t.Errorf("%d lists are left", n)
	}
	if d, err := one.DigestTime(b.ctx, lin.Actor()); err != nil || d != (cases.DigestTime{Days: cases.DigestDaily, Hour: 8}) {
		t.Errorf("%+v, %v", d, err)
	}
	if err := one.DropFilter(b.ctx, lin.Actor(), list[3].ID); err != nil {
		t.Error(err)
	}
	if err := one.KeepFilter(b.ctx, lin.Actor(), []byte("in its place")); err != nil {
		t.Error(err)
	}
	if list, err = one.KeptFilters(b.ctx, lin.Actor()); err != nil || string(list[3].Sealed) != "in its place" {
		t.Errorf("%v, %v", list, err)
	}
	if err := b.asDesk().Revoke(b.ctx, admin.Actor(), lin.ID); err != nil {
		t.Fatal(err)
	}
	if n := b.count("SELECT (SELECT count(*) FROM kept_filters) + (SELECT count(*) FROM digests)"); n != 0 {
		t.Errorf("%d rows of an officer who left", n)
	}
}
