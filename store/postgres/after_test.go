package postgres_test

import (
	"slices"
	"testing"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// TestAfterAnotherCase files a case because of what followed another one, as the intake: from its first moment nobody who
// worked that one knows of it.
func TestAfterAnotherCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	intake := &bundle{Store: b.open(func(o *postgres.Options) {
		o.Role, o.StandIns = postgres.Intake, map[string]string{"hr": "safety"}
	}), t: t, ctx: b.ctx, url: b.url}
	lin, wu := b.officer("Lin Tao", cases.RoleOfficer, "hr"), b.officer("Wu Min", cases.RoleLead, "hr")
	zhao := b.officer("Zhao Lei", cases.RoleOfficer, "hr")
	b.officer("Sun Yi", cases.RoleOfficer, "safety")
	first := intake.file(filing(cases.Named, "first"))
	b.act(first.Ref, cases.Act{Action: cases.Take, By: lin.Actor()})
	b.act(first.Ref, cases.Act{Action: cases.Open, By: wu.Actor()})
	after := func(draft string) (cases.Case, []cases.Event) {
		t.Helper()
		f := filing(cases.Anonymous, draft)
		f.After = first.ID
		c := intake.file(f)
		events, err := b.Events(b.ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return c, events
	}
	c, events := after("second")
	if !slices.Equal(c.Recused, []cases.OfficerID{lin.ID}) || c.Department != "hr" {
		t.Errorf("kept from %v in %s, want %d", c.Recused, c.Department, lin.ID)
	}
	if !slices.Contains(c.Links, cases.Link{Case: first.ID, Code: "retaliation"}) || len(events) != c.Version {
		t.Errorf("linked %v with %d events at version %d", c.Links, len(events), c.Version)
	}
	// When everybody of the department worked it, another one does this one.
	b.act(first.Ref, cases.Act{Action: cases.Assign, By: wu.Actor(), To: zhao.ID, ToDepartment: "hr"})
	b.act(first.Ref, cases.Act{Action: cases.Note, By: wu.Actor(), Body: &cases.Body{Text: "mine too"}})
	if c, _ := after("third"); !slices.Equal(c.Recused, []cases.OfficerID{lin.ID, wu.ID, zhao.ID}) || c.Department != "safety" {
		t.Errorf("kept from %v in %s", c.Recused, c.Department)
	}
	f := filing(cases.Named, "fourth")
	f.After = "00000000-0000-4000-8000-000000000000"
	_, _, err := intake.File(b.ctx, f)
	wantCode(t, "after no case", err, cases.NotFound)
}
