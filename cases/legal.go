package cases

import (
	"slices"
	"time"
)

// untimely says why a case may not make a move of the table now, "" when it may.
func untimely(c Case, by Actor, a Action, now time.Time) string {
	switch a {
	case Settle:
		if !c.Mediation.Settled() {
			return "both sides have not agreed"
		}
	case Conclude:
		if !c.Panel.Full() {
			return "opinions are missing"
		}
	case Lapse:
		if now.Before(c.Until) {
			return "the reporter still has the word"
		}
	case AskSecondLook, AskFinalReview:
		if want := map[Action]int{AskSecondLook: 0, AskFinalReview: 1}[a]; c.Looks != want {
			return "was looked at before"
		}
		if c.Status != StatusProposed && !now.Before(c.Until) {
			return "the time to ask has passed"
		}
	case AnswerSecondLook, AnswerFinalReview:
		if by.Officer != c.Owner && !c.deputised(by) {
			return "is for its owner"
		}
	case EndMediation:
		if by.Party == Reporter || by.Role == RoleGuest || by.Officer == c.Mediation.Mediator || by.Role == RoleLead || by.Officer == c.Owner || c.deputised(by) {
			return ""
		}
		return "is for the sides and the mediator"
	case Reopen:
		if c.Looks > 0 {
			return "was looked at again"
		}
	}
	return ""
}

// idle says whether a case as it stands gives an act that keeps its status nothing to do.
func idle(c Case, by Actor, a Action, now time.Time) bool {
	open := c.Status.Open()
	switch a {
	case Acknowledge:
		return !c.Handed || c.Owner != by.Officer && !c.deputised(by)
	case OfferTransfer:
		return !open || c.Status.Again() || c.Status == StatusProposed || c.Transfer.To != "" || c.Transfer.Refused >= maxRefused
	case AcceptTransfer, RefuseTransfer:
		return !open || c.Transfer.To == "" || c.Transfer.To != by.Department
	case LapseTransfer:
		return !open || c.Transfer.To == "" || now.Before(c.Transfer.Until)
	case AskExtension:
		return !open || c.Extension.Clock != ""
	case GrantExtension, RefuseExtension:
		return !open || c.Extension.Clock == "" || c.Extension.By == by.Officer
	case Opine:
		return c.Status != StatusPanel || !slices.Contains(c.Panel.Members, by.Officer) || slices.Contains(c.Panel.Given, by.Officer)
	case Consent:
		return c.Status != StatusMediation || slices.Contains(c.Mediation.Consented, c.side(by))
	case Offer:
		return c.Status != StatusMediation || !both(c.Mediation.Consented)
	case Agree:
		return c.Status != StatusMediation || c.Mediation.Offer == 0 || slices.Contains(c.Mediation.Agreed, c.side(by))
	case Undo:
		return c.Last.Kind == "" || c.Last.By != by.Officer || now.Sub(c.Last.At) > undoFor
	case Split:
		return !open || c.Mode.Nameless() // nobody may make a second way back for who has no name
	case InviteGuest, JoinGuest, Raise:
		return !open
	case DismissGuest:
		return c.guest(GuestCounsel) == 0 && c.guest(GuestOther) == 0
	case AckMajor:
		return c.Major.Level == 0 || c.Major.Seen != 0
	case Remind, Miss:
		return !open
	case Relay:
		return c.Status != StatusMerged
	case SetCheckIn:
		return c.Status == StatusWithdrawn
	case AskCheckIn:
		return !c.CheckIns || open
	case CheckIn:
		return c.Asked == c.Checked
	case JoinAs:
		return !open
	case Leave:
		return c.Colleagues == 0
	}
	return false
}

// side is which side of a mediation an actor is on; "" for the mediator.
func (c Case) side(by Actor) string {
	switch {
	case by.Party == Reporter:
		return SideReporter
	case by.Officer != 0 && by.Officer == c.Mediation.Other:
		return SideOther
	}
	return ""
}
