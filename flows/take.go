package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// repeated says whether the message is part of the form already: the same message may be delivered twice.
func (t *turn) repeated() bool {
	if t.in.Message == 0 {
		return false
	}
	if _, _, ok := t.d.find(t.in.Message); ok {
		return true
	}
	return slices.ContainsFunc(t.d.Held, func(p Part) bool { return p.Message == t.in.Message })
}

// message takes in words, files and everything else that is not a press.
func (t *turn) message() {
	cur, _ := t.f.at(t.d)
	if t.in.File != nil {
		t.file(cur)
		return
	}
	if t.in.Other != "" || t.in.Text == "" {
		t.miss(noteNotThisKind)
		return
	}
	folded := fold(t.in.Text)
	if t.word(cur, folded) {
		return
	}
	if t.d.Asking != "" && t.over(folded) {
		return
	}
	if t.d.Aside != "" && t.asideWord(cur, folded) {
		return
	}
	t.text(cur, folded)
}

// word does what a whole message that is one of the words means.
func (t *turn) word(cur *step, folded string) bool {
	if folded == "" {
		return false
	}
	ops := []Op{OpBack, OpSkip, OpExit, OpCancel, OpDone}
	switch {
	case t.d.Asking == askVoice:
		ops = append(ops, OpDiscard, OpKeep)
	case t.d.Asking == askPointers:
		ops = append(ops, OpSubmit)
	case t.d.Asking != "":
		ops = []Op{OpDiscard, OpKeep, OpExit, OpCancel}
		if t.e.words[wordYes][folded] {
			return t.op(OpDiscard, "")
		}
		if t.e.words[wordNo][folded] {
			return t.op(OpKeep, "")
		}
	case cur.Kind == Review:
		ops = append(ops, OpSubmit)
	case cur.manyParts():
		ops = append(ops, OpClear)
	}
	for _, op := range ops {
		if t.e.words[op][folded] {
			if !t.op(op, "") {
				t.note = noteNothingYet // Clear, when there is nothing to clear
				if t.d.Asking != "" {
					t.note = noteNotUnderstood // a word for the question below the one that covers it
				}
			}
			return true
		}
	}
	return false
}

// text takes words that are not an operation.
func (t *turn) text(cur *step, folded string) {
	switch cur.Kind {
	case Text, People:
		t.words(cur)
	case Files:
		t.part(cur, Part{Message: t.in.Message, Text: t.in.Text})
	case Date:
		t.date(cur, folded)
	case Place:
		t.place(cur, folded)
	case Review:
		lines := t.f.lines(t.d)
		for i, l := range lines {
			if number(folded) == i+1 {
				t.op(OpEdit, l.ID)
				return
			}
		}
		t.early(cur, noteButtons)
	default:
		if o := t.choose(cur, folded); o == "" || !t.option(cur, o) {
			t.early(cur, noteNotUnderstood)
		}
	}
}

// choose finds the option that the words name: by id, by number or by label, never by a part of it.
func (t *turn) choose(cur *step, folded string) string {
	switch cur.Kind {
	case YesNo:
		switch n := number(folded); {
		case n == 1 || t.e.words[wordYes][folded]:
			return "yes"
		case n == 2 || t.e.words[wordNo][folded]:
			return "no"
		}
	case Info:
		if number(folded) == 1 || t.e.words[wordOK][folded] || t.e.words[wordYes][folded] || cur.labels[folded] != "" {
			return "ok"
		}
	case Choice:
		if _, ok := cur.options[folded]; ok {
			return folded
		}
		for _, w := range []Op{wordYes, wordNo} {
			if _, ok := cur.options[string(w)]; ok && t.e.words[w][folded] {
				return string(w)
			}
		}
		if n := number(folded); n > 0 && n <= len(cur.Options) {
			return cur.Options[n-1].ID
		}
		return cur.labels[folded]
	}
	return ""
}

// option answers with an option; false: there is no such option here.
func (t *turn) option(cur *step, id string) bool {
	switch cur.Kind {
	case Choice:
		o, ok := cur.options[id]
		if !ok {
			return false
		}
		if o.Aside != "" {
			t.d.Aside = o.Aside
			return true
		}
	case YesNo:
		if id != "yes" && id != "no" {
			return false
		}
	case Info:
		if id != "ok" {
			return false
		}
	case Place:
		if _, ok := t.e.places.Parent(id); !ok || id == "" {
			return false
		}
	case Date:
		return t.dateOption(cur, id)
	default:
		return false
	}
	t.answer(cur, Answer{Option: id})
	return true
}

// words takes a text or people message: the whole answer, or a part of it.
func (t *turn) words(cur *step) {
	if cur.manyParts() {
		t.part(cur, Part{Message: t.in.Message, Text: t.in.Text})
		return
	}
	a := Answer{Parts: []Part{{Message: t.in.Message, Text: t.in.Text}}}
	if t.bounds(cur, a) {
		t.answer(cur, a)
	}
}

// bounds notes an answer that is too long or, when it is whole, too short.
func (t *turn) bounds(cur *step, a Answer) bool {
	n := length(a)
	switch {
	case cur.MaxLength > 0 && n > cur.MaxLength:
		t.note = noteTooLong
		t.data = map[string]string{"Max": strconv.Itoa(cur.MaxLength), "Length": strconv.Itoa(n)}
	case !cur.manyParts() && !spoken(a) && n < cur.MinLength:
		t.note = noteTooShort
		t.data = map[string]string{"Min": strconv.Itoa(cur.MinLength), "Length": strconv.Itoa(n)}
	default:
		return true
	}
	t.d.Missed = t.in.Message
	return false
}

// part adds one message to an answer of several.
func (t *turn) part(cur *step, p Part) {
	a := t.d.Answers[cur.ID]
	a.Parts = append(slices.Clone(a.Parts), p)
	if cur.Kind == Files && cur.MaxFiles > 0 && p.File != nil && files(a) > cur.MaxFiles {
		t.note = noteFilesFull
		t.data = map[string]string{"Max": strconv.Itoa(cur.MaxFiles)}
		return
	}
	if cur.Kind != Files && !t.bounds(cur, a) {
		return
	}
	a.Open, a.Skipped = true, false
	t.d.Answers[cur.ID] = a
	t.d.Misses = 0
	t.note = noteReceived
	t.data = map[string]string{"Count": strconv.Itoa(len(a.Parts))}
}

// file takes something attached: to the files step, as spoken words, or as evidence for later.
func (t *turn) file(cur *step) {
	if t.in.TooBig {
		t.note = noteFileTooBig
		return
	}
	if t.d.Asking == askPointers {
		t.d.Asking = "" // there is more to look over
		t.d.ask()
	}
	p := Part{Message: t.in.Message, Text: t.in.Text, File: t.in.File}
	again := t.in.Album != "" && t.in.Album == t.d.Album
	asked := t.d.Asking == askVoice
	if t.hold(cur, p) {
		t.quiet = again && asked && t.note == ""
		t.d.Album = t.in.Album
		return
	}
	t.takeFile(cur, p)
	if t.note == noteReceived || t.note == noteFileTaken {
		t.quiet = again
		t.d.Album = t.in.Album
		if t.in.Album != "" && t.note == noteReceived {
			t.note = noteAlbum // a count would stop at the first of its parts
		}
	}
}

// takeFile puts a file where it belongs.
func (t *turn) takeFile(cur *step, p Part) {
	switch {
	case t.d.Asking == "" && cur.Kind == Files:
		t.part(cur, p)
	case t.d.Asking == "" && cur.spoken(p) && cur.manyParts():
		t.part(cur, p)
	case t.d.Asking == "" && cur.spoken(p):
		t.answer(cur, Answer{Parts: []Part{p}})
	default:
		t.evidence(cur, p)
	}
}

// spoken says whether a step takes a file as words.
func (s *step) spoken(p Part) bool { return s.Kind == Text && s.Voice && p.File.Kind == "voice" }

// date takes a date in words.
func (t *turn) date(cur *step, folded string) {
	if n := number(folded); n >= 1 && n <= len(dateOptions()) {
		t.option(cur, dateOptions()[n-1])
		return
	}
	a, note := dateAnswer(t.in, t.now)
	if note == noteDateUnclear && telling(t.in.Text) >= 2*sentence { // dates in words are long
		t.early(cur, note)
		return
	}
	if note != "" {
		t.miss(note)
		return
	}
	t.answer(cur, a)
}

func dateAnswer(in Input, now time.Time) (Answer, string) {
	span, err := ParseDate(in.Text, now)
	switch err {
	case nil:
		return Answer{From: span.From, To: span.To, Ongoing: span.Ongoing, Parts: []Part{{Message: in.Message, Text: in.Text}}}, ""
	case ErrDateFuture:
		return Answer{}, noteDateFuture
	}
	return Answer{}, noteDateUnclear
}

func dateOptions() []string { return []string{dateToday, dateYesterday, dateOngoing, dateOther} }

func (t *turn) dateOption(cur *step, id string) bool {
	switch id {
	case dateToday:
		t.answer(cur, Answer{From: t.now.Format(dayLayout)})
	case dateYesterday:
		t.answer(cur, Answer{From: t.now.AddDate(0, 0, -1).Format(dayLayout)})
	case dateOngoing:
		t.answer(cur, Answer{Ongoing: true})
	case dateOther:
		t.note = noteDateHow
	default:
		return false
	}
	return true
}

// place takes the name of a unit, the number of a button, or a place in words.
func (t *turn) place(cur *step, folded string) {
	if unit := t.e.units[folded]; unit != "" {
		t.answer(cur, Answer{Option: unit})
		return
	}
	if _, ok := t.e.places.Parent(folded); ok && folded != "" {
		t.answer(cur, Answer{Option: folded})
		return
	}
	if n := number(folded); n > 0 {
		if list := t.e.unitPage(t.d); n <= len(list) {
			unit := list[n-1]
			if len(t.e.places.Children(unit)) > 0 {
				t.op(OpUnit, unit)
			} else {
				t.option(cur, unit)
			}
			return
		}
	}
	t.words(cur)
}

// miss notes an answer that cannot be taken; the third in a row offers ways out.
func (t *turn) miss(note string) {
	t.d.Misses++
	t.d.Missed = t.in.Message
	t.note = note
	if t.d.Misses >= 3 && (note == noteNotUnderstood || note == noteDateUnclear) {
		t.note = noteHelpOffer
		if cur, _ := t.f.at(t.d); cur.Optional {
			t.note = noteHelpOfferSkip
		}
	}
}

// length is the length of an answer's words in characters.
func length(a Answer) int {
	n := 0
	for _, p := range a.Parts {
		n += utf8.RuneCountInString(strings.TrimSpace(p.Text))
	}
	return n
}

// spoken says whether a voice message is part of the answer.
func spoken(a Answer) bool {
	return slices.ContainsFunc(a.Parts, func(p Part) bool { return p.File != nil })
}

func files(a Answer) int {
	n := 0
	for _, p := range a.Parts {
		if p.File != nil {
			n++
		}
	}
	return n
}
