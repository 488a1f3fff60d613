package cases

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// leader answers for the house.
var leader = Officer{ID: 20, Role: RoleLeader}.Actor()

// ruled are the rules of a profile of configs, as the house loads them.
func ruled(t testing.TB, procedure, in string) Rules {
	t.Helper()
	var p Procedure
	decode(t, "procedures/"+procedure+".yaml", &p)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return Rules{Procedure: p, Calendar: calendar(t, p.Calendar), Location: zone(t, in)}
}

// story is a case that lives by the rules of a profile, at times as clocks on the wall show them.
type story struct {
	t      *testing.T
	r      Rules
	c      Case
	events []Event
}

const wall = "2006-01-02 15:04"

// files tells of a case filed at a time.
func files(t *testing.T, procedure, in, at string) *story {
	t.Helper()
	return filesBy(t, ruled(t, procedure, in), at)
}

func filesBy(t *testing.T, r Rules, at string) *story {
	t.Helper()
	s := &story{t: t, r: r}
	f := filing(Named)
	e, err := f.Begin(s.r, Quiet{}, s.at(at))
	if err != nil {
		t.Fatal(err)
	}
	s.c, s.events = f.Case, []Event{e}
	return s
}

func (s *story) at(text string) time.Time {
	s.t.Helper()
	at, err := time.ParseInLocation(wall, text, s.r.Location)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// does lets somebody act; code replaces what ready gives.
func (s *story) does(at string, by Actor, a Action, code ...string) {
	s.t.Helper()
	if err := s.tries(at, by, a, code...); err != nil {
		s.t.Fatalf("%s: %s in %s: %v", at, a, s.c.Status, err)
	}
}

func (s *story) tries(at string, by Actor, a Action, code ...string) error {
	s.t.Helper()
	act, before := ready(a, by), slices.Clone(s.c.Clocks)
	if len(code) > 0 {
		act.Code = code[0]
	}
	e, err := s.c.Do(act, s.r, s.at(at))
	if err != nil {
		return err
	}
	s.events = append(s.events, e)
	for i, k := range before {
		if now := s.c.Clocks[i]; now.Name != k.Name || !now.Due.Equal(k.Due) || now.Rule != k.Rule {
			s.t.Errorf("%s: %s moved %+v to %+v", at, a, k, now)
		}
	}
	return nil
}

// owes says what stands of a name: the day and the rule, or "" for nothing. Every date ends with its day.
func (s *story) owes(name, day, rule string) {
	s.t.Helper()
	k, ok := s.c.standing(name)
	got := ""
	if ok {
		got = k.Due.In(s.r.Location).Format("2006-01-02 15:04:05")
	}
	want := day
	if day != "" {
		want += " 23:59:59"
		rule = s.r.Procedure.ID + "/" + name + ": " + rule
	}
	if got != want || k.Rule != rule {
		s.t.Errorf("%s is owed by %q (%s), want %q (%s)", name, got, k.Rule, want, rule)
	}
}

// ends holds the case to what can be read back of it: the fold of its events, and the same after a restart.
func (s *story) ends() {
	s.t.Helper()
	folded, err := Fold(s.c, s.events)
	if diff := cmp.Diff(s.c, folded); diff != "" || err != nil {
		s.t.Errorf("the fold differs: %v %s", err, diff)
	}
	stored, err := json.Marshal(s.c.Clocks)
	if err != nil {
		s.t.Fatal(err)
	}
	var read []Clock
	if err := json.Unmarshal(stored, &read); err != nil || cmp.Diff(s.c.Clocks, read) != "" {
		s.t.Errorf("read back: %v %s", err, cmp.Diff(s.c.Clocks, read))
	}
	again := s.c
	again.Clocks = read
	if a, b := again, s.c; cmp.Diff(foldClocks(a.Clocks, Event{Kind: Noted, Status: a.Status}), foldClocks(b.Clocks, Event{Kind: Noted, Status: b.Status})) != "" {
		s.t.Error("clocks go on in another way after a restart")
	}
	na, oka := again.Next()
	nb, okb := s.c.Next()
	if oka != okb || cmp.Diff(na, nb) != "" {
		s.t.Error("something else is owed after a restart")
	}
}

// TestDefault: all dates count calendar days from the filing. 28 February 2026 is a Saturday.
//
//	March 2026      April 2026
//	Mo  2  9 16 23 30     6 13 20 27
//	Su  1  8 15 22 29     5 12 19 26
func TestDefault(t *testing.T) {
	t.Parallel()
	s := files(t, "default", "Asia/Shanghai", "2026-02-28 23:59")
	s.owes("acknowledge", "", "")
	s.owes("personal", "2026-03-03", "3 days")
	s.owes("accept", "2026-03-15", "15 days")
	s.owes("answer", "2026-03-30", "30 days")
	s.owes("close", "2026-04-29", "60 days") // 31 to 31 March, 29 more
	s.owes("second_look", "", "")
	s.does("2026-03-02 09:00", ming, Take)
	s.does("2026-03-03 09:00", ming, Accept)
	s.does("2026-03-04 09:00", ming, Propose)
	for _, name := range []string{"personal", "accept", "answer", "close"} {
		s.owes(name, "", "")
	}
	if next, ok := s.c.Next(); ok {
		t.Errorf("the reporter has the word, and %+v is owed", next)
	}
	s.does("2026-03-10 09:00", reporter, AskSecondLook)
	s.owes("second_look", "2026-04-09", "30 days") // 21 to 31 March, 9 more
	s.does("2026-03-20 09:00", hua, Take)
	s.does("2026-03-21 09:00", hua, AnswerSecondLook)
	s.owes("second_look", "", "")
	s.does("2026-03-31 09:00", reporter, AskFinalReview)
	s.owes("final_review", "2026-04-30", "30 days")
	s.ends()
}

// TestReopened: what was met stays met; the way to an end begins anew, and nothing else.
func TestReopened(t *testing.T) {
	t.Parallel()
	s := files(t, "default", "Asia/Shanghai", "2026-03-01 12:00")
	s.does("2026-03-02 09:00", ming, Take)
	s.does("2026-03-02 09:00", ming, Accept)
	s.does("2026-03-03 09:00", ming, Propose)
	s.does("2026-03-04 09:00", reporter, Satisfy)
	n := len(s.c.Clocks)
	s.does("2026-03-20 09:00", lead, Reopen)
	s.owes("close", "2026-05-19", "60 days") // 11 to 31 March, 30 of April, 19
	if len(s.c.Clocks) != n+1 {
		t.Errorf("reopening brought %d clocks", len(s.c.Clocks)-n)
	}
	s.does("2026-03-25 09:00", ming, Propose)
	s.does("2026-03-26 09:00", reporter, Satisfy)
	s.does("2026-03-30 09:00", lead, Reopen)
	s.owes("close", "2026-05-29", "60 days")
	s.ends()
}

// TestXinfang: 15 days to accept, across New Year; 60 from the acceptance, across the end of February; put off once, by a
// leader, from the old date.
func TestXinfang(t *testing.T) {
	t.Parallel()
	s := files(t, "xinfang", "Asia/Shanghai", "2025-12-20 18:00")
	s.owes("accept", "2026-01-04", "15 days") // 11 to 31 December, 4 more
	s.owes("close", "", "")
	s.does("2026-01-02 09:00", ming, Take)
	if err := s.tries("2026-01-02 09:00", ming, AskExtension, "accept"); CodeOf(err) != NotNow {
		t.Errorf("no rule lets the acceptance wait: %v", err)
	}
	s.does("2026-01-02 09:00", ming, Accept)
	s.owes("accept", "", "")
	s.owes("close", "2026-03-03", "60 days") // 29 to 31 January, 28 of February, 3

	s.does("2026-02-20 09:00", ming, AskExtension, "close")
	if err := s.tries("2026-02-24 09:00", lead, GrantExtension); CodeOf(err) != NotAllowed {
		t.Errorf("a lead puts off what is for leaders: %v", err)
	}
	call := ready(Raise, ming)
	call.Officers = []OfficerID{leader.Officer}
	e, err := s.c.Do(call, s.r, s.at("2026-02-24 10:00"))
	if err != nil {
		t.Fatal(err)
	}
	s.events = append(s.events, e)
	s.does("2026-02-25 09:00", leader, GrantExtension)
	s.owes("close", "2026-04-02", "30 days more, granted") // from 3 March: 28 to 31 March, 2 more
	if old := s.c.Clocks[2]; old.Name != "close" || !old.Over.Equal(s.at("2026-02-25 09:00")) || !old.Missed.IsZero() {
		t.Errorf("the date before is %+v", old)
	}
	if err := s.tries("2026-02-26 09:00", ming, AskExtension, "close"); CodeOf(err) != NotNow {
		t.Errorf("it was put off twice: %v", err)
	}
	s.ends()

	s = files(t, "xinfang", "Asia/Shanghai", "2027-12-31 09:00")
	s.does("2028-01-01 09:00", ming, Take)
	s.does("2028-01-01 09:00", ming, Accept)
	s.owes("close", "2028-03-01", "60 days") // 30 to 31 January, 29 of February, 1
	s.does("2028-02-20 09:00", ming, Propose)
	s.does("2028-02-29 09:00", reporter, AskSecondLook)
	s.owes("second_look", "2028-03-30", "30 days")
	s.ends()
}

// TestDirective: seven days in Berlin, three months from the acknowledgement, clamped to the end of February.
func TestDirective(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ filed, acknowledge, taken, feedback string }{
		{"2026-03-25 12:00", "2026-04-01", "2026-03-31 10:00", "2026-06-30"}, // summer time begins on 29 March
		{"2026-10-20 12:00", "2026-10-27", "2026-10-24 23:59", "2027-01-24"}, // and ends on 25 October
		{"2026-11-24 12:00", "2026-12-01", "2026-11-30 10:00", "2027-02-28"},
		{"2027-11-24 12:00", "2027-12-01", "2027-11-30 10:00", "2028-02-29"},
		{"2026-12-28 12:00", "2027-01-04", "2027-01-03 10:00", "2027-04-03"},
	} {
		s := files(t, "eu_directive", "Europe/Berlin", tt.filed)
		s.owes("acknowledge", tt.acknowledge, "7 days")
		s.owes("feedback", "", "")
		s.does(tt.taken, ming, Take)
		s.owes("acknowledge", "", "")
		s.owes("feedback", tt.feedback, "3 months")
		s.ends()
	}
}

// TestAcknowledgedTwice: the second time moves nothing, whoever does it and however.
func TestAcknowledgedTwice(t *testing.T) {
	t.Parallel()
	s := files(t, "eu_directive", "Europe/Berlin", "2026-11-24 09:00")
	s.does("2026-11-26 09:00", ming, Take)
	s.does("2026-12-05 09:00", ming, Release)
	s.does("2026-12-05 10:00", hua, Take)
	s.does("2026-12-06 10:00", hua, Accept)
	s.does("2026-12-07 10:00", hua, Reply)
	s.owes("feedback", "2027-02-26", "3 months")
	if len(s.c.Clocks) != 2 || !s.c.Clocks[0].Met.Equal(s.at("2026-11-26 09:00")) {
		t.Errorf("%+v", s.c.Clocks)
	}
	// Nor after the feedback was given: whoever takes the case for a second look owes that, and no feedback.
	s.does("2026-12-10 10:00", hua, Propose)
	s.does("2026-12-11 10:00", reporter, AskSecondLook)
	s.does("2026-12-12 10:00", lead, Take)
	s.owes("feedback", "", "")
	s.owes("second_look", "2027-01-10", "30 days") // 20 to 31 December, 10 more
	s.ends()
}

// TestNeverAcknowledged: three months count from the seven days, however late somebody noticed, and acknowledging
// afterwards moves nothing.
func TestNeverAcknowledged(t *testing.T) {
	t.Parallel()
	s := files(t, "eu_directive", "Europe/Berlin", "2026-11-23 09:00")
	s.owes("acknowledge", "2026-11-30", "7 days")
	s.does("2026-12-03 08:00", system, Miss, "acknowledge")
	s.owes("feedback", "2027-02-28", "3 months")
	s.owes("acknowledge", "2026-12-10", "5 working days after a missed date") // Thursday 3; 4, 7 8 9 10
	s.does("2026-12-08 09:00", ming, Take)
	s.owes("acknowledge", "", "")
	s.owes("feedback", "2027-02-28", "3 months")
	s.ends()
}

// TestISO: working days in China, and a reminder on one.
//
//	February 2026          off 15-23, worked on Saturdays 14 and 28
//	Mo     2  9 16 23
//	Fr     6 13 20 27
func TestISO(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ filed, personal, remind, accept string }{
		// Personal: 14; 24, 25. Accept: 14; 24 25 26 27; 28; March 2 3 4 5.
		{"2026-02-13 10:00", "2026-02-25", "2026-02-24 09:00", "2026-03-05"},
		// Filed on a day off, it counts as if filed before the next working day: Sunday 4 January; 5, 6; ... 7 8 9, 12-15.
		{"2026-01-01 10:00", "2026-01-06", "2026-01-05 09:00", "2026-01-15"},
		// Golden Week 1-7, Saturday 10 is worked: 8 9 10; 12-16; 19 20. The day before Saturday 10 is a Friday.
		{"2026-09-30 10:00", "2026-10-10", "2026-10-09 09:00", "2026-10-20"},
		// Sunday 20 September is worked: 20 21 22; 23 24; mid-autumn 25-27; 28 29 30; 8 9 October.
		{"2026-09-18 10:00", "2026-09-22", "2026-09-21 09:00", "2026-10-09"},
	} {
		s := files(t, "iso37002", "Asia/Shanghai", tt.filed)
		s.owes("personal", tt.personal, "3 working days")
		s.owes("accept", tt.accept, "10 working days")
		if k, _ := s.c.standing("personal"); !k.Remind.Equal(s.at(tt.remind)) {
			t.Errorf("filed %s: reminded %s, want %s", tt.filed, k.Remind.In(s.r.Location), tt.remind)
		}
		s.ends()
	}
	// The 5 days before 21 February lie in Spring Festival: the last working day before is Saturday 14.
	s := files(t, "xinfang", "Asia/Shanghai", "2026-02-06 10:00")
	s.owes("accept", "2026-02-21", "15 days")
	if k, _ := s.c.standing("accept"); !k.Remind.Equal(s.at("2026-02-14 09:00")) {
		t.Errorf("reminded %s", k.Remind.In(s.r.Location))
	}
}
