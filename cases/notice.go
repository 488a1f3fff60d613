package cases

import (
	"slices"
	"strings"
)

// Recipient is whom a notice goes to.
type Recipient string

// The recipients. Officers are told one by one: the store turns ToDepartment into a notice for each officer of it,
// and ToCustodian, ToLead and ToLeader likewise.
const (
	ToReporter   Recipient = "reporter"
	ToOwner      Recipient = "owner"
	ToDepartment Recipient = "department"
	ToOfficer    Recipient = "officer" // Notice.Officer
	ToCustodian  Recipient = "custodian"
	ToLead       Recipient = "lead"   // the leads of the case's department
	ToLeader     Recipient = "leader" // the leaders who answer for it
)

// Notice is a message sent later, about one event of one case. It holds no words: they are read when it is sent.
type Notice struct {
	ID      int64
	Case    string
	Seq     int // the event it tells of
	To      Recipient
	Officer OfficerID // for officers
	// Colleague is the number of the colleague it goes to, for ToReporter; 0 is the first reporter.
	Colleague int
	State     Delivery
	// Quiet: it tells an anonymous reporter that there is news, and nothing of what.
	Quiet bool
	// More is of how many other new cases it tells an officer too.
	More int
}

// Delivery is what became of a notice.
type Delivery string

// The deliveries.
const (
	Waiting Delivery = "waiting"
	Sent    Delivery = "sent"
	Unknown Delivery = "unknown" // the wire broke after the send may have arrived
	Blocked Delivery = "blocked" // the person closed the chat; the case stays open
	Failed  Delivery = "failed"  // refused for good
)

// Notices says who is to be told of an event; c is the case after it. Never the one who did it, and nobody of the office
// before the case's slot has come: whoever turns ToDepartment and ToCustodian into officers leaves out e.By.Officer and
// all for whom the case does not exist.
func Notices(c Case, e Event) []Notice {
	var out []Notice
	tell := func(to Recipient, officer OfficerID) {
		if officer != 0 && officer == e.By.Officer || c.Unqueued && to != ToReporter && e.Slot.IsZero() {
			return // what has a slot of its own is told after the case's
		}
		if to == ToOfficer && (officer == 0 || slices.Contains(c.Recused, officer)) {
			return // who asked may be recused since
		}
		out = append(out, Notice{Case: e.Case, Seq: e.Seq, To: to, Officer: officer, State: Waiting})
	}
	switch e.Kind {
	case Filed, Queued:
		tell(ToDepartment, 0)
		if e.Kind == Filed && e.Other != "" && c.Reachable() {
			tell(ToReporter, 0) // it was split off, so the reporter did not file it
		}
	case Recused:
		if e.By.Party == Office && c.Owner == 0 && c.Status.Open() {
			tell(ToDepartment, 0)
		}
	case CustodyAsked:
		tell(ToCustodian, 0)
	case CustodyGranted, CustodyRefused:
		tell(ToOfficer, e.To)
	case TransferOffered:
		tell(ToDepartment, 0) // of the one that is asked
	case Transferred:
		tell(ToDepartment, 0)
		if c.Reachable() {
			tell(ToReporter, 0)
		}
	case TransferRefused, TransferLapsed:
		if e.To != 0 {
			tell(ToOfficer, e.To)
		}
		tell(ToLead, 0)
	case ExtensionAsked:
		if e.Reason == string(RoleLeader) {
			tell(ToLeader, 0)
		} else {
			tell(ToLead, 0)
		}
	case ExtensionRefused:
		tell(ToOfficer, e.To)
	case ExtensionGranted:
		tell(ToOfficer, e.To)
		if c.Reachable() {
			tell(ToReporter, 0)
		}
	case MajorAcknowledged:
		for _, id := range c.Major.Leaders {
			tell(ToOfficer, id) // so that nobody else sets out
		}
	case Convened, Raised:
		for _, id := range e.Officers {
			tell(ToOfficer, id)
		}
		if e.Kind == Convened && c.Reachable() {
			tell(ToReporter, 0)
		}
	case Noted:
		for _, id := range e.Officers {
			tell(ToOfficer, id)
		}
	case Opined:
		if c.Panel.Full() {
			if c.Owner != 0 {
				tell(ToOwner, c.Owner)
			}
			if by := c.Panel.By; by != 0 && by != c.Owner && !slices.Contains(c.Recused, by) {
				tell(ToOfficer, by)
			}
		}
	case Mediating:
		tell(ToOfficer, e.To)
		if c.Reachable() {
			tell(ToReporter, 0)
		}
	case Consented, Offered, Agreed, Unsettled, Settled:
		for _, id := range []OfficerID{c.Mediation.Mediator, c.Mediation.Other} {
			if id != 0 {
				tell(ToOfficer, id)
			}
		}
		if e.By.Party != Reporter && c.Reachable() {
			tell(ToReporter, 0)
		}
		if (e.Kind == Unsettled || e.Kind == Settled) && c.Owner != 0 {
			tell(ToOwner, c.Owner)
		}
	case Reminded:
		if e.Code == RemindMajor {
			for _, id := range e.Officers {
				tell(ToOfficer, id)
			}
		} else if _, whom, _ := strings.Cut(e.Code, "."); whom == "lead" {
			tell(ToLead, 0)
		} else if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		} else {
			tell(ToDepartment, 0)
		}
	case Missed:
		if c.Reachable() {
			tell(ToReporter, 0)
		}
		if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		}
		tell(ToLead, 0)
		tell(ToLeader, 0)
	case SecondLookAsked, FinalReviewAsked:
		tell(ToDepartment, 0)
	case GuestJoined, GuestLeft:
		if e.Kind == GuestLeft && e.To != 0 {
			tell(ToOfficer, e.To)
		}
		if m := c.Mediation.Mediator; e.Code == GuestOther && m != 0 && m != c.Owner {
			tell(ToOfficer, m)
		}
		if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		}
	case CheckInAsked:
		if c.Reachable() {
			tell(ToReporter, 0)
		}
	case CheckedIn:
		if e.Code == "bad" {
			// And not whoever worked the case (WatchesOver): nobody knows yet who it was.
			tell(ToLead, 0)
			tell(ToLeader, 0)
		}
	case Joined, Left:
		if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		}
		if e.Kind == Joined && c.Reachable() {
			tell(ToReporter, 0)
		}
	case Lowered, Revealed:
		if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		}
	case Accepted, NotAccepted, Redirected, Investigating, Asked, Replied, ClosedEvent,
		CustodyOpened, WarnedEvent, Merged, Proposed, Lapsed, SecondLookAnswered, FinalReviewAnswered, Relayed:
		if c.Reachable() {
			tell(ToReporter, 0)
		}
	case Reopened:
		if c.Reachable() {
			tell(ToReporter, 0)
		}
		if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		} else {
			tell(ToDepartment, 0)
		}
	case Answered, Added, WithdrawnBy, Rated, Satisfied:
		if m := c.Mediation; e.Kind == WithdrawnBy && !m.Failed && !m.Settled() {
			for _, id := range sorted([]OfficerID{m.Mediator, m.Other}) { // who sat at the table, which is no more
				if id != 0 && id != c.Owner {
					tell(ToOfficer, id)
				}
			}
		}
		if c.Owner != 0 {
			tell(ToOwner, c.Owner)
		} else {
			tell(ToDepartment, 0)
		}
	case Assigned:
		if e.By.Party == System {
			break // the notice of the date that was missed says so
		}
		if e.To != 0 {
			tell(ToOfficer, e.To)
		} else {
			tell(ToDepartment, 0)
		}
	}
	return out
}
