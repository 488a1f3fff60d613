package postgres_test

import (
	"bytes"
	"slices"
	"testing"

	"huiyin/cases"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	desk := b.desk()
	lin, hu := b.officer("Lin Tao", cases.RoleOfficer, "hr"), b.officer("Hu Bo", cases.RoleOfficer, "hr")
	keeper := b.officer("He Jun", cases.RoleCustodian, "")
	benefits := cases.Kind{ID: "benefits", Department: "hr", Procedure: "default"}
	act := func(by cases.Officer, key string) cases.Act {
		return cases.Act{Action: cases.Split, By: as(by), Body: &cases.Body{Text: "The part about leave."}, Key: key}
	}
	for _, mode := range []cases.Mode{cases.Named, cases.Confidential} {
		f := filing(mode, string(mode))
		f.Body.Fields[0].Text = []string{"Hu Bo keeps my leave."}
		whole := b.file(f)
		b.act(whole.Ref, cases.Act{Action: cases.Take, By: as(lin), Key: "t"})
		c, part, again, err := desk.Split(b.ctx, whole.Ref, benefits, act(lin, "s"))
		if err != nil || again {
			t.Fatalf("%s: %v, %v", mode, again, err)
		}
		if !slices.Contains(c.Links, cases.Link{Case: part.ID, Code: "split"}) || !slices.Contains(part.Links, cases.Link{Case: whole.ID, Code: "split"}) {
			t.Errorf("%s: links %v and %v", mode, c.Links, part.Links)
		}
		if part.Mode != mode || part.Kind != "benefits" || part.Owner != 0 || part.Language != whole.Language || len(part.Clocks) == 0 {
			t.Errorf("%s: %+v", mode, part)
		}
		if !slices.Equal(part.Recused, []cases.OfficerID{hu.ID}) {
			t.Errorf("%s: recused of the part: %v", mode, part.Recused)
		}
		events, err := b.Events(b.ctx, part.ID)
		if err != nil || events[0].Kind != cases.Filed || events[0].By.Party != cases.System || events[0].Body.Text != "The part about leave." {
			t.Errorf("%s: events %v, %v", mode, events, err)
		}
		told, err := b.Deliveries(b.ctx, part.ID)
		if err != nil || !slices.ContainsFunc(told, func(n cases.Notice) bool { return n.To == cases.ToReporter && n.Seq == 1 }) {
			t.Errorf("%s: the reporter is not told of the part: %+v, %v", mode, told, err)
		}
		bare := part
		bare.Links, bare.Unqueued = nil, false
		if folded, err := cases.Fold(bare, events); err != nil || folded.Version != part.Version || len(folded.Links) != 1 {
			t.Errorf("%s: the part is not the fold of its events: %v", mode, err)
		}
		// The reporter finds both, and notices of both go the same way.
		mine, err := b.ByReporter(b.ctx, []byte("reporter of "+string(mode)))
		if err != nil || len(mine) != 2 {
			t.Errorf("%s: %d cases of the reporter, %v", mode, len(mine), err)
		}
		one, _, err1 := b.ReporterAddress(b.ctx, whole.ID)
		two, _, err2 := b.ReporterAddress(b.ctx, part.ID)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: addresses differ: %v, %v", mode, err1, err2)
		}
		// The same press again gives the same case.
		_, same, again, err := desk.Split(b.ctx, whole.Ref, benefits, act(lin, "s"))
		if err != nil || !again || same.ID != part.ID {
			t.Errorf("%s: again: %v, %v", mode, again, err)
		}
		if n := b.count("SELECT count(*) FROM cases WHERE kind = 'benefits' AND mode = $1", string(mode)); n != 1 {
			t.Errorf("%s: %d parts", mode, n)
		}
		if mode == cases.Confidential {
			_, err := desk.Identity(b.ctx, as(lin), part.ID)
			wantCode(t, "a sealed identity", err, cases.NotAllowed)
			b.act(part.Ref, cases.Act{Action: cases.Take, By: as(lin), Key: "t"})
			b.act(part.Ref, cases.Act{Action: cases.AskCustody, By: as(lin), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}, Key: "c"})
			b.act(part.Ref, cases.Act{Action: cases.GrantCustody, By: as(keeper), Key: "g"})
		}
		who, err := desk.Identity(b.ctx, as(lin), part.ID)
		if err != nil || len(who.Fields) != 1 || who.Fields[0].Text[0] != "王小明" {
			t.Errorf("%s: identity of the part: %v, %v", mode, who, err)
		}
		other := benefits
		other.Department = "integrity"
		_, _, _, err = desk.Split(b.ctx, whole.Ref, other, act(lin, "far"))
		wantCode(t, "a kind of another department", err, cases.Incomplete)
		_, _, _, err = desk.Split(b.ctx, whole.Ref, benefits, act(hu, "recused"))
		wantCode(t, "who is recused", err, cases.NotFound)
		now, _ := b.CaseByID(b.ctx, whole.ID)
		if now.Version != c.Version {
			t.Errorf("%s: what was refused left something", mode)
		}
	}
	for _, mode := range []cases.Mode{cases.Anonymous, cases.Dark} {
		nameless := b.file(filing(mode, string(mode)))
		b.act(nameless.Ref, cases.Act{Action: cases.Take, By: as(lin), Key: "t"})
		_, _, _, err := desk.Split(b.ctx, nameless.Ref, benefits, act(lin, "s"))
		wantCode(t, string(mode), err, cases.NotNow)
	}
}
