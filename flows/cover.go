package flows

import (
	"slices"
	"strconv"
	"strings"
)

// Some questions cover the step for a while: whether to discard the form, whether to take a voice in, whether to send
// what could point to the person. Leaving and cancelling work under each of them.
const (
	askCancel   = "cancel"
	askVoice    = "voice"
	askPointers = "pointers"
)

// maxHeld bounds the messages that wait for an answer about voices.
const maxHeld = 30

// cover puts a question over the step.
func (d *Draft) cover(question string) {
	d.Asking = question
	d.ask()
}

// uncover takes the question away. Voices that wait are asked about again.
func (d *Draft) uncover() {
	d.Asking = ""
	if len(d.Held) > 0 {
		d.Asking = askVoice
	}
}

// covered is op while a question covers the step.
func (t *turn) covered(op Op, arg string) bool {
	switch op {
	case OpExit:
		t.exit()
		return true
	case OpCancel:
		if t.d.Asking != askCancel {
			t.d.cover(askCancel)
		}
		return true
	}
	switch t.d.Asking + "." + string(op) {
	case askCancel + "." + string(OpDiscard):
		t.out = []Effect{Left{Draft: *t.d}}
		t.s.drop(t.d.ID)
		t.d = nil
	case askCancel + "." + string(OpKeep):
		t.d.uncover()
		t.d.ask()
	case askVoice + "." + string(OpDiscard):
		t.leave()
		t.note = noteVoiceLeft
	case askVoice + "." + string(OpKeep):
		t.keep()
	case askPointers + "." + string(OpSubmit):
		t.out = []Effect{Submit{Draft: *t.d}}
	case askPointers + "." + string(OpBack):
		t.d.Asking = ""
		t.d.ask()
	case askPointers + "." + string(OpEdit):
		// The review below has this button; where it has not, the page stays.
		t.d.Asking = ""
		if !t.op(op, arg) {
			t.d.Asking = askPointers
			return false
		}
	default:
		return false
	}
	return true
}

// over takes words that come while a question covers the step; false: they are for the step.
func (t *turn) over(folded string) bool {
	n := number(folded)
	switch t.d.Asking {
	case askPointers:
		changes := t.f.changes(t.e.Pointers(*t.d))
		if n < 1 || n > len(changes) || !t.op(OpEdit, changes[n-1].ID) {
			t.miss(noteButtons)
		}
		return true
	case askVoice:
		switch n {
		case 1:
			return t.op(OpKeep, "")
		case 2:
			return t.op(OpDiscard, "")
		}
	}
	// Whoever goes on writing does not want to discard, and writes in place of the voice.
	if len(t.d.Held) > 0 {
		t.before = append(t.before, Alert{Key: noteVoiceLeft})
	}
	t.leave()
	return false
}

// hold keeps a message with a voice back until the person has said that a voice may go into a form that hides them.
// false: nothing is to be asked about it.
func (t *turn) hold(cur *step, p Part) bool {
	if !p.File.voice() || t.d.Voiced || !hidden(t.f.mode(t.d)) || cur.Kind != Files && !cur.spoken(p) && !t.shelf(cur, t.f.files) {
		return false
	}
	if len(t.d.Held) >= maxHeld {
		t.note, t.data = noteFilesFull, map[string]string{"Max": strconv.Itoa(maxHeld)}
		return true
	}
	t.d.Held = append(slices.Clone(t.d.Held), p)
	if t.d.Asking != askVoice {
		t.d.cover(askVoice)
	}
	return true
}

// leave drops the voices that wait, and the question.
func (t *turn) leave() {
	t.d.Held, t.d.Asking = nil, ""
	t.d.ask()
}

// keep takes in the voices that wait, and every later one without a word.
func (t *turn) keep() {
	held := t.d.Held
	t.leave()
	t.d.Voiced = true
	for _, p := range held {
		if id, j, ok := t.d.find(p.Message); ok { // a picture that was changed into a video
			t.d.Answers[id].Parts[j] = p
			t.note = noteEdited
			continue
		}
		cur, _ := t.f.at(t.d)
		t.takeFile(cur, p)
	}
}

// reheld puts a corrected message in the place of one that waits.
func (t *turn) reheld(j int) {
	if t.in.File == nil || t.in.TooBig {
		t.note = noteFileTooBig
		return
	}
	t.d.Held = slices.Clone(t.d.Held)
	t.d.Held[j].Text, t.d.Held[j].File = t.in.Text, t.in.File
}

// voice says whether somebody may be heard in a file.
func (f *File) voice() bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case "voice", "video", "audio":
		return true
	}
	return strings.HasPrefix(f.MIME, "audio/") || strings.HasPrefix(f.MIME, "video/")
}

// cover is the prompt of the question that covers the step.
func (e *Engine) cover(p *Prompt, f *Flow, d *Draft) {
	switch d.Asking {
	case askVoice:
		p.Text = askVoiceText
		p.Options = []Button{d.button(OpKeep, "", "way.voice_keep"), d.button(OpDiscard, "", "way.voice_drop")}
	case askPointers:
		p.Text = askPointersText
		e.pointed(p, f, d)
		p.Ways = append(p.Ways, d.button(OpSubmit, "", "way.send_as_is"), d.button(OpBack, "", "way.review_back"))
	default:
		p.Text = askDiscard
		p.Options = []Button{d.button(OpDiscard, "", "way.drop"), d.button(OpKeep, "", "way.keep")}
		return
	}
	p.Ways = append(p.Ways, d.button(OpExit, "", "way.exit"), d.button(OpCancel, "", "way.cancel"))
}
