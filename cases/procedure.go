package cases

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Procedure is a set of rules; configs/procedures/*.yaml.
type Procedure struct {
	ID      string  `yaml:"procedure"`
	Clocks  []Rule  `yaml:"clocks"`
	Windows Windows `yaml:"windows,omitempty"`
}

// Windows are how long a reporter has the word, in calendar days.
type Windows struct {
	Confirm     int `yaml:"confirm_days,omitempty"`      // to say that a proposed answer will do
	SecondLook  int `yaml:"second_look_days,omitempty"`  // to ask for a second look
	FinalReview int `yaml:"final_review_days,omitempty"` // to ask for the final review
}

// Rule makes one clock.
type Rule struct {
	Name string `yaml:"name"`
	// From lists the events that start it; none is the filing.
	From []EventKind `yaml:"from,omitempty"`
	// Days are calendar days after that; the date is owed until the end of that day in the organisation's time zone.
	Days int `yaml:"days"`
	// Until lists the events that do the duty.
	Until []EventKind `yaml:"until"`
}

// maxDays bounds a rule: ten years are a slip of the finger.
const maxDays = 3650

// Rules are what the dates of a case come from.
type Rules struct {
	Procedure Procedure
	Location  *time.Location // in which days end; nil is UTC
}

// Due is the last second of the day on which a rule's duty is owed.
func (r Rules) Due(rule Rule, from time.Time) time.Time { return r.dayEnd(from, rule.Days) }

func (r Rules) dayEnd(from time.Time, days int) time.Time {
	loc := r.Location
	if loc == nil {
		loc = time.UTC
	}
	y, m, d := from.In(loc).Date()
	return time.Date(y, m, d+days, 23, 59, 59, 0, loc).UTC()
}

// ConfirmUntil is when a proposed answer counts as accepted.
func (r Rules) ConfirmUntil(from time.Time) time.Time {
	return r.dayEnd(from, or(r.Procedure.Windows.Confirm, 15))
}

// LookUntil is how long a reporter may ask for the next look; looks is how many there were.
func (r Rules) LookUntil(from time.Time, looks int) time.Time {
	if looks == 0 {
		return r.dayEnd(from, or(r.Procedure.Windows.SecondLook, 30))
	}
	return r.dayEnd(from, or(r.Procedure.Windows.FinalReview, 30))
}

// TransferUntil is how long a department has to say whether a case is theirs.
func (r Rules) TransferUntil(from time.Time) time.Time { return r.dayEnd(from, 2) }

// Quorum is how many members of a panel must give an opinion.
func (r Rules) Quorum() int { return 2 }

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
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
		for _, k := range append(slices.Clone(r.From), r.Until...) {
			if !slices.Contains(EventKinds(), k) {
				say("procedure %q: clock %q: there is no event %q", p.ID, r.Name, k)
			}
		}
	}
	return errors.Join(wrong...)
}
