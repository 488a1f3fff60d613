// Package text turns what the bot wants to say into words and buttons of a language.
//
// Rules of this room: short sentences; one question a message; the way out is always shown; words and not
// only signs; everything a person typed is escaped before it meets markup.
package text

import (
	"context"
	"io"
	"slices"
)

// Do says what a reply does in the chat.
type Do string

// What replies can do.
const (
	// Show puts a screen up: a press turns its own message into it, anything else gets a new message.
	Show Do = "show"
	// Send is always a new message.
	Send Do = "send"
	// Words sends Plain as it is, without markup, in as many messages as it needs.
	Words Do = "words"
	// Document sends File.
	Document Do = "document"
	// Delete removes Message from the chat, if it still can.
	Delete Do = "delete"
	// Toast is a short word on the pressed button; losing it loses nothing.
	Toast Do = "toast"
	// Alert is read and confirmed on the pressed button.
	Alert Do = "alert"
	// Clear takes out of the chat all that can be taken out, on both sides, and says below HTML how much that was.
	Clear Do = "clear"
)

// Reply is one thing to do in a chat. Replies are carried out in their order.
type Reply struct {
	Do Do
	// HTML is finished markup for Show and Send; plain words for Toast and Alert (at most 200 characters).
	HTML  string
	Plain string
	Rows  [][]Button
	// Message is the id of the message to delete.
	Message int
	// Protect asks official clients not to forward or save it.
	Protect bool
	// Spare: the message stays when a chat is cleared while its receipt is not saved. On Clear: such messages stay.
	Spare bool
	// Placeholder stands in the input field while an answer in words is expected (sets force_reply when there are no buttons).
	Placeholder string
	File        *File
	// Asks: it is a form's question. Of two that were not sent yet, the later one is enough.
	Asks bool
}

// Says tells whether other puts the same before a person: then one of the two is enough.
func (r Reply) Says(other Reply) bool {
	return r.HTML == other.HTML && r.Plain == other.Plain && r.File == other.File && r.Message == other.Message &&
		(r.Do == other.Do || r.screen() && other.screen()) && slices.EqualFunc(r.Rows, other.Rows, slices.Equal)
}

func (r Reply) screen() bool { return r.Do == Show || r.Do == Send }

// Button is one inline button; exactly one of Data, URL and Copy is set.
type Button struct {
	Text string
	Data string // at most 64 bytes
	URL  string
	Copy string // put on the clipboard
}

// File is a document for a chat, most often a piece of evidence for an officer's. ID is the wire's id of the bytes; they are fetched and sent
// anew under Name, so that nothing of the sender travels along.
type File struct {
	ID      string
	Kind    string
	Name    string
	MIME    string
	Caption string
	// Free: it may be saved and passed on, unlike evidence: a letter to who reads it, or a parcel that opens with a key alone.
	Free bool
	// Open gives the bytes.
	Open func(ctx context.Context) (io.ReadCloser, error)
}
