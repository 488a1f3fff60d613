// Package configs holds the data that shapes Huiyin: flows, procedures, languages, the organisation.
// The files are embedded; a folder may override them one by one. Everything is decoded strictly and checked together.
package configs

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"

	"huiyin/cases"
	"huiyin/flows"
	"huiyin/guide"
)

//go:embed org.yaml flows/*.yaml calendars/*.yaml procedures/*.yaml locales/*/*.yaml templates/*.yaml guide/*/*.md
var embedded embed.FS

// Config is everything the files say, checked.
type Config struct {
	Org         cases.Organisation
	Calendars   map[string]cases.Calendar  // by id
	Procedures  map[string]cases.Procedure // by id
	Definitions []flows.Definition         // in the order of their file names
	Flows       []*flows.Flow              // the same, compiled
	Messages    Messages
	Templates   []cases.Template // in the order of their file names
	Languages   []string         // the default first, then sorted
	Guide       guide.Guide
}

// Load reads the embedded files, each replaced by the file of the same path in dir, if there is one; files that only
// dir has are added. dir "" means the embedded files alone. The error joins everything that is wrong, each with file:line.
func Load(dir string) (*Config, error) {
	layers := []fs.FS{embedded}
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, fmt.Errorf("configuration folder: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("configuration folder: %s is not a folder", dir)
		}
		layers = append(layers, os.DirFS(dir))
	}
	return load(layers...)
}

// load reads layers of files; later layers win.
func load(layers ...fs.FS) (*Config, error) {
	l := files{layers: layers}
	c := &Config{}
	var errs []error
	fail := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	fail(l.decode("org.yaml", &c.Org))
	var err error
	c.Calendars, err = named(l, "calendars", func(k cases.Calendar) string { return k.ID })
	fail(err)
	c.Procedures, err = named(l, "procedures", func(p cases.Procedure) string { return p.ID })
	fail(err)
	c.Languages = l.folders("locales")
	if len(c.Languages) == 0 {
		fail(errors.New("locales: there is no language"))
	}
	if i := slices.Index(c.Languages, c.Org.DefaultLanguage); i >= 0 {
		c.Languages = slices.Insert(slices.Delete(c.Languages, i, i+1), 0, c.Org.DefaultLanguage)
	} else {
		fail(fmt.Errorf("org.yaml: default_language: want one of %s", strings.Join(c.Languages, ", ")))
	}
	c.Messages, err = l.messages(c.Languages)
	fail(err)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	c.Messages.addOrganisation(c.Org)
	fail(c.Messages.check())
	for _, name := range l.list("flows") {
		data, err := l.read(name)
		if err != nil {
			fail(err)
			continue
		}
		d, err := flows.Parse(name, data)
		if err != nil {
			fail(err)
			continue
		}
		if d.Flow != strings.TrimSuffix(path.Base(name), ".yaml") {
			fail(fmt.Errorf("%s: the flow is named %q; a file is named for what it holds", name, d.Flow))
		}
		f, err := flows.Compile(d, c.Messages, c.Languages)
		if err != nil {
			fail(err)
			continue
		}
		c.Definitions = append(c.Definitions, d)
		c.Flows = append(c.Flows, f)
	}
	fail(c.readTemplates(l))
	c.Guide, err = l.articles(c)
	fail(err)
	fail(c.check())
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return c, nil
}

// check looks at how the files fit together.
func (c *Config) check() error {
	var errs []error
	if err := c.Org.Check(c.Languages...); err != nil {
		errs = append(errs, fmt.Errorf("org.yaml: %w", err))
	}
	for _, k := range c.Org.Kinds {
		if _, ok := c.Procedures[k.Procedure]; !ok {
			errs = append(errs, fmt.Errorf("org.yaml: kind %s: no such procedure: %s", k.ID, k.Procedure))
		}
	}
	errs = append(errs, c.checkDates()...)
	for _, d := range c.Definitions {
		for _, s := range d.Steps {
			errs = append(errs, c.checkOptions(d, s)...)
		}
	}
	return errors.Join(errs...)
}

// checkOptions holds the options of a step against what the house does with them.
func (c *Config) checkOptions(d flows.Definition, s flows.StepDefinition) []error {
	known := map[string][]string{"outcome": cases.Outcomes(), "way": cases.Ways(), "verdict": cases.Looks(), "vote": cases.Votes(), "rating": cases.Ratings()}[s.Sets]
	var errs []error
	for _, o := range s.Options {
		if o.Aside != "" {
			continue
		}
		if _, ok := c.Org.Kind(o.ID); s.Sets == "kind" && !ok {
			errs = append(errs, fmt.Errorf("flow %s: step %s: nobody in org.yaml works the kind %s", d.Flow, s.ID, o.ID))
		}
		if known != nil && !slices.Contains(known, o.ID) {
			errs = append(errs, fmt.Errorf("flow %s: step %s: no such %s: %s; want some of %s", d.Flow, s.ID, s.Sets, o.ID, strings.Join(known, ", ")))
		}
	}
	return errs
}

// files reads through layers of folders.
type files struct{ layers []fs.FS }

func (l files) read(name string) ([]byte, error) {
	for _, layer := range slices.Backward(l.layers) {
		data, err := fs.ReadFile(layer, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		return data, nil
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

func (l files) decode(name string, v any) error {
	data, err := l.read(name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(data, v, yaml.Strict()); err != nil {
		return flows.InFile(name, err)
	}
	return nil
}

// list names the YAML files of a folder in all layers, sorted.
func (l files) list(folder string) []string { return l.listed(folder, ".yaml") }

func (l files) listed(folder, ending string) []string {
	var names []string
	for _, e := range l.entries(folder) {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ending) {
			names = append(names, path.Join(folder, e.Name()))
		}
	}
	sort.Strings(names)
	return slices.Compact(names)
}

func (l files) folders(folder string) []string {
	var names []string
	for _, e := range l.entries(folder) {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return slices.Compact(names)
}

func (l files) entries(folder string) []fs.DirEntry {
	var all []fs.DirEntry
	for _, layer := range l.layers {
		entries, err := fs.ReadDir(layer, folder)
		if err == nil {
			all = append(all, entries...)
		}
	}
	return all
}
