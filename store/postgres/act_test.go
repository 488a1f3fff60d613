package postgres_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func TestActCarriesACaseToItsEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.UTC)
	b := setup(t, func(o *postgres.Options) { o.Now = func() time.Time { return now } })
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	reporter := cases.Actor{Party: cases.Reporter}
	c := b.file(filing(cases.Named, "d"))
	words := &cases.Body{Text: "我们收到了，谢谢 <b>&", Files: []cases.File{{ID: "f1", Kind: "voice"}}}
	acts := []cases.Act{
		{Action: cases.Take, By: lin, Key: "1"},
		{Action: cases.Open, By: lin, Key: "2"},
		{Action: cases.Accept, By: lin, Key: "3"},
		{Action: cases.Ask, By: lin, Key: "4", Body: words},
		{Action: cases.Answer, By: reporter, Key: "5", Body: words},
		{Action: cases.Note, By: lin, Key: "6", Body: words},
		{Action: cases.Propose, By: lin, Key: "7", Code: "settled", Body: words},
		{Action: cases.Note, By: lin, Key: "7a", Body: words},
		{Action: cases.Open, By: lin, Key: "7b"},
		{Action: cases.Satisfy, By: reporter, Key: "7c"},
		{Action: cases.Note, By: lin, Key: "7d", Body: words},
		{Action: cases.Rate, By: reporter, Key: "8", Code: "helped"},
	}
	for i, a := range acts {
		now = now.Add(time.Hour)
		if i%2 == 0 {
			c = b.act(c.Ref, a)
		} else {
			var err error
			if c, _, _, err = b.ActByID(b.ctx, c.ID, a); err != nil {
				t.Fatal(err)
			}
		}
		if c.Version != i+2 || !c.Updated.Equal(now.Truncate(time.Microsecond)) {
			t.Fatalf("after %s: version %d, updated %s", a.Action, c.Version, c.Updated)
		}
		read, err := b.CaseByRef(b.ctx, lin, c.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, read); d != "" {
			t.Fatalf("after %s, read back (-given +read):\n%s", a.Action, d)
		}
	}
	if c.Status != cases.StatusClosed || c.Outcome != "settled" || c.Rating != "helped" || c.Owner != lin.Officer {
		t.Errorf("ended as %+v", c)
	}
	events, err := b.Events(b.ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	folded, err := cases.Fold(c, events)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, folded); d != "" {
		t.Errorf("the case is not the fold of its events (-case +fold):\n%s", d)
	}
	answer, err := b.Event(b.ctx, c.ID, 6)
	if err == nil {
		for i := range answer.Body.Files {
			answer.Body.Files[i].ID = words.Files[i].ID // which are ours, and drawn
		}
	}
	if err != nil || !cmp.Equal(answer.Body, words) || answer.Kind != cases.Answered {
		t.Errorf("event 6: %+v, %v", answer, err)
	}
	_, err = b.Event(b.ctx, c.ID, 99)
	wantCode(t, "event 99", err, cases.NotFound)
}

func TestActIsIdempotent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	zhao := b.officer("Zhao", cases.RoleOfficer, "hr").Actor()
	c := b.file(filing(cases.Named, "d"))
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin, Key: "take"})
	note := cases.Act{Action: cases.Note, By: lin, Key: "note", Body: &cases.Body{Text: "once"}}
	replica := b.open()

	var first atomic.Int32
	together(20, func(i int) {
		store := b.Store
		if i%2 == 1 {
			store = replica
		}
		_, e, again, err := store.Act(b.ctx, c.Ref, note)
		if err != nil || e.Seq != 3 || e.Body == nil || e.Body.Text != "once" {
			t.Errorf("%+v, %v", e, err)
		}
		if !again {
			first.Add(1)
		}
	})
	if first.Load() != 1 {
		t.Errorf("%d were the first", first.Load())
	}
	note.By = zhao
	_, _, _, err := b.Act(b.ctx, c.Ref, note)
	wantCode(t, "somebody else's key", err, cases.Changed)
	for range 2 { // without a key every act is another
		b.act(c.Ref, cases.Act{Action: cases.Note, By: lin, Body: &cases.Body{Text: "more"}})
	}
	if n := b.count("SELECT count(*) FROM events"); n != 5 {
		t.Errorf("%d events", n)
	}
}

func TestActsAtOnceAllCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	c := b.file(filing(cases.Named, "d"))
	together(20, func(i int) {
		_, _, _, err := b.Act(b.ctx, c.Ref, cases.Act{
			Action: cases.Note, By: lin, Key: fmt.Sprint(i), Body: &cases.Body{Text: "n"},
		})
		if err != nil {
			t.Error(err)
		}
	})
	if c, err := b.CaseByID(b.ctx, c.ID); err != nil || c.Version != 21 {
		t.Errorf("version %d, %v", c.Version, err)
	}
}

func TestOtherDepartmentsFindNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	qian := b.officer("Qian", cases.RoleLead, "safety").Actor()
	c := b.file(filing(cases.Named, "d"))
	act := cases.Act{Action: cases.Note, By: lin, Key: "k", Body: &cases.Body{Text: "n"}}
	b.act(c.Ref, act)

	act.By = qian
	_, _, _, known := b.Act(b.ctx, c.Ref, act) // a key that exists is no way to learn of the case either
	act.Key = "another"
	_, _, _, fresh := b.Act(b.ctx, c.Ref, act)
	_, _, _, none := b.Act(b.ctx, "HY-0000-0000", act)
	_, read := b.CaseByRef(b.ctx, qian, c.Ref)
	_, readNone := b.CaseByRef(b.ctx, qian, "HY-0000-0000")
	for what, err := range map[string]error{
		"act with a known key": known, "act": fresh, "act on no case": none, "read": read, "read no case": readNone,
	} {
		wantCode(t, what, err, cases.NotFound)
		if fmt.Sprint(err) != "cases: not_found" {
			t.Errorf("%s: the error tells more: %v", what, err)
		}
	}
	items, total, err := b.List(b.ctx, qian, cases.Filter{Department: "hr"}, 0, 10)
	if err != nil || len(items) != 0 || total != 0 {
		t.Errorf("listed %d of %d, %v", len(items), total, err)
	}
	if _, ok, err := b.Next(b.ctx, qian, "next"); ok || err != nil {
		t.Errorf("next: %v, %v", ok, err)
	}
}

func TestAssignOnlyToWhoCanWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lead := b.officer("Lin", cases.RoleLead, "hr").Actor()
	zhao := b.officer("Zhao", cases.RoleOfficer, "hr")
	gone := b.officer("Sun", cases.RoleOfficer, "hr")
	safety := b.officer("Qian", cases.RoleOfficer, "safety")
	admin := b.officer("Zhou", cases.RoleAdmin, "hr")
	if err := b.Revoke(b.ctx, house, gone.ID); err != nil {
		t.Fatal(err)
	}
	c := b.file(filing(cases.Named, "d"))
	assign := func(to cases.OfficerID, department, key string) (cases.Case, bool, error) {
		c, _, again, err := b.Act(b.ctx, c.Ref, cases.Act{Action: cases.Assign, By: lead, Key: key, To: to, ToDepartment: department})
		return c, again, err
	}
	for what, to := range map[string]cases.OfficerID{"a revoked one": gone.ID, "another department's": safety.ID, "an admin": admin.ID, "nobody": 12345} {
		_, _, err := assign(to, "hr", what[:5])
		wantCode(t, what, err, cases.NotFound)
	}
	if c, _, err := assign(zhao.ID, "hr", "zhao"); err != nil || c.Owner != zhao.ID {
		t.Errorf("assigned to %d, %v", c.Owner, err)
	}
	b.exec(`UPDATE cases SET work = jsonb_set(work, '{transfer}', '{"refused": 2}')`) // so that the lead decides
	if c, _, err := assign(safety.ID, "safety", "away"); err != nil || c.Department != "safety" || c.Owner != safety.ID {
		t.Errorf("moved to %s, %v", c.Department, err)
	}
	// The same press again, by who does not see the case any more.
	if _, again, err := assign(safety.ID, "safety", "away"); err != nil || !again {
		t.Errorf("again %v, %v", again, err)
	}
}
