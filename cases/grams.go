package cases

import (
	"slices"
	"strings"
)

// What is searched for is compared with what was said by small pieces, grams, which a store may keep in a form that tells
// nothing of them: of Chinese every two neighbouring characters, of other words the beginnings and every three letters.
// Whatever holds a word holds its grams; the other way round it has to be read.

const (
	// mostGrams bounds what is kept of one case: about ten thousand characters.
	mostGrams = 8192
	// mostAsked bounds what is asked with; more grams find no fewer cases.
	mostAsked = 24
	// longestWord is how much of a word counts, in letters.
	longestWord = 40
)

// Searched says whether an event's words can be searched for: what went between reporter and office, and notes. Why
// somebody asked for what is sealed, and what a panel's members think, is not.
func Searched(e Event) bool {
	switch e.Kind {
	case Filed, Added, Joined, Answered, Asked, Replied, Noted, Accepted, NotAccepted, Redirected, ClosedEvent:
		return e.Body != nil
	}
	return false
}

// Grams gives the grams of what was said, in order and each once.
func Grams(b *Body) []string {
	out := grams(nil, folded(b).spaced)
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), mostGrams)]
}

// grams appends the grams of words that spacedOut has set apart.
func grams(out []string, spaced string) []string {
	for _, word := range strings.Fields(spaced) {
		letters := []rune(word)
		if isHan(letters[0]) {
			for i := range len(letters) - 1 {
				out = append(out, string(letters[i:i+2]))
			}
			continue
		}
		letters = letters[:min(len(letters), longestWord)]
		for n := 1; n <= min(len(letters), 2); n++ {
			out = append(out, "^"+string(letters[:n]))
		}
		for i := range max(len(letters)-2, 0) {
			out = append(out, string(letters[i:i+3]))
		}
	}
	return out
}

// Grams gives what a case must hold to be worth reading; none when the words are too short to be looked for.
func (q Query) Grams() []string {
	var out []string
	for _, w := range q.Words {
		out = grams(out, spacedOut(w))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), mostAsked)]
}

// Said says whether all words of a query stand in what was said: Chinese anywhere, other words from their beginning.
func (q Query) Said(bodies []*Body) bool {
	if len(q.Words) == 0 {
		return false
	}
	text := make([]said, len(bodies))
	for i, b := range bodies {
		text[i] = folded(b)
	}
	for _, word := range q.Words {
		if !slices.ContainsFunc(text, func(w said) bool { return w.holds(word) }) {
			return false
		}
	}
	return true
}

func (w said) holds(word string) bool {
	look := strings.TrimRight(spacedOut(word), " ")
	packed := strings.ReplaceAll(look, " ", "")
	if packed == "" {
		return false
	}
	if strings.ContainsFunc(packed, isHan) {
		return strings.Contains(w.packed, packed)
	}
	return strings.Contains(w.spaced, look)
}
