package text_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"huiyin/bot/text"
	"huiyin/configs"
)

// load reads the configuration once: it never changes.
var load = sync.OnceValues(func() (*configs.Config, error) { return configs.Load("") })

func realBook(t testing.TB) (*text.Book, *configs.Config) {
	t.Helper()
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := c.Org.Location()
	if err != nil {
		t.Fatal(err)
	}
	b, err := text.NewBook(c.Languages, c.Messages.Texts(), zone)
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestEveryTextRenders fills every text of every language with values that are no markup.
func TestEveryTextRenders(t *testing.T) {
	t.Parallel()
	book, c := realBook(t)
	texts := c.Messages.Texts()
	for _, lang := range c.Languages {
		for key, raw := range texts[lang] {
			names := placeholders(raw)
			if strings.Count(raw, "{{") != len(placeholder.FindAllString(raw, -1)) {
				t.Errorf("%s %s: a template that is more than a value: %s", lang, key, raw)
			}
			if diff := cmp.Diff(placeholders(texts[c.Languages[0]][key]), names); diff != "" {
				t.Errorf("%s %s has other values than %s (-%s +%s):\n%s", lang, key, c.Languages[0], c.Languages[0], lang, diff)
			}
			var pairs []any
			for _, n := range names {
				pairs = append(pairs, n, "<b>R&D "+n)
			}
			got := book.T(lang, key, pairs...)
			if err := strict(got); err != nil {
				t.Errorf("%s %s: %v: %s", lang, key, err, got)
			}
			if n := utf8.RuneCountInString(got); n > 2000 {
				t.Errorf("%s %s: %d characters are more than anybody reads", lang, key, n)
			}
			for _, n := range names {
				if !strings.Contains(got, "&lt;b&gt;R&amp;D "+n) {
					t.Errorf("%s %s: the value of %s is missing: %s", lang, key, n, got)
				}
			}
		}
	}
}

// sources reads all code of bot/, tests left out.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

var usedKey = regexp.MustCompile(`"((?:note|kept|digest|together|intake|guide|letter|export|desk|error|prompt|way|notice|clock|status|event|command|code|language|complaint)\.[a-z_.]*)"`)

// TestEveryKeyInTheCodeExists: a key that is missing shows as itself, which no person should ever see.
func TestEveryKeyInTheCodeExists(t *testing.T) {
	t.Parallel()
	_, c := realBook(t)
	keys := c.Messages.Keys(c.Languages[0])
	found := 0
	for _, m := range usedKey.FindAllStringSubmatch(sources(t), -1) {
		key := m[1]
		found++
		// Screens of the desk are named like keys, one key is tried before another, and a key may be built from its beginning.
		if slices.Contains([]string{"desk.home", "desk.case", "desk.queue", "desk.search", "desk.staff", "desk.person", "desk.invite", "desk.code", "desk.askin", "desk.reception", "desk.bulk", "desk.link", "desk.tag", "desk.export", "desk.keep", "complaint.matter."}, key) {
			continue
		}
		if !slices.ContainsFunc(keys, func(k string) bool {
			return k == key || (strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_")) && strings.HasPrefix(k, key)
		}) {
			t.Errorf("there is no text %s", key)
		}
	}
	if found < 100 {
		t.Errorf("only %d keys are found in the code", found)
	}
}

var onPress = regexp.MustCompile(`(?:Alert|Toast|tell|refuse)\(\s*"([a-z._]+)"`)

// TestWordsOnPressesAreShort: an answer to a press shows no markup and at most 200 characters.
func TestWordsOnPressesAreShort(t *testing.T) {
	t.Parallel()
	book, c := realBook(t)
	check := map[string]bool{}
	for _, m := range onPress.FindAllStringSubmatch(sources(t), -1) {
		check[m[1]] = true
	}
	for _, key := range c.Messages.Keys(c.Languages[0]) {
		if strings.HasPrefix(key, "error.") || strings.HasPrefix(key, "note.") {
			check[key] = true
		}
	}
	if len(check) < 20 {
		t.Fatalf("only %d words are found", len(check))
	}
	for key := range check {
		for _, lang := range c.Languages {
			raw := c.Messages.Label(lang, key)
			var pairs []any
			for _, n := range placeholders(raw) {
				pairs = append(pairs, n, "HY-7K3M-9Q2X")
			}
			s := book.Label(lang, key, pairs...)
			if n := utf8.RuneCountInString(s); n == 0 || n > 190 {
				t.Errorf("%s %s: %d characters", lang, key, n)
			}
			if strings.ContainsAny(s, "<>&") && !strings.HasPrefix(key, "error.group") {
				t.Errorf("%s %s shows markup: %s", lang, key, s)
			}
		}
	}
}

// TestLabelsArePlain: buttons, titles and commands show no markup, and Telegram bounds commands.
func TestLabelsArePlain(t *testing.T) {
	t.Parallel()
	_, c := realBook(t)
	label := regexp.MustCompile(`(^|\.)(button|move|filter|command|title|way|option|outcome|rating|role|status|clock|event_name|file|kind|tongue|form)\.|\.title$|^(command|way|option|date|unit|department|placeholder)\.|\.ok$`)
	screens := regexp.MustCompile(`^desk\.(queue|home|past|card|whoami|done|sent)\.|^form\.discard|\.ask$|\.help$|\.text$`)
	n := 0
	for _, lang := range c.Languages {
		for _, key := range c.Messages.Keys(lang) {
			s := c.Messages.Label(lang, key)
			if strings.Contains("."+key, ".command.") {
				if u := utf8.RuneCountInString(s); u < 1 || u > 256 || strings.Contains(s, "\n") {
					t.Errorf("%s %s: %d characters", lang, key, u)
				}
			}
			if !label.MatchString(key) || screens.MatchString(key) {
				continue
			}
			n++
			if strings.ContainsAny(s, "<>&\n") {
				t.Errorf("%s %s is a label with markup: %s", lang, key, s)
			}
			if w := text.Columns(s); strings.HasPrefix(key, "placeholder.") && utf8.RuneCountInString(s) > 64 || w > 80 {
				t.Errorf("%s %s is %d columns wide", lang, key, w)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d labels are found", n)
	}
}
