package configs

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"huiyin/cases"
)

// named decodes every file of a folder; each is named for what it holds. The error joins everything that is wrong.
func named[T any](l files, folder string, id func(T) string) (map[string]T, error) {
	out := map[string]T{}
	var errs []error
	for _, name := range l.list(folder) {
		var v T
		if err := l.decode(name, &v); err != nil {
			errs = append(errs, err)
			continue
		}
		if id(v) != strings.TrimSuffix(path.Base(name), ".yaml") {
			errs = append(errs, fmt.Errorf("%s: holds %q; a file is named for what it holds", name, id(v)))
		}
		out[id(v)] = v
	}
	return out, errors.Join(errs...)
}

// checkDates looks at calendars and procedures, and at how they fit together.
func (c *Config) checkDates() []error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(c.Calendars)) {
		if err := c.Calendars[id].Check(); err != nil {
			errs = append(errs, fmt.Errorf("calendars/%s.yaml: %w", id, err))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Procedures)) {
		p := c.Procedures[id]
		if err := p.Check(); err != nil {
			errs = append(errs, fmt.Errorf("procedures/%s.yaml: %w", id, err))
		}
		if _, ok := c.Calendars[p.Calendar]; !ok {
			errs = append(errs, fmt.Errorf("procedures/%s.yaml: calendar: no such calendar: %q; want one of %s",
				id, p.Calendar, strings.Join(slices.Sorted(maps.Keys(c.Calendars)), ", ")))
		}
	}
	return errs
}

// Rules are what the dates of cases come from, by the id of the procedure. Days end in loc.
func (c *Config) Rules(loc *time.Location) map[string]cases.Rules {
	out := map[string]cases.Rules{}
	for id, p := range c.Procedures {
		out[id] = cases.Rules{Procedure: p, Calendar: c.Calendars[p.Calendar], Location: loc}
	}
	return out
}

// Ending is a calendar in use of which the years covered end soon; after Last only its weekends are free.
type Ending struct {
	Calendar string
	Last     cases.Date
}

// Ending lists the calendars that some kind of matter goes by and that end within so many days, sorted by id.
func (c *Config) Ending(today cases.Date, days int) []Ending {
	used := map[string]bool{}
	for _, k := range c.Org.Kinds {
		used[c.Procedures[k.Procedure].Calendar] = true
	}
	var out []Ending
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if last, soon := c.Calendars[id].EndsWithin(today, days); soon {
			out = append(out, Ending{id, last})
		}
	}
	return out
}
