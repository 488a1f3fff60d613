package cases

import (
	"context"
	"slices"
	"strings"

	"github.com/looplab/fsm"
)

// moves is the one table of a case's life: which action leads from which statuses to which.
// Whoever changes it changes Diagram, Moves and Do with it.
var moves = []fsm.EventDesc{
	{Name: string(Accept), Src: from(StatusReceived), Dst: string(StatusAccepted)},
	{Name: string(Decline), Src: from(StatusReceived), Dst: string(StatusNotAccepted)},
	{Name: string(Redirect), Src: from(StatusReceived, StatusAccepted, StatusInvestigating), Dst: string(StatusRedirected)},
	{Name: string(Merge), Src: from(StatusReceived, StatusAccepted, StatusInvestigating, StatusWaiting), Dst: string(StatusMerged)},
	{Name: string(Investigate), Src: from(StatusAccepted, StatusWaiting), Dst: string(StatusInvestigating)},
	{Name: string(Ask), Src: from(StatusAccepted, StatusInvestigating), Dst: string(StatusWaiting)},
	{Name: string(Answer), Src: from(StatusWaiting), Dst: string(StatusInvestigating)},
	{Name: string(Mediate), Src: from(StatusAccepted, StatusInvestigating), Dst: string(StatusMediation)},
	{Name: string(EndMediation), Src: from(StatusMediation), Dst: string(StatusInvestigating)},
	{Name: string(Settle), Src: from(StatusMediation), Dst: string(StatusClosed)},
	{Name: string(Convene), Src: from(StatusAccepted, StatusInvestigating), Dst: string(StatusPanel)},
	{Name: string(Conclude), Src: from(StatusPanel), Dst: string(StatusInvestigating)},
	{Name: string(Propose), Src: from(StatusAccepted, StatusInvestigating, StatusWaiting), Dst: string(StatusProposed)},
	{Name: string(Satisfy), Src: from(StatusProposed), Dst: string(StatusClosed)},
	{Name: string(Lapse), Src: from(StatusProposed), Dst: string(StatusClosed)},
	{Name: string(Close), Src: from(StatusWaiting), Dst: string(StatusClosed)},
	{Name: string(AskSecondLook), Src: from(StatusProposed, StatusClosed, StatusNotAccepted), Dst: string(StatusSecondLook)},
	{Name: string(AnswerSecondLook), Src: from(StatusSecondLook), Dst: string(StatusClosed)},
	{Name: string(AskFinalReview), Src: from(StatusClosed), Dst: string(StatusFinalReview)},
	{Name: string(AnswerFinalReview), Src: from(StatusFinalReview), Dst: string(StatusFinal)},
	{Name: string(Reopen), Src: from(StatusClosed, StatusNotAccepted, StatusRedirected), Dst: string(StatusInvestigating)},
	{Name: string(Withdraw), Src: from(StatusReceived, StatusAccepted, StatusInvestigating, StatusWaiting, StatusMediation,
		StatusPanel, StatusProposed, StatusSecondLook, StatusFinalReview), Dst: string(StatusWithdrawn)},
}

// makes says which kind of event an action leaves. List leaves none.
var makes = map[Action]EventKind{
	Accept: Accepted, Decline: NotAccepted, Redirect: Redirected, Investigate: Investigating,
	Ask: Asked, Answer: Answered, Close: ClosedEvent, Reopen: Reopened, Withdraw: WithdrawnBy,
	Merge: Merged, Mediate: Mediating, EndMediation: Unsettled, Settle: Settled, Convene: Convened, Conclude: Concluded,
	Propose: Proposed, Satisfy: Satisfied, Lapse: Lapsed, AskSecondLook: SecondLookAsked,
	AnswerSecondLook: SecondLookAnswered, AskFinalReview: FinalReviewAsked, AnswerFinalReview: FinalReviewAnswered,
	Take: Taken, Release: Released, Assign: Assigned, Reply: Replied, Note: Noted,
	Add: Added, Rate: Rated, Open: Opened,
	Enqueue: Queued, Lower: Lowered, Reveal: Revealed, Recuse: Recused, AskCustody: CustodyAsked,
	GrantCustody: CustodyGranted, RefuseCustody: CustodyRefused, OpenCustody: CustodyOpened,
	Hold: HeldEvent, LiftHold: HoldLifted, Warn: WarnedEvent, Shred: ShreddedEvent,
	Split: SplitOff, LinkTo: Linked, Consent: Consented, Offer: Offered, Agree: Agreed, Opine: Opined,
	Acknowledge: Acknowledged, OfferTransfer: TransferOffered, AcceptTransfer: Transferred,
	RefuseTransfer: TransferRefused, LapseTransfer: TransferLapsed, AskExtension: ExtensionAsked,
	GrantExtension: ExtensionGranted, RefuseExtension: ExtensionRefused, Tag: Tagged, Untag: Untagged, Undo: Undone,
	Meet: MetEvent, Export: Exported, InviteGuest: GuestInvited, JoinGuest: GuestJoined, DismissGuest: GuestLeft,
	Raise: Raised, AckMajor: MajorAcknowledged, Remind: Reminded, Miss: Missed, Relay: Relayed,
	SetCheckIn: CheckInsSet, AskCheckIn: CheckInAsked, CheckIn: CheckedIn, JoinAs: Joined, Leave: Left,
}

func from(statuses ...Status) []string {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = string(s)
	}
	return names
}

// Statuses lists every status, in the order of a case's life.
func Statuses() []Status {
	return []Status{
		StatusReceived, StatusAccepted, StatusInvestigating, StatusWaiting, StatusMediation, StatusPanel, StatusProposed,
		StatusSecondLook, StatusFinalReview,
		StatusNotAccepted, StatusRedirected, StatusMerged, StatusClosed, StatusFinal, StatusWithdrawn,
	}
}

// EventKinds lists every kind of event.
func EventKinds() []EventKind {
	return []EventKind{
		Filed, Accepted, NotAccepted, Redirected, Merged, Investigating, Asked, Answered, Mediating, Unsettled, Settled,
		Convened, Concluded, Proposed, Satisfied, Lapsed, ClosedEvent, SecondLookAsked, SecondLookAnswered,
		FinalReviewAsked, FinalReviewAnswered, Reopened, WithdrawnBy,
		Taken, Released, Assigned, Replied, Noted, Added, Rated, Opened,
		Queued, Lowered, Revealed, Recused, CustodyAsked, CustodyGranted, CustodyRefused, CustodyOpened,
		HeldEvent, HoldLifted, WarnedEvent, ShreddedEvent,
		SplitOff, Linked, Consented, Offered, Agreed, Opined, Acknowledged, TransferOffered, Transferred, TransferRefused,
		TransferLapsed, ExtensionAsked, ExtensionGranted, ExtensionRefused, Tagged, Untagged, Undone, MetEvent, Exported,
		GuestInvited, GuestJoined, GuestLeft, Raised, MajorAcknowledged, Reminded, Missed, Relayed,
		CheckInsSet, CheckInAsked, CheckedIn, Joined, Left,
	}
}

// Actions lists every action, in the order in which buttons offer them.
func Actions() []Action {
	return []Action{
		Open, AckMajor, Acknowledge, AcceptTransfer, RefuseTransfer, Take, Accept, Decline, Redirect, Investigate, Ask, Reply,
		Propose, Close, AnswerSecondLook, AnswerFinalReview, Convene, Opine, Conclude, Mediate, Offer, Agree, Consent,
		EndMediation, Reopen, Note, Assign, Release, OfferTransfer, AskExtension, GrantExtension, RefuseExtension,
		Merge, Split, LinkTo, Tag, Untag, Undo, InviteGuest, DismissGuest, Raise, Meet, Export,
		AskCustody, OpenCustody, GrantCustody, RefuseCustody, Hold, LiftHold, Recuse,
		Answer, Add, Satisfy, AskSecondLook, AskFinalReview, Rate, SetCheckIn, CheckIn, Withdraw, Reveal, Lower, Shred,
		Enqueue, Warn, Settle, Lapse, LapseTransfer, JoinGuest, Remind, Miss, Relay, AskCheckIn, JoinAs, Leave, List,
	}
}

// KindOf is the kind of event that an action leaves; ok is false when it leaves none.
func KindOf(a Action) (kind EventKind, ok bool) {
	kind, ok = makes[a]
	return kind, ok
}

// after gives the status that an action leads to. A machine is made for every decision:
// looplab's are cheap, and a shared one can be wedged for good by a cancelled context.
func after(s Status, a Action) (Status, bool) {
	machine := fsm.NewFSM(string(s), moves, nil)
	if err := machine.Event(context.Background(), string(a)); err != nil {
		return s, false
	}
	return Status(machine.Current()), true
}

// movesStatus says whether an action stands in the table.
func movesStatus(a Action) bool {
	return slices.ContainsFunc(moves, func(m fsm.EventDesc) bool { return m.Name == string(a) })
}

// lands gives the one status that a kind of event leaves a case in; ok is false for kinds that keep the status.
func lands(k EventKind) (s Status, ok bool) {
	if k == Filed {
		return StatusReceived, true
	}
	for _, m := range moves {
		if makes[Action(m.Name)] == k {
			return Status(m.Dst), true
		}
	}
	return "", false
}

// Diagram draws the table for Mermaid; the same table gives the same text.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> " + string(StatusReceived) + "\n")
	for _, m := range moves {
		for _, src := range m.Src {
			b.WriteString("    " + src + " --> " + m.Dst + ": " + m.Name + "\n")
		}
	}
	for _, s := range Statuses() {
		if !s.Open() {
			b.WriteString("    " + string(s) + " --> [*]\n")
		}
	}
	return b.String()
}
