// Package flows is the conversation engine: pure, with no input or output of its own.
//
// A flow is data (configs/flows/*.yaml) compiled once into an immutable looplab/fsm table.
// Engine.Step takes a person's session and one input and gives back the session as it is afterwards
// and the effects the edges must carry out. Time comes in as an argument.
package flows

import (
	"maps"
	"time"
)

// Sessions are read and written at every update. session_json.go does it as encoding/json would, without reflection: the same
// JSON, so that processes of two versions can share sessions.
//go:generate go tool easyjson -no_std_marshalers -all -output_filename session_json.go session.go

// Session is all that is remembered of one chat between two messages.
// It is stored sealed; nothing in it may reach a log.
type Session struct {
	// Rev counts the writes; a store accepts a session only on top of the revision it was read at.
	Rev int64 `json:"rev"`
	// Lang is the chosen language ("zh-Hans", "en"); empty until the person has chosen.
	Lang string `json:"lang,omitempty"`
	// Drafts are the forms begun and not yet sent, at most MaxDrafts, oldest first.
	Drafts []Draft `json:"drafts,omitempty"`
	// Active is the id of the draft that is on the screen, or "".
	Active string `json:"active,omitempty"`
	// Seen holds the ids of the newest updates that took effect, written together with their effect.
	// It is a set and not a high-water mark because a press and a text may arrive swapped.
	Seen UpdateIDs `json:"seen,omitempty"`
	// Screen is what is shown while no draft is active; its meaning belongs to bot/intake and bot/desk.
	Screen Screen `json:"screen,omitzero"`
	// Filed remembers, until the person has confirmed it, the receipt screen of the newest submission,
	// so that a crash between filing and showing cannot lose a receipt that exists nowhere else.
	Filed *Filed `json:"filed,omitempty"`
	// Sent are the newest submissions that were not anonymous, so that a message changed afterwards finds its case.
	Sent []Sent `json:"sent,omitempty"`
	// Opened is the case that a receipt opened in this chat, until Until.
	Opened *Opened `json:"opened,omitempty"`
	// Office is what is remembered of an officer's chat; nil for everybody else.
	Office *Office `json:"office,omitempty"`
	// Kept: a checkpoint of this session may exist outside Redis. Only store/redis sets it.
	Kept bool `json:"kept,omitempty"`
}

// Screen names what the person is looking at outside a draft, so that it can be shown again after a crash.
type Screen struct {
	Name string `json:"name,omitempty"`
	Arg  string `json:"arg,omitempty"`
	Page int    `json:"page,omitempty"`
}

// Filed is a submission, or a case of which less is kept from here on, that is stored while its receipt waits to be
// confirmed.
type Filed struct {
	Case string `json:"case"` // row id
	// Colleague is the number of who joined the case, 0 for its first reporter; in Sent and Opened too.
	Colleague int    `json:"colleague,omitempty"`
	Ref       string `json:"ref"`               // public reference
	Receipt   string `json:"receipt,omitempty"` // canonical receipt; only for anonymous and dark cases
	Mode      string `json:"mode"`
	// From is the mode that a case had before the reporter had it forgotten who they are; "" for one just filed.
	From string `json:"from,omitempty"`
	// Keep: the chat is not to be cleared when the receipt is saved.
	Keep bool `json:"keep,omitempty"`
}

// Sent is a submission and the messages that it took from the chat, those that say who the person is left out.
type Sent struct {
	Case      string `json:"case"`
	Colleague int    `json:"colleague,omitempty"`
	Messages  []int  `json:"messages"`
}

// Opened is a case opened by its receipt.
type Opened struct {
	Case      string    `json:"case"`
	Colleague int       `json:"colleague,omitempty"`
	Until     time.Time `json:"until"`
}

// Office is an officer's side of a session. Whoever changes it puts a copy in its place.
type Office struct {
	// Menu is what the command menu of the chat was made for.
	Menu string `json:"menu,omitempty"`
	// At is when the officer last did something at the desk.
	At time.Time `json:"at,omitzero"`
	// Sure is when a right code of the officer's app was typed, and Step its time step: no code is good twice.
	Sure time.Time `json:"sure,omitzero"`
	Step int64     `json:"step,omitempty"`
	// Wrong counts wrong codes in a row; before Wait no code is looked at.
	Wrong int       `json:"wrong,omitempty"`
	Wait  time.Time `json:"wait,omitzero"`
	// Secret is the sealed secret of an app that is being set up.
	Secret []byte `json:"secret,omitempty"`
}

// Expire drops the case that a receipt opened when its time is over, and what showed it: nothing of it lingers.
func (s *Session) Expire(now time.Time) {
	if s.Opened != nil && !now.Before(s.Opened.Until) {
		s.Opened, s.Screen = nil, Screen{}
	}
}

// About gives the drafts of a case's first reporter another mode, so that they are kept like it from here on. Earlier
// copies of the session stay as they were.
func (s *Session) About(caseID, mode string) {
	drafts := append([]Draft(nil), s.Drafts...)
	for i, d := range drafts {
		if d.Context["case"] != caseID || d.Context["colleague"] != "" {
			continue
		}
		context := maps.Clone(d.Context)
		context["mode"] = mode
		drafts[i].Context = context
	}
	s.Drafts = drafts
}

// ForgetSent forgets which messages went into a case.
func (s *Session) ForgetSent(caseID string) {
	var rest []Sent
	for _, sent := range s.Sent {
		if sent.Case != caseID {
			rest = append(rest, sent)
		}
	}
	s.Sent = rest
}

const (
	// MaxDrafts bounds a session: the form on the screen and two that wait.
	MaxDrafts = 3
	// MaxSent bounds the submissions whose messages are remembered, and MaxSentMessages those of each.
	MaxSent         = 4
	MaxSentMessages = 100
	// MaxSeen bounds the set of update ids: more than Telegram delivers to one chat before it is answered.
	MaxSeen = 32
)

// Draft is one form being filled in.
type Draft struct {
	// ID is random and becomes UNIQUE on what the draft turns into, so that sending twice makes one.
	ID string `json:"id"`
	// Nonce and Turn are in the callback data of every button: a press on an older question does not fit.
	Nonce string `json:"nonce"`
	Turn  int    `json:"turn"`
	// Secret seeds the receipt of an anonymous case.
	Secret  []byte `json:"secret,omitempty"`
	Flow    string `json:"flow"`
	Version int    `json:"version"`
	// State is a state of the flow's table: a step, or "edit_" and a step while one answer is changed from the review.
	State   string            `json:"state"`
	Answers map[string]Answer `json:"answers,omitempty"`
	// Context is what the form is about (the reference of a case, say); set at Begin, never by answers.
	Context map[string]string `json:"context,omitempty"`
	// Asking is the question that covers the step, or "": "cancel" (discard?), "voice" (take a voice in?) or
	// "pointers" (send passages that could point to the person?).
	Asking string `json:"asking,omitempty"`
	// Held are messages with a voice, not taken in before the person has said that they may be; Voiced: they have.
	Held   []Part `json:"held,omitempty"`
	Voiced bool   `json:"voiced,omitempty"`
	// Marks are where the answers hold what an answer said that went with its mode.
	Marks []Mark `json:"marks,omitempty"`
	// Warned is a digest of the passages that the person was last shown as ones that could point to them.
	Warned string `json:"warned,omitempty"`
	// Aside is the page of an aside that covers the question, or "".
	Aside string `json:"aside,omitempty"`
	// Page is the page of a long list of options, and Unit the unit whose children a place question shows.
	Page int    `json:"page,omitempty"`
	Unit string `json:"unit,omitempty"`
	// Album is the album whose parts are arriving; they are taken in silently after the first.
	Album string `json:"album,omitempty"`
	// Misses counts answers in a row that could not be understood; Missed is the message of the newest of them,
	// so that correcting that message answers the question.
	Misses  int       `json:"misses,omitempty"`
	Missed  int       `json:"missed,omitempty"`
	Started time.Time `json:"started"`
	Touched time.Time `json:"touched"`
}

// Answer is what was said to one step. Which fields are used depends on the step's kind.
type Answer struct {
	// Option is the id chosen: choice, yes_no ("yes", "no"), place (a unit's id), info ("ok").
	Option string `json:"option,omitempty"`
	// Parts are messages: text, people, files, and places or dates given in words.
	Parts []Part `json:"parts,omitempty"`
	// From and To are days (YYYY-MM-DD); a single day has no To. Ongoing: it has not ended.
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Ongoing bool   `json:"ongoing,omitempty"`
	// Skipped: the person chose not to answer.
	Skipped bool `json:"skipped,omitempty"`
	// Open: parts may still come; the step is answered by Done.
	Open bool `json:"open,omitempty"`
}

// Part is one message of an answer. Message is its id in the chat, by which a later edit finds it.
type Part struct {
	Message int    `json:"message,omitempty"`
	Text    string `json:"text,omitempty"`
	File    *File  `json:"file,omitempty"`
}

// Mark is a passage of the message of an answer, in characters. It says where, never what.
type Mark struct {
	Step    string `json:"step"`
	Message int    `json:"message"`
	From    int    `json:"from"`
	To      int    `json:"to"`
}

// File is something attached. ID is Telegram's file_id: sealed wherever it is stored, never shown.
type File struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // photo, document, voice, video, audio
	Name     string `json:"name,omitempty"`
	MIME     string `json:"mime,omitempty"`
	Size     int64  `json:"size,omitempty"`
	Duration int    `json:"duration,omitempty"` // seconds
}
