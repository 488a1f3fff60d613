package flows

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Rule is what was found in a passage that could point to the person who wrote it.
type Rule string

// The rules.
const (
	RuleName      Rule = "name"      // the person's own name, or how they introduce themself
	RulePhone     Rule = "phone"     // a telephone number
	RuleEmail     Rule = "email"     // an e-mail address
	RuleHandle    Rule = "handle"    // a WeChat or QQ account
	RuleStaff     Rule = "staff"     // an employee's number
	RuleIDCard    Rule = "id_card"   // a Chinese ID card's number
	RuleTime      Rule = "time"      // a day and a time to the minute
	RuleOnly      Rule = "only"      // "I am the only one"
	RuleWork      Rule = "work"      // where the person works, in their own words
	RuleSmall     Rule = "small"     // a unit of a few people
	RuleSignature Rule = "signature" // a name under the text
	RuleFile      Rule = "file"      // a file's name that holds a person's name or number
	RuleVoice     Rule = "voice"     // a voice that was sent before the person chose to hide
)

// Rules are all rules.
func Rules() []Rule {
	return []Rule{
		RuleName, RulePhone, RuleEmail, RuleHandle, RuleStaff, RuleIDCard, RuleTime, RuleOnly, RuleWork, RuleSmall,
		RuleSignature, RuleFile, RuleVoice,
	}
}

// Key is the message key that says in words what was found.
func (r Rule) Key() string { return "pointers.rule." + string(r) }

// Pointer is a passage of a draft that could say who wrote it.
type Pointer struct {
	Step string
	// Part is the message of the answer, -1 for an answer that was chosen.
	Part int
	// From and To are the passage in characters of the part's text; of the file's name for RuleFile; both 0 for
	// RuleSmall and RuleVoice.
	From, To int
	Rule     Rule
}

const (
	// smallUnit is how many people must work in a unit for its name to point at nobody.
	smallUnit = 10
	// maxPointers bounds what is looked at: a text that holds more is a list of numbers.
	maxPointers = 100
)

// About is what the rules need to know besides the draft.
type About struct {
	// Size is how many people work in a unit, 0 when that is not known.
	Size func(unit string) int
}

// Pointers finds passages that could say who wrote a draft, in the order of the path: the steps that were asked. It
// knows the person's name from the first step of the path that asks for their identity. What the steps of identity
// hold is sealed apart and never flagged. It reads nothing but its arguments, and the same draft gives the same list.
func Pointers(d Draft, path []StepDefinition, about About) []Pointer {
	own := ownWords(d, path)
	var all []Pointer
	for _, s := range path {
		a, ok := d.Answers[s.ID]
		if !ok || s.Sets == factIdentity {
			continue
		}
		if n := 0; s.Kind == Place && a.Option != "" && about.Size != nil {
			if n = about.Size(a.Option); n > 0 && n < smallUnit {
				all = append(all, Pointer{Step: s.ID, Part: -1, Rule: RuleSmall})
			}
		}
		for i, p := range a.Parts {
			found := inText(p.Text, own)
			for _, m := range d.Marks {
				if m.Step == s.ID && m.Message == p.Message && 0 <= m.From && m.From < m.To && m.To <= utf8.RuneCountInString(p.Text) {
					found = append(found, Pointer{From: m.From, To: m.To, Rule: RuleName})
				}
			}
			found = tidy(found)
			if p.File != nil {
				if from, to, ok := inFileName(p.File.Name, own); ok {
					found = append(found, Pointer{From: from, To: to, Rule: RuleFile})
				}
				if p.File.voice() && !d.Voiced {
					found = append(found, Pointer{Rule: RuleVoice})
				}
			}
			for _, f := range found {
				f.Step, f.Part = s.ID, i
				all = append(all, f)
			}
			if len(all) >= maxPointers {
				return all[:maxPointers]
			}
		}
	}
	return all
}

// tidy sorts what was found in one text and keeps one of what overlaps: the first, of those the longest.
func tidy(found []Pointer) []Pointer {
	slices.SortFunc(found, func(a, b Pointer) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To), cmp.Compare(a.Rule, b.Rule))
	})
	end := 0
	return slices.DeleteFunc(found, func(p Pointer) bool {
		if p.From < end {
			return true
		}
		end = p.To
		return false
	})
}

// words of the person about themself that would give them away elsewhere.
type ownWord struct {
	text  []rune // folded
	latin bool   // to be found as a whole word only
}

// ownWords are the name in the first answer about the person's identity, and what holds figures or @ in all of them.
// A department is no secret by itself: it may well be where the matter happened.
func ownWords(d Draft, path []StepDefinition) []ownWord {
	var own []ownWord
	name := true
	for _, s := range path {
		a, ok := d.Answers[s.ID]
		if s.Sets != factIdentity {
			continue
		}
		if ok {
			for _, p := range a.Parts {
				own = append(own, ownIn(p.Text, name)...)
			}
		}
		name = false
	}
	return own
}

func ownIn(text string, name bool) []ownWord {
	var own []ownWord
	take := func(w string) {
		r := []rune(strings.TrimSpace(w))
		if len(r) >= 2 && len(r) <= 60 {
			own = append(own, ownWord{text: r, latin: ascii(string(r))})
		}
	}
	for _, piece := range strings.FieldsFunc(narrow(text), func(r rune) bool { return strings.ContainsRune(",，、;；/|。:：()（）\n\t", r) }) {
		for _, w := range strings.Fields(piece) {
			if strings.ContainsRune(w, '@') || figures(w) >= 4 {
				take(w)
			}
		}
		piece = strings.TrimFunc(piece, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsDigit(r) })
		if n := utf8.RuneCountInString(piece); !name || figures(piece) > 0 || n > 40 || !ascii(piece) && n > 5 {
			continue // words, not a name
		}
		take(piece)
	}
	return own
}

func figures(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// narrow folds full-width signs, one character to one, so that places in the text stay what they are.
func narrow(text string) string {
	if ascii(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r == '\u3000' {
			return ' '
		}
		if r >= '！' && r <= '～' {
			return width.LookupRune(r).Narrow()
		}
		return r
	}, text)
}

// ownPlaces finds the person's own words in a folded text.
func ownPlaces(text []rune, own []ownWord) []Pointer {
	var found []Pointer
	for _, w := range own {
		for i := 0; i+len(w.text) <= len(text); i++ {
			if !same(text[i:i+len(w.text)], w.text) {
				continue
			}
			if w.latin && (i > 0 && wordRune(text[i-1]) || i+len(w.text) < len(text) && wordRune(text[i+len(w.text)])) {
				continue
			}
			found = append(found, Pointer{From: i, To: i + len(w.text), Rule: RuleName})
			if len(found) >= maxPointers {
				return found
			}
		}
	}
	return found
}

func same(a, b []rune) bool {
	for i := range a {
		if a[i] != b[i] && unicode.ToLower(a[i]) != unicode.ToLower(b[i]) {
			return false
		}
	}
	return true
}

// wordRune is a letter or figure of a word that is written with spaces around it.
func wordRune(r rune) bool { return r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
