package paper

import (
	"strings"
	"unicode"
)

// Signs that must not begin a line, and those that must not end one.
const (
	notFirst = "，。、；：？！）》」』】〕〉”’…—·％,.;:?!)]}%"
	notLast  = "（《「『【〔〈“‘([{"
)

// wide says whether a sign is one after which a line may end anywhere.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF || r == box
}

// parts says whether a line may end between two signs.
func parts(before, after rune) bool {
	switch {
	case after == ' ':
		return false
	case before == ' ':
		return true
	case strings.ContainsRune(notFirst, after), strings.ContainsRune(notLast, before):
		return false
	}
	return wide(before) || wide(after) || before == '-' && unicode.IsLetter(after)
}

// fold breaks one line of signs into lines at most width points wide. A word that is wider is broken where it must be.
func fold(line []glyph, size, width float64) [][]glyph {
	var out [][]glyph
	start, end, x := 0, 0, 0.0 // end is where the line may end, start when nowhere yet
	for i := 0; i < len(line); i++ {
		if i > start && parts(line[i-1].r, line[i].r) {
			end = i
		}
		x += line[i].ems * size
		if x <= width || line[i].r == ' ' || i == start {
			continue
		}
		if end <= start {
			end = i
		}
		out = append(out, trim(line[start:end]))
		start, x = end, 0
		i = start - 1
	}
	return append(out, trim(line[start:]))
}

// trim takes the spaces at the end off.
func trim(line []glyph) []glyph {
	for len(line) > 0 && line[len(line)-1].r == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

// long is how wide signs are in points.
func long(line []glyph, size float64) float64 {
	var w float64
	for _, g := range line {
		w += g.ems * size
	}
	return w
}
