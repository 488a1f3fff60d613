package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func TestNextGivesEachCaseOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const officers, waiting = 20, 15
	var actors []cases.Actor
	for i := range officers {
		actors = append(actors, b.officer(fmt.Sprint("officer ", i), cases.RoleOfficer, "hr").Actor())
	}
	for i := range waiting {
		b.file(filing(cases.Named, fmt.Sprint("d", i)))
	}
	elsewhere := filing(cases.Named, "elsewhere")
	elsewhere.Case.Department = "safety"
	b.file(elsewhere)

	var mu sync.Mutex
	owner := map[string]cases.OfficerID{}
	var none atomic.Int32
	together(2*officers, func(i int) { // everybody presses twice at once
		by := actors[i%officers]
		c, ok, err := b.Next(b.ctx, by, fmt.Sprint("press-", by.Officer))
		if err != nil {
			t.Error(err)
			return
		}
		if !ok {
			none.Add(1)
			return
		}
		if c.Owner != by.Officer {
			t.Errorf("given to %d, owned by %d", by.Officer, c.Owner)
		}
		mu.Lock()
		defer mu.Unlock()
		if was, taken := owner[c.ID]; taken && was != by.Officer {
			t.Errorf("a case was given to %d and to %d", was, by.Officer)
		}
		owner[c.ID] = by.Officer
	})
	if len(owner) != waiting || none.Load() != 2*(officers-waiting) {
		t.Errorf("%d cases given, %d answers of none", len(owner), none.Load())
	}
	if n := b.count("SELECT count(*) FROM events WHERE kind = 'taken'"); n != waiting {
		t.Errorf("%d takings", n)
	}
}

func TestTakeAtOnceHasOneWinner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var actors []cases.Actor
	for i := range 20 {
		actors = append(actors, b.officer(fmt.Sprint("officer ", i), cases.RoleOfficer, "hr").Actor())
	}
	c := b.file(filing(cases.Named, "d"))
	var won atomic.Int32
	together(len(actors), func(i int) {
		_, _, _, err := b.Act(b.ctx, c.Ref, cases.Act{Action: cases.Take, By: actors[i], Key: fmt.Sprint(i)})
		if err == nil {
			won.Add(1)
			return
		}
		wantCode(t, "the others", err, cases.AlreadyTaken)
	})
	if won.Load() != 1 {
		t.Errorf("%d winners", won.Load())
	}
}

func TestNextWaitsForWhoIsReading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	c := b.file(filing(cases.Named, "d"))
	conn := b.conn()
	tx, err := conn.Begin(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(b.ctx, "SELECT * FROM cases FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	got := make(chan bool)
	go func() {
		taken, ok, err := b.Next(b.ctx, lin, "k")
		got <- ok && err == nil && taken.ID == c.ID
	}()
	b.until("Next waits for the lock", func() bool {
		return b.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 1
	})
	if err := tx.Rollback(b.ctx); err != nil {
		t.Fatal(err)
	}
	if !<-got {
		t.Error("a case that was only locked for a moment was not given")
	}
}

func TestAdminTakesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.officer("Sun", cases.RoleAdmin, "hr").Actor()
	b.file(filing(cases.Named, "d"))
	_, _, err := b.Next(b.ctx, admin, "k")
	wantCode(t, "next", err, cases.NotAllowed)
	_, _, err = b.Next(b.ctx, cases.Actor{Party: cases.Reporter}, "k")
	wantCode(t, "next of a reporter", err, cases.NotAllowed)
}

func TestListFiltersAndOrders(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := setup(t, func(o *postgres.Options) { o.Now = func() time.Time { return now } })
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	admin := b.officer("Sun", cases.RoleAdmin, "").Actor()
	made := map[string]cases.Case{}
	add := func(name string, change func(*cases.Case)) {
		f := filing(cases.Named, name)
		change(&f.Case)
		made[name] = b.file(f)
		now = now.Add(24 * time.Hour)
	}
	add("old", func(*cases.Case) {})                                      // 1 March: acknowledged by the 8th
	add("dateless", func(c *cases.Case) { c.Procedure = "" })             // 2 March
	add("safety", func(c *cases.Case) { c.Department = "safety" })        // 3 March
	add("urgent", func(c *cases.Case) { c.Urgent = true; c.Unit = "hq" }) // 4 March: by the 11th
	add("mine", func(c *cases.Case) { c.Kind = "conduct" })               // 5 March: by the 12th
	add("ended", func(*cases.Case) {})                                    // 6 March
	b.act(made["mine"].Ref, cases.Act{Action: cases.Take, By: lin, Key: "t"})
	b.act(made["ended"].Ref, cases.Act{Action: cases.Withdraw, By: cases.Actor{Party: cases.Reporter}, Key: "w"})
	now = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)

	for name, test := range map[string]struct {
		by   cases.Actor
		f    cases.Filter
		want []string
	}{
		"all":                   {lin, cases.Filter{}, []string{"urgent", "old", "mine", "dateless", "ended"}},
		"open":                  {lin, cases.Filter{Open: true}, []string{"urgent", "old", "mine", "dateless"}},
		"admin":                 {admin, cases.Filter{Open: true}, []string{"urgent", "old", "safety", "mine", "dateless"}},
		"admin, one department": {admin, cases.Filter{Department: "safety"}, []string{"safety"}},
		"kind":                  {lin, cases.Filter{Kind: "conduct"}, []string{"mine"}},
		"status":                {lin, cases.Filter{Status: cases.StatusWithdrawn}, []string{"ended"}},
		"my own":                {lin, cases.Filter{Owner: cases.OwnedByMe}, []string{"mine"}},
		"nobody's":              {lin, cases.Filter{Owner: cases.OwnedByNobody, Open: true}, []string{"urgent", "old", "dateless"}},
		"overdue":               {lin, cases.Filter{Due: cases.DueOverdue}, []string{"old"}},
		"soon":                  {lin, cases.Filter{Due: cases.DueSoon}, []string{"urgent", "old", "mine"}},
		"a week old":            {lin, cases.Filter{MinAge: 7 * 24 * time.Hour}, []string{"old", "dateless"}},
	} {
		t.Run(name, func(t *testing.T) {
			items, total, err := b.List(b.ctx, test.by, test.f, 0, 50)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range items {
				got = append(got, c.Draft)
				if cases.Can(test.by, cases.List, c) != nil {
					t.Errorf("%s is not for these eyes", c.Draft)
				}
			}
			if !slices.Equal(got, test.want) || total != len(test.want) {
				t.Errorf("got %v (%d), want %v", got, total, test.want)
			}
			if !slices.IsSortedFunc(items, func(a, b cases.Case) int {
				if cases.Before(a, b, now) {
					return -1
				}
				return 1
			}) {
				t.Error("not in the domain's order")
			}
		})
	}

	var paged []string
	for page := range 3 {
		items, total, err := b.List(b.ctx, lin, cases.Filter{}, page, 2)
		if err != nil || total != 5 {
			t.Fatalf("page %d: total %d, %v", page, total, err)
		}
		for _, c := range items {
			paged = append(paged, c.Draft)
		}
	}
	if want := []string{"urgent", "old", "mine", "dateless", "ended"}; !slices.Equal(paged, want) {
		t.Errorf("pages hold %v", paged)
	}
	if items, total, err := b.List(b.ctx, lin, cases.Filter{}, -1, 0); err != nil || len(items) != 1 || total != 5 {
		t.Errorf("page -1 of size 0: %d of %d, %v", len(items), total, err)
	}
	_, _, err := b.List(b.ctx, cases.Actor{}, cases.Filter{}, 0, 10)
	wantCode(t, "list of nobody", err, cases.NotFound)
}
