package cases

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Apply folds one event into the case: the only place where a case changes.
// It asks whether the event fits, not whether it was allowed: history stays readable when rules change.
// A wrong sequence number is an *Error with code Changed. On error the case is as it was.
func (c *Case) Apply(e Event) error {
	if e.Seq != c.Version+1 {
		return &Error{Code: Changed, Detail: fmt.Sprintf("event %d on version %d", e.Seq, c.Version)}
	}
	if e.Case != c.ID {
		return fmt.Errorf("cases: event %d belongs to another case", e.Seq)
	}
	if !slices.Contains(EventKinds(), e.Kind) || (e.Kind == Filed) != (e.Seq == 1) {
		return fmt.Errorf("cases: event %d cannot be of kind %q", e.Seq, e.Kind)
	}
	want := c.Status
	if to, ok := lands(e.Kind); ok {
		want = to
	}
	if e.Status != want {
		return fmt.Errorf("cases: event %d of kind %q cannot leave status %q", e.Seq, e.Kind, e.Status)
	}

	switch {
	case e.Status.Open():
		c.Ended, c.Warned = time.Time{}, time.Time{}
	case c.Status.Open() && !e.Status.Open():
		c.Ended = e.At
	}
	c.lift(e.At)
	c.veil(e)
	c.Version = e.Seq
	c.Status = e.Status
	c.Updated = e.At
	c.Clocks = foldClocks(c.Clocks, e)
	if e.Department != "" && e.Kind != TransferOffered {
		c.Department = e.Department
	}
	owner := c.Owner
	switch e.Kind {
	case Filed:
		c.Filed = e.At
		if e.Code != "" {
			c.Mode = Mode(e.Code)
		}
	case Taken:
		c.Owner = e.By.Officer
	case Released:
		c.Owner = 0
	case Assigned:
		c.Owner = e.To
	case Proposed:
		c.Outcome = e.Code
	case Settled:
		c.Outcome, c.Ending = "settled", "settled"
	case ClosedEvent:
		c.Outcome, c.Ending = "no_contact", "no_contact"
	case Satisfied:
		c.Ending = "satisfied"
	case Lapsed:
		c.Ending = "time_passed"
	case Reopened:
		c.Outcome, c.Ending, c.Rating = "", "", "" // of the end that is undone; the events keep them
		if e.Code == ReopenQueue {
			c.Owner = 0
		}
	case Rated:
		c.Rating = e.Code
	default:
		c.entrust(e)
	}
	c.work(e, owner)
	switch {
	case e.Kind == Filed, e.says() && e.Slot.IsZero():
		c.Unread = true
	case e.Kind == Opened && (e.By.Role == RoleLead || e.By.Officer == c.Owner || e.For == c.Owner && e.For != 0):
		c.Unread = false
	}
	return nil
}

// work folds how far the office has got; owner is who owned the case before the event.
func (c *Case) work(e Event, owner OfficerID) {
	switch e.Kind {
	case Proposed, Satisfied, Lapsed, Settled, ClosedEvent, NotAccepted, SecondLookAnswered:
		c.Until = e.Until
	case Reopened, SecondLookAsked, FinalReviewAsked, FinalReviewAnswered, WithdrawnBy:
		c.Until = time.Time{}
	case TransferOffered:
		c.Transfer.To, c.Transfer.By, c.Transfer.Until = e.Department, e.By.Officer, e.Until
	case Transferred:
		c.Transfer, c.Owner = Transfer{}, 0
	case TransferRefused, TransferLapsed:
		refused := c.Transfer.Refused
		if e.Kind == TransferRefused {
			refused++
		}
		c.Transfer = Transfer{Refused: refused}
	case ExtensionAsked:
		c.Extension = Extension{Clock: e.Code, By: e.By.Officer}
		c.Watched = c.Watched || e.Reason == string(RoleLeader) // who has to say yes must see it
	case ExtensionGranted, ExtensionRefused:
		c.Extension = Extension{}
	case Convened:
		c.Panel = Panel{By: e.By.Officer, Members: e.Officers, Quorum: e.Quorum}
	case Opined:
		c.Panel.Given = with(c.Panel.Given, e.By.Officer)
		c.Others = with(c.Others, e.By.Officer)
	case Mediating:
		c.Mediation = Mediation{Mediator: e.To}
	case Unsettled:
		c.Mediation = Mediation{Mediator: c.Mediation.Mediator, Other: c.Mediation.Other, Failed: true}
	case Consented:
		c.Mediation.Consented = append(slices.Clone(c.Mediation.Consented), e.Code)
	case Offered:
		// Who puts a settlement on the table agrees to it.
		c.Mediation.Offer, c.Mediation.Agreed = e.Seq, nil
		if e.Code != "mediator" {
			c.Mediation.Agreed = []string{e.Code}
		}
	case Agreed:
		c.Mediation.Agreed = append(slices.Clone(c.Mediation.Agreed), e.Code)
	case GuestJoined:
		if e.Code == GuestCounsel {
			c.Counsel = Counsel{Officer: e.To, Until: e.Until}
		} else {
			c.Mediation.Other = e.To
		}
	case GuestLeft:
		if e.Code == GuestCounsel {
			c.Counsel = Counsel{}
		} else {
			c.Mediation.leave()
		}
	case Raised:
		c.Major.Level++
		for _, id := range e.Officers {
			c.Major.Leaders = with(c.Major.Leaders, id)
		}
		c.Major.Until, c.Major.Seen = e.Until, 0
	case MajorAcknowledged:
		c.Major.Seen, c.Major.Until = e.By.Officer, time.Time{}
	case Missed:
		c.Watched = true
	case Reminded:
		if e.Code == RemindMajor {
			c.Major.Until = time.Time{}
		}
	case Merged:
		c.Into = e.Other
	case SplitOff, Linked:
		code := e.Code
		if e.Kind == SplitOff {
			code = "split"
		}
		c.Links = append(slices.Clone(c.Links), Link{e.Other, code})
	case Tagged:
		c.Tags = append(slices.Clone(c.Tags), e.Tag)
		slices.Sort(c.Tags)
	case Untagged:
		c.Tags = slices.DeleteFunc(slices.Clone(c.Tags), func(t string) bool { return t == e.Tag })
		if len(c.Tags) == 0 {
			c.Tags = nil
		}
	case CheckInsSet:
		c.CheckIns = e.Code == "on"
	case CheckInAsked:
		c.Asked, _ = strconv.Atoi(e.Code)
	case CheckedIn:
		c.Checked = c.Asked
		c.Watched = c.Watched || e.Code == "bad" // the only lead may be the one who worked it
	}
	all, sealed := e.joins()
	c.Colleagues, c.Sealed = c.Colleagues+all, c.Sealed+sealed
	c.hands(e, owner)
}

// hands folds who owns a case, owned it, and may not decide it again.
func (c *Case) hands(e Event, owner OfficerID) {
	switch e.Kind {
	case Undone:
		c.Owner = e.To
	case Assigned:
		if e.Department != "" {
			c.Transfer = Transfer{}
		}
	case SecondLookAnswered, FinalReviewAnswered:
		c.Verdicts = append(slices.Clone(c.Verdicts), e.Code)
		if e.Code == "changed" {
			c.Outcome = e.Finding
		}
	case SecondLookAsked, FinalReviewAsked:
		c.Looks++
		c.Barred, c.Owner = c.Deciders(), 0
		c.Transfer, c.Extension, c.Last = Transfer{}, Extension{}, Last{}
	}
	if c.Owner != 0 {
		c.Owners = with(c.Owners, c.Owner)
	}
	if e.For != 0 && e.Kind != Opened && e.Kind != Noted {
		c.Others = with(c.Others, e.By.Officer)
	}
	if c.Owner != owner {
		c.Deputy = 0
	}
	switch {
	case e.Kind == Assigned:
		c.Handed = e.To != 0 && e.To != e.By.Officer
	case c.Owner == 0, e.By.Party == Office && e.By.Officer == c.Owner, e.Kind == Acknowledged:
		c.Handed = false
	}
	if !c.Status.Open() {
		c.Transfer, c.Extension, c.Panel, c.Handed = Transfer{}, Extension{}, Panel{}, false
		c.Major.Until = time.Time{}
	}
	if e.Kind != Opened && (e.By.Party == Office || c.Owner != owner) {
		c.Last = Last{}
		if slices.Contains([]EventKind{Taken, Released, Assigned}, e.Kind) && e.Department == "" {
			c.Last = Last{Kind: e.Kind, By: e.By.Officer, At: e.At, Owner: owner}
		}
	}
}

// dismiss takes somebody out of all that they were part of.
func (c *Case) dismiss(id OfficerID) {
	c.Panel.Members, c.Panel.Given = without(c.Panel.Members, id), without(c.Panel.Given, id)
	c.Panel.Quorum = min(c.Panel.Quorum, len(c.Panel.Members))
	c.Major.Leaders = without(c.Major.Leaders, id)
	if c.Mediation.Mediator == id {
		c.Mediation.Mediator = 0
	}
	if c.Mediation.Other == id {
		c.Mediation.leave()
	}
	if c.Counsel.Officer == id {
		c.Counsel = Counsel{}
	}
	if c.Last.Owner == id {
		c.Last = Last{}
	}
}

// without is a list of officers with one less, nil when nobody is left.
func without(ids []OfficerID, id OfficerID) []OfficerID {
	out := slices.DeleteFunc(slices.Clone(ids), func(o OfficerID) bool { return o == id })
	if len(out) == 0 {
		return nil
	}
	return out
}

// with is a list of officers, in ascending order, with one more.
func with(ids []OfficerID, id OfficerID) []OfficerID {
	return sorted(append(slices.Clone(ids), id))
}

// entrust folds what says who may know of a case, and how long.
func (c *Case) entrust(e Event) {
	switch e.Kind {
	case Queued:
		c.Unqueued = false
	case Lowered, Revealed:
		if e.Colleague == 0 {
			c.Mode, c.Custody = Mode(e.Code), Custody{}
		}
	case Recused:
		if !slices.Contains(c.Recused, e.To) {
			c.Recused = append(slices.Clone(c.Recused), e.To)
			slices.Sort(c.Recused)
		}
		if c.Owner == e.To {
			c.Owner = 0
		}
		if c.Custody.By == e.To {
			c.Custody = Custody{}
		}
		c.dismiss(e.To)
	case CustodyAsked:
		c.Custody = Custody{What: e.Code, By: e.By.Officer}
	case CustodyGranted:
		c.Custody.Until = e.At.Add(grantFor)
	case CustodyRefused:
		c.Custody = Custody{}
	case HeldEvent:
		c.Held = true
	case HoldLifted:
		c.Held, c.Warned = false, time.Time{} // a warning from before the hold would be forgotten by now
	case WarnedEvent:
		c.Warned = e.At
	case ShreddedEvent:
		c.Shredded = true
	}
}

// Fold rebuilds a case from all its events, the filing first. What no event says (reference, kind, mode, ...)
// is taken from c; what events say is not.
func Fold(c Case, events []Event) (Case, error) {
	c.Version, c.Status, c.Owner, c.Outcome, c.Rating, c.Unread = 0, "", 0, "", "", false
	c.Recused, c.Custody, c.Ended, c.Warned, c.Held, c.Shredded = nil, Custody{}, time.Time{}, time.Time{}, false, false
	c.Work, c.Tags, c.Into, c.Colleagues, c.Clocks = Work{}, nil, "", 0, nil
	// A case that never had to wait for its slot was never let into the queue.
	c.Unqueued = c.Unqueued || slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Queued })
	for _, e := range events {
		if err := c.Apply(e); err != nil {
			return Case{}, err
		}
	}
	if c.Version == 0 {
		return Case{}, &Error{Code: NotFound}
	}
	return c, nil
}
