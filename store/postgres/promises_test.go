package postgres_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// clockwork is a house whose time a test moves, with two replicas of it.
type clockwork struct {
	*bundle
	now     atomic.Int64
	other   *postgres.Store
	change  func(*postgres.Options)
	officer cases.Officer
	lead    cases.Officer
	leader  cases.Officer
	second  cases.Officer
	admin   cases.Officer
}

// working are the hours of the office in these tests.
var working = cases.Hours{From: 8 * 60, To: 18 * 60}

func wound(t *testing.T, more ...func(*postgres.Options)) *clockwork {
	w := &clockwork{}
	w.at(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w.change = func(o *postgres.Options) {
		o.Now = func() time.Time { return time.UnixMicro(w.now.Load()).UTC() }
		o.Rules = map[string]cases.Rules{"default": {
			Procedure: cases.Procedure{ID: "default", Clocks: []cases.Rule{
				{Name: "personal", Days: 3, Until: []cases.EventKind{cases.Taken, cases.Assigned}},
				{Name: "answer", Days: 10, Until: []cases.EventKind{cases.Replied, cases.Proposed}, Remind: cases.Reminder{Days: 2}},
			}},
			Calendar: cases.Calendar{ID: "week", Weekend: []cases.Weekday{cases.Weekday(time.Saturday), cases.Weekday(time.Sunday)}},
		}}
		o.OfficeHours = working
		o.Major = []cases.MajorRule{{Danger: true, People: 3, Minutes: 15, Leaders: [][]string{{"林岚"}, {"周正"}}}}
		for _, f := range more {
			f(o)
		}
	}
	w.bundle = setup(t, w.change)
	w.other = w.open(w.change)
	w.officer = w.bundle.officer("小明", cases.RoleOfficer, "hr")
	w.lead = w.bundle.officer("王芳", cases.RoleLead, "hr")
	w.leader = w.bundle.officer("林岚", cases.RoleLeader, "")
	w.second = w.bundle.officer("周正", cases.RoleLeader, "")
	w.admin = w.bundle.officer("管理", cases.RoleAdmin, "")
	return w
}

func (w *clockwork) at(t time.Time) { w.now.Store(t.UnixMicro()) }

func (w *clockwork) forward(d time.Duration) { w.now.Add(d.Microseconds()) }

// tick lets both replicas do at once what time asks for.
func (w *clockwork) tick() {
	w.t.Helper()
	together(4, func(i int) {
		s := w.Store
		if i%2 == 1 {
			s = w.other
		}
		if _, err := s.Tick(w.ctx); err != nil {
			w.t.Error(err)
		}
	})
}

// told counts the notices of a case by kind of event and recipient.
func (w *clockwork) told(c cases.Case, kind cases.EventKind, to cases.Recipient) int {
	w.t.Helper()
	return w.count(`SELECT count(*) FROM notices n JOIN events e ON e.case_id = n.case_id AND e.seq = n.seq
		WHERE n.case_id = $1 AND e.kind = $2 AND n.recipient = $3`, c.ID, string(kind), string(to))
}

func (w *clockwork) kinds(c cases.Case) (out []cases.EventKind) {
	w.t.Helper()
	events, err := w.Events(w.ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

func (w *clockwork) read(c cases.Case) cases.Case {
	w.t.Helper()
	got, err := w.CaseByID(w.ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// Replicas tick at once, again and again; each reminder and each missed date comes once, to each whom it concerns.
func TestRemindersComeOnce(t *testing.T) {
	t.Parallel()
	w := wound(t)
	c := w.file(filing(cases.Named, "once"))
	w.act(c.Ref, cases.Act{Action: cases.Take, By: w.officer.Actor()})
	for range 14 * 8 {
		w.tick()
		w.forward(3 * time.Hour)
	}
	want := []cases.EventKind{cases.Filed, cases.Taken, cases.Reminded, cases.Reminded, cases.Missed}
	if diff := cmp.Diff(want, w.kinds(c)); diff != "" {
		t.Fatalf("what happened (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		kind cases.EventKind
		to   cases.Recipient
		want int
	}{
		{cases.Reminded, cases.ToOwner, 1}, {cases.Reminded, cases.ToLead, 1}, {cases.Missed, cases.ToReporter, 1},
		{cases.Missed, cases.ToOwner, 1}, {cases.Missed, cases.ToLead, 1}, {cases.Missed, cases.ToLeader, 2},
	} {
		if got := w.told(c, test.kind, test.to); got != test.want {
			t.Errorf("%s to %s: %d notices, want %d", test.kind, test.to, got, test.want)
		}
	}
	got := w.read(c)
	if !got.Watched || got.Owner != w.officer.ID {
		t.Errorf("a missed date of an owned case: %+v", got)
	}
	// The date passed in the night before a Friday: the office hears of it at eight, the reporter at once.
	early := w.count(`SELECT count(*) FROM notices n JOIN events e ON e.case_id = n.case_id AND e.seq = n.seq
		WHERE e.kind = 'missed' AND n.recipient <> 'reporter' AND n.due_at <> date_trunc('day', e.at) + interval '8 hours'`)
	late := w.count(`SELECT count(*) FROM notices n JOIN events e ON e.case_id = n.case_id AND e.seq = n.seq
		WHERE e.kind = 'missed' AND n.recipient = 'reporter' AND n.due_at > e.at`)
	if early != 0 || late != 0 {
		t.Errorf("%d notices of the office do not wait for its hours, %d to the reporter wait", early, late)
	}
}

// A case that nobody took moves up to the lead, once, and the date it owes is another.
func TestUnownedCaseMovesUp(t *testing.T) {
	t.Parallel()
	for _, mode := range cases.Modes() {
		w := wound(t)
		c := w.file(filing(mode, "nobody's"))
		w.forward(4 * 24 * time.Hour)
		w.tick()
		got := w.read(c)
		if got.Owner != w.lead.ID || !got.Handed || !got.Watched {
			t.Fatalf("%s: owner %d, handed %v, watched %v", mode, got.Owner, got.Handed, got.Watched)
		}
		if n := w.count("SELECT count(*) FROM events WHERE kind = 'assigned'"); n != 1 {
			t.Errorf("%s: assigned %d times", mode, n)
		}
		if n := w.told(c, cases.Missed, cases.ToOwner); n != 1 {
			t.Errorf("%s: the lead was told %d times", mode, n)
		}
		if want := 1; mode.Reachable() != (w.told(c, cases.Missed, cases.ToReporter) == want) {
			t.Errorf("%s: the reporter was told or was not", mode)
		}
		p := cases.Promises(got, w.time())
		if i := slices.IndexFunc(p, func(p cases.Promise) bool { return p.Name == "personal" }); p[i].Reason != "unassigned" || p[i].State != cases.PromiseDoneLate {
			t.Errorf("%s: %+v", mode, p[i])
		}
	}
}

func (w *clockwork) time() time.Time { return time.UnixMicro(w.now.Load()).UTC() }

// Leaders are called with the filing, level by level, and at last the admins are told, once; an answer ends that.
func TestMajorMatterIsCalled(t *testing.T) {
	t.Parallel()
	w := wound(t)
	w.at(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)) // a Sunday night
	f := filing(cases.Named, "danger")
	f.Case.Urgent = true
	c := w.file(f)
	if diff := cmp.Diff([]cases.EventKind{cases.Filed, cases.Raised}, w.kinds(c)); diff != "" {
		t.Fatalf("what happened (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]cases.OfficerID{w.leader.ID}, c.Major.Leaders); diff != "" {
		t.Errorf("who is called (-want +got):\n%s", diff)
	}
	if n := w.count("SELECT count(*) FROM notices WHERE officer = $1 AND due_at > $2", int64(w.leader.ID), w.time()); n != 0 {
		t.Errorf("%d calls wait", n)
	}
	for range 4 {
		w.forward(16 * time.Minute)
		w.tick()
	}
	if diff := cmp.Diff([]cases.EventKind{cases.Filed, cases.Raised, cases.Raised, cases.Reminded}, w.kinds(c)); diff != "" {
		t.Errorf("what happened (-want +got):\n%s", diff)
	}
	if n := w.count("SELECT count(*) FROM notices WHERE officer = $1", int64(w.second.ID)); n != 1 {
		t.Errorf("the second level was called %d times", n)
	}
	if n := w.count("SELECT count(*) FROM notices WHERE officer = $1", int64(w.admin.ID)); n != 1 {
		t.Errorf("the admin was told %d times", n)
	}
	got := w.act(c.Ref, cases.Act{Action: cases.AckMajor, By: w.second.Actor()})
	if got.Major.Seen != w.second.ID || !got.Major.Until.IsZero() {
		t.Errorf("seen: %+v", got.Major)
	}

	f = filing(cases.Named, "danger-again")
	f.Case.Urgent = true
	c = w.file(f)
	w.act(c.Ref, cases.Act{Action: cases.AckMajor, By: w.leader.Actor()})
	w.forward(time.Hour)
	w.tick()
	if n := w.count("SELECT count(*) FROM events WHERE case_id = $1 AND kind = 'raised'", c.ID); n != 1 {
		t.Errorf("called %d times, although a leader has seen it", n)
	}
}

// An anonymous case calls leaders when it reaches the queue, and not when it is filed: the hour would tell who it was. One
// whose reporter asked for that calls at once.
func TestMajorMatterWaitsForItsSlot(t *testing.T) {
	t.Parallel()
	w := wound(t, func(o *postgres.Options) { o.Quiet = cases.Quiet{Queue: 480, From: 540, To: 1260} })
	f := filing(cases.Anonymous, "slot")
	f.Case.Urgent = true
	c := w.file(f)
	if c.Major.Level != 0 {
		t.Fatalf("called at the filing: %+v", c.Major)
	}
	w.forward(24 * time.Hour)
	if err := w.Enqueue(w.ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.read(c); got.Major.Level != 1 || got.Major.Until.Before(w.time()) {
		t.Errorf("not called in its slot: %+v", got.Major)
	}
	f = filing(cases.Anonymous, "prompt")
	f.Case.Urgent, f.Case.Prompt = true, true
	if c := w.file(f); c.Major.Level != 1 {
		t.Errorf("not called at once: %+v", c.Major)
	}
}

// When nobody of those who are named is there, the admins hear of it at once, on record.
func TestMajorMatterWithoutLeaders(t *testing.T) {
	t.Parallel()
	w := wound(t, func(o *postgres.Options) {
		o.Major = []cases.MajorRule{{Danger: true, Minutes: 15, Leaders: [][]string{{"somebody else"}}}}
	})
	f := filing(cases.Named, "nobody")
	f.Case.Urgent = true
	c := w.file(f)
	if diff := cmp.Diff([]cases.EventKind{cases.Filed, cases.Reminded}, w.kinds(c)); diff != "" {
		t.Errorf("what happened (-want +got):\n%s", diff)
	}
	calm := w.file(filing(cases.Named, "by-hand"))
	w.act(calm.Ref, cases.Act{Action: cases.Raise, By: w.officer.Actor(), Code: cases.MajorByHand, Body: &cases.Body{Text: "the roof is on fire"}})
	w.forward(time.Hour)
	w.tick()
	if n := w.count("SELECT count(*) FROM notices WHERE officer = $1", int64(w.admin.ID)); n != 2 {
		t.Errorf("the admin was told %d times of two cases", n)
	}
}

// What a leader's list shows is what a leader may know of, and the row policies agree.
func TestLeadersSeeWhatIsTheirs(t *testing.T) {
	t.Parallel()
	w := wound(t)
	desk := w.open(w.change, func(o *postgres.Options) { o.Role = postgres.Desk })
	placed := w.bundle.officer("分管", cases.RoleLeader, "hr")
	calm := w.file(filing(cases.Named, "calm"))
	w.act(calm.Ref, cases.Act{Action: cases.Take, By: w.officer.Actor()})
	f := filing(cases.Named, "called")
	f.Case.Urgent = true
	called := w.file(f)
	w.act(called.Ref, cases.Act{Action: cases.Take, By: w.officer.Actor()})
	missed := w.file(filing(cases.Named, "missed"))
	secret := filing(cases.Named, "secret")
	secret.Case.Restricted = true
	hidden := w.file(secret)
	w.forward(4 * 24 * time.Hour)
	w.tick()
	for _, test := range []struct {
		who  cases.Officer
		want []cases.Reference
	}{
		{w.leader, []cases.Reference{called.Ref, missed.Ref}},
		{w.second, []cases.Reference{called.Ref, missed.Ref}}, // the first did not answer
		{placed, []cases.Reference{missed.Ref, hidden.Ref}},
	} {
		for _, s := range []*postgres.Store{w.Store, desk} {
			items, total, err := s.List(w.ctx, test.who.Actor(), cases.Filter{}, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []cases.Reference
			for _, c := range items {
				got = append(got, c.Ref)
				if cases.Can(test.who.Actor(), cases.List, c) != nil {
					t.Errorf("%s sees what they may not", test.who.Name)
				}
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" || total != len(got) {
				t.Errorf("%s, %d in all (-want +got):\n%s", test.who.Name, total, diff)
			}
		}
	}
	if _, err := desk.Desk().CaseByRef(w.ctx, w.leader.Actor(), calm.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("a leader reads a case that owes them nothing: %v", err)
	}
	got, _, _, err := desk.Act(w.ctx, called.Ref, cases.Act{Action: cases.AckMajor, By: w.second.Actor()})
	if err != nil || got.Major.Seen != w.second.ID {
		t.Errorf("a leader acknowledges at the desk: %+v, %v", got.Major, err)
	}
	if _, _, _, err := desk.Act(w.ctx, calm.Ref, cases.Act{
		Action: cases.Raise, By: w.officer.Actor(), Code: cases.MajorByHand, Body: &cases.Body{Text: "it gets worse"},
	}); err != nil {
		t.Errorf("an officer calls leaders at the desk: %v", err)
	}
}

// That somebody made a reporter pay is told to a leader when the only lead of the department worked the case, and not to
// that lead.
func TestReprisalIsToldToWhoWatchesOver(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	b := setup(t, func(o *postgres.Options) { o.Now = func() time.Time { return now } })
	lead, leader := b.officer("Lead", cases.RoleLead, "hr"), b.officer("Leader", cases.RoleLeader, "")
	c := b.file(filing(cases.Named, "case"))
	by, words := lead.Actor(), &cases.Body{Text: "words"}
	reporter := cases.Actor{Party: cases.Reporter}
	for _, a := range []cases.Act{
		{Action: cases.Take, By: by}, {Action: cases.Accept, By: by}, {Action: cases.Propose, By: by, Code: "partly", Body: words},
		{Action: cases.Satisfy, By: reporter}, {Action: cases.SetCheckIn, By: reporter, Code: "on"},
		{Action: cases.AskCheckIn, By: house, Code: "30"}, {Action: cases.CheckIn, By: reporter, Code: "bad"},
	} {
		c = b.act(c.Ref, a)
	}
	notices, err := b.Deliveries(b.ctx, c.ID)
	told := slices.DeleteFunc(notices, func(n cases.Notice) bool { return n.Seq != c.Version })
	if err != nil || len(told) != 1 || told[0].Officer != leader.ID {
		t.Errorf("%v: told are %+v", err, told)
	}
	desk := b.Desk()
	for _, o := range []cases.Officer{lead, leader} {
		events, err := desk.Events(b.ctx, o.Actor(), c.ID)
		shown := slices.ContainsFunc(events, func(e cases.Event) bool { return e.Kind == cases.CheckedIn })
		if err != nil || shown != (o.ID == leader.ID) {
			t.Errorf("%s reads the answer: %v, %v", o.Name, shown, err)
		}
	}
}
