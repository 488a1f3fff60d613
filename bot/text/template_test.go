package text

import (
	"strings"
	"testing"
	texttemplate "text/template"

	"pgregory.net/rapid"
)

// TestTemplatesSayTheSame: a text that is cut at its placeholders reads as text/template would have it.
func TestTemplatesSayTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"{{.Ref}}", "{{.Day}}", "{{", "}}", "{{.}}", "{{.Ref }}", "{{ .Ref}}", "{{.Ref.Day}}", "{{- .Ref}}", "字", " ", "<b>", "."})).Draw(t, "parts")
		s := strings.Join(parts, "")
		fast, ok := compile(s)
		if !ok {
			return
		}
		slow, err := texttemplate.New("").Parse(s)
		if err != nil {
			t.Fatalf("%q is no template for text/template: %v", s, err)
		}
		data := []any{"Day", "no", "Ref", "HY-1", "Day", "3 & 4"}
		values := map[string]any{"Ref": "HY-1", "Day": "3 & 4"}
		if rapid.Bool().Draw(t, "day is missing") {
			data = data[2:4]
			delete(values, "Day")
		}
		var want strings.Builder
		if err := slow.Execute(&want, values); err != nil {
			t.Fatal(err)
		}
		if got := fast.fill(data, func(v any) string { return v.(string) }); got != want.String() {
			t.Fatalf("%q reads %q, want %q", s, got, want.String())
		}
	})
}
