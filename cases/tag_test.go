package cases_test

import (
	"testing"

	"pgregory.net/rapid"

	"huiyin/cases"
)

func TestParseTag(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, tag string
		ok         bool
	}{
		{"overtime", "overtime", true},
		{"#Over Time ", "over-time", true},
		{"加班费", "加班费", true},
		{"＃二号 车间", "二号-车间", true},
		{"ＡＢＣ１", "abc1", true},
		{"q3_2026", "q3_2026", true},
		{"été", "été", true},
		{"हिन्दी", "हिन्दी", true},
		{"", "", false},
		{"#", "", false},
		{"--", "--", false},
		{"a.b", "a.b", false},
		{"<b>", "<b>", false},
		{"一二三四五六七八九十一二三四五六七八九十一二三四", "一二三四五六七八九十一二三四五六七八九十一二三四", true},
		{"一二三四五六七八九十一二三四五六七八九十一二三四五", "一二三四五六七八九十一二三四五六七八九十一二三四五", false},
		{"a\x00b", "a\x00b", false},
	} {
		if tag, ok := cases.ParseTag(c.typed); ok != c.ok || ok && tag != c.tag {
			t.Errorf("ParseTag(%q) = %q, %v; want %q, %v", c.typed, tag, ok, c.tag, c.ok)
		}
	}
}

// What ParseTag gives is read as itself again, so that a button and a typed word mean the same tag.
func TestParseTagTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tag, ok := cases.ParseTag(rapid.String().Draw(t, "typed"))
		if !ok {
			return
		}
		if again, ok := cases.ParseTag(tag); !ok || again != tag {
			t.Fatalf("%q became %q, %v", tag, again, ok)
		}
	})
}
