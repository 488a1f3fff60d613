package cases

import (
	"errors"
	"fmt"
	"time"
)

// TimeOfDay is a time of the day in minutes after midnight, "08:00" in YAML.
type TimeOfDay int

// UnmarshalYAML reads "08:00", with quotes or without.
func (t *TimeOfDay) UnmarshalYAML(decode func(any) error) error {
	var text string
	if err := decode(&text); err != nil {
		return err
	}
	at, err := time.Parse("15:04", text)
	if err != nil {
		return errors.New("want a time of day like 08:00")
	}
	*t = TimeOfDay(at.Hour()*60 + at.Minute())
	return nil
}

// on is the time on the day of an instant, days later, in a zone.
func (t TimeOfDay) on(at time.Time, days int, loc *time.Location) time.Time {
	y, m, d := at.In(loc).Date()
	return onClock(y, m, d+days, int(t)*60, loc)
}

// onClock is when clocks show a second of a day. One over which they are put forward comes as much later: time.Date may
// give an instant of the day before.
func onClock(y int, m time.Month, d, second int, loc *time.Location) time.Time {
	at := time.Date(y, m, d, 0, 0, second, 0, loc)
	want := time.Date(y, m, d, 0, 0, second, 0, time.UTC)
	_, offset := at.Zone()
	if lag := want.Sub(at) - time.Duration(offset)*time.Second; lag > 0 {
		return at.Add(lag)
	}
	return at
}

// Quiet keeps the hour of what anonymous reporters do from those who could draw conclusions from it. Officers learn of
// it at one fixed time of the day; notices to reporters leave on the next day, at a time that is drawn and depends on
// nothing. The zero value lets everything go at once.
type Quiet struct {
	// Queue is when what reporters did on the day before becomes known to officers.
	Queue TimeOfDay `yaml:"queue"`
	// From and To bound the hours in which notices reach reporters.
	From TimeOfDay `yaml:"from"`
	To   TimeOfDay `yaml:"to"`
}

// Gap is the least time between an officer's act and a notice to an anonymous reporter of the same case.
const Gap = 30 * time.Minute

// Slot is when officers may learn of what happens at an instant: the fixed time on the next day.
func (q Quiet) Slot(at time.Time, loc *time.Location) time.Time {
	if q == (Quiet{}) {
		return at
	}
	return q.Queue.on(at, 1, loc).UTC()
}

// Leave is when a notice about something at an instant leaves: a second of the next day's hours, given by draw, which
// gives a number from 0 to below n and must be random. As the hours begin at least Gap after midnight, no notice follows
// its cause within Gap.
func (q Quiet) Leave(at time.Time, loc *time.Location, draw func(n int64) int64) time.Time {
	if q == (Quiet{}) {
		return at
	}
	y, m, d := at.In(loc).Date()
	second := int64(q.From)*60 + draw(int64(q.To-q.From)*60)
	return onClock(y, m, d+1, int(second), loc).UTC()
}

// Check says what is wrong, or nil.
func (q Quiet) Check() error {
	const day = 24 * 60
	switch {
	case q == (Quiet{}):
		return fmt.Errorf("quiet: is missing: say when anonymous cases reach the queue, and from when to when notices reach their reporters")
	case q.Queue < 0 || q.Queue >= day, q.To > day:
		return fmt.Errorf("quiet: a time is not one of the day")
	case q.From < TimeOfDay(Gap/time.Minute):
		return fmt.Errorf("quiet: from: want 00:30 or later, so that no notice follows an officer's act too soon")
	case q.To < q.From+60:
		return fmt.Errorf("quiet: to: want at least an hour after from: a narrow window is no cover")
	}
	return nil
}

// Dated is the instant under which an act is stored. What anonymous reporters do is known to the day only: the
// start of it.
func Dated(m Mode, by Party, now time.Time, loc *time.Location) time.Time {
	if m.Nameless() && by != Office {
		return TimeOfDay(0).on(now, 0, loc).UTC()
	}
	return now
}

// Due says when a notice of an event leaves; now is when it happened, whatever the event is dated. waiting is when an
// earlier notice to the same reporter is to leave, zero when none waits: one buzz tells of both. That somebody nameless
// joined tells its hour to nobody, a first reporter with a name included.
func (q Quiet) Due(c Case, e Event, to Recipient, now, waiting time.Time, loc *time.Location, draw func(n int64) int64) time.Time {
	switch {
	case to != ToReporter && !e.Slot.IsZero():
		return e.Slot
	case e.Slot.IsZero() && (!c.Mode.Nameless() || c.Prompt):
		return now
	case to == ToReporter && !waiting.IsZero():
		return waiting
	case to == ToReporter:
		return q.Leave(now, loc, draw)
	case e.By.Party == Reporter:
		return q.Slot(now, loc)
	}
	return now
}
