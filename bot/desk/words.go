package desk

import (
	"context"
	"html"
	"strings"
	"time"

	"huiyin/cases"
)

// matter names what a case is about, in plain words.
func (r room) matter(lang string, c cases.Case) string {
	name := r.kind(lang, c.Kind)
	if c.Matter == "" {
		return name
	}
	for _, key := range []string{"complaint.matter_" + c.Kind + "." + c.Matter, "complaint.matter." + c.Matter} {
		if r.book.Has(lang, key) {
			return r.book.Label(lang, "desk.kind_matter", "Kind", name, "Matter", r.book.Label(lang, key))
		}
	}
	return name
}

// kind names a kind of matter.
func (r room) kind(lang, id string) string {
	if key := "complaint.kind." + id; r.book.Has(lang, key) {
		return r.book.Label(lang, key)
	}
	return id
}

// department names a department.
func (r room) department(lang, id string) string {
	dep, ok := r.org.Department(id)
	if !ok || dep.Name[lang] == "" {
		return id
	}
	return dep.Name[lang]
}

// unit names a unit with those around it.
func (r room) unit(lang, id string) string {
	var names []string
	for _, u := range r.org.UnitPath(id) {
		name := u.Name[lang]
		if name == "" {
			name = u.ID
		}
		names = append(names, name)
	}
	return strings.Join(names, " / ")
}

// status says where a case stands.
func (r room) status(lang string, s cases.Status) string {
	return r.book.Label(lang, "desk.status."+string(s))
}

// days counts midnights between two instants where the organisation is; negative when to is before from.
func (r room) days(from, to time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(r.book.Zone()).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}

// clock names a date owed.
func (r room) clock(lang, name string) string {
	if key := "desk.clock." + name; r.book.Has(lang, key) {
		return r.book.Label(lang, key)
	}
	return r.book.Label(lang, "desk.clock.other")
}

// owed says the date owed next in plain words, "" when nothing is owed.
func (r room) owed(lang string, c cases.Case, now time.Time) string {
	next, ok := c.Next()
	if !ok {
		return ""
	}
	n, key := r.days(now, next.Due), ""
	switch {
	case now.After(next.Due) && n >= -1:
		key, n = "desk.due.overdue_one", 1
	case now.After(next.Due):
		key, n = "desk.due.overdue", -n
	case n == 0:
		key = "desk.due.today"
	case n == 1:
		key = "desk.due.tomorrow"
	default:
		key = "desk.due.in"
	}
	return r.book.Label(lang, key, "Clock", r.clock(lang, next.Name), "Day", r.book.Day(lang, next.Due), "Days", n)
}

// when says an instant of a case, at which a party did something. Of what an anonymous reporter did only the day is
// told, and of what the system did because of it: a time of day can point at a person. The same goes for what is
// dated to the day because the reporter was anonymous then.
func (r room) when(lang string, c cases.Case, by cases.Party, at time.Time) string {
	there := at.In(r.book.Zone())
	midnight := there.Hour() == 0 && there.Minute() == 0 && there.Second() == 0 && there.Nanosecond() == 0
	if by != cases.Office && (c.Mode.Nameless() || midnight) {
		return r.book.Day(lang, at)
	}
	return r.book.Moment(lang, at)
}

// tongue names a language in lang's words.
func (r room) tongue(lang, of string) string {
	if key := "desk.tongue." + of; r.book.Has(lang, key) {
		return r.book.Label(lang, key)
	}
	return of
}

// colleague names an officer for colleagues; whoever cannot be found is "a colleague".
func (t *turn) colleague(ctx context.Context, id cases.OfficerID) (string, error) {
	if id == t.by.Officer {
		return t.label("desk.you"), nil
	}
	o, err := t.store.Officer(ctx, id)
	switch {
	case told(err):
		return t.label("desk.colleague"), nil
	case err != nil:
		return "", err
	}
	return o.Name, nil
}

func escape(s string) string { return html.EscapeString(s) }
