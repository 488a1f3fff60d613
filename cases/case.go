// Package cases is the domain: what a case is, what may happen to it, who may do it and by when.
// It is pure: no input or output, and time is an argument.
package cases

import "time"

// Mode is how much of the reporter is known, chosen before the first question.
type Mode string

// The modes.
const (
	Named        Mode = "named"        // officers who work the case see who filed it
	Confidential Mode = "confidential" // the identity is sealed to a custodian; officers do not see it
	Anonymous    Mode = "anonymous"    // no identity and no address is kept; only a receipt leads back
	Dark         Mode = "dark"         // nothing at all is kept; only a receipt leads back
)

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
	Mode       Mode
	Kind       string // id of the kind of matter
	Matter     string // id of the second level, or ""
	Unit       string // unit of the org tree the matter is about, or ""
	Department string // who works it
	Language   string // the reporter's
	Procedure  string // id of the rules whose dates bind it
	Urgent     bool   // somebody is in danger now
	Status     Status
	Owner      OfficerID // responsible to the end; 0 while in the queue
	Outcome    string    // set on closing
	Rating     string    // "", or what the reporter said after closing
	Version    int       // sequence number of the newest event
	Filed      time.Time
	Updated    time.Time
	Clocks     []Clock
	// Unread is true while the reporter has said something that no officer has opened.
	Unread bool
}

// Reachable says whether notices can find the reporter. An anonymous case keeps no address.
func (c Case) Reachable() bool { return c.Mode != Anonymous }

// Event is one thing that happened to a case; events are never changed or removed.
type Event struct {
	Case   string
	Seq    int // 1 is the filing
	Kind   EventKind
	At     time.Time
	By     Actor
	Status Status // after the event
	// To is the officer a case was assigned to.
	To OfficerID
	// Department is set when a case moved to another one.
	Department string
	// Code is a machine-readable detail: outcome of a closing, reason of a refusal, way of a redirect, rating.
	Code string
	// Body is what was said; sealed at rest. Nil when nothing was said.
	Body *Body
	// Key makes the act idempotent: the same key is applied once.
	Key string
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
	ClosedEvent   EventKind = "closed"
	Reopened      EventKind = "reopened"
	WithdrawnBy   EventKind = "withdrawn"

	Taken    EventKind = "taken"
	Released EventKind = "released"
	Assigned EventKind = "assigned"
	Replied  EventKind = "replied" // the office's words to the reporter
	Noted    EventKind = "noted"   // internal; the reporter never sees it
	Added    EventKind = "added"   // the reporter's further words or files
	Rated    EventKind = "rated"
	Opened   EventKind = "opened" // an officer opened the content
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
	// Identity is nil for anonymous cases.
	Identity *Identity
	// Reporter is the keyed name of the reporter's chat, by which they find their cases; nil for anonymous cases.
	Reporter []byte
	// Address is the sealed return address; nil for anonymous cases.
	Address []byte
	// Receipt is the lookup value of the receipt; only for anonymous cases.
	Receipt []byte
}
