package cases

import "testing"

// TestPaused: a question to the reporter stops two clocks of iso37002; one counts working days, the other to a day of a
// month.
//
//	March 2026        April 2026 (off 4-6)   May 2026 (off 1-5, worked on 9)
//	Mo  2  9 16 23 30     6 13 20 27             4 11 18 25
func TestPaused(t *testing.T) {
	t.Parallel()
	s := files(t, "iso37002", "Asia/Shanghai", "2026-03-02 10:00")
	s.owes("answer", "2026-04-14", "30 working days") // March 3-6 9-13 16-20 23-27 30 31, April 1-3: 24; 7-10, 13, 14
	s.owes("close", "2026-06-02", "3 months")
	s.does("2026-03-03 09:00", ming, Take)
	s.does("2026-03-03 09:00", ming, Accept)
	s.does("2026-03-16 12:00", ming, Ask)
	// What is owed now is to look after the question: 17-20, 23-27, 30 31, April 1-3: 14; 7-10, 13 14.
	s.owes("follow_up", "2026-04-14", "20 working days")
	if next, ok := s.c.Next(); !ok || next.Name != "follow_up" {
		t.Errorf("next is %+v", next)
	}
	still := s.c
	still.Clocks = still.Clocks[:len(still.Clocks)-1]
	if next, ok := still.Next(); ok || still.Overdue(s.at("2026-12-01 12:00")) {
		t.Errorf("all else stands still, and %+v is owed", next)
	}
	if err := s.tries("2026-06-03 00:00", system, Miss, "close"); CodeOf(err) != Incomplete {
		t.Errorf("what stands still was missed: %v", err)
	}
	s.does("2026-04-15 00:00", system, Miss, "follow_up")
	s.owes("follow_up", "2026-04-20", "3 working days after a missed date")
	s.does("2026-04-24 15:00", reporter, Answer)
	s.owes("follow_up", "", "")
	// 20 of the 30 days were left after 16 March: 27-30 April, 4; 6-8 May, 7; Saturday 9, 8; 11-15, 18-22, 18; 25, 26.
	s.owes("answer", "2026-05-26", "what was left after a pause")
	// From 16 March to 2 June there are 78 days; 24 April and 78: 6 of April, 31, 30, 11.
	s.owes("close", "2026-07-11", "what was left after a pause")
	s.does("2026-05-04 09:00", ming, Ask)
	s.does("2026-05-04 09:00", reporter, Answer)
	s.owes("close", "2026-07-11", "what was left after a pause")
	// The reporter withdraws while it stands still: nothing is owed, and nothing goes on.
	s.does("2026-05-05 09:00", ming, Ask)
	s.owes("follow_up", "2026-06-01", "20 working days") // 6-8 9: 4; 11-15 18-22 25-29: 19; Monday 1 June is the 20th
	n := len(s.c.Clocks)
	s.does("2026-05-06 09:00", reporter, Withdraw)
	if len(s.c.Clocks) != n {
		t.Error("a clock went on after the end")
	}
	s.ends()
}

// TestPausedOverSummerTime: days are counted, so no day comes or goes with the hour.
func TestPausedOverSummerTime(t *testing.T) {
	t.Parallel()
	r := ruled(t, "iso37002", "Europe/Berlin")
	r.Calendar = calendar(t, "de_berlin")
	for _, tt := range []struct{ filed, due, asked, answered, then string }{
		// 87 days from 25 March to 20 June; 10 April and 87: 20 of April, 31, 30, 6.
		{"2026-03-20 00:00", "2026-06-20", "2026-03-25 00:00", "2026-04-10 00:00", "2026-07-06"},
		// 91 days from 21 October to 20 January; 1 November and 91: 29 of November, 31, 31.
		{"2026-10-20 00:00", "2027-01-20", "2026-10-21 00:00", "2026-11-01 00:00", "2027-01-31"},
	} {
		s := filesBy(t, r, tt.filed)
		s.owes("close", tt.due, "3 months")
		s.does(tt.filed, ming, Take)
		s.does(tt.filed, ming, Accept)
		s.does(tt.asked, ming, Ask)
		s.does(tt.answered, reporter, Answer)
		s.owes("close", tt.then, "what was left after a pause")
		s.ends()
	}
}

// TestMediated: while both sides try to settle, the other dates stand still and the mediation has its own.
func TestMediated(t *testing.T) {
	t.Parallel()
	s := files(t, "default", "Asia/Shanghai", "2026-03-01 08:00")
	s.does("2026-03-02 09:00", ming, Take)
	s.does("2026-03-02 09:00", ming, Accept)
	s.does("2026-03-11 09:00", ming, Mediate)
	s.owes("mediation", "2026-04-10", "30 days")
	if next, _ := s.c.Next(); next.Name != "mediation" {
		t.Errorf("next is %+v", next)
	}
	s.does("2026-03-21 08:00", ming, EndMediation)
	s.owes("mediation", "", "")
	s.owes("answer", "2026-04-10", "what was left after a pause") // 31 March less 11: 20 days to the last second, and 21 March
	s.owes("close", "2026-05-10", "what was left after a pause")  // 30 April: 50 days; 21 March and 50 are 10 May
	s.does("2026-03-22 09:00", ming, Mediate)                     // a second try has a date of its own
	s.owes("mediation", "2026-04-21", "30 days")
	s.ends()
}

// TestMissed: a new date is promised, the old one stays on record, and the promise cannot be put off.
func TestMissed(t *testing.T) {
	t.Parallel()
	s := files(t, "default", "Asia/Shanghai", "2026-08-30 10:00")
	s.owes("answer", "2026-09-29", "30 days")
	s.does("2026-09-01 10:00", ming, Take)
	s.does("2026-09-01 10:00", ming, Accept)
	s.does("2026-09-30 00:00", system, Miss, "answer")
	// Wednesday 30 September; Golden Week 1-7; 8 9, Saturday 10 is worked, Monday 12, 13.
	s.owes("answer", "2026-10-13", "5 working days after a missed date")
	if s.c.Clocks[3].Missed.IsZero() || s.c.Clocks[3].Over.IsZero() || !s.c.Clocks[3].Met.IsZero() {
		t.Errorf("the missed date is %+v", s.c.Clocks[3])
	}
	if err := s.tries("2026-10-08 09:00", ming, AskExtension, "answer"); CodeOf(err) != NotNow {
		t.Errorf("a promise was put off: %v", err)
	}
	s.does("2026-10-14 00:00", system, Miss, "answer")
	s.owes("answer", "2026-10-21", "5 working days after a missed date") // Wednesday 14; 15 16, 19 20 21
	if k, _ := s.c.standing("answer"); k.MadeUp != 2 {
		t.Errorf("two dates were missed, not %d", k.MadeUp)
	}
	s.does("2026-10-20 09:00", ming, Reply)
	s.owes("answer", "", "")
	s.ends()
}

// TestExtended: once, from the old date; never for a date that has passed; and asking alone moves nothing.
func TestExtended(t *testing.T) {
	t.Parallel()
	s := files(t, "default", "Asia/Shanghai", "2026-03-01 10:00")
	s.does("2026-03-02 10:00", ming, Take)
	s.does("2026-03-02 10:00", ming, Accept)
	now := s.at("2026-03-03 10:00")
	var names []string
	for _, x := range s.r.Extendables(s.c, now) {
		names = append(names, x.Clock.Name)
	}
	if len(names) != 2 || names[0] != "answer" || names[1] != "close" {
		t.Errorf("%v may be put off", names)
	}
	x, err := s.r.Extendable(s.c, "close", now)
	if err != nil || x.Used != 0 || x.By != RoleLead || !x.May(RoleLead) || !x.May(RoleLeader) || x.May(RoleOfficer) ||
		x.Due.In(s.r.Location).Format(wall) != "2026-05-30 23:59" { // 30 April and 30 days
		t.Errorf("%+v, %v", x, err)
	}
	s.does("2026-03-10 10:00", ming, AskExtension, "answer")
	s.owes("answer", "2026-03-31", "30 days")
	if err := s.tries("2026-04-01 00:00", lead, GrantExtension); CodeOf(err) != NotNow {
		t.Errorf("a date that has passed was put off: %v", err)
	}
	s.does("2026-03-20 10:00", lead, GrantExtension)
	s.owes("answer", "2026-04-15", "15 days more, granted")
	if err := s.tries("2026-03-21 10:00", ming, AskExtension, "answer"); CodeOf(err) != NotNow {
		t.Errorf("it was put off twice: %v", err)
	}
	// Of a clock that stands still, what is left grows.
	s.does("2026-03-21 00:00", ming, AskExtension, "close")
	s.does("2026-03-22 00:00", ming, Mediate)
	s.does("2026-04-01 00:00", lead, GrantExtension)
	s.owes("close", "2026-05-30", "30 days more, granted")
	if next, _ := s.c.Next(); next.Name != "mediation" {
		t.Errorf("next is %+v", next)
	}
	s.does("2026-04-11 00:00", ming, EndMediation)
	s.owes("close", "2026-06-19", "what was left after a pause") // 69 days from 22 March; 11 April and 69: 19, 31, 19
	if _, err := s.r.Extendable(s.c, "close", s.at("2026-04-12 10:00")); CodeOf(err) != NotNow {
		t.Error("a pause gave a second extension")
	}
	s.ends()
}
