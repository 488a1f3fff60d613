package cases_test

import (
	"strings"
	"testing"

	"huiyin/cases"
)

func TestTemplateCheck(t *testing.T) {
	t.Parallel()
	both := func(s string) map[string]string { return map[string]string{"en": s, "zh-Hans": s} }
	good := func() cases.Template {
		return cases.Template{ID: "later", For: []cases.Action{cases.Reply}, Title: both("Later"), Text: both("Case {ref}: by {due}.")}
	}
	for name, c := range map[string]struct {
		change func(*cases.Template)
		want   string // "" is nothing wrong
	}{
		"good":             {func(*cases.Template) {}, ""},
		"a kind":           {func(m *cases.Template) { m.Kinds = []string{"pay"} }, ""},
		"no id":            {func(m *cases.Template) { m.ID = "Later!" }, "is no id"},
		"no letter":        {func(m *cases.Template) { m.For = nil }, "names no letter"},
		"another act":      {func(m *cases.Template) { m.For = []cases.Action{cases.Assign} }, "assign is no letter"},
		"unknown kind":     {func(m *cases.Template) { m.Kinds = []string{"weather"} }, "no kind weather"},
		"a language less":  {func(m *cases.Template) { delete(m.Text, "zh-Hans") }, "missing in zh-Hans"},
		"a title less":     {func(m *cases.Template) { delete(m.Title, "en") }, "title: missing in en"},
		"a language more":  {func(m *cases.Template) { m.Text["fr"] = "x" }, "no language fr"},
		"unknown":          {func(m *cases.Template) { m.Text["en"] = "Dear {name}" }, "unknown placeholder {name}"},
		"spelled wrong":    {func(m *cases.Template) { m.Text["en"] = "{Ref}" }, "unknown placeholder {Ref}"},
		"half a bracket":   {func(m *cases.Template) { m.Text["en"] = "{ref" }, "without its other half"},
		"nested":           {func(m *cases.Template) { m.Text["en"] = "{{ref}}" }, "without its other half"},
		"longer than many": {func(m *cases.Template) { m.Text["en"] = strings.Repeat("x", 3001) }, "at most 3000"},
	} {
		m := good()
		c.change(&m)
		err := m.Check([]string{"en", "zh-Hans"}, []string{"pay"})
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTemplateFill(t *testing.T) {
	t.Parallel()
	m := cases.Template{Text: map[string]string{"en": "Case {ref} of {office}, by {due}.\n"}}
	all := map[string]string{"ref": "HY-1", "office": "Echo {kind}", "due": "Friday"}
	if got, ok := m.Fill("en", all); !ok || got != "Case HY-1 of Echo {kind}, by Friday." {
		t.Errorf("%q, %v: what is filled in is not filled again", got, ok)
	}
	delete(all, "due")
	if _, ok := m.Fill("en", all); ok {
		t.Error("filled without a date")
	}
	if _, ok := m.Fill("fr", all); ok {
		t.Error("filled in a language that it does not have")
	}
}
