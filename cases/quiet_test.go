package cases

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"
)

// hours are those of configs/org.yaml.
var hours = Quiet{Queue: 8 * 60, From: 9 * 60, To: 21 * 60}

func zone(t rapid.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestSlotAndLeave(t *testing.T) {
	t.Parallel()
	const local = "2006-01-02 15:04:05"
	for name, tt := range map[string]struct {
		zone, at    string
		quiet       Quiet
		draw        int64
		slot, leave string
	}{
		"plain":                  {"Asia/Shanghai", "2026-03-10 14:00:00", hours, 0, "2026-03-11 08:00:00", "2026-03-11 09:00:00"},
		"drawn":                  {"Asia/Shanghai", "2026-03-10 14:00:00", hours, 3661, "2026-03-11 08:00:00", "2026-03-11 10:01:01"},
		"last second":            {"Asia/Shanghai", "2026-03-10 23:59:59", hours, 12*3600 - 1, "2026-03-11 08:00:00", "2026-03-11 20:59:59"},
		"first second":           {"Asia/Shanghai", "2026-03-11 00:00:00", hours, 0, "2026-03-12 08:00:00", "2026-03-12 09:00:00"},
		"before today's slot":    {"Asia/Shanghai", "2026-03-11 07:00:00", hours, 0, "2026-03-12 08:00:00", "2026-03-12 09:00:00"},
		"end of the year":        {"Europe/Berlin", "2026-12-31 23:59:59", hours, 60, "2027-01-01 08:00:00", "2027-01-01 09:01:00"},
		"leap day":               {"Europe/Berlin", "2028-02-28 12:00:00", hours, 0, "2028-02-29 08:00:00", "2028-02-29 09:00:00"},
		"into summer time":       {"Europe/Berlin", "2026-03-28 23:00:00", hours, 12*3600 - 1, "2026-03-29 08:00:00", "2026-03-29 20:59:59"},
		"out of summer time":     {"Europe/Berlin", "2026-10-24 12:00:00", hours, 12*3600 - 1, "2026-10-25 08:00:00", "2026-10-25 20:59:59"},
		"from before the change": {"Europe/Berlin", "2026-03-28 12:00:00", Quiet{Queue: 0, From: 30, To: 1439}, 1409*60 - 1, "2026-03-29 00:00:00", "2026-03-29 23:58:59"},
		"over the change":        {"Europe/Berlin", "2026-03-28 12:00:00", Quiet{Queue: 150, From: 120, To: 1200}, 1800, "2026-03-29 03:30:00", "2026-03-29 03:30:00"},
		"no midnight":            {"America/Havana", "2026-03-07 23:59:59", Quiet{Queue: 0, From: 30, To: 1200}, 0, "2026-03-08 01:00:00", "2026-03-08 01:30:00"},
		"loud":                   {"Europe/Berlin", "2026-03-10 14:00:00", Quiet{}, 5, "2026-03-10 14:00:00", "2026-03-10 14:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, tt.zone)
			at, err := time.ParseInLocation(local, tt.at, loc)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.quiet.Slot(at.UTC(), loc).In(loc).Format(local); got != tt.slot {
				t.Errorf("slot %s, want %s", got, tt.slot)
			}
			leave := tt.quiet.Leave(at.UTC(), loc, func(n int64) int64 {
				if want := int64(tt.quiet.To-tt.quiet.From) * 60; n != want {
					t.Errorf("draws from %d, want %d", n, want)
				}
				return tt.draw
			})
			if got := leave.In(loc).Format(local); got != tt.leave {
				t.Errorf("leaves %s, want %s", got, tt.leave)
			}
		})
	}
}

var zones = []string{
	"UTC", "Asia/Shanghai", "Europe/Berlin", "America/Havana", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe",
	"Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Beirut", "America/Asuncion",
}

// A notice leaves on the next day of the zone, within the hours, and never within Gap of its cause; and its time of day
// is the same for every cause.
func TestLeaveProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		q := Quiet{Queue: TimeOfDay(rapid.IntRange(0, 1439).Draw(t, "queue")), From: TimeOfDay(rapid.IntRange(30, 1379).Draw(t, "from"))}
		q.To = TimeOfDay(rapid.IntRange(int(q.From)+60, 1440).Draw(t, "to"))
		if err := q.Check(); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 12*366*24*3600).Draw(t, "at")) * time.Second)
		k := rapid.Int64Range(0, int64(q.To-q.From)*60-1).Draw(t, "drawn")
		drawn := func(int64) int64 { return k }
		got := q.Leave(at, loc, drawn).In(loc)
		if got.Sub(at) < Gap {
			t.Fatalf("%v follows %v within %v", got, at.In(loc), got.Sub(at))
		}
		nextDay(t, "leaves", at, got, loc)
		if slot := q.Slot(at, loc).In(loc); !slot.After(at) {
			t.Fatalf("slot %v for %v", slot, at.In(loc))
		} else {
			nextDay(t, "slot", at, slot, loc)
		}
		want := int64(q.From)*60 + k
		second := int64(got.Hour()*3600 + got.Minute()*60 + got.Second())
		// Where clocks are put forward over it, it comes that much later.
		if late := second - want; late != 0 && (late < 0 || late > 3600 || !forward(got, loc)) {
			t.Fatalf("leaves at second %d of the day, want %d", second, want)
		}
		// Another act on the same day, or a reporter's.
		y, m, d := at.In(loc).Date()
		other := time.Date(y, m, d, 12, 0, 0, 0, loc)
		if !q.Leave(other, loc, drawn).Equal(got) {
			t.Fatalf("the hour of the act shows: %v and %v", q.Leave(other, loc, drawn), got)
		}
	})
}

// forward says whether clocks are put forward on the day of an instant.
func forward(at time.Time, loc *time.Location) bool {
	y, m, d := at.Date()
	_, before := time.Date(y, m, d-1, 12, 0, 0, 0, loc).Zone()
	_, after := time.Date(y, m, d, 12, 0, 0, 0, loc).Zone()
	return after > before
}

func nextDay(t *rapid.T, what string, at, got time.Time, loc *time.Location) {
	t.Helper()
	y, m, d := at.In(loc).Date()
	wy, wm, wd := time.Date(y, m, d+1, 12, 0, 0, 0, loc).Date()
	if gy, gm, gd := got.Date(); gy != wy || gm != wm || gd != wd {
		t.Fatalf("%s %v for %v", what, got, at.In(loc))
	}
}

// smirnov is the two-sample Kolmogorov-Smirnov distance.
func smirnov(a, b []float64) (d float64) {
	slices.Sort(a)
	slices.Sort(b)
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		x := min(a[i], b[j])
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
		d = max(d, float64(i)/float64(len(a))-float64(j)/float64(len(b)), float64(j)/float64(len(b))-float64(i)/float64(len(a)))
	}
	return d
}

// leaks is the largest distance between the times of day of notices that follow acts of different hours. limit is what
// chance passes once in a thousand times, for all the comparisons together.
func leaks(acts, leaves []time.Time) (distance, limit float64) {
	second := func(at time.Time) float64 { return float64(at.Hour()*3600 + at.Minute()*60 + at.Second()) }
	groups := make([][]float64, 4)
	order := make([]int, len(acts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return int(second(acts[i]) - second(acts[j])) })
	for rank, i := range order {
		g := rank * len(groups) / len(order)
		groups[g] = append(groups[g], second(leaves[i]))
	}
	for i := range groups {
		for _, b := range groups[i+1:] {
			distance = max(distance, smirnov(slices.Clone(groups[i]), slices.Clone(b)))
		}
	}
	// sqrt(-ln(p/2)/2 * (1/n + 1/m)) with p = 0.001 / 6 comparisons and n = m = 250: 2.17 * sqrt(2/250).
	return distance, 0.194
}

// When a notice leaves tells nothing of when the officer acted. The same test finds a leak that is planted.
func TestLeaveTellsNothing(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Berlin")
	const constant = 17 * time.Hour
	leaving := map[string]func(at time.Time, draw func(int64) int64) time.Time{
		"drawn": func(at time.Time, draw func(int64) int64) time.Time { return hours.Leave(at, loc, draw) },
		"due": func(at time.Time, draw func(int64) int64) time.Time {
			return hours.Due(Case{Mode: Anonymous}, Event{By: ming}, ToReporter, at, time.Time{}, loc, draw)
		},
		"leak: constant": func(at time.Time, _ func(int64) int64) time.Time { return at.Add(constant) },
		"leak: jittered": func(at time.Time, draw func(int64) int64) time.Time {
			return at.Add(constant + time.Duration(draw(4*3600))*time.Second)
		},
		"leak: every second one": func(at time.Time, draw func(int64) int64) time.Time {
			if draw(2) == 0 {
				return at.Add(constant)
			}
			return hours.Leave(at, loc, draw)
		},
		"leak: not at once": func(at time.Time, draw func(int64) int64) time.Time {
			return at.Add(Gap + time.Duration(draw(3600))*time.Second)
		},
	}
	for name, leave := range leaving {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(5) {
				r := rand.New(rand.NewPCG(seed, 3))
				var acts, leaves []time.Time
				for range 1000 {
					// Officers act in office hours, most in the middle of the day.
					minute := 8*60 + r.IntN(300) + r.IntN(300)
					at := time.Date(2026, 1, 1+r.IntN(365), 0, minute, r.IntN(60), 0, loc)
					acts, leaves = append(acts, at), append(leaves, leave(at, r.Int64N).In(loc))
				}
				d, limit := leaks(acts, leaves)
				if leak := strings.HasPrefix(name, "leak"); (d > limit) != leak {
					t.Errorf("seed %d: distance %.3f, limit %.3f", seed, d, limit)
				}
			}
		})
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	now, waits := day(10), day(11).Add(time.Hour)
	leave, slot := time.Date(2026, 3, 11, 9, 0, 7, 0, time.UTC), time.Date(2026, 3, 11, 8, 0, 0, 0, time.UTC)
	drawn := func(int64) int64 { return 7 }
	for name, tt := range map[string]struct {
		mode    Mode
		prompt  bool
		by      Actor
		to      Recipient
		waiting time.Time
		want    time.Time
	}{
		"named":                            {Named, false, ming, ToReporter, time.Time{}, now},
		"confidential":                     {Confidential, false, ming, ToReporter, time.Time{}, now},
		"confidential, waiting":            {Confidential, false, ming, ToReporter, waits, now},
		"named, reporter's words":          {Named, false, reporter, ToOwner, time.Time{}, now},
		"anonymous":                        {Anonymous, false, ming, ToReporter, time.Time{}, leave},
		"anonymous, one buzz for both":     {Anonymous, false, ming, ToReporter, waits, waits},
		"anonymous, warning":               {Anonymous, false, system, ToReporter, time.Time{}, leave},
		"anonymous, reporter's words":      {Anonymous, false, reporter, ToOwner, time.Time{}, slot},
		"anonymous, words, others wait":    {Anonymous, false, reporter, ToDepartment, waits, slot},
		"anonymous, among officers":        {Anonymous, false, lead, ToOfficer, time.Time{}, now},
		"anonymous, queued":                {Anonymous, false, system, ToDepartment, time.Time{}, now},
		"anonymous, prompt":                {Anonymous, true, ming, ToReporter, time.Time{}, now},
		"anonymous, prompt, words":         {Anonymous, true, reporter, ToOwner, time.Time{}, now},
		"dark, reporter's words":           {Dark, false, reporter, ToOwner, time.Time{}, slot},
		"dark, custody among officers":     {Dark, false, ming, ToCustodian, time.Time{}, now},
		"dark, prompt, reporter's words":   {Dark, true, reporter, ToDepartment, time.Time{}, now},
		"dark, as if it could be notified": {Dark, false, ming, ToReporter, time.Time{}, leave},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := hours.Due(Case{Mode: tt.mode, Prompt: tt.prompt}, Event{By: tt.by}, tt.to, now, tt.waiting, time.UTC, drawn)
			if !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// Whoever of the reporters joined without a name is heard of in slots, by those with a name too.
func TestDueOfASlot(t *testing.T) {
	t.Parallel()
	now := day(10)
	e := Event{By: reporter, More: More{Slot: time.Date(2026, 3, 11, 8, 0, 0, 0, time.UTC), Colleague: 1}}
	leave := time.Date(2026, 3, 11, 9, 0, 7, 0, time.UTC)
	for _, c := range []Case{{Mode: Named}, {Mode: Anonymous}, {Mode: Anonymous, Prompt: true}} {
		for to, want := range map[Recipient]time.Time{ToReporter: leave, ToOwner: e.Slot, ToDepartment: e.Slot} {
			if got := hours.Due(c, e, to, now, time.Time{}, time.UTC, func(int64) int64 { return 7 }); !got.Equal(want) {
				t.Errorf("%s, prompt %v, %s: %v, want %v", c.Mode, c.Prompt, to, got, want)
			}
		}
	}
}

func TestDated(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	now := time.Date(2026, 3, 29, 21, 30, 0, 0, time.UTC)     // 23:30 of the day on which clocks go forward
	midnight := time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC) // 00:00, still winter time
	for _, m := range Modes() {
		for _, by := range []Party{Reporter, Office, System} {
			want := now
			if m.Nameless() && by != Office {
				want = midnight
			}
			if got := Dated(m, by, now, berlin); !got.Equal(want) {
				t.Errorf("%s by %s: %v", m, by, got)
			}
		}
	}
	if got := Dated(Dark, Reporter, time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC), berlin); !got.Equal(time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("the year ends in Berlin first: %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 12*366*24*3600).Draw(t, "at")) * time.Second)
		got := Dated(Anonymous, Reporter, at, loc)
		gy, gm, gd := got.In(loc).Date()
		if y, m, d := at.In(loc).Date(); gy != y || gm != m || gd != d || got.After(at) || !Dated(Anonymous, Reporter, got, loc).Equal(got) {
			t.Fatalf("%v is dated %v", at.In(loc), got.In(loc))
		}
	})
}

func TestQuietCheck(t *testing.T) {
	t.Parallel()
	for want, quiet := range map[string][]Quiet{
		"":                      {hours, {0, 30, 90}, {1439, 30, 1440}, {0, 1380, 1440}},
		"is missing":            {{}},
		"not one of the day":    {{-1, 540, 1260}, {1440, 540, 1260}, {480, 540, 1441}},
		"from: want 00:30":      {{480, 29, 1260}, {480, 0, 1260}, {480, -30, 1260}},
		"to: want at least":     {{480, 540, 599}, {480, 540, 540}, {480, 540, 0}, {480, 1200, 60}},
		"so that no notice":     {{1, 0, 0}},
		"a narrow window is no": {{0, 30, 89}},
	} {
		for _, q := range quiet {
			switch err := q.Check(); {
			case (err == nil) != (want == ""), err != nil && !strings.Contains(err.Error(), want):
				t.Errorf("%+v: %v, want %q", q, err, want)
			}
		}
	}
}

func TestTimeOfDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]TimeOfDay{
		`"08:00"`: 480, `'08:00'`: 480, `08:00`: 480, `8:00`: 480, `  08:00  `: 480, `08:00 # in the morning`: 480,
		`"21:30" # late`: 1290, `00:00`: 0, `23:59`: 1439, `!!str 08:00`: 480,
	} {
		got := Quiet{From: -7}
		err := yaml.UnmarshalWithOptions([]byte("from: "+text+"\n"), &got, yaml.Strict())
		if err != nil || got.From != want {
			t.Errorf("%s reads as %d, %v", text, got.From, err)
		}
	}
	for _, text := range []string{
		`24:00`, `25:00`, `08:60`, `-1:00`, `+8:00`, `08:0`, `08:00:00`, `8`, `0800`, `８:00`, `""`, `"08:00 "`, `noon`, `8 am`,
		`true`, `[8]`, `{a: b}`, `"08:00`,
	} {
		got := Quiet{From: -7}
		if err := yaml.UnmarshalWithOptions([]byte("from: "+text+"\n"), &got, yaml.Strict()); err == nil || got.From != -7 {
			t.Errorf("%s reads as %d", text, got.From)
		}
	}
	var o Organisation
	if err := yaml.UnmarshalWithOptions([]byte(`quiet: {queue: "08:00", from: "09:00", to: "21:00"}`), &o, yaml.Strict()); err != nil || o.Quiet != hours {
		t.Errorf("reads as %+v, %v", o.Quiet, err)
	}
	if err := yaml.UnmarshalWithOptions([]byte(`quiet: {until: "08:00"}`), &o, yaml.Strict()); err == nil {
		t.Error("a key that is none is read")
	}
}
