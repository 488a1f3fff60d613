package cases

import (
	"fmt"
	"slices"
	"time"
)

// checkInDays are the days after the end of a case on which its reporter is asked whether anyone made them pay for it.
var checkInDays = []int{30, 90, 180, 365}

// leadBefore is how long before a date the lead is reminded.
const leadBefore = 24 * time.Hour

// step is something that time does to a case.
type step struct {
	at  time.Time
	act Act
	// until is when it is too late for it; zero is never.
	until time.Time
}

// steps are what time will do to a case as it stands, in no order.
func (c Case) steps() []step {
	if c.Shredded || c.Unqueued {
		return nil
	}
	var out []step
	add := func(at time.Time, a Act) {
		if !at.IsZero() {
			a.By = Actor{Party: System}
			out = append(out, step{at: at, act: a})
		}
	}
	// Nobody is reminded of a day that has passed.
	remind := func(at time.Time, k Clock, whom string) {
		if !k.Remind.IsZero() && at.Before(k.Due) {
			out = append(out, step{at, Act{Action: Remind, By: Actor{Party: System}, Code: k.Name + "." + whom}, k.Due})
		}
	}
	if c.Status.Open() {
		for _, k := range c.Clocks {
			if !k.owed() {
				continue
			}
			if k.Told < 1 {
				remind(k.Remind, k, "owner")
			}
			if k.Told < 2 {
				remind(k.Due.Add(-leadBefore), k, "lead")
			}
			add(k.Due, Act{Action: Miss, Code: k.Name, Reason: c.why()})
		}
		if c.Transfer.To != "" {
			add(c.Transfer.Until, Act{Action: LapseTransfer})
		}
		if c.Status == StatusProposed {
			add(c.Until, Act{Action: Lapse})
		}
		add(c.Major.Until, Act{Action: Raise, Code: MajorUnanswered})
	}
	add(c.Counsel.Until, Act{Action: DismissGuest, Code: GuestCounsel})
	if c.CheckIns && !c.Ended.IsZero() && c.Mode.Reachable() && c.Status != StatusWithdrawn {
		for _, day := range checkInDays {
			if day > c.Asked {
				add(c.Ended.AddDate(0, 0, day), Act{Action: AskCheckIn, Code: fmt.Sprint(day)})
				break
			}
		}
	}
	return out
}

// why is the class of the reason for which a date is missed, as the case stands.
func (c Case) why() string {
	switch {
	case c.Transfer.To != "":
		return "transfer"
	case c.Owner == 0:
		return "unassigned"
	case c.Status == StatusPanel:
		return "panel"
	}
	return "late"
}

// Wake is when time next does something to a case; ok is false when it never will.
func (c Case) Wake() (at time.Time, ok bool) {
	for _, s := range c.steps() {
		if !ok || s.at.Before(at) {
			at, ok = s.at, true
		}
	}
	return at, ok
}

// Tick is the first thing that time has to do to a case now; ok is false when there is nothing. Whoever does it asks
// again: one thing leads to another.
func (c Case) Tick(now time.Time) (a Act, ok bool) {
	var first time.Time
	for _, s := range c.steps() {
		late := !s.until.IsZero() && !now.Before(s.until)
		if !late && !s.at.After(now) && (!ok || s.at.Before(first)) {
			a, first, ok = s.act, s.at, true
		}
	}
	if ok {
		a.Key = fmt.Sprintf("tick:%s:%s:%d", a.Action, a.Code, c.Version)
	}
	return a, ok
}

// RelayEnded is the code of a relay that says that there will be no answer.
const RelayEnded = "ended"

// answers says whether an event tells its reporter what became of the matter.
func answers(e Event) bool {
	switch e.Kind {
	case Proposed, ClosedEvent, NotAccepted, Redirected, SecondLookAnswered, FinalReviewAnswered, Relayed:
		return e.Body.hasWords()
	}
	return false
}

// ends says whether an event may end its case without words for anybody else: what a mediation settled is for its sides
// alone, and why somebody took a matter back is theirs.
func ends(e Event) bool {
	return e.Kind == WithdrawnBy || e.Kind == Settled || e.Kind == Relayed && e.Code == RelayEnded
}

// Relays says whether the reporters of cases merged into an event's case may have to be told because of it.
func Relays(e Event) bool { return answers(e) || ends(e) }

// Relaying is what they are told because of the newest of a case's events: the words of an answer, or that the case ended
// without one. ok is false for nothing.
func Relaying(events []Event) (a Act, ok bool) {
	if len(events) == 0 {
		return Act{}, false
	}
	e := events[len(events)-1]
	a = Act{Action: Relay, By: Actor{Party: System}, Other: e.Case, Key: fmt.Sprintf("relay:%s:%d", e.Case, e.Seq)}
	switch {
	case answers(e):
		a.Body = &Body{Text: e.Body.Text}
		return a, true
	case ends(e) && !slices.ContainsFunc(events, answers):
		a.Code = RelayEnded
		return a, true
	}
	return Act{}, false
}

// Follow is what the system does at once because of an event; c is the case after it. ok is false for nothing.
func Follow(c Case, e Event) (a Act, ok bool) {
	if (e.Kind == Agreed || e.Kind == Offered) && c.Status == StatusMediation && c.Mediation.Settled() {
		return Act{Action: Settle, By: Actor{Party: System}, Key: fmt.Sprintf("follow:%d", e.Seq)}, true
	}
	return Act{}, false
}
