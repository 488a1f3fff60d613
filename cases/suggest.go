package cases

import (
	"cmp"
	"slices"
	"time"
)

// Limits bound what one officer carries. 0 is no limit.
type Limits struct {
	OpenCases int `yaml:"open_cases,omitempty"`
}

// Reached says whether an officer who owns so many open cases may be given no more.
func (l Limits) Reached(open int) bool { return l.OpenCases > 0 && open >= l.OpenCases }

// Admits says whether an act may make somebody, who owned so many open cases before it, the owner of one more: nil, or an
// *Error with code Full. Whoever assigns or reopens may go over it when they say so.
func (l Limits) Admits(a Act, open int) error {
	if !l.Reached(open) || (a.Action == Assign || a.Action == Reopen) && a.Over {
		return nil
	}
	return &Error{Code: Full, Detail: string(a.Action)}
}

// Burdened is who has one more open case by what an officer did to one, 0 for nobody.
func Burdened(by Actor, before, after Case) OfficerID {
	had := before.Status.Open() && before.Owner == after.Owner
	if by.Party != Office || !after.Status.Open() || had {
		return 0
	}
	return after.Owner
}

// Load is how much of a department's work is in one officer's hands: open cases, and how many of them are overdue or hold
// something unread.
type Load struct {
	Open, Overdue, Unread int
}

// Candidate is an officer to whom a case could be given.
type Candidate struct {
	Officer
	Load
}

// KindSkill and LanguageSkill name what an officer may be good at: a kind of matter, a language that reporters write in.
func KindSkill(kind string) string { return "kind." + kind }

// LanguageSkill is the skill of a language.
func LanguageSkill(lang string) string { return "language." + lang }

// skill counts what an officer is good at that a case asks for.
func (o Officer) skill(c Case) (n int) {
	for _, s := range []string{KindSkill(c.Kind), LanguageSkill(c.Language)} {
		if slices.Contains(o.Skills, s) {
			n++
		}
	}
	return n
}

// rank puts officers before leads.
func (o Officer) rank() int {
	if o.Role == RoleLead {
		return 1
	}
	return 0
}

// MayOwn says whether a case may be given to an officer: one of its department who is in no way kept from it.
func (c Case) MayOwn(o Officer) bool {
	return !o.Revoked && o.Role.Placed() && o.Department == c.Department && o.ID != c.Owner && !slices.Contains(c.Recused, o.ID) &&
		!(c.Status.Again() && slices.Contains(c.Barred, o.ID))
}

// Suggest ranks those to whom a case is best given: officers before leads, who have others to look after; whoever is good
// at its kind and its reporter's language; whoever has the fewest open cases; whoever joined first. Nobody who is away, at
// the limit, or may not own it.
func Suggest(c Case, all []Candidate, l Limits, now time.Time) []Candidate {
	out := slices.DeleteFunc(slices.Clone(all), func(x Candidate) bool {
		return !c.MayOwn(x.Officer) || x.Away(now) || l.Reached(x.Open)
	})
	slices.SortStableFunc(out, func(a, b Candidate) int {
		return cmp.Or(a.rank()-b.rank(), b.skill(c)-a.skill(c), a.Open-b.Open, cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Give is one case that goes to one officer.
type Give struct {
	Case Case
	To   Officer
}

// Spread says to whom each of several cases is best given, one after the other, so that nobody gets them all. left are
// those for which there is nobody.
func Spread(list []Case, all []Candidate, l Limits, now time.Time) (gives []Give, left []Case) {
	all = slices.Clone(all)
	for _, c := range list {
		best := Suggest(c, all, l, now)
		if len(best) == 0 {
			left = append(left, c)
			continue
		}
		gives = append(gives, Give{Case: c, To: best[0].Officer})
		for i := range all {
			if all[i].ID == best[0].ID {
				all[i].Open++
			}
		}
	}
	return gives, left
}

// MaySetAway says whether an actor may say that an officer is away, who stands in, and what they are good at: the officer
// for themself, and a lead for those of their department. Otherwise NotAllowed.
func MaySetAway(by Actor, o Officer) error {
	if by.Party == Office && by.Officer != 0 &&
		(by.Officer == o.ID || by.Role == RoleLead && o.Role.Placed() && o.Department == by.Department) {
		return nil
	}
	return &Error{Code: NotAllowed, Detail: "away"}
}

// MaySeeLoads says whether an actor may see what the officers of a department carry, as far as they know of its cases:
// whoever may list those, and leaders who answer for it, because they give cases to somebody. Otherwise NotFound.
func MaySeeLoads(by Actor, department string) error {
	if by.Party == Office && by.Officer != 0 && by.Role == RoleLeader && (by.Department == "" || by.Department == department) {
		return nil
	}
	return Can(by, List, Case{Department: department})
}

// MayStandIn says whether one officer may stand in for another: an active colleague of the same department.
func (o Officer) MayStandIn(away Officer) bool {
	return o.ID != away.ID && !o.Revoked && o.Role.Placed() && o.Department == away.Department
}

// MayMove says whether an actor may give a case to another department without asking it: an admin, and everybody who
// assigns once enough departments have said that it is not theirs.
func (c Case) MayMove(by Actor) bool { return by.Role == RoleAdmin || c.Transfer.Refused >= maxRefused }
