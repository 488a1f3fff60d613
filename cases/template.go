package cases

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Template is a text of the house that officers can begin a letter with. The reporter reads it, so it is in the
// reporter's language.
type Template struct {
	ID string `yaml:"template"`
	// For are the letters it suits: reply, ask, propose.
	For []Action `yaml:"for"`
	// Kinds are the kinds of matter it suits; none is all.
	Kinds []string `yaml:"kinds,omitempty"`
	// Title is its name for officers, Text what the reporter will read; both by language.
	Title map[string]string `yaml:"title"`
	Text  map[string]string `yaml:"text"`
}

// Placeholders are what a template may hold: {ref}, {kind}, {due}, {department} and {office}. They say nothing that any
// mode hides: no name, no hour, nothing anybody wrote.
func Placeholders() []string { return []string{"ref", "kind", "due", "department", "office"} }

// maxTemplate keeps a template within one message, in characters.
const maxTemplate = 3000

var placeholder = regexp.MustCompile(`\{[^{}\n]*\}`)

// Templatable lists the letters that templates are for.
func Templatable() []Action { return []Action{Reply, Ask, Propose} }

// Check says what is wrong with a template; langs and kinds are those of the house.
func (m Template) Check(langs, kinds []string) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !isID(m.ID) {
		fail("template: %q is no id", m.ID)
	}
	if len(m.For) == 0 {
		fail("for: names no letter")
	}
	for _, a := range m.For {
		if !slices.Contains(Templatable(), a) {
			fail("for: %s is no letter; want some of %v", a, Templatable())
		}
	}
	for _, k := range m.Kinds {
		if !slices.Contains(kinds, k) {
			fail("kinds: there is no kind %s", k)
		}
	}
	for _, lang := range langs {
		if strings.TrimSpace(m.Title[lang]) == "" {
			fail("title: missing in %s", lang)
		}
		text := m.Text[lang]
		if strings.TrimSpace(text) == "" {
			fail("text: missing in %s", lang)
		}
		if n := len([]rune(text)); n > maxTemplate {
			fail("text: %s has %d characters; at most %d", lang, n, maxTemplate)
		}
		for _, p := range placeholder.FindAllString(text, -1) {
			if !slices.Contains(Placeholders(), strings.Trim(p, "{}")) {
				fail("text: %s: unknown placeholder %s; there are {%s}", lang, p, strings.Join(Placeholders(), "}, {"))
			}
		}
		if rest := placeholder.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}") {
			fail("text: %s: a bracket without its other half", lang)
		}
	}
	for lang := range m.Text {
		if !slices.Contains(langs, lang) {
			fail("text: there is no language %s", lang)
		}
	}
	return errors.Join(errs...)
}

// Suits says whether a template is for a letter on a case of a kind.
func (m Template) Suits(a Action, kind string) bool {
	return slices.Contains(m.For, a) && (len(m.Kinds) == 0 || slices.Contains(m.Kinds, kind))
}

// Fill puts values in the place of placeholders; ok is false when the text asks for one that is not there or is empty,
// such as the date of a case that owes nothing.
func (m Template) Fill(lang string, values map[string]string) (text string, ok bool) {
	ok = m.Text[lang] != ""
	text = placeholder.ReplaceAllStringFunc(m.Text[lang], func(p string) string {
		name := strings.Trim(p, "{}")
		value := values[name]
		if value == "" || !slices.Contains(Placeholders(), name) {
			ok = false
		}
		return value
	})
	return strings.TrimSpace(text), ok
}
