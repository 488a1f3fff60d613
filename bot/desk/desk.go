// Package desk is the officers' side: queue, cards, letters and notices.
//
// Rules of this room: an officer sees what cases.Can allows and nothing else; a case that is not for these eyes
// answers like one that does not exist; lists and notices hold nobody's words and no reporter's name; every button
// says in words what it does; a button of an act carries the version it was shown at, so an old one does nothing
// but show the case as it is.
package desk

import (
	"context"
	"fmt"

	"huiyin/bot"
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
	// List gives one page (from 0) and how many there are in all.
	List(ctx context.Context, by cases.Actor, f cases.Filter, page, size int) ([]cases.Case, int, error)
	// Events gives all events of a case in their order, bodies opened.
	Events(ctx context.Context, caseID string) ([]cases.Event, error)
	// Identity is who filed a named case; nil when nobody said.
	Identity(ctx context.Context, caseID string) (*cases.Identity, error)
	// Deliveries gives the notices of a case and what became of them.
	Deliveries(ctx context.Context, caseID string) ([]cases.Notice, error)
	// Officers lists the active officers of a department.
	Officers(ctx context.Context, department string) ([]cases.Officer, error)
	Officer(ctx context.Context, id cases.OfficerID) (cases.Officer, error)
	// Join uses an invite: NotFound when there is none of that name, UsedUp when it was used or has run out.
	Join(ctx context.Context, token string, key, address []byte, lang string) (cases.Officer, error)
	SetOfficerLanguage(ctx context.Context, id cases.OfficerID, lang string) error
}

// Options are what a desk needs; all are required.
type Options struct {
	Store Store
	Org   cases.Organisation
	Book  *text.Book
}

// Desk is the officers' side of the house. It holds nothing between two turns.
type Desk struct{ room }

// room is what every part of the desk works with.
type room struct {
	store Store
	org   cases.Organisation
	book  *text.Book
}

var _ bot.Side = (*Desk)(nil)

// New makes a desk.
func New(o Options) *Desk { return &Desk{room{store: o.Store, org: o.Org, book: o.Book}} }

// Screens of the desk, as t.Session.Screen names them.
const (
	screenHome   = "desk.home"
	screenCase   = "desk.case"   // Arg is the reference
	screenQueue  = "desk.queue"  // Arg is the view
	screenSearch = "desk.search" // words typed now are searched for; Arg is what was searched for
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

// refuse tells of a domain error. Anything else comes back: the update is delivered again.
func (t *turn) refuse(err error) error {
	if !told(err) {
		return err
	}
	t.tell("error." + string(cases.CodeOf(err)))
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
