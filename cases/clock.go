package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Clock is one date owed under a procedure. Due never changes once it is stored: a later date is a later clock of the
// same name, brought by an event that everybody can see.
type Clock struct {
	Name string    `json:"name"` // acknowledge, personal, accept, answer, close, second_look, final_review
	Due  time.Time `json:"due"`
	// Rule says which rule made the date ("default/answer: 30 days").
	Rule string `json:"rule"`
	// Until lists the events that do the duty, as the procedure had them when the clock began; Pause the statuses in
	// which it stands still.
	Until []EventKind `json:"until,omitempty"`
	Pause []Status    `json:"pause,omitempty"`
	// Remind is when the owner is reminded; zero is not at all.
	Remind time.Time `json:"remind,omitzero"`
	// Met is when the duty was done; zero while it is owed. Missed is when the date passed, Paused since when it stands
	// still, Over when a later clock of the same name took its place.
	Met    time.Time `json:"met,omitzero"`
	Missed time.Time `json:"missed,omitzero"`
	Paused time.Time `json:"paused,omitzero"`
	Over   time.Time `json:"over,omitzero"`
	// Told is who was reminded of it: 1 the owner, 2 the lead too.
	Told int `json:"told,omitempty"`
}

// owed says whether the office still owes what a clock is for, and time runs.
func (k Clock) owed() bool {
	return k.Met.IsZero() && k.Missed.IsZero() && k.Paused.IsZero() && k.Over.IsZero()
}

// brings gives the clocks that an event starts; c is the case before it, e lacks its clocks only.
func (r Rules) brings(c Case, e Event) []Clock {
	var out []Clock
	for _, rule := range r.Procedure.Clocks {
		from := rule.From
		if len(from) == 0 {
			from = []EventKind{Filed}
		}
		if slices.Contains(from, e.Kind) {
			due := r.Due(rule, e.At)
			out = append(out, Clock{
				Name: rule.Name, Due: due, Until: slices.Clone(rule.Until),
				Rule: fmt.Sprintf("%s/%s: %d days", r.Procedure.ID, rule.Name, rule.Days),
			})
		}
	}
	switch e.Kind {
	case Missed, ExtensionGranted:
		for _, k := range c.Clocks {
			if k.Name == e.Code && k.owed() {
				what, due := "missed, 5 days more", r.dayEnd(e.At, 5)
				if e.Kind == ExtensionGranted {
					what, due = "30 days more, granted", r.dayEnd(k.Due, 30)
				}
				out = append(out, Clock{Name: k.Name, Due: due, Until: k.Until, Pause: k.Pause, Rule: k.Rule + "; " + what})
			}
		}
	}
	return out
}

// foldClocks gives the clocks after an event, in a slice of their own. A clock is met once and its date stays.
func foldClocks(clocks []Clock, e Event) []Clock {
	clocks = slices.Clone(clocks)
	for i, k := range clocks {
		if !k.Met.IsZero() || !k.Over.IsZero() {
			continue
		}
		name, whom, _ := strings.Cut(e.Code, ".")
		switch {
		case e.Kind == Missed && e.Code == k.Name && k.owed():
			clocks[i].Missed = e.At
		case e.Kind == Reminded && name == k.Name && k.owed():
			clocks[i].Told = map[string]int{"owner": 1, "lead": 2}[whom]
		}
		if slices.ContainsFunc(e.Clocks, func(n Clock) bool { return n.Name == k.Name }) {
			clocks[i].Over = e.At
		} else if slices.Contains(k.Until, e.Kind) {
			clocks[i].Met = e.At
		}
	}
	for _, k := range e.Clocks {
		if slices.Contains(k.Until, e.Kind) {
			k.Met = e.At // what the same event does, such as the acknowledgement of a filing
		}
		clocks = append(clocks, k)
	}
	return clocks
}

// Next is the date owed next; ok is false when nothing is owed, as for every case that has ended.
func (c Case) Next() (next Clock, ok bool) {
	if !c.Status.Open() {
		return Clock{}, false
	}
	for _, k := range c.Clocks {
		if k.owed() && (!ok || k.Due.Before(next.Due)) {
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
