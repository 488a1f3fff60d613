package cases

import (
	"slices"
	"strings"
	"testing"
)

func names(s string) map[string]string { return map[string]string{"en": s, "zh-Hans": s} }

func organisation() Organisation {
	return Organisation{
		Name: names("works"), TimeZone: "UTC",
		Departments: []Department{{"hr", names("HR")}, {"safety", names("Safety")}},
		Kinds:       []Kind{{"pay", "hr", "default"}, {"danger", "safety", "default"}},
		Units: []Unit{
			{ID: "north", Name: names("North"), Units: []Unit{
				{ID: "press", Name: names("Press"), Units: []Unit{{ID: "line1", Name: names("Line 1")}}},
				{ID: "paint", Name: names("Paint"), Size: 4},
			}},
			{ID: "south", Name: names("South")},
		},
	}
}

func TestOrganisationFinds(t *testing.T) {
	t.Parallel()
	o := organisation()
	if d, ok := o.Department("safety"); !ok || d.Name["en"] != "Safety" {
		t.Errorf("department: %v, %v", d, ok)
	}
	if k, ok := o.Kind("pay"); !ok || k.Department != "hr" {
		t.Errorf("kind: %v, %v", k, ok)
	}
	if _, ok := o.Department("moon"); ok {
		t.Error("found a department on the moon")
	}
	if _, ok := o.Kind("moon"); ok {
		t.Error("found a kind on the moon")
	}
	if loc, err := o.Location(); err != nil || loc.String() != "UTC" {
		t.Errorf("location: %v, %v", loc, err)
	}
	if o.Size("paint") != 4 || o.Size("press") != 0 || o.Size("moon") != 0 {
		t.Errorf("sizes: %d, %d, %d", o.Size("paint"), o.Size("press"), o.Size("moon"))
	}
	for unit, want := range map[string]struct {
		path, children []string
		parent         string
		known          bool
	}{
		"north": {[]string{"north"}, []string{"press", "paint"}, "", true},
		"line1": {[]string{"north", "press", "line1"}, nil, "press", true},
		"south": {[]string{"south"}, nil, "", true},
		"moon":  {nil, nil, "", false},
		"":      {nil, []string{"north", "south"}, "", false},
	} {
		var path []string
		for _, u := range o.UnitPath(unit) {
			path = append(path, u.ID)
		}
		parent, ok := o.Parent(unit)
		if !slices.Equal(path, want.path) || !slices.Equal(o.Children(unit), want.children) || parent != want.parent || ok != want.known {
			t.Errorf("%q: path %v, children %v, parent %q %v", unit, path, o.Children(unit), parent, ok)
		}
	}
}

func TestOrganisationCheck(t *testing.T) {
	t.Parallel()
	if err := organisation().Check("en", "zh-Hans"); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Organisation){
		"itself: has no name in zh-Hans":          func(o *Organisation) { o.Name = map[string]string{"en": "works"} },
		"time_zone is missing":                    func(o *Organisation) { o.TimeZone = "" },
		"time_zone: unknown":                      func(o *Organisation) { o.TimeZone = "Moon/Base" },
		"has no departments":                      func(o *Organisation) { o.Departments = nil },
		`department "hr": stands twice`:           func(o *Organisation) { o.Departments[1].ID = "hr" },
		`department "H R": an id is`:              func(o *Organisation) { o.Departments[0].ID = "H R" },
		`department "hr": has no name in en`:      func(o *Organisation) { o.Departments[0].Name = nil },
		"has no kinds":                            func(o *Organisation) { o.Kinds = nil },
		`kind "pay": stands twice`:                func(o *Organisation) { o.Kinds[1].ID = "pay" },
		`kind "pay": there is no department "zz"`: func(o *Organisation) { o.Kinds[0].Department = "zz" },
		`kind "pay": has no procedure`:            func(o *Organisation) { o.Kinds[0].Procedure = "" },
		`unit "south": stands twice`:              func(o *Organisation) { o.Units[0].Units[0].Units[0].ID = "south" },
		`unit "paint": has no name in zh-Hans`:    func(o *Organisation) { o.Units[0].Units[1].Name = map[string]string{"en": "Paint"} },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			o := organisation()
			spoil(&o)
			if err := o.Check("en", "zh-Hans"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestOfficerActs(t *testing.T) {
	t.Parallel()
	o := Officer{ID: 7, Name: "Work name", Role: RoleLead, Department: "hr"}
	if got := o.Actor(); got != (Actor{Party: Office, Officer: 7, Role: RoleLead, Department: "hr"}) {
		t.Errorf("got %+v", got)
	}
}
