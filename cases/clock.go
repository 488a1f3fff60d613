package cases

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Clock is one date owed under a procedure. Due never moves later once it is stored.
type Clock struct {
	Name string    `json:"name"` // acknowledge, personal, accept, answer, close
	Due  time.Time `json:"due"`
	// Rule says which rule made the date ("default/answer: 30 days").
	Rule string `json:"rule"`
	// Met is when the duty was done; zero while it is owed.
	Met time.Time `json:"met,omitzero"`
	// Until lists the events that do the duty, as the procedure had them when the case was filed.
	Until []EventKind `json:"until,omitempty"`
}

// Procedure is a set of rules; configs/procedures/*.yaml.
type Procedure struct {
	ID     string `yaml:"procedure"`
	Clocks []Rule `yaml:"clocks"`
}

// Rule makes one clock.
type Rule struct {
	Name string `yaml:"name"`
	// Days are calendar days after filing; the date is owed until the end of that day in the organisation's time zone.
	Days int `yaml:"days"`
	// Until lists the events that do the duty.
	Until []EventKind `yaml:"until"`
}

// maxDays bounds a rule: ten years are a slip of the finger.
const maxDays = 3650

// Start makes the clocks of a case filed at an instant. Each is due at the last second of its day in loc.
func (p Procedure) Start(filed time.Time, loc *time.Location) []Clock {
	y, m, d := filed.In(loc).Date()
	clocks := make([]Clock, len(p.Clocks))
	for i, r := range p.Clocks {
		clocks[i] = Clock{
			Name:  r.Name,
			Due:   time.Date(y, m, d+r.Days, 23, 59, 59, 0, loc).UTC(),
			Rule:  fmt.Sprintf("%s/%s: %d days", p.ID, r.Name, r.Days),
			Until: slices.Clone(r.Until),
		}
	}
	return clocks
}

// Check says everything that is wrong with a procedure, or nil.
func (p Procedure) Check() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !isID(p.ID) {
		say("procedure %q: an id is letters a-z, digits and underscores", p.ID)
	}
	if len(p.Clocks) == 0 {
		say("procedure %q: has no clocks", p.ID)
	}
	seen := map[string]bool{}
	for _, r := range p.Clocks {
		if !isID(r.Name) {
			say("procedure %q: clock %q: a name is letters a-z, digits and underscores", p.ID, r.Name)
		}
		if seen[r.Name] {
			say("procedure %q: clock %q stands twice", p.ID, r.Name)
		}
		seen[r.Name] = true
		if r.Days < 0 || r.Days > maxDays {
			say("procedure %q: clock %q: %d days is not between 0 and %d", p.ID, r.Name, r.Days, maxDays)
		}
		if len(r.Until) == 0 {
			say("procedure %q: clock %q: until names no event, so it could never be met", p.ID, r.Name)
		}
		for _, k := range r.Until {
			if !slices.Contains(EventKinds(), k) {
				say("procedure %q: clock %q: there is no event %q", p.ID, r.Name, k)
			}
		}
	}
	return errors.Join(wrong...)
}

// Next is the date owed next; ok is false when nothing is owed, as for every case that has ended.
func (c Case) Next() (next Clock, ok bool) {
	if !c.Status.Open() {
		return Clock{}, false
	}
	for _, k := range c.Clocks {
		if k.Met.IsZero() && (!ok || k.Due.Before(next.Due)) {
			next, ok = k, true
		}
	}
	return next, ok
}

// Overdue says whether a date owed has passed.
func (c Case) Overdue(now time.Time) bool {
	next, ok := c.Next()
	return ok && now.After(next.Due)
}

// met gives the clocks after an event, in a slice of their own. A clock is met once and its date stays.
func met(clocks []Clock, e Event) []Clock {
	clocks = slices.Clone(clocks)
	for i, k := range clocks {
		if k.Met.IsZero() && slices.Contains(k.Until, e.Kind) {
			clocks[i].Met = e.At
		}
	}
	return clocks
}
