// Package crowd holds what everybody who plays people against the bot needs: to read a screen as a person does, and to
// run the bot as a process of its own.
package crowd

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"huiyin/configs"
	"huiyin/flows"
	"huiyin/sim"
)

// Script knows the questions of one form in one language, and so which of them a message asks.
type Script struct {
	Flow  string // its id
	steps []flows.StepDefinition
	asks  [][]string // the fixed parts of each question, in order
}

// Stage holds the scripts of every form in every language.
type Stage map[string]Script

func NewStage(c *configs.Config) Stage {
	s := Stage{}
	for _, d := range c.Definitions {
		for _, lang := range c.Languages {
			one := Script{Flow: d.Flow}
			for _, step := range d.Steps {
				one.steps = append(one.steps, step)
				one.asks = append(one.asks, Fixed(c.Messages.Label(lang, d.Flow+"."+step.ID+".ask")))
			}
			s[lang+"/"+d.Flow] = one
		}
	}
	return s
}

// Add adds the questions that another version of the forms asks and these do not.
func (s Stage) Add(other Stage) {
	for name, more := range other {
		one := s[name]
		for i, step := range more.steps {
			if !slices.ContainsFunc(one.steps, func(have flows.StepDefinition) bool { return have.ID == step.ID }) {
				one.steps, one.asks = append(one.steps, step), append(one.asks, more.asks[i])
			}
		}
		s[name] = one
	}
}

var (
	markup = regexp.MustCompile(`</?[a-z][^>]*>`)
	filled = regexp.MustCompile(`\{\{[^}]*\}\}`)
)

// Fixed are the parts of a text that stand whatever is filled in, as a phone shows them.
func Fixed(text string) []string {
	var parts []string
	for _, p := range filled.Split(markup.ReplaceAllString(text, ""), -1) {
		if p = strings.TrimSpace(html.UnescapeString(p)); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// At finds the step that a message asks: of those whose whole question stands in it, the one with the longest. Questions
// that read alike are told apart by their kind's buttons.
func (s Script) At(m sim.Message) (flows.StepDefinition, bool) {
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
		if size > most && Shows(m, s.steps[i]) {
			best, most = i, size
		}
	}
	if best < 0 {
		return flows.StepDefinition{}, false
	}
	return s.steps[best], true
}

// Shows says whether a message has the buttons of a step.
func Shows(m sim.Message, s flows.StepDefinition) bool {
	switch s.Kind {
	case flows.Choice:
		return slices.ContainsFunc(s.Options, func(o flows.OptionDefinition) bool { return Op(m, flows.OpOption, o.ID) != "" })
	case flows.YesNo:
		return Op(m, flows.OpOption, "yes") != ""
	case flows.Info:
		return Op(m, flows.OpOption, "ok") != ""
	case flows.Review:
		return Op(m, flows.OpSubmit, "") != ""
	}
	return s.Optional || Op(m, flows.OpSkip, "") == ""
}

// Prompt fits messages that ask something.
func Prompt(m sim.Message) bool { return Has(m, "f.") }

// Op is the data of a form's button for an operation, or "". Data is "f.<nonce>.<turn>.<op>[.<arg>]".
func Op(m sim.Message, o flows.Op, arg string) string {
	for _, data := range Buttons(m, "f.") {
		if p, ok := flows.ParsePress(data); ok && p.Op == o && p.Arg == arg {
			return data
		}
	}
	return ""
}

// Offered are the ids that a message's buttons offer for a choice, without those that only open a page to read.
func Offered(m sim.Message, s flows.StepDefinition) []string {
	var ids []string
	for _, o := range s.Options {
		if o.Aside == "" && Op(m, flows.OpOption, o.ID) != "" {
			ids = append(ids, o.ID)
		}
	}
	return ids
}
