// Package cases is the domain: what a case is, what may happen to it, who may do it and by when.
// It is pure: no input or output, and time is an argument.
package cases

import "time"

// Party is the side an act comes from.
type Party string

// The parties.
const (
	Reporter Party = "reporter"
	Office   Party = "office"
	System   Party = "system"
)

// OfficerID is an officer's row id; 0 is nobody.
type OfficerID int64

// Case is the fold of its events plus what the queue needs to index. It holds nobody's words.
type Case struct {
	ID         string    // random UUID, never shown
	Ref        Reference // public name
	Draft      string    // the draft it came from; UNIQUE, so that filing twice makes one case
	Mode       Mode      // the reporter may change it later
	Kind       string    // id of the kind of matter
	Matter     string    // id of the second level, or ""
	Unit       string    // unit of the org tree the matter is about, or ""
	Department string    // who works it
	Language   string    // the reporter's
	Procedure  string    // id of the rules whose dates bind it
	Urgent     bool      // somebody is in danger now
	// Prompt: an anonymous reporter chose that everything goes at once, because somebody is in danger.
	Prompt bool
	// Restricted: a confidential matter (corruption, harassment). It stays with departments marked for such.
	Restricted bool
	// Queued is when officers may learn of it; Unqueued holds until then.
	Queued   time.Time
	Unqueued bool
	Recused  []OfficerID // for whom it does not exist, in ascending order
	Custody  Custody     // a request for what is sealed, and what became of it
	Status   Status
	Owner    OfficerID // responsible to the end; 0 while in the queue
	Outcome  string    // set on closing
	Rating   string    // "", or what the reporter said after closing
	Version  int       // sequence number of the newest event
	Filed    time.Time
	Updated  time.Time
	Clocks   []Clock
	// Unread is true while the reporter has said something that no officer has opened.
	Unread bool
	// Retention is the id of the profile that says how long the words are kept. Ended is when the case came to its
	// end, zero while it is open; Warned when the reporter was told that the words will be destroyed.
	Retention string
	Ended     time.Time
	Warned    time.Time
	Held      bool // on legal hold: nothing is destroyed
	// Work is how far the office has got; Tags are colleagues' words for finding it again, as ParseTag gives
	// them, in ascending order.
	Work
	Tags []string
	// Into is the row id of the case that this one was merged into, or "".
	Into string
	// Colleagues is how many others joined the reporter. Colleague is the number of the one of them who looks at the case
	// (Case.As), 0 for everybody else; no event says it.
	Colleagues int
	Colleague  int
	// Deputy stands in for the owner while they are away, 0 when nobody does; no event says it.
	Deputy   OfficerID
	Shredded bool // the key is destroyed; nobody can read a word of it
}

// Reachable says whether notices can find the reporter.
func (c Case) Reachable() bool { return c.Mode.Reachable() && !c.Shredded }

// Event is one thing that happened to a case; events are never changed or removed.
type Event struct {
	Case   string
	Seq    int // 1 is the filing
	Kind   EventKind
	At     time.Time
	By     Actor
	Status Status // after the event
	// To is the officer a case was assigned to, who is recused, who joined, or who owns the case again after an undo.
	To OfficerID
	// Department is set when a case moved to another one.
	Department string
	// Code is a machine-readable detail: outcome of a closing, reason of a refusal, way of a redirect, rating.
	Code string
	More
	// Body is what was said; sealed at rest. Nil when nothing was said.
	Body *Body
	// Key makes the act idempotent: the same key is applied once.
	Key string
}

// More are details that few kinds of events have; stored as one document.
type More struct {
	// Clocks are dates owed that the event brings; their due instants never change.
	Clocks []Clock `json:"clocks,omitempty"`
	// Officers are the members of a panel, the leaders who were called, or the colleagues whom a note calls.
	Officers []OfficerID `json:"officers,omitempty"`
	// Tag is the word of a tagging, as ParseTag gives it.
	Tag string `json:"tag,omitempty"`
	// Other is the row id of another case.
	Other string `json:"other,omitempty"`
	// Until bounds what the event gives for a time.
	Until time.Time `json:"until,omitzero"`
	// Reason says why a date was missed, or whose yes a request for a later one needs.
	Reason string `json:"reason,omitempty"`
	// Quorum is how many members of a panel must give an opinion.
	Quorum int `json:"quorum,omitempty"`
	// Colleague is the number of the colleague whose event it is; 0 is the first reporter.
	Colleague int `json:"colleague,omitempty"`
	// Was is the mode that the colleague had before one that changes it.
	Was Mode `json:"was,omitempty"`
	// Slot is when the office learns of the event; zero is at once.
	Slot time.Time `json:"slot,omitzero"`
	// Finding is what is found now where looking again changed the answer.
	Finding string `json:"finding,omitempty"`
	// For is the owner for whom the actor did it, standing in while they were away.
	For OfficerID `json:"for,omitempty"`
}

// EventKind names what happened.
type EventKind string

// The kinds of events. The first group changes the status, the second does not.
const (
	Filed         EventKind = "filed"
	Accepted      EventKind = "accepted"
	NotAccepted   EventKind = "not_accepted"
	Redirected    EventKind = "redirected" // 诉访分离: belongs to a court, arbitration, an inspection
	Investigating EventKind = "investigation_started"
	Asked         EventKind = "asked"    // a question to the reporter; the case waits
	Answered      EventKind = "answered" // the reporter's answer
	ClosedEvent   EventKind = "closed"   // nobody could be reached any more
	Merged        EventKind = "merged"
	Mediating     EventKind = "mediation_started"
	Unsettled     EventKind = "mediation_failed"
	Settled       EventKind = "settled"
	Convened      EventKind = "convened"
	Concluded     EventKind = "concluded" // the panel; Body is the minutes
	Proposed      EventKind = "proposed"  // an answer to the reporter, who has the word
	Satisfied     EventKind = "satisfied"
	Lapsed        EventKind = "lapsed" // the reporter's time to object passed

	SecondLookAsked     EventKind = "second_look_asked"
	SecondLookAnswered  EventKind = "second_look_answered"
	FinalReviewAsked    EventKind = "final_review_asked"
	FinalReviewAnswered EventKind = "final_review_answered"

	Reopened    EventKind = "reopened"
	WithdrawnBy EventKind = "withdrawn"

	Taken    EventKind = "taken"
	Released EventKind = "released"
	Assigned EventKind = "assigned"
	Replied  EventKind = "replied" // the office's words to the reporter
	Noted    EventKind = "noted"   // internal; the reporter never sees it
	Added    EventKind = "added"   // the reporter's further words or files
	Rated    EventKind = "rated"
	Opened   EventKind = "opened" // an officer opened the content

	Queued         EventKind = "queued"          // an anonymous case reached the queue in its slot
	Lowered        EventKind = "lowered"         // less is kept of the reporter; Code is the mode
	Revealed       EventKind = "revealed"        // the reporter lets more be known; Code is the mode
	Recused        EventKind = "recused"         // To has nothing to do with it any more
	CustodyAsked   EventKind = "custody_asked"   // an officer asked for what is sealed; Code says what, Body why
	CustodyGranted EventKind = "custody_granted" // a custodian said yes
	CustodyRefused EventKind = "custody_refused" // a custodian said no
	CustodyOpened  EventKind = "custody_opened"  // it was opened
	HeldEvent      EventKind = "held"            // put on legal hold
	HoldLifted     EventKind = "hold_lifted"     // off it
	WarnedEvent    EventKind = "warned"          // the reporter is told that the words will be destroyed
	ShreddedEvent  EventKind = "shredded"        // the key is destroyed

	SplitOff          EventKind = "split"  // a part went its own way as the case Other
	Linked            EventKind = "linked" // Other has to do with it; Code says how
	Consented         EventKind = "consented"
	Offered           EventKind = "offered" // a settlement on the table; Code is the side
	Agreed            EventKind = "agreed"  // Code is the side
	Opined            EventKind = "opined"  // a panel member's opinion; Code is the vote
	Acknowledged      EventKind = "acknowledged"
	TransferOffered   EventKind = "transfer_offered" // Department has to say whether it is theirs
	Transferred       EventKind = "transferred"      // Department has it
	TransferRefused   EventKind = "transfer_refused"
	TransferLapsed    EventKind = "transfer_lapsed"
	ExtensionAsked    EventKind = "extension_asked" // Code is the clock
	ExtensionGranted  EventKind = "extension_granted"
	ExtensionRefused  EventKind = "extension_refused"
	Tagged            EventKind = "tagged"
	Untagged          EventKind = "untagged"
	Undone            EventKind = "undone" // Code is what was undone
	MetEvent          EventKind = "met"    // the reporter met a leader; Code is held or missed
	Exported          EventKind = "exported"
	GuestInvited      EventKind = "guest_invited" // Code is what for
	GuestJoined       EventKind = "guest_joined"
	GuestLeft         EventKind = "guest_left"
	Raised            EventKind = "raised" // leaders were called; Code is why
	MajorAcknowledged EventKind = "major_acknowledged"
	Reminded          EventKind = "reminded"     // Code is clock.whom
	Missed            EventKind = "missed"       // Code is the clock, Reason why
	Relayed           EventKind = "relayed"      // the answer of the case it was merged into
	CheckInsSet       EventKind = "check_ins"    // Code is on or off
	CheckInAsked      EventKind = "check_in_due" // Code is the day
	CheckedIn         EventKind = "checked_in"   // Code is ok, unsure or bad
	Joined            EventKind = "joined"       // a colleague; Code is their mode
	Left              EventKind = "left"
)

// Body is people's words and files.
type Body struct {
	// Fields are the answers of a filing, in the order asked, for the eyes of officers.
	Fields []Field `json:"fields,omitempty"`
	Text   string  `json:"text,omitempty"`
	Files  []File  `json:"files,omitempty"`
}

// Field is one answer: Title is the message key of its short name.
type Field struct {
	Step   string   `json:"step"`
	Title  string   `json:"title"`
	Option string   `json:"option,omitempty"` // message key of the chosen option
	Text   []string `json:"text,omitempty"`   // message by message, whole
	From   string   `json:"from,omitempty"`
	To     string   `json:"to,omitempty"`
	// Ongoing: it has not ended. Skipped: the reporter chose not to say.
	Ongoing bool `json:"ongoing,omitempty"`
	Skipped bool `json:"skipped,omitempty"`
}

// File is a piece of evidence. ID is the wire's id of the bytes: sealed at rest, never shown.
type File struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	MIME string `json:"mime,omitempty"`
	Size int64  `json:"size,omitempty"`
}

// Actor is who did something.
type Actor struct {
	Party      Party
	Officer    OfficerID
	Role       Role   // of the officer, at the time of the act
	Department string // of the officer
}

// Identity is who a named or confidential reporter said they are.
type Identity struct {
	Fields []Field `json:"fields,omitempty"`
}

// Filing is a complete submission: everything one transaction stores.
type Filing struct {
	Case Case
	Body Body
	Way
	// After is the row id of the case because of which the reporter was made to pay, "" for none: the two are linked, and
	// whoever worked that one (Case.Hands) has nothing to do with this one.
	After string
	// Commitment is what the audit's tree shows of the filing, so that who holds the receipt can prove that it
	// existed; only with a receipt.
	Commitment []byte
}
