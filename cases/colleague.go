package cases

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

// Colleague is somebody who joined the reporter of a case (联名), as far as the case's mode and theirs let be known. The
// first reporter is number 0; a number is never given again.
type Colleague struct {
	Number   int
	Mode     Mode
	Language string
	// Since is the event that brought them into their mode: what a custodian granted before it is no yes for them.
	Since int
	// Identity is what a colleague said of themself; nil where who asks may not see it.
	Identity *Identity
	// Left: they joined and have left; nothing leads to them.
	Left bool
}

// Colleagues are all who ever joined a case, by number, as its events tell. In which language they are written to, no
// event says.
func Colleagues(events []Event) []Colleague {
	var out []Colleague
	for _, e := range events {
		switch i := slices.IndexFunc(out, func(o Colleague) bool { return o.Number == e.Colleague }); {
		case e.Kind == Joined && i < 0:
			out = append(out, Colleague{Number: e.Colleague, Mode: Mode(e.Code), Since: e.Seq})
		case e.changesColleague() && i >= 0:
			out[i].Mode, out[i].Since = Mode(e.Code), e.Seq
		case e.Kind == Left && i >= 0:
			out[i].Left = true
		}
	}
	slices.SortFunc(out, func(a, b Colleague) int { return a.Number - b.Number })
	return out
}

// changesColleague says whether less or more is known of a colleague from an event on.
func (e Event) changesColleague() bool {
	return e.Colleague > 0 && (e.Kind == Lowered || e.Kind == Revealed)
}

// GrantedTo says whether a yes of a custodian's, the newest among the events, was given for who a colleague is: they were
// sealed already.
func (o Colleague) GrantedTo(events []Event) bool {
	for _, e := range slices.Backward(events) {
		if e.Kind == CustodyGranted && e.Code == CustodyIdentity {
			return o.Since < e.Seq
		}
	}
	return false
}

// Joining is what one transaction stores of a colleague who joins.
type Joining struct {
	// Draft makes it idempotent: the same draft joins once.
	Draft    string
	Mode     Mode
	Language string
	// Body is what the colleague adds at once, nil for nothing. The office reads it, and no other reporter does.
	Body *Body
	Way
	Commitment []byte // as in a Filing
}

// Check says what a joining lacks, or nil. Error: Incomplete, naming the part.
func (j Joining) Check() error {
	part := j.lacks(j.Mode)
	switch {
	case j.Draft == "":
		part = "draft"
	case !slices.Contains(Modes(), j.Mode):
		part = "mode"
	case j.Language == "":
		part = "language"
	}
	if part != "" {
		return &Error{Code: Incomplete, Detail: "join: " + part}
	}
	return nil
}

const (
	// MaxJoinLinks is how many links of a case may wait to be used.
	MaxJoinLinks = 10
	// JoinLinkDays is for how many days a link is good, the one on which it was made not counted.
	JoinLinkDays = 7
	// JoinStart is what the start parameter of a link begins with; the token follows.
	JoinStart = "join_"
)

// JoinToken is the token of a link, made from a secret: asked for again, the same link comes out.
func JoinToken(secret []byte) string {
	sum := sha256.Sum256(append([]byte("huiyin/join/1|"), secret...))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// MayAsColleague says whether who joined a case may do an action to it: what is theirs alone. How the case goes on is the
// first reporter's to say.
func MayAsColleague(a Action) bool { return a == Add || a == Leave || a == Lower || a == Reveal }

// As is a case as a colleague has it: under their number, in their mode and language.
func (c Case) As(who Colleague) Case {
	if who.Number > 0 {
		c.Colleague, c.Mode, c.Prompt, c.Language = who.Number, who.Mode, false, who.Language
	}
	return c
}

// Through is a case as the hours of a colleague's event tell of it: nameless when either its first reporter or the
// colleague is. That everything goes at once is the first reporter's choice and not that of a nameless colleague.
func (c Case) Through(m Mode) Case {
	if m.Nameless() {
		c.Prompt = false
		if !c.Mode.Nameless() {
			c.Mode = m
		}
	}
	return c
}

// VisibleToColleague says whether who joined a case is shown events of a kind that others caused: where it stands and what
// the office answers. What is between the office and the first reporter is not.
func VisibleToColleague(k EventKind) bool {
	switch k {
	case Asked, Answered, Added, Rated, Lowered, Revealed, CustodyOpened, Consented, Offered, Agreed, MetEvent, CheckInsSet,
		CheckInAsked, CheckedIn, Joined, Left:
		return false
	}
	return VisibleToReporter(k)
}

// ColleagueTimeline gives what a colleague may see of a case's events, in their order: the office's answers, where the case
// stands, that who they are was opened, and their own words; nobody else's.
func ColleagueTimeline(events []Event, who Colleague) []Event {
	var out []Event
	for _, e := range events {
		own := e.Colleague == who.Number && who.Number > 0
		if !own && !who.opened(e) && (e.Colleague > 0 || !VisibleToColleague(e.Kind)) {
			continue
		}
		seen := Timeline([]Event{e}, Reporter)
		if own {
			seen = []Event{bare(e)}
		}
		for _, e := range seen {
			if !own && e.By.Party != Office && e.Kind != Relayed {
				e.Body = nil // the first reporter's words
			}
			out = append(out, e)
		}
	}
	return out
}

// bare is an event without those who work the case.
func bare(e Event) Event {
	e.By = Actor{Party: e.By.Party}
	e.To, e.Department, e.Key = 0, "", ""
	e.Officers, e.Other, e.Quorum, e.For = nil, "", 0, 0
	return e
}

// Told says whether somebody who joined is told of an event, c being the case after it: as ToldColleagues, and that who
// they are was opened.
func (o Colleague) Told(c Case, e Event) bool {
	return o.opened(e) && !c.Shredded || ToldColleagues(c, e)
}

// opened says whether an event opened who a colleague is: one request is for all of a case who are sealed.
func (o Colleague) opened(e Event) bool {
	return e.Kind == CustodyOpened && e.Code == CustodyIdentity && o.Mode == Confidential
}

// ToldColleagues says whether those who joined are told of an event, c being the case after it: of what the reporter is
// told but questions, and of how the reporter ended it. Whether the first reporter can be reached does not matter.
func ToldColleagues(c Case, e Event) bool {
	if c.Shredded || e.Colleague > 0 {
		return false
	}
	if e.Kind == WithdrawnBy || e.Kind == Satisfied {
		return true
	}
	c.Mode = Named
	return VisibleToColleague(e.Kind) && slices.ContainsFunc(Notices(c, e), func(n Notice) bool { return n.To == ToReporter })
}
