package flows

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Engine runs a set of flows. It is immutable and safe for concurrent use.
type Engine struct {
	flows  map[string]*Flow
	places Places
	units  map[string]string // folded name in any language → unit; "" when several units share it
	words  map[Op]map[string]bool
	langs  []string
}

// Seed is what is random in a draft; it comes from the edge.
type Seed struct {
	ID     string
	Nonce  string // 1 to 16 of [A-Za-z0-9_-]
	Secret []byte
}

const (
	pageSize  = 8  // buttons on a page of a long list
	wholeList = 12 // a choice of up to so many options is shown whole
	maxUnitID = maxData - fixedBytes - len(OpUnit) - 1
)

// NewEngine puts flows to work. It refuses two flows of one name and units that no button can hold.
func NewEngine(fs []*Flow, lex Lexicon, p Places) (*Engine, error) {
	e := &Engine{flows: map[string]*Flow{}, places: p, units: map[string]string{}, words: map[Op]map[string]bool{}}
	for _, f := range fs {
		if _, ok := e.flows[f.ID()]; ok {
			return nil, fmt.Errorf("two flows are named %s", f.ID())
		}
		e.flows[f.ID()] = f
		for _, lang := range f.langs {
			if !slices.Contains(e.langs, lang) {
				e.langs = append(e.langs, lang)
			}
		}
	}
	for _, op := range WordOps() {
		e.words[op] = map[string]bool{}
		for _, w := range lex.Words(op) {
			e.words[op][fold(w)] = true
		}
	}
	return e, e.readUnits(lex, "", map[string]bool{})
}

func (e *Engine) readUnits(lex Lexicon, unit string, seen map[string]bool) error {
	var errs []error
	for _, id := range e.places.Children(unit) {
		if !plain(id, maxUnitID) {
			errs = append(errs, fmt.Errorf("unit %q: an id is letters, digits and _ and at most %d long", id, maxUnitID))
		}
		if seen[id] {
			errs = append(errs, fmt.Errorf("unit %q stands in the tree twice", id))
			continue
		}
		seen[id] = true
		for _, lang := range e.langs {
			name := fold(lex.Label(lang, "unit."+id))
			if name == "" {
				continue
			}
			if other, taken := e.units[name]; taken && other != id {
				e.units[name] = "" // two units of one name: words must not choose between them
			} else {
				e.units[name] = id
			}
		}
		errs = append(errs, e.readUnits(lex, id, seen))
	}
	return errors.Join(errs...)
}

// Flow is the flow of that name.
func (e *Engine) Flow(id string) (*Flow, bool) {
	f, ok := e.flows[id]
	return f, ok
}

// Begin opens a form. The same form about the same thing that is open already is resumed instead; and when
// MaxDrafts are open the oldest is, with a note, so that it can be sent or discarded first.
// An unknown flow changes nothing.
func (e *Engine) Begin(s Session, flow string, seed Seed, context map[string]string, now time.Time) (Session, []Effect) {
	f, ok := e.flows[flow]
	if !ok {
		return s, nil
	}
	s = s.clone()
	for _, d := range s.Drafts {
		if d.Flow == flow && maps.Equal(d.Context, context) {
			return e.resume(s, d.ID, noteResumed, now)
		}
	}
	if len(s.Drafts) >= MaxDrafts {
		return e.resume(s, s.Drafts[0].ID, noteFormsFull, now)
	}
	d := Draft{
		ID: seed.ID, Nonce: seed.Nonce, Secret: seed.Secret, Turn: 1, Flow: flow, Version: f.Version(), State: f.def.Start,
		Answers: map[string]Answer{}, Context: maps.Clone(context), Started: now, Touched: now,
	}
	// A first step that the mode of the context bars is passed over.
	f.settle(&d, e.places)
	s.Drafts = append(s.Drafts, d)
	s.Active = d.ID
	return s, []Effect{Ask{Prompt: e.prompt(f, &d, s.Lang, ""), Fresh: true}}
}

// Resume puts a draft back on the screen. A draft that is not there changes nothing.
func (e *Engine) Resume(s Session, draft string, now time.Time) (Session, []Effect) {
	return e.resume(s.clone(), draft, noteResumed, now)
}

func (e *Engine) resume(s Session, draft, note string, now time.Time) (Session, []Effect) {
	d := s.draft(draft)
	if d == nil {
		return s, nil
	}
	f, ok := e.flows[d.Flow]
	if !ok {
		return s, []Effect{Closed{}}
	}
	if d.Asking != "" {
		d.uncover()
		d.ask()
	}
	d.Aside = ""
	d.Touched = now
	if f.settle(d, e.places) && note == noteResumed {
		note = noteFormChanged
	}
	s.Active = d.ID
	return s, []Effect{Ask{Prompt: e.prompt(f, d, s.Lang, note), Fresh: true}}
}

// Prompt is the question on the screen, for showing it again; ok is false when no form is open.
func (e *Engine) Prompt(s Session) (p Prompt, ok bool) {
	s = s.clone()
	d := s.draft(s.Active)
	if d == nil {
		return Prompt{}, false
	}
	f, ok := e.flows[d.Flow]
	if !ok {
		return Prompt{}, false
	}
	f.settle(d, e.places)
	return e.prompt(f, d, s.Lang, ""), true
}

// Close drops a draft whose submission is stored.
func (e *Engine) Close(s Session, draft string) Session {
	s = s.clone()
	s.drop(draft)
	return s
}

// Park leaves the form on the screen for now; its draft and its buttons stay good.
func (e *Engine) Park(s Session) Session {
	s.Active = ""
	return s
}

// Facts are the options that the steps with "sets" on the person's path were answered with, by fact.
func (e *Engine) Facts(d Draft) map[string]string {
	facts := map[string]string{}
	f, ok := e.flows[d.Flow]
	if !ok {
		return facts
	}
	for _, n := range f.shown(&d) {
		s := f.steps[n]
		if a := d.Answers[s.ID]; s.Sets != "" && a.Option != "" && f.answered(&d, n) {
			facts[s.Sets] = a.Option
		}
	}
	return facts
}

// Path is the person's own path from the first step to the review, as far as the answers tell.
func (e *Engine) Path(d Draft) []string {
	f, ok := e.flows[d.Flow]
	if !ok {
		return nil
	}
	var path []string
	for _, n := range f.shown(&d) {
		path = append(path, f.steps[n].ID)
	}
	return path
}

// clone copies what a step may change, so that the session that went in stays as it was.
func (s Session) clone() Session {
	s.Drafts = slices.Clone(s.Drafts)
	for i := range s.Drafts {
		answers := make(map[string]Answer, len(s.Drafts[i].Answers)+1)
		for id, a := range s.Drafts[i].Answers {
			a.Parts = slices.Clone(a.Parts)
			answers[id] = a
		}
		s.Drafts[i].Answers = answers
	}
	return s
}

func (s *Session) draft(id string) *Draft {
	for i := range s.Drafts {
		if id != "" && s.Drafts[i].ID == id {
			return &s.Drafts[i]
		}
	}
	return nil
}

func (s *Session) drop(id string) {
	s.Drafts = slices.DeleteFunc(s.Drafts, func(d Draft) bool { return d.ID == id })
	if s.Active == id {
		s.Active = ""
	}
}
