package cases_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/cases"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

var receptionLead = cases.Officer{ID: 7, Name: "Wu Min", Role: cases.RoleLead, Department: "hr"}

func receptionPlan() cases.ReceptionPlan {
	return cases.ReceptionPlan{
		Leader: receptionLead, Date: "2026-12-03", From: 9 * 60, To: 11 * 60, Minutes: 30,
		Meetings: []cases.Meeting{cases.InWriting, cases.InPerson, cases.ByPhone}, Place: " Room 203 ", Phone: "8800",
	}
}

func TestReceptionPlan(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Asia/Shanghai")
	now := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	d, err := cases.ReceptionRules{}.Plan(receptionPlan(), loc, now)
	if err != nil || len(d.Slots()) != 4 || d.Place != "Room 203" || !slices.Equal(d.Meetings, cases.Meetings()) ||
		!d.From.Equal(time.Date(2026, 12, 3, 1, 0, 0, 0, time.UTC)) || d.Leader != 7 || d.Name != "Wu Min" {
		t.Fatalf("Plan: %+v, %v", d, err)
	}
	for field, change := range map[string]func(*cases.ReceptionPlan){
		"date":     func(p *cases.ReceptionPlan) { p.Date = "2026-11-24" },
		"hours":    func(p *cases.ReceptionPlan) { p.To = p.From + 20 },
		"minutes":  func(p *cases.ReceptionPlan) { p.Minutes = 0 },
		"meetings": func(p *cases.ReceptionPlan) { p.Meetings = []cases.Meeting{"by post"} },
		"place":    func(p *cases.ReceptionPlan) { p.Place = "  " },
		"phone":    func(p *cases.ReceptionPlan) { p.Phone = "" },
	} {
		p := receptionPlan()
		change(&p)
		_, err := cases.ReceptionRules{}.Plan(p, loc, now)
		if cases.CodeOf(err) != cases.Incomplete || err.Error() != "cases: incomplete: reception: "+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	far := receptionPlan()
	far.Date = "2027-12-03"
	if _, err := (cases.ReceptionRules{}).Plan(far, loc, now); cases.CodeOf(err) != cases.Incomplete {
		t.Errorf("a day a year ahead: %v", err)
	}
	many := receptionPlan()
	many.From, many.To, many.Minutes = 0, 24*60, 5
	if _, err := (cases.ReceptionRules{}).Plan(many, loc, now); cases.CodeOf(err) != cases.Incomplete {
		t.Errorf("288 slots: %v", err)
	}
}

// TestReceptionSlotsWhenClocksChange: Berlin put its clocks forward on 29 March 2026 from 02:00 to 03:00, and back on 25
// October from 03:00 to 02:00.
func TestReceptionSlotsWhenClocksChange(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Berlin")
	for date, want := range map[string][]string{
		"2026-03-29": {"01:00", "01:30", "03:00", "03:30"},
		"2026-10-25": {"01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"},
		"2026-11-25": {"01:00", "01:30", "02:00", "02:30", "03:00", "03:30"},
	} {
		p := receptionPlan()
		p.Date, p.From, p.To = date, 60, 4*60
		d, err := cases.ReceptionRules{AheadDays: 400}.Plan(p, loc, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range d.Slots() {
			got = append(got, s.From.In(loc).Format("15:04"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", date, got, want)
		}
	}
	// A day before is the same time of the clock, an hour before an hour that passes.
	p := receptionPlan()
	p.Date, p.From, p.To = "2026-03-29", 9*60, 10*60
	d, err := cases.ReceptionRules{AheadDays: 400}.Plan(p, loc, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := d.Slot(0)
	all := cases.Reminders(cases.Named, s, cases.Quiet{}, loc, s.From.AddDate(0, 0, -5), nil)
	if len(all) != 2 || all[0].At.In(loc).Format("02 15:04") != "28 09:00" || all[1].At.In(loc).Format("02 15:04") != "29 08:00" {
		t.Errorf("reminders: %v", all)
	}
}

var receptionQuiet = cases.Quiet{Queue: 480, From: 540, To: 1260}

func TestReceptionBookable(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Asia/Shanghai")
	d, err := cases.ReceptionRules{}.Plan(receptionPlan(), loc, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, loc) }
	off := d
	off.Cancelled = true
	for name, tt := range map[string]struct {
		d       cases.ReceptionDay
		slot    int
		meeting cases.Meeting
		mode    cases.Mode
		now     time.Time
		rules   cases.ReceptionRules
		want    cases.Code
	}{
		"in time":                        {d, 0, cases.InPerson, cases.Named, at(2, 9), cases.ReceptionRules{}, ""},
		"too late":                       {d, 0, cases.InPerson, cases.Named, at(2, 9).Add(time.Second), cases.ReceptionRules{}, cases.NotNow},
		"a later slot":                   {d, 3, cases.InPerson, cases.Confidential, at(2, 10), cases.ReceptionRules{}, ""},
		"no such slot":                   {d, 4, cases.InPerson, cases.Named, at(1, 9), cases.ReceptionRules{}, cases.NotFound},
		"below":                          {d, -1, cases.InPerson, cases.Named, at(1, 9), cases.ReceptionRules{}, cases.NotFound},
		"called off":                     {off, 0, cases.InPerson, cases.Named, at(1, 9), cases.ReceptionRules{}, cases.NotFound},
		"in person without a name":       {d, 0, cases.InPerson, cases.Dark, at(1, 9), cases.ReceptionRules{}, cases.NotAllowed},
		"by phone without a name":        {d, 0, cases.ByPhone, cases.Anonymous, at(1, 9), cases.ReceptionRules{}, ""},
		"before the office may hear":     {d, 0, cases.ByPhone, cases.Anonymous, at(2, 23), cases.ReceptionRules{BookUntilHours: 1}, ""},
		"after midnight it may not":      {d, 0, cases.ByPhone, cases.Anonymous, at(3, 1), cases.ReceptionRules{BookUntilHours: 1}, cases.NotNow},
		"with a name it may at any time": {d, 0, cases.ByPhone, cases.Named, at(3, 1), cases.ReceptionRules{BookUntilHours: 1}, ""},
	} {
		err := tt.rules.Bookable(tt.d, tt.slot, tt.meeting, tt.mode, receptionQuiet, loc, tt.now)
		if cases.CodeOf(err) != tt.want || (tt.want == "") != (err == nil) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestReceptionChangeAndOutcome(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Asia/Shanghai")
	d, err := cases.ReceptionRules{}.Plan(receptionPlan(), loc, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	b := cases.Booking{Day: d.ID, Slot: 1, State: cases.Booked}
	s, _ := d.Slot(1)
	rules := cases.ReceptionRules{ChangeUntilHours: 12}
	if err := rules.Changeable(d, b, s.From.Add(-12*time.Hour)); err != nil {
		t.Errorf("12 hours before: %v", err)
	}
	if err := rules.Changeable(d, b, s.From.Add(-12*time.Hour+time.Second)); cases.CodeOf(err) != cases.NotNow {
		t.Errorf("later: %v", err)
	}
	for state, ok := range map[cases.BookingState]bool{
		cases.Booked: true, cases.BookingLapsed: true, cases.BookingMissed: true, cases.BookingHeld: false, cases.BookingCancelled: false,
	} {
		b.State = state
		got, err := b.Settle(cases.BookingHeld, d, s.From)
		if (err == nil) != ok || ok && got != cases.BookingHeld {
			t.Errorf("from %s: %s, %v", state, got, err)
		}
	}
	b.State = cases.Booked
	if _, err := b.Settle(cases.BookingHeld, d, s.From.Add(-time.Second)); cases.CodeOf(err) != cases.NotNow {
		t.Errorf("before the slot: %v", err)
	}
	if _, err := b.Settle(cases.BookingCancelled, d, s.From); cases.CodeOf(err) != cases.Incomplete {
		t.Errorf("no outcome: %v", err)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	plain := cases.Case{ID: "1", Department: "safety", Status: cases.StatusReceived, Mode: cases.Anonymous, Unqueued: true}
	restricted := plain
	restricted.Restricted = true
	own := restricted
	own.Department = "hr"
	recused := plain
	recused.Recused = []cases.OfficerID{7}
	officer := receptionLead
	officer.Role = cases.RoleOfficer
	for name, tt := range map[string]struct {
		o    cases.Officer
		c    cases.Case
		want bool
	}{
		"any leader":                   {receptionLead, plain, true},
		"one who is recused":           {receptionLead, recused, false},
		"restricted, elsewhere":        {receptionLead, restricted, false},
		"restricted, their department": {receptionLead, own, true},
		"somebody who does not lead":   {officer, plain, false},
	} {
		if got := cases.Hosts(tt.o, tt.c); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestQuietReception: whatever is drawn and booked, nobody without a name is reminded on the day they booked, nothing
// follows an act of the office within Gap unless time is short, and the office knows of every booking before its slot.
func TestQuietReception(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom([]string{"Asia/Shanghai", "Europe/Berlin", "America/Santiago"}).Draw(t, "zone"))
		draw := func(n int64) int64 { return rapid.Int64Range(0, n-1).Draw(t, "draw") }
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "minutes")) * time.Minute)
		p := receptionPlan()
		p.Date = start.In(loc).AddDate(0, 0, rapid.IntRange(1, 20).Draw(t, "ahead")).Format(time.DateOnly)
		p.From = cases.TimeOfDay(rapid.IntRange(0, 20*60).Draw(t, "from"))
		p.To = p.From + cases.TimeOfDay(rapid.IntRange(30, 3*60).Draw(t, "long"))
		rules := cases.ReceptionRules{BookUntilHours: rapid.IntRange(1, 48).Draw(t, "until")}
		d, err := rules.Plan(p, loc, start)
		if err != nil {
			t.Skip()
		}
		mode := rapid.SampledFrom([]cases.Mode{cases.Anonymous, cases.Dark}).Draw(t, "mode")
		for _, s := range rules.Open(d, nil, mode, receptionQuiet, loc, start) {
			if known := cases.BookingKnown(mode, receptionQuiet, loc, start); known.After(s.From) || !known.After(start) {
				t.Errorf("booked at %v for %v: known at %v", start, s.From, known)
			}
			for _, r := range cases.Reminders(mode, s, receptionQuiet, loc, start, draw) {
				if mode == cases.Dark || r.Word != cases.DayBefore {
					t.Errorf("%s is reminded: %s", mode, r.Word)
				}
				if r.At.In(loc).Format(time.DateOnly) <= start.In(loc).Format(time.DateOnly) || !r.At.Before(s.From) {
					t.Errorf("booked at %v for %v: reminded at %v", start, s.From, r.At)
				}
			}
			act := start.Add(time.Duration(rapid.Int64Range(0, int64(s.From.Sub(start)/time.Second)).Draw(t, "act")) * time.Second)
			at := cases.TellReception(mode, s, receptionQuiet, loc, act, draw)
			if at.Before(act) || at.After(s.From) {
				t.Errorf("done at %v, told at %v, slot at %v", act, at, s.From)
			}
			if s.From.Sub(act) > 2*time.Hour && at.Sub(act) < cases.Gap {
				t.Errorf("done at %v, told %v after", act, at.Sub(act))
			}
		}
	})
}

func TestReceptionDates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		date, repeat string
		want         []string
	}{
		{"2026-12-03", "once", []string{"2026-12-03"}},
		{"2026-12-03", "weekly", []string{"2026-12-03", "2026-12-10", "2026-12-17", "2026-12-24"}},
		{"2026-12-03", "monthly", []string{"2026-12-03", "2027-01-07", "2027-02-04"}},
		{"2026-12-31", "monthly", []string{"2026-12-31"}}, // neither January nor February has a fifth Thursday
		{"3 December", "weekly", nil},
	} {
		if got := cases.ReceptionDates(tt.date, tt.repeat); !slices.Equal(got, tt.want) {
			t.Errorf("%s %s: %v, want %v", tt.date, tt.repeat, got, tt.want)
		}
	}
}

func TestMayPublish(t *testing.T) {
	t.Parallel()
	act := func(id cases.OfficerID, r cases.Role) cases.Actor {
		return cases.Actor{Party: cases.Office, Officer: id, Role: r}
	}
	for name, tt := range map[string]struct {
		by   cases.Actor
		role cases.Role // of the leader, who is 7
		ok   []string   // by which rules: all, leader, admin
	}{
		"their own":          {act(7, cases.RoleLead), cases.RoleLead, []string{"", "leader"}},
		"another's":          {act(8, cases.RoleLead), cases.RoleLead, nil},
		"an admin for one":   {act(9, cases.RoleAdmin), cases.RoleLead, []string{"", "admin"}},
		"for who leads not":  {act(9, cases.RoleAdmin), cases.RoleOfficer, nil},
		"an officer for one": {act(7, cases.RoleOfficer), cases.RoleOfficer, nil},
		"a reporter":         {cases.Actor{Party: cases.Reporter}, cases.RoleLead, nil},
	} {
		for _, rule := range []string{"", "leader", "admin"} {
			var r cases.ReceptionRules
			if rule != "" {
				r.Publish = []string{rule}
			}
			if err := r.MayPublish(tt.by, 7, tt.role); (err == nil) != slices.Contains(tt.ok, rule) {
				t.Errorf("%s by the rule %q: %v", name, rule, err)
			}
		}
	}
	if (cases.ReceptionRules{Publish: []string{"everybody"}}).Check() == nil {
		t.Error("everybody publishes")
	}
}
