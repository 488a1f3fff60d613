package flows

import (
	"slices"
	"strconv"
	"time"
)

// turn is one input being taken in.
type turn struct {
	e   *Engine
	f   *Flow
	s   *Session
	d   *Draft
	in  Input
	now time.Time
	// note goes before the question that is asked next.
	note string
	data map[string]string
	// out ends the turn without a question.
	out []Effect
	// quiet: the input is taken in and nothing is said.
	quiet bool
	// before are effects ahead of the question.
	before []Effect
}

// Step takes one input: a press, words, a file, an edited message or something no step takes. It gives the session
// as it is afterwards and what to do. Without an open form it answers presses and edits only; the rest is the caller's.
// now is in the organisation's time zone: "today" is its day.
func (e *Engine) Step(s Session, in Input, now time.Time) (Session, []Effect) {
	s = s.clone()
	t := &turn{e: e, s: &s, in: in, now: now}
	switch {
	case in.Press != nil:
		return s, t.press()
	case in.Edited:
		return s, t.edited()
	}
	if t.d = s.draft(s.Active); t.d == nil {
		return s, nil
	}
	var ok bool
	if t.f, ok = e.flows[t.d.Flow]; !ok {
		s.Active = ""
		return s, []Effect{Closed{}}
	}
	state := t.d.State
	if t.f.settle(t.d, e.places) {
		t.note = noteFormChanged
		if t.d.State != state {
			t.late(state)
			return s, t.finish(true)
		}
	}
	if t.repeated() {
		return s, t.finish(true)
	}
	t.message()
	return s, t.finish(true)
}

// late takes in what was said to a question that stood there when the form changed: the note says that what was written is kept.
// When the form asks it no more, the words have nowhere to go, and the question that is open is all there is to say.
func (t *turn) late(state string) {
	n, ok := t.f.states[state]
	if !ok || t.f.steps[n].Kind == Review || t.d.Asking != "" || !slices.Contains(t.f.shown(t.d), n) || t.repeated() {
		return
	}
	t.d.State = state
	t.message()
	if t.d != nil && t.out == nil {
		t.f.settle(t.d, t.e.places)
		t.note = noteFormChanged
	}
}

// finish asks the question that is now open, unless the turn ended otherwise.
func (t *turn) finish(fresh bool) []Effect {
	if t.d != nil {
		t.d.Touched = t.now
	}
	if t.out != nil || t.quiet {
		return append(t.before, t.out...)
	}
	p := t.e.prompt(t.f, t.d, t.s.Lang, t.note)
	p.NoteData = t.data
	return append(t.before, Ask{Prompt: p, Fresh: fresh})
}

// press finds the form that a button belongs to.
func (t *turn) press() []Effect {
	p := t.in.Press
	i := slices.IndexFunc(t.s.Drafts, func(d Draft) bool { return d.Nonce == p.Nonce })
	if i < 0 {
		return []Effect{Closed{}}
	}
	t.d = &t.s.Drafts[i]
	var ok bool
	if t.f, ok = t.e.flows[t.d.Flow]; !ok {
		return []Effect{Closed{}}
	}
	parked := t.s.Active != t.d.ID
	if parked && p.Turn != t.d.Turn {
		// The button left the form; the press may be a double of the one that did so.
		return []Effect{Toast{Key: noteParked}}
	}
	if t.f.settle(t.d, t.e.places) {
		t.note = noteFormChanged
	}
	t.s.Active = t.d.ID
	if p.Turn != t.d.Turn || !t.op(p.Op, p.Arg) {
		// In place: after a double tap the message holds this very question already, and nothing changes.
		t.before = append(t.before, Toast{Key: noteAnswered})
		return t.finish(false)
	}
	return t.finish(false)
}

// op does what a button or a word asks for; false: the present question has no such button.
func (t *turn) op(op Op, arg string) bool {
	if t.d.Asking != "" {
		return t.covered(op, arg)
	}
	cur, _ := t.f.at(t.d)
	switch op {
	case OpOption:
		return t.option(cur, arg)
	case OpDone:
		t.done(cur)
	case OpBack:
		t.back()
	case OpSkip:
		t.skip(cur)
	case OpExit:
		t.exit()
	case OpCancel:
		t.d.cover(askCancel)
	case OpClear:
		return t.clear(cur)
	case OpEdit:
		n, ok := t.f.index[arg]
		if !ok || cur.Kind != Review || !slices.Contains(t.f.shown(t.d), n) {
			return false
		}
		return t.must(t.f.move(t.d, t.f.steps[n].editEvent))
	case OpSubmit:
		return t.submit(cur)
	case OpPage:
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 || cur.Kind != Choice && cur.Kind != Place {
			return false
		}
		t.d.Page = min(n, t.e.pages(t.f, t.d, cur)-1)
	case OpUnit:
		if _, ok := t.e.places.Parent(arg); cur.Kind != Place || arg != "" && !ok {
			return false
		}
		t.d.Unit, t.d.Page = arg, 0
	case OpAside:
		return t.aside(cur, arg)
	default:
		return false
	}
	return true
}

// must turns a refused move into a question asked again; the compiled table refuses none that the engine asks for.
func (t *turn) must(err error) bool {
	if err != nil {
		return false
	}
	t.d.ask()
	return true
}

func (t *turn) exit() {
	t.d.uncover()
	t.d.Aside = ""
	t.d.ask() // a double of this press must not bring the form back
	t.out = []Effect{Left{Draft: *t.d, Saved: true}}
	t.s.Active = ""
}

func (t *turn) back() {
	if t.d.Aside != "" {
		t.d.Aside = ""
		return
	}
	cur, editing := t.f.at(t.d)
	if editing {
		t.closeParts(cur)
	}
	ok, err := t.f.back(t.d)
	if !ok {
		t.note = noteFirst
		return
	}
	t.must(err)
}

// closeParts ends an answer that was being added to when its step is left for the review.
func (t *turn) closeParts(cur *step) {
	if a, ok := t.d.Answers[cur.ID]; ok && a.Open && len(a.Parts) > 0 && length(a) >= cur.MinLength {
		a.Open = false
		t.d.Answers[cur.ID] = a
	}
}

func (t *turn) skip(cur *step) {
	if !cur.Optional {
		t.note = noteRequired
		return
	}
	// Parts already given are the person's words: leaving with them means done, not thrown away.
	if a := t.d.Answers[cur.ID]; len(a.Parts) > 0 && a.Open {
		t.done(cur)
		return
	}
	t.answer(cur, Answer{Skipped: true})
}

// done ends an answer of several parts; where an answer stands already it goes on with it.
func (t *turn) done(cur *step) {
	a, ok := t.d.Answers[cur.ID]
	switch {
	case ok && !a.Open:
		t.must(t.f.advance(t.d))
	case len(a.Parts) == 0 && cur.Optional:
		t.answer(cur, Answer{Skipped: true})
	case !cur.manyParts():
		t.note = noteNothingYet
	case len(a.Parts) == 0:
		t.note = noteNothingYet
	case cur.Kind != Files && !spoken(a) && length(a) < cur.MinLength:
		t.note = noteTooShort
		t.data = map[string]string{"Min": strconv.Itoa(cur.MinLength), "Length": strconv.Itoa(length(a))}
	default:
		a.Open = false
		t.answer(cur, a)
	}
}

func (t *turn) answer(cur *step, a Answer) {
	t.d.Answers[cur.ID] = a
	t.must(t.f.advance(t.d))
}

// clear takes back the parts given to the present question.
func (t *turn) clear(cur *step) bool {
	a, ok := t.d.Answers[cur.ID]
	if !cur.manyParts() || !ok || len(a.Parts) == 0 {
		return false
	}
	delete(t.d.Answers, cur.ID)
	t.d.ask() // a double of this press must not take back what comes next
	t.note = noteCleared
	return true
}

func (t *turn) submit(cur *step) bool {
	if cur.Kind != Review {
		return false
	}
	route := t.f.route(t.d)
	if t.f.open(t.d, route) != t.f.review {
		t.note = noteMissing
		return t.must(t.f.missing(t.d, route))
	}
	if t.point() {
		return true
	}
	t.out = []Effect{Submit{Draft: *t.d}}
	return true
}

// aside opens a list of pages ("consult"), a page of it ("consult.pay") or, with "", the question again.
func (t *turn) aside(cur *step, arg string) bool {
	if arg == "" {
		t.d.Aside = ""
		return true
	}
	if !t.f.hasAside(cur, arg) {
		return false
	}
	t.d.Aside = arg
	return true
}

// manyParts says whether an answer is made of several messages, ended by Done.
func (s *step) manyParts() bool {
	return s.Kind == Text && s.Many || s.Kind == People || s.Kind == Files
}
