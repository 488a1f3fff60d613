package cases

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// MaxTags is how many tags a case bears.
	MaxTags = 12
	// maxTag is how long a tag is, in characters.
	maxTag = 24
)

// ParseTag reads a tag as people type it: in any case and width, with or without #, words joined by -. It holds letters
// of any script, digits, - and _, at most 24. ok is false when that leaves nothing, or when something else was typed.
func ParseTag(s string) (tag string, ok bool) {
	s = strings.ToLower(norm.NFKC.String(strings.TrimLeft(strings.TrimSpace(s), "#＃")))
	s = strings.Join(strings.Fields(s), "-")
	return s, isTag(s)
}

func isTag(s string) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxTag || s != strings.ToLower(norm.NFKC.String(s)) {
		return false
	}
	named := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			named = true
		case r != '-' && r != '_' && !unicode.IsMark(r):
			return false
		}
	}
	return named
}
