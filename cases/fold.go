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
	}
	switch {
	case e.Kind == Filed, e.By.Party == Reporter && !e.Body.empty():
		c.Unread = true
	case e.Kind == Opened && (e.By.Role == RoleLead || e.By.Officer == c.Owner):
		c.Unread = false
	}
	return nil
}

// Fold rebuilds a case from all its events, the filing first. What no event says (reference, kind, mode, dates owed, ...)
// is taken from c; what events say is not.
func Fold(c Case, events []Event) (Case, error) {
	c.Version, c.Status, c.Owner, c.Outcome, c.Rating, c.Unread = 0, "", 0, "", "", false
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
