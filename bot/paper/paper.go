// Package paper prints documents: what a house says on paper, as a PDF.
//
// Rules of this room: what goes in is plain words, already in their language, and what comes out is bytes. The same
// document gives the same bytes: every date is an argument, and nothing of the machine, the program or the moment of
// printing gets into a file. People's words are drawn sign by sign and are never markup, so nothing they typed can
// become anything but ink. A sign that cannot be printed is shown as a box, and the document says so.
package paper

import (
	"errors"
	"io"
	"strings"
	"time"
)

// Document is a letter or a case's file. Empty parts are left out.
type Document struct {
	Lang  string // decides which font draws punctuation that both alphabets have
	Head  Head
	Title string
	Facts []Fact // short lines under the title
	Parts []Part
	Close []string // under everything, at the right: who signs, and the day
	Foot  string   // at the foot of every page, beside its number
	Mark  []string // across every page, pale: who made this copy, when, of what
	// Lost is said at the end when a sign could not be printed.
	Lost string
	// Day is the day of the document, as the file's properties tell it. Its time of day is not told.
	Day time.Time
}

// Head is whose letter it is.
type Head struct {
	Name  string
	Lines []string // address, telephone
}

// Fact is one line: a label, and what it says.
type Fact struct{ Label, Said string }

// Part is a heading with paragraphs.
type Part struct {
	Title string
	Facts []Fact
	Text  []string // paragraphs; a line break within one is kept
	Quote bool     // people's words: set off at the left
}

// ErrNoFont says that the document needs Chinese and no font for it was given.
var ErrNoFont = errors.New("paper: no font for Chinese")

// Chinese says whether documents of a language cannot be printed without a font for Chinese.
func Chinese(lang string) bool { return lang == "zh" || strings.HasPrefix(lang, "zh-") }

// Text writes a document as plain text: every sign as it was typed, those too that no font has.
func Text(w io.Writer, d Document) error {
	var b strings.Builder
	line := func(s string) { b.WriteString(strings.ReplaceAll(s, "\r\n", "\n") + "\n") }
	facts := func(all []Fact) {
		for _, f := range all {
			line(f.Label + ": " + f.Said)
		}
	}
	line(d.Head.Name)
	for _, s := range d.Head.Lines {
		line(s)
	}
	line("\n" + d.Title + "\n")
	facts(d.Facts)
	for _, p := range d.Parts {
		line("")
		if p.Title != "" {
			line("== " + p.Title)
		}
		facts(p.Facts)
		for _, s := range p.Text {
			if p.Quote {
				s = "| " + strings.ReplaceAll(s, "\n", "\n| ")
			}
			line(s)
		}
	}
	line("")
	for _, s := range d.Close {
		line(s)
	}
	for _, s := range d.Mark {
		line(s)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
