package cases

import (
	"fmt"
	"time"
)

// Hours are the hours in which officers are told of what can wait for them. The zero value is always.
type Hours struct {
	From TimeOfDay `yaml:"from"`
	To   TimeOfDay `yaml:"to"`
}

// Next is the first instant within the hours that is not before another one, on a working day of the calendar.
func (h Hours) Next(at time.Time, loc *time.Location, cal Calendar) time.Time {
	if h == (Hours{}) {
		return at
	}
	if loc == nil {
		loc = time.UTC
	}
	day := DateOf(at, loc)
	if cal.Works(day) {
		if begins := h.From.on(at, 0, loc); at.Before(begins) {
			return begins.UTC()
		}
		if at.Before(h.To.on(at, 0, loc)) {
			return at
		}
	}
	day = cal.After(day, 1)
	return onClock(day.Year, day.Month, day.Day, int(h.From)*60, loc).UTC()
}

// Due says when a notice to somebody of the office leaves that is due at an instant: reminders and missed dates wait for
// the hours, but never those of danger or of a major matter.
func (h Hours) Due(c Case, e Event, to Recipient, due time.Time, loc *time.Location, cal Calendar) time.Time {
	if to == ToReporter || c.Urgent || c.Major.Level > 0 || e.Kind != Reminded && e.Kind != Missed {
		return due
	}
	return h.Next(due, loc, cal)
}

// Check says what is wrong, or nil.
func (h Hours) Check() error {
	if h != (Hours{}) && (h.From < 0 || h.To > 24*60 || h.To < h.From+60) {
		return fmt.Errorf("office_hours: want at least an hour between from and to, on one day")
	}
	return nil
}
