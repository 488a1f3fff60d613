package flows

import "time"

// BeginKnowing is Begin for a form in which one answer is known: the choice that sets fact is answered with option, is
// not asked on the way, stands in the review and can be changed like any other. A mode is never known: it is chosen with
// its consequences in view. known is false when the form was open before, for nothing changes under a person's hands,
// and when no choice, or more than one, sets fact and has that option; then this is Begin.
func (e *Engine) BeginKnowing(s Session, flow string, seed Seed, fact, option string, now time.Time) (after Session, effects []Effect, known bool) {
	after, effects = e.Begin(s, flow, seed, nil, now)
	d := after.draft(seed.ID)
	if d == nil || fact == factMode {
		return after, effects, false
	}
	f := e.flows[flow]
	var at *step
	for _, st := range f.steps {
		if st.Sets != fact {
			continue
		}
		if at != nil {
			return after, effects, false
		}
		at = st
	}
	if at == nil || at.Kind != Choice || !at.takes(Answer{Option: option}, e.places) {
		return after, effects, false
	}
	d.Answers[at.ID] = Answer{Option: option}
	return after, []Effect{Ask{Prompt: e.prompt(f, d, after.Lang, ""), Fresh: true}}, true
}
