package cases

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	c := at(t, StatusAccepted)
	fits := Event{Case: c.ID, Seq: c.Version + 1, Kind: Noted, At: day(3), By: ming, Status: c.Status}
	if err := new(c).Apply(fits); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Event){
		"seq again":      func(e *Event) { e.Seq-- },
		"seq gap":        func(e *Event) { e.Seq++ },
		"other case":     func(e *Event) { e.Case = "c2" },
		"unknown kind":   func(e *Event) { e.Kind = "danced" },
		"filed again":    func(e *Event) { e.Kind = Filed; e.Status = StatusReceived },
		"unknown status": func(e *Event) { e.Status = "lost" },
		"status moved":   func(e *Event) { e.Status = StatusClosed },
		"wrong target":   func(e *Event) { e.Kind = ClosedEvent; e.Status = StatusAccepted },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, got := fits, c
			change(&e)
			err := got.Apply(e)
			if err == nil || (CodeOf(err) == Changed) != (name == "seq again" || name == "seq gap") {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(c, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Fold(c, nil); CodeOf(err) != NotFound {
		t.Errorf("no events: %v", err)
	}
	if _, err := Fold(c, []Event{fits}); CodeOf(err) != Changed {
		t.Errorf("no filing: %v", err)
	}
}

// Whatever anybody tries in whatever order, the case stays whole.
func TestAnySequenceOfActs(t *testing.T) {
	t.Parallel()
	actors := []Actor{reporter, ming, hua, lead, admin, stranger, far, {Party: System}, {}}
	rapid.Check(t, func(t *rapid.T) {
		f := filing(rapid.SampledFrom([]Mode{Named, Confidential, Anonymous}).Draw(t, "mode"))
		first, err := f.Begin(rules(), Quiet{}, time.UTC, day(1))
		if err != nil {
			t.Fatal(err)
		}
		c, events, now := f.Case, []Event{first}, day(1)
		due := make([]time.Time, len(c.Clocks))
		for i, k := range c.Clocks {
			due[i] = k.Due
		}
		for range rapid.IntRange(1, 40).Draw(t, "acts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 90_000_000).Draw(t, "ms")) * time.Millisecond)
			a := ready(rapid.SampledFrom(Actions()).Draw(t, "action"), rapid.SampledFrom(actors).Draw(t, "by"))
			if a.Action == Assign {
				a.ToDepartment = rapid.SampledFrom([]string{"hr", "safety", ""}).Draw(t, "department")
				a.To = OfficerID(rapid.IntRange(0, 6).Draw(t, "to"))
			}
			if rapid.IntRange(0, 9).Draw(t, "bare") == 0 {
				a.Body, a.Code = nil, ""
			}
			before := c
			offered := slices.Contains(Moves(c, a.By), a.Action)
			e, err := c.Do(a, now)

			if a.By.Party == Office && a.By.Role != RoleAdmin && a.By.Department != before.Department && CodeOf(err) != NotFound {
				t.Fatalf("%s tells an officer elsewhere: %v", a.Action, err)
			}
			if err != nil {
				if CodeOf(err) == "" {
					t.Fatalf("%s: no code in %v", a.Action, err)
				}
				if diff := cmp.Diff(before, c); diff != "" {
					t.Fatalf("%s failed and changed the case: %s", a.Action, diff)
				}
				continue
			}
			if !offered {
				t.Fatalf("%s was possible in %s and not among the moves", a.Action, before.Status)
			}
			if e.Seq != before.Version+1 || c.Version != e.Seq || e.Case != c.ID || e.By != a.By || e.Key != a.Key {
				t.Fatalf("event %+v on version %d", e, before.Version)
			}
			want, moved := after(before.Status, a.Action)
			if c.Status != want || e.Status != want || moved != movesStatus(a.Action) {
				t.Fatalf("%s led from %s to %s", a.Action, before.Status, c.Status)
			}
			for i, k := range c.Clocks {
				if !k.Due.Equal(due[i]) || !before.Clocks[i].Met.IsZero() && !k.Met.Equal(before.Clocks[i].Met) {
					t.Fatalf("%s moved the clock %s", a.Action, k.Name)
				}
			}
			for _, n := range Notices(c, e) {
				if n.Officer != 0 && n.Officer == a.By.Officer || n.To == ToReporter && (a.By.Party == Reporter || !c.Reachable()) {
					t.Fatalf("%s: notice %+v", a.Action, n)
				}
			}
			events = append(events, e)
		}
		folded, err := Fold(c, events)
		if diff := cmp.Diff(c, folded); diff != "" || err != nil {
			t.Fatalf("the fold differs: %v %s", err, diff)
		}
	})
}
