package flows

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// LintError is one thing that is wrong with a flow, and where.
type LintError struct {
	File   string
	Line   int // 0 when the definition did not come from a file
	Column int
	Text   string
}

// Error reads "complaint.yaml:12:5: step what: no such step: whn".
func (e *LintError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// lint gathers what is wrong with a definition.
type lint struct {
	def   Definition
	lex   Lexicon
	langs []string
	found []*LintError
	index map[string]int
}

var idShape = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

const maxID = 24

// factIdentity marks the steps whose answers say who the person is. They may be words, and several on one path.
const factIdentity = "identity"

// factMode marks the steps whose answers say how much of the person may be known.
const factMode = "mode"

// factPrompt marks the step whose answer says whether the office learns of an anonymous case at once.
const factPrompt = "prompt"

// Facts that a step may set.
var facts = []string{
	factMode, "kind", "matter", "urgent", factPrompt, "unit", "raised", "outcome", "reason", "way", "rating", "verdict", "vote", factIdentity,
}

var modes = []string{"named", ModeConfidential, ModeAnonymous, ModeDark, "office"}

// say adds a finding at the node that a path leads to.
func (l *lint) say(path, format string, args ...any) {
	e := &LintError{File: l.def.source, Text: fmt.Sprintf(format, args...)}
	if e.File == "" {
		e.File = l.def.Flow
	}
	for p := path; p != ""; {
		if at, ok := l.def.at[p]; ok {
			e.Line, e.Column = at.Line, at.Column
			break
		}
		i := max(strings.LastIndex(p, "."), strings.LastIndex(p, "["))
		if i < 0 {
			break
		}
		p = p[:i]
	}
	l.found = append(l.found, e)
}

func (l *lint) err() error {
	slices.SortStableFunc(l.found, func(a, b *LintError) int { return a.Line - b.Line })
	errs := make([]error, len(l.found))
	for i, e := range l.found {
		errs[i] = e
	}
	return errors.Join(errs...)
}

func (l *lint) id(path, what, id string) {
	if !idShape.MatchString(id) || len(id) > maxID || strings.HasPrefix(id, editPrefix) || id == "aside" || id == "title" {
		l.say(path, "%s %q: an id is a-z, 0-9 and _, begins with a letter, has at most %d characters, does not begin with %s and is neither aside nor title", what, id, maxID, editPrefix)
	}
}

// shape checks every part by itself; graph checks how they hang together.
func (l *lint) shape() {
	d := l.def
	l.id("$.flow", "flow", d.Flow)
	if d.Version < 1 {
		l.say("$.version", "version %d: versions begin with 1", d.Version)
	}
	l.index = map[string]int{}
	reviews := 0
	for i, s := range d.Steps {
		path := fmt.Sprintf("$.steps[%d]", i)
		l.id(path+".id", "step", s.ID)
		if _, twice := l.index[s.ID]; twice {
			l.say(path+".id", "step %s: there are two steps of this id", s.ID)
		} else {
			l.index[s.ID] = i
		}
		if s.Kind == Review {
			if reviews++; reviews > 1 {
				l.say(path+".kind", "step %s: a flow has one review only", s.ID)
			}
		}
	}
	if reviews == 0 {
		l.say("$.steps", "flow %s has no review, so nothing can be sent", d.Flow)
	}
	if _, ok := l.index[d.Start]; !ok {
		l.say("$.start", "start: no such step: %q", d.Start)
	}
	l.asides()
	for i, s := range d.Steps {
		path := fmt.Sprintf("$.steps[%d]", i)
		l.step(path, s)
		l.options(path, s)
		l.branches(path, s)
	}
}

func (l *lint) step(path string, s StepDefinition) {
	switch s.Kind {
	case Choice, Text, Date, Place, People, Files, YesNo, Info, Review:
	default:
		l.say(path+".kind", "step %s: unknown kind %q", s.ID, s.Kind)
	}
	if s.Optional && (s.Kind == Info || s.Kind == Review) {
		l.say(path+".optional", "step %s: %s cannot be optional", s.ID, s.Kind)
	}
	if (s.Many || s.Voice) && s.Kind != Text {
		l.say(path, "step %s: many and voice are for text steps", s.ID)
	}
	if s.MinLength < 0 || s.MaxLength < 0 || s.MaxFiles < 0 || s.MaxLength > 0 && s.MinLength > s.MaxLength {
		l.say(path+".min_length", "step %s: min_length %d is over max_length %d, or one of the limits is below zero", s.ID, s.MinLength, s.MaxLength)
	}
	if s.Sets != "" && !slices.Contains(facts, s.Sets) {
		l.say(path+".sets", "step %s: unknown fact %q in sets; there are %s", s.ID, s.Sets, strings.Join(facts, ", "))
	}
	if s.Sets != "" && s.Sets != factIdentity && s.Kind != Choice && s.Kind != YesNo && s.Kind != Place {
		l.say(path+".sets", "step %s: only choice, yes_no and place steps can set a fact", s.ID)
	}
	known := l.modes()
	for i, m := range s.Modes {
		if !slices.Contains(known, m) {
			l.say(fmt.Sprintf("%s.modes[%d]", path, i), "step %s: unknown mode %q; there are %s", s.ID, m, strings.Join(known, ", "))
		}
	}
}

// modes are the options of the steps that set the mode, or those there are without one.
func (l *lint) modes() []string {
	var ids []string
	for _, s := range l.def.Steps {
		if s.Sets == factMode && s.Kind == Choice {
			for _, o := range s.Options {
				ids = append(ids, o.ID)
			}
		}
	}
	if len(ids) == 0 {
		return modes
	}
	return ids
}

// narrows says whether a step that sets the mode again only chooses how to stay hidden, and is asked of nobody else.
// Otherwise a draft could turn from one that may be kept into one that may not, and back, without a word.
func narrows(s StepDefinition) bool {
	return len(s.Modes) > 0 && !slices.ContainsFunc(s.Modes, func(m string) bool { return !hidden(m) }) &&
		!slices.ContainsFunc(s.Options, func(o OptionDefinition) bool { return !hidden(o.ID) })
}

func (l *lint) options(path string, s StepDefinition) {
	if s.Kind == Choice && !slices.ContainsFunc(s.Options, func(o OptionDefinition) bool { return o.Aside == "" }) {
		l.say(path, "step %s: a choice needs options", s.ID)
	}
	if s.Kind != Choice && len(s.Options) > 0 {
		l.say(path+".options", "step %s: only a choice has options", s.ID)
	}
	seen := map[string]bool{}
	for i, o := range s.Options {
		at := fmt.Sprintf("%s.options[%d]", path, i)
		l.id(at+".id", "option", o.ID)
		if o.ID == "ask" || o.ID == keyHelp || o.ID == keyHelpHidden {
			l.say(at+".id", "option %s: ask, %s and %s are the names of the question's own texts", o.ID, keyHelp, keyHelpHidden)
		}
		if seen[o.ID] {
			l.say(at+".id", "step %s: there are two options %s", s.ID, o.ID)
		}
		seen[o.ID] = true
		if o.Aside != "" && !slices.ContainsFunc(l.def.Asides, func(a AsideDefinition) bool { return a.ID == o.Aside }) {
			l.say(at+".aside", "option %s: no such aside: %s", o.ID, o.Aside)
		}
	}
}

func (l *lint) asides() {
	seen := map[string]bool{}
	for i, a := range l.def.Asides {
		path := fmt.Sprintf("$.asides[%d]", i)
		l.id(path+".id", "aside", a.ID)
		if seen[a.ID] {
			l.say(path+".id", "there are two asides %s", a.ID)
		}
		seen[a.ID] = true
		if len(a.Pages) == 0 {
			l.say(path, "aside %s has no pages", a.ID)
		}
		for j, page := range a.Pages {
			at := fmt.Sprintf("%s.pages[%d]", path, j)
			l.id(at, "page", page)
			if slices.Contains(a.Pages[:j], page) {
				l.say(at, "aside %s: there are two pages %s", a.ID, page)
			}
			if n := fixedBytes + len(OpAside) + 1 + len(a.ID) + 1 + len(page); n > maxData {
				l.say(at, "aside %s: the button of page %s holds %d bytes; %d is the most", a.ID, page, n, maxData)
			}
		}
	}
}

func (l *lint) branches(path string, s StepDefinition) {
	if s.Kind == Review {
		if len(s.Next) > 0 {
			l.say(path+".next", "step %s: nothing comes after a review", s.ID)
		}
		return
	}
	if len(s.Next) == 0 {
		l.say(path, "step %s leads nowhere: it needs a next", s.ID)
	}
	for i, b := range s.Next {
		at := fmt.Sprintf("%s.next[%d]", path, i)
		if _, ok := l.index[b.Goto]; !ok {
			l.say(at+".goto", "step %s: no such step: %q", s.ID, b.Goto)
		}
		switch last := i == len(s.Next)-1; {
		case last && len(b.When) > 0:
			l.say(at, "step %s: the last branch must have no condition, or some answers lead nowhere", s.ID)
		case !last && len(b.When) == 0:
			l.say(fmt.Sprintf("%s.next[%d]", path, i+1), "step %s: a branch after one without a condition is never taken", s.ID)
		}
		for j, other := range s.Next[:i] {
			if len(b.When) > 0 && maps.EqualFunc(b.When, other.When, slices.Equal) {
				l.say(at, "step %s: branches %d and %d have the same condition", s.ID, j+1, i+1)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(b.When)) {
			l.condition(at+".when."+id, s, id, b.When[id])
		}
	}
}

// condition checks one step that a branch depends on, and the options it names.
func (l *lint) condition(path string, s StepDefinition, id string, options []string) {
	n, ok := l.index[id]
	if !ok {
		l.say(path, "step %s: when names an unknown step: %s", s.ID, id)
		return
	}
	on := l.def.Steps[n]
	if len(options) == 0 {
		l.say(path, "step %s: when names no option of %s", s.ID, id)
	}
	for _, o := range options {
		known := false
		switch on.Kind {
		case Choice:
			known = slices.ContainsFunc(on.Options, func(d OptionDefinition) bool { return d.ID == o && d.Aside == "" })
		case YesNo:
			known = o == "yes" || o == "no"
		}
		if !known {
			l.say(path, "step %s: when names an unknown option of %s: %s", s.ID, id, o)
		}
	}
}
