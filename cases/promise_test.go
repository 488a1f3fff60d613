package cases

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	d := func(n int) Clock { return Clock{Name: "answer", Due: day(n)} }
	with := func(k Clock, change func(*Clock)) Clock { change(&k); return k }
	over := func(k *Clock) { k.Over = day(5) }
	missed := func(k *Clock) { k.Missed, k.Over, k.Why = day(6), day(6), "late" }
	for name, test := range map[string]struct {
		status Status
		clocks []Clock
		want   []Promise
	}{
		"owed": {StatusAccepted, []Clock{d(10)}, []Promise{{Name: "answer", State: PromiseOwed, Due: day(10)}}},
		"done": {
			StatusAccepted, []Clock{with(d(10), func(k *Clock) { k.Met = day(4) })},
			[]Promise{{Name: "answer", State: PromiseDone, Due: day(10), Done: day(4)}},
		},
		"missed, with a new day": {
			StatusAccepted, []Clock{with(d(5), missed), with(d(12), func(k *Clock) { k.MadeUp = 1 })},
			[]Promise{{Name: "answer", State: PromiseMissed, Due: day(5), New: day(12), Missed: day(5), Reason: "late"}},
		},
		"missed twice": {
			StatusAccepted, []Clock{
				with(d(3), missed), with(d(5), func(k *Clock) { missed(k); k.Why = "away" }), with(d(12), func(k *Clock) { k.MadeUp = 2 }),
			},
			[]Promise{{Name: "answer", State: PromiseMissed, Due: day(3), New: day(12), Missed: day(5), Reason: "away"}},
		},
		"done after a missed day": {
			StatusAccepted, []Clock{with(d(5), missed), with(d(12), func(k *Clock) { k.MadeUp, k.Met = 1, day(8) })},
			[]Promise{{Name: "answer", State: PromiseDoneLate, Due: day(5), New: day(12), Missed: day(5), Reason: "late", Done: day(8)}},
		},
		"stands still": {
			StatusWaiting, []Clock{with(d(10), func(k *Clock) { k.Paused = day(3) })},
			[]Promise{{Name: "answer", State: PromiseStill, Due: day(10), Waits: StatusWaiting}},
		},
		"goes on after it stood still": {
			StatusAccepted, []Clock{with(d(10), over), d(14)},
			[]Promise{{Name: "answer", State: PromiseMoved, Due: day(10), New: day(14)}},
		},
		"put off": {
			StatusAccepted, []Clock{with(d(10), over), with(d(20), func(k *Clock) { k.Extended = 1 })},
			[]Promise{{Name: "answer", State: PromiseExtended, Due: day(10), New: day(20)}},
		},
		"done, and owed anew": {
			StatusInvestigating, []Clock{with(d(10), func(k *Clock) { k.Met = day(4) }), d(28)},
			[]Promise{
				{Name: "answer", State: PromiseDone, Due: day(10), Done: day(4)}, {Name: "answer", State: PromiseOwed, Due: day(28)},
			},
		},
		"the day that counts makes the order": {
			StatusAccepted, []Clock{
				{Name: "close", Due: day(12)}, with(d(10), over), {Name: "accept", Due: day(11)}, with(d(20), func(k *Clock) { k.Extended = 1 }),
			},
			[]Promise{
				{Name: "accept", State: PromiseOwed, Due: day(11)}, {Name: "close", State: PromiseOwed, Due: day(12)},
				{Name: "answer", State: PromiseExtended, Due: day(10), New: day(20)},
			},
		},
		"late, before anybody says so": {
			StatusAccepted, []Clock{d(6)}, []Promise{{Name: "answer", State: PromiseOwed, Due: day(6), Late: true}},
		},
		"of an end": {StatusWithdrawn, []Clock{d(10)}, nil},
	} {
		got := Promises(Case{Status: test.status, Clocks: test.clocks}, day(7))
		if diff := cmp.Diff(test.want, got); diff != "" && len(test.want)+len(got) > 0 {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Whatever happens to a case, each date of its clocks is told of: as the one promised first, the one that counts, or one
// that passed; and nothing is said to be on time that was missed.
func TestNoDateIsMissedSilently(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := filing(Named)
		now := day(1)
		if _, err := f.Begin(book(), Quiet{}, now); err != nil {
			t.Fatal(err)
		}
		c := f.Case
		var missed, told int
		reminded := map[string]int{}
		happened := func(e Event) {
			switch e.Kind {
			case Missed:
				missed++
				for _, n := range Notices(c, e) {
					if n.To == ToReporter {
						told++
					}
				}
			case Reminded:
				k, _ := c.standing(e.Code[:len(e.Code)-len(".lead")])
				if e.Code[len(e.Code)-1] == 'r' {
					k, _ = c.standing(e.Code[:len(e.Code)-len(".owner")])
				}
				if reminded[e.Code+k.Due.String()]++; reminded[e.Code+k.Due.String()] > 1 {
					t.Fatalf("reminded twice: %s", e.Code)
				}
				if e.At.After(k.Due) {
					t.Fatalf("reminded after the day: %s", e.Code)
				}
			}
		}
		acts := []Act{ready(Take, ming), ready(Accept, ming), ready(Reply, ming), ready(Ask, ming), ready(Answer, reporter), ready(Release, ming), ready(AskExtension, ming), ready(GrantExtension, lead)}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour)
			for {
				a, ok := c.Tick(now)
				if !ok {
					break
				}
				e, err := c.Do(a, reminding(), now)
				if err != nil {
					t.Fatalf("%s: %v", a.Action, err)
				}
				happened(e)
			}
			if e, err := c.Do(rapid.SampledFrom(acts).Draw(t, "act"), reminding(), now); err == nil {
				happened(e)
			}
			if at, ok := c.Wake(); ok && !at.After(now) {
				t.Fatalf("time stands still at %v", at)
			}
		}
		if told != missed {
			t.Fatalf("%d days were missed, %d told", missed, told)
		}
		lates := 0
		for _, k := range c.Clocks {
			if !k.Missed.IsZero() {
				lates++
			}
		}
		if lates != missed {
			t.Fatalf("%d clocks were missed, %d events say so", lates, missed)
		}
		for _, p := range Promises(c, now) {
			if p.Late {
				t.Fatalf("a day passed and nobody said so: %+v", p)
			}
			if p.State == PromiseDone && !p.Missed.IsZero() {
				t.Fatalf("done in time, it is said: %+v", p)
			}
		}
	})
}

// reminding are rules whose owners are reminded.
func reminding() Rules {
	p := rules()
	for i := range p.Clocks[1:] {
		p.Clocks[i+1].Remind = Reminder{Days: 4}
	}
	return Rules{Procedure: p}
}
