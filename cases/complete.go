package cases

import (
	"slices"
	"time"
)

// complete says whether an act holds what it must.
func complete(c Case, a Act, now time.Time) error {
	missing := func(field string) error {
		return &Error{Code: Incomplete, Detail: string(a.Action) + ": " + field}
	}
	switch a.Action {
	case Decline:
		if !isID(a.Code) {
			return missing("code")
		}
	case Redirect:
		if !slices.Contains(Ways(), a.Code) {
			return missing("code")
		}
	case Propose:
		if !slices.Contains(Outcomes(), a.Code) {
			return missing("code")
		}
	case AnswerSecondLook, AnswerFinalReview:
		if !slices.Contains(Looks(), a.Code) {
			return missing("code")
		}
		if (a.Code == "changed") != slices.Contains(Outcomes(), a.Finding) || a.Code != "changed" && a.Finding != "" {
			return missing("finding")
		}
	case Reopen:
		if a.Code != "" && a.Code != ReopenQueue {
			return missing("code")
		}
	case InviteGuest:
		if a.Code == GuestCounsel && a.By.Role != RoleLead {
			return &Error{Code: NotAllowed, Detail: "invite_guest: counsel is invited by a lead"}
		}
	case OpenCustody:
		if !c.Custody.Open(a.Code, a.By.Officer, now) {
			return &Error{Code: NotNow, Detail: "custody_open: the grant has run out or is for something else"}
		}
	case Rate:
		if !slices.Contains(Ratings(), a.Code) {
			return missing("code")
		}
		if a.Code == c.Rating {
			return &Error{Code: NotNow, Detail: "rate: said already"}
		}
	case Assign:
		switch {
		case a.ToDepartment == "":
			return missing("department")
		case a.To == 0 && a.ToDepartment == c.Department:
			return missing("to")
		case a.To != 0 && a.To == c.Owner && a.ToDepartment == c.Department:
			return &Error{Code: NotNow, Detail: "assign: is theirs"}
		case slices.Contains(c.Recused, a.To):
			return &Error{Code: NotFound, Detail: "assign: to"}
		case a.To != 0 && c.Status.Again() && slices.Contains(c.Barred, a.To):
			return &Error{Code: NotAllowed, Detail: "assign: decided it before"}
		case c.Restricted && a.ToDepartment != c.Department && !a.Marked:
			return &Error{Code: NotAllowed, Detail: "assign: not a department for confidential matters"}
		case a.ToDepartment != c.Department && !c.MayMove(a.By):
			return &Error{Code: NotNow, Detail: "assign: the other department is asked first"}
		}
	case Lower, Reveal:
		to := Mode(a.Code)
		if !slices.Contains(Modes(), to) || !slices.Contains(Modes(), c.Mode) || to == c.Mode || (a.Action == Lower) != to.Below(c.Mode) {
			return missing("code")
		}
		if part := a.Way.changes(c.Mode, to); part != "" {
			return missing(part)
		}
	case Recuse:
		to := a.To
		if a.By.Party == Office {
			to = a.By.Officer
		}
		if to == 0 {
			return missing("to")
		}
		if slices.Contains(c.Recused, to) {
			return &Error{Code: NotNow, Detail: "recuse: is recused"}
		}
	case AskCustody:
		if !slices.Contains(Custodies(), a.Code) {
			return missing("code")
		}
		if a.Code == CustodyIdentity && !c.HoldsSealed() {
			return &Error{Code: NotNow, Detail: "custody_ask: no identity is sealed"}
		}
	}
	if a.Action == LinkTo && slices.Contains(c.Links, Link{a.Other, a.Code}) {
		return &Error{Code: NotNow, Detail: "link: is linked"}
	}
	if field := lacking(c, a); field != "" {
		return missing(field)
	}
	switch a.Action {
	case Decline, Redirect, Propose, Close, Ask, AskCustody, Hold, Mediate, EndMediation, Convene, Conclude, Opine, Offer,
		AskSecondLook, AnswerSecondLook, AskFinalReview, AnswerFinalReview, OfferTransfer, RefuseTransfer, AskExtension,
		RefuseExtension, Merge, Raise, Relay:
		if (a.By.Party == Reporter || a.By.Role == RoleGuest) && a.Action == EndMediation || a.By.Party == System && a.Action == Raise {
			break // they owe nobody a reason
		}
		if a.Action == Relay && a.Code == RelayEnded {
			break // there are no words to tell
		}
		if !a.Body.hasWords() {
			return missing("words")
		}
	case Reply, Note, Answer, Add:
		if a.Body.empty() {
			return missing("words")
		}
	}
	return nil
}

// lacking names what an act of casework must hold and does not, "" when all is there.
func lacking(c Case, a Act) string {
	switch a.Action {
	case OfferTransfer:
		if a.ToDepartment == "" || a.ToDepartment == c.Department || c.Restricted && !a.Marked {
			return "department"
		}
	case Merge, Split, LinkTo, Relay:
		if a.Other == "" || a.Other == c.ID || a.Action == Relay && a.Other != c.Into {
			return "other"
		}
		if a.Action == Relay && a.Code != "" && a.Code != RelayEnded {
			return "code"
		}
		codes := LinkCodes()
		if a.By.Party == System {
			codes = append(codes, "split", "merged", "retaliation")
		}
		if a.Action == LinkTo && !slices.Contains(codes, a.Code) {
			return "code"
		}
	case Convene:
		if len(sorted(a.Officers)) < 2 || slices.ContainsFunc(a.Officers, func(id OfficerID) bool { return id == 0 || slices.Contains(c.Recused, id) }) {
			return "officers"
		}
	case Raise:
		if !isID(a.Code) {
			return "code"
		}
	case Opine:
		if !slices.Contains(Votes(), a.Code) {
			return "code"
		}
	case Conclude:
		if !slices.Contains(Outcomes(), a.Code) {
			return "code"
		}
	case Mediate:
		if a.To == 0 || slices.Contains(c.Recused, a.To) {
			return "to"
		}
	case InviteGuest, JoinGuest:
		if a.Code != GuestCounsel && (a.Code != GuestOther || c.Status != StatusMediation) || c.guest(a.Code) != 0 {
			return "code" // for nothing there is, or somebody is in that place
		}
		if a.Until.IsZero() {
			return "until"
		}
		if a.Action == JoinGuest && (a.To == 0 || slices.Contains(c.Recused, a.To)) {
			return "to"
		}
	case DismissGuest:
		if c.guest(a.Code) == 0 {
			return "code"
		}
	case AskExtension, Miss:
		if !slices.ContainsFunc(c.Clocks, func(k Clock) bool { return k.Name == a.Code && k.owed() }) {
			return "code"
		}
	case Tag, Untag:
		if !isTag(a.Tag) || slices.Contains(c.Tags, a.Tag) != (a.Action == Untag) || a.Action == Tag && len(c.Tags) >= MaxTags {
			return "tag"
		}
	case Note:
		if slices.ContainsFunc(a.Officers, func(id OfficerID) bool { return id == 0 || slices.Contains(c.Recused, id) }) {
			return "officers"
		}
	case Meet:
		if a.Code != "held" && a.Code != "missed" {
			return "code"
		}
	case SetCheckIn:
		if a.Code != "on" && a.Code != "off" || (a.Code == "on") == c.CheckIns {
			return "code"
		}
	case CheckIn:
		if !slices.Contains(Retaliations(), a.Code) {
			return "code"
		}
	case JoinAs, Leave:
		if !slices.Contains(Modes(), Mode(a.Code)) {
			return "code"
		}
		if a.Colleague <= 0 {
			return "colleague"
		}
	case Remind, AskCheckIn:
		if a.Code == "" {
			return "code"
		}
	}
	return ""
}

// called are those of the officers to be called who may know of a case, in ascending order.
func (c Case) called(ids []OfficerID) []OfficerID {
	return slices.DeleteFunc(sorted(ids), func(id OfficerID) bool { return id == 0 || slices.Contains(c.Recused, id) })
}
