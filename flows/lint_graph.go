package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// graph checks how the steps hang together. It is asked only when every part is sound by itself.
func (l *lint) graph() {
	next := make([][]int, len(l.def.Steps))
	review := -1
	for i, s := range l.def.Steps {
		if s.Kind == Review {
			review = i
		}
		for _, b := range s.Next {
			next[i] = append(next[i], l.index[b.Goto])
		}
	}
	before := make([]map[int]bool, len(next)) // before[i]: steps that may come before i
	for i := range next {
		before[i] = map[int]bool{}
	}
	reach := make([][]bool, len(next))
	for i := range next {
		reach[i] = make([]bool, len(next))
		spread(next, i, reach[i])
		for j, ok := range reach[i] {
			if ok {
				before[j][i] = true
			}
		}
	}
	start := l.index[l.def.Start]
	for i, s := range l.def.Steps {
		path := fmt.Sprintf("$.steps[%d].id", i)
		if i != start && !reach[start][i] {
			l.say(path, "step %s is never reached from %s", s.ID, l.def.Start)
		}
		if i != review && !reach[i][review] {
			l.say(path, "step %s never reaches the review", s.ID)
		}
		if reach[i][i] {
			l.say(path, "step %s is in a loop: an answered question is not asked again, so the loop has no end", s.ID)
		}
		for j, b := range s.Next {
			for _, id := range slices.Sorted(maps.Keys(b.When)) {
				if n := l.index[id]; n != i && !before[i][n] {
					l.say(fmt.Sprintf("$.steps[%d].next[%d].when.%s", i, j, id), "step %s: when names %s, which does not come before it", s.ID, id)
				}
			}
		}
		for j, other := range l.def.Steps {
			again := s.Sets != "" && s.Sets != factIdentity && i != j && other.Sets == s.Sets && before[i][j]
			if again && (s.Sets != factMode || j > i || !narrows(s)) {
				l.say(fmt.Sprintf("$.steps[%d].sets", i), "step %s sets %s, which step %s has set before it on the same path", s.ID, s.Sets, other.ID)
			}
		}
	}
}

// spread marks what can be reached from a step by at least one move.
func spread(next [][]int, from int, seen []bool) {
	for _, to := range next[from] {
		if !seen[to] {
			seen[to] = true
			spread(next, to, seen)
		}
	}
}

// messages checks that every key stands in every language. A line of help is optional, but not in one language only.
func (l *lint) messages() {
	need := func(path, key string) {
		var without []string
		for _, lang := range l.langs {
			if l.lex.Label(lang, key) == "" {
				without = append(without, lang)
			}
		}
		if len(without) > 0 {
			l.say(path, "message %s is missing in %s", key, strings.Join(without, ", "))
		}
	}
	for _, keys := range l.keys() {
		for _, k := range keys {
			if k.optional && !slices.ContainsFunc(l.langs, func(lang string) bool { return l.lex.Label(lang, k.key) != "" }) {
				continue
			}
			need(k.path, k.key)
		}
	}
}

type messageKey struct {
	key      string
	optional bool
	path     string
}

// keys are the flow's message keys: its title, then step by step, then its asides.
func (l *lint) keys() [][]messageKey {
	d := l.def
	all := [][]messageKey{{{key: d.Flow + ".title", path: "$.flow"}}}
	for i, s := range d.Steps {
		path := fmt.Sprintf("$.steps[%d]", i)
		base := d.Flow + "." + s.ID + "."
		keys := []messageKey{{key: base + "ask", path: path + ".id"}, {key: base + keyHelp, optional: true, path: path + ".id"},
			{key: base + keyHelpHidden, optional: true, path: path + ".id"}}
		switch s.Kind {
		case Info:
			keys = append(keys, messageKey{key: base + "ok", path: path + ".id"})
		case Review:
		default:
			keys = append(keys, messageKey{key: base + "title", path: path + ".id"})
		}
		for j, o := range s.Options {
			keys = append(keys, messageKey{key: base + o.ID, path: fmt.Sprintf("%s.options[%d].id", path, j)})
		}
		all = append(all, keys)
	}
	for i, a := range d.Asides {
		base := d.Flow + ".aside." + a.ID + "."
		keys := []messageKey{{key: base + "ask", path: fmt.Sprintf("$.asides[%d].id", i)}}
		for j, p := range a.Pages {
			at := fmt.Sprintf("$.asides[%d].pages[%d]", i, j)
			keys = append(keys, messageKey{key: base + p + ".title", path: at}, messageKey{key: base + p + ".text", path: at})
		}
		all = append(all, keys)
	}
	return all
}

// Keys are the message keys that the flow needs in every language, without the optional lines of help.
func (f *Flow) Keys() []string {
	var keys []string
	for _, group := range (&lint{def: f.def}).keys() {
		for _, k := range group {
			if !k.optional {
				keys = append(keys, k.key)
			}
		}
	}
	for _, s := range f.steps {
		if f.helps[s.n] {
			keys = append(keys, f.key(s.ID, keyHelp))
		}
		if f.hints[s.n] {
			keys = append(keys, f.key(s.ID, keyHelpHidden))
		}
	}
	return keys
}
