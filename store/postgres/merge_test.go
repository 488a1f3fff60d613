package postgres_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func as(o cases.Officer) cases.Actor { return o.Actor() }

// desk is the store in the role of the desk: the row policies speak.
func (b *bundle) desk() postgres.Officers {
	return b.open(func(o *postgres.Options) { o.Role = postgres.Desk }).Desk()
}

func TestLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	desk := b.desk()
	lin, zhao := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Zhao", cases.RoleOfficer, "integrity")
	f := filing(cases.Named, "second")
	f.Reporter = []byte("reporter of first")
	first, second, third := b.file(filing(cases.Named, "first")), b.file(f), b.file(filing(cases.Named, "third"))
	nameless := b.file(filing(cases.Anonymous, "nameless"))
	far := filing(cases.Named, "far")
	far.Case.Department, far.Reporter = "integrity", []byte("reporter of first")
	elsewhere := b.file(far)
	link := func(by cases.Officer, a, to cases.Case, code, key string) error {
		_, _, _, err := desk.Pair(b.ctx, a.Ref, to.Ref, cases.Act{Action: cases.LinkTo, By: as(by), Code: code, Key: key})
		return err
	}
	if err := link(lin, first, second, "same_person", "k1"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []cases.Case{first, second} {
		now, err := b.CaseByID(b.ctx, c.ID)
		if err != nil || len(now.Links) != 1 || now.Links[0].Code != "same_person" {
			t.Errorf("links of %s: %v, %v", c.Ref, now.Links, err)
		}
	}
	events, err := b.Events(b.ctx, second.ID)
	if err != nil || events[1].Kind != cases.Linked || events[1].By.Party != cases.System {
		t.Errorf("the other case: %v, %v", events, err)
	}
	// The same press again does nothing, and says so.
	_, _, again, err := desk.Pair(b.ctx, first.Ref, second.Ref, cases.Act{Action: cases.LinkTo, By: as(lin), Code: "same_person", Key: "k1"})
	if err != nil || !again {
		t.Errorf("again: %v, %v", again, err)
	}
	wantCode(t, "another reporter", link(lin, first, third, "same_person", "k2"), cases.NotNow)
	wantCode(t, "no name", link(lin, first, nameless, "same_person", "k3"), cases.NotAllowed)
	// Whose a confidential case is, an officer does not learn by asking.
	f = filing(cases.Confidential, "sealed")
	f.Reporter = []byte("reporter of first")
	sealed, other := b.file(f), b.file(filing(cases.Confidential, "sealed-too"))
	for i, c := range []cases.Case{sealed, other} {
		wantCode(t, "a sealed reporter", link(lin, first, c, "same_person", fmt.Sprint("s", i)), cases.NotAllowed)
		wantCode(t, "a sealed reporter, from there", link(lin, c, first, "same_person", fmt.Sprint("t", i)), cases.NotAllowed)
	}
	keeper := b.officer("He Jun", cases.RoleCustodian, "")
	for i, c := range []cases.Case{sealed, other} {
		b.act(c.Ref, cases.Act{Action: cases.Take, By: as(lin)})
		b.act(c.Ref, cases.Act{Action: cases.AskCustody, By: as(lin), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}})
		wantCode(t, "asked, and nobody has said yes", link(lin, first, c, "same_person", fmt.Sprint("u", i)), cases.NotAllowed)
		b.act(c.Ref, cases.Act{Action: cases.GrantCustody, By: as(keeper)})
	}
	if err := link(lin, first, sealed, "same_person", "v"); err != nil {
		t.Errorf("whom a custodian let: %v", err)
	}
	wantCode(t, "another one, whom a custodian let", link(lin, first, other, "same_person", "w"), cases.NotNow)
	wantCode(t, "itself", link(lin, first, first, "same_event", "k4"), cases.NotNow)
	wantCode(t, "the same reporter in a department that is not theirs", link(lin, first, elsewhere, "same_person", "k5"), cases.NotFound)
	wantCode(t, "from outside", link(zhao, elsewhere, first, "same_event", "k6"), cases.NotFound)
	if err := link(lin, first, nameless, "same_event", "k7"); err != nil {
		t.Errorf("the same event: %v", err)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	desk := b.desk()
	lin, mo := b.officer("Lin", cases.RoleLead, "hr"), b.officer("Mo", cases.RoleOfficer, "hr")
	one, main, top := b.file(filing(cases.Anonymous, "one")), b.file(filing(cases.Named, "main")), b.file(filing(cases.Named, "top"))
	words := &cases.Body{Text: "why"}
	merge := func(by cases.Officer, a, into cases.Case, key string) error {
		_, _, _, err := desk.Pair(b.ctx, a.Ref, into.Ref, cases.Act{Action: cases.Merge, By: as(by), Body: words, Key: key})
		return err
	}
	wantCode(t, "who does not own it", merge(mo, one, main, "k0"), cases.NotAllowed)
	if err := merge(lin, one, main, "k1"); err != nil {
		t.Fatal(err)
	}
	got, _ := b.CaseByID(b.ctx, one.ID)
	if got.Status != cases.StatusMerged || got.Into != main.ID {
		t.Fatalf("merged: %s into %s", got.Status, got.Into)
	}
	wantCode(t, "into what is merged", merge(lin, main, one, "k2"), cases.NotNow)
	if err := merge(lin, main, top, "k3"); err != nil {
		t.Fatal(err)
	}
	b.house()
	b.act(top.Ref, cases.Act{Action: cases.Accept, By: as(lin), Key: "a"})
	b.act(top.Ref, cases.Act{Action: cases.Propose, By: as(lin), Code: "partly", Body: &cases.Body{Text: "This is the answer."}, Key: "p"})
	for _, c := range []cases.Case{main, one} {
		b.until("the answer is relayed", func() bool {
			events, err := b.Events(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			last := events[len(events)-1]
			return last.Kind == cases.Relayed && last.Body.Text == "This is the answer."
		})
		if n := b.count("SELECT count(*) FROM notices n JOIN events e ON e.case_id = n.case_id AND e.seq = n.seq WHERE e.kind = 'relayed' AND n.recipient = 'reporter' AND n.case_id::text = $1", c.ID); n != 1 {
			t.Errorf("%d notices tell the reporter of %s", n, c.Ref)
		}
	}
}

// Who was merged into a case that ends without an answer is told so; who had its answer before is told nothing more.
func TestMergedIntoWhatEndsUnanswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	desk := b.desk()
	lin := b.officer("Lin", cases.RoleLead, "hr")
	words, reporter := &cases.Body{Text: "words"}, cases.Actor{Party: cases.Reporter}
	var merged []cases.Case
	for _, answered := range []bool{false, true} {
		one, main := b.file(filing(cases.Anonymous, fmt.Sprint("one", answered))), b.file(filing(cases.Named, fmt.Sprint("main", answered)))
		if _, _, _, err := desk.Pair(b.ctx, one.Ref, main.Ref, cases.Act{Action: cases.Merge, By: as(lin), Body: words}); err != nil {
			t.Fatal(err)
		}
		if answered {
			b.act(main.Ref, cases.Act{Action: cases.Decline, By: as(lin), Code: "outside", Body: words})
			b.act(main.Ref, cases.Act{Action: cases.AskSecondLook, By: reporter, Body: words})
		}
		if _, _, _, err := b.ActByID(b.ctx, main.ID, cases.Act{Action: cases.Withdraw, By: reporter, Body: &cases.Body{Text: "secret"}}); err != nil {
			t.Fatal(err)
		}
		merged = append(merged, one)
	}
	b.house()
	relayed := func(c cases.Case) (out []cases.Event) {
		events, err := b.Events(b.ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(events, func(e cases.Event) bool { return e.Kind != cases.Relayed })
	}
	waiting := func() bool {
		return b.count("SELECT count(*) FROM river_job WHERE kind = 'relay' AND state <> 'completed'") == 0
	}
	b.until("all is relayed", waiting)
	if got := relayed(merged[0]); len(got) != 1 || got[0].Code != cases.RelayEnded || got[0].Body != nil {
		t.Errorf("no answer: %+v", got)
	}
	if got := relayed(merged[1]); len(got) != 1 || got[0].Code != "" || got[0].Body.Text != "words" {
		t.Errorf("answered before: %+v", got)
	}
	n := b.count("SELECT count(*) FROM notices n JOIN events e ON e.case_id = n.case_id AND e.seq = n.seq WHERE e.kind = 'relayed' AND n.recipient = 'reporter'")
	if n != 2 {
		t.Errorf("%d reporters are told", n)
	}
}

// Whoever merges and links whatever with whatever, at the same moment and twice: no case is lost. Each is open or leads
// over those it was merged into to one that is not merged; both halves of a pair are there; no two merge into each other.
func TestPairsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *postgres.Options) { o.MaxConns = 12 })
	desk := b.desk()
	lin, wu := b.officer("Lin", cases.RoleLead, "hr"), b.officer("Wu", cases.RoleLead, "hr")
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		var all []cases.Case
		for i := range rapid.IntRange(2, 5).Draw(t, "cases") {
			all = append(all, b.file(filing(rapid.SampledFrom(cases.Modes()).Draw(t, "mode"), fmt.Sprintf("p%d-%d", run, i))))
		}
		type pair struct {
			from, to cases.Case
			act      cases.Act
		}
		for round := range rapid.IntRange(1, 4).Draw(t, "rounds") {
			var pairs []pair
			for n := range rapid.IntRange(1, 3).Draw(t, "at once") {
				p := pair{from: rapid.SampledFrom(all).Draw(t, "from"), to: rapid.SampledFrom(all).Draw(t, "to")}
				p.act = cases.Act{
					Action: rapid.SampledFrom([]cases.Action{cases.Merge, cases.Merge, cases.LinkTo}).Draw(t, "act"), Code: "same_event",
					By: as(rapid.SampledFrom([]cases.Officer{lin, wu}).Draw(t, "by")), Body: &cases.Body{Text: "why"},
					Key: fmt.Sprintf("r%d-%d", round, n),
				}
				pairs = append(pairs, p, p)
			}
			together(len(pairs), func(i int) {
				p := pairs[i]
				_, _, _, err := desk.Pair(b.ctx, p.from.Ref, p.to.Ref, p.act)
				if code := cases.CodeOf(err); err != nil && (code == "" || code == cases.Away) {
					t.Errorf("%s: %v", p.act.Action, err)
				}
			})
		}
		now := map[string]cases.Case{}
		for _, c := range all {
			got, err := b.CaseByID(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			events, err := b.Events(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if folded, err := cases.Fold(c, events); err != nil || folded.Status != got.Status || len(folded.Links) != len(got.Links) {
				t.Fatalf("%s is not the fold of its events: %v", c.Ref, err)
			}
			now[c.ID] = got
		}
		for _, c := range now {
			for _, l := range c.Links {
				other := now[l.Case]
				back := l.Code == "merged" && other.Into == c.ID
				for _, o := range other.Links {
					back = back || o == cases.Link{Case: c.ID, Code: l.Code}
				}
				if !back {
					t.Fatalf("%s has half a pair: %v", c.Ref, l)
				}
			}
			for end, steps := c, 0; end.Status == cases.StatusMerged; steps++ {
				if end = now[end.Into]; steps > len(all) || end.ID == "" {
					t.Fatalf("%s leads nowhere", c.Ref)
				}
			}
		}
	})
}
