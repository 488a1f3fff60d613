package cases

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawRule makes any rule that Check accepts.
func drawRule(t *rapid.T, name string) Rule {
	kinds := []EventKind{Filed, Accepted, Taken, Replied, Asked, Answered, Proposed, Reopened, Mediating, Unsettled, Missed}
	some := func(label string, least int) []EventKind {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(kinds), least, 4, rapid.ID).Draw(t, label)
	}
	r := Rule{Name: name, From: some("from", 0), Until: some("until", 1)}
	r.Again = slices.DeleteFunc(some("again", 0), func(k EventKind) bool { return slices.Contains(r.Until, k) })
	r.Pause = rapid.SliceOfNDistinct(rapid.SampledFrom([]Status{StatusWaiting, StatusMediation, StatusPanel}), 0, 2, rapid.ID).Draw(t, "pause")
	n := rapid.IntRange(0, 40).Draw(t, "length")
	switch rapid.IntRange(0, 2).Draw(t, "of") {
	case 0:
		r.Days = n
	case 1:
		r.WorkingDays = max(n, 1)
	case 2:
		r.Months = n/8 + 1
	}
	if rapid.Bool().Draw(t, "extendable") {
		r.Extend = Extend{Days: rapid.IntRange(1, 40).Draw(t, "days"), By: RoleLead, Times: rapid.IntRange(1, 2).Draw(t, "times")}
	}
	if length := max(r.Days, r.WorkingDays, 28*r.Months); length > 1 {
		r.Remind.Days = rapid.IntRange(0, length-1).Draw(t, "remind")
	}
	return r
}

// entries lead to statuses in which clocks may stand still.
var entries = []EventKind{Asked, Mediating, Convened}

func drawRules(t *rapid.T) Rules {
	r := Rules{
		Procedure: Procedure{ID: "any", Clocks: []Rule{drawRule(t, "a"), drawRule(t, "b"), {
			Name: "watch", Days: 5, From: entries, Again: entries, Until: []EventKind{Answered, Unsettled, Concluded},
		}}},
		Calendar: drawCalendar(t),
		Location: zone(t, rapid.SampledFrom([]string{
			"UTC", "Asia/Shanghai", "Europe/Berlin", "America/Havana", "America/Santiago", "Australia/Lord_Howe",
		}).Draw(t, "zone")),
	}
	if err := r.Procedure.Check(); err != nil {
		t.Fatal(err)
	}
	return r
}

func drawInstant(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(1_764_000_000, 1_830_000_000).Draw(t, "at"), 0).UTC() // late 2025 to 2027
}

func TestDueProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, from := drawRules(t), drawInstant(t)
		rule := r.Procedure.Clocks[0]
		due, day := r.Due(rule, from), r.day(from)
		later := r.Due(rule, from.Add(time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "later"))))
		longer := rule
		switch {
		case rule.WorkingDays > 0:
			longer.WorkingDays++
		case rule.Months > 0:
			longer.Months++
		default:
			longer.Days++
		}
		for what, wrong := range map[string]bool{
			"is before the start":             due.Before(from),
			"is not the end of its day":       r.day(due) == r.day(due.Add(time.Second)),
			"is no working day":               rule.WorkingDays > 0 && !r.Calendar.Works(r.day(due)),
			"comes earlier for a later case":  later.Before(due),
			"is no earlier than a longer one": !due.Before(r.Due(longer, from)),
			"is not so many days later":       rule.Days > 0 && day.Add(rule.Days) != r.day(due),
			"is not counted back":             rule.WorkingDays > 0 && r.Calendar.Count(day, r.day(due)) != rule.WorkingDays,
		} {
			if wrong {
				t.Fatalf("%+v from %s in %s: %s %s", rule, from, r.Location, due, what)
			}
		}
	})
}

// TestClocksProperty lets anything happen in any order and holds the clocks to what was promised of them.
func TestClocksProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, now := drawRules(t), drawInstant(t)
		c := Case{Status: StatusReceived}
		var events []Event
		for i := range rapid.IntRange(1, 40).Draw(t, "events") {
			e := Event{
				Kind: rapid.SampledFrom([]EventKind{
					Filed, Accepted, Taken, Replied, Asked, Answered, Proposed, Reopened, Mediating, Unsettled, Noted,
					Missed, Missed, ExtensionGranted, ExtensionGranted, Reminded,
				}).Draw(t, "kind"),
				At:   now,
				Code: rapid.SampledFrom([]string{"a", "b", "a.owner", "b.lead"}).Draw(t, "code"),
				Status: rapid.SampledFrom([]Status{
					StatusAccepted, StatusAccepted, StatusWaiting, StatusWaiting, StatusMediation, StatusPanel, StatusClosed,
				}).Draw(t, "status"),
			}
			if i == 0 {
				e.Kind = Filed
			}
			if k, ok := c.standing(e.Code); e.Kind == Missed && (!ok || !now.After(k.Due)) {
				e.Kind = Noted // the date has not passed
			}
			before := c.Clocks
			kept := slices.Clone(before)
			e.Clocks = r.brings(c, e)
			c.Clocks, c.Status = foldClocks(before, e), e.Status
			events = append(events, e)
			if diff := cmp.Diff(kept, before); diff != "" {
				t.Fatalf("%s wrote into the clocks before it: %s", e.Kind, diff)
			}
			wholeClocks(t, c, before, e)
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(400*time.Hour)).Draw(t, "later")))
		}
		var again []Clock
		for _, e := range events {
			again = foldClocks(again, e)
		}
		if diff := cmp.Diff(c.Clocks, again); diff != "" {
			t.Fatalf("the fold differs: %s", diff)
		}
	})
}

func wholeClocks(t *rapid.T, c Case, before []Clock, e Event) {
	if len(c.Clocks) != len(before)+len(e.Clocks) {
		t.Fatalf("%s: %d clocks and %d make %d", e.Kind, len(before), len(e.Clocks), len(c.Clocks))
	}
	stands := map[string]int{}
	for i, k := range c.Clocks {
		if k.stands() {
			stands[k.Name]++
		}
		wrong := map[string]bool{
			"two of a name stand":               stands[k.Name] > 1,
			"is met and over":                   !k.Met.IsZero() && !k.Over.IsZero(),
			"stands still in no such status":    k.stands() && !k.Paused.IsZero() && e.Status.Open() && !slices.Contains(k.Pause, e.Status),
			"goes on in a status that stops it": k.owed() && slices.Contains(k.Pause, e.Status) && !e.At.After(k.Due),
			"is reminded after it is due":       k.Remind.After(k.Due),
		}
		if i < len(before) {
			old := before[i]
			wrong["its date moved"] = !k.Due.Equal(old.Due) || k.Name != old.Name || k.Rule != old.Rule
			wrong["what was met, missed or over changed"] = !old.Met.IsZero() && !k.Met.Equal(old.Met) ||
				!old.Missed.IsZero() && !k.Missed.Equal(old.Missed) || !old.Over.IsZero() && !k.Over.Equal(old.Over)
		} else {
			wrong["begins when it is over"] = k.Due.Before(e.At) && e.Kind != Missed && e.Kind != ExtensionGranted
			wrong["is reminded before it begins"] = !k.Remind.IsZero() && e.Kind != Missed && !k.Remind.After(e.At)
			for _, old := range before {
				wrong["takes the place of a later date"] = wrong["takes the place of a later date"] ||
					old.Name == k.Name && old.stands() && k.Due.Before(old.Due)
			}
		}
		for what, yes := range wrong {
			if yes {
				t.Fatalf("after %s in %s: %s: %+v", e.Kind, e.Status, what, k)
			}
		}
	}
}
