package cases

import (
	"slices"
	"time"
)

// Readable gives the events of a case as an actor of the office may read them, in their order, whatever else may be hidden
// from it: every way from the store to a desk leads through here. A custodian, or whoever else may not open the case,
// gets what happened without the words.
//
//   - What a member of a panel thinks is for its writer alone at first, so that nobody follows the first to speak: another
//     member reads it after giving an opinion, everybody else who reads the case when the panel is full or has concluded.
//   - What was offered in a mediation that failed is for its mediator: nobody decides a case by what somebody was ready
//     to give. The sides have it too, the reporter by Timeline.
//   - Whether anyone made the reporter pay is for those who watch over them (WatchesOver); for everybody else it was
//     neither asked nor answered.
//   - The other side of a mediation gets nothing but that mediation (OtherSide).
//   - What has a slot is not there before it, and stands where the office learned of it: between which acts of the office
//     it happened would tell its hour. now is when they are read.
func Readable(events []Event, by Actor, c Case, now time.Time) []Event {
	if by.Party != Office {
		return Timeline(events, by.Party)
	}
	if c.onlyOtherSide(by) {
		return OtherSide(events, by)
	}
	opens := Can(by, Open, c) == nil
	out := make([]Event, 0, len(events))
	for i, e := range events {
		if !e.Known(now) {
			continue
		}
		switch {
		case aboutReprisal(e.Kind) && !c.WatchesOver(by):
			continue
		case e.Kind == Opined && !sittingAt(events, i, c).shows(by, e):
			e.Body, e.Code = nil, ""
		case e.Kind == Offered && !mediationAt(events, i).shows(by):
			e.Body = nil
		}
		if !opens && (by.Role != RoleCustodian || e.Kind != CustodyAsked) {
			e.Body = nil
			if e.Kind == Opined {
				e.Code = ""
			}
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.learned().Compare(b.learned()) })
	return out
}

// aboutReprisal says whether events of a kind are about whether anyone made a reporter pay.
func aboutReprisal(k EventKind) bool {
	return k == CheckInsSet || k == CheckInAsked || k == CheckedIn
}

// WatchesOver says whether an actor of the office may know what a reporter answers when asked whether anyone made them
// pay: leads and leaders of the department who may read the case and had no say in it. It may be anybody who had one.
func (c Case) WatchesOver(by Actor) bool {
	switch by.Role {
	case RoleLead:
		if by.Department != c.Department {
			return false
		}
	case RoleLeader:
		if by.Department != "" && by.Department != c.Department {
			return false
		}
	default:
		return false
	}
	return Can(by, Open, c) == nil && !slices.Contains(c.Deciders(), by.Officer)
}

// sitting is one panel, from its convening to its end.
type sitting struct {
	members, given []OfficerID
	quorum         int
	over           bool // it came to its minutes
}

// sittingAt is the panel that sat at one of a case's events.
func sittingAt(events []Event, at int, c Case) (s sitting) {
	current := true
	for i, e := range events {
		switch {
		case e.Kind == Convened && i <= at:
			s = sitting{members: e.Officers, quorum: e.Quorum}
		case e.Kind == Convened:
			return s
		case e.Kind == Opined && s.members != nil:
			s.given = with(s.given, e.By.Officer)
		case e.Kind == Concluded && i > at:
			s.over, current = true, false
		}
	}
	// Who has stepped back since counts no more.
	if current && c.Status == StatusPanel {
		s.members, s.quorum = c.Panel.Members, c.Panel.Quorum
		s.given = c.Panel.Given
	}
	return s
}

// shows says whether an actor may read one opinion of a panel.
func (s sitting) shows(by Actor, e Event) bool {
	switch {
	case s.over, e.By.Officer == by.Officer, slices.Contains(s.given, by.Officer):
		return true
	case slices.Contains(s.members, by.Officer):
		return false
	}
	return len(s.given) >= s.quorum
}

// talks is one mediation, from its beginning to its end.
type talks struct {
	mediator OfficerID
	failed   bool
}

// mediationAt is the mediation that was going on at one of a case's events.
func mediationAt(events []Event, at int) (m talks) {
	for i, e := range events {
		switch {
		case e.Kind == Mediating && i <= at:
			m = talks{mediator: e.To}
		case e.Kind == Unsettled && i > at:
			m.failed = true
			return m
		case e.Kind == Mediating, e.Kind == Settled && i > at:
			return m
		}
	}
	return m
}

// shows says whether an actor of the office may read what was offered in a mediation.
func (m talks) shows(by Actor) bool { return !m.failed || m.mediator == by.Officer }

// onlyOtherSide says whether an actor is nothing to a case but the other side of its mediation.
func (c Case) onlyOtherSide(by Actor) bool {
	return by.Party == Office && by.Role == RoleGuest && !c.Is(by, GuestCounsel)
}

// OtherSide gives what the other side of a mediation may know of a case's events: the newest mediation, what is on its
// table, and nothing else. Of those who did it only the party is told, and of the other side its own.
func OtherSide(events []Event, by Actor) []Event {
	var out []Event
	for _, e := range events {
		shown := Event{Case: e.Case, Seq: e.Seq, Kind: e.Kind, At: e.At, By: Actor{Party: e.By.Party}, Status: e.Status, Key: e.Key}
		if e.By.Officer == by.Officer {
			shown.By = e.By
		} else {
			shown.Key = ""
		}
		switch e.Kind {
		case Mediating: // its words are for the reporter
			out = nil
		case Consented, Agreed:
			shown.Code = e.Code
		case Offered, Settled:
			shown.Code, shown.Body = e.Code, e.Body
		case Unsettled, GuestJoined:
			if e.Kind == GuestJoined && e.To != by.Officer {
				continue
			}
		default:
			continue
		}
		out = append(out, shown)
	}
	return out
}

// Shown is a case as an actor may know it: the other side of a mediation learns its name, what kind of matter it is, and
// how the mediation stands; everybody else whom the case exists for has all of it.
func (c Case) Shown(by Actor) Case {
	if !c.onlyOtherSide(by) {
		return c
	}
	m := Mediation{
		Other: c.Mediation.Other, Consented: c.Mediation.Consented, Offer: c.Mediation.Offer, Agreed: c.Mediation.Agreed,
	}
	return Case{
		ID: c.ID, Ref: c.Ref, Kind: c.Kind, Status: c.Status, Version: c.Version, Work: Work{Mediation: m},
		Filed: c.Updated, Updated: c.Updated, // when it was filed is not theirs to know
	}
}
