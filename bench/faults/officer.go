package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiyin/bench/crowd"
	"huiyin/flows"
	"huiyin/sim"
)

// officer works cases as they come in, and goes by what a case's card says.
type officer struct {
	*phone
	name, lang, department string
	w                      *world
	round                  *round
	todo                   chan *matter
}

// join presses the one-time link.
func (o *officer) join(ctx context.Context, token string) error {
	from := o.now()
	if err := o.say(ctx, "/start "+token); err != nil {
		return err
	}
	_, heard, err := o.await(ctx, from, crowd.With("d.find"))
	if err == nil && !heard {
		err = fmt.Errorf("%s is not let in", o.name)
	}
	return err
}

// work brings so many matters to their end.
func (o *officer) work(ctx context.Context, matters int) error {
	for range matters {
		select {
		case m := <-o.todo:
			if err := o.end(ctx, m); err != nil {
				return fmt.Errorf("matter %d, case %s: %w", m.number, m.ref, err)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func card(m *matter) func(sim.Message) bool { return crowd.With("d.past." + crowd.Short(m.ref)) }

// open shows a case's card.
func (o *officer) open(ctx context.Context, m *matter) (sim.Message, error) {
	for {
		from := o.now()
		if err := o.say(ctx, "/case "+m.ref); err != nil {
			return sim.Message{}, err
		}
		c, heard, err := o.await(ctx, from, card(m))
		if err != nil || heard {
			return c, err
		}
	}
}

func (o *officer) undone(m *matter) func(time.Time, string) {
	return func(at time.Time, what string) {
		o.round.mu.Lock()
		defer o.round.mu.Unlock()
		for _, f := range o.round.forgot {
			// What an officer writes about a case without a name lives in Redis alone, as its reporter's words did.
			if m.mode.Nameless() && f.After(at.Add(-time.Minute)) || f.After(at.Add(-copyLate)) && f.Before(at.Add(copyLate)) {
				return
			}
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.undone = append(m.undone, "officer: "+what)
	}
}

// end takes a case, accepts it, replies and proposes an answer.
func (o *officer) end(ctx context.Context, m *matter) error {
	c, err := o.open(ctx, m)
	for range 60 {
		if err != nil {
			return err
		}
		button := func(what string) string {
			if data := crowd.Buttons(c, "d."+what+"."+crowd.Short(m.ref)); len(data) > 0 {
				return data[0]
			}
			return ""
		}
		at, lapsed, pressed := time.Now(), o.Lapsed(), false
		switch {
		case button("take") != "":
			if c, pressed, err = o.act(ctx, m, c, button("take")); pressed && err == nil && button("take") != "" && o.Lapsed() == lapsed {
				o.undone(m)(at, "take")
			}
		case button("acc") != "":
			if c, pressed, err = o.act(ctx, m, c, button("acc")); pressed && err == nil && button("acc") != "" && o.Lapsed() == lapsed {
				o.undone(m)(at, "accept")
			}
		case !m.replied:
			c, err = o.write(ctx, m, c, button("reply"), "desk_reply", m.reply, &m.replied)
		case !m.proposed:
			c, err = o.write(ctx, m, c, button("prop"), "desk_propose", m.closing, &m.proposed)
		default:
			return nil
		}
	}
	return fmt.Errorf("the case comes to no end")
}

// act presses a button that does something at once and gives the card as it is afterwards. pressed is false when the button was
// gone already, because another copy of the card has taken its place.
func (o *officer) act(ctx context.Context, m *matter, c sim.Message, data string) (next sim.Message, pressed bool, err error) {
	from := o.now()
	if err = o.press(ctx, c, data); err != nil && !errors.Is(err, sim.ErrNoButton) {
		return c, false, err
	}
	pressed = err == nil
	next, heard, err := o.await(ctx, from, func(n sim.Message) bool { return card(m)(n) && !crowd.Has(n, data) })
	if err != nil || heard {
		return next, pressed, err
	}
	next, err = o.open(ctx, m)
	return next, pressed, err
}

// write fills a form of a card and gives the card afterwards.
func (o *officer) write(ctx context.Context, m *matter, c sim.Message, data, flow, words string, done *bool) (sim.Message, error) {
	if data == "" {
		return c, fmt.Errorf("phone %d: the card has no button for %s", o.ID(), flow)
	}
	from := o.now()
	if err := o.press(ctx, c, data); err != nil && !errors.Is(err, sim.ErrNoButton) {
		return c, err
	}
	f := &form{
		phone: o.phone, m: m, script: o.w.stage[o.lang+"/"+flow], home: "d.find", resume: "d.draft.", undone: o.undone(m),
		answer: func(s flows.StepDefinition, q sim.Message) answer {
			if s.Kind == flows.Choice {
				ids := crowd.Offered(q, s)
				return answer{option: ids[m.number%len(ids)]}
			}
			return answer{words: []string{words}}
		},
	}
	// A card that is shown again in the midst of the form, because the case has changed, is not its end.
	f.ends = func(n sim.Message) bool { return f.sent && card(m)(n) }
	q, heard, err := o.await(ctx, from, crowd.Prompt)
	if err == nil && !heard {
		if q, err = f.lookUp(ctx); errors.Is(err, errGone) {
			return o.open(ctx, m) // the form did not begin: the card is looked at again
		}
	}
	if err != nil {
		return c, err
	}
	next, err := f.fill(ctx, q)
	if !errors.Is(err, errGone) {
		m.sent(done, err == nil)
		return next, err
	}
	// Either it was sent and the card never came, or it is lost: what is stored says which.
	stored, err := o.w.stored(ctx, m.ref)
	if err != nil {
		return c, err
	}
	there := strings.Contains(stored, words)
	m.sent(done, there)
	if !there {
		o.undone(m)(time.Now(), "a letter")
	}
	return o.open(ctx, m)
}

// saying notes when words were said.
func (m *matter) saying(words string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said[words] = time.Now()
}

// sent notes that a letter is on its way, or is not.
func (m *matter) sent(letter *bool, yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*letter = yes
}
