package cases

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// life is a case to which anybody may try anything, and what must stay true of it.
type life struct {
	c       Case
	events  []Event
	now     time.Time
	due     []time.Time
	granted map[OfficerID]time.Time // by the last answer of a custodian
}

// Whatever anybody tries in whatever order, the case stays whole, and nobody learns of it who may not.
func TestAnySequenceOfActs(t *testing.T) {
	t.Parallel()
	actors := []Actor{
		reporter, ming, hua, lead, admin, stranger, far, keeper, warden, system, {},
		{Party: Office, Officer: ming.Officer, Role: RoleCustodian, Department: "hr"}, // roles change
		{Party: Office, Officer: keeper.Officer, Role: RoleLead, Department: "hr"},
		{Party: Office, Officer: 9, Role: RoleAdmin, Department: "hr"},
		{Party: Office, Officer: 10, Role: RoleLead, Department: "integrity"},
		{Party: Office, Officer: 11, Role: RoleGuest},
		{Party: Office, Officer: 12, Role: RoleLeader},
		{Party: Office, Officer: 13, Role: RoleLeader, Department: "hr"},
	}
	rapid.Check(t, func(t *rapid.T) {
		l := born(t)
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			l.now = l.now.Add(time.Duration(rapid.IntRange(0, 40_000_000).Draw(t, "ms")) * time.Millisecond)
			l.try(t, rapid.SampledFrom(actors).Draw(t, "by"), actors)
		}
		folded, err := Fold(l.c, l.events)
		if diff := cmp.Diff(l.c, folded); diff != "" || err != nil {
			t.Fatalf("the fold differs: %v %s", err, diff)
		}
		// Of what events say, nothing is taken from the case that is folded again.
		blank := l.c
		blank.Recused, blank.Custody, blank.Ended, blank.Warned = []OfficerID{99}, Custody{What: "x"}, day(1), day(1)
		blank.Held, blank.Shredded, blank.Unread, blank.Owner, blank.Status = !l.c.Held, !l.c.Shredded, !l.c.Unread, 99, "lost"
		blank.Mode, blank.Outcome, blank.Rating, blank.Department = "dim", "x", "x", "moon"
		blank.Work, blank.Tags, blank.Into, blank.Colleagues = Work{Looks: 9, Watched: !l.c.Watched}, []string{"x"}, "x", 9
		blank.Clocks = []Clock{{Name: "x"}}
		if folded, err = Fold(blank, l.events); err != nil || cmp.Diff(l.c, folded) != "" {
			t.Fatalf("the fold takes more than it may: %v %s", err, cmp.Diff(l.c, folded))
		}
		for _, e := range Timeline(l.events, Reporter) {
			if e.By != (Actor{Party: e.By.Party}) || e.To != 0 || e.Department != "" || !VisibleToReporter(e.Kind) ||
				e.Officers != nil || e.Other != "" || e.Kind == Convened && e.Body != nil {
				t.Fatalf("the reporter sees %+v", e)
			}
		}
	})
}

func born(t *rapid.T) *life {
	f := filing(rapid.SampledFrom(Modes()).Draw(t, "mode"))
	f.Case.Prompt, f.Case.Restricted = rapid.Bool().Draw(t, "prompt"), rapid.Bool().Draw(t, "restricted")
	first, err := f.Begin(book(), rapid.SampledFrom([]Quiet{hours, {}}).Draw(t, "quiet"), day(1))
	if err != nil {
		t.Fatal(err)
	}
	l := &life{c: f.Case, events: []Event{first}, now: day(1), granted: map[OfficerID]time.Time{}}
	for _, k := range l.c.Clocks {
		l.due = append(l.due, k.Due)
	}
	return l
}

// draw makes an act that is good more often than not.
func (l *life) draw(t *rapid.T, by Actor, at time.Time) Act {
	a := ready(rapid.SampledFrom(Actions()).Draw(t, "action"), by)
	if good := Moves(l.c, by, at); len(good) > 0 && rapid.IntRange(0, 2).Draw(t, "good") > 0 {
		a = ready(rapid.SampledFrom(good).Draw(t, "move"), by)
	}
	a.Key = rapid.SampledFrom([]string{"", "k", "l"}).Draw(t, "key")
	switch a.Action {
	case Assign:
		a.ToDepartment = rapid.SampledFrom([]string{"hr", "hr", "safety", "integrity", ""}).Draw(t, "department")
		a.Marked = a.ToDepartment == "integrity"
		a.To = OfficerID(rapid.IntRange(0, 10).Draw(t, "to"))
	case Recuse:
		a.To = OfficerID(rapid.IntRange(0, 10).Draw(t, "whom"))
	case Lower, Reveal:
		to := rapid.SampledFrom(Modes()).Draw(t, "mode")
		a.Code, a.Way = string(to), only(needs[l.c.Mode][to]...)
	case AskCustody, OpenCustody:
		a.Code = rapid.SampledFrom(Custodies()).Draw(t, "what")
	case OfferTransfer:
		a.ToDepartment = rapid.SampledFrom([]string{"hr", "safety", "integrity"}).Draw(t, "department")
		a.Marked = a.ToDepartment == "integrity"
	case Convene, Raise:
		a.Officers = rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 13), func(n int) OfficerID { return OfficerID(n) }), 1, 4).Draw(t, "officers")
	case Mediate:
		a.To = OfficerID(rapid.IntRange(1, 6).Draw(t, "mediator"))
	case InviteGuest, JoinGuest, DismissGuest:
		a.Code = rapid.SampledFrom([]string{GuestCounsel, GuestOther}).Draw(t, "guest")
	case AskExtension, Miss, Remind:
		a.Code = rapid.SampledFrom([]string{"accept", "answer", "x"}).Draw(t, "clock")
		if a.Action == Remind {
			a.Code += ".owner"
		}
	case SetCheckIn:
		a.Code = rapid.SampledFrom([]string{"on", "off"}).Draw(t, "on")
	}
	if rapid.IntRange(0, 9).Draw(t, "bare") == 0 {
		a.Body, a.Code, a.Way = nil, "", Way{}
	}
	return a
}

// try does an act twice, as a press that comes twice.
func (l *life) try(t *rapid.T, by Actor, actors []Actor) {
	at := Dated(l.c.Mode, by.Party, l.now, time.UTC)
	if at.Before(l.c.Updated) {
		at = l.c.Updated
	}
	a := l.draw(t, by, at)
	before, offered := l.c, slices.Contains(Moves(l.c, by, at), a.Action)
	e, err := l.c.Do(a, book(), at)

	if hidden(before, by) && (CodeOf(err) != NotFound || Moves(before, by, day(3)) != nil) {
		t.Fatalf("%s tells %+v of a case that is not for them: %v", a.Action, by, err)
	}
	if err != nil {
		if CodeOf(err) == "" || !cmp.Equal(e, Event{}) {
			t.Fatalf("%s: %v, %+v", a.Action, err, e)
		}
		if diff := cmp.Diff(before, l.c); diff != "" {
			t.Fatalf("%s failed and changed the case: %s", a.Action, diff)
		}
		return
	}
	if !offered {
		t.Fatalf("%s was possible in %s and not among the moves", a.Action, before.Status)
	}
	l.events = append(l.events, e)
	l.event(t, before, a, e)
	l.whole(t, before, a)
	l.entrusted(t, before, a, e)
	for _, n := range Notices(l.c, e) {
		if n.Officer != 0 && n.Officer == by.Officer || n.To == ToReporter && (by.Party == Reporter || !l.c.Reachable()) ||
			n.To != ToReporter && l.c.Unqueued || n.Officer != 0 && slices.Contains(l.c.Recused, n.Officer) {
			t.Fatalf("%s: notice %+v", a.Action, n)
		}
	}
	for _, who := range actors {
		if hidden(l.c, who) && (Moves(l.c, who, day(3)) != nil || CodeOf(Can(who, List, l.c)) != NotFound) {
			t.Fatalf("after %s, %+v knows of the case", a.Action, who)
		}
	}
	again := l.c
	if err := again.Apply(e); CodeOf(err) != Changed || !cmp.Equal(again, l.c) {
		t.Fatalf("%s is applied twice: %v", a.Action, err)
	}
	once := []Action{
		Take, Hold, LiftHold, Enqueue, Warn, Shred, AskCustody, GrantCustody, RefuseCustody, Lower, Reveal, Recuse, Assign, Rate,
	}
	if _, err := again.Do(a, book(), at); err == nil && (slices.Contains(once, a.Action) && (a.Action != Assign || a.To != 0) || movesStatus(a.Action)) {
		t.Fatalf("%s is done twice", a.Action)
	}
}

// hidden says who must not learn of a case, told anew from the promises made, not from the table.
func hidden(c Case, by Actor) bool {
	switch {
	case c.Shredded:
		return true
	case by.Party == Reporter, by.Party == System:
		return false
	case by.Officer == 0, c.Unqueued, slices.Contains(c.Recused, by.Officer):
		return true
	case by.Role == RoleAdmin:
		return c.Restricted
	case by.Role == RoleCustodian:
		return c.Custody.What == "" || !c.Custody.Until.IsZero() || c.Custody.By == by.Officer
	}
	home := by.Department != "" && by.Department == c.Department
	member := c.Status == StatusPanel && slices.Contains(c.Panel.Members, by.Officer)
	called := slices.Contains(c.Major.Leaders, by.Officer)
	switch by.Role {
	case RoleGuest:
		return c.Counsel.Officer != by.Officer && (c.Status != StatusMediation || c.Mediation.Other != by.Officer)
	case RoleLeader:
		return !member && !called && (!c.Watched || !home && (by.Department != "" || c.Restricted))
	case RoleLead:
		if called {
			return false
		}
	}
	offered := by.Department != "" && by.Department == c.Transfer.To
	mediates := c.Status == StatusMediation && c.Mediation.Mediator == by.Officer
	return !home && !offered && !member && !mediates
}

func (l *life) event(t *rapid.T, before Case, a Act, e Event) {
	if e.Seq != before.Version+1 || l.c.Version != e.Seq || e.Case != l.c.ID || e.By != a.By || e.Key != a.Key || !l.c.Updated.Equal(e.At) {
		t.Fatalf("event %+v on version %d", e, before.Version)
	}
	want, moved := after(before.Status, a.Action)
	if l.c.Status != want || e.Status != want || moved != movesStatus(a.Action) {
		t.Fatalf("%s led from %s to %s", a.Action, before.Status, l.c.Status)
	}
	if kind, ok := KindOf(a.Action); !ok || e.Kind != kind {
		t.Fatalf("%s left %q", a.Action, e.Kind)
	}
	for i := range before.Clocks {
		k := l.c.Clocks[i]
		if !k.Due.Equal(l.due[i]) || !before.Clocks[i].Met.IsZero() && !k.Met.Equal(before.Clocks[i].Met) {
			t.Fatalf("%s moved the clock %s", a.Action, k.Name)
		}
	}
	for _, k := range l.c.Clocks[len(before.Clocks):] {
		l.due = append(l.due, k.Due)
	}
}

// whole holds a case to being one of those that may exist.
func (l *life) whole(t *rapid.T, before Case, a Act) {
	c := l.c
	recused := func(ids ...OfficerID) bool {
		return slices.ContainsFunc(ids, func(id OfficerID) bool { return slices.Contains(c.Recused, id) })
	}
	told := []Status{StatusProposed, StatusSecondLook, StatusFinalReview, StatusClosed, StatusFinal, StatusWithdrawn}
	looks := map[Status]int{StatusSecondLook: 1, StatusFinalReview: 2, StatusFinal: 2}
	want, again := looks[c.Status]
	for what, wrong := range map[string]bool{
		"owned by a recused officer":       c.Owner != 0 && slices.Contains(c.Recused, c.Owner),
		"recused are not in order":         !slices.IsSorted(c.Recused) || slices.Contains(c.Recused, 0),
		"somebody is recused no more":      slices.ContainsFunc(before.Recused, func(id OfficerID) bool { return !slices.Contains(c.Recused, id) }),
		"no status":                        !slices.Contains(Statuses(), c.Status),
		"no mode":                          !slices.Contains(Modes(), c.Mode),
		"ended and open":                   c.Ended.IsZero() != c.Status.Open(),
		"warned of an open case":           !c.Warned.IsZero() && c.Status.Open(),
		"restricted, in a department":      c.Restricted && !slices.Contains([]string{"hr", "integrity"}, c.Department),
		"restricted no more":               c.Restricted != before.Restricted || c.Prompt != before.Prompt,
		"outcome of what has no answer":    c.Outcome != "" && !slices.Contains(told, c.Status),
		"an answer that is for ever open":  c.Status == StatusProposed && c.Until.IsZero(),
		"looked at, not counted":           again && c.Looks != want || c.Looks < before.Looks || c.Looks > 2,
		"looked at again by who decided":   c.Status.Again() && c.Owner != 0 && slices.Contains(c.Barred, c.Owner),
		"owned by who never owned it":      c.Owner != 0 && !slices.Contains(c.Owners, c.Owner),
		"recused, and still part of it":    recused(c.Panel.Members...) || recused(c.Panel.Given...) || recused(c.Mediation.Mediator, c.Mediation.Other, c.Counsel.Officer) || recused(c.Major.Leaders...),
		"opinions of strangers":            slices.ContainsFunc(c.Panel.Given, func(id OfficerID) bool { return !slices.Contains(c.Panel.Members, id) }),
		"handed to nobody":                 c.Handed && c.Owner == 0,
		"ended, with something pending":    !c.Status.Open() && (c.Transfer != (Transfer{}) || c.Extension != (Extension{}) || c.Panel.Members != nil || c.Handed),
		"satisfied by whom":                a.Action == Satisfy && a.By.Party != Reporter,
		"lapsed too early":                 a.Action == Lapse && c.Updated.Before(before.Until),
		"settled by one side":              a.Action == Settle && !before.Mediation.Settled(),
		"concluded without opinions":       a.Action == Conclude && !before.Panel.Full(),
		"watched no more":                  before.Watched && !c.Watched,
		"merged into nothing":              (c.Status == StatusMerged) != (c.Into != ""),
		"fewer than no colleagues":         c.Colleagues < 0,
		"custody of a recused officer":     c.Custody.By != 0 && slices.Contains(c.Recused, c.Custody.By),
		"custody of an identity not there": c.Custody.What == CustodyIdentity && c.Mode != Confidential,
		"back out of the queue":            c.Unqueued && !before.Unqueued,
		"shredded on hold":                 c.Shredded && (c.Held || c.Status.Open()),
		"shredded by retention, unwarned":  c.Shredded && a.By.Party == System && (c.Warned.IsZero() || c.unheard()),
		"shredded by whom":                 c.Shredded && a.By.Party == Office,
		"time runs backwards":              c.Updated.Before(before.Updated),
	} {
		if wrong {
			t.Fatalf("%s by %+v: %s: %+v", a.Action, a.By, what, c)
		}
	}
}

// entrusted holds an act to who may know what.
func (l *life) entrusted(t *rapid.T, before Case, a Act, e Event) {
	c := l.c
	if c.Mode != before.Mode {
		if a.By.Party != Reporter || (a.Action == Lower) != c.Mode.Below(before.Mode) || c.Custody != (Custody{}) {
			t.Fatalf("%s by %+v: %s is %s", a.Action, a.By, before.Mode, c.Mode)
		}
		clear(l.granted)
	}
	switch a.Action {
	case AskCustody, RefuseCustody:
		clear(l.granted)
	case GrantCustody:
		if a.By.Role != RoleCustodian || a.By.Officer == before.Custody.By {
			t.Fatalf("%+v granted %+v", a.By, before.Custody)
		}
		l.granted[before.Custody.By] = e.At
	case OpenCustody:
		at, ok := l.granted[a.By.Officer]
		if !ok || e.At.Sub(at) >= 24*time.Hour || e.Code != a.Code || a.By.Role == RoleCustodian {
			t.Fatalf("%+v opened %s, granted at %v", a.By, e.Code, at)
		}
	}
	if a.By.Role == RoleCustodian && a.Action != GrantCustody && a.Action != RefuseCustody {
		t.Fatalf("a custodian did %s", a.Action)
	}
	if a.By.Role == RoleGuest && a.Action == Open && before.Counsel.Officer != a.By.Officer {
		t.Fatalf("a guest who is not counsel read it")
	}
	if a.By.Role == RoleGuest && !slices.Contains([]Action{Open, Consent, Offer, Agree, EndMediation}, a.Action) {
		t.Fatalf("a guest did %s", a.Action)
	}
	if a.By.Role == RoleLeader && !slices.Contains([]Action{Open, Note, Assign, GrantExtension, RefuseExtension, Meet, AckMajor, Opine}, a.Action) {
		t.Fatalf("a leader did %s", a.Action)
	}
	if a.By.Role == RoleAdmin && a.Action != Assign && a.Action != Release {
		t.Fatalf("an admin did %s", a.Action)
	}
}
