package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// asDesk is a store that may do what the desk may, and no more.
func (b *bundle) asDesk(change ...func(*postgres.Options)) *postgres.Store {
	return b.open(append(change, func(o *postgres.Options) { o.Role = postgres.Desk })...)
}

func TestNobodyTakesBeyondTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limited := func(o *postgres.Options) { o.Limits = cases.Limits{OpenCases: 3} }
	one, two := b.asDesk(limited), b.asDesk(limited)
	lin, sun := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Sun", cases.RoleLead, "hr")
	var filed []cases.Case
	for i := range 8 {
		filed = append(filed, b.file(filing(cases.Named, fmt.Sprint("case", i))))
	}
	// Eight cases at once, by two processes: three of them are taken.
	var taken, full atomic.Int32
	together(len(filed), func(i int) {
		s := []*postgres.Store{one, two}[i%2]
		_, _, _, err := s.Act(b.ctx, filed[i].Ref, cases.Act{Action: cases.Take, By: lin.Actor()})
		switch {
		case err == nil:
			taken.Add(1)
		case cases.CodeOf(err) == cases.Full:
			full.Add(1)
		default:
			t.Errorf("take %d: %v", i, err)
		}
	})
	if taken.Load() != 3 || full.Load() != 5 || b.count("SELECT count(*) FROM cases WHERE owner = $1", lin.ID) != 3 {
		t.Errorf("%d taken, %d refused", taken.Load(), full.Load())
	}
	_, _, err := one.Next(b.ctx, lin.Actor(), "next")
	wantCode(t, "next", err, cases.Full)
	i := slices.IndexFunc(filed, func(c cases.Case) bool {
		now, err := b.CaseByID(b.ctx, c.ID)
		return err == nil && now.Owner == 0
	})
	give := cases.Act{Action: cases.Assign, By: sun.Actor(), To: lin.ID, ToDepartment: "hr"}
	_, _, _, err = one.Act(b.ctx, filed[i].Ref, give)
	wantCode(t, "a lead gives one more", err, cases.Full)
	give.Over = true
	if c, _, _, err := one.Act(b.ctx, filed[i].Ref, give); err != nil || c.Owner != lin.ID || !c.Handed {
		t.Errorf("a lead who means it: %v, %+v", err, c.Work)
	}
	// Undoing and reopening count as well.
	act := func(ref cases.Reference, by cases.Actor, acts ...cases.Act) {
		t.Helper()
		for _, a := range acts {
			if a.By = by; a.Action == cases.Satisfy {
				a.By = cases.Actor{Party: cases.Reporter}
			}
			b.act(ref, a)
		}
	}
	act(filed[i].Ref, lin.Actor(), cases.Act{Action: cases.Release})
	undo := cases.Act{Action: cases.Undo, By: lin.Actor()}
	_, _, _, err = one.Act(b.ctx, filed[i].Ref, undo)
	wantCode(t, "undo", err, cases.Full)
	act(filed[i].Ref, sun.Actor(), cases.Act{Action: cases.Assign, To: lin.ID, ToDepartment: "hr"}, cases.Act{Action: cases.Accept},
		cases.Act{Action: cases.Propose, Code: "partly", Body: &cases.Body{Text: "words"}}, cases.Act{Action: cases.Satisfy})
	reopen := cases.Act{Action: cases.Reopen, By: sun.Actor()}
	_, _, _, err = one.Act(b.ctx, filed[i].Ref, reopen)
	wantCode(t, "reopen", err, cases.Full)
	reopen.Code = cases.ReopenQueue
	if c, _, _, err := one.Act(b.ctx, filed[i].Ref, reopen); err != nil || c.Owner != 0 || !c.Status.Open() {
		t.Errorf("reopened for the queue: %v, %+v", err, c)
	}
	act(filed[i].Ref, sun.Actor(), cases.Act{Action: cases.Assign, To: lin.ID, ToDepartment: "hr"})
	// Who lets one go may take one only when below the limit again.
	loads, err := one.Loads(b.ctx, sun.Actor(), "hr")
	if d := cmp.Diff(map[cases.OfficerID]cases.Load{lin.ID: {Open: 4, Unread: 4}}, loads); err != nil || d != "" {
		t.Errorf("loads: %v\n%s", err, d)
	}
}

// A lead who is recused from a case does not learn of it by a colleague's count, and the limit counts it all the same.
func TestCountsTellNothingOfRecusedCases(t *testing.T) {
	t.Parallel()
	b := setup(t)
	desk := b.asDesk(func(o *postgres.Options) { o.Limits = cases.Limits{OpenCases: 2} })
	lin, sun := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Sun", cases.RoleLead, "hr")
	one, two, three := b.file(filing(cases.Named, "one")), b.file(filing(cases.Named, "two")), b.file(filing(cases.Named, "three"))
	for _, c := range []cases.Case{one, two} {
		if _, _, _, err := desk.Act(b.ctx, c.Ref, cases.Act{Action: cases.Take, By: lin.Actor()}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, _, err := desk.Act(b.ctx, one.Ref, cases.Act{Action: cases.Recuse, By: sun.Actor()}); err != nil {
		t.Fatal(err)
	}
	loads, err := desk.Loads(b.ctx, sun.Actor(), "hr")
	if err != nil || loads[lin.ID].Open != 1 {
		t.Errorf("loads: %v, %+v", err, loads)
	}
	_, _, _, err = desk.Act(b.ctx, three.Ref, cases.Act{Action: cases.Assign, By: sun.Actor(), To: lin.ID, ToDepartment: "hr"})
	wantCode(t, "one more", err, cases.Full)
	_, err = desk.Loads(b.ctx, b.officer("Zhao", cases.RoleLead, "safety").Actor(), "hr")
	wantCode(t, "loads of another department", err, cases.NotFound)
}

func TestAwayIsSaidByThemselvesOrTheirLead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	desk := b.asDesk()
	lin, zhao := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Zhao", cases.RoleOfficer, "hr")
	sun, far := b.officer("Sun", cases.RoleLead, "hr"), b.officer("Far", cases.RoleLead, "safety")
	until := time.Now().Add(72 * time.Hour).UTC().Truncate(time.Microsecond)
	for who, by := range map[string]cases.Officer{"themself": lin, "the lead": sun} {
		if err := desk.SetAway(b.ctx, by.Actor(), lin.ID, until, zhao.ID); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
	if o, err := desk.Officer(b.ctx, lin.ID); err != nil || !o.Away(time.Now()) || o.Away(until) || o.Deputy != zhao.ID {
		t.Errorf("away: %+v, %v", o, err)
	}
	for who, by := range map[string]cases.Officer{"a colleague": zhao, "another lead": far, "nobody": {}} {
		wantCode(t, who, desk.SetAway(b.ctx, by.Actor(), lin.ID, until, 0), cases.NotAllowed)
		wantCode(t, who, desk.SetSkills(b.ctx, by.Actor(), lin.ID, []string{"kind.pay"}), cases.NotAllowed)
	}
	wantCode(t, "a deputy elsewhere", desk.SetAway(b.ctx, lin.Actor(), lin.ID, until, far.ID), cases.NotFound)
	wantCode(t, "their own deputy", desk.SetAway(b.ctx, lin.Actor(), lin.ID, until, lin.ID), cases.NotFound)
	wantCode(t, "yesterday", desk.SetAway(b.ctx, lin.Actor(), lin.ID, time.Now().Add(-time.Hour), 0), cases.Incomplete)
	if err := desk.SetSkills(b.ctx, lin.Actor(), lin.ID, []string{"language.zh-Hans", "kind.pay", "kind.pay"}); err != nil {
		t.Fatal(err)
	}
	if err := desk.SetAway(b.ctx, lin.Actor(), lin.ID, time.Time{}, zhao.ID); err != nil {
		t.Fatal(err)
	}
	want := lin
	want.Skills = []string{"kind.pay", "language.zh-Hans"}
	if o, err := desk.Officer(b.ctx, lin.ID); err != nil || !cmp.Equal(want, o) {
		t.Errorf("back: %v\n%s", err, cmp.Diff(want, o))
	}
	// What the program forgets to ask, the database asks.
	conn := b.conn()
	for who, id := range map[string]cases.OfficerID{"a colleague": zhao.ID, "another lead": far.ID} {
		tx, err := conn.Begin(b.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"SET LOCAL ROLE huiyin_desk", fmt.Sprintf("SELECT set_config('huiyin.officer', '%d', true)", id)} {
			if _, err := tx.Exec(b.ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := tx.Exec(b.ctx, "UPDATE officers SET skills = '{kind.safety}' WHERE id = $1", lin.ID); err == nil {
			t.Errorf("%s changed somebody's skills", who)
		}
		_ = tx.Rollback(b.ctx)
	}
}

func TestDeputiesAreToldAndMissedDatesExcused(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	clock := func(o *postgres.Options) { o.Now = func() time.Time { return time.UnixMicro(now.Load()).UTC() } }
	b := setup(t, clock)
	lin, zhao := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Zhao", cases.RoleOfficer, "hr")
	sun := b.officer("Sun", cases.RoleLead, "hr")
	c := b.file(filing(cases.Named, "c"))
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor()})
	reporter := cases.Actor{Party: cases.Reporter}
	told := func(what string, seq int, want ...cases.OfficerID) {
		t.Helper()
		all, err := b.Deliveries(b.ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []cases.OfficerID
		for _, n := range all {
			if n.Seq == seq && n.Officer != 0 {
				got = append(got, n.Officer)
			}
		}
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: told %s", what, d)
		}
	}
	add := func(key string) int {
		return b.act(c.Ref, cases.Act{Action: cases.Add, By: reporter, Key: key, Body: &cases.Body{Text: "more"}}).Version
	}
	told("while they are here", add("add-a"), lin.ID)
	if err := b.SetAway(b.ctx, sun.Actor(), lin.ID, time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC), zhao.ID); err != nil {
		t.Fatal(err)
	}
	told("while they are away", add("add-b"), lin.ID, zhao.ID)
	// They may act in the owner's place, which the event says; nobody else may.
	desk := b.asDesk(clock)
	reply := cases.Act{Action: cases.Reply, By: zhao.Actor(), Body: &cases.Body{Text: "words"}}
	acted, e, _, err := desk.Act(b.ctx, c.Ref, reply)
	if err != nil || e.By.Officer != zhao.ID || e.For != lin.ID || acted.Owner != lin.ID || !slices.Contains(acted.Deciders(), zhao.ID) {
		t.Errorf("the deputy acts: %v, %+v", err, e)
	}
	events, err := desk.Desk().Events(b.ctx, sun.Actor(), c.ID)
	if err != nil || events[len(events)-1].For != lin.ID {
		t.Errorf("the timeline says: %v, %+v", err, events)
	}
	shown, err := desk.CaseByRef(b.ctx, zhao.Actor(), c.Ref)
	if err != nil || !slices.Contains(cases.Moves(shown, zhao.Actor(), time.UnixMicro(now.Load())), cases.Accept) {
		t.Errorf("the deputy is offered nothing: %v", err)
	}
	reply.By = b.officer("Qian", cases.RoleOfficer, "hr").Actor()
	_, _, _, err = desk.Act(b.ctx, c.Ref, reply)
	wantCode(t, "a colleague who is no deputy", err, cases.NotAllowed)
	now.Store(time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC).UnixMicro())
	if _, err := b.Tick(b.ctx); err != nil {
		t.Fatal(err)
	}
	events, err = b.Events(b.ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(events, func(e cases.Event) bool { return e.Kind == cases.Missed })
	if i < 0 || events[i].Reason != "away" {
		t.Fatalf("the missed date: %+v", events)
	}
	told("of the missed date", events[i].Seq, lin.ID, zhao.ID, sun.ID)
	// A deputy for whom there is no such case is told nothing.
	b.act(c.Ref, cases.Act{Action: cases.Recuse, By: zhao.Actor()})
	told("when the deputy stepped back", add("add-c"), lin.ID)
	now.Store(time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC).UnixMicro())
	told("when they are back", add("add-d"), lin.ID)
	reply.By = zhao.Actor()
	_, _, _, err = desk.Act(b.ctx, c.Ref, reply)
	wantCode(t, "a deputy who stepped back", err, cases.NotFound)
	other := b.file(filing(cases.Named, "other"))
	b.act(other.Ref, cases.Act{Action: cases.Take, By: lin.Actor()})
	_, _, _, err = desk.Act(b.ctx, other.Ref, reply)
	wantCode(t, "a deputy of somebody who is back", err, cases.NotAllowed)
}

func TestATransferThroughTheRowPolicies(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	clock := func(o *postgres.Options) { o.Now = func() time.Time { return time.UnixMicro(now.Load()).UTC() } }
	b := setup(t, clock)
	desk := b.asDesk(clock)
	lin, sun := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Sun", cases.RoleLead, "hr")
	zhao, far := b.officer("Zhao", cases.RoleOfficer, "safety"), b.officer("Far", cases.RoleOfficer, "legal")
	admin := b.officer("Root", cases.RoleAdmin, "")
	words := &cases.Body{Text: "it is about a machine"}
	var once sync.Mutex
	offered := func(by cases.Officer) (out []string) {
		once.Lock()
		defer once.Unlock()
		list, total, err := desk.List(b.ctx, by.Actor(), cases.Filter{Owner: cases.OfferedToUs, Open: true}, 0, 10)
		if err != nil || total != len(list) {
			t.Fatal(err, total)
		}
		for _, c := range list {
			out = append(out, c.ID)
		}
		return out
	}
	act := func(c cases.Case, a cases.Act) error {
		_, _, _, err := desk.Act(b.ctx, c.Ref, a)
		return err
	}
	must := func(c cases.Case, a cases.Act) {
		t.Helper()
		if err := act(c, a); err != nil {
			t.Fatalf("%s: %v", a.Action, err)
		}
	}
	c, other := b.file(filing(cases.Named, "c")), b.file(filing(cases.Named, "other"))
	move := cases.Act{Action: cases.Assign, By: sun.Actor(), ToDepartment: "safety"}
	wantCode(t, "a lead moves it unasked", act(c, move), cases.NotNow)
	must(c, cases.Act{Action: cases.Take, By: lin.Actor()})
	offer := cases.Act{Action: cases.OfferTransfer, By: lin.Actor(), ToDepartment: "safety", Body: words}
	must(c, offer)
	for who, want := range map[*cases.Officer]int{&zhao: 1, &lin: 0, &sun: 0, &far: 0, &admin: 0} {
		if got := offered(*who); len(got) != want {
			t.Errorf("offered to %s: %v", who.Department, got)
		}
	}
	free := cases.Filter{Owner: cases.OwnedByNobody}
	if list, _, err := desk.List(b.ctx, zhao.Actor(), free, 0, 10); err != nil || len(list) != 0 {
		t.Errorf("an offered case is to be taken before it is accepted: %v %v", list, err)
	}
	if list, _, err := desk.List(b.ctx, sun.Actor(), free, 0, 10); err != nil || len(list) != 1 || list[0].ID != other.ID {
		t.Errorf("in its own department: %v %v", list, err)
	}
	must(c, cases.Act{Action: cases.RefuseTransfer, By: zhao.Actor(), Body: words})
	if len(offered(zhao)) != 0 {
		t.Error("still offered after a refusal")
	}
	// Nobody answers: time gives it back, and that is no refusal.
	offer.Key, offer.By = "", sun.Actor()
	must(c, offer)
	now.Store(time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC).UnixMicro())
	if _, err := b.Tick(b.ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := b.CaseByID(b.ctx, c.ID); err != nil || got.Transfer.To != "" || got.Transfer.Refused != 1 || got.Owner != lin.ID {
		t.Errorf("lapsed: %+v %v", got.Transfer, err)
	}
	wantCode(t, "a lead moves it after one refusal", act(c, move), cases.NotNow)
	offer.ToDepartment = "legal"
	must(c, offer)
	must(c, cases.Act{Action: cases.RefuseTransfer, By: far.Actor(), Body: words})
	wantCode(t, "a third offer", act(c, offer), cases.NotNow)
	must(c, move)
	if got, err := b.CaseByID(b.ctx, c.ID); err != nil || got.Department != "safety" || got.Owner != 0 || got.Transfer != (cases.Transfer{}) {
		t.Errorf("moved by the lead: %+v %v", got, err)
	}
	// Accepted, it is in their queue, and its clocks are as they were.
	must(other, cases.Act{Action: cases.OfferTransfer, By: sun.Actor(), ToDepartment: "safety", Body: words})
	must(other, cases.Act{Action: cases.AcceptTransfer, By: zhao.Actor()})
	list, _, err := desk.List(b.ctx, zhao.Actor(), cases.Filter{Owner: cases.OwnedByNobody}, 0, 10)
	if err != nil || !slices.ContainsFunc(list, func(c cases.Case) bool { return c.ID == other.ID }) {
		t.Errorf("accepted: %v %v", list, err)
	}
	got, err := b.CaseByID(b.ctx, other.ID)
	if d := cmp.Diff(dues(other), dues(got)); err != nil || d != "" {
		t.Errorf("dates moved with the case: %v\n%s", err, d)
	}
	// An admin moves what must be moved.
	must(c, cases.Act{Action: cases.Assign, By: admin.Actor(), ToDepartment: "hr"})
}

func dues(c cases.Case) map[string]time.Time {
	out := map[string]time.Time{}
	for _, k := range c.Clocks {
		if out[k.Name].IsZero() {
			out[k.Name] = k.Due
		}
	}
	return out
}
