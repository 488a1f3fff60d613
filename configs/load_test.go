package configs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"huiyin/cases"
	"huiyin/flows"
)

func TestOverridesFileByFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, err := embedded.ReadFile("locales/en/errors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "locales/en/errors.yaml", strings.Replace(string(data), "Not found.", "Nothing there.", 1))
	c, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Messages.Label("en", "error.not_found"); !strings.HasPrefix(got, "Nothing there.") {
		t.Errorf("not overridden: %q", got)
	}
	if got := c.Messages.Label("en", "way.done"); got != "Done" {
		t.Errorf("the others are gone: %q", got)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil {
		t.Error("a missing folder is accepted")
	}
	if _, err := Load(filepath.Join(dir, "locales/en/errors.yaml")); err == nil {
		t.Error("a file is accepted for a folder")
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRefuses lays one broken file over the real ones and wants the error to say where and what.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"unknown key":            {"org.yaml", "name: {en: x}\ncolour: red\n", "org.yaml:2:1: unknown field \"colour\""},
		"not yaml":               {"org.yaml", "a: [", "org.yaml:1:"},
		"unknown key of flow":    {"flows/rate.yaml", "flow: rate\nversion: 1\nbegin: a\n", "flows/rate.yaml:3:1: unknown field"},
		"wrong type":             {"procedures/default.yaml", "procedure: default\nclocks:\n  - {name: x, days: many}\n", "procedures/default.yaml:3:"},
		"file name of procedure": {"procedures/slow.yaml", "procedure: fast\nclocks: []\n", "a file is named for what it holds"},
		"file name of flow":      {"flows/rate.yaml", "flow: withdraw\nversion: 1\nstart: review\nsteps:\n  - {id: review, kind: review}\n", "a file is named for what it holds"},
		"lint":                   {"flows/rate.yaml", "flow: rate\nversion: 1\nstart: x\nsteps:\n  - {id: review, kind: review}\n", "flows/rate.yaml:3:"},
		"duplicate key":          {"locales/en/more.yaml", "a: 1x\nway:\n  done: Ready\n", "locales/en/words.yaml:3:9: way.done stands in locales/en/more.yaml:3 already"},
		"one language only":      {"locales/en/more.yaml", "# note\nmore:\n  here: text\n", "locales/en/more.yaml:3: more.here is missing in zh-Hans"},
		"empty text":             {"locales/en/more.yaml", "more: \"\"\n", "locales/en/more.yaml:1:7: more is empty"},
		"no text":                {"locales/en/more.yaml", "more: 5\n", "locales/en/more.yaml:1:7: more is neither"},
		"list":                   {"locales/en/more.yaml", "more: [a]\n", "more is a list"},
		"words twice":            {"locales/en/more.yaml", "word:\n  back: [a]\n", "word.back has a list of words already"},
		"number as word":         {"locales/en/more.yaml", "word:\n  other: [5]\n", "not a word"},
		"broken locale":          {"locales/en/more.yaml", "a: [", "locales/en/more.yaml:1:"},
		"a third language":       {"locales/fr/words.yaml", "way: {done: Fini}\n", "locales/fr: way.back is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(embedded, fstest.MapFS{c.file: {Data: []byte(c.text)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q in:\n%v", c.want, err)
			}
		})
	}
	if _, err := load(fstest.MapFS{}); err == nil {
		t.Error("nothing at all is accepted")
	}
}

func TestOrganisationMustFit(t *testing.T) {
	t.Parallel()
	org, err := embedded.ReadFile("org.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"  - {id: pay, department: hr, procedure: default, retention: default}\n": "nobody in org.yaml works the kind pay",
		"safety, procedure: default,": "no such procedure: slow",
		"Asia/Shanghai":               "time_zone",
	} {
		to := map[string]string{"safety, procedure: default,": "safety, procedure: slow,", "Asia/Shanghai": "Nowhere"}[from]
		if !strings.Contains(string(org), from) {
			t.Fatalf("org.yaml has no %q", from)
		}
		_, err := load(embedded, fstest.MapFS{"org.yaml": {Data: []byte(strings.Replace(string(org), from, to, 1))}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

func TestEveryKeyInEveryLanguage(t *testing.T) {
	t.Parallel()
	c, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	keys := flows.SharedKeys()
	for _, f := range c.Flows {
		keys = append(keys, f.Keys()...)
	}
	for _, code := range []cases.Code{
		cases.NotFound, cases.NotAllowed, cases.NotNow, cases.AlreadyTaken, cases.Changed, cases.Incomplete, cases.UsedUp, cases.Away,
	} {
		keys = append(keys, "error."+string(code))
	}
	texts := c.Messages.Texts()
	for _, lang := range c.Languages {
		if !slices.Equal(c.Messages.Keys(lang), c.Messages.Keys(c.Languages[0])) {
			t.Errorf("%s has other keys than %s", lang, c.Languages[0])
		}
		for _, key := range keys {
			if texts[lang][key] == "" {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
	for _, op := range flows.WordOps() {
		if len(c.Messages.Words(op)) < 4 {
			t.Errorf("few words for %s: %v", op, c.Messages.Words(op))
		}
	}
	if got := c.Messages.Label("zh-Hans", "unit.canteen"); got != "员工食堂" {
		t.Errorf("unit.canteen is %q", got)
	}
}

// TestChineseStaysRespectful: people are addressed as 您 throughout the forms.
func TestChineseStaysRespectful(t *testing.T) {
	t.Parallel()
	c, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range c.Messages.Keys("zh-Hans") {
		if strings.Contains(c.Messages.Label("zh-Hans", key), "你") {
			t.Errorf("%s says 你", key)
		}
	}
}
