package cases

import (
	"fmt"
	"slices"
	"time"
)

// Apply folds one event into the case: the only place where a case changes.
// It asks whether the event fits, not whether it was allowed: history stays readable when rules change.
// A wrong sequence number is an *Error with code Changed. On error the case is as it was.
func (c *Case) Apply(e Event) error {
	if e.Seq != c.Version+1 {
		return &Error{Code: Changed, Detail: fmt.Sprintf("event %d on version %d", e.Seq, c.Version)}
	}
	if e.Case != c.ID {
		return fmt.Errorf("cases: event %d belongs to another case", e.Seq)
	}
	if !slices.Contains(EventKinds(), e.Kind) || (e.Kind == Filed) != (e.Seq == 1) {
		return fmt.Errorf("cases: event %d cannot be of kind %q", e.Seq, e.Kind)
	}
	want := c.Status
	if to, ok := lands(e.Kind); ok {
		want = to
	}
	if e.Status != want {
		return fmt.Errorf("cases: event %d of kind %q cannot leave status %q", e.Seq, e.Kind, e.Status)
	}

	switch {
	case e.Kind == Reopened:
		c.Ended, c.Warned = time.Time{}, time.Time{}
	case c.Status.Open() && !e.Status.Open():
		c.Ended = e.At
	}
	c.Version = e.Seq
	c.Status = e.Status
	c.Updated = e.At
	c.Clocks = met(c.Clocks, e)
	if e.Department != "" {
		c.Department = e.Department
	}
	switch e.Kind {
	case Filed:
		c.Filed = e.At
		if e.Code != "" {
			c.Mode = Mode(e.Code)
		}
	case Taken:
		c.Owner = e.By.Officer
	case Released:
		c.Owner = 0
	case Assigned:
		c.Owner = e.To
	case ClosedEvent:
		c.Outcome = e.Code
	case Reopened:
		c.Outcome, c.Rating = "", "" // of the end that is undone; the events keep them
	case Rated:
		c.Rating = e.Code
	default:
		c.entrust(e)
	}
	switch {
	case e.Kind == Filed, e.By.Party == Reporter && !e.Body.empty():
		c.Unread = true
	case e.Kind == Opened && (e.By.Role == RoleLead || e.By.Officer == c.Owner):
		c.Unread = false
	}
	return nil
}

// entrust folds what says who may know of a case, and how long.
func (c *Case) entrust(e Event) {
	switch e.Kind {
	case Queued:
		c.Unqueued = false
	case Lowered, Revealed:
		c.Mode, c.Custody = Mode(e.Code), Custody{}
	case Recused:
		if !slices.Contains(c.Recused, e.To) {
			c.Recused = append(slices.Clone(c.Recused), e.To)
			slices.Sort(c.Recused)
		}
		if c.Owner == e.To {
			c.Owner = 0
		}
		if c.Custody.By == e.To {
			c.Custody = Custody{}
		}
	case CustodyAsked:
		c.Custody = Custody{What: e.Code, By: e.By.Officer}
	case CustodyGranted:
		c.Custody.Until = e.At.Add(grantFor)
	case CustodyRefused:
		c.Custody = Custody{}
	case HeldEvent:
		c.Held = true
	case HoldLifted:
		c.Held, c.Warned = false, time.Time{} // a warning from before the hold would be forgotten by now
	case WarnedEvent:
		c.Warned = e.At
	case ShreddedEvent:
		c.Shredded = true
	}
}

// Fold rebuilds a case from all its events, the filing first. What no event says (reference, kind, mode, dates owed, ...)
// is taken from c; what events say is not.
func Fold(c Case, events []Event) (Case, error) {
	c.Version, c.Status, c.Owner, c.Outcome, c.Rating, c.Unread = 0, "", 0, "", "", false
	c.Recused, c.Custody, c.Ended, c.Warned, c.Held, c.Shredded = nil, Custody{}, time.Time{}, time.Time{}, false, false
	// A case that never had to wait for its slot was never let into the queue.
	c.Unqueued = c.Unqueued || slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Queued })
	c.Clocks = slices.Clone(c.Clocks)
	for i := range c.Clocks {
		c.Clocks[i].Met = time.Time{}
	}
	for _, e := range events {
		if err := c.Apply(e); err != nil {
			return Case{}, err
		}
	}
	if c.Version == 0 {
		return Case{}, &Error{Code: NotFound}
	}
	return c, nil
}
