// Package letter words the office's answers as letters, and the file of a case. What it gives is a document to be
// printed; nothing of it is kept, because all of it stands in the sealed events: with their key it is gone.
//
// Rules of this room: a letter says what kind of matter it answers and never what was reported, so that it tells
// nothing to who finds it; it bears the office's name and never an officer's; it is dated by the day.
package letter

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"huiyin/bot/paper"
	"huiyin/bot/text"
	"huiyin/cases"
)

// Printer makes a document of it. Error: paper.ErrNoFont when its language cannot be printed here.
type Printer interface {
	Print(w io.Writer, d paper.Document) error
}

// Writer words letters.
type Writer struct {
	Book *text.Book
	Org  cases.Organisation
}

// answers are the events that a letter is written about: the office's word, with its reasons, or what both sides of a
// mediation agreed to.
var answers = []cases.EventKind{
	cases.Proposed, cases.ClosedEvent, cases.NotAccepted, cases.Redirected, cases.Settled, cases.SecondLookAnswered,
	cases.FinalReviewAnswered,
}

// Newest is the event that the letter of a case is about; ok is false when there is no answer yet, or when it was
// taken back at once.
func Newest(events []cases.Event) (e cases.Event, ok bool) {
	undone := map[cases.EventKind]int{}
	for _, e := range slices.Backward(events) {
		switch {
		case e.Kind == cases.Undone:
			undone[cases.EventKind(e.Code)]++
		case undone[e.Kind] > 0:
			undone[e.Kind]--
		case slices.Contains(answers, e.Kind) && e.Body != nil && strings.TrimSpace(e.Body.Text) != "":
			return e, true
		}
	}
	return cases.Event{}, false
}

// Name is the name of a letter's file.
func Name(book *text.Book, c cases.Case, e cases.Event) string {
	return string(c.Ref) + "-" + e.At.In(book.Zone()).Format(time.DateOnly) + ".pdf"
}

// Compose words the letter about an answer, in the reporter's language.
func (w Writer) Compose(c cases.Case, e cases.Event) paper.Document {
	lang := w.Book.Pick(c.Language)
	kind := string(e.Kind)
	say := func(key string, pairs ...any) string { return w.Book.Label(lang, "letter."+key, pairs...) }
	head := w.Org.Head(lang)
	day := w.Book.Day(lang, e.At)
	d := paper.Document{
		Lang:  lang,
		Head:  paperHead(head, say),
		Title: say("title."+kind, "Ref", string(c.Ref)),
		Facts: []paper.Fact{
			{Label: say("reference"), Said: string(c.Ref)},
			{Label: say("date"), Said: day},
			{Label: say("about"), Said: w.matter(lang, c.Kind)},
		},
		Foot: string(c.Ref),
		Lost: say("lost"),
		Day:  e.At.In(w.Book.Zone()),
	}
	if said := w.finding(lang, e); said != "" {
		d.Facts = append(d.Facts, paper.Fact{Label: say("finding_" + kindOfFinding(e.Kind)), Said: said})
	}
	words := "answer"
	if e.Kind == cases.Settled {
		words = "agreed"
	}
	d.Parts = append(d.Parts,
		paper.Part{Text: []string{say("opening."+kind, "Day", w.Book.Day(lang, c.Filed))}},
		paper.Part{Title: say(words), Text: []string{strings.TrimSpace(e.Body.Text)}, Quote: true},
		paper.Part{Title: say("rights"), Text: w.rights(lang, c, e)})
	if head.Phone != "" {
		d.Parts = append(d.Parts, paper.Part{Title: say("contact"), Text: []string{say("contact_by", "Phone", head.Phone)}})
	}
	d.Close = []string{head.Name, w.department(lang, c.Department), day}
	return d
}

// paperHead is a letterhead as it stands on paper.
func paperHead(h cases.Letterhead, say func(string, ...any) string) paper.Head {
	out := paper.Head{Name: h.Name, Lines: slices.Clone(h.Lines)}
	if h.Phone != "" {
		out.Lines = append(out.Lines, say("phone", "Phone", h.Phone))
	}
	return out
}

// rights says what the reporter may do next, until when, and how.
func (w Writer) rights(lang string, c cases.Case, e cases.Event) []string {
	say := func(key string, pairs ...any) string { return w.Book.Label(lang, "letter."+key, pairs...) }
	key := "right." + string(e.Kind)
	if e.Kind == cases.Redirected && w.Book.Has(lang, "letter."+key+"_"+e.Code) {
		key += "_" + e.Code
	}
	if e.Until.IsZero() && w.Book.Has(lang, "letter."+key+"_open") {
		key += "_open"
	}
	out := []string{say(key, "Days", w.days(e.At, e.Until), "Day", w.Book.Day(lang, e.Until))}
	if e.Kind != cases.FinalReviewAnswered && e.Kind != cases.Redirected {
		how := "how"
		if c.Mode.Nameless() {
			how = "how_receipt"
		}
		out = append(out, say(how))
	}
	return append(out, say("no_harm"))
}

// days counts midnights between two instants where the organisation is.
func (w Writer) days(from, to time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(w.Book.Zone()).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return max(int(midnight(to).Sub(midnight(from))/(24*time.Hour)), 0)
}

// kindOfFinding names the line on which an answer's code stands.
func kindOfFinding(k cases.EventKind) string {
	switch k {
	case cases.NotAccepted:
		return "reason"
	case cases.Redirected:
		return "way"
	case cases.SecondLookAnswered, cases.FinalReviewAnswered:
		return "look"
	}
	return "found"
}

// finding says an answer's code in words; "" for one that has none. What a reporter is told elsewhere comes first.
func (w Writer) finding(lang string, e cases.Event) string {
	for _, key := range []string{"letter.code." + e.Code, "code." + string(e.Kind) + "." + e.Code, "code.closed." + e.Code} {
		if e.Code != "" && w.Book.Has(lang, key) {
			return w.Book.Found(lang, w.Book.Label(lang, key), w.finding(lang, cases.Event{Kind: cases.Proposed, Code: e.Finding}))
		}
	}
	return ""
}

func (w Writer) matter(lang, id string) string {
	if key := "complaint.kind." + id; w.Book.Has(lang, key) {
		return w.Book.Label(lang, key)
	}
	return id
}

func (w Writer) department(lang, id string) string {
	if d, ok := w.Org.Department(id); ok {
		return d.Name[lang]
	}
	return ""
}

// Refusal is the key of what people are told when a document cannot be printed; "" when err is none of theirs.
func Refusal(err error) string {
	if errors.Is(err, paper.ErrNoFont) {
		return "letter.no_font"
	}
	return ""
}
