package cases

import (
	"fmt"
	"time"
)

// Extendable is what may be done about one date now.
type Extendable struct {
	Extend
	Clock Clock
	Used  int       // how often it was put off
	Due   time.Time // what the date would become
}

// span is how much later a date becomes, in words.
func (x Extend) span() string {
	if x.WorkingDays > 0 {
		return fmt.Sprintf("%d working days", x.WorkingDays)
	}
	return fmt.Sprintf("%d days", x.Days)
}

// Extendable says how the date of a name may be put off as a case stands; it counts from that date, not from now, so that
// nobody gains by waiting. Errors, all with code NotNow: nothing of that name is owed, its date has passed,
// its rule allows no later one, it was put off as often as it may be, or the date is itself the promise that made up for
// a missed one.
func (r Rules) Extendable(c Case, name string, now time.Time) (Extendable, error) {
	not := func(why string) (Extendable, error) {
		return Extendable{}, &Error{Code: NotNow, Detail: "extension: " + why}
	}
	k, ok := c.standing(name)
	rule, known := r.rule(name)
	switch {
	case !ok || !c.Status.Open():
		return not("nothing of that name is owed")
	case k.owed() && now.After(k.Due):
		return not("the date has passed")
	case !known || rule.Extend.Times == 0:
		return not("its rule allows none")
	case k.MadeUp > 0:
		return not("the date makes up for a missed one")
	case k.Extended >= rule.Extend.Times:
		return not("it was put off before")
	}
	day := r.day(k.Due)
	if rule.Extend.WorkingDays > 0 {
		day = r.Calendar.After(day, rule.Extend.WorkingDays)
	} else {
		day = day.Add(rule.Extend.Days)
	}
	return Extendable{Extend: rule.Extend, Clock: k, Used: k.Extended, Due: day.End(r.location())}, nil
}

// Extendables lists what may be put off as a case stands, in the order of its procedure.
func (r Rules) Extendables(c Case, now time.Time) []Extendable {
	var out []Extendable
	for _, rule := range r.Procedure.Clocks {
		if x, err := r.Extendable(c, rule.Name, now); err == nil {
			out = append(out, x)
		}
	}
	return out
}

// May says whether an officer's role is enough to put the date off. A leader may what a lead may.
func (x Extendable) May(by Role) bool { return by == RoleLeader || by == RoleLead && x.By == RoleLead }

// extends says why the rules do not allow an act about putting a date off: the *Error of Extendable, or NotAllowed when a
// higher role has to say yes. Other acts are none of its business.
func (r Rules) extends(c Case, a Act, now time.Time) error {
	name := a.Code
	switch a.Action {
	case AskExtension:
	case GrantExtension:
		name = c.Extension.Clock
	default:
		return nil
	}
	x, err := r.Extendable(c, name, now)
	if err == nil && a.Action == GrantExtension && !x.May(a.By.Role) {
		return &Error{Code: NotAllowed, Detail: "extension: a leader has to grant it"}
	}
	return err
}
