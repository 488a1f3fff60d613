package main

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"huiyin/configs"
	"huiyin/flows"
	"huiyin/sim"
)

// script knows the questions of one form in one language, and so which of them a message asks.
type script struct {
	flow  string
	steps []flows.StepDefinition
	asks  [][]string // the fixed parts of each question, in order
}

// stage holds the scripts of every form in every language.
type stage map[string]script

func newStage(c *configs.Config) stage {
	s := stage{}
	for _, d := range c.Definitions {
		for _, lang := range c.Languages {
			one := script{flow: d.Flow}
			for _, step := range d.Steps {
				one.steps = append(one.steps, step)
				one.asks = append(one.asks, fixed(c.Messages.Label(lang, d.Flow+"."+step.ID+".ask")))
			}
			s[lang+"/"+d.Flow] = one
		}
	}
	return s
}

var (
	markup = regexp.MustCompile(`</?[a-z][^>]*>`)
	filled = regexp.MustCompile(`\{\{[^}]*\}\}`)
)

// fixed are the parts of a text that stand whatever is filled in, as a phone shows them.
func fixed(text string) []string {
	var parts []string
	for _, p := range filled.Split(markup.ReplaceAllString(text, ""), -1) {
		if p = strings.TrimSpace(html.UnescapeString(p)); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// at finds the step that a message asks: of those whose whole question stands in it, the one with the longest. Questions
// that read alike are told apart by their kind's buttons.
func (s script) at(m sim.Message) (flows.StepDefinition, bool) {
	best, most := -1, 0
	for i, parts := range s.asks {
		rest, size := m.Text, 0
		for _, p := range parts {
			at := strings.Index(rest, p)
			if at < 0 {
				size = 0
				break
			}
			rest, size = rest[at+len(p):], size+len(p)
		}
		if size > most && shows(m, s.steps[i]) {
			best, most = i, size
		}
	}
	if best < 0 {
		return flows.StepDefinition{}, false
	}
	return s.steps[best], true
}

// shows says whether a message has the buttons of a step.
func shows(m sim.Message, s flows.StepDefinition) bool {
	switch s.Kind {
	case flows.Choice:
		return slices.ContainsFunc(s.Options, func(o flows.OptionDefinition) bool { return op(m, flows.OpOption, o.ID) != "" })
	case flows.YesNo:
		return op(m, flows.OpOption, "yes") != ""
	case flows.Info:
		return op(m, flows.OpOption, "ok") != ""
	case flows.Review:
		return op(m, flows.OpSubmit, "") != ""
	}
	return s.Optional || op(m, flows.OpSkip, "") == ""
}

// prompt fits messages that ask something.
func prompt(m sim.Message) bool { return has(m, "f.") }

// op is the data of a form's button for an operation, or "". Data is "f.<nonce>.<turn>.<op>[.<arg>]".
func op(m sim.Message, o flows.Op, arg string) string {
	for _, data := range buttons(m, "f.") {
		if p, ok := flows.ParsePress(data); ok && p.Op == o && p.Arg == arg {
			return data
		}
	}
	return ""
}

// said is what somebody does at a question: presses option, or sends words (and Done, where several may come), or,
// when neither is set, leaves the question out.
type said struct {
	option string
	words  []string
}

// fill answers a form from the prompt m to its end, and gives the message that ends it. answer is asked at every
// question but the review, which is sent.
func (l *line) fill(ctx context.Context, s script, m sim.Message, answer func(flows.StepDefinition, sim.Message) said, ends func(sim.Message) bool) (sim.Message, error) {
	over := func(m sim.Message) bool { return prompt(m) || ends(m) }
	for range 60 { // more questions than any form has
		step, ok := s.at(m)
		if data := op(m, flows.OpSubmit, ""); !ok && data != "" { // passages that could point to the person
			var err error
			if m, err = l.press(ctx, s.flow+".pointers", m, data, over); err != nil || !prompt(m) {
				return m, err
			}
			continue
		}
		if !ok {
			return m, fmt.Errorf("phone %d: a question of %s that no step asks (message %d)", l.phone.ID(), s.flow, m.ID)
		}
		what := s.flow + "." + step.ID
		var err error
		switch a := answer(step, m); {
		case step.Kind == flows.Review:
			m, err = l.press(ctx, what, m, op(m, flows.OpSubmit, ""), over)
		case a.option != "":
			m, err = l.press(ctx, what, m, op(m, flows.OpOption, a.option), over)
		case len(a.words) == 0:
			m, err = l.press(ctx, what, m, op(m, flows.OpSkip, ""), over)
		default:
			m, err = l.say(ctx, what, a.words, over)
			if data := op(m, flows.OpDone, ""); err == nil && data != "" && (step.Many || step.Kind == flows.People) {
				m, err = l.press(ctx, what+" done", m, data, over)
			}
		}
		if err != nil {
			return m, err
		}
		if !prompt(m) {
			return m, nil
		}
	}
	return m, fmt.Errorf("phone %d: %s has no end", l.phone.ID(), s.flow)
}

// offered are the ids that a message's buttons offer for a choice, without those that only open a page to read.
func offered(m sim.Message, s flows.StepDefinition) []string {
	var ids []string
	for _, o := range s.Options {
		if o.Aside == "" && op(m, flows.OpOption, o.ID) != "" {
			ids = append(ids, o.ID)
		}
	}
	return ids
}
