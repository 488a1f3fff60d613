package sim

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseHTML(t *testing.T) {
	t.Parallel()
	one := func(kind string, offset, length int) []entity {
		return []entity{{Type: kind, Offset: offset, Length: length}}
	}
	rows := []struct {
		in, text string
		ents     []entity
	}{
		{"plain", "plain", nil},
		{"a &lt; b &amp;&amp; c &gt; d &quot;", `a < b && c > d "`, nil},
		{"&#20320;&#x597d;&#128512", "你好😀", nil},
		{"&nbsp;&copy; & &;", "&nbsp;&copy; & &;", nil},
		{"<b>粗</b>", "粗", one("bold", 0, 1)},
		{"😀<strong>x</strong>", "😀x", one("bold", 2, 1)},
		{"<B>x</B>", "x", one("bold", 0, 1)},
		{"<em>x</em>", "x", one("italic", 0, 1)},
		{"<ins>x</ins>", "x", one("underline", 0, 1)},
		{"<del>x</del>", "x", one("strikethrough", 0, 1)},
		{"<tg-spoiler>x</tg-spoiler>", "x", one("spoiler", 0, 1)},
		{`<span class="tg-spoiler">x</span>`, "x", one("spoiler", 0, 1)},
		{"<blockquote>x</blockquote>", "x", one("blockquote", 0, 1)},
		{"<blockquote expandable>x</blockquote>", "x", one("expandable_blockquote", 0, 1)},
		{"<code>a&lt;b</code>", "a<b", one("code", 0, 3)},
		{"<pre>x</pre>", "x", one("pre", 0, 1)},
		{`<pre><code class="language-go">x</code></pre>`, "x", []entity{{Type: "pre", Length: 1, Language: "go"}}},
		{`<a href="https://example.org/a?b=1&amp;c=2">x</a>`, "x", []entity{{Type: "text_link", Length: 1, URL: "https://example.org/a?b=1&c=2"}}},
		{`<a href='https://example.org'>x</a>`, "x", []entity{{Type: "text_link", Length: 1, URL: "https://example.org/"}}},
		{`<a href="javascript:alert(1)">x</a>`, "x", nil},
		{`<a>example.org</a>`, "example.org", []entity{{Type: "text_link", Length: 11, URL: "http://example.org/"}}},
		{"<b></b>x", "x", nil},
		{"<b>a<i>b</i></b>", "ab", []entity{{Type: "bold", Length: 2}, {Type: "italic", Offset: 1, Length: 1}}},
		{"<b>a</>", "a", one("bold", 0, 1)},
		{"<b >a</b >", "a", one("bold", 0, 1)},
	}
	for _, row := range rows {
		text, ents, err := parseHTML(row.in)
		if err != nil {
			t.Errorf("%s: %v", row.in, err)
			continue
		}
		if text != row.text {
			t.Errorf("%s: text %q, want %q", row.in, text, row.text)
		}
		if diff := cmp.Diff(row.ents, ents); diff != "" {
			t.Errorf("%s: entities (-want +got):\n%s", row.in, diff)
		}
	}
}

func TestParseHTMLRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a<b>c":                  `Can't find end tag corresponding to start tag "b"`,
		"a</b>":                  `Unexpected end tag at byte offset 1`,
		"你<br>":                  `Unsupported start tag "br" at byte offset 3`,
		"1 < 2":                  `Unsupported start tag "" at byte offset 2`,
		"<b>x</i>":               `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`,
		"<b><i>x</b></i>":        `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`,
		"<b":                     `Unclosed start tag at byte offset 0`,
		"<b>x</b":                `Unclosed end tag at byte offset 4`,
		`<a href="x`:             `Unclosed start tag at byte offset 0`,
		`<a href=x@y>z</a>`:      `Unexpected end of name token at byte offset 8`,
		`<a ="x">z</a>`:          `Empty attribute name in the tag "a" at byte offset 0`,
		"<span>x</span>":         `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		"<script>x</script>":     `Unsupported start tag "script" at byte offset 0`,
		"<b>x</b><i>y":           `Can't find end tag corresponding to start tag "i"`,
		"<tg-emoji>x</tg-emoji>": `Invalid custom emoji identifier specified`,
	} {
		_, _, err := parseHTML(in)
		if err == nil {
			t.Errorf("%s: taken", in)
			continue
		}
		if got := strings.TrimPrefix(err.Error(), "Bad Request: can't parse entities: "); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// Whatever the input, entities lie inside the text, never split a character,
// nest, and the page's HTML of it has no tag but ours.
func FuzzParseHTML(f *testing.F) {
	for _, s := range []string{"<b>x</b>", "a<i>😀</i>&lt;", "<pre><code class=\"language-x\">a</code></pre>", "<a href='http://a.b'>c</a>", " <b> x </b>\n", "<u>\r\n</u>", "&#0;&#x110000;", "/go@bot #a @user a@b.cc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if !utf8.ValidString(in) {
			return
		}
		text, ents, err := parseHTML(in)
		if err != nil {
			return
		}
		text, ents = tidy(text, ents)
		ents = addFound(text, ents)
		if _, err := checkEntities(text, ents); err != nil {
			t.Fatalf("%q gives %q with %+v: %v", in, text, ents, err)
		}
		plain := renderHTML(text, ents)
		for _, tag := range []string{"b", "i", "u", "s", "code", "pre", "tg-spoiler", "blockquote"} {
			if strings.Count(plain, "<"+tag+">") != strings.Count(plain, "</"+tag+">") {
				t.Fatalf("%q: unbalanced %s in %q", in, tag, plain)
			}
			plain = strings.NewReplacer("<"+tag+">", "", "</"+tag+">", "").Replace(plain)
		}
		plain = strings.ReplaceAll(plain, "</a>", "")
		for _, part := range strings.Split(plain, "<a href=\"")[1:] {
			if !strings.Contains(part, `" rel="noopener noreferrer" target="_blank">`) {
				t.Fatalf("%q: broken link in %q", in, plain)
			}
		}
		if n := strings.Count(plain, "<"); n != strings.Count(plain, "<a href=") {
			t.Fatalf("%q: a stranger's tag in %q", in, plain)
		}
	})
}

func TestFindEntities(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]entity{
		"/start abc":                   {{Type: "bot_command", Length: 6}},
		"好 /take@Huiyin_bot":           {{Type: "bot_command", Offset: 2, Length: 16}},
		"/a/b":                         nil,
		"see https://a.cn/b. ok":       {{Type: "url", Offset: 4, Length: 14}},
		"see https://a.cn/b?c=1,2. ok": {{Type: "url", Offset: 4, Length: 20}},
		"why (https://a.cn/b)?":        {{Type: "url", Offset: 5, Length: 14}},
		"mail a.b@c.org":               {{Type: "email", Offset: 5, Length: 9}},
		"😀 @someone":                   {{Type: "mention", Offset: 3, Length: 8}},
		"#工资":                          {{Type: "hashtag", Length: 3}},
		"a@ b":                         nil,
	} {
		if diff := cmp.Diff(want, findEntities(in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}
