package cases

import (
	"fmt"
	"time"
)

// DigestDays are the days on which an officer gets a digest.
type DigestDays string

// The days.
const (
	DigestNever   DigestDays = ""
	DigestWorking DigestDays = "working" // working days of the department's calendar
	DigestDaily   DigestDays = "daily"
)

// FirstDigestHour and LastDigestHour are the first and the last full hour of the day that can be chosen.
const (
	FirstDigestHour = 7
	LastDigestHour  = 18
)

// DigestTime is when an officer wants a digest. The zero value is never.
type DigestTime struct {
	Days DigestDays
	Hour int // a full hour where the organisation is
}

// Check says what is wrong, or nil.
func (t DigestTime) Check() error {
	switch t.Days {
	case DigestNever:
		return nil
	case DigestWorking, DigestDaily:
		if t.Hour >= FirstDigestHour && t.Hour <= LastDigestHour {
			return nil
		}
	}
	return &Error{Code: Incomplete, Detail: fmt.Sprintf("digest: days %q, hour %d", t.Days, t.Hour)}
}

// NextDigest is the first time of a digest after an instant, at the same hour on the clock whatever becomes of summer time.
// It is zero when there is none to come.
func NextDigest(after time.Time, t DigestTime, r Rules) time.Time {
	if t.Days == DigestNever {
		return time.Time{}
	}
	loc := r.location()
	day := DateOf(after, loc)
	for range maxSteps {
		at := onClock(day.Year, day.Month, day.Day, t.Hour*60*60, loc)
		if at.After(after) && t.on(day, r.Calendar) {
			return at.UTC()
		}
		day = day.Add(1)
	}
	return time.Time{}
}

// FirstDigest is when a digest is due for a wish that is told now. called is when the last one was called for, zero for none:
// nobody gets two on one day, however often the hour is changed.
func FirstDigest(now, called time.Time, t DigestTime, r Rules) time.Time {
	if !called.IsZero() {
		if end := DateOf(called, r.location()).End(r.location()); end.After(now) {
			now = end
		}
	}
	return NextDigest(now, t, r)
}

// Calls says whether an officer gets the digest that was due at an instant, when that is looked at now: on the day itself
// and on no other, so that what was missed comes late or not at all, not while they are away, and not on the day on which the
// last one was called for.
func (t DigestTime) Calls(due, called, now time.Time, o Officer, r Rules) bool {
	today := DateOf(now, r.location())
	return !now.Before(due) && DateOf(due, r.location()) == today && DateOf(called, r.location()) != today &&
		t.on(today, r.Calendar) && o.GetsDigest(now)
}

func (t DigestTime) on(day Date, c Calendar) bool {
	return t.Days == DigestDaily || t.Days == DigestWorking && c.Works(day)
}

// GetsDigest says whether there is anything that an officer can be told of once a day: of those who work cases, and are not
// away.
func (o Officer) GetsDigest(now time.Time) bool { return !o.Revoked && o.Role.Placed() && !o.Away(now) }

// DigestIdle is for how long nobody has done anything to a case that a digest calls to mind.
const DigestIdle = 7 * 24 * time.Hour

// DigestNearest is how many cases a digest names.
const DigestNearest = 5

// Pile is how many open cases of somebody call for something.
type Pile struct {
	Overdue int
	Today   int // owed today, and not overdue yet
	Waiting int // the reporter has the word
	// Idle ones were left alone for DigestIdle: nobody but the system did anything to them, nobody has put them aside, and it
	// is not the reporter who has the word. Reading is not doing.
	Idle int
}

// Digest is what an officer is told once a day. It holds numbers and cases, of which nothing is said but their reference
// and what is owed.
type Digest struct {
	New  int // came into the department's queue since the digest before, and are nobody's
	Free int // are nobody's, and owed today or earlier
	Own  Pile
	// Team is the whole department, nobody's cases too. It is zero for who does not lead it.
	Team Pile
	// Nearest are the cases with the nearest dates, of those owed today or earlier: their own, then nobody's; for a lead, then
	// those of the department.
	Nearest []Case
}

// Empty says whether there is nothing to be done: then nothing is sent. What waits for a reporter is no reason to write.
func (d Digest) Empty() bool {
	todo := func(p Pile) int { return p.Overdue + p.Today + p.Idle }
	return d.New+d.Free+todo(d.Own)+todo(d.Team) == 0
}

// DigestNotice is a digest and whom it is for.
type DigestNotice struct {
	Digest
	Officer Officer
	Now     time.Time // when it was made
}
