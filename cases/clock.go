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
	Name string    `json:"name"` // acknowledge, personal, accept, answer, close, second_look, final_review, ...
	Due  time.Time `json:"due"`
	// Rule says which rule made the date ("default/answer: 30 days").
	Rule string `json:"rule"`
	// Until lists the events that do the duty, as the procedure had them when the clock began; Pause the statuses in
	// which it stands still.
	Until []EventKind `json:"until,omitempty"`
	Pause []Status    `json:"pause,omitempty"`
	// Remind is when the owner is reminded; zero is not at all.
	Remind time.Time `json:"remind,omitzero"`
	// Extended counts how often the date was put off, MadeUp how many dates were missed before this one was promised.
	Extended int `json:"extended,omitempty"`
	MadeUp   int `json:"made_up,omitempty"`
	// Met is when the duty was done; zero while it is owed. Missed is when the date passed, Paused since when it stands
	// still, Over when a later clock of the same name took its place.
	Met    time.Time `json:"met,omitzero"`
	Missed time.Time `json:"missed,omitzero"`
	Paused time.Time `json:"paused,omitzero"`
	Over   time.Time `json:"over,omitzero"`
	// Why is the class of the reason for which it was missed.
	Why string `json:"why,omitempty"`
	// Told is who was reminded of it: 1 the owner, 2 the lead too.
	Told int `json:"told,omitempty"`
}

// stands says whether a clock was neither met nor missed, and no later one took its place. It may stand still.
func (k Clock) stands() bool { return k.Met.IsZero() && k.Missed.IsZero() && k.Over.IsZero() }

// Standing says whether a clock still counts: it was neither met nor missed, and no later one took its place.
func (k Clock) Standing() bool { return k.stands() }

// owed says whether the office still owes what a clock is for, and time runs.
func (k Clock) owed() bool { return k.stands() && k.Paused.IsZero() }

// standing finds the clock of a name that stands.
func (c Case) standing(name string) (k Clock, ok bool) {
	i := slices.IndexFunc(c.Clocks, func(k Clock) bool { return k.Name == name && k.stands() })
	if i < 0 {
		return Clock{}, false
	}
	return c.Clocks[i], true
}

// remindAt is when on its day a reminder goes out.
const remindAt = TimeOfDay(9 * 60)

// brings gives the clocks that an event starts, one of a name at the most; c is the case before it, e lacks its clocks
// only.
func (r Rules) brings(c Case, e Event) []Clock {
	var out []Clock
	switch old, ok := c.standing(e.Code); {
	case e.Kind == Missed && ok && old.owed():
		k := r.later(old, e.At, r.MakeUpUntil(e.At), fmt.Sprintf("%d working days after a missed date", r.makeUp()))
		k.MadeUp++
		out = append(out, k)
	case e.Kind == ExtensionGranted:
		if x, err := r.Extendable(c, e.Code, e.At); err == nil {
			k := r.later(old, e.At, x.Due, x.span()+" more, granted")
			k.Extended++
			k.Paused = old.Paused // it stands still for as long as the old one did
			out = append(out, k)
		}
	}
	for _, old := range c.Clocks {
		if old.resumes(e) && !brought(out, old.Name) {
			out = append(out, r.later(old, e.At, r.resumed(old, e.At), "what was left after a pause"))
		}
	}
	for _, rule := range r.Procedure.Clocks {
		if r.starts(c, e, rule) && !brought(out, rule.Name) {
			out = append(out, r.start(rule, e.since(c)))
		}
	}
	return out
}

// starts says whether an event starts the clock of a rule. One that was started before is started anew by the events of
// Again alone, and only after it was met: whatever comes again moves no date.
func (r Rules) starts(c Case, e Event, rule Rule) bool {
	_, stands := c.standing(rule.Name)
	if stands {
		return false
	}
	if slices.ContainsFunc(c.Clocks, func(k Clock) bool { return k.Name == rule.Name }) {
		return slices.Contains(rule.Again, e.Kind)
	}
	if len(rule.From) == 0 {
		return e.Kind == Filed
	}
	return slices.Contains(rule.From, e.Kind) || slices.Contains(rule.Again, e.Kind)
}

// start makes the clock of a rule that begins at an instant.
func (r Rules) start(rule Rule, at time.Time) Clock {
	length := fmt.Sprintf("%d days", rule.Days)
	switch {
	case rule.WorkingDays > 0:
		length = fmt.Sprintf("%d working days", rule.WorkingDays)
	case rule.Months > 0:
		length = fmt.Sprintf("%d months", rule.Months)
	}
	k := Clock{Name: rule.Name, Due: r.Due(rule, at), Until: slices.Clone(rule.Until), Pause: slices.Clone(rule.Pause)}
	return r.told(k, at, length)
}

// later makes the clock that takes the place of another of its name.
func (r Rules) later(old Clock, at, due time.Time, why string) Clock {
	k := Clock{
		Name: old.Name, Due: due, Until: slices.Clone(old.Until), Pause: slices.Clone(old.Pause),
		Extended: old.Extended, MadeUp: old.MadeUp,
	}
	return r.told(k, at, why)
}

// told completes a clock that begins at an instant with what is said of it and when.
func (r Rules) told(k Clock, at time.Time, why string) Clock {
	k.Rule = r.Procedure.ID + "/" + k.Name + ": " + why
	if rule, ok := r.rule(k.Name); ok && rule.Remind.Days > 0 {
		day := r.Calendar.Before(r.day(k.Due).Add(-rule.Remind.Days))
		if remind := onClock(day.Year, day.Month, day.Day, int(remindAt)*60, r.location()).UTC(); remind.After(at) {
			k.Remind = remind
		}
	}
	return k
}

// resumes says whether a clock that stood still goes on with an event.
func (k Clock) resumes(e Event) bool {
	return k.stands() && !k.Paused.IsZero() && e.Status.Open() && !slices.Contains(k.Pause, e.Status) &&
		!slices.Contains(k.Until, e.Kind)
}

// resumed is when a clock is due that goes on at an instant: it has the days that were left of it when it stood still.
// A pause within one day moves nothing.
func (r Rules) resumed(k Clock, at time.Time) time.Time {
	loc := r.location()
	due := r.day(at).Add(r.day(k.Paused).Until(r.day(k.Due))).End(loc)
	if rule, ok := r.rule(k.Name); ok && rule.WorkingDays > 0 {
		due = r.Calendar.After(r.day(at), r.Calendar.Count(r.day(k.Paused), r.day(k.Due))).End(loc)
	}
	if due.Before(k.Due) {
		return k.Due // the old date was no working day, and counting them stops short of it
	}
	return due
}

// since is when what an event starts begins: a missed date counts from the day that was missed.
func (e Event) since(c Case) time.Time {
	if k, ok := c.standing(e.Code); ok && e.Kind == Missed {
		return k.Due
	}
	return e.At
}

func brought(clocks []Clock, name string) bool {
	return slices.ContainsFunc(clocks, func(k Clock) bool { return k.Name == name })
}

// foldClocks gives the clocks after an event, in a slice of their own. A clock is met once and its date stays.
func foldClocks(clocks []Clock, e Event) []Clock {
	clocks = slices.Clone(clocks)
	for i := range clocks {
		clocks[i].fold(e)
	}
	for _, k := range e.Clocks {
		if slices.Contains(k.Until, e.Kind) {
			k.Met = e.At // what the same event does, such as the acknowledgement of a filing
		}
		k.pause(e)
		clocks = append(clocks, k)
	}
	return clocks
}

func (k *Clock) fold(e Event) {
	if !k.Met.IsZero() || !k.Over.IsZero() {
		return
	}
	name, whom, _ := strings.Cut(e.Code, ".")
	switch {
	case e.Kind == Missed && e.Code == k.Name && k.owed():
		k.Missed, k.Why = e.At, e.Reason
	case e.Kind == Reminded && name == k.Name && k.owed():
		k.Told = map[string]int{"owner": 1, "lead": 2}[whom]
	}
	switch {
	case slices.Contains(k.Until, e.Kind):
		k.Met = e.At
	case brought(e.Clocks, k.Name):
		k.Over = e.At
	default:
		k.pause(e)
	}
}

// pause lets a clock stand still, or go on where nothing took its place. What has passed is not saved by standing still,
// and at an end a clock stays as it is: nothing is owed.
func (k *Clock) pause(e Event) {
	switch still := slices.Contains(k.Pause, e.Status); {
	case still && k.owed() && !e.At.After(k.Due):
		k.Paused = e.At
	case !still && e.Status.Open():
		k.Paused = time.Time{}
	}
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
