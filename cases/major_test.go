package cases

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var house = Staff{
	Officers: []Officer{
		{ID: 1, Name: "小明", Role: RoleOfficer, Department: "hr"},
		{ID: 3, Name: "王芳", Role: RoleLead, Department: "hr"},
		{ID: 4, Name: "管理", Role: RoleAdmin},
		{ID: 6, Name: "Far", Role: RoleLead, Department: "safety"},
		{ID: 9, Name: "林岚", Role: RoleLeader},
		{ID: 10, Name: "周正", Role: RoleLeader},
		{ID: 12, Name: "老李", Role: RoleLeader, Revoked: true},
	},
	Major: []MajorRule{
		{Kinds: []string{"safety"}, Minutes: 5, Leaders: [][]string{{"far"}}},
		{Danger: true, People: 3, Minutes: 15, Leaders: [][]string{{"老李"}, {"林岚", "小明"}, {"周正"}}},
	},
}

func TestEscalate(t *testing.T) {
	t.Parallel()
	now := day(3)
	open := func(change func(*Case)) Case {
		c := Case{Status: StatusReceived, Department: "hr", Kind: "pay", Mode: Named}
		change(&c)
		return c
	}
	urgent := func(c *Case) { c.Urgent = true }
	raise := func(why string, until time.Duration, ids ...OfficerID) *Act {
		return &Act{Action: Raise, Code: why, Officers: ids, Until: now.Add(until), By: system}
	}
	admins := &Act{Action: Remind, Code: RemindMajor, Officers: []OfficerID{4}, By: system}
	for name, test := range map[string]struct {
		c     Case
		e     Event
		staff Staff
		want  *Act
	}{
		"nothing special":      {open(func(*Case) {}), Event{Kind: Filed}, house, nil},
		"danger":               {open(urgent), Event{Kind: Filed}, house, raise(MajorDanger, 15*time.Minute, 9)},
		"a kind, by the first": {open(func(c *Case) { c.Kind, c.Urgent = "safety", true }), Event{Kind: Filed}, house, raise(MajorKind, 5*time.Minute, 6)},
		"two people":           {open(func(c *Case) { c.Colleagues = 1 }), Event{Kind: Joined}, house, nil},
		"three people":         {open(func(c *Case) { c.Colleagues = 2 }), Event{Kind: Joined}, house, raise(MajorPeople, 15*time.Minute, 9)},
		"the leader is recused": {
			open(func(c *Case) { c.Urgent, c.Recused = true, []OfficerID{9} }), Event{Kind: Filed}, house, raise(MajorDanger, 15*time.Minute, 10),
		},
		"called before":   {open(func(c *Case) { c.Urgent, c.Major.Level = true, 1 }), Event{Kind: Added}, house, nil},
		"before its slot": {open(func(c *Case) { c.Urgent, c.Unqueued = true, true }), Event{Kind: Filed}, house, nil},
		"in its slot":     {open(urgent), Event{Kind: Queued}, house, raise(MajorDanger, 15*time.Minute, 9)},
		"further words":   {open(urgent), Event{Kind: Added}, house, raise(MajorDanger, 15*time.Minute, 9)},
		"words in a slot of their own": {
			open(func(c *Case) { c.Urgent = true }), Event{Kind: Added, More: More{Slot: day(4)}}, house, raise(MajorDanger, 24*time.Hour+15*time.Minute, 9),
		},
		"three people, one in a slot": {
			open(func(c *Case) { c.Unqueued, c.Colleagues, c.Veiled = true, 2, []Veil{{Slot: day(4), Joined: 1}} }),
			Event{Kind: Joined, More: More{Slot: day(4)}}, house, raise(MajorPeople, 24*time.Hour+15*time.Minute, 9),
		},
		"two people, a third in a slot": {
			open(func(c *Case) { c.Colleagues, c.Veiled = 2, []Veil{{Slot: day(4), Joined: 1}} }), Event{Kind: Added}, house, nil,
		},
		"ended":                  {open(func(c *Case) { c.Urgent, c.Status = true, StatusWithdrawn }), Event{Kind: Filed}, house, nil},
		"no rules":               {open(urgent), Event{Kind: Filed}, Staff{}, nil},
		"nobody to be called":    {open(urgent), Event{Kind: Filed}, Staff{Officers: house.Officers[:3], Major: house.Major}, admins},
		"by hand, nobody called": {open(func(c *Case) { c.Major.Level = 1 }), Event{Kind: Raised}, house, admins},
		"missed, nobody's": {
			open(func(*Case) {}), Event{Kind: Missed}, house, &Act{Action: Assign, To: 3, ToDepartment: "hr", By: system},
		},
		"missed, somebody's":       {open(func(c *Case) { c.Owner = 1 }), Event{Kind: Missed}, house, nil},
		"missed, the lead recused": {open(func(c *Case) { c.Recused = []OfficerID{3} }), Event{Kind: Missed}, house, nil},
		"missed, decided by the lead": {
			open(func(c *Case) { c.Status, c.Barred = StatusSecondLook, []OfficerID{3} }), Event{Kind: Missed}, house, nil,
		},
	} {
		got, ok := Escalate(test.c, test.e, test.staff, now)
		if ok != (test.want != nil) {
			t.Errorf("%s: %v, %+v", name, ok, got)
			continue
		}
		got.Key = ""
		if ok && !cmp.Equal(*test.want, got) {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(*test.want, got))
		}
	}
}

func TestALeadWhoIsThere(t *testing.T) {
	t.Parallel()
	c := Case{Department: "hr"}
	s := Staff{Officers: []Officer{{ID: 1, Role: RoleLead, Department: "hr"}, {ID: 2, Role: RoleLead, Department: "hr"}}}
	for _, test := range []struct {
		away []OfficerID
		want OfficerID
	}{{nil, 1}, {[]OfficerID{1}, 2}, {[]OfficerID{1, 2}, 1}} {
		s.Away = test.away
		if got := s.lead(c); got != test.want {
			t.Errorf("away %v: %d, want %d", test.away, got, test.want)
		}
	}
	c.Owner = 2
	if a := c.Staffed(Act{Action: Miss, Reason: "late", By: system}, s, day(1)); a.Reason != "away" {
		t.Errorf("the owner is away, and the reason is %q", a.Reason)
	}
}

// Each level is called in its turn, and the admins once, whatever the case went through.
func TestLevelsInTurn(t *testing.T) {
	t.Parallel()
	f := filing(Named)
	f.Case.Urgent = true
	e, err := f.Begin(book(), Quiet{}, day(1))
	if err != nil {
		t.Fatal(err)
	}
	c, now := f.Case, day(1)
	a, _ := Escalate(c, e, house, now)
	var said []string
	for {
		e, err := c.Do(a, book(), now)
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, string(e.Kind)+" "+e.Code)
		for _, n := range Notices(c, e) {
			if n.To != ToOfficer || !slices.Contains(e.Officers, n.Officer) {
				t.Errorf("%s: a notice to %s %d", e.Kind, n.To, n.Officer)
			}
		}
		now = now.Add(15 * time.Minute)
		next, ok := c.Tick(now)
		if !ok {
			break
		}
		a = c.Staffed(next, house, now)
	}
	want := []string{"raised danger", "raised unanswered", "reminded " + RemindMajor}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]OfficerID{9, 10}, c.Major.Leaders); diff != "" {
		t.Errorf("called, -want +got:\n%s", diff)
	}
}

func TestMajorRulesAreChecked(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{"safety": true}
	good := MajorRule{Danger: true, Minutes: 15, Leaders: [][]string{{"林岚"}}}
	if err := good.Check(kinds); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*MajorRule){
		"fits nothing":  func(r *MajorRule) { r.Danger = false },
		"unknown kind":  func(r *MajorRule) { r.Kinds = []string{"pay"} },
		"one person":    func(r *MajorRule) { r.People = 1 },
		"no time":       func(r *MajorRule) { r.Minutes = 0 },
		"nobody":        func(r *MajorRule) { r.Leaders = nil },
		"an empty name": func(r *MajorRule) { r.Leaders = [][]string{{" "}} },
	} {
		r := good
		if spoil(&r); r.Check(kinds) == nil {
			t.Errorf("%s is well", name)
		}
	}
	if diff := cmp.Diff([]string{"老李", "小明"}, house.Lacking()); diff != "" {
		t.Errorf("lacking, -want +got:\n%s", diff)
	}
}
