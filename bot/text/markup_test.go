package text_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	tagPattern    = regexp.MustCompile(`</?([a-z]+)>`)
	entityPattern = regexp.MustCompile(`&(?:lt|gt|amp|quot|#\d+);`)
	simpleTags    = []string{"b", "i", "u", "s", "code", "pre", "blockquote"}
)

// strict checks markup the way we write it: simple tags, closed in their order, and every other sign escaped.
// It is stricter than Telegram, which lets a lone "&" through.
func strict(markup string) error {
	var open []string
	for _, m := range tagPattern.FindAllStringSubmatch(markup, -1) {
		switch {
		case !slices.Contains(simpleTags, m[1]):
			return fmt.Errorf("%s is not a tag that is used here", m[0])
		case m[0][1] != '/':
			open = append(open, m[1])
		case len(open) == 0 || open[len(open)-1] != m[1]:
			return fmt.Errorf("%s closes nothing", m[0])
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("<%s> is never closed", open[0])
	}
	rest := entityPattern.ReplaceAllString(tagPattern.ReplaceAllString(markup, ""), "")
	if i := strings.IndexAny(rest, "<>&"); i >= 0 {
		return fmt.Errorf("%q is not escaped", rest[i])
	}
	if strings.Contains(markup, "{{") || strings.Contains(markup, "<no value>") {
		return fmt.Errorf("a template is left")
	}
	return nil
}

func TestStrict(t *testing.T) {
	t.Parallel()
	for markup, good := range map[string]bool{
		"plain": true, "<b>a &lt; b</b>": true, "<b><i>x</i></b>": true, "<b>": false, "</b>": false,
		"<b><i>x</b></i>": false, "a < b": false, "a & b": false, "<u1>": false, "<div>x</div>": false,
		"{{.Ref}}": false, "<no value>": false, "&nbsp;": false, "<b class=x>y</b>": false,
	} {
		if err := strict(markup); (err == nil) != good {
			t.Errorf("%q: %v", markup, err)
		}
	}
}
