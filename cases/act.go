package cases

import "time"

// Action is something that somebody asks to be done to a case.
type Action string

// The actions. Each leads to one EventKind.
const (
	Accept      Action = "accept"
	Decline     Action = "decline"
	Redirect    Action = "redirect"
	Investigate Action = "investigate"
	Ask         Action = "ask"
	Answer      Action = "answer"
	Propose     Action = "propose" // give the answer; the reporter has the word
	Close       Action = "close"   // nobody can be reached any more
	Reopen      Action = "reopen"
	Withdraw    Action = "withdraw"
	Take        Action = "take"
	Release     Action = "release"
	Assign      Action = "assign"
	Reply       Action = "reply"
	Note        Action = "note"
	Add         Action = "add"
	Rate        Action = "rate"
	Open        Action = "open" // read the content
	List        Action = "list" // see that it is in the queue

	Enqueue       Action = "enqueue" // let officers know of it
	Lower         Action = "lower"
	Reveal        Action = "reveal"
	Recuse        Action = "recuse"
	AskCustody    Action = "custody_ask"
	GrantCustody  Action = "custody_grant"
	RefuseCustody Action = "custody_refuse"
	OpenCustody   Action = "custody_open"
	Hold          Action = "hold"
	LiftHold      Action = "lift_hold"
	Warn          Action = "warn"
	Shred         Action = "shred"

	Merge        Action = "merge"
	Split        Action = "split"
	LinkTo       Action = "link"
	Mediate      Action = "mediate"
	EndMediation Action = "end_mediation"
	Consent      Action = "consent"
	Offer        Action = "offer"
	Agree        Action = "agree"
	Settle       Action = "settle"
	Convene      Action = "convene"
	Opine        Action = "opine"
	Conclude     Action = "conclude"

	Satisfy           Action = "satisfy"
	Lapse             Action = "lapse"
	AskSecondLook     Action = "second_look"
	AnswerSecondLook  Action = "answer_second_look"
	AskFinalReview    Action = "final_review"
	AnswerFinalReview Action = "answer_final_review"

	Acknowledge     Action = "acknowledge" // the new owner has it
	OfferTransfer   Action = "transfer"
	AcceptTransfer  Action = "accept_transfer"
	RefuseTransfer  Action = "refuse_transfer"
	LapseTransfer   Action = "lapse_transfer"
	AskExtension    Action = "ask_extension"
	GrantExtension  Action = "grant_extension"
	RefuseExtension Action = "refuse_extension"
	Tag             Action = "tag"
	Untag           Action = "untag"
	Undo            Action = "undo"
	Meet            Action = "meet" // the outcome of a meeting with a leader
	Export          Action = "export"

	InviteGuest  Action = "invite_guest"
	JoinGuest    Action = "join_guest"
	DismissGuest Action = "dismiss_guest"
	Raise        Action = "raise" // call leaders: a major matter
	AckMajor     Action = "ack_major"

	Remind     Action = "remind"
	Miss       Action = "miss"
	Relay      Action = "relay" // the answer of the case that this one was merged into
	SetCheckIn Action = "set_check_ins"
	AskCheckIn Action = "ask_check_in"
	CheckIn    Action = "check_in"
	JoinAs     Action = "join"  // a colleague joins the case
	Leave      Action = "leave" // and leaves it
)

// Act is one request to do something.
type Act struct {
	Action Action
	By     Actor
	// Key makes the act idempotent (a draft's id, or officer + case + version + action of a button).
	Key  string
	Body *Body
	Code string
	To   OfficerID
	// ToDepartment is the department of the officer To, or where a case is moved. Marked says that it is one for
	// confidential matters.
	ToDepartment string
	Marked       bool
	// Officers are the members of a panel, the leaders to be called, or the colleagues whom a note calls.
	Officers []OfficerID
	// Tag is a colleague's word for finding the case again, as ParseTag gives it.
	Tag string
	// Other is the row id of another case: to merge into, to link to, split off.
	Other string
	// Until bounds what is given for a time: a guest's access.
	Until time.Time
	// Colleague is the number of the colleague on the reporter's side who acts, or who joins or leaves; 0 is the first
	// reporter.
	Colleague int
	// Own is the mode of that colleague before the act.
	Own Mode
	// Slot is when the office learns of it, as Quiet.SlotOf says; zero is at once.
	Slot time.Time
	// Finding is what is found now, of Outcomes, when looking again changed the answer.
	Finding string
	// Reason says why a date was missed.
	Reason string
	// Over: whoever assigns or reopens knows that the officer has as many open cases as one may have, and means it.
	Over bool
	// Way holds what a change of mode brings; Code is the mode to go to. Commitment is that of Filing, for a receipt
	// that the change brings.
	Way        Way
	Commitment []byte
}
