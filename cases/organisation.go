package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Department finds a department by id.
func (o Organisation) Department(id string) (Department, bool) {
	i := slices.IndexFunc(o.Departments, func(d Department) bool { return d.ID == id })
	if i < 0 {
		return Department{}, false
	}
	return o.Departments[i], true
}

// ProcedureOf names the procedure that a department goes by, of the first kind that it works; for one that works none, that
// of the first kind of all.
func (o Organisation) ProcedureOf(department string) string {
	for _, k := range o.Kinds {
		if k.Department == department {
			return k.Procedure
		}
	}
	if len(o.Kinds) == 0 {
		return ""
	}
	return o.Kinds[0].Procedure
}

// Kind finds a kind of matter by id.
func (o Organisation) Kind(id string) (Kind, bool) {
	i := slices.IndexFunc(o.Kinds, func(k Kind) bool { return k.ID == id })
	if i < 0 {
		return Kind{}, false
	}
	return o.Kinds[i], true
}

// UnitPath gives the units from the top down to a unit, itself last; nil for an unknown one.
func (o Organisation) UnitPath(id string) []Unit {
	var find func(units []Unit) []Unit
	find = func(units []Unit) []Unit {
		for _, u := range units {
			if u.ID == id {
				return []Unit{u}
			}
			if below := find(u.Units); below != nil {
				return append([]Unit{u}, below...)
			}
		}
		return nil
	}
	return find(o.Units)
}

// Children lists the ids of the units directly inside a unit; "" is the top.
func (o Organisation) Children(unit string) []string {
	inside := o.Units
	if unit != "" {
		path := o.UnitPath(unit)
		if path == nil {
			return nil
		}
		inside = path[len(path)-1].Units
	}
	var ids []string
	for _, u := range inside {
		ids = append(ids, u.ID)
	}
	return ids
}

// Parent is the unit around a unit, "" at the top; ok is false for an unknown unit.
func (o Organisation) Parent(unit string) (parent string, ok bool) {
	switch path := o.UnitPath(unit); len(path) {
	case 0:
		return "", false
	case 1:
		return "", true
	default:
		return path[len(path)-2].ID, true
	}
}

// Heads lists the heads of a unit and of the units around it.
func (o Organisation) Heads(unit string) []string {
	var out []string
	for _, u := range o.UnitPath(unit) {
		if u.Head != "" {
			out = append(out, u.Head)
		}
	}
	return out
}

// Retention finds a profile by id.
func (o Organisation) Retention(id string) (Retention, bool) {
	i := slices.IndexFunc(o.Retentions, func(r Retention) bool { return r.ID == id })
	if i < 0 {
		return Retention{}, false
	}
	return o.Retentions[i], true
}

// Size is how many people work in a unit, 0 when that is not known.
func (o Organisation) Size(unit string) int {
	path := o.UnitPath(unit)
	if path == nil {
		return 0
	}
	return path[len(path)-1].Size
}

// Location is the time zone in which days end.
func (o Organisation) Location() (*time.Location, error) {
	if o.TimeZone == "" {
		return nil, errors.New("organisation: time_zone is missing")
	}
	loc, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("organisation: time_zone: %w", err)
	}
	return loc, nil
}

// Check says everything that is wrong, or nil. Every name must be given in every language.
// Whether the procedures of kinds exist is for whoever holds them.
func (o Organisation) Check(languages ...string) error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("organisation: "+format, args...)) }
	named := func(what string, names map[string]string) {
		for _, lang := range languages {
			if strings.TrimSpace(names[lang]) == "" {
				say("%s: has no name in %s", what, lang)
			}
		}
	}
	// once reports an id that is no id or was seen.
	once := func(seen map[string]bool, what, id string) {
		if !isID(id) {
			say("%s: an id is letters a-z, digits and underscores", what)
		}
		if seen[id] {
			say("%s: stands twice", what)
		}
		seen[id] = true
	}

	named("itself", o.Name)
	if _, err := o.Location(); err != nil {
		wrong = append(wrong, err)
	}
	if len(o.Departments) == 0 {
		say("has no departments")
	}
	if o.Limits.OpenCases < 0 {
		say("limits: open_cases is below 0")
	}
	if err := o.Quiet.Check(); err != nil {
		wrong = append(wrong, fmt.Errorf("organisation: %w", err))
	}
	wrong = append(wrong, o.Reception.Check())
	wrong = append(wrong, o.checkLetterhead(languages)...)
	retentions := map[string]bool{}
	for _, r := range o.Retentions {
		once(retentions, fmt.Sprintf("retention %q", r.ID), r.ID)
		if err := r.Check(); err != nil {
			wrong = append(wrong, fmt.Errorf("organisation: %w", err))
		}
	}
	departments, kinds, units := map[string]bool{}, map[string]bool{}, map[string]bool{}
	marked := map[string]bool{}
	for _, d := range o.Departments {
		marked[d.ID] = d.Confidential
	}
	for _, d := range o.Departments {
		if _, ok := marked[d.StandIn]; d.StandIn != "" && (!ok || d.StandIn == d.ID) {
			say("department %q: stand_in: there is no other department %q", d.ID, d.StandIn)
		} else if d.StandIn != "" && d.Confidential && !marked[d.StandIn] {
			say("department %q: stand_in: department %q is not marked confidential", d.ID, d.StandIn)
		}
		what := fmt.Sprintf("department %q", d.ID)
		once(departments, what, d.ID)
		named(what, d.Name)
	}
	if len(o.Kinds) == 0 {
		say("has no kinds")
	}
	for _, k := range o.Kinds {
		what := fmt.Sprintf("kind %q", k.ID)
		once(kinds, what, k.ID)
		if !departments[k.Department] {
			say("%s: there is no department %q", what, k.Department)
		}
		if k.Procedure == "" {
			say("%s: has no procedure", what)
		}
		if k.Restricted && departments[k.Department] && !marked[k.Department] {
			say("%s: is restricted, but department %q is not marked confidential", what, k.Department)
		}
		if !retentions[k.Retention] {
			say("%s: there is no retention %q", what, k.Retention)
		}
	}
	for _, r := range o.Major {
		if err := r.Check(kinds); err != nil {
			wrong = append(wrong, fmt.Errorf("organisation: %w", err))
		}
	}
	if err := o.OfficeHours.Check(); err != nil {
		wrong = append(wrong, fmt.Errorf("organisation: %w", err))
	}
	var walk func([]Unit)
	walk = func(inside []Unit) {
		for _, u := range inside {
			what := fmt.Sprintf("unit %q", u.ID)
			once(units, what, u.ID)
			named(what, u.Name)
			walk(u.Units)
		}
	}
	walk(o.Units)
	return errors.Join(wrong...)
}
