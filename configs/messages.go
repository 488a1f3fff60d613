package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huiyin/cases"
	"huiyin/flows"
)

// Messages are all texts of all languages by key, as templates, and the words people may type.
// It is a flows.Lexicon and never changes once it is loaded.
type Messages struct {
	texts map[string]map[string]text     // language → key → text
	words map[string]map[string][]string // operation's name → language → words
}

type text struct {
	body string
	at   string // file:line
}

// wordNames are the names under "word" in the locales, where they differ from the operation.
var wordNames = map[flows.Op]string{flows.OpDiscard: "discard", flows.OpSubmit: "send"}

// Label is the text under a key in a language, or "" when there is none.
func (m Messages) Label(lang, key string) string { return m.texts[lang][key].body }

// Has says whether a language has a key.
func (m Messages) Has(lang, key string) bool {
	_, ok := m.texts[lang][key]
	return ok
}

// Keys are a language's keys, sorted.
func (m Messages) Keys(lang string) []string {
	keys := make([]string, 0, len(m.texts[lang]))
	for k := range m.texts[lang] {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Texts are all texts by language and key, as a copy.
func (m Messages) Texts() map[string]map[string]string {
	all := make(map[string]map[string]string, len(m.texts))
	for lang, texts := range m.texts {
		all[lang] = make(map[string]string, len(texts))
		for k, t := range texts {
			all[lang][k] = t.body
		}
	}
	return all
}

// Words are the words of every language that mean an operation.
func (m Messages) Words(op flows.Op) []string {
	var all []string
	for _, lang := range m.languages() {
		all = append(all, m.words[wordName(op)][lang]...)
	}
	return all
}

func wordName(op flows.Op) string {
	if name, ok := wordNames[op]; ok {
		return name
	}
	return string(op)
}

func (m Messages) languages() []string {
	var langs []string
	for l := range m.texts {
		langs = append(langs, l)
	}
	slices.Sort(langs)
	return langs
}

// messages reads locales/<language>/*.yaml. Nested keys are joined by dots; a list under "word" holds words.
func (l files) messages(langs []string) (Messages, error) {
	m := Messages{texts: map[string]map[string]text{}, words: map[string]map[string][]string{}}
	var errs []error
	for _, lang := range langs {
		m.texts[lang] = map[string]text{}
		for _, name := range l.list("locales/" + lang) {
			data, err := l.read(name)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			tree, err := parser.ParseBytes(data, 0)
			if err != nil {
				errs = append(errs, flows.InFile(name, err))
				continue
			}
			for _, doc := range tree.Docs {
				errs = append(errs, m.take(lang, name, "", doc.Body)...)
			}
		}
	}
	return m, errors.Join(errs...)
}

// take adds what stands under a key, and says what is wrong with it.
func (m Messages) take(lang, file, key string, n ast.Node) []error {
	switch n := n.(type) {
	case nil, *ast.CommentGroupNode:
		return nil
	case *ast.MappingNode:
		var errs []error
		for _, v := range n.Values {
			errs = append(errs, m.take(lang, file, key, v)...)
		}
		return errs
	case *ast.MappingValueNode:
		name := n.Key.GetToken().Value
		if key != "" {
			name = key + "." + name
		}
		return m.take(lang, file, name, n.Value)
	case *ast.SequenceNode:
		return m.takeWords(lang, file, key, n)
	case *ast.LiteralNode:
		return m.add(lang, file, key, n.Value.Value, n)
	case *ast.StringNode:
		return m.add(lang, file, key, n.Value, n)
	}
	return []error{findingAt(file, n, "%s is neither a text nor a group of texts", key)}
}

func (m Messages) add(lang, file, key, body string, n ast.Node) []error {
	body = strings.TrimRight(body, "\n")
	if strings.TrimSpace(body) == "" {
		return []error{findingAt(file, n, "%s is empty", key)}
	}
	at := fmt.Sprintf("%s:%d", file, n.GetToken().Position.Line)
	if other, ok := m.texts[lang][key]; ok {
		return []error{findingAt(file, n, "%s stands in %s already", key, other.at)}
	}
	m.texts[lang][key] = text{body: body, at: at}
	return nil
}

func (m Messages) takeWords(lang, file, key string, n *ast.SequenceNode) []error {
	name, ok := strings.CutPrefix(key, "word.")
	if !ok {
		return []error{findingAt(file, n, "%s is a list; only what stands under word is", key)}
	}
	if m.words[name] == nil {
		m.words[name] = map[string][]string{}
	}
	if len(m.words[name][lang]) > 0 {
		return []error{findingAt(file, n, "%s has a list of words already", key)}
	}
	for _, v := range n.Values {
		s, ok := v.(*ast.StringNode)
		if !ok {
			return []error{findingAt(file, v, "%s holds something that is not a word; put it in quotes", key)}
		}
		m.words[name][lang] = append(m.words[name][lang], s.Value)
	}
	return nil
}

func findingAt(file string, n ast.Node, format string, args ...any) error {
	p := n.GetToken().Position
	return &flows.LintError{File: file, Line: p.Line, Column: p.Column, Text: fmt.Sprintf(format, args...)}
}

// addOrganisation puts the names of org.yaml under unit.<id>, department.<id> and org.name.
func (m Messages) addOrganisation(o cases.Organisation) {
	put := func(key string, names map[string]string) {
		for lang, name := range names {
			if texts, ok := m.texts[lang]; ok && name != "" {
				texts[key] = text{body: name, at: "org.yaml"}
			}
		}
	}
	put("org.name", o.Name)
	for _, d := range o.Departments {
		put("department."+d.ID, d.Name)
	}
	var units func(us []cases.Unit)
	units = func(us []cases.Unit) {
		for _, u := range us {
			put("unit."+u.ID, u.Name)
			units(u.Units)
		}
	}
	units(o.Units)
}

// check finds keys that a language lacks, and the texts and words that every flow needs.
func (m Messages) check() error {
	var errs []error
	langs := m.languages()
	for _, lang := range langs {
		for _, key := range m.Keys(lang) {
			for _, other := range langs {
				if !m.Has(other, key) {
					errs = append(errs, fmt.Errorf("%s: %s is missing in %s", m.texts[lang][key].at, key, other))
				}
			}
		}
		for _, key := range flows.SharedKeys() {
			if !m.Has(lang, key) {
				errs = append(errs, fmt.Errorf("locales/%s: %s is missing", lang, key))
			}
		}
		for _, op := range flows.WordOps() {
			if len(m.words[wordName(op)][lang]) == 0 {
				errs = append(errs, fmt.Errorf("locales/%s: there are no words under word.%s", lang, wordName(op)))
			}
		}
	}
	return errors.Join(errs...)
}
