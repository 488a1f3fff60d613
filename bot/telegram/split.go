package telegram

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MessageLimit is the longest text of a message, CaptionLimit the longest
// caption, both in UTF-16 units.
const (
	MessageLimit = 4096
	CaptionLimit = 1024
)

// UTF16Len gives the length of s in UTF-16 units, the measure of all of
// Telegram's limits and offsets. A byte that is not UTF-8 counts one.
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n += units(r)
	}
	return n
}

func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// The places where a text may be cut, best first.
const (
	atParagraph = iota
	atLine
	atSentence
	atWord
	atCharacter // between what a reader takes for two characters
	atRune
	cuts
)

// SplitText cuts plain text into pieces of at most limit UTF-16 units (at
// least 2), at the best place that does not leave a piece too short: a
// paragraph, a line, a sentence, a word, a character. The pieces put together
// are s; "" has none. A piece may be white space only, which Telegram refuses to send.
func SplitText(s string, limit int) []string {
	limit = max(limit, 2)
	var out []string
	for s != "" {
		n := cut(s, limit)
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

// cut gives the length in bytes of the first piece of s.
func cut(s string, limit int) int {
	var at, full [cuts]int // last place of each kind, in bytes and in units
	var g graphemes
	prev, used := rune(-1), 0
	for i, r := range s {
		if prev >= 0 {
			kind := atRune
			if g.between(prev, r) {
				kind = placeBetween(s[:i], prev, r)
			}
			at[kind], full[kind] = i, used
		}
		if used+units(r) > limit {
			return best(at, full, limit)
		}
		used += units(r)
		g.add(r)
		prev = r
	}
	return len(s)
}

// best chooses among the places found: the best kind that fills half of the
// limit, else an eighth; below that, text without breaks is cut where it is full.
func best(at, full [cuts]int, limit int) int {
	for _, least := range [...]int{limit / 2, limit / 8} {
		for kind := atParagraph; kind <= atWord; kind++ {
			if at[kind] > 0 && full[kind] >= least {
				return at[kind]
			}
		}
	}
	last := 0
	for kind := atParagraph; kind <= atCharacter; kind++ {
		last = max(last, at[kind])
	}
	if last == 0 {
		last = at[atRune]
	}
	return last
}

// placeBetween tells what lies between prev and next, head being everything up to next.
func placeBetween(head string, prev, next rune) int {
	switch {
	case prev == '\n' && next != '\n':
		if h := strings.TrimSuffix(strings.TrimSuffix(head, "\n"), "\r"); strings.HasSuffix(h, "\n") {
			return atParagraph
		}
		return atLine
	case strings.ContainsRune("。！？…", prev) && !closes(next) && !strings.ContainsRune("。！？…", next):
		return atSentence
	case closes(prev) && !closes(next) && afterStop(head):
		return atSentence
	case unicode.IsSpace(prev) && !unicode.IsSpace(next):
		if h := strings.TrimRight(head, " \t"); strings.HasSuffix(h, ".") || strings.HasSuffix(h, "!") || strings.HasSuffix(h, "?") {
			return atSentence
		}
		return atWord
	}
	return atCharacter
}

// closes tells closing quotes and brackets, which belong to the sentence before them.
func closes(r rune) bool { return strings.ContainsRune("」』”’）》】)", r) }

// afterStop tells whether head ends with a Chinese full stop and closing marks.
func afterStop(head string) bool {
	for head != "" {
		r, n := utf8.DecodeLastRuneInString(head)
		if !closes(r) {
			return strings.ContainsRune("。！？…", r)
		}
		head = head[:len(head)-n]
	}
	return false
}

// graphemes finds the borders of what a reader takes for one character: a
// small part of Unicode's rules (UAX #29) that covers accents, emoji with
// joiners, skin tones and variants, flags, CR LF and Korean letters.
type graphemes struct {
	flags int // regional indicators in a row up to here
}

// add notes that r comes next.
func (g *graphemes) add(r rune) {
	if flag(r) {
		g.flags++
	} else {
		g.flags = 0
	}
}

// between tells whether the text may be cut between prev, which was added last, and next.
func (g *graphemes) between(prev, next rune) bool {
	const joiner = 0x200D
	switch {
	case prev == '\r' && next == '\n':
		return false
	case prev == '\r' || prev == '\n':
		return true
	case next == joiner, prev == joiner,
		next >= 0x300 && unicode.In(next, unicode.Mn, unicode.Me, unicode.Mc),
		next >= 0x1F3FB && next <= 0x1F3FF, // skin tones
		next >= 0xE0020 && next <= 0xE007F: // tags of regional flags
		return false
	case flag(prev) && flag(next):
		return g.flags%2 == 0
	case hangul(next) && hangul(prev):
		return false
	}
	return true
}

func flag(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// hangul tells the letters that combine into syllables (not whole syllables).
func hangul(r rune) bool { return r >= 0x1100 && r <= 0x11FF }
