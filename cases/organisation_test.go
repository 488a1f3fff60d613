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
		Departments: []Department{{ID: "hr", Name: names("HR")}, {ID: "safety", Name: names("Safety")}},
		Kinds: []Kind{
			{ID: "pay", Department: "hr", Procedure: "default", Retention: "default"},
			{ID: "danger", Department: "safety", Procedure: "default", Retention: "default"},
		},
		Quiet:      Quiet{Queue: 480, From: 540, To: 1260},
		Retentions: []Retention{{ID: "default", Keep: 1095, Warn: 30}},
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
		"itself: has no name in zh-Hans":              func(o *Organisation) { o.Name = map[string]string{"en": "works"} },
		"time_zone is missing":                        func(o *Organisation) { o.TimeZone = "" },
		"time_zone: unknown":                          func(o *Organisation) { o.TimeZone = "Moon/Base" },
		"has no departments":                          func(o *Organisation) { o.Departments = nil },
		`department "hr": stands twice`:               func(o *Organisation) { o.Departments[1].ID = "hr" },
		`department "H R": an id is`:                  func(o *Organisation) { o.Departments[0].ID = "H R" },
		`department "hr": has no name in en`:          func(o *Organisation) { o.Departments[0].Name = nil },
		"has no kinds":                                func(o *Organisation) { o.Kinds = nil },
		`kind "pay": stands twice`:                    func(o *Organisation) { o.Kinds[1].ID = "pay" },
		`kind "pay": there is no department "zz"`:     func(o *Organisation) { o.Kinds[0].Department = "zz" },
		`kind "pay": has no procedure`:                func(o *Organisation) { o.Kinds[0].Procedure = "" },
		"quiet: is missing":                           func(o *Organisation) { o.Quiet = Quiet{} },
		"quiet: from":                                 func(o *Organisation) { o.Quiet.From = 29 },
		`retention "default": stands twice`:           func(o *Organisation) { o.Retentions = append(o.Retentions, o.Retentions[0]) },
		`retention "De": an id is`:                    func(o *Organisation) { o.Retentions[0].ID = "De" },
		`retention "default": want 1 <= warn_days`:    func(o *Organisation) { o.Retentions[0].Warn = 0 },
		`kind "pay": there is no retention "default"`: func(o *Organisation) { o.Retentions = nil },
		`stand_in: there is no other department "zz"`: func(o *Organisation) { o.Departments[0].StandIn = "zz" },
		`stand_in: there is no other department "hr"`: func(o *Organisation) { o.Departments[0].StandIn = "hr" },
		`"safety" is not marked confidential`:         func(o *Organisation) { o.Kinds[1].Restricted = true },
		`stand_in: department "hr" is not marked`: func(o *Organisation) {
			o.Departments[1].Confidential, o.Departments[1].StandIn = true, "hr"
		},
		`unit "south": stands twice`:           func(o *Organisation) { o.Units[0].Units[0].Units[0].ID = "south" },
		`unit "paint": has no name in zh-Hans`: func(o *Organisation) { o.Units[0].Units[1].Name = map[string]string{"en": "Paint"} },
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

func TestOrganisationOfTrust(t *testing.T) {
	t.Parallel()
	o := organisation()
	o.Departments[0].StandIn, o.Departments[1].StandIn = "safety", "hr"
	o.Departments[0].Confidential, o.Departments[1].Confidential = true, true
	o.Kinds[0].Restricted = true
	o.Units[0].Head, o.Units[0].Units[0].Units[0].Head = "王明", "Ann Lee"
	if err := o.Check("en", "zh-Hans"); err != nil {
		t.Error(err)
	}
	for unit, want := range map[string][]string{
		"north": {"王明"}, "press": {"王明"}, "line1": {"王明", "Ann Lee"}, "paint": {"王明"}, "south": nil, "moon": nil, "": nil,
	} {
		if got := o.Heads(unit); !slices.Equal(got, want) {
			t.Errorf("heads of %q: %v", unit, got)
		}
	}
	if r, ok := o.Retention("default"); !ok || r.Keep != 1095 {
		t.Errorf("got %+v, %v", r, ok)
	}
	if _, ok := o.Retention("moon"); ok {
		t.Error("found a retention on the moon")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for role, placed := range map[Role]bool{RoleOfficer: true, RoleLead: true, RoleAdmin: false, RoleCustodian: false, "cook": false} {
		if role.Placed() != placed || slices.Contains(Roles(), role) != (role != "cook") {
			t.Errorf("%s: placed %v", role, role.Placed())
		}
	}
}
