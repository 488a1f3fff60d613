package cases

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOfficeHours(t *testing.T) {
	t.Parallel()
	h := Hours{From: 8 * 60, To: 18 * 60}
	berlin := zone(t, "Europe/Berlin")
	weekend := []Weekday{Weekday(time.Saturday), Weekday(time.Sunday)}
	week := Calendar{Weekend: weekend, From: 2026, To: 2026, Holidays: []Date{{2026, 4, 3}, {2026, 4, 6}}}
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, berlin)
	}
	for name, test := range map[string]struct {
		h        Hours
		at, want time.Time
	}{
		"within":                     {h, at(3, 4, 10, 30), at(3, 4, 10, 30)},
		"at their beginning":         {h, at(3, 4, 8, 0), at(3, 4, 8, 0)},
		"early":                      {h, at(3, 4, 5, 0), at(3, 4, 8, 0)},
		"at their end":               {h, at(3, 4, 18, 0), at(3, 5, 8, 0)},
		"Friday night":               {h, at(3, 6, 23, 59), at(3, 9, 8, 0)},
		"over Easter":                {h, at(4, 2, 20, 0), at(4, 7, 8, 0)},
		"clocks are put forward":     {h, at(3, 28, 23, 0), at(3, 30, 8, 0)},
		"clocks are put back":        {h, at(10, 24, 23, 0), at(10, 26, 8, 0)},
		"the zero value is always":   {Hours{}, at(3, 7, 3, 0), at(3, 7, 3, 0)},
		"an hour that does not come": {Hours{From: 2*60 + 30, To: 18 * 60}, at(3, 28, 23, 0), at(3, 30, 2, 30)},
	} {
		if got := test.h.Next(test.at, berlin, week); !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", name, got.In(berlin), test.want)
		}
	}
	// On a working Sunday whose clocks skip that hour, they begin when it would have been.
	skipped := Hours{From: 2*60 + 30, To: 18 * 60}
	if got, want := skipped.Next(at(3, 28, 23, 0), berlin, Calendar{}), at(3, 29, 3, 30); !got.Equal(want) {
		t.Errorf("%v, want %v", got.In(berlin), want)
	}
}

func TestWhatWaitsForOfficeHours(t *testing.T) {
	t.Parallel()
	h, night := Hours{From: 8 * 60, To: 18 * 60}, time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		c     Case
		kind  EventKind
		to    Recipient
		waits bool
	}{
		"reminder":        {Case{}, Reminded, ToOwner, true},
		"missed, lead":    {Case{}, Missed, ToLead, true},
		"missed, leader":  {Case{}, Missed, ToLeader, true},
		"the reporter":    {Case{}, Missed, ToReporter, false},
		"danger":          {Case{Urgent: true}, Missed, ToOwner, false},
		"a major matter":  {Case{Work: Work{Major: Major{Level: 1}}}, Missed, ToOwner, false},
		"a call":          {Case{}, Raised, ToOfficer, false},
		"a case comes in": {Case{}, Filed, ToDepartment, false},
	} {
		if got := h.Due(test.c, Event{Kind: test.kind}, test.to, night, time.UTC, Calendar{}); got.Equal(night) == test.waits {
			t.Errorf("%s: leaves %v", name, got)
		}
	}
}

// Hours never take a notice back in time or keep it beyond the next working day, in any zone.
func TestOfficeHoursProperty(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Asia/Shanghai"), zone(t, "Europe/Berlin"), zone(t, "America/Santiago"), zone(t, "Australia/Lord_Howe")}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		from := rapid.IntRange(0, 20*60).Draw(t, "from")
		h := Hours{From: TimeOfDay(from), To: TimeOfDay(rapid.IntRange(from+60, 24*60).Draw(t, "to"))}
		if err := h.Check(); err != nil {
			t.Fatal(err)
		}
		at := day(1).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "minutes")) * time.Minute)
		got := h.Next(at, loc, Calendar{Weekend: []Weekday{Weekday(time.Sunday)}})
		if got.Before(at) || got.Sub(at) > 50*time.Hour {
			t.Fatalf("%v waits until %v", at.In(loc), got.In(loc))
		}
		if got.In(loc).Weekday() == time.Sunday {
			t.Fatalf("on a Sunday: %v", got.In(loc))
		}
		if again := h.Next(got, loc, Calendar{Weekend: []Weekday{Weekday(time.Sunday)}}); !again.Equal(got) {
			t.Fatalf("%v is within the hours, and waits until %v", got.In(loc), again.In(loc))
		}
	})
}
