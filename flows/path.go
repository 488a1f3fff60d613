package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/looplab/fsm"
)

// move runs events on the table, starting from the draft's state. The table alone says what is legal:
// an event it does not have leaves the draft as it was and is an error.
func (f *Flow) move(d *Draft, events ...string) error {
	if _, ok := f.states[d.State]; !ok {
		return fmt.Errorf("flow %s has no state %q", f.ID(), d.State)
	}
	m := f.machines.Get().(*fsm.FSM)
	m.SetState(d.State)
	for _, e := range events {
		// A machine whose event failed is left to the collector instead of going back to the pool.
		if err := m.Event(context.WithoutCancel(context.Background()), e); err != nil {
			return fmt.Errorf("flow %s: %w", f.ID(), err)
		}
	}
	d.State = m.Current()
	f.machines.Put(m)
	return nil
}

// at is the step that the draft's state stands for, and whether it is being edited from the review.
func (f *Flow) at(d *Draft) (s *step, editing bool) {
	return f.steps[f.states[d.State]], strings.HasPrefix(d.State, editPrefix)
}

func answered(a Answer, ok bool) bool { return ok && !a.Open }

func (f *Flow) answered(d *Draft, n int) bool {
	a, ok := d.Answers[f.steps[n].ID]
	return answered(a, ok)
}

// mode is how much of the person may be known: the answer that sets it, else what the form is about. A later step
// may set it more closely (anonymous to dark); its answer counts only in the modes in which it is asked.
func (f *Flow) mode(d *Draft) string {
	mode := d.Context["mode"]
	for _, s := range f.steps {
		if s.Sets == factMode && f.answered(d, s.n) && !s.barred(mode) {
			mode = d.Answers[s.ID].Option
		}
	}
	return mode
}

// barred says whether a step may not be asked in a mode. A path leads through it without stopping.
// Whatever is asked of the anonymous is asked in the dark too, unless the flow asks the dark apart.
func (s *step) barred(mode string) bool {
	return len(s.Modes) > 0 && mode != "" && !slices.Contains(s.Modes, mode) &&
		(mode != ModeDark || s.apart || !slices.Contains(s.Modes, ModeAnonymous))
}

type verdict int

const (
	no verdict = iota
	maybe
	yes
)

// fits says whether a branch is taken: maybe, while a step it depends on is not answered.
func (f *Flow) fits(b branch, d *Draft) verdict {
	v := yes
	for _, t := range b.when {
		a, ok := d.Answers[f.steps[t.step].ID]
		switch {
		case !answered(a, ok):
			v = maybe
		case a.Skipped || !slices.Contains(t.options, a.Option):
			return no
		}
	}
	return v
}

// follow is the step after n, as far as the answers tell.
func (f *Flow) follow(n int, d *Draft) int {
	for _, b := range f.steps[n].next {
		if f.fits(b, d) == yes {
			return b.to
		}
	}
	return f.review
}

// route is the way from the start to the review by the answers given, barred steps included.
func (f *Flow) route(d *Draft) []int {
	r := make([]int, 0, len(f.steps))
	for n := f.start; n != f.review; n = f.follow(n, d) {
		r = append(r, n)
	}
	return append(r, f.review)
}

// open is the first step of the route that wants an answer, or the review.
func (f *Flow) open(d *Draft, route []int) int {
	mode := f.mode(d)
	for _, n := range route {
		if n == f.review || !f.steps[n].barred(mode) && !f.answered(d, n) {
			return n
		}
	}
	return f.review
}

// reachable marks the steps that the person may still come to, whatever the open questions are answered with.
func (f *Flow) reachable(d *Draft) []bool {
	seen := make([]bool, len(f.steps))
	var visit func(n int)
	visit = func(n int) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, b := range f.steps[n].next {
			v := f.fits(b, d)
			if v != no {
				visit(b.to)
			}
			if v == yes {
				return
			}
		}
	}
	visit(f.start)
	return seen
}

// prune drops the answers that no path leads to any more, and at once those that the mode forbids, with everything
// that was remembered of how they came.
func (f *Flow) prune(d *Draft) {
	f.mark(d)
	for {
		before := len(d.Answers)
		mode := f.mode(d)
		seen := f.reachable(d)
		for id := range d.Answers {
			n, ok := f.index[id]
			if !ok || !seen[n] || f.steps[n].barred(mode) {
				delete(d.Answers, id)
				d.Missed, d.Album = 0, ""
			}
		}
		if len(d.Answers) == before {
			return
		}
	}
}

// advance leaves the present step, which has been answered, for the next question: from an edit back to the
// review, else on over whatever is answered already. From the review it goes on to what is missing.
func (f *Flow) advance(d *Draft) error {
	f.prune(d)
	route := f.route(d)
	cur, editing := f.at(d)
	if cur.Sets == factMode {
		d.Missed, d.Album = 0, "" // what came in one mode does not go on arriving in another
	}
	if editing {
		if err := f.move(d, eventEdited); err != nil {
			return err
		}
		return f.missing(d, route)
	}
	mode := f.mode(d)
	i := slices.Index(route, cur.n)
	if i < 0 {
		return fmt.Errorf("flow %s: step %s is off the path", f.ID(), cur.ID)
	}
	var events []string
	for n := cur.n; ; {
		i++
		to := route[i]
		if d.Answers[f.steps[n].ID].Skipped {
			events = append(events, f.steps[to].skipEvent)
		} else {
			events = append(events, f.steps[to].answerEvent)
		}
		if to == f.review || !f.steps[to].barred(mode) && !f.answered(d, to) {
			break
		}
		n = to
	}
	if err := f.move(d, events...); err != nil {
		return err
	}
	// The walk ends at the review with something missing when an earlier step was left open on the way back.
	if cur, _ = f.at(d); cur.n == f.review {
		return f.missing(d, route)
	}
	return nil
}

// missing goes from the review to the first question without an answer, if there is one.
func (f *Flow) missing(d *Draft, route []int) error {
	if n := f.open(d, route); n != f.review {
		return f.move(d, f.steps[n].missingEvent)
	}
	return nil
}

// back goes to the question before, or from an edit to the review. ok is false at the first question.
func (f *Flow) back(d *Draft) (ok bool, err error) {
	cur, editing := f.at(d)
	if editing {
		return true, f.advance(d)
	}
	route := f.route(d)
	mode := f.mode(d)
	var events []string
	for i := slices.Index(route, cur.n) - 1; i >= 0; i-- {
		s := f.steps[route[i]]
		events = append(events, s.backEvent)
		if !s.barred(mode) {
			return true, f.move(d, events...)
		}
	}
	return false, nil
}

// shown is the route without the steps that are not asked.
func (f *Flow) shown(d *Draft) []int {
	mode := f.mode(d)
	return slices.DeleteFunc(f.route(d), func(n int) bool { return f.steps[n].barred(mode) })
}

// settle makes a draft fit the flow: an older version's answers are checked one by one, and a state that the
// answers do not lead to gives way to the first open question. changed is true when the question is another one.
func (f *Flow) settle(d *Draft, p Places) (changed bool) {
	if d.Answers == nil {
		d.Answers = map[string]Answer{}
	}
	was := d.State
	if d.Version != f.def.Version {
		for id, a := range d.Answers {
			if n, ok := f.index[id]; !ok || !f.steps[n].takes(a, p) {
				delete(d.Answers, id)
			}
		}
		d.Version = f.def.Version
		f.prune(d)
	}
	if !f.stands(d) {
		d.State = f.steps[f.open(d, f.route(d))].ID
	}
	if d.State == was {
		return false
	}
	if d.Asking == askPointers {
		d.Asking = "" // the review that it covered is gone
	}
	d.ask()
	return true
}

// stands says whether the answers lead to the draft's state: everything before it is answered.
func (f *Flow) stands(d *Draft) bool {
	n, ok := f.states[d.State]
	if !ok {
		return false
	}
	_, editing := f.at(d)
	mode := f.mode(d)
	for _, on := range f.route(d) {
		if on == n {
			return !f.steps[n].barred(mode)
		}
		if !editing && !f.steps[on].barred(mode) && !f.answered(d, on) {
			return false
		}
	}
	return false
}

// takes says whether an answer made under another version still answers the step.
func (s *step) takes(a Answer, p Places) bool {
	if a.Skipped {
		return s.Optional
	}
	switch s.Kind {
	case Choice:
		o, ok := s.options[a.Option]
		return ok && o.Aside == ""
	case YesNo:
		return a.Option == "yes" || a.Option == "no"
	case Info:
		return false // what was accepted may read differently
	case Date:
		return a.From != "" || a.Ongoing
	case Place:
		if a.Option != "" {
			_, ok := p.Parent(a.Option)
			return ok
		}
		return len(a.Parts) > 0
	case Text, People, Files:
		return len(a.Parts) > 0
	}
	return false
}

// ask marks that another question is on the screen, so that presses under the one before are stale.
func (d *Draft) ask() {
	d.Turn++
	d.Misses, d.Missed, d.Page, d.Unit, d.Aside = 0, 0, 0, "", ""
}

// HasState says whether a state is in the flow's table.
func (f *Flow) HasState(state string) bool {
	_, ok := f.states[state]
	return ok
}

// Reaches says whether the person may still come to a step, by the answers given so far.
func (f *Flow) Reaches(d Draft, step string) bool {
	n, ok := f.index[step]
	return ok && f.reachable(&d)[n]
}
