package text_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/bot/text"
)

func smallBook(t *testing.T) *text.Book {
	t.Helper()
	b, err := text.NewBook([]string{"zh-Hans", "en"}, map[string]map[string]string{
		"zh-Hans": {"hello": "<b>您好，{{.Name}}</b>", "plain": "好", "only": "只有中文"},
		"en":      {"hello": "<b>Hello, {{.Name}}</b>", "plain": "fine", "count": "{{.N}} of {{.Of}}", "broken": "{{.N | nofunc}}"},
	}, time.FixedZone("CST", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBookSpeaks(t *testing.T) {
	t.Parallel()
	b := smallBook(t)
	for name, c := range map[string]struct{ got, want string }{
		"values are escaped":            {b.T("en", "hello", "Name", `<i>&"`), "<b>Hello, &lt;i&gt;&amp;&#34;</b>"},
		"markup stays":                  {b.T("en", "hello", "Name", text.HTML("<i>x</i>")), "<b>Hello, <i>x</i></b>"},
		"a label escapes nothing":       {b.Label("zh-Hans", "hello", "Name", "a&b"), "<b>您好，a&b</b>"},
		"numbers":                       {b.T("en", "count", "N", 3, "Of", int64(9)), "3 of 9"},
		"no values, no template":        {b.T("en", "hello"), "<b>Hello, {{.Name}}</b>"},
		"a missing key shows itself":    {b.T("en", "only"), "only"},
		"an unknown language":           {b.T("fr", "plain"), "好"},
		"a template that cannot be run": {b.T("en", "broken", "N", 1), "{{.N | nofunc}}"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	if !b.Has("zh-Hans", "only") || b.Has("en", "only") {
		t.Error("Has does not look at the language")
	}
}

func TestBookMatchesLanguages(t *testing.T) {
	t.Parallel()
	b := smallBook(t)
	for reported, want := range map[string]string{
		"zh-hans": "zh-Hans", "zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-hant-tw": "zh-Hans", "en": "en", "en-GB": "en",
		"de": "zh-Hans", "": "zh-Hans", "not a tag!": "zh-Hans",
	} {
		if got := b.Match(reported); got != want {
			t.Errorf("%q: %s, want %s", reported, got, want)
		}
	}
	if b.Pick("en") != "en" || b.Pick("EN") != "zh-Hans" || b.Pick("") != "zh-Hans" {
		t.Error("Pick takes what the book does not have")
	}
}

func TestBookSaysDays(t *testing.T) {
	t.Parallel()
	b := smallBook(t)
	night := time.Date(2026, 3, 1, 17, 5, 0, 0, time.UTC) // the second of March in the zone
	for _, c := range []struct{ got, want string }{
		{b.Day("zh-Hans", night), "2026年3月2日"}, {b.Day("en", night), "2 March 2026"},
		{b.Moment("en", night), "2 March 2026 01:05"},
		{b.ISODay("en", "2026-03-02"), "2 March 2026"}, {b.ISODay("en", "some day"), "some day"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestBookRefuses(t *testing.T) {
	t.Parallel()
	if _, err := text.NewBook(nil, nil, time.UTC); err == nil {
		t.Error("a book without languages")
	}
	if _, err := text.NewBook([]string{"not a language"}, nil, time.UTC); err == nil {
		t.Error("a language that is none")
	}
}

func TestCutAndColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 5, "short"}, {"longer", 5, "long…"}, {"a b \n c", 5, "a b…"}, {"您好世界", 3, "您好…"}, {"", 1, ""},
	} {
		if got := text.Cut(c.in, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if text.Columns("ab您") != 4 || text.Columns("") != 0 {
		t.Error("wide characters count two")
	}
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(1, 50).Draw(t, "n")
		got := text.Cut(s, n)
		if len([]rune(got)) > n {
			t.Fatalf("%d characters, want at most %d", len([]rune(got)), n)
		}
		if short, cut := strings.CutSuffix(got, "…"); cut && got != s && !strings.HasPrefix(s, short) {
			t.Fatalf("%q does not begin like %q", got, s)
		}
	})
}
