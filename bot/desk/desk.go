// Package desk is the officers' side: queue, cards, letters and notices.
//
// Rules of this room: an officer sees what cases.Can allows and nothing else; a case that is not for these eyes
// answers like one that does not exist; lists and notices hold nobody's words and no reporter's name; every button
// says in words what it does; a button of an act carries the version it was shown at, so an old one does nothing
// but show the case as it is.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"huiyin/bot"
	"huiyin/bot/letter"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Store keeps cases and officers. Errors that people are told of are *cases.Error; others mean "try again".
type Store interface {
	// CaseByRef loads a case that by may list; otherwise NotFound.
	CaseByRef(ctx context.Context, by cases.Actor, ref cases.Reference) (cases.Case, error)
	// Act does a once for a.Key: the second time it changes nothing and again is true.
	Act(ctx context.Context, ref cases.Reference, a cases.Act) (c cases.Case, e cases.Event, again bool, err error)
	// Next claims the most urgent case nobody owns; false when there is none. The same key gives the same case.
	Next(ctx context.Context, by cases.Actor, key string) (cases.Case, bool, error)
	// List gives one page (from 0) and how many there are in all, counted up to cases.MostCounted: one more says that
	// there are more.
	List(ctx context.Context, by cases.Actor, f cases.Filter, page, size int) ([]cases.Case, int, error)
	// Search gives one page of what a query finds, the newest first, and how many were found; more says that there may be
	// more. Only who may open a case finds it by its words.
	Search(ctx context.Context, by cases.Actor, q cases.Query, page, size int) (found []cases.Case, total int, more bool, err error)
	// Events gives the events of a case in their order; NotFound when by may not list it. Bodies are opened for who
	// may open the case; a custodian gets those of requests (CustodyAsked) alone, an admin none.
	Events(ctx context.Context, by cases.Actor, caseID string) ([]cases.Event, error)
	// Identity is who filed, nil when nobody said: of a named case for who may open it, of a confidential one only
	// while by holds an open grant for it. Otherwise NotAllowed.
	Identity(ctx context.Context, by cases.Actor, caseID string) (*cases.Identity, error)
	// Deliveries gives the notices of a case and what became of them; NotFound when by may not list it.
	Deliveries(ctx context.Context, by cases.Actor, caseID string) ([]cases.Notice, error)
	// Officers lists the active officers of a department, of all when it is "".
	Officers(ctx context.Context, department string) ([]cases.Officer, error)
	// Officer gives an officer, a revoked one too: old events name them. NotFound when there is none.
	Officer(ctx context.Context, id cases.OfficerID) (cases.Officer, error)
	// Invite makes a one-time way in. Error: NotAllowed by cases.MayKeepAccounts; Incomplete, naming the field.
	Invite(ctx context.Context, by cases.Actor, inv cases.Invite) (token string, err error)
	// Revoke ends an officer's access at once. Errors: NotAllowed by cases.MayKeepAccounts; NotFound.
	Revoke(ctx context.Context, by cases.Actor, id cases.OfficerID) error
	// Place gives an officer another role, and a department if the role has one. Errors: as Revoke, and Incomplete.
	Place(ctx context.Context, by cases.Actor, id cases.OfficerID, role cases.Role, department string) error
	// StepUp is the sealed secret of an officer's code app; nil when none is set up.
	StepUp(ctx context.Context, id cases.OfficerID) (sealed []byte, err error)
	// SetStepUp keeps it; nil forgets the app.
	SetStepUp(ctx context.Context, id cases.OfficerID, sealed []byte) error
	// Join uses an invite: NotFound when there is none of that name, UsedUp when it was used or has run out.
	Join(ctx context.Context, token string, key, address []byte, lang string) (cases.Officer, error)
	// Loads gives what the officers of a department carry, as far as by may know of it. Error: NotFound.
	Loads(ctx context.Context, by cases.Actor, department string) (map[cases.OfficerID]cases.Load, error)
	// SetAway says until when an officer is away and who stands in (0: nobody); a zero until is that they are back.
	// Errors: NotAllowed by cases.MaySetAway; NotFound, also for a deputy who may not stand in; Incomplete for a time that is over.
	SetAway(ctx context.Context, by cases.Actor, id cases.OfficerID, until time.Time, deputy cases.OfficerID) error
	// SetSkills says what an officer is good at. Errors: NotAllowed by cases.MaySetAway; NotFound.
	SetSkills(ctx context.Context, by cases.Actor, id cases.OfficerID, skills []string) error
	// InviteGuest does an act that invites somebody from outside into a case, and gives the token that lets them in once.
	// Errors: as for Act.
	InviteGuest(ctx context.Context, ref cases.Reference, a cases.Act, inv cases.Invite) (token string, c cases.Case, err error)
	// Colleagues are all who ever joined a case, with the names that by may know. Error: NotFound.
	Colleagues(ctx context.Context, by cases.Actor, caseID string) ([]cases.Colleague, error)
	// AskedIn gives the cases that by may know of because they were asked in: to a panel, as a mediator, as a guest.
	AskedIn(ctx context.Context, by cases.Actor) ([]cases.Case, error)
	SetOfficerLanguage(ctx context.Context, id cases.OfficerID, lang string) error
	Tools
	Habits
}

// Exhibit is a file of a case as officers get it.
type Exhibit struct {
	ID string
	// State is "waiting" while it is being fetched, "kept", "infected" or "lost".
	State string
	MIME  string // by its bytes; "" while it waits
	// Cleaned says what was done about hidden details: "clean", "plain" (there were none), "cannot".
	Cleaned  string
	Original bool  // the file as it was sent is kept too
	Size     int64 // about; 0 when it is not known
}

// Evidence gives the files of cases.
type Evidence interface {
	// Exhibits are the files of a case that by may open, in no order. Errors as for Events, and NotAllowed.
	Exhibits(ctx context.Context, by cases.Actor, caseID string) ([]Exhibit, error)
	// OpenExhibit gives the bytes: of the clean copy, or as they were sent to whom a custodian let. Errors: NotFound;
	// NotAllowed.
	OpenExhibit(ctx context.Context, by cases.Actor, id string, original bool) (io.ReadCloser, error)
}

// Secrets seal what is kept of officers: the secrets of their code apps, their lists. What is sealed for one officer opens for no other.
type Secrets interface {
	Seal(officer cases.OfficerID, plain []byte) ([]byte, error)
	Open(officer cases.OfficerID, sealed []byte) ([]byte, error)
}

// Options are what a desk needs; all are required but Receptions.
type Options struct {
	Store   Store
	Org     cases.Organisation
	Book    *text.Book
	Secrets Secrets
	// Kept seals the lists that officers keep.
	Kept     Secrets
	Evidence Evidence
	// Receptions keeps leaders' reception days; nil where there are none.
	Receptions ReceptionStore
	Print      letter.Printer
	// Rules are those whose dates bind cases, by procedure.
	Rules func(procedure string) cases.Rules
	// Link is the address by which an invite is used.
	Link func(token string) string
	// Templates are the house's texts that letters can begin with.
	Templates []cases.Template
	// Preview renders what a reporter is told of an event, as the reporters' side does; nil shows none.
	Preview func(ctx context.Context, n bot.Notice) ([]text.Reply, error)
}

// Desk is the officers' side of the house. It holds nothing between two turns.
type Desk struct{ room }

// room is what every part of the desk works with.
type room struct {
	store    Store
	org      cases.Organisation
	book     *text.Book
	secrets  Secrets
	kept     Secrets
	evid     Evidence
	received ReceptionStore
	print    letter.Printer
	rules    func(procedure string) cases.Rules
	link     func(token string) string
	texts    []cases.Template
	preview  func(ctx context.Context, n bot.Notice) ([]text.Reply, error)
}

var (
	_ bot.Side   = (*Desk)(nil)
	_ bot.Framer = (*Desk)(nil)
)

// New makes a desk.
func New(o Options) *Desk {
	return &Desk{room{
		store: o.Store, org: o.Org, book: o.Book, secrets: o.Secrets, kept: o.Kept, evid: o.Evidence, received: o.Receptions, print: o.Print,
		rules: o.Rules, link: o.Link, preview: o.Preview, texts: o.Templates,
	}}
}

// Screens of the desk, as t.Session.Screen names them.
const (
	screenHome   = "desk.home"
	screenCase   = "desk.case"   // Arg is the reference
	screenQueue  = "desk.queue"  // Arg is the view
	screenSearch = "desk.search" // words typed now are searched for; Arg is what was searched for
	screenStaff  = "desk.staff"  // the list of officers
	screenPerson = "desk.person" // one of them; Arg is the id
	screenInvite = "desk.invite" // words typed now are the name of who is invited; Arg is role and department's tag
	// screenReception is a reception day; Arg is its number, "" for the list.
	screenReception = "desk.reception"
	screenCode      = "desk.code" // digits typed now are a code; Arg is what it is for
)

// turn is one turn of an officer at the desk.
type turn struct {
	room
	*bot.Turn
	by   cases.Actor
	lang string
}

// at begins a turn of an officer; nil for anybody else.
func (d *Desk) at(t *bot.Turn) *turn {
	if t.Officer == nil || t.Officer.Revoked {
		return nil
	}
	lang := t.Session.Lang
	if lang == "" {
		lang = t.Officer.Language
	}
	return &turn{room: d.room, Turn: t, by: t.Officer.Actor(), lang: d.book.Pick(lang)}
}

// office is what the session remembers of this officer, to be changed: a copy takes the place of what was read.
func (t *turn) office() *flows.Office {
	var o flows.Office
	if t.Session.Office != nil {
		o = *t.Session.Office
	}
	t.Session.Office = &o
	return &o
}

// idleAfter is how long an officer may be away before what was on the screen is not put up again by itself.
const idleAfter = 30 * time.Minute

// here notes that the officer is at the desk and says whether they had been away for long.
func (t *turn) here() (idle bool) {
	o := t.office()
	idle = !o.At.IsZero() && t.Now.Sub(o.At) > idleAfter
	o.At = t.Now
	return idle
}

// say is markup, label plain words for buttons, alerts and lists.
func (t *turn) say(key string, pairs ...any) string   { return t.book.T(t.lang, key, pairs...) }
func (t *turn) label(key string, pairs ...any) string { return t.book.Label(t.lang, key, pairs...) }

// button is a button with the label under key.
func (t *turn) button(key string, d data) text.Button {
	return text.Button{Text: t.label(key), Data: d.String()}
}

// screen puts something up that is no form. A form in front is put aside, so that words typed under
// a case can never run into a letter that is out of sight.
func (t *turn) screen(s flows.Screen, markup string, rows ...[]text.Button) {
	if t.Session.Active != "" {
		t.Park()
	}
	t.Session.Screen = s
	if t.guest() {
		// What somebody from outside reads is not theirs to pass on.
		t.Replies = append(t.Replies, text.Reply{Do: text.Show, HTML: markup, Rows: rows, Protect: true})
		return
	}
	t.uncover()
	t.Show(markup, rows...)
}

// tell says something that must be read: a box on a press, a message otherwise.
func (t *turn) tell(key string, pairs ...any) {
	if t.Pressed {
		t.Replies = append(t.Replies, text.Reply{Do: text.Alert, HTML: text.Cut(t.label(key, pairs...), 200)})
		return
	}
	t.Send(t.say(key, pairs...))
}

// uncover takes a protected message out of the chat whose button was pressed: turned into another screen, it would leave the
// desk protected.
func (t *turn) uncover() {
	if t.Pressed && t.In.Protected && t.In.Message != 0 {
		t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		t.Below()
	}
}

// protected sends a message that official clients neither forward nor save.
func (t *turn) protected(markup string, rows ...[]text.Button) {
	t.Replies = append(t.Replies, text.Reply{Do: text.Send, HTML: markup, Rows: rows, Protect: true})
}

// refuse tells of a domain error with the way home, and asks for the code when that is what is missing. Anything else comes back: the
// update is delivered again.
func (t *turn) refuse(err error) error {
	if locked, ok := errors.AsType[*codeWanted](err); ok {
		t.askCode(locked)
		return nil
	}
	if !told(err) {
		return err
	}
	key := "error." + string(cases.CodeOf(err))
	if t.Pressed {
		t.tell(key)
		return nil
	}
	t.Send(t.say(key), []text.Button{t.button("desk.button.home", data{what: "home"})})
	return nil
}

// told says whether an error is one that a person is told of.
func told(err error) bool {
	code := cases.CodeOf(err)
	return code != "" && code != cases.Away
}

// shown is the case that is on the screen, or "".
func (t *turn) shown() cases.Reference {
	if t.Session.Screen.Name != screenCase {
		return ""
	}
	ref, _ := cases.ParseReference(t.Session.Screen.Arg)
	return ref
}

// key makes a press on a case idempotent: the same button pressed twice acts once.
func (t *turn) key(c cases.Case, version int, action cases.Action, arg string) string {
	return fmt.Sprintf("desk:%d:%s:%d:%s:%s", t.by.Officer, c.ID, version, action, arg)
}

// once makes a command idempotent: the same update delivered twice acts once.
func (t *turn) once(what string) string {
	return fmt.Sprintf("desk:%d:%s:u%d", t.by.Officer, what, t.In.Update)
}

// pairUp lays buttons out, at most across in a row; wide labels stand alone.
func pairUp(across, width int, buttons ...text.Button) [][]text.Button {
	var rows [][]text.Button
	var row []text.Button
	used := 0
	for _, b := range buttons {
		w := text.Columns(b.Text)
		if len(row) > 0 && (len(row) == across || used+w > width) {
			rows, row, used = append(rows, row), nil, 0
		}
		row, used = append(row, b), used+w
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows
}
