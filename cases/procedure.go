package cases

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Procedure is a set of rules; configs/procedures/*.yaml.
type Procedure struct {
	ID string `yaml:"procedure"`
	// Calendar is the id of the calendar that says which days are working days.
	Calendar string  `yaml:"calendar,omitempty"`
	Clocks   []Rule  `yaml:"clocks"`
	Windows  Windows `yaml:"windows,omitempty"`
	// MakeUp is how long the new date is away that is promised when one was missed; Transfer is how long a department
	// has to say whether a case is theirs.
	MakeUp   Span   `yaml:"make_up,omitempty"`
	Transfer Span   `yaml:"transfer,omitempty"`
	Panel    Panels `yaml:"panel,omitempty"`
}

// Windows are how long a reporter has the word, in calendar days.
type Windows struct {
	Confirm     int `yaml:"confirm_days,omitempty"`      // to say that a proposed answer will do
	SecondLook  int `yaml:"second_look_days,omitempty"`  // to ask for a second look
	FinalReview int `yaml:"final_review_days,omitempty"` // to ask for the final review
}

// Panels says how panels decide.
type Panels struct {
	// Quorum is how many members must give an opinion.
	Quorum int `yaml:"quorum,omitempty"`
}

// Span is a number of working days.
type Span struct {
	WorkingDays int `yaml:"working_days,omitempty"`
}

// What counts where a procedure does not say.
const (
	confirmDays  = 15
	lookDays     = 30
	makeUpDays   = 5
	transferDays = 2
	quorum       = 2
)

// Rule makes one clock. Its date is owed until the end of a day in the organisation's time zone.
type Rule struct {
	Name string `yaml:"name"`
	// From lists the events that start it, the first of them alone: to do it twice moves no date. None is the filing.
	// A missed date counts from the day that was missed, not from when that was noticed.
	From []EventKind `yaml:"from,omitempty"`
	// Again lists the events that start it anew after it was met.
	Again []EventKind `yaml:"again,omitempty"`
	// One of these counts the days to it; the YAML must give just one, of which Days may be 0: the same day.
	Days        int `yaml:"days,omitempty"` // calendar days
	WorkingDays int `yaml:"working_days,omitempty"`
	Months      int `yaml:"months,omitempty"` // to the day of the same number
	// Until lists the events that do the duty.
	Until []EventKind `yaml:"until"`
	// Pause lists the statuses in which it stands still. For each some other clock must begin there, or nobody would look
	// at the case again.
	Pause []Status `yaml:"pause,omitempty"`
	// Remind is how many days before, at the latest, its owner is reminded, on a working day; 0 is not at all.
	Remind Reminder `yaml:"remind,omitempty"`
	// Extend says how it may be put off; the zero value: it may not.
	Extend Extend `yaml:"extend,omitempty"`
}

// UnmarshalYAML reads a rule, of which just one length must be given.
func (r *Rule) UnmarshalYAML(decode func(any) error) error {
	type plain Rule
	if err := decode((*plain)(r)); err != nil {
		return err
	}
	var keys map[string]any
	if err := decode(&keys); err != nil {
		return err
	}
	n := 0
	for _, key := range []string{"days", "working_days", "months"} {
		if _, ok := keys[key]; ok {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("clock %q: want just one of days, working_days and months", r.Name)
	}
	return nil
}

// Reminder is when an owner is reminded of a date.
type Reminder struct {
	Days int `yaml:"days"`
}

// Extend says how the date of a rule may be put off, counted from that date.
type Extend struct {
	Days        int  `yaml:"days,omitempty"`
	WorkingDays int  `yaml:"working_days,omitempty"`
	By          Role `yaml:"by"`    // who may say yes: lead, or leader
	Times       int  `yaml:"times"` // how often
}

// A rule is not longer than this: ten years are a slip of the finger.
const (
	maxDays   = 3650
	maxMonths = 120
)

// Rules are what the dates of a case come from. The zero value brings none.
type Rules struct {
	Procedure Procedure
	Calendar  Calendar
	Location  *time.Location // in which days end; nil is UTC
}

// Due is the last second of the day on which a rule's duty is owed, when it begins at an instant.
func (r Rules) Due(rule Rule, from time.Time) time.Time {
	day := r.day(from)
	switch {
	case rule.WorkingDays > 0:
		day = r.Calendar.After(day, rule.WorkingDays)
	case rule.Months > 0:
		day = day.AddMonths(rule.Months)
	default:
		day = day.Add(rule.Days)
	}
	return day.End(r.location())
}

// ConfirmUntil is when a proposed answer counts as accepted.
func (r Rules) ConfirmUntil(from time.Time) time.Time {
	return r.dayEnd(from, or(r.Procedure.Windows.Confirm, confirmDays))
}

// LookUntil is how long a reporter may ask for the next look; looks is how many there were.
func (r Rules) LookUntil(from time.Time, looks int) time.Time {
	if looks == 0 {
		return r.dayEnd(from, or(r.Procedure.Windows.SecondLook, lookDays))
	}
	return r.dayEnd(from, or(r.Procedure.Windows.FinalReview, lookDays))
}

// MakeUpUntil is the date that is promised at an instant when one was missed.
func (r Rules) MakeUpUntil(from time.Time) time.Time {
	return r.Calendar.After(r.day(from), r.makeUp()).End(r.location())
}

// TransferUntil is how long a department has to say whether a case is theirs.
func (r Rules) TransferUntil(from time.Time) time.Time {
	return r.Calendar.After(r.day(from), or(r.Procedure.Transfer.WorkingDays, transferDays)).End(r.location())
}

// Quorum is how many members of a panel must give an opinion.
func (r Rules) Quorum() int { return or(r.Procedure.Panel.Quorum, quorum) }

func (r Rules) makeUp() int { return or(r.Procedure.MakeUp.WorkingDays, makeUpDays) }

func (r Rules) dayEnd(from time.Time, days int) time.Time {
	return r.day(from).Add(days).End(r.location())
}

func (r Rules) day(at time.Time) Date { return DateOf(at, r.location()) }

func (r Rules) location() *time.Location {
	if r.Location == nil {
		return time.UTC
	}
	return r.Location
}

// rule finds the rule of a clock. ok is false when the procedure has it no more.
func (r Rules) rule(name string) (rule Rule, ok bool) {
	i := slices.IndexFunc(r.Procedure.Clocks, func(rule Rule) bool { return rule.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return r.Procedure.Clocks[i], true
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Check says everything that is wrong with a procedure, or nil. Whether its calendar exists is for whoever holds them.
func (p Procedure) Check() error {
	var wrong []error
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("procedure %q: "+format, append([]any{p.ID}, args...)...))
	}
	if !isID(p.ID) {
		say("an id is letters a-z, digits and underscores")
	}
	if len(p.Clocks) == 0 {
		say("has no clocks")
	}
	for _, n := range []struct {
		what string
		n    int
	}{
		{"windows: confirm_days", p.Windows.Confirm}, {"windows: second_look_days", p.Windows.SecondLook},
		{"windows: final_review_days", p.Windows.FinalReview}, {"make_up: working_days", p.MakeUp.WorkingDays},
		{"transfer: working_days", p.Transfer.WorkingDays},
	} {
		if n.n < 0 || n.n > maxDays {
			say("%s: %d is not between 1 and %d", n.what, n.n, maxDays)
		}
	}
	if p.Panel.Quorum < 0 || p.Panel.Quorum > 20 {
		say("panel: quorum: %d is not between 1 and 20", p.Panel.Quorum)
	}
	seen := map[string]bool{}
	for _, r := range p.Clocks {
		if seen[r.Name] {
			say("clock %q stands twice", r.Name)
		}
		seen[r.Name] = true
		r.check(func(format string, args ...any) {
			say("clock %q: "+format, append([]any{r.Name}, args...)...)
		})
		for _, s := range r.Pause {
			if s.Open() && !p.watches(s) {
				say("clock %q: pause: %q: no clock begins, each time, with what leads there and runs on: the case could sleep for ever", r.Name, s)
			}
		}
	}
	return errors.Join(wrong...)
}

// watches says whether, as often as a case comes to a status, a clock begins that does not stand still there.
func (p Procedure) watches(s Status) bool {
	return slices.ContainsFunc(p.Clocks, func(r Rule) bool {
		return !slices.Contains(r.Pause, s) && slices.ContainsFunc(r.From, func(k EventKind) bool {
			to, moves := lands(k)
			return moves && to == s && slices.Contains(r.Again, k)
		})
	})
}

// check tells say of everything that is wrong with a rule.
func (r Rule) check(say func(format string, args ...any)) {
	if !isID(r.Name) {
		say("a name is letters a-z, digits and underscores")
	}
	given := 0
	for _, n := range []struct {
		n, most int
		what    string
	}{{r.Days, maxDays, "days"}, {r.WorkingDays, maxDays, "working days"}, {r.Months, maxMonths, "months"}} {
		if n.n < 0 || n.n > n.most {
			say("%d %s is not between 0 and %d", n.n, n.what, n.most)
		}
		if n.n != 0 {
			given++
		}
	}
	if given > 1 {
		say("want just one of days, working_days and months")
	}
	if len(r.Until) == 0 {
		say("until names no event, so it could never be met")
	}
	for _, k := range slices.Concat(r.From, r.Again, r.Until) {
		if !slices.Contains(EventKinds(), k) {
			say("there is no event %q", k)
		}
	}
	for _, k := range r.Again {
		if slices.Contains(r.Until, k) {
			say("again: %q does the duty too", k)
		}
	}
	for _, s := range r.Pause {
		if !slices.Contains(Statuses(), s) {
			say("pause: there is no status %q", s)
		} else if !s.Open() {
			say("pause: %q is an end: nothing is owed then", s)
		}
	}
	// A month has 28 days at least, and working days are no fewer than calendar days.
	if length := max(r.Days, r.WorkingDays, 28*r.Months); r.Remind.Days < 0 || r.Remind.Days > 0 && r.Remind.Days >= length {
		say("remind: %d days before is not after the start", r.Remind.Days)
	}
	r.Extend.check(say)
}

func (x Extend) check(say func(format string, args ...any)) {
	if x == (Extend{}) {
		return
	}
	if x.Days < 0 || x.Days > maxDays || x.WorkingDays < 0 || x.WorkingDays > maxDays || (x.Days == 0) == (x.WorkingDays == 0) {
		say("extend: want one of days and working_days, between 1 and %d", maxDays)
	}
	if x.By != RoleLead && x.By != RoleLeader {
		say("extend: by: want lead or leader, not %q", x.By)
	}
	if x.Times < 1 || x.Times > 10 {
		say("extend: times: %d is not between 1 and 10", x.Times)
	}
}
