package cases

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var (
	chief    = Officer{ID: 20, Role: RoleLeader}.Actor()
	adviser  = Officer{ID: 11, Role: RoleGuest}.Actor()
	opponent = Officer{ID: 12, Role: RoleGuest}.Actor()
)

// tale is a case and its events.
type tale struct {
	t      testing.TB
	c      Case
	events []Event
}

func told(t testing.TB, mode Mode) *tale {
	c, filed := begun(t, mode)
	return &tale{t, c, []Event{filed}}
}

func (s *tale) do(acts ...Act) Event {
	s.t.Helper()
	for _, a := range acts {
		if a.Body == nil && a.By.Party != System {
			a.Body = words("words")
		}
		s.events = append(s.events, must(s.t, &s.c, a))
	}
	return s.events[len(s.events)-1]
}

// reads says whether an actor reads the words of an event.
func (s *tale) reads(by Actor, seq int) bool {
	for _, e := range Readable(s.events, by, s.c, day(31)) {
		if e.Seq == seq {
			return e.Body != nil
		}
	}
	return false
}

func (s *tale) convene(members ...Actor) {
	s.t.Helper()
	act := Act{Action: Convene, By: ming}
	for _, m := range members {
		act.Officers = append(act.Officers, m.Officer)
	}
	s.do(Act{Action: Take, By: ming}, Act{Action: Accept, By: ming}, act)
}

// Who reads whose opinion at each stage of a panel, over every role.
func TestOpinionsAreGivenAlone(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	s.convene(hua, far, chief) // two are a quorum
	readers := map[string]Actor{"owner": ming, "lead": lead, "hua": hua, "far": far, "chief": chief, "custodian": keeper, "admin": admin, "stranger": stranger}
	check := func(stage string, seq int, want ...string) {
		t.Helper()
		for name, by := range readers {
			if got := s.reads(by, seq); got != slices.Contains(want, name) {
				t.Errorf("%s: %s reads the opinion: %v", stage, name, got)
			}
			for _, e := range Readable(s.events, by, s.c, day(31)) {
				if e.Seq == seq && (e.Code != "") != (e.Body != nil) {
					t.Errorf("%s: %s is shown the vote %q and the words %v", stage, name, e.Code, e.Body)
				}
			}
		}
	}
	first := s.do(Act{Action: Opine, By: hua, Code: "partly"}).Seq
	check("one of three", first, "hua")
	second := s.do(Act{Action: Opine, By: far, Code: "abstain"}).Seq
	for _, seq := range []int{first, second} {
		check("a quorum, and one is still to come", seq, "owner", "lead", "hua", "far")
	}
	third := s.do(Act{Action: Opine, By: chief, Code: "partly"}).Seq
	for _, seq := range []int{first, second, third} {
		check("full", seq, "owner", "lead", "hua", "far", "chief")
	}
	s.do(Act{Action: Conclude, By: ming, Code: "partly"})
	// Members from elsewhere see the case no more; hua's department has it.
	check("concluded", first, "owner", "lead", "hua")
	if CodeOf(Can(far, List, s.c)) != NotFound || CodeOf(Can(chief, Open, s.c)) != NotFound {
		t.Error("a member from elsewhere still knows of the case")
	}
	for _, e := range Timeline(s.events, Reporter) {
		if e.Kind == Opined || e.Kind == Concluded || e.Kind == Convened && (e.Body != nil || e.Officers != nil || e.Quorum != 0) {
			t.Errorf("the reporter sees %+v", e)
		}
	}
}

// A second panel starts alone again, and who stepped back from one counts no more.
func TestOpinionsOfTwoPanels(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	s.convene(hua, lead)
	s.do(Act{Action: Opine, By: hua, Code: "partly"}, Act{Action: Opine, By: lead, Code: "partly"}, Act{Action: Conclude, By: ming, Code: "partly"})
	s.do(Act{Action: Convene, By: ming, Officers: []OfficerID{hua.Officer, far.Officer}})
	again := s.do(Act{Action: Opine, By: far, Code: "substantiated"}).Seq
	for _, by := range []Actor{ming, hua, lead} {
		if s.reads(by, again) {
			t.Errorf("%+v reads an opinion of a panel that is not full", by)
		}
	}
	if !s.reads(hua, 5) {
		t.Error("an opinion of the panel before is shut again")
	}
	s.do(Act{Action: Recuse, By: hua})
	if !s.reads(ming, again) {
		t.Error("all who are left have given theirs, and the owner does not read them")
	}
}

func (s *tale) mediate() {
	s.t.Helper()
	s.do(Act{Action: Take, By: ming}, Act{Action: Accept, By: ming}, Act{Action: Note, By: ming, Body: words("inside")},
		Act{Action: Mediate, By: ming, To: far.Officer, Body: words("to the reporter")},
		Act{Action: InviteGuest, By: far, Code: GuestOther, Until: day(9)},
		Act{Action: JoinGuest, By: system, Code: GuestOther, To: opponent.Officer, Until: day(9)},
		Act{Action: Consent, By: reporter}, Act{Action: Consent, By: opponent})
}

// What is offered is read by all who take part; when it fails, by the mediator and the sides.
func TestOffersThatFailed(t *testing.T) {
	t.Parallel()
	s := told(t, Confidential)
	s.mediate()
	offer := s.do(Act{Action: Offer, By: reporter, Body: words("half the wages")}).Seq
	for _, by := range []Actor{ming, lead, far, opponent, reporter} {
		if !s.reads(by, offer) {
			t.Errorf("%+v does not read what is on the table", by)
		}
	}
	s.do(Act{Action: EndMediation, By: opponent})
	for name, tt := range map[string]struct {
		by   Actor
		want bool
	}{"owner": {ming, false}, "lead": {lead, false}, "reporter": {reporter, true}} {
		if got := s.reads(tt.by, offer); got != tt.want {
			t.Errorf("after it failed, %s reads what was offered: %v", name, got)
		}
	}
	// A mediator of the department still reads the case, and so what was offered in front of them.
	s = told(t, Confidential)
	s.do(Act{Action: Take, By: ming}, Act{Action: Accept, By: ming}, Act{Action: Mediate, By: ming, To: hua.Officer},
		Act{Action: JoinGuest, By: system, Code: GuestOther, To: opponent.Officer, Until: day(9)},
		Act{Action: Consent, By: reporter}, Act{Action: Consent, By: opponent})
	offer = s.do(Act{Action: Offer, By: opponent, Body: words("an apology")}).Seq
	s.do(Act{Action: EndMediation, By: hua})
	if !s.reads(hua, offer) || s.reads(ming, offer) || s.reads(lead, offer) {
		t.Errorf("mediator %v, owner %v, lead %v", s.reads(hua, offer), s.reads(ming, offer), s.reads(lead, offer))
	}
	// A later mediation by somebody else opens nothing of the first.
	s.do(Act{Action: Mediate, By: ming, To: far.Officer})
	if s.reads(far, offer) || s.reads(ming, offer) || !s.reads(hua, offer) {
		t.Error("the next mediation changes who reads the first")
	}
}

// The other side gets the mediation and nothing else: no words of the case, no names, no hours of anything else.
func TestOtherSideSeesTheTableOnly(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	s.mediate()
	s.do(Act{Action: Offer, By: far, Body: words("an apology and no more")})
	got := Readable(s.events, opponent, s.c, day(31))
	var kinds []EventKind
	for _, e := range got {
		kinds = append(kinds, e.Kind)
		if e.By.Officer != 0 && e.By.Officer != opponent.Officer || e.By.Party == Reporter && e.By != reporter || e.Department != "" || len(e.Officers) > 0 || len(e.Clocks) > 0 {
			t.Errorf("the other side is told %+v", e)
		}
		if e.Body != nil && e.Kind != Offered {
			t.Errorf("the other side reads %s", e.Kind)
		}
	}
	if want := []EventKind{Mediating, GuestJoined, Consented, Consented, Offered}; !slices.Equal(kinds, want) {
		t.Errorf("the other side sees %v, want %v", kinds, want)
	}
	c := s.c.Shown(opponent)
	if c.Owner != 0 || c.Mode != "" || c.Matter != "" || c.Unit != "" || c.Department != "" || len(c.Clocks) > 0 ||
		c.Mediation.Mediator != 0 || len(c.Owners) > 0 || c.Filed.Equal(s.c.Filed) {
		t.Errorf("the other side is shown %+v", c)
	}
	if want := []Action{EndMediation, Offer, Agree}; !sameSet(Moves(s.c, opponent, day(3)), want) {
		t.Errorf("the other side may %v", Moves(s.c, opponent, day(3)))
	}
	for _, a := range []Action{Open, Note, Take, Reply, Assign, InviteGuest, DismissGuest, Export, Recuse} {
		wantCode(t, Can(opponent, a, s.c), NotAllowed)
	}
	// Agreement of both settles it, and then the case is gone for the other side.
	s.do(Act{Action: Agree, By: reporter})
	e := s.do(Act{Action: Agree, By: opponent})
	settle, ok := Follow(s.c, e)
	if !ok || settle.Action != Settle {
		t.Fatalf("both agree, and what follows is %+v", settle)
	}
	s.do(settle)
	if s.c.Status != StatusClosed || s.c.Outcome != "settled" || CodeOf(Can(opponent, List, s.c)) != NotFound {
		t.Errorf("settled: %+v", s.c)
	}
}

func sameSet(a, b []Action) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// Whoever comes in the place of the other side has agreed to nothing yet.
func TestAnotherOtherSide(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	s.mediate()
	s.do(Act{Action: Offer, By: opponent, Body: words("an apology")}, Act{Action: DismissGuest, By: far, Code: GuestOther})
	if e := s.events[len(s.events)-1]; e.To != opponent.Officer {
		t.Errorf("who left is not said: %+v", e)
	}
	if !slices.Equal(s.c.Mediation.Consented, []string{SideReporter}) || len(s.c.Mediation.Agreed) != 0 || CodeOf(Can(opponent, List, s.c)) != NotFound {
		t.Errorf("after the other side was taken out: %+v", s.c.Mediation)
	}
	_, err := s.c.Do(Act{Action: Agree, By: opponent}, book(), day(3))
	wantCode(t, err, NotFound)
}

// Counsel reads until their time is over; only a lead lets them in, and one at a time.
func TestCounsel(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	s.do(Act{Action: Take, By: ming})
	invite := Act{Action: InviteGuest, By: ming, Code: GuestCounsel, Until: day(9), Body: words("w")}
	_, err := s.c.Do(invite, book(), day(2))
	wantCode(t, err, NotAllowed)
	invite.By = lead
	s.do(invite, Act{Action: JoinGuest, By: system, Code: GuestCounsel, To: adviser.Officer, Until: day(9)})
	_, err = s.c.Do(Act{Action: JoinGuest, By: system, Code: GuestCounsel, To: opponent.Officer, Until: day(9)}, book(), day(2))
	wantCode(t, err, Incomplete)
	if got := Moves(s.c, adviser, day(3)); !slices.Equal(got, []Action{Open}) {
		t.Errorf("counsel may %v", got)
	}
	if !s.reads(adviser, 1) || s.reads(opponent, 1) {
		t.Error("counsel does not read, or somebody else does")
	}
	if at, ok := s.c.Wake(); !ok || at.After(day(9)) {
		t.Errorf("wakes %v %v", at, ok)
	}
	if _, ok := s.c.Tick(day(8)); ok {
		t.Error("ended before its time")
	}
	act, ok := s.c.Tick(day(9))
	for ok && act.Action != DismissGuest { // other dates may come first
		s.do(act)
		act, ok = s.c.Tick(day(9))
	}
	if !ok {
		t.Fatal("nobody ends it")
	}
	s.do(act)
	if CodeOf(Can(adviser, List, s.c)) != NotFound || len(s.c.Guests()) != 0 {
		t.Errorf("still a guest: %v", s.c.Guests())
	}
}

// Whatever happens around a panel, nobody reads an opinion before its time, and nobody's own is kept from them.
func TestReadableProperty(t *testing.T) {
	t.Parallel()
	everyone := []Actor{ming, hua, lead, far, chief, stranger, keeper, admin, adviser, opponent}
	fresh, filed := begun(t, Named)
	rapid.Check(t, func(t *rapid.T) {
		c, events := fresh, []Event{filed}
		for range rapid.IntRange(5, 60).Draw(t, "acts") {
			a := ready(rapid.SampledFrom([]Action{Take, Accept, Investigate, Convene, Opine, Opine, Conclude, Mediate, JoinGuest, Consent, Offer, Agree, EndMediation, Recuse, Withdraw}).Draw(t, "act"),
				rapid.SampledFrom(append(slices.Clone(everyone), reporter, system)).Draw(t, "by"))
			if a.Action == Convene {
				a.Officers = []OfficerID{hua.Officer, far.Officer, chief.Officer}
			}
			if a.Action == JoinGuest && rapid.Bool().Draw(t, "other side") {
				a.To, a.Code = opponent.Officer, GuestOther
			}
			a.Key = ""
			if e, err := c.Do(a, book(), day(2)); err == nil {
				events = append(events, e)
			}
		}
		for _, by := range everyone {
			if Can(by, List, c) != nil {
				continue
			}
			given := slices.Contains(c.Panel.Given, by.Officer)
			var convened int
			for _, e := range events {
				if e.Kind == Convened {
					convened = e.Seq
				}
			}
			for _, e := range Readable(events, by, c, day(31)) {
				if e.Kind == Opined && e.Seq > convened && c.Status == StatusPanel && !given && !c.Panel.Full() && (e.Body != nil || e.Code != "") {
					t.Fatalf("%+v reads an opinion of %d too early", by, e.By.Officer)
				}
				if by.Role == RoleGuest && by.Officer == opponent.Officer && c.Counsel.Officer != by.Officer && e.Body != nil && e.Kind != Offered && e.Kind != Settled {
					t.Fatalf("the other side reads %s", e.Kind)
				}
				if e.Kind == Opined && e.By.Officer == by.Officer && e.Code == "" && Can(by, Open, c) == nil {
					t.Fatalf("%+v does not read their own opinion", by)
				}
			}
		}
	})
}

// Whether anyone made the reporter pay is for leads and leaders who never owned the case, over every role.
func TestReprisalIsForWhoWatchesOver(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	s.do(Act{Action: Take, By: lead}, Act{Action: Assign, By: lead, To: ming.Officer, ToDepartment: "hr"}, Act{Action: Accept, By: ming},
		Act{Action: Propose, By: ming, Code: "partly"}, Act{Action: Satisfy, By: reporter}, Act{Action: SetCheckIn, By: reporter, Code: "on"},
		Act{Action: AskCheckIn, By: system, Code: "30"})
	bad := s.do(Act{Action: CheckIn, By: reporter, Code: "bad"})
	second := Officer{ID: 31, Role: RoleLead, Department: "hr"}.Actor()
	over := Officer{ID: 32, Role: RoleLeader, Department: "hr"}.Actor()
	elsewhere := Officer{ID: 33, Role: RoleLeader, Department: "safety"}.Actor()
	s.c.Counsel.Officer = adviser.Officer
	for name, tt := range map[string]struct {
		by   Actor
		want bool
	}{
		"old owner": {ming, false}, "lead who owned it for a moment": {lead, false}, "colleague": {hua, false}, "lead": {second, true},
		"leader": {chief, true}, "leader of the department": {over, true}, "leader of another": {elsewhere, false},
		"lead of another": {far, false}, "admin": {admin, false}, "custodian": {keeper, false}, "counsel": {adviser, false}, "reporter": {reporter, true},
	} {
		var got []EventKind
		for _, e := range Readable(s.events, tt.by, s.c, day(400)) {
			if e.Kind == CheckedIn && e.Code != bad.Code {
				t.Errorf("%s is shown an answer without what it is", name)
			}
			if aboutReprisal(e.Kind) {
				got = append(got, e.Kind)
			}
		}
		if (len(got) == 3) != tt.want || len(got) != 0 && !tt.want {
			t.Errorf("%s is shown %v", name, got)
		}
	}
	s.do(Act{Action: Recuse, By: system, To: second.Officer})
	if s.c.WatchesOver(second) {
		t.Error("a recused lead is told")
	}
}
