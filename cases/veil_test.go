package cases

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// eight is what organisations set; slots are at eight.
func eight() Quiet { return Quiet{Queue: 480, From: 540, To: 1260} }

func TestSlotOf(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("UTC+8", 8*60*60)
	now := time.Date(2026, 3, 3, 14, 21, 7, 0, zone)
	slot := time.Date(2026, 3, 4, 8, 0, 0, 0, zone)
	for _, a := range Actions() {
		for _, m := range Modes() {
			for _, prompt := range []bool{false, true} {
				for n, waits := range [][]Action{{Add, JoinAs, Leave}, {Add, JoinAs, Leave, Lower, Reveal}} {
					var want time.Time
					if slices.Contains(waits, a) && m.Nameless() && !prompt {
						want = slot
					}
					c, act := Case{Mode: m, Prompt: prompt}, Act{Action: a, Colleague: n}
					if got := eight().SlotOf(c, act, now, zone); !got.Equal(want) {
						t.Errorf("%s by %d, %s, at once %v: %s, want %s", a, n, m, prompt, got, want)
					}
					if got := (Quiet{}).SlotOf(c, act, now, zone); !got.IsZero() {
						t.Errorf("without quiet hours: %s", got)
					}
				}
			}
		}
	}
}

// In its slot, and not before, the office learns of an event and of what it changed.
func TestVeil(t *testing.T) {
	t.Parallel()
	slot := day(11)
	before := at(t, StatusAccepted)
	before.Unread, before.Colleagues = false, 3
	do := func(c *Case, a Act, now time.Time) Event {
		t.Helper()
		a.Key = "k"
		e, err := c.Do(a, book(), now)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for name, tt := range map[string]struct {
		act    Act
		change func(*Case)
	}{
		"words of the first": {Act{Action: Add, By: reporter, Body: words("more"), Slot: slot}, func(c *Case) { c.Unread = true }},
		"words of a colleague": {
			Act{Action: Add, By: reporter, Colleague: 1, Body: words("more"), Slot: slot}, func(c *Case) { c.Unread = true },
		},
		"joined": {
			Act{Action: JoinAs, By: system, Colleague: 1, Code: string(Confidential), Slot: slot},
			func(c *Case) { c.Colleagues, c.Sealed = 4, 1 },
		},
		"joined with words": {
			Act{Action: JoinAs, By: system, Colleague: 1, Code: string(Dark), Body: words("me too"), Slot: slot},
			func(c *Case) { c.Colleagues, c.Unread = 4, true },
		},
		"left": {
			Act{Action: Leave, By: system, Colleague: 1, Code: string(Dark), Slot: slot}, func(c *Case) { c.Colleagues = 2 },
		},
	} {
		c := before
		e := do(&c, tt.act, day(10))
		if e.Known(slot.Add(-1)) || !e.Known(slot) {
			t.Errorf("%s: known %v before the slot, %v in it", name, e.Known(slot.Add(-1)), e.Known(slot))
		}
		want := before
		want.Updated = c.Updated
		if got := c.Known(slot.Add(-1)); !cmp.Equal(want, got) {
			t.Errorf("%s, before the slot (-want +got):\n%s", name, cmp.Diff(want, got))
		}
		want.Version = c.Version
		tt.change(&want)
		if got := c.Known(slot); !cmp.Equal(want, got) {
			t.Errorf("%s, in the slot (-want +got):\n%s", name, cmp.Diff(want, got))
		}
		if len(c.Veiled) != 1 {
			t.Errorf("%s: looking changed the case", name)
		}
		// Who opens the case before the slot has not read what was said.
		do(&c, Act{Action: Open, By: ming}, slot.Add(-time.Minute))
		if got := c.Known(slot); got.Unread != want.Unread || got.Version != want.Version+1 {
			t.Errorf("%s: opened too soon: unread %v, version %d", name, got.Unread, got.Version)
		}
		do(&c, Act{Action: Open, By: ming}, slot)
		if c.Unread || len(c.Veiled) != 0 {
			t.Errorf("%s: opened in the slot: unread %v, %v", name, c.Unread, c.Veiled)
		}
	}
	// An officer's slot is nobody's.
	c := before
	if e := do(&c, Act{Action: Note, By: ming, Body: words("n"), Slot: slot}, day(10)); !e.Slot.IsZero() {
		t.Error("an officer's note waits")
	}
	// Notices to the office wait with the event, also where the case itself waits for its slot; its reporters are told by theirs.
	e := Event{Kind: Added, By: reporter, More: More{Slot: slot}}
	first := func(int64) int64 { return 0 }
	for to, want := range map[Recipient]time.Time{ToOwner: slot, ToDepartment: slot, ToReporter: eight().Leave(day(10), time.UTC, first)} {
		if got := eight().Due(before, e, to, day(10), time.Time{}, time.UTC, first); !got.Equal(want) {
			t.Errorf("a notice to %s leaves at %s", to, got)
		}
	}
	if n := Notices(Case{Unqueued: true, Mode: Anonymous}, e); len(n) != 1 || n[0].To != ToDepartment {
		t.Errorf("told of words before the case's slot: %+v", n)
	}
}

// What was said in a slot that has not come is not destroyed unheard.
func TestVeiledWordsAreUnheard(t *testing.T) {
	t.Parallel()
	c := at(t, StatusClosed)
	c.Unread, c.Warned = false, day(20)
	c.Veiled = []Veil{{Seq: 9, Slot: day(30), Joined: 1}}
	shred := Act{Action: Shred, By: system, Key: "s"}
	joined := c
	if _, err := joined.Do(shred, book(), day(21)); err != nil {
		t.Errorf("nothing is said: %v", err)
	}
	c.Veiled[0].Words = true
	if _, err := c.Do(shred, book(), day(21)); CodeOf(err) != NotNow {
		t.Errorf("words are unheard: %v", err)
	}
}

func TestReadableInSlots(t *testing.T) {
	t.Parallel()
	c := at(t, StatusAccepted)
	at := func(seq, hour int, k EventKind, by Actor, slot time.Time) Event {
		return Event{Case: c.ID, Seq: seq, Kind: k, At: day(10).Add(time.Duration(hour) * time.Hour), By: by, More: More{Slot: slot}}
	}
	slot := day(11)
	events := []Event{
		at(1, 0, Filed, reporter, time.Time{}), at(2, 1, Taken, ming, time.Time{}), at(3, 1, Recused, system, slot),
		at(4, 1, Added, reporter, slot), at(5, 2, Replied, ming, time.Time{}), at(6, 30, Noted, ming, time.Time{}),
	}
	for name, tt := range map[string]struct {
		by   Actor
		now  time.Time
		want []int
	}{
		"before the slot":             {ming, slot.Add(-1), []int{1, 2, 5, 6}},
		"in it, at its own place":     {ming, slot, []int{1, 2, 5, 3, 4, 6}},
		"an admin, before":            {admin, slot.Add(-1), []int{1, 2, 5, 6}},
		"an admin, in it":             {admin, slot, []int{1, 2, 5, 3, 4, 6}},
		"the reporter's own, at once": {reporter, day(10), []int{1, 4, 5}},
	} {
		var got []int
		for _, e := range Readable(events, tt.by, c, tt.now) {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// Whatever happens in whatever order, the office knows in the end what it would know without any slot.
func TestVeilsLift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plain := Case{ID: "c1", Status: StatusAccepted, Department: "hr", Owner: ming.Officer, Mode: Named, Version: 1, Colleagues: 20, Work: Work{Owners: []OfficerID{ming.Officer}}}
		veiled, now, n := plain, day(1), 0
		for i := range rapid.IntRange(1, 12).Draw(t, "acts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "hours")) * time.Hour)
			a := rapid.SampledFrom([]Act{
				{Action: Add, By: reporter, Body: words("w")}, {Action: JoinAs, By: system, Code: string(Dark), Body: words("w")},
				{Action: JoinAs, By: system, Code: string(Confidential)}, {Action: Leave, By: system, Code: string(Dark)},
				{Action: Note, By: ming, Body: words("n")},
			}).Draw(t, "act")
			if n++; a.Action == JoinAs || a.Action == Leave {
				a.Colleague = n
			}
			a.Key = string(rune('a' + i))
			if _, err := plain.Do(a, Rules{}, now); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "slot") {
				a.Slot = eight().Slot(now, time.UTC)
			}
			seen := veiled.Known(now)
			if _, err := veiled.Do(a, Rules{}, now); err != nil {
				t.Fatal(err)
			}
			after := veiled.Known(now)
			if after.Updated = seen.Updated; now.Before(a.Slot) && a.By.Party != Office && !cmp.Equal(seen, after) {
				t.Fatalf("before the slot (-was +is):\n%s", cmp.Diff(seen, after))
			}
		}
		late := now.Add(48 * time.Hour)
		if got, want := veiled.Known(late), plain.Known(late); !cmp.Equal(want, got) {
			t.Fatalf("in the end (-want +got):\n%s", cmp.Diff(want, got))
		}
	})
}

// The first reporter learns that somebody without a name joined in the slot in which the office does.
func TestReporterTimeline(t *testing.T) {
	t.Parallel()
	slot := day(11)
	events := []Event{
		{Seq: 1, Kind: Filed, By: reporter},
		{Seq: 2, Kind: Joined, By: system, Code: string(Dark), More: More{Colleague: 1, Slot: slot}},
		{Seq: 3, Kind: Joined, By: system, Code: string(Named), More: More{Colleague: 2}},
		{Seq: 4, Kind: Added, By: reporter, Body: words("mine"), More: More{Slot: slot}},
	}
	for now, want := range map[time.Time][]int{slot.Add(-time.Second): {1, 3, 4}, slot: {1, 2, 3, 4}} {
		var got []int
		for _, e := range ReporterTimeline(events, now) {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %s: %v, want %v", now, got, want)
		}
	}
}
