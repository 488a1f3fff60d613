package flows_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"huiyin/flows"
)

// lexicon has every text but those that a case wants missing.
type lexicon struct{ missing string }

func (l lexicon) Label(lang, key string) string {
	if l.missing != "" && lang+" "+key == l.missing {
		return ""
	}
	return key
}

func (lexicon) Words(flows.Op) []string { return nil }

// TestLint reads testdata/lint/*.yaml. A line that ends in "# want: words" must be reported, with those words;
// "# missing: lang key" takes a text away. A file without a want must be sound.
func TestLint(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/lint/*.yaml")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d cases: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var lex lexicon
			want := map[int]string{}
			for i, line := range strings.Split(string(data), "\n") {
				if _, words, ok := strings.Cut(line, "# want: "); ok {
					want[i+1] = words
				}
				if _, key, ok := strings.Cut(line, "# missing: "); ok {
					lex.missing = key
				}
			}
			d, err := flows.Parse(filepath.Base(name), data)
			if err == nil {
				_, err = flows.Compile(d, lex, []string{"en", "zh-Hans"})
			}
			if len(want) == 0 && err != nil {
				t.Fatalf("refused: %v", err)
			}
			for line, words := range want {
				found := false
				for _, l := range findings(err) {
					found = found || l.Line == line && strings.Contains(l.Text, words) &&
						strings.HasPrefix(l.Error(), filepath.Base(name)+":"+strconv.Itoa(line)+":")
				}
				if !found {
					t.Errorf("line %d: nothing says %q in:\n%v", line, words, err)
				}
			}
		})
	}
}

func findings(err error) []*flows.LintError {
	var one *flows.LintError
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*flows.LintError
		for _, e := range many.Unwrap() {
			all = append(all, findings(e)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*flows.LintError{one}
	}
	return nil
}

func TestLintWithoutAFile(t *testing.T) {
	t.Parallel()
	_, err := flows.Compile(flows.Definition{Flow: "empty"}, lexicon{}, []string{"en"})
	if err == nil || !strings.Contains(err.Error(), "empty: flow empty has no review") {
		t.Errorf("got %v", err)
	}
	if _, err := flows.Parse("broken.yaml", []byte("flow: [")); err == nil || !strings.Contains(err.Error(), "broken.yaml") {
		t.Errorf("got %v", err)
	}
	if err := flows.InFile("x.yaml", errors.New("other")); err.Error() != "x.yaml: other" {
		t.Errorf("got %v", err)
	}
}

func TestMermaidIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f, _ := b.engine.Flow("complaint")
	first := f.Mermaid()
	for _, want := range []string{"s_mode{mode<br/>choice}", "s_mode -- named --> s_accept_named", "s_where -- kind: corruption / conduct --> s_want", "s_who_reach --> s_review"} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in\n%s", want, first)
		}
	}
	if first != f.Mermaid() {
		t.Error("two pictures of one flow")
	}
}
