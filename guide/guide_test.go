package guide

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func small() Guide {
	return New([]string{"zh-Hans", "en"}, map[string][]Article{
		"zh-Hans": {
			Article{ID: "cat", Title: "猫的事", Kinds: []string{"pets", "home"}, Words: []string{"小猫咪"}}.WithBody("喂食"),
			Article{ID: "dog", Title: "狗的事", Kinds: []string{"pets"}, Words: []string{"小狗"}}.WithBody("遛狗"),
			Article{ID: "rules", Title: "规则", Words: []string{"守则"}}.WithBody("一\n---\n二"),
		},
		"en": {
			Article{ID: "cat", Title: "Cats", Kinds: []string{"pets", "home"}, Words: []string{"kitten"}}.WithBody("Feed it."),
			Article{ID: "dog", Title: "Dogs", Kinds: []string{"pets"}, Words: []string{"puppy"}}.WithBody("Walk it."),
			Article{ID: "rules", Title: "Rules", Words: []string{"regulations"}}.WithBody("One\n---\nTwo"),
		},
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	g := small()
	for kind, want := range map[string]string{"pets": "dog cat", "home": "cat", "": "rules", "none": ""} {
		if got := strings.Join(g.About(kind), " "); got != want {
			t.Errorf("%q: %q, want %q", kind, got, want)
		}
	}
	if bad := g.Gaps([]string{"zh-Hans", "en"}); len(bad) != 0 {
		t.Error(bad)
	}
	if bad := g.Gaps([]string{"zh-Hans", "en", "fr"}); len(bad) != 3 {
		t.Errorf("a language without articles: %v", bad)
	}
	if _, ok := g.Article("fr", "cat"); ok {
		t.Error("an article in a language that is not there")
	}
	if got := (Guide{}).Search("cat"); got != nil {
		t.Errorf("the empty guide finds %v", got)
	}
}

func TestSearchCompares(t *testing.T) {
	t.Parallel()
	g := small()
	for typed, want := range map[string]string{
		"小猫": "cat", "KITTENS": "cat", "kiten": "cat", "ｋｉｔｔｅｎ": "cat", "puppies!": "dog", "我的小狗puppy": "dog", "regluations": "rules",
		"the": "", "小": "", "": "", "horse": "", "cot": "", // too short to be a slip of cat
	} {
		got := g.Search(typed)
		if (want == "") != (len(got) == 0) || want != "" && got[0] != want {
			t.Errorf("%q finds %v, want %q", typed, got, want)
		}
	}
}

func TestSlip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"wages", "wages", true}, {"wages", "wagse", true}, {"wages", "wage", true}, {"wages", "wabes", true}, {"wages", "wabe", false},
		{"arbitration", "arbitraton", true}, {"arbitration", "arbitarton", true}, {"arbitration", "arbiraten", false},
		{"pay", "pray", false}, {"", "", false}, {"overtime", "time", false},
	} {
		if got := slip(c.a, c.b); got != c.want || slip(c.b, c.a) != c.want {
			t.Errorf("%s, %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()
	a := Article{}.WithBody("**Now** & <b>then</b>\n- one **two** three\r\n---\r\nlast\n")
	if len(a.Pages) != 2 {
		t.Fatalf("%q", a.Pages)
	}
	if got := a.HTML(0); got != "<b>Now</b> &amp; &lt;b&gt;then&lt;/b&gt;\n• one <b>two</b> three" {
		t.Errorf("%q", got)
	}
	if a.HTML(-3) != a.HTML(0) || a.HTML(9) != "last" || (Article{}).HTML(0) != "" {
		t.Error("a page outside the article")
	}
}

// TestSearchTakesAnything: whatever is typed, the answer is a short list of different articles, and always the same.
func TestSearchTakesAnything(t *testing.T) {
	t.Parallel()
	g := small()
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z]{1,9} |小猫|小狗|[一-龥]){0,9}`)).Draw(t, "typed")
		got := g.Search(typed)
		if len(got) > MaxFound || !slices.Equal(got, g.Search(typed)) {
			t.Fatalf("%v", got)
		}
		for i, id := range got {
			if !slices.Contains(g.IDs(), id) || slices.Contains(got[:i], id) {
				t.Fatalf("%v", got)
			}
		}
	})
}
