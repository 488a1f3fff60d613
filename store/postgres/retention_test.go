package postgres_test

import (
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func TestWordsAreDestroyedWhenTheirTimeHasCome(t *testing.T) {
	t.Parallel()
	start := time.Date(2023, 3, 1, 9, 0, 0, 0, shanghai())
	b, clock := quietSetup(t, start)
	wu := b.officer("Wu Min", cases.RoleLead, "hr").Actor()
	file := func(mode cases.Mode, draft string) cases.Case {
		f := filing(mode, draft)
		f.Case.Retention = "default"
		c := b.file(f)
		if err := b.Enqueue(b.ctx, c.ID); err != nil {
			t.Fatal(err)
		}
		b.act(c.Ref, cases.Act{Action: cases.Take, By: wu, Key: "t" + draft})
		b.act(c.Ref, cases.Act{Action: cases.Open, By: wu, Key: "o" + draft})
		return c
	}
	end := func(c cases.Case) {
		b.act(c.Ref, cases.Act{Action: cases.Accept, By: wu, Key: "a" + c.Draft})
		b.act(c.Ref, cases.Act{Action: cases.Ask, By: wu, Key: "q" + c.Draft, Body: &cases.Body{Text: "x"}})
		b.act(c.Ref, cases.Act{Action: cases.Close, By: wu, Key: "c" + c.Draft, Body: &cases.Body{Text: "x"}})
	}
	plain, held, unread, reopened, open := file(cases.Confidential, "plain"), file(cases.Named, "held"), file(cases.Named, "unread"),
		file(cases.Anonymous, "reopened"), file(cases.Dark, "open")
	for _, m := range cases.Modes() {
		b.join(plain, joining(m, "joins_"+string(m)))
	}
	b.linked(plain, "waits")
	for _, c := range []cases.Case{plain, held, unread, reopened} {
		end(c)
	}
	b.act(held.Ref, cases.Act{Action: cases.Hold, By: wu, Key: "hold", Body: &cases.Body{Text: "court"}})
	if _, _, _, err := b.ActByID(b.ctx, unread.ID, cases.Act{
		Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Key: "add", Body: &cases.Body{Text: "still"},
	}); err != nil {
		t.Fatal(err)
	}
	b.act(reopened.Ref, cases.Act{Action: cases.Reopen, By: wu, Key: "reopen"})
	step := func(days, warned, shredded int) {
		t.Helper()
		clock.set(start.AddDate(0, 0, days))
		w, s, err := b.Retain(b.ctx)
		if err != nil || w != warned || s != shredded {
			t.Errorf("day %d: warned %d, shredded %d, %v; want %d and %d", days, w, s, err, warned, shredded)
		}
	}
	step(969, 0, 0)
	step(971, 1, 0)
	step(971, 0, 0)
	for told, want := range map[string]int{"colleague = 0": 1, "colleague > 0": 3} { // of the colleagues all but the dark one
		if n := b.count("SELECT count(*) FROM notices n JOIN events e USING (case_id, seq) WHERE e.kind = 'warned' AND n.recipient = 'reporter' AND n." + told); n != want {
			t.Errorf("%d told whose %s, want %d", n, told, want)
		}
	}
	step(1000, 0, 0) // told for less than the time of warning
	step(1001, 0, 1)
	step(1500, 0, 0)
	if _, err := b.Events(b.ctx, plain.ID); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("words of a shredded case: %v", err)
	}
	if _, err := b.CaseByRef(b.ctx, wu, plain.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("a shredded case: %v", err)
	}
	for _, table := range []string{"reporters", "identities", "co_reporters", "co_identities", "join_links"} {
		if n := b.count("SELECT count(*) FROM "+table+" WHERE case_id = $1", plain.ID); n != 0 {
			t.Errorf("%s still leads back", table)
		}
	}
	for _, c := range []cases.Case{held, unread, reopened, open} {
		if _, err := b.Events(b.ctx, c.ID); err != nil {
			t.Errorf("%s is gone: %v", c.Draft, err)
		}
	}
	// Off the hold, and read: their turn has come, with a warning first.
	b.act(held.Ref, cases.Act{Action: cases.LiftHold, By: wu, Key: "lift"})
	b.act(unread.Ref, cases.Act{Action: cases.Open, By: wu, Key: "read"})
	step(1500, 2, 0)
	step(1531, 0, 2)
}

func TestAReporterDestroysWhatTheyTookBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.file(filing(cases.Dark, "d"))
	b.join(c, joining(cases.Dark, "colleague"))
	me := cases.Actor{Party: cases.Reporter}
	_, _, _, err := b.ActByID(b.ctx, c.ID, cases.Act{Action: cases.Shred, By: me, Key: "early"})
	wantCode(t, "destroyed while open", err, cases.NotNow)
	for _, a := range []cases.Action{cases.Withdraw, cases.Shred} {
		if _, _, _, err := b.ActByID(b.ctx, c.ID, cases.Act{Action: a, By: me, Key: string(a)}); err != nil {
			t.Fatal(a, err)
		}
	}
	_, err = b.ByReceipt(b.ctx, []byte("receipt of d"))
	wantCode(t, "the receipt", err, cases.NotFound)
	_, err = b.Events(b.ctx, c.ID)
	wantCode(t, "the words", err, cases.NotFound)
	_, err = b.ByReceipt(b.ctx, []byte("receipt of colleague"))
	wantCode(t, "a colleague's receipt", err, cases.NotFound)
}

// TestModesChange goes from every mode to every other in the reporters' own role, and looks at what is stored afterwards.
func TestModesChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	intake := b.open(func(o *postgres.Options) { o.Role = postgres.Intake })
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr").Actor()
	me := cases.Actor{Party: cases.Reporter}
	for _, from := range cases.Modes() {
		for _, to := range cases.Modes() {
			if from == to {
				continue
			}
			name := string(from) + " to " + string(to)
			c := b.file(filing(from, string(from)+"-"+string(to)))
			a := cases.Act{Action: cases.Reveal, By: me, Key: name[:4], Code: string(to)}
			if to.Below(from) {
				a.Action = cases.Lower
			}
			f := filing(to, "fresh-"+string(from)+"-"+string(to))
			a.Way = f.Way
			if to == cases.Confidential && from == cases.Named {
				a.Way = cases.Way{}
			}
			got, _, _, err := intake.ActByID(b.ctx, c.ID, a)
			if err != nil || got.Mode != to {
				t.Errorf("%s: %s, %v", name, got.Mode, err)
				continue
			}
			identities := 0
			if !to.Nameless() {
				identities = 1
			}
			if n := b.count("SELECT count(*) FROM identities WHERE case_id = $1", c.ID); n != identities {
				t.Errorf("%s: %d identities", name, n)
			}
			who, err := b.Desk().Identity(b.ctx, lin, c.ID)
			switch to {
			case cases.Named:
				if err != nil || len(who.Fields) != 1 {
					t.Errorf("%s: %+v, %v", name, who, err)
				}
			case cases.Confidential:
				wantCode(t, name, err, cases.NotAllowed)
			default:
				wantCode(t, name, err, cases.NotFound)
			}
			read, err := b.CaseByID(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			events, err := b.Events(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if folded, err := cases.Fold(read, events); err != nil || folded.Mode != to {
				t.Errorf("%s: folds to %s, %v", name, folded.Mode, err)
			}
		}
	}
}
