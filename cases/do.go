package cases

import (
	"slices"
	"strings"
	"time"
)

// Outcomes lists what an answer may have found.
func Outcomes() []string { return []string{"substantiated", "partly", "not_substantiated", "settled"} }

// Votes lists what a member of a panel may think: one of the findings, or nothing.
func Votes() []string { return []string{"substantiated", "partly", "not_substantiated", "abstain"} }

// Looks lists what a second look or a final review may come to.
func Looks() []string { return []string{"upheld", "changed"} }

// Ways lists the codes of a redirect: where the matter belongs.
func Ways() []string { return []string{"court", "arbitration", "inspection", "other"} }

// Ratings lists what a reporter may say after the end: whether it helped.
func Ratings() []string { return []string{"helped", "partly", "not_helped"} }

// ReopenQueue is the code of a reopening that leaves the case to whoever takes it, and not to its last owner.
const ReopenQueue = "queue"

// Retaliations lists what a reporter may say when asked later whether anyone made them pay.
func Retaliations() []string { return []string{"ok", "unsure", "bad"} }

// Do checks an act and applies it: permission first, then the status, then what the act must hold.
// It gives the event to store, with the dates that the rules of r make of it. On error, always an *Error, the case is as
// it was.
func (c *Case) Do(a Act, r Rules, now time.Time) (Event, error) {
	if err := Can(a.By, a.Action, *c); err != nil {
		return Event{}, err
	}
	if a.By.Party == Reporter && a.Colleague > 0 && !MayAsColleague(a.Action) {
		return Event{}, &Error{Code: NotAllowed, Detail: string(a.Action) + ": is for the first reporter"}
	}
	theirs := *c
	if a.By.Party == Reporter {
		theirs = c.As(Colleague{Number: a.Colleague, Mode: a.Own, Language: c.Language})
	}
	status, err := legal(theirs, a.By, a.Action, now)
	if err != nil {
		return Event{}, err
	}
	if err := complete(theirs, a, now); err != nil {
		return Event{}, err
	}
	if err := r.extends(*c, a, now); err != nil {
		return Event{}, err
	}
	kind, ok := KindOf(a.Action)
	if !ok {
		return Event{}, &Error{Code: NotNow, Detail: string(a.Action) + ": leaves no event"}
	}
	e := Event{
		Case: c.ID, Seq: c.Version + 1, Kind: kind, At: instant(now), By: a.By,
		Status: status, Key: a.Key,
	}
	c.detail(&e, a, r)
	if a.Action != Open {
		e.Body = a.Body
	}
	e.Clocks = r.brings(*c, e)
	if err := c.Apply(e); err != nil {
		return Event{}, err
	}
	return e, nil
}

// detail fills what an event says beside its kind.
func (c *Case) detail(e *Event, a Act, r Rules) {
	if a.By.Party != Office {
		e.Colleague, e.Slot = a.Colleague, instant(a.Slot)
	} else if c.deputised(a.By) && slices.Contains(deputies, a.Action) {
		e.For = c.Owner
	}
	switch a.Action {
	case Decline, Redirect, Close, Reopen, Rate, Lower, Reveal, AskCustody, Opine, Conclude, AnswerSecondLook, AnswerFinalReview,
		AskExtension, Meet, SetCheckIn, AskCheckIn, CheckIn, JoinAs, Leave, Remind:
		e.Code = a.Code
		if e.changesColleague() {
			e.Was = a.Own
		}
		if rule, ok := r.rule(a.Code); ok && a.Action == AskExtension {
			e.Reason = string(rule.Extend.By)
		}
	case Propose:
		e.Code, e.Until = a.Code, r.ConfirmUntil(e.At)
	case Lapse, Satisfy, Settle:
		e.Until = r.LookUntil(e.At, 0)
	case Assign:
		e.To = a.To
		if a.ToDepartment != c.Department {
			e.Department = a.ToDepartment
		}
	case Recuse:
		if e.To = a.To; a.By.Party == Office {
			e.To = a.By.Officer
		}
	case GrantCustody, RefuseCustody:
		e.Code, e.To = c.Custody.What, c.Custody.By
	case OpenCustody:
		e.Code = c.Custody.What
	case OfferTransfer:
		e.Department, e.Until = a.ToDepartment, r.TransferUntil(e.At)
	case AcceptTransfer:
		e.Department = c.Transfer.To
	case RefuseTransfer, LapseTransfer:
		e.To = c.Transfer.By
	case GrantExtension, RefuseExtension:
		e.Code, e.To = c.Extension.Clock, c.Extension.By
	case Miss:
		e.Code, e.Reason = a.Code, a.Reason
	case Merge:
		e.Other = a.Other
	case Split, LinkTo, Relay:
		e.Other, e.Code = a.Other, a.Code
	case Convene:
		e.Officers, e.Quorum = sorted(a.Officers), min(r.Quorum(), len(a.Officers))
	case Raise:
		e.Officers, e.Code, e.Until = c.called(a.Officers), a.Code, instant(a.Until)
	case Mediate:
		e.To = a.To
	case InviteGuest, JoinGuest:
		e.To, e.Code, e.Until = a.To, a.Code, instant(a.Until)
	case DismissGuest:
		if e.To, e.Code = c.Counsel.Officer, a.Code; a.Code == GuestOther {
			e.To = c.Mediation.Other
		}
	case Consent, Offer, Agree:
		if e.Code = SideReporter; a.By.Party == Office {
			e.Code = SideOther
			if a.By.Officer == c.Mediation.Mediator {
				e.Code = "mediator"
			}
		}
	case Tag, Untag:
		e.Tag = a.Tag
	case Note:
		e.Officers = sorted(a.Officers)
	case Undo:
		e.Code, e.To = string(c.Last.Kind), c.Last.Owner
	case AskSecondLook, AskFinalReview:
		if a.ToDepartment != "" && a.ToDepartment != c.Department {
			e.Department = a.ToDepartment
		}
	}
	switch a.Action {
	case Remind:
		e.Officers = sorted(a.Officers) // the admins, of RemindMajor
	case Close, Decline:
		e.Until = r.LookUntil(e.At, 0)
	case AnswerSecondLook:
		e.Finding, e.Until = a.Finding, r.LookUntil(e.At, 1)
	case AnswerFinalReview:
		e.Finding = a.Finding
	}
}

func sorted(ids []OfficerID) []OfficerID {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// Moves lists what an actor may do to a case as it stands, in the order of buttons; never List.
// Whoever may not see the case gets none.
func Moves(c Case, by Actor, now time.Time) []Action {
	var out []Action
	for _, a := range Actions() {
		if a == List || Can(by, a, c) != nil {
			continue
		}
		if _, err := legal(c, by, a, now); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// legal says whether a case as it stands allows an action, and the status afterwards.
func legal(c Case, by Actor, a Action, now time.Time) (Status, error) {
	not := func(why string) (Status, error) {
		return c.Status, &Error{Code: NotNow, Detail: string(a) + ": " + why}
	}
	if movesStatus(a) {
		to, ok := after(c.Status, a)
		if !ok {
			return not("is " + string(c.Status))
		}
		if why := untimely(c, by, a, now); why != "" {
			return not(why)
		}
		return to, nil
	}
	switch a {
	case Take, Release, Assign:
		if !c.Status.Open() {
			return not("is " + string(c.Status))
		}
		if a == Take && c.Status.Again() && slices.Contains(c.Barred, by.Officer) {
			return c.Status, &Error{Code: NotAllowed, Detail: "take: decided it before"}
		}
	case Reply, Add:
		// A closed case can be talked about; a withdrawn one is left in peace.
		if c.Status == StatusWithdrawn {
			return not("is " + string(c.Status))
		}
	case Rate:
		if !slices.Contains([]Status{StatusClosed, StatusNotAccepted, StatusRedirected, StatusFinal}, c.Status) {
			return not("is " + string(c.Status))
		}
	default:
		if wrong(c, by, a) || idle(c, by, a, now) {
			return not("as it stands")
		}
	}
	switch {
	case a == Take && c.Owner == by.Officer:
		return not("is yours")
	case a == Take && c.Owner != 0:
		return c.Status, &Error{Code: AlreadyTaken}
	case a == Release && c.Owner == 0:
		return not("nobody owns it")
	}
	return c.Status, nil
}

// wrong says whether a case as it stands does not allow an act about who may know what, and how long.
func wrong(c Case, by Actor, a Action) bool {
	switch a {
	case Enqueue:
		return !c.Unqueued
	case Lower:
		return c.Mode == Dark
	case Reveal:
		return c.Mode == Named
	case AskCustody:
		return c.Custody.Asked()
	case GrantCustody, RefuseCustody:
		return !c.Custody.Asked()
	case OpenCustody:
		return c.Custody.What == "" || c.Custody.Asked() || c.Custody.By != by.Officer
	case Hold:
		return c.Held
	case LiftHold:
		return !c.Held
	case Warn:
		return c.Held || c.unheard() || c.Status.Open() || !c.Warned.IsZero()
	case Shred:
		// A reporter may have destroyed what they took back; all else ends by retention, whose look at the case may be
		// older than a hold, a reopening or words that nobody has read.
		if by.Party == Reporter {
			return c.Held || c.Status != StatusWithdrawn
		}
		return c.Held || c.unheard() || c.Status.Open() || c.Warned.IsZero()
	}
	return false
}

// hasWords says whether something is written.
func (b *Body) hasWords() bool { return b != nil && strings.TrimSpace(b.Text) != "" }

// empty says whether nothing was said: no words, no file, no field.
func (b *Body) empty() bool {
	return b == nil || !b.hasWords() && len(b.Files) == 0 && len(b.Fields) == 0
}

// instant is a time as the store keeps it, so that an event read back equals the one written.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// isID says whether s is a name as configuration writes them: a letter, then letters, digits, underscores; at most 64.
func isID(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if ch := s[i]; (ch < 'a' || ch > 'z') && (ch < '0' || ch > '9') && ch != '_' {
			return false
		}
	}
	return true
}
