package configs

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"huiyin/cases"
)

// readTemplates reads templates/*.yaml and says what is wrong with them.
func (c *Config) readTemplates(l files) error {
	var errs []error
	var kinds []string
	for _, k := range c.Org.Kinds {
		kinds = append(kinds, k.ID)
	}
	for _, name := range l.list("templates") {
		var m cases.Template
		if err := l.decode(name, &m); err != nil {
			errs = append(errs, err)
			continue
		}
		if m.ID != strings.TrimSuffix(path.Base(name), ".yaml") {
			errs = append(errs, fmt.Errorf("%s: the template is named %q; a file is named for what it holds", name, m.ID))
		}
		if err := m.Check(c.Languages, kinds); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		c.Templates = append(c.Templates, m)
	}
	return errors.Join(errs...)
}
