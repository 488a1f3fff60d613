package configs

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"huiyin/cases"
)

// dates loads what dates come from, and nothing else.
func dates(layers ...fs.FS) (*Config, error) {
	l, c := files{layers: layers}, &Config{}
	var errs [3]error
	errs[0] = l.decode("org.yaml", &c.Org)
	c.Calendars, errs[1] = named(l, "calendars", func(k cases.Calendar) string { return k.ID })
	c.Procedures, errs[2] = named(l, "procedures", func(p cases.Procedure) string { return p.ID })
	return c, errors.Join(slices.Concat(errs[:], c.checkDates())...)
}

func TestEmbeddedDates(t *testing.T) {
	t.Parallel()
	c, err := dates(embedded)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Calendars) != 3 || len(c.Procedures) != 4 {
		t.Errorf("%d calendars, %d procedures", len(c.Calendars), len(c.Procedures))
	}
	keys := map[string][]string{}
	for _, lang := range []string{"en", "zh-Hans"} {
		m, err := files{layers: []fs.FS{embedded}}.messages([]string{lang})
		if err != nil {
			t.Fatal(err)
		}
		keys[lang] = m.Keys(lang)
	}
	loc := time.FixedZone("", 3600)
	for id, r := range c.Rules(loc) {
		if r.Procedure.ID != id || r.Calendar.ID != r.Procedure.Calendar || r.Location != loc {
			t.Errorf("%s: %+v", id, r)
		}
		// Every date that can be owed has a name in every language, for reporters and for officers.
		for _, rule := range r.Procedure.Clocks {
			for lang, known := range keys {
				for _, key := range []string{"clock." + rule.Name, "desk.clock." + rule.Name} {
					if !slices.Contains(known, key) {
						t.Errorf("%s: %s is missing in %s", id, key, lang)
					}
				}
			}
		}
	}
	used := map[string]bool{}
	for _, k := range c.Org.Kinds {
		used[k.Procedure] = true
		if k.ID == "pay" && k.Procedure != "default" {
			t.Errorf("pay goes by %s", k.Procedure)
		}
	}
	if len(used) < 3 {
		t.Errorf("the house shows %d procedures", len(used))
	}
}

// TestEnding: only calendars in use are spoken of.
func TestEnding(t *testing.T) {
	t.Parallel()
	c, err := dates(embedded)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Ending(cases.Date{Year: 2026, Month: time.October, Day: 31}, 60); got != nil {
		t.Errorf("61 days before: %v", got)
	}
	want := []Ending{{"cn", cases.Date{Year: 2026, Month: time.December, Day: 31}}}
	for _, today := range []cases.Date{{Year: 2026, Month: time.November, Day: 1}, {Year: 2030, Month: time.May, Day: 1}} {
		if got := c.Ending(today, 60); !slices.Equal(got, want) {
			t.Errorf("on %s: %v", today, got)
		}
	}
}

func TestDatesRefuse(t *testing.T) {
	t.Parallel()
	procedure := func(head, clock string) string {
		return "procedure: slow\n" + head + "clocks:\n  - {name: answer, until: [replied], " + clock + "}\n"
	}
	const cn = "calendar: cn\n"
	for name, tt := range map[string]struct{ file, text, want string }{
		"good":                {"procedures/slow.yaml", procedure(cn, "days: 0"), ""},
		"no calendar":         {"procedures/slow.yaml", procedure("", "days: 3"), `no such calendar: ""; want one of cn, de_berlin, plain`},
		"unknown calendar":    {"procedures/slow.yaml", procedure("calendar: moon\n", "days: 3"), `procedures/slow.yaml: calendar: no such calendar: "moon"`},
		"no length":           {"procedures/slow.yaml", procedure(cn, "remind: {days: 1}"), "want just one of days, working_days and months"},
		"two lengths":         {"procedures/slow.yaml", procedure(cn, "days: 0, months: 1"), "want just one of days, working_days and months"},
		"unknown key of rule": {"procedures/slow.yaml", procedure(cn, "days: 3, weeks: 2"), "procedures/slow.yaml:4:"},
		"unknown event":       {"procedures/slow.yaml", procedure(cn, "days: 3, from: [read]"), `there is no event "read"`},
		"unknown again":       {"procedures/slow.yaml", procedure(cn, "days: 3, again: [read]"), `there is no event "read"`},
		"again does the duty": {"procedures/slow.yaml", procedure(cn, "days: 3, again: [replied]"), `again: "replied" does the duty`},
		"unknown status":      {"procedures/slow.yaml", procedure(cn, "days: 3, pause: [asleep]"), `there is no status "asleep"`},
		"pause at an end":     {"procedures/slow.yaml", procedure(cn, "days: 3, pause: [closed]"), "nothing is owed then"},
		"sleeps":              {"procedures/slow.yaml", procedure(cn, "days: 3, pause: [waiting]"), `pause: "waiting": no clock begins`},
		"reminded too early":  {"procedures/slow.yaml", procedure(cn, "days: 3, remind: {days: 3}"), "remind: 3 days before is not after the start"},
		"extended by anybody": {"procedures/slow.yaml", procedure(cn, "days: 3, extend: {days: 3, by: officer, times: 1}"), `want lead or leader, not "officer"`},
		"extended by nothing": {"procedures/slow.yaml", procedure(cn, "days: 3, extend: {by: lead, times: 1}"), "extend: want one of"},
		"extended for ever":   {"procedures/slow.yaml", procedure(cn, "days: 3, extend: {days: 3, by: lead, times: 99}"), "times: 99 is not between"},
		"too many months":     {"procedures/slow.yaml", procedure(cn, "months: 121"), "121 months is not between"},
		"negative window":     {"procedures/slow.yaml", procedure(cn+"windows: {confirm_days: -1}\n", "days: 3"), "confirm_days: -1 is not between"},
		"negative promise":    {"procedures/slow.yaml", procedure(cn+"make_up: {working_days: -1}\n", "days: 3"), "make_up: working_days: -1"},
		"quorum":              {"procedures/slow.yaml", procedure(cn+"panel: {quorum: 21}\n", "days: 3"), "quorum: 21 is not between"},
		"name of calendar":    {"calendars/sea.yaml", "calendar: see\nweekend: [sunday]\n", "calendars/sea.yaml: holds \"see\"; a file is named"},
		"calendar is wrong":   {"calendars/sea.yaml", "calendar: sea\nweekend: [sunday, sunday]\n", "calendars/sea.yaml: calendar \"sea\": weekend: a day stands twice"},
		"unreadable day":      {"calendars/sea.yaml", "calendar: sea\nfrom: 2026\nto: 2026\nweekend: [sunday]\nholidays: [2026-13-01]\n", "calendars/sea.yaml:"},
		"unknown key":         {"calendars/sea.yaml", "calendar: sea\nweekends: [sunday]\n", "calendars/sea.yaml:2:1: unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := dates(embedded, fstest.MapFS{tt.file: {Data: []byte(tt.text)}})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q in:\n%v", tt.want, err)
			}
		})
	}
}
