package cases

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNextDigest(t *testing.T) {
	t.Parallel()
	cn := Rules{Calendar: calendar(t, "cn"), Location: zone(t, "Asia/Shanghai")}
	berlin := Rules{Calendar: calendar(t, "plain"), Location: zone(t, "Europe/Berlin")}
	santiago := Rules{Location: zone(t, "America/Santiago")}
	working, daily := DigestTime{DigestWorking, 8}, DigestTime{DigestDaily, 8}
	for name, tt := range map[string]struct {
		rules       Rules
		time        DigestTime
		after, want string // on the clock there
	}{
		"never":                             {cn, DigestTime{}, "2026-03-02 07:00", ""},
		"the same morning":                  {cn, working, "2026-03-02 07:59", "2026-03-02 08:00"},
		"after an instant, not at it":       {cn, working, "2026-03-02 08:00", "2026-03-03 08:00"},
		"over a weekend":                    {cn, working, "2026-03-06 09:00", "2026-03-09 08:00"},
		"every day, also on a weekend":      {cn, daily, "2026-03-06 09:00", "2026-03-07 08:00"},
		"over Golden Week":                  {cn, working, "2026-09-30 08:00", "2026-10-08 08:00"},
		"every day in Golden Week":          {cn, daily, "2026-09-30 08:00", "2026-10-01 08:00"},
		"a Saturday that is worked":         {cn, working, "2026-10-09 08:00", "2026-10-10 08:00"},
		"after it a Sunday that is not":     {cn, working, "2026-10-10 08:00", "2026-10-12 08:00"},
		"a Sunday worked before the Golden": {cn, working, "2026-09-19 08:00", "2026-09-20 08:00"},
		"clocks are put forward":            {berlin, daily, "2026-03-28 08:00", "2026-03-29 08:00"},
		"clocks are put back":               {berlin, daily, "2026-10-24 08:00", "2026-10-25 08:00"},
		"over a change on working days":     {berlin, working, "2026-03-27 08:00", "2026-03-30 08:00"},
		"clocks are put forward at night":   {santiago, daily, "2026-09-05 08:00", "2026-09-06 08:00"},
		"without a calendar all work":       {santiago, working, "2026-09-05 08:00", "2026-09-06 08:00"},
		"the last hour":                     {cn, DigestTime{DigestWorking, 18}, "2026-03-06 17:59", "2026-03-06 18:00"},
		"beyond what the calendar covers":   {cn, working, "2031-10-01 09:00", "2031-10-02 08:00"},
		"no location is UTC":                {Rules{}, daily, "2026-03-02 09:00", "2026-03-03 08:00"},
		"a calendar on which nobody works":  {Rules{Calendar: Calendar{Weekend: []Weekday{0, 1, 2, 3, 4, 5, 6}}}, working, "2026-03-02 09:00", ""},
	} {
		after, err := time.ParseInLocation("2006-01-02 15:04", tt.after, tt.rules.location())
		if err != nil {
			t.Fatal(err)
		}
		got := NextDigest(after, tt.time, tt.rules)
		text := ""
		if !got.IsZero() {
			text = got.In(tt.rules.location()).Format("2006-01-02 15:04")
		}
		if text != tt.want {
			t.Errorf("%s: %q, want %q", name, text, tt.want)
		}
	}
}

// However often somebody changes the hour, they get no second digest on one day.
func TestFirstDigestAfterAChange(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	r := Rules{Calendar: calendar(t, "plain"), Location: shanghai}
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, shanghai) }
	for name, tt := range map[string]struct {
		now, called, want time.Time
		hour              int
	}{
		"the first ever":             {at(2, 6), time.Time{}, at(2, 9), 9},
		"later today, not yet told":  {at(2, 10), at(1, 9), at(2, 17), 17},
		"later today, told already":  {at(2, 10), at(2, 9), at(3, 17), 17},
		"earlier than now":           {at(2, 10), time.Time{}, at(3, 7), 7},
		"told on Friday, on weekend": {at(7, 10), at(6, 9), at(9, 9), 9},
	} {
		if got := FirstDigest(tt.now, tt.called, DigestTime{DigestWorking, tt.hour}, r); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", name, got.In(shanghai), tt.want)
		}
	}
}

func TestDigestCalls(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	r := Rules{Calendar: calendar(t, "cn"), Location: shanghai}
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, shanghai)
	}
	works := Officer{ID: 1, Role: RoleOfficer, Department: "hr"}
	away, back, admin, gone := works, works, works, works
	away.AwayUntil, back.AwayUntil, admin.Role, gone.Revoked = at(3, 3, 0), at(3, 2, 7), RoleAdmin, true
	working := DigestTime{DigestWorking, 8}
	for name, tt := range map[string]struct {
		time     DigestTime
		due, now time.Time
		o        Officer
		want     bool
	}{
		"on time":                               {working, at(3, 2, 8), at(3, 2, 8), works, true},
		"too early":                             {working, at(3, 2, 8), at(3, 2, 7), works, false},
		"late, after an outage of hours":        {working, at(3, 2, 8), at(3, 2, 23), works, true},
		"an outage over midnight":               {working, at(3, 2, 8), at(3, 3, 0), works, false},
		"away":                                  {working, at(3, 2, 8), at(3, 2, 8), away, false},
		"back since this morning":               {working, at(3, 2, 8), at(3, 2, 8), back, true},
		"works no cases any more":               {working, at(3, 2, 8), at(3, 2, 8), admin, false},
		"left":                                  {working, at(3, 2, 8), at(3, 2, 8), gone, false},
		"never":                                 {DigestTime{}, at(3, 2, 8), at(3, 2, 8), works, false},
		"a holiday that was not known at first": {working, at(10, 1, 8), at(10, 1, 8), works, false},
		"the same, every day":                   {DigestTime{DigestDaily, 8}, at(10, 1, 8), at(10, 1, 8), works, true},
	} {
		if got := tt.time.Calls(tt.due, at(3, 1, 8), tt.now, tt.o, r); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
		if tt.time.Calls(tt.due, tt.now.Add(-time.Hour), tt.now, tt.o, r) && tt.now.Hour() > 0 {
			t.Errorf("%s: a second one on one day", name)
		}
	}
}

// A digest comes at its hour on the clock, at most one a day, and never later than the calendar lets it.
func TestNextDigestProperty(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Asia/Shanghai"), zone(t, "Europe/Berlin"), zone(t, "America/Santiago"), zone(t, "Australia/Lord_Howe")}
	week := calendar(t, "plain")
	rapid.Check(t, func(t *rapid.T) {
		r := Rules{Calendar: week, Location: rapid.SampledFrom(zones).Draw(t, "zone")}
		d := DigestTime{
			Days: rapid.SampledFrom([]DigestDays{DigestWorking, DigestDaily}).Draw(t, "days"),
			Hour: rapid.IntRange(FirstDigestHour, LastDigestHour).Draw(t, "hour"),
		}
		at := day(1).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "minutes")) * time.Minute)
		first := NextDigest(at, d, r)
		next := NextDigest(first, d, r)
		for _, x := range []time.Time{first, next} {
			if there := x.In(r.Location); there.Hour() != d.Hour || there.Minute() != 0 {
				t.Fatalf("at %v", there)
			}
		}
		if !first.After(at) || DateOf(first, r.Location) == DateOf(next, r.Location) {
			t.Fatalf("after %v comes %v, then %v", at, first, next)
		}
		if most := 25 * time.Hour; d.Days == DigestDaily && (first.Sub(at) > most || next.Sub(first) > most) {
			t.Fatalf("a day is left out: %v, %v, %v", at, first, next)
		}
	})
}

func TestDigestIsEmptyWhenNothingIsToDo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		d    Digest
		want bool
	}{
		"nothing":                  {Digest{}, true},
		"only the reporter's turn": {Digest{Own: Pile{Waiting: 3}, Team: Pile{Waiting: 4}}, true},
		"something new":            {Digest{New: 1}, false},
		"nobody's, and late":       {Digest{Free: 1}, false},
		"overdue":                  {Digest{Own: Pile{Overdue: 1}}, false},
		"due today":                {Digest{Own: Pile{Today: 1}}, false},
		"left alone":               {Digest{Own: Pile{Idle: 1}}, false},
		"a colleague's":            {Digest{Team: Pile{Overdue: 1}}, false},
	} {
		if got := tt.d.Empty(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, d := range []DigestTime{{DigestDaily, 6}, {DigestWorking, 19}, {"weekly", 8}} {
		if CodeOf(d.Check()) != Incomplete {
			t.Errorf("%+v: %v", d, d.Check())
		}
	}
	for _, d := range []DigestTime{{}, {DigestDaily, 7}, {DigestWorking, 18}} {
		if err := d.Check(); err != nil {
			t.Errorf("%+v: %v", d, err)
		}
	}
}
