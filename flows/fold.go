package flows

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/width"
)

// maxFolded bounds what is compared with words and labels; anything longer is somebody's story.
const maxFolded = 400 // bytes

// fold makes texts comparable: width, case and spaces do not count, nor a full stop at the end.
func fold(text string) string {
	if len(text) > maxFolded {
		return ""
	}
	text = strings.TrimSpace(text)
	if ascii(text) {
		text = strings.ToLower(text)
	} else {
		text = cases.Fold().String(width.Fold.String(text))
	}
	text = strings.TrimRight(text, ".!。｡ ")
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ")
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// number reads "2", "２", "2.", "2)" or "2、" from folded text; 0 is none.
func number(folded string) int {
	folded = strings.TrimRight(folded, ".)、､")
	if folded == "" || len(folded) > 2 {
		return 0
	}
	n := 0
	for _, r := range folded {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}
