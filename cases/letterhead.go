package cases

import (
	"fmt"
	"strings"
)

// Letterhead is whose letter it is, in one language.
type Letterhead struct {
	Name  string   `yaml:"name"`
	Lines []string `yaml:"lines,omitempty"` // the address
	Phone string   `yaml:"phone,omitempty"` // and when somebody answers it
}

// What fits at the head of a page.
const (
	maxHeadLines = 6
	maxHeadLine  = 120 // bytes
)

// Head is the letterhead in a language; without one it is the organisation's name alone.
func (o Organisation) Head(lang string) Letterhead {
	if h, ok := o.Letterhead[lang]; ok {
		return h
	}
	return Letterhead{Name: o.Name[lang]}
}

// checkLetterhead says what is wrong with it: given in one language, it must be given in all.
func (o Organisation) checkLetterhead(languages []string) (wrong []error) {
	if len(o.Letterhead) > 0 {
		for _, lang := range languages {
			if strings.TrimSpace(o.Letterhead[lang].Name) == "" {
				wrong = append(wrong, fmt.Errorf("organisation: letterhead: has no name in %s", lang))
			}
		}
	}
	for lang, h := range o.Letterhead {
		if len(h.Lines) > maxHeadLines {
			wrong = append(wrong, fmt.Errorf("organisation: letterhead: %s: more than %d lines", lang, maxHeadLines))
		}
		for _, line := range append([]string{h.Name, h.Phone}, h.Lines...) {
			if len(line) > maxHeadLine || strings.ContainsAny(line, "\n\r") {
				wrong = append(wrong, fmt.Errorf("organisation: letterhead: %s: a line is longer than %d bytes or holds a line break", lang, maxHeadLine))
			}
		}
	}
	return wrong
}
