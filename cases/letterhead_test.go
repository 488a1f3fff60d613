package cases_test

import (
	"strings"
	"testing"

	"huiyin/cases"
)

func TestLetterhead(t *testing.T) {
	t.Parallel()
	name := map[string]string{"en": "Echo", "zh-Hans": "回音"}
	whole := map[string]cases.Letterhead{"en": {Name: "Office", Lines: []string{"1 Road"}, Phone: "1"}, "zh-Hans": {Name: "办公室"}}
	for _, c := range []struct {
		name  string
		head  map[string]cases.Letterhead
		wrong string // "" is nothing
	}{
		{"none", nil, ""},
		{"whole", whole, ""},
		{"one language", map[string]cases.Letterhead{"en": {Name: "Office"}}, "has no name in zh-Hans"},
		{"nameless", map[string]cases.Letterhead{"en": {Name: " "}, "zh-Hans": {Name: "办公室"}}, "has no name in en"},
		{"long", map[string]cases.Letterhead{"en": {Name: strings.Repeat("x", 121)}, "zh-Hans": {Name: "办公室"}}, "longer than 120"},
		{"broken", map[string]cases.Letterhead{"en": {Name: "a\nb"}, "zh-Hans": {Name: "办公室"}}, "line break"},
		{"high", map[string]cases.Letterhead{"en": {Name: "a", Lines: make([]string, 7)}, "zh-Hans": {Name: "办公室"}}, "more than 6 lines"},
	} {
		o := cases.Organisation{Name: name, Letterhead: c.head}
		said := o.Check("en", "zh-Hans").Error() // it lacks everything else too
		if got := strings.Contains(said, "letterhead"); got != (c.wrong != "") || !strings.Contains(said, c.wrong) {
			t.Errorf("%s: %s", c.name, said)
		}
	}
	if h := (cases.Organisation{Name: name}).Head("en"); h.Name != "Echo" {
		t.Errorf("without a letterhead: %+v", h)
	}
	if h := (cases.Organisation{Name: name, Letterhead: whole}).Head("en"); h.Name != "Office" || h.Phone != "1" {
		t.Errorf("with one: %+v", h)
	}
}
