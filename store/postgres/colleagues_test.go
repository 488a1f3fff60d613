package postgres_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// TestOneLinkOneColleague lets twenty people use one link at once.
func TestOneLinkOneColleague(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.file(filing(cases.Named, "first"))
	token := cases.JoinToken([]byte("secret"))
	if err := b.MakeJoinLink(b.ctx, c.ID, token); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	together(20, func(i int) {
		draft := fmt.Sprintf("joiner%d", i)
		got, again, err := b.JoinCase(b.ctx, token, cases.Joining{
			Draft: draft, Mode: cases.Dark, Language: "en", Way: cases.Way{Receipt: []byte("receipt of " + draft)},
		})
		switch {
		case err == nil && !again && got.Colleague == 1 && got.Mode == cases.Dark:
			won.Add(1)
		case cases.CodeOf(err) != cases.UsedUp:
			t.Errorf("join: %v, again %v, as %d", err, again, got.Colleague)
		}
	})
	if n := b.count("SELECT count(*) FROM co_reporters"); won.Load() != 1 || n != 1 {
		t.Errorf("%d won, %d joined", won.Load(), n)
	}
}

// TestLeavingDestroysTheWayBack joins by name, is told of an answer, finds the case, and leaves.
func TestLeavingDestroysTheWayBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Dark, "first"))
	token := cases.JoinToken([]byte("secret"))
	if err := b.MakeJoinLink(b.ctx, c.ID, token); err != nil {
		t.Fatal(err)
	}
	way := filing(cases.Named, "colleague").Way
	if _, _, err := b.JoinCase(b.ctx, token, cases.Joining{Draft: "joiner", Mode: cases.Named, Language: "en", Way: way}); err != nil {
		t.Fatal(err)
	}
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor()})
	b.act(c.Ref, cases.Act{Action: cases.Accept, By: lin.Actor()})
	if n := b.count("SELECT count(*) FROM notices WHERE recipient = 'reporter' AND colleague = 1"); n != 1 {
		t.Errorf("%d notices to the colleague", n)
	}
	mine, err := b.ByReporter(b.ctx, way.Reporter)
	if err != nil || len(mine) != 1 || mine[0].Colleague != 1 || mine[0].Mode != cases.Named {
		t.Errorf("finds %v, %v", mine, err)
	}
	who, err := b.Desk().Colleagues(b.ctx, lin.Actor(), c.ID)
	if err != nil || len(who) != 1 || who[0].Identity == nil {
		t.Errorf("the officer sees %v, %v", who, err)
	}
	if err := b.LeaveCase(b.ctx, c.ID, 1); err != nil {
		t.Fatal(err)
	}
	if n := b.count("SELECT (SELECT count(*) FROM co_reporters) + (SELECT count(*) FROM co_identities)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// TestColleaguesChangeTheirModes goes down and up again in the roles of a split house: what is kept of a colleague is what
// their mode holds, and the first reporter's is untouched.
func TestColleaguesChangeTheirModes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	intake := &bundle{Store: b.open(func(o *postgres.Options) { o.Role = postgres.Intake }), t: t, ctx: b.ctx, url: b.url}
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr")
	c := intake.file(filing(cases.Named, "first"))
	n := intake.join(c, joining(cases.Named, "one"))
	holds := func() (got string) {
		t.Helper()
		if err := b.conn().QueryRow(b.ctx, `SELECT concat_ws(',', r.mode, quote_nullable(convert_from(reporter_key, 'UTF8')),
			quote_nullable(convert_from(address, 'UTF8')), quote_nullable(convert_from(receipt_lookup, 'UTF8')), quote_nullable(i.sealed_to))
			FROM co_reporters r LEFT JOIN co_identities i USING (case_id, n)`).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	who := &cases.Identity{Fields: []cases.Field{{Step: "who_name", Title: "reveal.who_name.title", Text: []string{"Wang Fang"}}}}
	for i, step := range []struct {
		to    cases.Mode
		way   cases.Way
		holds string
	}{
		{cases.Confidential, cases.Way{}, "confidential,'reporter of one','address of one',NULL,'custodian'"},
		{cases.Anonymous, cases.Way{Address: []byte("sealed anew"), Receipt: []byte("receipt")}, "anonymous,NULL,'sealed anew','receipt',NULL"},
		{cases.Dark, cases.Way{}, "dark,NULL,NULL,'receipt',NULL"},
		{cases.Anonymous, cases.Way{Address: []byte("found again")}, "anonymous,NULL,'found again','receipt',NULL"},
		{
			cases.Named, cases.Way{Identity: who, Reporter: []byte("chat"), Address: []byte("open")},
			"named,'chat','open',NULL,'case'",
		},
	} {
		act := cases.Act{
			Action: cases.Lower, By: cases.Actor{Party: cases.Reporter}, Colleague: n, Code: string(step.to), Way: step.way,
			Key: fmt.Sprint("change.", i),
		}
		was, err := intake.Colleague(b.ctx, c.ID, n)
		if err != nil {
			t.Fatal(err)
		}
		if was.Mode.Below(step.to) {
			act.Action = cases.Reveal
		}
		got, _, _, err := intake.ActByID(b.ctx, c.ID, act)
		if err != nil || got.Mode != step.to || got.Colleague != n {
			t.Fatalf("to %s: %s of %d, %v", step.to, got.Mode, got.Colleague, err)
		}
		if got := holds(); got != step.holds {
			t.Errorf("%s holds %s, want %s", step.to, got, step.holds)
		}
	}
	if first, err := b.ByReporter(b.ctx, []byte("reporter of first")); err != nil || len(first) != 1 || first[0].Mode != cases.Named {
		t.Errorf("the first reporter: %v, %v", first, err)
	}
	seen, err := b.Desk().Colleagues(b.ctx, lin.Actor(), c.ID)
	if err != nil || len(seen) != 1 || seen[0].Mode != cases.Named || seen[0].Identity.Fields[0].Text[0] != "Wang Fang" {
		t.Errorf("the officer sees %+v, %v", seen, err)
	}
	m := intake.join(c, joining(cases.Dark, "two"))
	_, _, _, err = intake.ActByID(b.ctx, c.ID, cases.Act{
		Action: cases.Reveal, By: cases.Actor{Party: cases.Reporter}, Colleague: m, Code: string(cases.Named), Key: "twice",
		Way: cases.Way{Identity: who, Reporter: []byte("chat"), Address: []byte("open")},
	})
	wantCode(t, "to become one and the same", err, cases.NotAllowed)
}

// linked makes a link to join a case by and gives its token.
func (b *bundle) linked(c cases.Case, secret string) string {
	b.t.Helper()
	token := cases.JoinToken([]byte(secret))
	if err := b.MakeJoinLink(b.ctx, c.ID, token); err != nil {
		b.t.Fatal(err)
	}
	return token
}

// joining is all that somebody brings who joins in a mode; their draft is named after it.
func joining(mode cases.Mode, draft string) cases.Joining {
	f := filing(mode, draft)
	return cases.Joining{Draft: draft, Mode: mode, Language: "en", Way: f.Way}
}

// join has somebody join a case and gives their number.
func (b *bundle) join(c cases.Case, j cases.Joining) int {
	b.t.Helper()
	got, again, err := b.JoinCase(b.ctx, b.linked(c, j.Draft), j)
	if err != nil || again {
		b.t.Fatalf("join: again %v, %v", again, err)
	}
	return got.Colleague
}

// TestWhatAColleagueHolds joins a case in every mode, in the roles of a house that is split: what each leaves in the
// database, what the office learns of it, and that leaving takes it away.
func TestWhatAColleagueHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	as := func(r postgres.Role) *bundle {
		return &bundle{Store: b.open(func(o *postgres.Options) { o.Role = r }), t: t, ctx: b.ctx, url: b.url}
	}
	intake, desk, postman := as(postgres.Intake), as(postgres.Desk), as(postgres.Postman)
	lin, wu := b.officer("Lin Tao", cases.RoleOfficer, "hr"), b.officer("Wu Min", cases.RoleLead, "hr")
	zhao, admin := b.officer("Zhao Lei", cases.RoleOfficer, "safety"), b.officer("Sun Yi", cases.RoleAdmin, "")
	custodian := b.officer("He Jun", cases.RoleCustodian, "")
	c := intake.file(filing(cases.Named, "first"))
	for i, m := range cases.Modes() {
		if n := intake.join(c, joining(m, string(m))); n != i+1 {
			t.Fatalf("%s is number %d", m, n)
		}
	}
	conn := b.conn()
	for m, want := range map[cases.Mode]string{ // chat, address, receipt, to whom the identity is sealed
		cases.Named:        "'reporter of named','address of named',NULL,'case'",
		cases.Confidential: "'reporter of confidential','address of confidential',NULL,'custodian'",
		cases.Anonymous:    "NULL,'address of anonymous','receipt of anonymous',NULL",
		cases.Dark:         "NULL,NULL,'receipt of dark',NULL",
	} {
		var got string
		if err := conn.QueryRow(b.ctx, `SELECT concat_ws(',', quote_nullable(convert_from(reporter_key, 'UTF8')),
			quote_nullable(convert_from(address, 'UTF8')), quote_nullable(convert_from(receipt_lookup, 'UTF8')), quote_nullable(i.sealed_to))
			FROM co_reporters r LEFT JOIN co_identities i USING (case_id, n) WHERE r.mode = $1`, m).Scan(&got); err != nil || got != want {
			t.Errorf("%s holds %s, want %s (%v)", m, got, want, err)
		}
	}
	if n := b.count("SELECT count(*) FROM co_identities WHERE position('王小明'::bytea IN sealed) > 0"); n != 0 {
		t.Error("an identity is in the clear")
	}

	// What the office learns: the modes, and whose name its own mode lets it know.
	known := func(what string, o cases.Officer, want ...int) {
		t.Helper()
		got, err := desk.Desk().Colleagues(b.ctx, o.Actor(), c.ID)
		if err != nil || len(got) != 4 {
			t.Fatalf("%s: %v, %v", what, got, err)
		}
		var named []int
		for i, who := range got {
			if who.Number != i+1 || who.Mode != cases.Modes()[i] {
				t.Errorf("%s: %+v", what, who)
			}
			if who.Identity != nil {
				named = append(named, who.Number)
				if who.Identity.Fields[0].Text[0] != "王小明" {
					t.Errorf("%s: number %d is %+v", what, who.Number, who.Identity)
				}
			}
		}
		if !slices.Equal(named, want) {
			t.Errorf("%s knows %v, want %v", what, named, want)
		}
	}
	known("the department", lin, 1)
	known("an admin", admin)
	_, err := desk.Desk().Colleagues(b.ctx, zhao.Actor(), c.ID)
	wantCode(t, "another department", err, cases.NotFound)
	for i, a := range []cases.Act{
		{Action: cases.Take, By: lin.Actor()},
		{Action: cases.AskCustody, By: lin.Actor(), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}},
		{Action: cases.GrantCustody, By: custodian.Actor()},
		{Action: cases.OpenCustody, By: lin.Actor(), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}},
	} {
		a.Key = fmt.Sprint("act", i)
		desk.act(c.Ref, a)
	}
	known("whom the custodian let", lin, 1, 2)
	known("nobody else", wu, 1)
	if n := b.count("SELECT count(*) FROM notices n JOIN events e USING (case_id, seq) WHERE e.kind = 'custody_opened' AND n.colleague = 2"); n != 1 {
		t.Errorf("told %d times that their identity was opened", n)
	}
	if n := b.count("SELECT count(*) FROM notices n JOIN events e USING (case_id, seq) WHERE e.kind = 'custody_opened' AND n.colleague NOT IN (0, 2)"); n != 0 {
		t.Errorf("%d who are not concerned are told", n)
	}

	// The postman reads addresses, and nobody else does.
	for n, want := range []string{"", "address of named", "address of confidential", "address of anonymous", ""} {
		if n == 0 {
			continue
		}
		who, address, err := postman.ColleagueAddress(b.ctx, c.ID, n)
		if err != nil || string(address) != want || who.Number != n {
			t.Errorf("number %d: %q, %+v, %v", n, address, who, err)
		}
	}
	if _, _, err := intake.ColleagueAddress(b.ctx, c.ID, 1); err == nil {
		t.Error("the intake reads addresses")
	}

	// Each finds the case by what they hold, and leaves it.
	for n, m := range cases.Modes() {
		if m.Nameless() {
			got, err := intake.ByReceipt(b.ctx, []byte("receipt of "+string(m)))
			if err != nil || got.Colleague != n+1 || got.Mode != m {
				t.Errorf("%s finds %+v, %v", m, got, err)
			}
		} else if got, err := intake.ByReporter(b.ctx, []byte("reporter of "+string(m))); err != nil || len(got) != 1 || got[0].Mode != m {
			t.Errorf("%s finds %+v, %v", m, got, err)
		}
		for range 2 {
			if err := intake.LeaveCase(b.ctx, c.ID, n+1); err != nil {
				t.Fatal(m, err)
			}
		}
		if _, err := intake.Colleague(b.ctx, c.ID, n+1); cases.CodeOf(err) != cases.NotFound {
			t.Errorf("%s has left: %v", m, err)
		}
	}
	if n := b.count("SELECT (SELECT count(*) FROM co_reporters) + (SELECT count(*) FROM co_identities)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	known("after all have left", lin)
	if got, err := desk.CaseByRef(b.ctx, lin.Actor(), c.Ref); err != nil || got.Colleagues != 0 || got.Sealed != 0 {
		t.Errorf("%d joined, %d sealed, %v", got.Colleagues, got.Sealed, err)
	}
	// A number is never given again.
	if n := intake.join(c, joining(cases.Dark, "later")); n != 5 {
		t.Errorf("who comes later is number %d", n)
	}
}

// TestJoinLinksAreBounded: so many wait, for so long, and each is good once.
func TestJoinLinksAreBounded(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 3, 3, 14, 21, 7, 0, shanghai())
	b, clock := quietSetup(t, made)
	wu := b.officer("Wu Min", cases.RoleLead, "hr").Actor()
	f := filing(cases.Named, "first")
	c := b.file(f)
	links := make([]string, cases.MaxJoinLinks)
	for i := range links {
		links[i] = b.linked(c, fmt.Sprint("secret", i))
	}
	b.linked(c, "secret0") // asked for again it is the same one
	if n := b.count("SELECT count(*) FROM join_links"); n != cases.MaxJoinLinks {
		t.Errorf("%d links", n)
	}
	eleventh := cases.JoinToken([]byte("eleventh"))
	wantCode(t, "one too many", b.MakeJoinLink(b.ctx, c.ID, eleventh), cases.NotNow)
	_, err := b.JoinLink(b.ctx, eleventh)
	wantCode(t, "a link that never was", err, cases.UsedUp)
	_, _, err = b.JoinCase(b.ctx, eleventh, joining(cases.Dark, "x"))
	wantCode(t, "to join by it", err, cases.UsedUp)
	wantCode(t, "a link of no case", b.MakeJoinLink(b.ctx, "c0ffee", eleventh), cases.NotFound)

	// Once, by one person, who may ask twice.
	if got, err := b.JoinLink(b.ctx, links[0]); err != nil || got.ID != c.ID {
		t.Errorf("a link leads to %+v, %v", got, err)
	}
	one := joining(cases.Named, "one")
	for i := range 2 {
		if got, again, err := b.JoinCase(b.ctx, links[0], one); err != nil || again != (i == 1) || got.Colleague != 1 || got.Mode != cases.Named {
			t.Errorf("joined: %+v, again %v, %v", got, again, err)
		}
	}
	_, _, err = b.JoinCase(b.ctx, links[0], joining(cases.Named, "two"))
	wantCode(t, "a link that was used", err, cases.UsedUp)
	_, err = b.JoinLink(b.ctx, links[0])
	wantCode(t, "where it leads", err, cases.UsedUp)
	own := joining(cases.Named, "own")
	own.Reporter = f.Reporter
	_, _, err = b.JoinCase(b.ctx, links[1], own)
	wantCode(t, "the first reporter", err, cases.NotAllowed)
	own.Reporter = one.Reporter
	_, _, err = b.JoinCase(b.ctx, links[1], own)
	wantCode(t, "who joined already", err, cases.NotAllowed)
	half := joining(cases.Anonymous, "half")
	half.Receipt = nil
	_, _, err = b.JoinCase(b.ctx, links[1], half)
	wantCode(t, "without a receipt", err, cases.Incomplete)
	if n := b.count("SELECT count(*) FROM co_reporters"); n != 1 {
		t.Errorf("%d joined", n)
	}
	// Of who joined without a name, the link keeps the day.
	clock.set(made.Add(time.Hour))
	if _, _, err := b.JoinCase(b.ctx, links[1], joining(cases.Dark, "dark")); err != nil {
		t.Fatal(err)
	}
	if n := b.count("SELECT count(*) FROM join_links WHERE used_at = $1 AND used_key = 'dark'", time.Date(2026, 3, 3, 0, 0, 0, 0, shanghai())); n != 1 {
		t.Error("a link tells the hour")
	}

	// To the end of the seventh day after the one on which it was made.
	clock.set(time.Date(2026, 3, 10, 23, 59, 58, 0, shanghai()))
	if _, err := b.JoinLink(b.ctx, links[2]); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	clock.set(time.Date(2026, 3, 11, 0, 0, 0, 0, shanghai()))
	_, err = b.JoinLink(b.ctx, links[2])
	wantCode(t, "run out", err, cases.UsedUp)
	_, _, err = b.JoinCase(b.ctx, links[2], joining(cases.Dark, "late"))
	wantCode(t, "to join too late", err, cases.UsedUp)
	b.linked(c, "eleventh") // there is room again

	// And not when the case has ended.
	for i, a := range []cases.Action{cases.Take, cases.Decline} {
		b.act(c.Ref, cases.Act{Action: a, By: wu, Code: "outside", Body: &cases.Body{Text: "x"}, Key: fmt.Sprint("end", i)})
	}
	_, err = b.JoinLink(b.ctx, eleventh)
	wantCode(t, "where a link leads after the end", err, cases.NotNow)
	_, _, err = b.JoinCase(b.ctx, eleventh, joining(cases.Dark, "after"))
	wantCode(t, "to join after the end", err, cases.NotNow)
	wantCode(t, "a link after the end", b.MakeJoinLink(b.ctx, c.ID, cases.JoinToken([]byte("z"))), cases.NotNow)
}

// TestTheOfficeLearnsInTheSlot: what somebody without a name does is nowhere on the desk before its slot, whether they are
// the first reporter or joined, and whatever the officer looks at; in the slot it is there.
func TestTheOfficeLearnsInTheSlot(t *testing.T) {
	t.Parallel()
	filed := time.Date(2026, 3, 3, 9, 0, 0, 0, shanghai())
	for name, tt := range map[string]struct {
		first  cases.Mode
		does   func(b *bundle, c cases.Case)
		joined int
		kind   cases.EventKind
	}{
		"anonymous, adds": {cases.Anonymous, func(b *bundle, c cases.Case) {
			b.says(c, 0, "forklift brakes")
		}, 1, cases.Added},
		"named, a dark colleague joins": {cases.Named, func(b *bundle, c cases.Case) {
			j := joining(cases.Dark, "dark")
			j.Body = &cases.Body{Text: "forklift brakes", Files: []cases.File{{ID: "wire", Kind: "photo"}}}
			b.join(c, j)
		}, 2, cases.Joined},
		"anonymous, a named colleague adds": {cases.Anonymous, func(b *bundle, c cases.Case) {
			b.says(c, 1, "forklift brakes")
		}, 1, cases.Added},
		"named, an anonymous colleague leaves": {cases.Confidential, func(b *bundle, c cases.Case) {
			b.exec("UPDATE co_reporters SET mode = 'anonymous', reporter_key = NULL, receipt_lookup = 'r'")
			if err := b.LeaveCase(b.ctx, c.ID, 1); err != nil {
				b.t.Fatal(err)
			}
		}, 0, cases.Left},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &dial{at: filed}
			b := setup(t, searchable, func(o *postgres.Options) {
				o.Quiet, o.Location, o.Now = hours(), shanghai(), clock.now
				o.Major = []cases.MajorRule{{People: 3, Minutes: 15, Leaders: [][]string{{"Wu Min"}}}}
			})
			lin, wu := b.officer("Lin Tao", cases.RoleOfficer, "hr"), b.officer("Wu Min", cases.RoleLead, "hr")
			c := b.file(filing(tt.first, "first"))
			j := joining(cases.Named, "one")
			if tt.kind == cases.Left {
				j = joining(cases.Anonymous, "one")
				j.Reporter, j.Receipt = nil, []byte("receipt of one")
			}
			b.join(c, j)
			clock.set(filed.AddDate(0, 0, 2))
			if err := b.Enqueue(b.ctx, c.ID); err != nil {
				t.Fatal(err)
			}
			b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor(), Key: "take"})
			b.act(c.Ref, cases.Act{Action: cases.Open, By: lin.Actor(), Key: "open"})
			type sight struct {
				Card, Listed, Found cases.Case
				Events              []cases.Event
				Colleagues          []cases.Colleague
				Words               []string
				Unread              int
			}
			looks := func() (s sight) {
				t.Helper()
				var err error
				if s.Card, err = b.CaseByRef(b.ctx, lin.Actor(), c.Ref); err == nil {
					s.Events, err = b.Desk().Events(b.ctx, lin.Actor(), c.ID)
				}
				if err == nil {
					s.Colleagues, err = b.Desk().Colleagues(b.ctx, lin.Actor(), c.ID)
				}
				if err == nil {
					var all []cases.Case
					all, _, err = b.List(b.ctx, lin.Actor(), cases.Filter{}, 0, 9)
					s.Listed = all[0]
				}
				if err == nil {
					var all []cases.Case
					all, err = b.Desk().CasesByIDs(b.ctx, lin.Actor(), []string{c.ID})
					s.Found = all[0]
				}
				if err == nil {
					var loads map[cases.OfficerID]cases.Load
					loads, err = b.Desk().Loads(b.ctx, wu.Actor(), "hr")
					s.Unread = loads[lin.ID].Unread
				}
				if err != nil {
					t.Fatal(err)
				}
				s.Words = b.search(lin.Actor(), words("forklift"))
				s.Card.Updated, s.Listed.Updated, s.Found.Updated = time.Time{}, time.Time{}, time.Time{}
				return s
			}
			clock.set(filed.AddDate(0, 0, 2).Add(5 * time.Hour))
			before, notices := looks(), b.count("SELECT count(*) FROM notices WHERE recipient <> 'reporter'")
			tt.does(b, c)
			if after := looks(); !cmp.Equal(before, after) {
				t.Errorf("the desk at once (-before +after):\n%s", cmp.Diff(before, after))
			}
			slot := time.Date(2026, 3, 6, 8, 0, 0, 0, shanghai())
			if n := b.count("SELECT count(*) FROM river_job WHERE kind = 'fetch' AND created_at > $1", slot); n != 0 {
				t.Error("the job that brings a file tells the hour")
			}
			if all, due := b.count("SELECT count(*) FROM notices WHERE recipient <> 'reporter'"), b.count("SELECT count(*) FROM notices WHERE due_at = $1 AND officer = $2", slot, lin.ID); all != notices+1 || due != 1 {
				t.Errorf("%d notices more, %d of them in the slot", all-notices, due)
			}
			// What the officer does meanwhile shows nothing either, and does not count as reading it.
			clock.set(slot.Add(-time.Minute))
			for _, a := range []cases.Action{cases.Open, cases.Accept} {
				c = b.act(c.Ref, cases.Act{Action: a, By: lin.Actor(), Key: "meanwhile:" + string(a)})
			}
			if c.Colleagues != before.Card.Colleagues || c.Unread || len(c.Veiled) > 0 {
				t.Errorf("an act shows %d colleagues, unread %v, %v", c.Colleagues, c.Unread, c.Veiled)
			}
			clock.set(slot)
			got := looks()
			last := got.Events[len(got.Events)-1]
			speaks := tt.kind != cases.Left
			if got.Card.Colleagues != tt.joined || got.Card.Unread != speaks || got.Listed.Unread != speaks || (got.Unread == 1) != speaks ||
				(len(got.Words) == 1) != speaks || last.Kind != tt.kind || got.Card.Version != c.Version {
				t.Errorf("in the slot: %d colleagues, unread %v, %d with the lead, found %q, version %d, last %s", got.Card.Colleagues,
					got.Card.Unread, got.Unread, got.Words, got.Card.Version, last.Kind)
			}
			if hour := last.At.In(shanghai()); hour.After(filed.AddDate(0, 0, 2).Add(4 * time.Hour)) {
				t.Errorf("the event is dated %s", hour)
			}
			calls := b.count("SELECT count(*) FROM river_job WHERE kind = 'escalate' AND scheduled_at = $1 AND created_at = $1", slot)
			if want := map[bool]int{true: 1}[tt.joined == 2]; calls != want {
				t.Errorf("leaders are called %d times for the third who says it, want %d", calls, want)
			}
			if calls > 0 {
				b.house()
				b.until("leaders are called", func() bool {
					return b.count("SELECT count(*) FROM events WHERE kind = 'raised' AND code = 'people'") == 1
				})
			}
		})
	}
}

// says has the first reporter (0) or a colleague add words to a case.
func (b *bundle) says(c cases.Case, n int, words string) {
	b.t.Helper()
	if _, _, _, err := b.ActByID(b.ctx, c.ID, cases.Act{
		Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Colleague: n, Body: &cases.Body{Text: words}, Key: "says:" + words[:3],
	}); err != nil {
		b.t.Fatal(err)
	}
}
