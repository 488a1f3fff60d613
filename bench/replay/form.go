package main

import (
	"context"
	"fmt"

	"huiyin/bench/crowd"
	"huiyin/flows"
	"huiyin/sim"
)

// said is what somebody does at a question: presses option, or sends words (and Done, where several may come), or,
// when neither is set, leaves the question out.
type said struct {
	option string
	words  []string
}

// fill answers a form from the prompt m to its end, and gives the message that ends it. answer is asked at every
// question but the review, which is sent.
func (l *line) fill(ctx context.Context, s crowd.Script, m sim.Message, answer func(flows.StepDefinition, sim.Message) said, ends func(sim.Message) bool) (sim.Message, error) {
	over := func(m sim.Message) bool { return crowd.Prompt(m) || ends(m) }
	for range 60 { // more questions than any form has
		step, ok := s.At(m)
		if data := crowd.Op(m, flows.OpSubmit, ""); !ok && data != "" { // passages that could point to the person
			var err error
			if m, err = l.press(ctx, s.Flow+".pointers", m, data, over); err != nil || !crowd.Prompt(m) {
				return m, err
			}
			continue
		}
		if !ok {
			return m, fmt.Errorf("phone %d: a question of %s that no step asks (message %d)", l.phone.ID(), s.Flow, m.ID)
		}
		what := s.Flow + "." + step.ID
		var err error
		switch a := answer(step, m); {
		case step.Kind == flows.Review:
			m, err = l.press(ctx, what, m, crowd.Op(m, flows.OpSubmit, ""), over)
		case a.option != "":
			m, err = l.press(ctx, what, m, crowd.Op(m, flows.OpOption, a.option), over)
		case len(a.words) == 0:
			m, err = l.press(ctx, what, m, crowd.Op(m, flows.OpSkip, ""), over)
		default:
			m, err = l.say(ctx, what, a.words, over)
			if data := crowd.Op(m, flows.OpDone, ""); err == nil && data != "" && (step.Many || step.Kind == flows.People) {
				m, err = l.press(ctx, what+" done", m, data, over)
			}
		}
		if err != nil {
			return m, err
		}
		if !crowd.Prompt(m) {
			return m, nil
		}
	}
	return m, fmt.Errorf("phone %d: %s has no end", l.phone.ID(), s.Flow)
}
