package cases

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"
)

// decode reads a file of configs as configs does.
func decode(t testing.TB, name string, v any) {
	t.Helper()
	data, err := os.ReadFile("../configs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(data, v, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func calendar(t testing.TB, id string) Calendar {
	t.Helper()
	var c Calendar
	decode(t, "calendars/"+id+".yaml", &c)
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

func date(t testing.TB, text string) Date {
	t.Helper()
	d, err := ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWorkingDays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		calendar, from string
		n              int
		want, why      string
	}{
		{"plain", "2026-03-05", 1, "2026-03-06", "Thursday, Friday"},
		{"plain", "2026-03-05", 2, "2026-03-09", "Thursday; Friday, Monday"},
		{"plain", "2026-03-07", 0, "2026-03-09", "a Saturday is none: Monday"},
		{"plain", "2026-03-09", 0, "2026-03-09", "a Monday is one"},
		{"plain", "2026-03-07", 5, "2026-03-13", "Saturday; Monday to Friday"},
		{"plain", "2027-12-31", 1, "2028-01-03", "Friday; no holidays are known, so Monday"},

		{"cn", "2025-12-31", 1, "2026-01-04", "New Year 1-3; Sunday 4 is worked"},
		{"cn", "2025-12-31", 3, "2026-01-06", "Sunday 4, Monday 5, Tuesday 6"},
		{"cn", "2026-02-13", 1, "2026-02-14", "Friday; Saturday 14 is worked"},
		{"cn", "2026-02-13", 2, "2026-02-24", "Saturday 14; Spring Festival 15-23; Tuesday 24"},
		{"cn", "2026-02-13", 6, "2026-02-28", "14; 24 25 26 27; Saturday 28 is worked"},
		{"cn", "2026-02-13", 7, "2026-03-02", "the same; Sunday 1 is not; Monday 2"},
		{"cn", "2025-01-24", 1, "2025-01-26", "Friday; Sunday 26 is worked before the festival of 2025"},
		{"cn", "2025-01-24", 3, "2025-02-05", "26, Monday 27; 28 January to 4 February; Wednesday 5"},
		{"cn", "2025-01-24", 6, "2025-02-08", "26 27; 5 6 7; Saturday 8 is worked"},
		{"cn", "2026-09-18", 2, "2026-09-21", "Friday; Sunday 20 is worked, Monday 21"},
		{"cn", "2026-09-24", 1, "2026-09-28", "Thursday; mid-autumn 25-27; Monday 28"},
		{"cn", "2026-09-30", 3, "2026-10-10", "Golden Week 1-7; 8 9; Saturday 10 is worked"},
		{"cn", "2026-09-30", 4, "2026-10-12", "the same; Sunday 11 is not; Monday 12"},
		{"cn", "2025-09-26", 1, "2025-09-28", "Friday; Sunday 28 is worked"},
		{"cn", "2025-09-30", 3, "2025-10-11", "1-8; 9 10; Saturday 11 is worked"},
		{"cn", "2026-04-30", 4, "2026-05-09", "1-5; 6 7 8; Saturday 9 is worked"},
		{"cn", "2026-12-31", 1, "2027-01-01", "Thursday; 2027 is not covered: a Friday is a Friday"},
		{"cn", "2026-12-31", 3, "2027-01-05", "Friday 1; Monday 4, Tuesday 5"},

		{"de_berlin", "2026-04-02", 1, "2026-04-07", "Good Friday 3, weekend, Easter Monday 6; Tuesday 7"},
		{"de_berlin", "2026-03-06", 1, "2026-03-09", "Women's Day is a Sunday in 2026; Monday 9"},
		{"de_berlin", "2027-03-05", 1, "2027-03-09", "and a Monday in 2027; Tuesday 9"},
		{"de_berlin", "2025-05-07", 1, "2025-05-09", "8 May was a holiday in 2025 alone"},
		{"de_berlin", "2026-05-07", 1, "2026-05-08", "and is none in 2026"},
		{"de_berlin", "2026-12-24", 1, "2026-12-28", "Thursday; 25, Saturday 26, Sunday; Monday 28"},
		{"de_berlin", "2026-12-31", 1, "2027-01-04", "Friday 1 is New Year"},
		{"de_berlin", "2028-02-28", 1, "2028-02-29", "the leap day is a Tuesday"},
		{"de_berlin", "2028-02-28", 2, "2028-03-01", "and Wednesday follows"},
		{"de_berlin", "2028-12-29", 1, "2029-01-01", "Friday; 2029 is not covered: a Monday is a Monday"},
	} {
		if got := calendar(t, tt.calendar).After(date(t, tt.from), tt.n); got != date(t, tt.want) {
			t.Errorf("%s: %d working days after %s: %s, want %s (%s)", tt.calendar, tt.n, tt.from, got, tt.want, tt.why)
		}
	}
}

// TestChinaAddsUp holds the file against the notices: so many days off for each holiday, and against the law, which gives
// 13 days off: 365 days - 104 of weekends - 13 = 248 to work. Both years have 52 Saturdays and 52 Sundays.
func TestChinaAddsUp(t *testing.T) {
	t.Parallel()
	c := calendar(t, "cn")
	for year, off := range map[int]int{
		2025: 1 + 8 + 3 + 5 + 3 + 8,
		2026: 3 + 9 + 3 + 5 + 3 + 3 + 7,
	} {
		n := 0
		for _, d := range c.Holidays {
			if d.Year == year {
				n++
			}
		}
		if n != off {
			t.Errorf("%d: %d days off, want %d", year, n, off)
		}
		if got := c.Count(Date{year - 1, time.December, 31}, Date{year, time.December, 31}); got != 248 {
			t.Errorf("%d: %d working days, want 248", year, got)
		}
	}
}

// TestBerlinAddsUp counts the holidays of each year, and the working days from the weekdays of the fixed ones.
func TestBerlinAddsUp(t *testing.T) {
	t.Parallel()
	c := calendar(t, "de_berlin")
	for year, want := range map[int]struct{ holidays, working int }{
		2025: {11, 261 - 10}, // 8 March is a Saturday
		2026: {10, 261 - 7},  // 8 March a Sunday, 3 October and 26 December Saturdays
		2027: {10, 261 - 6},  // 1 May a Saturday, 3 October a Sunday, Christmas a weekend
		2028: {11, 260 - 9},  // 1 January and 17 June Saturdays; 53 Saturdays and 53 Sundays in 366 days
	} {
		n := 0
		for _, d := range c.Holidays {
			if d.Year == year {
				n++
			}
		}
		if got := c.Count(Date{year - 1, time.December, 31}, Date{year, time.December, 31}); n != want.holidays || got != want.working {
			t.Errorf("%d: %d holidays and %d working days, want %+v", year, n, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-11-30", 3, "2027-02-28"},
		{"2027-11-30", 3, "2028-02-29"},
		{"2027-11-29", 3, "2028-02-29"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2026-12-31", 2, "2027-02-28"},
		{"2026-01-15", 3, "2026-04-15"},
		{"2026-10-31", 1, "2026-11-30"},
	} {
		if got := date(t, tt.from).AddMonths(tt.months); got != date(t, tt.want) {
			t.Errorf("%s and %d months: %s, want %s", tt.from, tt.months, got, tt.want)
		}
	}
	for _, text := range []string{"2026-02-29", "2026-2-1", "26-02-01", "", "yesterday"} {
		if _, err := ParseDate(text); err == nil {
			t.Errorf("%q is a day", text)
		}
	}
	for _, tt := range []struct{ zone, day, want string }{
		{"Asia/Shanghai", "2026-02-28", "2026-02-28T15:59:59Z"},
		{"Europe/Berlin", "2026-03-28", "2026-03-28T22:59:59Z"},    // the last day of winter time
		{"Europe/Berlin", "2026-03-29", "2026-03-29T21:59:59Z"},    // a day of 23 hours
		{"Europe/Berlin", "2026-10-25", "2026-10-25T22:59:59Z"},    // a day of 25 hours
		{"America/Santiago", "2026-04-04", "2026-04-05T03:59:59Z"}, // shows 23:59:59 twice
		{"America/Havana", "2026-10-31", "2026-11-01T03:59:59Z"},   // 1 November begins twice
	} {
		if got := date(t, tt.day).End(zone(t, tt.zone)).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s in %s ends %s, want %s", tt.day, tt.zone, got, tt.want)
		}
	}
}

func TestCalendarEnds(t *testing.T) {
	t.Parallel()
	c := calendar(t, "cn")
	for today, want := range map[string]bool{"2026-11-01": false, "2026-11-02": true, "2026-12-31": true, "2027-03-01": true} {
		if last, soon := c.EndsWithin(date(t, today), 59); soon != want || last != date(t, "2026-12-31") {
			t.Errorf("on %s: %s, %v", today, last, soon)
		}
	}
	if _, soon := calendar(t, "plain").EndsWithin(date(t, "2200-01-01"), 1000); soon {
		t.Error("what covers no year does not end")
	}
}

func TestCalendarCheck(t *testing.T) {
	t.Parallel()
	const good = "calendar: x\nfrom: 2026\nto: 2026\nweekend: [saturday, sunday]\nholidays: [2026-01-01, 2026-05-01]\nworking: [2026-01-04]\n"
	for _, tt := range []struct{ from, to, want string }{
		{"", "", ""},
		{"calendar: x", "calendar: X y", "an id is"},
		{"2026-05-01]", "2026-01-01]", "2026-01-01 stands twice"},
		{"2026-05-01]", "2025-12-31]", "2025-12-31 comes after 2026-01-01"},
		{"2026-05-01]", "2027-05-01]", "2027-05-01 is not in the years covered"},
		{"to: 2026", "to: 2027", "there is none in 2027"},
		{"to: 2026", "to: 2025", "no span of years"},
		{"from: 2026", "from: 26", "no span of years"},
		{"working: [2026-01-04]", "working: [2026-01-05]", "2026-01-05 is a Monday"},
		{"2026-01-01, 2026-05-01]", "2026-01-01, 2026-01-04]", "2026-01-04 is a holiday"},
		{"[saturday, sunday]", "[sunday, sunday]", "a day stands twice"},
		{"[saturday, sunday]", "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]", "left for work"},
		{"from: 2026\nto: 2026\n", "", "2026-01-01 is not in the years covered"},
		// What cannot even be read.
		{"[saturday, sunday]", "[caturday]", "is not a day of the week"},
		{"2026-05-01]", "2026-02-30]", "is not a day"},
		{"2026-05-01]", "5]", "is not a day"},
		{"working:", "works:", "unknown field"},
	} {
		var c Calendar
		err := yaml.UnmarshalWithOptions([]byte(strings.Replace(good, tt.from, tt.to, 1)), &c, yaml.Strict())
		if err == nil {
			err = c.Check()
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: want %q in %v", tt.to, tt.want, err)
		}
	}
	// Nothing walks for ever, not even over a calendar that Check refuses.
	idle := Calendar{Weekend: []Weekday{0, 1, 2, 3, 4, 5, 6}}
	if idle.After(date(t, "2026-01-01"), 5).Year > 2100 || idle.Before(date(t, "2026-01-01")).Year < 1900 ||
		idle.Count(date(t, "2026-01-01"), date(t, "9000-01-01")) != 0 {
		t.Error("walked too far")
	}
}

// drawCalendar makes any calendar that Check accepts.
func drawCalendar(t *rapid.T) Calendar {
	c := Calendar{ID: "any", From: 2026, To: 2026, Holidays: []Date{{2026, time.January, 1}}}
	for day := range 6 { // one day of the week stays for work
		if rapid.Bool().Draw(t, "free") {
			c.Weekend = append(c.Weekend, Weekday(day))
		}
	}
	for d := (Date{2026, time.January, 2}); d.Year == 2026; d = d.Add(rapid.IntRange(1, 20).Draw(t, "gap")) {
		if slices.Contains(c.Weekend, Weekday(d.Weekday())) && rapid.Bool().Draw(t, "shifted") {
			c.Working = append(c.Working, d)
		} else {
			c.Holidays = append(c.Holidays, d)
		}
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWorkingDaysProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		d := Date{2025, time.November, 1}.Add(rapid.IntRange(0, 500).Draw(t, "day"))
		n := rapid.IntRange(0, 60).Draw(t, "n")
		nth, next, later := c.After(d, n), c.After(d, n+1), c.After(d.Add(1), n)
		for what, wrong := range map[string]bool{
			"is no working day":              !c.Works(nth),
			"is before the day":              nth.Compare(d) < 0,
			"one more is not later":          n > 0 && next.Compare(nth) <= 0 || next.Compare(nth) < 0,
			"a day later comes earlier":      later.Compare(nth) < 0,
			"they are not counted back":      n > 0 && c.Count(d, nth) != n,
			"the 1st of the nth is the next": n > 0 && c.After(nth, 1) != next,
			"the last before it is not it":   c.Before(nth) != nth,
			"before is later, or is free":    c.Before(d).Compare(d) > 0 || !c.Works(c.Before(d)),
		} {
			if wrong {
				t.Fatalf("%d working days after %s: %s %s", n, d, nth, what)
			}
		}
		if back, err := ParseDate(fmt.Sprint(d)); err != nil || back != d {
			t.Fatalf("%s is read as %s, %v", d, back, err)
		}
	})
}
