package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Date is a day of the calendar, "2026-02-15" in YAML. It has no zone: which day an instant falls on depends on where
// one asks (DateOf).
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day of an instant in a zone.
func DateOf(at time.Time, loc *time.Location) Date {
	y, m, d := at.In(loc).Date()
	return Date{y, m, d}
}

// ParseDate reads "2026-02-15". A day that does not exist is an error.
func ParseDate(text string) (Date, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day: want one like 2026-02-15", text)
	}
	return DateOf(at, time.UTC), nil
}

// UnmarshalYAML reads "2026-02-15", with quotes or without.
func (d *Date) UnmarshalYAML(decode func(any) error) error {
	var text string
	if err := decode(&text); err != nil {
		return err
	}
	day, err := ParseDate(text)
	if err == nil {
		*d = day
	}
	return err
}

// String writes a day as YAML has it.
func (d Date) String() string { return d.noon().Format(time.DateOnly) }

// Compare is negative when d comes before other, positive when it comes after.
func (d Date) Compare(other Date) int { return d.noon().Compare(other.noon()) }

// Add is the day so many days later.
func (d Date) Add(days int) Date { return DateOf(d.noon().AddDate(0, 0, days), time.UTC) }

// Until counts the days to another date, negative when it came before.
func (d Date) Until(other Date) int { return int(other.noon().Sub(d.noon()) / (24 * time.Hour)) }

// AddMonths is the day of the same number so many months later, or the last day of that month when it is shorter: three
// months after 30 November is the end of February.
func (d Date) AddMonths(months int) Date {
	last := time.Date(d.Year, d.Month+time.Month(months)+1, 0, 12, 0, 0, 0, time.UTC)
	return Date{last.Year(), last.Month(), min(d.Day, last.Day())}
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.noon().Weekday() }

// End is the last second of the day in a zone. Where clocks are put back over midnight the day shows it twice; the later
// one counts.
func (d Date) End(loc *time.Location) time.Time {
	end := onClock(d.Year, d.Month, d.Day, 24*60*60-1, loc)
	if again := end.Add(time.Hour); DateOf(again, loc) == d {
		end = again
	}
	return end.UTC()
}

func (d Date) noon() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

// Weekday is a day of the week, "saturday" in YAML.
type Weekday time.Weekday

// UnmarshalYAML reads the English name.
func (w *Weekday) UnmarshalYAML(decode func(any) error) error {
	var text string
	if err := decode(&text); err != nil {
		return err
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if text == strings.ToLower(day.String()) {
			*w = Weekday(day)
			return nil
		}
	}
	return fmt.Errorf("%q is not a day of the week: want one like saturday", text)
}

// Calendar says on which days the house works; configs/calendars/*.yaml. In a year that it does not cover only weekends
// are free: a date comes early rather than late. The zero value works every day.
type Calendar struct {
	ID string `yaml:"calendar"`
	// From and To are the first and the last year of which Holidays and Working tell; 0 when they tell of none.
	From int `yaml:"from,omitempty"`
	To   int `yaml:"to,omitempty"`
	// Weekend are the days of the week on which nobody works.
	Weekend []Weekday `yaml:"weekend"`
	// Holidays are days off, whatever the day of the week; Working are days of a weekend on which everybody works
	// (调休). Both ascend.
	Holidays []Date `yaml:"holidays,omitempty"`
	Working  []Date `yaml:"working,omitempty"`
}

// maxSteps bounds every walk over days: the longest rule, in a house that works one day a week.
const maxSteps = 7 * maxDays

// Works says whether a day is a working day.
func (c Calendar) Works(d Date) bool {
	if has(c.Working, d) {
		return true
	}
	return !has(c.Holidays, d) && !slices.Contains(c.Weekend, Weekday(d.Weekday()))
}

// After is the nth working day after a day, which does not count itself. The 0th is the day itself, or the next working
// day when it is none. A calendar without working days, which Check refuses, gives up after maxSteps.
func (c Calendar) After(d Date, n int) Date {
	for step := 0; step < maxSteps && (n > 0 || !c.Works(d)); step++ {
		if d = d.Add(1); n > 0 && c.Works(d) {
			n--
		}
	}
	return d
}

// Before is the last working day that is not after a day.
func (c Calendar) Before(d Date) Date {
	for step := 0; step < maxSteps && !c.Works(d); step++ {
		d = d.Add(-1)
	}
	return d
}

// Count is the number of working days after one day up to another, that one included; 0 when it is not later.
func (c Calendar) Count(after, until Date) (n int) {
	for step := 0; step < maxSteps && after.Compare(until) < 0; step++ {
		if after = after.Add(1); c.Works(after) {
			n++
		}
	}
	return n
}

// EndsWithin says whether the years covered end within so many days, and with which day. A calendar that covers no
// year does not end.
func (c Calendar) EndsWithin(today Date, days int) (last Date, soon bool) {
	if c.To == 0 {
		return Date{}, false
	}
	last = Date{c.To, time.December, 31}
	return last, last.Compare(today.Add(days)) <= 0
}

// Check says everything that is wrong with a calendar, or nil.
func (c Calendar) Check() error {
	var wrong []error
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("calendar %q: "+format, append([]any{c.ID}, args...)...))
	}
	if !isID(c.ID) {
		say("an id is letters a-z, digits and underscores")
	}
	days := slices.Clone(c.Weekend)
	slices.Sort(days)
	if days = slices.Compact(days); len(days) != len(c.Weekend) {
		say("weekend: a day stands twice")
	}
	if len(days) == 7 {
		say("weekend: no day of the week is left for work")
	}
	covered := c.From != 0 || c.To != 0
	if covered && (c.From < 2000 || c.To < c.From || c.To > 2200) {
		say("from %d to %d is no span of years", c.From, c.To)
		return errors.Join(wrong...)
	}
	for what, list := range map[string][]Date{"holidays": c.Holidays, "working": c.Working} {
		for i, d := range list {
			switch {
			case i > 0 && list[i-1] == d:
				say("%s: %s stands twice", what, d)
			case i > 0 && list[i-1].Compare(d) > 0:
				say("%s: %s comes after %s: want them in order", what, d, list[i-1])
			}
			if !covered || d.Year < c.From || d.Year > c.To {
				say("%s: %s is not in the years covered", what, d)
			}
		}
	}
	for _, d := range c.Working {
		if slices.Contains(c.Holidays, d) {
			say("working: %s is a holiday", d)
		}
		if !slices.Contains(c.Weekend, Weekday(d.Weekday())) {
			say("working: %s is a %s: everybody works then", d, d.Weekday())
		}
	}
	for year := c.From; covered && year <= c.To; year++ {
		if !slices.ContainsFunc(c.Holidays, func(d Date) bool { return d.Year == year }) {
			say("holidays: there is none in %d, which is said to be covered", year)
		}
	}
	return errors.Join(wrong...)
}

func has(days []Date, d Date) bool {
	_, found := slices.BinarySearchFunc(days, d, Date.Compare)
	return found
}
