package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiyin/bench/crowd"
	"huiyin/flows"
	"huiyin/sim"
)

// form is one form on somebody's phone, filled in by a person who does not give up: who hears nothing looks where they are,
// and does again what had no effect.
type form struct {
	*phone
	m      *matter
	script crowd.Script
	answer func(flows.StepDefinition, sim.Message) answer
	ends   func(sim.Message) bool // the message after the form
	home   string                 // a button of the first screen
	resume string                 // the beginning of a button there that leads back into the form
	hasty  bool                   // an old button is pressed again at the very moment words are sent
	undone func(at time.Time, what string)
	sent   bool                                                       // it was pressed to be sent
	odd    func(ctx context.Context, step flows.StepDefinition) error // sends what is no answer; nil: nobody does
}

// answer is what somebody does at a question: presses option, or sends words, or, when neither is set, leaves it out.
type answer struct {
	option string
	words  []string
	album  int // files, in one album
}

// errGone says that the form is no more where it was left: it was sent, or is lost.
var errGone = errors.New("the form is gone")

// place is where a form stands: its nonce and its turn.
func place(m sim.Message) (nonce string, turn int) {
	for _, data := range crowd.Buttons(m, "f.") {
		if p, ok := flows.ParsePress(data); ok {
			return p.Nonce, p.Turn
		}
	}
	return "", -1
}

func (f *form) over(m sim.Message) bool { return crowd.Prompt(m) || f.ends(m) }

// fill goes from the prompt q to the form's end and gives the message that ends it. errGone: look for yourself.
func (f *form) fill(ctx context.Context, q sim.Message) (sim.Message, error) {
	said := map[string]int{} // step → words of it that were sent
	oddly := map[string]bool{}
	var asked sim.Message // the question as it was put
	var old sim.Message   // the message whose button was pressed last
	var worn string       // that button
	lost := 0             // times that the screen asked nothing of this form
	for range 400 {
		if f.ends(q) {
			return q, nil
		}
		step, ok := f.script.At(q)
		if !ok && same(q, asked) {
			step, ok = f.script.At(asked) // "got it, send more" stands under the same question
		} else {
			asked = q
		}
		if !ok && crowd.Op(q, flows.OpSubmit, "") == "" && crowd.Op(q, flows.OpKeep, "") == "" {
			if lost++; lost < 3 {
				var err error
				if q, err = f.lookUp(ctx); err != nil {
					return q, err
				}
				continue
			}
			return q, fmt.Errorf("phone %d: a question of %s that no step asks: %q", f.ID(), f.script.Flow, q.Text)
		}
		if ok && f.odd != nil && !oddly[step.ID] {
			oddly[step.ID] = true
			from := f.now()
			if err := f.odd(ctx, step); err != nil {
				return q, err
			}
			var err error
			if q, err = f.follow(ctx, from, q, false); err != nil {
				return q, err
			}
			continue
		}
		what := f.script.Flow + "." + step.ID
		from, began, lapsed := f.now(), time.Now(), f.Lapsed()
		var err error
		pressed := ""
		a := answer{}
		if ok && step.Kind != flows.Review {
			a = f.answer(step, q)
		}
		switch {
		case !ok || step.Kind == flows.Review:
			if pressed = crowd.Op(q, flows.OpSubmit, ""); pressed != "" {
				f.sent = true
			} else {
				pressed = crowd.Op(q, flows.OpKeep, "") // is a voice to be kept, is the form to be gone on with: yes
			}
		case a.option != "":
			pressed = crowd.Op(q, flows.OpOption, a.option)
		case said[step.ID] < len(a.words):
			f.m.saying(a.words[said[step.ID]])
			err = f.say(ctx, a.words[said[step.ID]])
			said[step.ID]++
			if err == nil && f.hasty && worn != "" {
				err = f.alsoPress(ctx, old, worn, time.Duration(said[step.ID]-1)*between)
			}
		case a.album > 0 && said[step.ID] == 0:
			said[step.ID]++
			err = f.do(ctx, func() error {
				for n := range a.album {
					f.SendFile("document", fmt.Sprintf("part-%d.pdf", n), []byte(fmt.Sprintf("%%PDF-1.4 part %d", n)), "", "album")
				}
				return nil
			})
		case len(a.words) > 0 || a.album > 0:
			if pressed = crowd.Op(q, flows.OpDone, ""); pressed == "" {
				// It was said and acknowledged, and the question stands as if nothing had been.
				f.undone(began, what)
				said[step.ID] = 0
				continue
			}
		default:
			if pressed = crowd.Op(q, flows.OpSkip, ""); pressed == "" {
				pressed = crowd.Op(q, flows.OpDone, "") // somebody else's words stand there: the checks will find them
			}
		}
		if pressed != "" {
			old, worn = q, pressed
			if err = f.press(ctx, q, pressed); errors.Is(err, sim.ErrNoButton) {
				err, pressed, worn, f.sent = nil, "", "", false // nothing was: another copy of the question has taken its place
			}
		}
		if err != nil {
			return q, err
		}
		next, err := f.follow(ctx, from, q, pressed != "")
		if err != nil {
			return next, err
		}
		if pressed == "" && f.Lapsed() > lapsed && said[step.ID] > 0 {
			said[step.ID]-- // it never arrived
		}
		if pressed != "" && same(q, next) && f.Pending() == 0 && f.Lapsed() == lapsed {
			f.undone(began, what)
		}
		q = next
	}
	return q, fmt.Errorf("phone %d: %s has no end", f.ID(), f.script.Flow)
}

func same(a, b sim.Message) bool {
	nonceA, turnA := place(a)
	nonceB, turnB := place(b)
	return turnA >= 0 && nonceA == nonceB && turnA == turnB
}

// follow waits for what comes after an input; on silence the person looks for themselves.
func (f *form) follow(ctx context.Context, from int, q sim.Message, moves bool) (sim.Message, error) {
	m, heard, err := f.await(ctx, from, func(m sim.Message) bool { return f.over(m) && (!moves || !same(q, m)) })
	if err != nil || heard {
		return m, err
	}
	return f.lookUp(ctx)
}

// lookUp goes by the first screen, where an unfinished form can be gone on with.
func (f *form) lookUp(ctx context.Context) (sim.Message, error) {
	for {
		from := f.now()
		if err := f.say(ctx, "/start"); err != nil {
			return sim.Message{}, err
		}
		m, heard, err := f.await(ctx, from, func(m sim.Message) bool {
			return f.ends(m) || crowd.Has(m, f.home) || crowd.Has(m, f.resume) || crowd.Has(m, "h.lang.")
		})
		if err != nil {
			return m, err
		}
		if !heard {
			continue
		}
		if f.ends(m) {
			return m, nil
		}
		back := crowd.Buttons(m, f.resume)
		if len(back) == 0 {
			return m, errGone
		}
		from = f.now()
		if err := f.press(ctx, m, back[0]); err != nil {
			if errors.Is(err, sim.ErrNoButton) {
				continue
			}
			return m, err
		}
		if m, heard, err = f.await(ctx, from, f.over); err != nil || heard {
			return m, err
		}
	}
}

// between is by how much later an old button is pressed from one message to the next, so that the press meets the words at
// every moment of their way: before the session is read, and between the reading and the writing.
const between = 40 * time.Millisecond

// alsoPress presses an old button a moment later, while words are being taken in.
func (f *form) alsoPress(ctx context.Context, m sim.Message, data string, later time.Duration) error {
	t := time.NewTimer(later)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	_, err := f.PressStale(m.ID, data)
	return err
}
