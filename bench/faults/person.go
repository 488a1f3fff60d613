package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"huiyin/bench/crowd"
	"huiyin/cases"
	"huiyin/flows"
	"huiyin/sim"
)

// person files one matter and does not give up.
type person struct {
	*phone
	m     *matter
	round *round
	began time.Time // when the form was asked for
	moded time.Time // when its mode was chosen last; zero when none was
}

func (p *person) lang() string {
	if p.Profile().Language == "en" {
		return "en"
	}
	return "zh-Hans"
}

// ends fits the screens after a filing.
func ends(m sim.Message) bool {
	return crowd.Has(m, "h.saved.") || crowd.Has(m, "h.case.") && crowd.Has(m, "h.home") && !crowd.Prompt(m)
}

// file goes from the first word to a reference, and with a receipt until it is saved.
func (p *person) file(ctx context.Context) error {
	for range 20 {
		p.moded = time.Time{}
		q, err := p.begin(ctx)
		if err != nil {
			return err
		}
		f := &form{
			phone: p.phone, m: p.m, script: p.w.stage[p.lang()+"/complaint"], answer: p.complain, ends: ends,
			home: "h.file", resume: "h.resume.", undone: p.undone, hasty: p.round.one.hasty,
		}
		if p.round.one.odd {
			f.odd = p.odd
		}
		last, err := f.fill(ctx, q)
		if errors.Is(err, errGone) {
			if last, err = p.find(ctx); err == nil && !ends(last) {
				p.undo("a draft", p.began, p.moded)
				continue
			}
		}
		if err != nil {
			return err
		}
		return p.keep(ctx, last)
	}
	return fmt.Errorf("phone %d cannot file", p.ID())
}

// begin comes to the form's first question, whatever stands in between.
func (p *person) begin(ctx context.Context) (sim.Message, error) {
	words := "/start"
	if p.round.one.eager {
		for _, w := range []string{words, "hello", "/file"} {
			if err := p.say(ctx, w); err != nil {
				return sim.Message{}, err
			}
		}
	}
	for {
		from := p.now()
		p.began = time.Now()
		if err := p.say(ctx, words); err != nil {
			return sim.Message{}, err
		}
		m, heard, err := p.await(ctx, from, func(m sim.Message) bool {
			return crowd.Has(m, "h.lang.") || crowd.Has(m, "h.file") || crowd.Prompt(m)
		})
		switch {
		case err != nil:
			return m, err
		case !heard:
		case crowd.Prompt(m):
			return m, nil
		case crowd.Has(m, "h.file"):
			words = "/file"
		default:
			from = p.now()
			if err := p.press(ctx, m, crowd.Buttons(m, "h.lang."+p.lang())[0]); err != nil && !errors.Is(err, sim.ErrNoButton) {
				return m, err
			}
			if _, heard, err = p.await(ctx, from, crowd.With("h.file")); err != nil {
				return m, err
			} else if heard {
				words = "/file"
			}
		}
	}
}

// find looks in the list for a case whose last screen never came: it was filed all the same.
func (p *person) find(ctx context.Context) (sim.Message, error) {
	for {
		from := p.now()
		if err := p.say(ctx, "/status"); err != nil {
			return sim.Message{}, err
		}
		m, heard, err := p.await(ctx, from, func(m sim.Message) bool { return crowd.Has(m, "h.") })
		if err != nil || heard {
			return m, err
		}
	}
}

// keep notes what the last screen says, and confirms the receipt.
func (p *person) keep(ctx context.Context, last sim.Message) error {
	p.m.mu.Lock()
	p.m.ref, p.m.receipt = crowd.Reference(last.Text), crowd.Copied(last)
	if p.m.ref == "" {
		if data := crowd.Buttons(last, "h.case."); len(data) > 0 {
			p.m.ref = crowd.Long(data[0][len("h.case."):])
		}
	}
	p.m.mu.Unlock()
	for crowd.Has(last, "h.saved.") {
		from := p.now()
		if err := p.press(ctx, last, crowd.Buttons(last, "h.saved.")[0]); err != nil && !errors.Is(err, sim.ErrNoButton) {
			return err
		}
		_, heard, err := p.await(ctx, from, crowd.With("h.file"))
		if err != nil {
			return err
		}
		if heard {
			return nil
		}
		from = p.now()
		if err := p.say(ctx, "/start"); err != nil {
			return err
		}
		m, heard, err := p.await(ctx, from, func(m sim.Message) bool { return ends(m) || crowd.Has(m, "h.file") || crowd.Has(m, "h.lang.") })
		if err != nil {
			return err
		}
		if heard {
			last = m
		}
	}
	return nil
}

// complain is what a person answers to one question of the complaint.
func (p *person) complain(s flows.StepDefinition, q sim.Message) answer {
	skip := crowd.Op(q, flows.OpSkip, "") != ""
	if s.Sets == "mode" {
		p.moded = time.Now()
	}
	switch s.Kind {
	case flows.Choice:
		ids := crowd.Offered(q, s)
		switch {
		case s.Sets == "mode" && p.m.mode == cases.Dark && !slices.Contains(ids, string(cases.Dark)):
			return answer{option: string(cases.Anonymous)}
		case s.Sets == "mode":
			return answer{option: string(p.m.mode)}
		case s.Sets == "kind":
			return answer{option: p.m.kind}
		case s.Sets == "prompt":
			return answer{option: "yes"}
		case len(ids) > 0:
			return answer{option: ids[p.m.number%len(ids)]}
		}
	case flows.Info:
		return answer{option: "ok"}
	case flows.YesNo:
		if p.m.mode.Nameless() && s.Sets == "urgent" {
			return answer{option: "yes"}
		}
		return answer{option: "no"}
	case flows.Text:
		if s.Many && !s.Optional {
			return answer{words: p.m.words}
		}
		if !skip {
			return answer{words: []string{"Sam Example"}}
		}
	}
	if s.Kind == flows.Files && p.m.album > 0 {
		return answer{album: p.m.album}
	}
	if s.Kind == flows.Place && p.m.aside != "" {
		return answer{words: []string{p.m.aside}}
	}
	if !skip {
		return answer{words: []string{"whoever was in charge"}}
	}
	return answer{}
}

// oddities are what people send to a bot that asked something else.
var oddities = []string{"sticker", "voice", "poll", "dice", "location", "contact", "forwarded", "edited", "video_note", "animation"}

// odd sends one of them, another one at each step, so that a dozen people send each at every step.
func (p *person) odd(ctx context.Context, s flows.StepDefinition) error {
	n := p.m.number
	for _, r := range s.ID {
		n += int(r)
	}
	kind := oddities[n%len(oddities)]
	return p.do(ctx, func() error {
		if kind != "edited" {
			p.SendOther(kind)
			return nil
		}
		for _, m := range slices.Backward(p.Messages()) {
			if m.From != "bot" && m.Text != "" {
				return p.Edit(m.ID, m.Text+" (edited)")
			}
		}
		return nil
	})
}

// undone notes an input that was acknowledged and had no effect.
func (p *person) undone(at time.Time, what string) { p.undo(what, at, at) }

func (p *person) undo(what string, from, until time.Time) {
	if p.round.excused(p.m, p.began, from, until) {
		return
	}
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	p.m.undone = append(p.m.undone, what)
}
