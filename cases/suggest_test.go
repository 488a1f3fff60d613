package cases

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func ids(from []Candidate) (out []OfficerID) {
	for _, x := range from {
		out = append(out, x.ID)
	}
	return out
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	now := day(2)
	at := func(id OfficerID, open int, change ...func(*Officer)) Candidate {
		o := Officer{ID: id, Role: RoleOfficer, Department: "hr"}
		for _, f := range change {
			f(&o)
		}
		return Candidate{o, Load{Open: open}}
	}
	good := func(skills ...string) func(*Officer) { return func(o *Officer) { o.Skills = skills } }
	c := Case{Department: "hr", Kind: "pay", Language: "zh-Hans", Status: StatusReceived, Owner: 9, Recused: []OfficerID{8}}
	again := c
	again.Status, again.Barred = StatusSecondLook, []OfficerID{1}
	for name, tt := range map[string]struct {
		c    Case
		from []Candidate
		want []OfficerID
	}{
		"the least loaded":         {c, []Candidate{at(1, 3), at(2, 1), at(3, 2)}, []OfficerID{2, 3, 1}},
		"equal loads":              {c, []Candidate{at(2, 1), at(1, 1)}, []OfficerID{1, 2}},
		"skill before load":        {c, []Candidate{at(1, 0), at(2, 30, good("kind.pay"))}, []OfficerID{2, 1}},
		"officers before leads":    {c, []Candidate{at(1, 0, func(o *Officer) { o.Role = RoleLead }), at(2, 30)}, []OfficerID{2, 1}},
		"two skills before one":    {c, []Candidate{at(1, 0, good("kind.pay")), at(2, 9, good("kind.pay", "language.zh-Hans"))}, []OfficerID{2, 1}},
		"skills of other matters":  {c, []Candidate{at(1, 0), at(2, 1, good("kind.safety", "language.en"))}, []OfficerID{1, 2}},
		"not who owns it":          {c, []Candidate{at(9, 0), at(1, 5)}, []OfficerID{1}},
		"not who is recused":       {c, []Candidate{at(8, 0), at(1, 5)}, []OfficerID{1}},
		"not who is away":          {c, []Candidate{at(1, 5), at(2, 0, func(o *Officer) { o.AwayUntil = day(3) })}, []OfficerID{1}},
		"who is back":              {c, []Candidate{at(1, 5), at(2, 0, func(o *Officer) { o.AwayUntil = day(2) })}, []OfficerID{2, 1}},
		"not who left":             {c, []Candidate{at(1, 0, func(o *Officer) { o.Revoked = true })}, nil},
		"not of another place":     {c, []Candidate{at(1, 0, func(o *Officer) { o.Department = "safety" })}, nil},
		"not who keeps accounts":   {c, []Candidate{at(1, 0, func(o *Officer) { o.Role = RoleAdmin })}, nil},
		"not at the limit":         {c, []Candidate{at(1, 40), at(2, 39)}, []OfficerID{2}},
		"not who decided it":       {again, []Candidate{at(1, 0), at(2, 9)}, []OfficerID{2}},
		"who decided an open case": {Case{Department: "hr", Status: StatusInvestigating, Work: Work{Barred: []OfficerID{1}}}, []Candidate{at(1, 0)}, []OfficerID{1}},
	} {
		if got := ids(Suggest(tt.c, tt.from, Limits{OpenCases: 40}, now)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// However cases are spread: each goes to somebody who may own it or is left, nobody gets beyond the limit, and among equals
// nobody gets two more than another.
func TestSpread(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := day(2)
		limit := Limits{OpenCases: rapid.IntRange(0, 6).Draw(t, "limit")}
		var all []Candidate
		for i := range rapid.IntRange(0, 5).Draw(t, "officers") {
			o := Officer{ID: OfficerID(i + 1), Role: RoleOfficer, Department: rapid.SampledFrom([]string{"hr", "hr", "safety"}).Draw(t, "at")}
			if rapid.Bool().Draw(t, "away") {
				o.AwayUntil = day(3)
			}
			all = append(all, Candidate{o, Load{Open: rapid.IntRange(0, 5).Draw(t, "open")}})
		}
		var list []Case
		for range rapid.IntRange(0, 12).Draw(t, "cases") {
			list = append(list, Case{Department: "hr", Status: StatusAccepted, Owner: OfficerID(rapid.IntRange(0, 5).Draw(t, "owner"))})
		}
		gives, left := Spread(list, all, limit, now)
		if len(gives)+len(left) != len(list) {
			t.Fatalf("%d given, %d left of %d", len(gives), len(left), len(list))
		}
		open := map[OfficerID]int{}
		for _, x := range all {
			open[x.ID] = x.Open
		}
		for _, g := range gives {
			if !g.Case.MayOwn(g.To) || g.To.Away(now) || limit.Reached(open[g.To.ID]) {
				t.Fatalf("given to %+v, who has %d", g, open[g.To.ID])
			}
			for _, x := range all {
				if g.Case.MayOwn(x.Officer) && !x.Away(now) && open[x.ID] < open[g.To.ID] {
					t.Fatalf("%d has %d and %d only %d", g.To.ID, open[g.To.ID], x.ID, open[x.ID])
				}
			}
			open[g.To.ID]++
		}
		for _, c := range left {
			for _, x := range all {
				if c.MayOwn(x.Officer) && !x.Away(now) && !limit.Reached(open[x.ID]) {
					t.Fatalf("left, although %d could take it", x.ID)
				}
			}
		}
	})
}

func TestAdmits(t *testing.T) {
	t.Parallel()
	limit := Limits{OpenCases: 40}
	for name, tt := range map[string]struct {
		l    Limits
		a    Act
		open int
		want Code
	}{
		"below":                {limit, Act{Action: Take}, 39, ""},
		"at it":                {limit, Act{Action: Take}, 40, Full},
		"given at it":          {limit, Act{Action: Assign}, 40, Full},
		"given and meant":      {limit, Act{Action: Assign, Over: true}, 40, ""},
		"reopened at it":       {limit, Act{Action: Reopen}, 40, Full},
		"reopened and meant":   {limit, Act{Action: Reopen, Over: true}, 40, ""},
		"undone, though meant": {limit, Act{Action: Undo, Over: true}, 40, Full},
		"taken, though meant":  {limit, Act{Action: Take, Over: true}, 40, Full},
		"where there is none":  {Limits{}, Act{Action: Take}, 400, ""},
		"over it, as it stood": {limit, Act{Action: Take}, 50, Full},
	} {
		if got := CodeOf(tt.l.Admits(tt.a, tt.open)); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestMovingIsForAfterTwoRefusals(t *testing.T) {
	t.Parallel()
	for _, by := range []Actor{lead, admin} {
		for refused := range 4 {
			c := Case{Department: "hr", Status: StatusAccepted, Version: 1}
			c.Transfer.Refused = refused
			err := complete(c, Act{Action: Assign, By: by, ToDepartment: "safety"}, day(2))
			if free := by.Role == RoleAdmin || refused >= 2; (err == nil) != free {
				t.Errorf("%s after %d refusals: %v", by.Role, refused, err)
			}
			if err := complete(c, Act{Action: Assign, By: by, To: ming.Officer, ToDepartment: "hr"}, day(2)); err != nil {
				t.Errorf("%s within the department: %v", by.Role, err)
			}
		}
	}
}
