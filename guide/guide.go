// Package guide holds what people can look up before they file: short articles, what an article must be like, and how
// one is found by the words that people type. It is pure; the articles' files are read by configs.
package guide

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Article is one article in one language.
type Article struct {
	// ID is the same in every language and is for ever: buttons in people's chats hold it.
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	// Kinds are the kinds of matter that it helps with, the one that a complaint begins with first. An article without
	// any is about how reporting works.
	Kinds []string `yaml:"kinds"`
	// Words are what people may type who do not know what it is called.
	Words []string `yaml:"words"`
	// Law are the provisions that it rests on, as they are cited.
	Law []string `yaml:"law"`
	// Pages are the texts, as written: words, **bold** and lines that begin with "- ".
	Pages []string `yaml:"-"`
}

const (
	// MaxID bounds an article's id, so that a button holds it beside a kind and a page.
	MaxID = 24
	// MaxTitle bounds a title: it is a button.
	MaxTitle = 40
	// MaxPage bounds a page in characters. Telegram would take more; nobody reads it on a phone.
	MaxPage = 1200
	// MaxPages bounds an article.
	MaxPages = 4
)

// pageBreak is a line that ends a page.
const pageBreak = "\n---\n"

var plainID = regexp.MustCompile(`^[a-z][a-z_]*$`)

// WithBody gives the article its text, cut into pages.
func (a Article) WithBody(body string) Article {
	for page := range strings.SplitSeq(strings.ReplaceAll(body, "\r\n", "\n"), pageBreak) {
		a.Pages = append(a.Pages, strings.TrimSpace(page))
	}
	return a
}

// Problems says what is wrong with an article; known tells which kinds of matter there are.
func (a Article) Problems(known func(kind string) bool) []string {
	var bad []string
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			bad = append(bad, fmt.Sprintf(format, args...))
		}
	}
	say(!plainID.MatchString(a.ID) || len(a.ID) > MaxID, "id: want at most %d small letters and _", MaxID)
	say(strings.TrimSpace(a.Title) == "", "title: is empty")
	say(utf8.RuneCountInString(a.Title) > MaxTitle, "title: is longer than %d characters", MaxTitle)
	say(len(a.Words) == 0, "words: there are none; what do people type who look for this?")
	for i, k := range a.Kinds {
		say(!known(k), "kinds: nobody in org.yaml works the kind %s", k)
		say(slices.Contains(a.Kinds[:i], k), "kinds: %s stands twice", k)
	}
	for _, w := range slices.Concat(a.Words, a.Law) {
		say(strings.TrimSpace(w) == "", "words, law: one is empty")
	}
	say(len(a.Pages) > MaxPages, "has %d pages; want at most %d", len(a.Pages), MaxPages)
	for i, p := range a.Pages {
		n := utf8.RuneCountInString(p)
		say(n == 0, "page %d is empty", i+1)
		say(n > MaxPage, "page %d has %d characters; want at most %d: put a line --- where the next page begins", i+1, n, MaxPage)
		for line := range strings.Lines(p) {
			say(strings.Count(line, "**")%2 != 0, "page %d: bold that does not end in its line: %s", i+1, strings.TrimSpace(line))
			say(strings.HasPrefix(line, "#"), "page %d: a heading; want bold: %s", i+1, strings.TrimSpace(line))
		}
	}
	return bad
}

var bold = regexp.MustCompile(`\*\*(.+?)\*\*`)

// HTML is a page as Telegram's markup. n counts from 0 and is brought within the article.
func (a Article) HTML(n int) string {
	if len(a.Pages) == 0 {
		return ""
	}
	lines := strings.Split(html.EscapeString(a.Pages[min(max(n, 0), len(a.Pages)-1)]), "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "- "); ok {
			l = "• " + rest
		}
		lines[i] = bold.ReplaceAllString(l, "<b>$1</b>")
	}
	return strings.Join(lines, "\n")
}

// Guide is all articles in all languages, ready to be searched. It never changes after New and is safe for concurrent
// use. The zero Guide is empty.
type Guide struct {
	ids      []string
	articles map[string]map[string]Article // language → id
	index    index
}

// New makes a guide of articles by language, the first language's order being the order of lists. It takes them as they
// are: Problems and Gaps say what is wrong.
func New(langs []string, articles map[string][]Article) Guide {
	g := Guide{articles: map[string]map[string]Article{}}
	for _, lang := range langs {
		g.articles[lang] = map[string]Article{}
		for _, a := range articles[lang] {
			if !slices.Contains(g.ids, a.ID) {
				g.ids = append(g.ids, a.ID)
			}
			g.articles[lang][a.ID] = a
		}
	}
	g.index = newIndex(g)
	return g
}

// Gaps says which articles differ between languages in more than their words.
func (g Guide) Gaps(langs []string) []string {
	var bad []string
	for _, id := range g.ids {
		first, ok := g.articles[langs[0]][id]
		for _, lang := range langs {
			a, there := g.articles[lang][id]
			switch {
			case !there:
				bad = append(bad, fmt.Sprintf("guide/%s: there is no article %s", lang, id))
			case ok && !slices.Equal(a.Kinds, first.Kinds):
				bad = append(bad, fmt.Sprintf("guide/%s/%s.md: kinds: other ones than in %s", lang, id, langs[0]))
			case ok && len(a.Law) != len(first.Law):
				bad = append(bad, fmt.Sprintf("guide/%s/%s.md: law: %d provisions, and %d in %s", lang, id, len(a.Law), len(first.Law), langs[0]))
			}
		}
	}
	return bad
}

// IDs are the ids of all articles, in the order of lists.
func (g Guide) IDs() []string { return slices.Clone(g.ids) }

// Article is an article in a language.
func (g Guide) Article(lang, id string) (Article, bool) {
	a, ok := g.articles[lang][id]
	return a, ok
}

// About lists the articles about a kind of matter: those that it comes first in first, and of these those that are about
// the fewest others. Kind "" means those that are about none.
func (g Guide) About(kind string) []string {
	var first, other []string
	for _, id := range g.ids {
		kinds := g.kinds(id)
		switch {
		case kind == "" && len(kinds) == 0, len(kinds) > 0 && kinds[0] == kind:
			first = append(first, id)
		case slices.Contains(kinds, kind):
			other = append(other, id)
		}
	}
	slices.SortStableFunc(first, func(a, b string) int { return len(g.kinds(a)) - len(g.kinds(b)) })
	return append(first, other...)
}

func (g Guide) kinds(id string) []string {
	for _, of := range g.articles {
		if a, ok := of[id]; ok {
			return a.Kinds
		}
	}
	return nil
}
