package cases

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
	Close       Action = "close"
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
	// Way holds what a change of mode brings; Code is the mode to go to. Commitment is that of Filing, for a receipt
	// that the change brings.
	Way        Way
	Commitment []byte
}
