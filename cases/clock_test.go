package cases

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStart(t *testing.T) {
	t.Parallel()
	shanghai := time.FixedZone("CST", 8*3600)
	filed := time.Date(2026, 2, 27, 17, 30, 0, 0, time.UTC) // the 28th in Shanghai
	got := Rules{Location: shanghai, Procedure: Procedure{ID: "p", Clocks: []Rule{
		{Name: "today", Days: 0, Until: []EventKind{Filed}},
		{Name: "answer", Days: 30, Until: []EventKind{Replied}},
	}}}.brings(Case{}, Event{Kind: Filed, At: filed})
	want := []Clock{
		{Name: "today", Due: time.Date(2026, 2, 28, 15, 59, 59, 0, time.UTC), Rule: "p/today: 0 days", Until: []EventKind{Filed}},
		{Name: "answer", Due: time.Date(2026, 3, 30, 15, 59, 59, 0, time.UTC), Rule: "p/answer: 30 days", Until: []EventKind{Replied}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	c, _ := begun(t, Named)
	if c.Clocks[0].Met.IsZero() {
		t.Error("filing acknowledges at once")
	}
	if next, ok := c.Next(); !ok || next.Name != "accept" {
		t.Errorf("next is %v, %v", next, ok)
	}
	if due := c.Clocks[1].Due; c.Overdue(due) || !c.Overdue(due.Add(time.Second)) {
		t.Error("overdue begins after the last second of the day")
	}
	must(t, &c, ready(Take, ming))
	must(t, &c, ready(Accept, ming))
	must(t, &c, ready(Reply, ming))
	answered := c.Clocks[2].Met
	if !answered.Equal(day(2)) {
		t.Errorf("answer met at %v", answered)
	}
	if _, ok := c.Next(); ok || c.Overdue(day(31)) {
		t.Error("everything is done")
	}
	for _, a := range []Act{ready(Propose, ming), ready(Satisfy, reporter)} {
		if _, err := c.Do(a, book(), day(20)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Do(ready(Reopen, lead), book(), day(21)); err != nil {
		t.Fatal(err)
	}
	if !c.Clocks[2].Met.Equal(answered) {
		t.Error("a clock was met twice")
	}

	ended := at(t, StatusWithdrawn)
	if _, ok := ended.Next(); ok || ended.Overdue(day(31)) {
		t.Error("an ended case owes nothing")
	}
}

func TestProcedureCheck(t *testing.T) {
	t.Parallel()
	if err := rules().Check(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Procedure){
		"an id is":             func(p *Procedure) { p.ID = "P 1" },
		"no clocks":            func(p *Procedure) { p.Clocks = nil },
		"a name is":            func(p *Procedure) { p.Clocks[0].Name = "" },
		"stands twice":         func(p *Procedure) { p.Clocks[1].Name = p.Clocks[0].Name },
		"-1 days":              func(p *Procedure) { p.Clocks[0].Days = -1 },
		"3651 days":            func(p *Procedure) { p.Clocks[0].Days = 3651 },
		"never be met":         func(p *Procedure) { p.Clocks[0].Until = nil },
		`no event "answering"`: func(p *Procedure) { p.Clocks[0].Until = []EventKind{"answering"} },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := rules()
			spoil(&p)
			if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestQueueOrder(t *testing.T) {
	t.Parallel()
	now := day(10)
	mk := func(id string, urgent bool, due, filed int) Case {
		c := Case{ID: id, Urgent: urgent, Status: StatusReceived, Filed: day(filed)}
		if due != 0 {
			c.Clocks = []Clock{{Due: day(due)}}
		}
		return c
	}
	want := []Case{
		mk("urgent and overdue", true, 9, 5),
		mk("urgent", true, 20, 5),
		mk("urgent, nothing owed", true, 0, 5),
		mk("overdue for longer", false, 8, 5),
		mk("overdue", false, 9, 1),
		mk("due soon", false, 11, 5),
		mk("due later, filed first", false, 12, 4),
		mk("due later a", false, 12, 5),
		mk("due later b", false, 12, 5),
		mk("nothing owed", false, 0, 1),
	}
	for i, a := range want {
		for j, b := range want {
			if got := Before(a, b, now); got != (i < j) {
				t.Errorf("%s before %s: %v", a.ID, b.ID, got)
			}
		}
	}
	for i, urgency := range []int{2, 2, 2, 1, 1, 0, 0, 0, 0, 0} {
		if got := Urgency(want[i], now); got != urgency {
			t.Errorf("%s: %d", want[i].ID, got)
		}
	}
	if !slices.IsSortedFunc(want, func(a, b Case) int {
		if Before(a, b, now) {
			return -1
		}
		return 1
	}) {
		t.Error("not an order")
	}
}
