package cases

import (
	"slices"
	"strings"
	"time"
)

// Outcomes lists the codes a closing may have.
func Outcomes() []string {
	return []string{"substantiated", "partly", "not_substantiated", "settled", "no_contact"}
}

// Ways lists the codes of a redirect: where the matter belongs.
func Ways() []string { return []string{"court", "arbitration", "inspection", "other"} }

// Ratings lists what a reporter may say after the end: whether it helped.
func Ratings() []string { return []string{"helped", "partly", "not_helped"} }

// Do checks an act and applies it: permission first, then the status, then what the act must hold.
// It gives the event to store. On error, always an *Error, the case is as it was.
func (c *Case) Do(a Act, now time.Time) (Event, error) {
	if err := Can(a.By, a.Action, *c); err != nil {
		return Event{}, err
	}
	status, err := legal(*c, a.By, a.Action)
	if err != nil {
		return Event{}, err
	}
	if err := complete(*c, a); err != nil {
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
	switch a.Action {
	case Decline, Redirect, Close, Rate, Lower, Reveal, AskCustody:
		e.Code = a.Code
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
		if e.Code = c.Custody.What; !c.Custody.Open(a.Code, a.By.Officer, now) {
			return Event{}, &Error{Code: NotNow, Detail: "custody_open: the grant has run out or is for something else"}
		}
	}
	if a.Action != Open {
		e.Body = a.Body
	}
	if err := c.Apply(e); err != nil {
		return Event{}, err
	}
	return e, nil
}

// Moves lists what an actor may do to a case as it stands, in the order of buttons; never List.
// Whoever may not see the case gets none.
func Moves(c Case, by Actor) []Action {
	var out []Action
	for _, a := range Actions() {
		if a == List || Can(by, a, c) != nil {
			continue
		}
		if _, err := legal(c, by, a); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// legal says whether a case as it stands allows an action, and the status afterwards.
func legal(c Case, by Actor, a Action) (Status, error) {
	not := func(why string) (Status, error) {
		return c.Status, &Error{Code: NotNow, Detail: string(a) + ": " + why}
	}
	if movesStatus(a) {
		to, ok := after(c.Status, a)
		if !ok {
			return not("is " + string(c.Status))
		}
		return to, nil
	}
	switch a {
	case Take, Release, Assign:
		if !c.Status.Open() {
			return not("is " + string(c.Status))
		}
	case Reply, Add:
		// A closed case can be talked about; a withdrawn one is left in peace.
		if c.Status == StatusWithdrawn {
			return not("is " + string(c.Status))
		}
	case Rate:
		if !slices.Contains([]Status{StatusClosed, StatusNotAccepted, StatusRedirected}, c.Status) {
			return not("is " + string(c.Status))
		}
	default:
		if wrong(c, by, a) {
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

// complete says whether an act holds what it must.
func complete(c Case, a Act) error {
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
	case Close:
		if !slices.Contains(Outcomes(), a.Code) {
			return missing("code")
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
		case c.Restricted && a.ToDepartment != c.Department && !a.Marked:
			return &Error{Code: NotAllowed, Detail: "assign: not a department for confidential matters"}
		}
	case Lower, Reveal:
		to := Mode(a.Code)
		if !slices.Contains(Modes(), to) || to == c.Mode || (a.Action == Lower) != to.Below(c.Mode) {
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
		if a.Code == CustodyIdentity && c.Mode != Confidential {
			return &Error{Code: NotNow, Detail: "custody_ask: no identity is sealed"}
		}
	}
	switch a.Action {
	case Decline, Redirect, Close, Ask, AskCustody, Hold:
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
