package cases

import (
	"slices"
	"time"
)

// Begin checks a filing, gives its case the clocks of r and makes the first event, by the system on the reporter's behalf.
// The caller has set the case's ID, Ref, Draft, Mode, Kind, Department and Language (Matter, Unit and Urgent when known)
// and what its mode holds (Way). What anonymous reporters file waits for its slot of q, unless they chose Prompt.
// An error is an *Error with code Incomplete whose Detail names the field; the filing is as it was.
func (f *Filing) Begin(r Rules, q Quiet, now time.Time) (Event, error) {
	if field := f.lacks(); field != "" {
		return Event{}, &Error{Code: Incomplete, Detail: "file: " + field}
	}
	c, loc := f.Case, r.Location
	if loc == nil {
		loc = time.UTC
	}
	c.Prompt = c.Prompt && c.Mode.Nameless()
	slot := q.Slot(now, loc)
	now = instant(Dated(c.Mode, Reporter, now, loc))
	c.Queued = now
	if c.Mode.Nameless() && !c.Prompt && q != (Quiet{}) {
		c.Queued, c.Unqueued = instant(slot), true
	}
	c.Version, c.Status, c.Owner, c.Outcome, c.Rating = 0, "", 0, "", ""
	c.Procedure, c.Clocks = r.Procedure.ID, nil
	e := Event{
		Case: c.ID, Seq: 1, Kind: Filed, At: now, By: Actor{Party: System},
		Status: StatusReceived, Department: c.Department, Code: string(c.Mode), Body: &f.Body, Key: c.Draft,
	}
	e.Clocks = r.brings(c, e)
	if err := c.Apply(e); err != nil {
		return Event{}, err
	}
	f.Case = c
	return e, nil
}

// lacks names the first field that is missing or must not be there, or "".
func (f *Filing) lacks() string {
	c := f.Case
	ref, ok := ParseReference(string(c.Ref))
	for _, need := range []struct {
		field string
		ok    bool
	}{
		{"id", c.ID != ""},
		{"reference", ok && ref == c.Ref},
		{"draft", c.Draft != ""},
		{"mode", slices.Contains(Modes(), c.Mode)},
		{"kind", c.Kind != ""},
		{"department", c.Department != ""},
		{"language", c.Language != ""},
		{"body", !f.Body.empty()},
	} {
		if !need.ok {
			return need.field
		}
	}
	return f.Way.lacks(c.Mode)
}
