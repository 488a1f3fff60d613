package sim

import "testing"

func TestRenderHTML(t *testing.T) {
	t.Parallel()
	const link = `" rel="noopener noreferrer" target="_blank">`
	for _, row := range []struct {
		text string
		ents []entity
		want string
	}{
		{"a<b&\"", nil, "a&lt;b&amp;&#34;"},
		{"😀ab", []entity{{Type: "bold", Offset: 2, Length: 1}}, "😀<b>a</b>b"},
		{"ab", []entity{{Type: "bold", Length: 2}, {Type: "italic", Length: 1}}, "<b><i>a</i>b</b>"},
		{"abc", []entity{{Type: "bold", Length: 2}, {Type: "italic", Offset: 1, Length: 2}}, "<b>a<i>b</i></b><i>c</i>"},
		{"see https://a.cn/?a=1&b", []entity{{Type: "url", Offset: 4, Length: 19}}, `see <a href="https://a.cn/?a=1&amp;b` + link + `https://a.cn/?a=1&amp;b</a>`},
		{"x", []entity{{Type: "text_link", Length: 1, URL: `http://a.b/"><script>`}}, `<a href="http://a.b/&#34;&gt;&lt;script&gt;` + link + `x</a>`},
		{"/go", []entity{{Type: "bot_command", Length: 3}}, "/go"},
		{"q", []entity{{Type: "expandable_blockquote", Length: 1}}, "<blockquote>q</blockquote>"},
		{"s", []entity{{Type: "spoiler", Length: 1}}, "<tg-spoiler>s</tg-spoiler>"},
	} {
		if got := renderHTML(row.text, row.ents); got != row.want {
			t.Errorf("%q: got %q, want %q", row.text, got, row.want)
		}
	}
}
