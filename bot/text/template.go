package text

import "strings"

// template is a text cut at its placeholders. Nearly every text of the house holds nothing but {{.Name}}, and filling that in
// by text/template, with reflection and a map for each text, takes twice as long.
type template []piece

// piece is words, and the name of the value that follows them; "" at the end.
type piece struct{ words, name string }

// compile cuts s; false when it holds more than plain placeholders. Those are left to text/template.
func compile(s string) (template, bool) {
	var t template
	for {
		words, rest, found := strings.Cut(s, "{{")
		if !found {
			return append(t, piece{words: words}), true
		}
		name, after, closed := strings.Cut(rest, "}}")
		name, dotted := strings.CutPrefix(name, ".")
		if !closed || !dotted || name == "" || strings.ContainsFunc(name, func(r rune) bool { return (r|0x20 < 'a' || r|0x20 > 'z') }) {
			return nil, false
		}
		t, s = append(t, piece{words: words, name: name}), after
	}
}

// fill puts values in; where one is missing it says so as text/template does. data are pairs of a name and a value, the last of
// a name counting.
func (t template) fill(data []any, say func(any) string) string {
	var out strings.Builder
	for _, p := range t {
		out.WriteString(p.words)
		if p.name == "" {
			break
		}
		i := len(data)/2*2 - 2
		for i >= 0 && data[i] != any(p.name) {
			i -= 2
		}
		if i < 0 {
			out.WriteString("<no value>")
			continue
		}
		out.WriteString(say(data[i+1]))
	}
	return out.String()
}
