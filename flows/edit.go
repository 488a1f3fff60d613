package flows

import "strings"

// edited changes the part of an answer that came with a message which the person has corrected since.
// A message that was not understood is taken in again; one that no open form holds is the caller's.
func (t *turn) edited() []Effect {
	gone := []Effect{Corrected{Message: t.in.Message}}
	if t.in.Message == 0 || t.in.Other != "" || t.in.Text == "" && t.in.File == nil {
		return gone
	}
	if d := t.s.draft(t.s.Active); d != nil && d.Missed == t.in.Message {
		if f, ok := t.e.flows[d.Flow]; ok {
			t.d, t.f = d, f
			if !f.settle(d, t.e.places) {
				d.Missed = 0
				t.message()
				return t.finish(true)
			}
		}
	}
	for i := range t.s.Drafts {
		d := &t.s.Drafts[i]
		f, ok := t.e.flows[d.Flow]
		if !ok {
			continue
		}
		if id, j, ok := d.find(t.in.Message); ok {
			return t.correct(d, f, id, j)
		}
		for j, p := range d.Held {
			if p.Message == t.in.Message {
				return t.correct(d, f, "", j)
			}
		}
	}
	return gone
}

// find is the answer and the part of it that came with a message.
func (d *Draft) find(message int) (id string, part int, ok bool) {
	for id, a := range d.Answers {
		for j, p := range a.Parts {
			if p.Message == message && message != 0 {
				return id, j, true
			}
		}
	}
	return "", 0, false
}

// correct puts the corrected message in the place of the part j of an answer, or, without one, of what is held.
func (t *turn) correct(d *Draft, f *Flow, id string, j int) []Effect {
	t.d, t.f, t.note = d, f, noteEdited
	if changed := f.settle(d, t.e.places); changed {
		t.note = noteFormChanged
	}
	if d.Asking == askPointers {
		d.Asking = "" // the page showed what stood there before
		d.ask()
	}
	if n, ok := f.index[id]; ok && d.holds(id) {
		t.replace(f.steps[n], d.Answers[id], j)
	} else if id == "" {
		t.reheld(j)
	}
	if t.s.Active != d.ID {
		if other := t.s.draft(t.s.Active); other != nil && t.e.flows[other.Flow] != nil {
			t.d, t.f = other, t.e.flows[other.Flow]
			t.f.settle(other, t.e.places)
			if t.note == noteEdited {
				t.note = noteEditedOther
			}
		} else {
			t.s.Active = d.ID
		}
	}
	return t.finish(true)
}

func (d *Draft) holds(id string) bool {
	_, ok := d.Answers[id]
	return ok
}

// replace keeps the old words when the corrected ones do not answer the step.
func (t *turn) replace(s *step, a Answer, j int) {
	switch s.Kind {
	case Date:
		corrected, note := dateAnswer(t.in, t.now)
		if note != "" {
			t.note = note
			return
		}
		a = corrected
	default:
		p := a.Parts[j]
		p.Text = t.in.Text
		if t.in.File != nil {
			if t.in.TooBig {
				t.note = noteFileTooBig
				return
			}
			if new := (Part{Message: p.Message, Text: p.Text, File: t.in.File}); !p.File.voice() && t.hold(s, new) {
				return
			}
			p.File = t.in.File
		}
		if p.File == nil && strings.TrimSpace(p.Text) == "" {
			return
		}
		a.Parts[j] = p
		t.d.unmark(p.Message)
		if s.Kind != Files && !t.bounds(s, a) {
			t.d.Missed = 0
			return
		}
	}
	t.d.Answers[s.ID] = a
}
