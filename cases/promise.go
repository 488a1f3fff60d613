package cases

import (
	"slices"
	"time"
)

// PromiseState is what has become of a date promised to a reporter.
type PromiseState string

// The states.
const (
	PromiseOwed     PromiseState = "owed"
	PromiseDone     PromiseState = "done"      // by the day that was promised, or by one that it was put off to
	PromiseDoneLate PromiseState = "done_late" // after a date was missed
	PromiseStill    PromiseState = "still"     // the clock stands still
	PromiseMoved    PromiseState = "moved"     // it stood still for a while, so that the day is a later one
	PromiseExtended PromiseState = "extended"  // the office put it off
	PromiseMissed   PromiseState = "missed"    // the day passed, and another one is promised
)

// Promise is what the office owes under one name, with all that became of the date.
type Promise struct {
	Name  string
	State PromiseState
	Due   time.Time // as it was promised first
	// New is the day that counts now, where it is not Due.
	New time.Time
	// Done is when the duty was done.
	Done time.Time
	// Missed is the newest day that passed, Reason the class of why: unassigned, late, transfer, panel or away.
	Missed time.Time
	Reason string
	// Late: the day that counts has passed, and nobody has said so yet.
	Late bool
	// Waits is the status in which the clock stands still.
	Waits Status
}

// Promises are the dates that a case promises its reporter, in the order in which they fall due. Clocks that took each
// other's place make one promise; one that was done and begins anew makes another. What was never done and is owed no
// more, because the case has ended, is left out.
func Promises(c Case, now time.Time) []Promise {
	var out []Promise
	last := map[string]int{} // name → its promise that is not done yet
	for _, k := range c.Clocks {
		i, goes := last[k.Name]
		if !goes {
			i = len(out)
			out, last[k.Name] = append(out, Promise{Name: k.Name, Due: k.Due}), i
		}
		if out[i].add(k); !k.Met.IsZero() {
			delete(last, k.Name)
		}
	}
	out = slices.DeleteFunc(out, func(p Promise) bool { return p.Done.IsZero() && !c.Status.Open() })
	for i := range out {
		p := &out[i]
		if p.State == PromiseStill {
			p.Waits = c.Status
		}
		p.Late = p.Done.IsZero() && p.State != PromiseStill && now.After(p.date())
	}
	slices.SortStableFunc(out, func(a, b Promise) int { return a.date().Compare(b.date()) })
	return out
}

// add takes in the next clock of a promise.
func (p *Promise) add(k Clock) {
	if p.New = k.Due; k.Due.Equal(p.Due) {
		p.New = time.Time{}
	}
	if !k.Missed.IsZero() {
		p.Missed, p.Reason = k.Due, k.Why
	}
	p.Done = k.Met
	switch {
	case !k.Met.IsZero() && !p.Missed.IsZero():
		p.State = PromiseDoneLate
	case !k.Met.IsZero():
		p.State = PromiseDone
	case !k.Paused.IsZero():
		p.State = PromiseStill
	case !p.Missed.IsZero():
		p.State = PromiseMissed
	case k.Extended > 0:
		p.State = PromiseExtended
	case !p.New.IsZero():
		p.State = PromiseMoved
	default:
		p.State = PromiseOwed
	}
}

// date is the day that counts.
func (p Promise) date() time.Time {
	if !p.New.IsZero() {
		return p.New
	}
	return p.Due
}
