package telegram

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplitText(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧‍👦" // 11 units
	for name, c := range map[string]struct {
		in    string
		limit int
		want  []string
	}{
		"empty":             {"", 10, nil},
		"fits":              {"hello", 5, []string{"hello"}},
		"word":              {"hello brave new world", 12, []string{"hello brave ", "new world"}},
		"paragraph":         {"one two.\n\nthree four\nfive", 20, []string{"one two.\n\n", "three four\nfive"}},
		"line":              {"one two three\nfour five. six", 24, []string{"one two three\n", "four five. six"}},
		"sentence":          {"One two three. Four five six", 24, []string{"One two three. ", "Four five six"}},
		"chinese":           {"今天加班到很晚。没有加班费！怎么办", 14, []string{"今天加班到很晚。没有加班费！", "怎么办"}},
		"chinese quote":     {"他说：“不给钱。”我很生气", 10, []string{"他说：“不给钱。”", "我很生气"}},
		"no breaks":         {"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		"surrogates":        {"😀😀😀", 3, []string{"😀", "😀", "😀"}},
		"one too wide":      {"😀a", 1, []string{"😀", "a"}},
		"family":            {family + family, 15, []string{family, family}},
		"family too wide":   {family, 4, []string{"👨‍", "👩‍", "👧‍", "👦"}},
		"flags":             {"🇨🇳🇬🇧🇫🇷", 6, []string{"🇨🇳", "🇬🇧", "🇫🇷"}},
		"skin tone":         {"ab👍🏽", 5, []string{"ab", "👍🏽"}},
		"accent":            {"abcde\u0301f", 5, []string{"abcd", "e\u0301f"}},
		"crlf":              {"abc\r\ndef", 4, []string{"abc", "\r\n", "def"}},
		"spaces stay":       {"ab   cd", 4, []string{"ab  ", " cd"}},
		"not UTF-8":         {"a\xff\xfeb", 2, []string{"a\xff", "\xfeb"}},
		"an early break":    {"a " + strings.Repeat("长", 50), 40, []string{"a " + strings.Repeat("长", 38), strings.Repeat("长", 12)}},
		"many short lines":  {"1\n2\n3\n4\n", 4, []string{"1\n2\n", "3\n4\n"}},
		"only line endings": {"\n\n\n\n\n", 2, []string{"\n\n", "\n\n", "\n"}},
	} {
		if d := cmp.Diff(c.want, SplitText(c.in, c.limit)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// checkSplit tells what every split must keep.
func checkSplit(t interface{ Errorf(string, ...any) }, s string, limit int) {
	parts := SplitText(s, limit)
	if got := strings.Join(parts, ""); got != s {
		t.Errorf("%q at %d: put together %q", s, limit, got)
	}
	for i, p := range parts {
		if p == "" {
			t.Errorf("%q at %d: piece %d is empty", s, limit, i)
		}
		if UTF16Len(p) > max(limit, 2) {
			t.Errorf("%q at %d: piece %q has %d units", s, limit, p, UTF16Len(p))
		}
		if utf8.ValidString(s) && !utf8.ValidString(p) {
			t.Errorf("%q at %d: piece %q is cut inside a character", s, limit, p)
		}
	}
}

func TestSplitTextKeepsEverything(t *testing.T) {
	t.Parallel()
	bits := []string{"a", "word ", "。", "！", "”", "\n", "\n\n", "\r\n", " ", "😀", "👨‍👩‍👧", "🇨🇳", "e\u0301", "\u200d", "؟", "עברית", "长句子", ". ", "\xff", "👍🏽"}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(bits), 0, 300).Draw(t, "bits"), "")
		checkSplit(t, s, rapid.IntRange(-1, 80).Draw(t, "limit"))
	})
	rapid.Check(t, func(t *rapid.T) {
		checkSplit(t, rapid.String().Draw(t, "s"), rapid.IntRange(2, 20).Draw(t, "limit"))
	})
}

func TestSplitTextOfALongPaste(t *testing.T) {
	t.Parallel()
	s := strings.Repeat("这是第一行，内容不少。\n", 5000)
	parts := SplitText(s, MessageLimit)
	checkSplit(t, s, MessageLimit)
	for i, p := range parts {
		if !strings.HasSuffix(p, "\n") || i < len(parts)-1 && UTF16Len(p) < MessageLimit-20 {
			t.Errorf("piece %d has %d units", i, UTF16Len(p))
		}
	}
}

func TestUTF16Len(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, want := UTF16Len(s), len(utf16.Encode([]rune(s))); got != want {
			t.Fatalf("%q: %d, want %d", s, got, want)
		}
	})
}

func FuzzSplitText(f *testing.F) {
	f.Add("hello 世界。😀\n\n", 4)
	f.Fuzz(func(t *testing.T, s string, limit int) { checkSplit(t, s, limit%5000) })
}
