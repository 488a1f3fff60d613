package flows

import (
	"errors"
	"slices"
	"sync"

	"github.com/looplab/fsm"
)

// Flow is a checked definition together with its immutable table of legal moves. It is safe for concurrent use.
type Flow struct {
	def    Definition
	steps  []*step
	index  map[string]int
	start  int
	review int
	files  int // the step that takes files, or -1
	story  int // the step that takes words in several messages and does not say who the person is, or -1
	asides map[string]AsideDefinition
	titles map[string]string // aside and folded title of a page → page
	helps  []bool            // steps with a line of help
	hints  []bool            // steps with another line of help for those who hide
	langs  []string
	// states and events are the table; machines are instances of it, each used by one Step at a time.
	states   map[string]int
	events   []fsm.EventDesc
	machines sync.Pool
}

// step is a compiled question.
type step struct {
	StepDefinition
	n       int
	next    []branch
	labels  map[string]string // folded label in any language → option
	options map[string]OptionDefinition
	// apart: the flow asks the dark by steps of their own.
	apart bool
	// Names of the events that lead here.
	answerEvent, skipEvent, backEvent, editEvent, missingEvent string
}

type branch struct {
	when []term
	to   int
}

type term struct {
	step    int
	options []string
}

const (
	editPrefix  = "edit_"
	eventEdited = "edited.review"
)

// The modes that the engine treats apart.
const (
	// ModeConfidential: who the person is may be known, but not to those who read the answers.
	ModeConfidential = "confidential"
	// ModeAnonymous: nothing may be kept that says who somebody is.
	ModeAnonymous = "anonymous"
	// ModeDark is anonymous without an address to write to. What is asked of the anonymous is asked here too, unless
	// the flow has steps of their own for the dark.
	ModeDark = "dark"
)

// hidden says whether a mode must not let anybody know who the person is.
func hidden(mode string) bool { return mode == ModeAnonymous || mode == ModeDark }

// ID is the name of the flow.
func (f *Flow) ID() string { return f.def.Flow }

// Version is the version of the flow's definition.
func (f *Flow) Version() int { return f.def.Version }

// Definition is what the flow was compiled from.
func (f *Flow) Definition() Definition { return f.def }

// Compile checks a definition and builds its table. The error joins every finding, each a *LintError.
// Lexicon.Label must give "" for a key that a language does not have.
func Compile(d Definition, lex Lexicon, langs []string) (*Flow, error) {
	l := &lint{def: d, lex: lex, langs: langs}
	l.shape()
	if len(l.found) == 0 {
		l.graph()
	}
	l.messages()
	if err := l.err(); err != nil {
		return nil, err
	}
	f := build(d, lex, langs)
	if f.review < 0 {
		return nil, errors.New("flows: no review") // the lint has refused it already
	}
	return f, nil
}

func build(d Definition, lex Lexicon, langs []string) *Flow {
	f := &Flow{def: d, index: map[string]int{}, review: -1, files: -1, story: -1, asides: map[string]AsideDefinition{}, titles: map[string]string{}, langs: langs}
	apart := slices.ContainsFunc(d.Steps, func(s StepDefinition) bool { return slices.Contains(s.Modes, ModeDark) })
	for i := range d.Steps {
		sd := d.Steps[i]
		f.index[sd.ID] = i
		f.steps = append(f.steps, &step{
			StepDefinition: sd, n: i, apart: apart, labels: map[string]string{}, options: map[string]OptionDefinition{},
			answerEvent: "answer." + sd.ID, skipEvent: "skip." + sd.ID, backEvent: "back." + sd.ID,
			editEvent: "edit." + sd.ID, missingEvent: "missing." + sd.ID,
		})
		if sd.Kind == Review {
			f.review = i
		}
		if sd.Kind == Files && f.files < 0 {
			f.files = i
		}
		if sd.Kind == Text && sd.Many && sd.Sets != factIdentity && f.story < 0 {
			f.story = i
		}
	}
	for _, a := range d.Asides {
		f.asides[a.ID] = a
		for _, page := range a.Pages {
			for _, lang := range langs {
				f.titles[a.ID+"."+fold(lex.Label(lang, f.asideKey(a.ID, page+".title")))] = page
			}
		}
	}
	for _, s := range f.steps {
		f.helps = append(f.helps, len(langs) > 0 && lex.Label(langs[0], f.key(s.ID, keyHelp)) != "")
		f.hints = append(f.hints, len(langs) > 0 && lex.Label(langs[0], f.key(s.ID, keyHelpHidden)) != "")
		if s.Kind == Info {
			for _, lang := range langs {
				s.labels[fold(lex.Label(lang, f.key(s.ID, "ok")))] = "ok"
			}
		}
		for _, b := range s.Next {
			to := branch{to: f.index[b.Goto]}
			for id, options := range b.When {
				to.when = append(to.when, term{step: f.index[id], options: options})
			}
			s.next = append(s.next, to)
		}
		for _, o := range s.Options {
			s.options[o.ID] = o
			for _, lang := range langs {
				if label := fold(lex.Label(lang, f.key(s.ID, o.ID))); label != "" {
					if _, taken := s.labels[label]; !taken {
						s.labels[label] = o.ID
					}
				}
			}
		}
	}
	f.start = f.index[d.Start]
	f.table()
	return f
}

// Keys of a step's line of help, and of the one that stands in its place in the modes that hide the person.
const (
	keyHelp       = "help"
	keyHelpHidden = "help_anonymous"
)

// help is the key of the line under a question, or "".
func (f *Flow) help(s *step, mode string) string {
	switch {
	case hidden(mode) && f.hints[s.n]:
		return f.key(s.ID, keyHelpHidden)
	case f.helps[s.n]:
		return f.key(s.ID, keyHelp)
	}
	return ""
}

// key is the message key of something that belongs to a step.
func (f *Flow) key(step, name string) string { return f.def.Flow + "." + step + "." + name }

// table builds the states and events of the looplab/fsm machine: steps and "edit_" states;
// answer.<to>, skip.<to>, back.<to>, edit.<step>, edited.review and missing.<step>.
// looplab/fsm has no guards, so the destination is part of the event's name.
func (f *Flow) table() {
	f.states = map[string]int{}
	review := f.steps[f.review].ID
	for _, s := range f.steps {
		f.states[s.ID] = s.n
		linked := map[int]bool{}
		for _, b := range s.next {
			if linked[b.to] {
				continue
			}
			linked[b.to] = true
			to := f.steps[b.to]
			f.event(to.answerEvent, s.ID, to.ID)
			if s.Optional {
				f.event(to.skipEvent, s.ID, to.ID)
			}
			f.event(s.backEvent, to.ID, s.ID)
		}
		if s.n == f.review {
			continue
		}
		edit := editPrefix + s.ID
		f.states[edit] = s.n
		f.event(s.missingEvent, review, s.ID)
		if s.Kind != Info {
			f.event(s.editEvent, review, edit)
		}
		f.event(eventEdited, edit, review)
	}
	f.machines.New = func() any { return fsm.NewFSM(f.steps[f.start].ID, f.events, nil) }
}

func (f *Flow) event(name, from, to string) {
	f.events = append(f.events, fsm.EventDesc{Name: name, Src: []string{from}, Dst: to})
}
