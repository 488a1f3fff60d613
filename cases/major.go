package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MajorRule names the leaders who are called at once for matters of a sort (重大情况报告). It fits a case when any of Danger,
// Kinds and People does.
type MajorRule struct {
	Danger bool     `yaml:"danger,omitempty"` // somebody is in danger now
	Kinds  []string `yaml:"kinds,omitempty"`
	People int      `yaml:"people,omitempty"` // so many people say it, the reporter among them
	// Minutes is how long each level has to say that they have seen it.
	Minutes int `yaml:"minutes"`
	// Leaders are work names of leaders or leads, level by level: the next is called when nobody of the one before answers.
	Leaders [][]string `yaml:"leaders"`
}

// Why leaders are called: the codes of Raised.
const (
	MajorDanger     = "danger"
	MajorKind       = "kind"
	MajorPeople     = "people"
	MajorByHand     = "by_hand"
	MajorUnanswered = "unanswered" // the leaders called before did not answer
)

// RemindMajor is the code of the Reminded that tells admins that no leader is left to be called.
const RemindMajor = "major.admins"

// fits says why a rule asks for leaders, "" when it does not.
func (r MajorRule) fits(c Case) string {
	switch {
	case r.Danger && c.Urgent:
		return MajorDanger
	case slices.Contains(r.Kinds, c.Kind):
		return MajorKind
	case r.People > 0 && c.Colleagues+1 >= r.People:
		return MajorPeople
	}
	return ""
}

// majorRule is the rule by which leaders are called for a case: the first that fits, or the first of all, for what people
// raise by hand. why is "" when none fits.
func majorRule(c Case, rules []MajorRule) (r MajorRule, why string) {
	for _, r := range rules {
		if why := r.fits(c); why != "" {
			return r, why
		}
	}
	if len(rules) > 0 {
		r = rules[0]
	}
	return r, ""
}

// Staff is whom the house can turn to for a case. It is looked up by whoever stores the case; who is asked is decided here.
type Staff struct {
	// Officers are all active ones.
	Officers []Officer
	// Away are those of them who are absent now.
	Away []OfficerID
	// Major are the organisation's rules.
	Major []MajorRule
}

// level is the first level of a rule of which somebody can be called who was not called before; nobody when none is left.
func (s Staff) level(c Case, r MajorRule) []OfficerID {
	for _, names := range r.Leaders {
		var ids []OfficerID
		for _, o := range s.Officers {
			calls := o.Role == RoleLeader || o.Role == RoleLead
			if calls && !o.Revoked && slices.ContainsFunc(names, func(name string) bool { return sameName(name, o.Name) }) &&
				!slices.Contains(c.Recused, o.ID) && !slices.Contains(c.Major.Leaders, o.ID) {
				ids = append(ids, o.ID)
			}
		}
		if len(ids) > 0 {
			return sorted(ids)
		}
	}
	return nil
}

// admins are who keep the house; for want of a leader they hear of a major matter.
func (s Staff) admins(c Case) []OfficerID {
	var ids []OfficerID
	for _, o := range s.Officers {
		if o.Role == RoleAdmin && !o.Revoked && !slices.Contains(c.Recused, o.ID) {
			ids = append(ids, o.ID)
		}
	}
	return sorted(ids)
}

// lead is who gets a case of which nobody took care: a lead of its department, present rather than absent; 0 for nobody.
func (s Staff) lead(c Case) OfficerID {
	var absent OfficerID
	for _, o := range s.Officers {
		if o.Role != RoleLead || o.Revoked || o.Department != c.Department || slices.Contains(c.Recused, o.ID) ||
			c.Status.Again() && slices.Contains(c.Barred, o.ID) {
			continue
		}
		if !slices.Contains(s.Away, o.ID) {
			return o.ID
		}
		if absent == 0 {
			absent = o.ID
		}
	}
	return absent
}

// sameName compares work names as people write them.
func sameName(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// NeedsStaff says whether an act can only be completed by who knows the staff.
func (a Act) NeedsStaff() bool { return a.Action == Raise || a.Action == Miss }

// Staffed completes an act with who is concerned: leaders who are called, or the absence by which a date was missed. When no
// leader is left who could be called, the act that tells the admins takes its place; a person who raises a case by hand
// does so all the same.
func (c Case) Staffed(a Act, s Staff, now time.Time) Act {
	switch {
	case a.Action == Miss && a.Reason == "late" && slices.Contains(s.Away, c.Owner):
		a.Reason = "away"
	case a.Action == Raise && len(a.Officers) == 0:
		r, _ := majorRule(c, s.Major)
		a.Officers = s.level(c, r)
		if len(a.Officers) > 0 {
			a.Until = now.Add(time.Duration(r.Minutes) * time.Minute)
		} else if a.By.Party == System {
			a.Action, a.Code, a.Officers = Remind, RemindMajor, s.admins(c)
		}
	}
	return a
}

// MayEscalate says whether Escalate could have anything to do because of an event, so that staff need not be looked up for
// nothing.
func MayEscalate(e Event) bool {
	return slices.Contains([]EventKind{Missed, Filed, Queued, Joined, Added, Raised}, e.Kind)
}

// Escalate is what the system does at once because of an event when it needs somebody for it: a case that nobody owns goes
// to a lead when a date was missed, and leaders are called for a major matter. c is the case after the event, now the hour
// of it, whatever it is dated. What follows from an event with a slot is done in it, by who asks again then: the hour of a
// call would tell when somebody wrote. ok is false for nothing.
func Escalate(c Case, e Event, s Staff, now time.Time) (a Act, ok bool) {
	a = Act{By: Actor{Party: System}, Key: fmt.Sprintf("escalate:%d", e.Seq)}
	switch {
	case !c.Status.Open() || c.Unqueued && e.Slot.IsZero():
		return Act{}, false
	case e.Kind == Missed && c.Owner == 0:
		a.Action, a.To, a.ToDepartment = Assign, s.lead(c), c.Department
		return a, a.To != 0
	case e.Kind == Raised && len(e.Officers) == 0:
		a.Action, a.Code, a.Officers = Remind, RemindMajor, s.admins(c)
		return a, true
	case c.Major.Level > 0:
		return Act{}, false
	case slices.Contains([]EventKind{Filed, Queued, Joined, Added}, e.Kind):
		if now.Before(e.Slot) {
			now = e.Slot
		}
		c = c.Known(now)
		_, why := majorRule(c, s.Major)
		if why == "" {
			return Act{}, false
		}
		a.Action, a.Code = Raise, why
		return c.Staffed(a, s, now), true
	}
	return Act{}, false
}

// Check says everything that is wrong with a rule, or nil.
func (r MajorRule) Check(kinds map[string]bool) error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("major: "+format, args...)) }
	if !r.Danger && len(r.Kinds) == 0 && r.People == 0 {
		say("want danger, kinds or people: without one of them a rule fits nothing")
	}
	for _, k := range r.Kinds {
		if !kinds[k] {
			say("there is no kind %q", k)
		}
	}
	if r.People < 0 || r.People == 1 {
		say("people: want two or more")
	}
	if r.Minutes < 1 || r.Minutes > 24*60 {
		say("minutes: want 1 to 1440")
	}
	if len(r.Leaders) == 0 {
		say("leaders: want at least one level")
	}
	for _, level := range r.Leaders {
		if len(level) == 0 || slices.ContainsFunc(level, func(name string) bool { return strings.TrimSpace(name) == "" }) {
			say("leaders: a level names nobody")
		}
	}
	return errors.Join(wrong...)
}

// Lacking lists the work names in the rules that no active leader or lead has, each once.
func (s Staff) Lacking() []string {
	var out []string
	for _, r := range s.Major {
		for _, level := range r.Leaders {
			for _, name := range level {
				known := slices.ContainsFunc(s.Officers, func(o Officer) bool {
					return !o.Revoked && (o.Role == RoleLeader || o.Role == RoleLead) && sameName(name, o.Name)
				})
				if !known && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}
