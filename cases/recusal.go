package cases

import (
	"slices"
	"strings"
	"unicode"
)

// Involved gives the officers who must have nothing to do with a case: those whom the words name, and those who head
// the unit it is about or one around it. Names are matched whole, in any case and spacing; a name that two officers
// bear recuses both. The result ascends.
func Involved(officers []Officer, heads []string, b *Body) []OfficerID {
	spoken := folded(b)
	var out []OfficerID
	for _, o := range officers {
		named := slices.ContainsFunc(heads, func(h string) bool { return same(h, o.Name) })
		if named || spoken.names(o.Name) {
			out = append(out, o.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// said is what somebody said, ready to look for names in.
type said struct {
	spaced string // lower case, every run of what is no letter or digit one space, spaces at both ends and around Chinese
	packed string // without any
}

func folded(b *Body) said {
	if b == nil {
		return said{}
	}
	parts := []string{b.Text}
	for _, f := range b.Fields {
		parts = append(parts, f.Text...)
	}
	spaced := spacedOut(strings.Join(parts, "\n"))
	return said{spaced: spaced, packed: strings.ReplaceAll(spaced, " ", "")}
}

// names says whether a name is said. Chinese is written without spaces, so there a name is looked for anywhere, and a
// foreign name may stand right between its characters.
func (w said) names(name string) bool {
	look := spacedOut(name)
	packed := strings.ReplaceAll(look, " ", "")
	if packed == "" {
		return false
	}
	if strings.ContainsFunc(packed, isHan) {
		return len([]rune(packed)) > 1 && strings.Contains(w.packed, packed)
	}
	return strings.Contains(w.spaced, look)
}

func same(a, b string) bool { return spacedOut(a) == spacedOut(b) && spacedOut(a) != " " }

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func spacedOut(s string) string {
	var out strings.Builder
	out.WriteByte(' ')
	gap, han := true, false
	for _, r := range strings.ToLower(s) {
		if r >= '！' && r <= '～' { // full width
			r = unicode.ToLower(r - ('！' - '!'))
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if !gap && isHan(r) != han {
				out.WriteByte(' ')
			}
			out.WriteRune(r)
			gap, han = false, isHan(r)
		} else if !gap {
			out.WriteByte(' ')
			gap = true
		}
	}
	if !gap {
		out.WriteByte(' ')
	}
	return out.String()
}
