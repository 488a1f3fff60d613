package cases

import (
	"slices"
	"time"
)

// What somebody without a name adds to a case, and that a colleague without one comes, goes or becomes one, the office
// learns of in a slot: an event of it holds the slot (More.Slot), and until then no officer sees the event, nor that it
// changed anything. How the case itself goes on waits for nothing: an answer, a withdrawal, less or more that is kept of the
// first reporter.

// Veil is one event that the office learns of in its slot.
type Veil struct {
	Seq    int       `json:"seq"`
	Slot   time.Time `json:"slot"`
	Words  bool      `json:"words,omitempty"`  // something is said in it
	Joined int       `json:"joined,omitempty"` // 1: a colleague joined; -1: one left
	Sealed int       `json:"sealed,omitempty"` // the same, of confidential ones
}

// SlotOf is when the office learns of an act of the reporters' side that happens at an instant, zero for at once. c is the
// case before it, for a colleague's act as Case.Through gives it.
func (q Quiet) SlotOf(c Case, a Act, now time.Time, loc *time.Location) time.Time {
	waits := []Action{Add, JoinAs, Leave}
	if a.Colleague > 0 {
		waits = append(waits, Lower, Reveal)
	}
	if !slices.Contains(waits, a.Action) || !c.Mode.Nameless() || c.Prompt {
		return time.Time{}
	}
	if slot := q.Slot(now, loc); slot.After(now) {
		return slot
	}
	return time.Time{}
}

// Known says whether the office may know of an event at an instant.
func (e Event) Known(now time.Time) bool { return !now.Before(e.Slot) }

// learned is when the office learned of an event. It says nothing of the hour of who has a slot.
func (e Event) learned() time.Time {
	if e.Slot.IsZero() {
		return e.At
	}
	return e.Slot
}

// says whether words or files of the reporters' side come with an event.
func (e Event) says() bool { return (e.By.Party == Reporter || e.Kind == Joined) && !e.Body.empty() }

// joins is by how many an event changes the colleagues of a case, and those of them who are sealed to a custodian.
func (e Event) joins() (all, sealed int) {
	switch e.Kind {
	case Joined:
		all = 1
	case Left:
		all = -1
	}
	if Mode(e.Code) == Confidential {
		sealed = all
	}
	if e.changesColleague() {
		for m, by := range map[Mode]int{Mode(e.Code): 1, e.Was: -1} {
			if m == Confidential {
				sealed += by
			}
		}
	}
	return all, sealed
}

// Known is a case as the office may know it at an instant: without what is veiled until later. It is for reading and
// never stored.
func (c Case) Known(now time.Time) Case {
	c.lift(now)
	for _, v := range c.Veiled {
		c.Colleagues, c.Sealed = c.Colleagues-v.Joined, c.Sealed-v.Sealed
	}
	for slices.ContainsFunc(c.Veiled, func(v Veil) bool { return v.Seq == c.Version }) {
		c.Version--
	}
	c.Veiled = nil
	return c
}

// lift takes away the veils whose slot has come.
func (c *Case) lift(now time.Time) {
	var left []Veil
	for _, v := range c.Veiled {
		if now.Before(v.Slot) {
			left = append(left, v)
		} else {
			c.Unread = c.Unread || v.Words
		}
	}
	c.Veiled = left
}

// veil keeps an event with a slot from the office.
func (c *Case) veil(e Event) {
	if e.Slot.IsZero() {
		return
	}
	v := Veil{Seq: e.Seq, Slot: e.Slot, Words: e.says()}
	v.Joined, v.Sealed = e.joins()
	c.Veiled = append(slices.Clip(c.Veiled), v)
}
