package main

import (
	"context"
	"fmt"
	"strings"

	"huiyin/bench/crowd"
	"huiyin/flows"
	"huiyin/sim"
)

// officer works a department's queue until nothing is left of the run.
type officer struct {
	name       string
	lang       string
	department string
	line       *line
	world      *world
	worked     int
}

// join presses the one-time link.
func (o *officer) join(ctx context.Context, token string) error {
	_, err := o.line.say(ctx, "invitation", []string{"/start " + token}, crowd.With("d.find"))
	return err
}

// work takes cases, the most urgent first, and goes on with those whose reporters have answered.
func (o *officer) work(ctx context.Context) error {
	for {
		m, over, woken := o.world.ledger.next(o.name)
		switch {
		case m != nil:
			if err := o.goOn(ctx, m); err != nil {
				return fmt.Errorf("row %d, case %s: %w", m.number, m.ref, err)
			}
			continue
		case over:
			return nil
		}
		took, err := o.take(ctx)
		if err != nil {
			return err
		}
		if took {
			continue
		}
		select {
		case <-woken:
		case <-ctx.Done():
			return fmt.Errorf("%s waits for cases: %w", o.name, context.Cause(ctx))
		}
	}
}

// card fits the card of a case, "" for any.
func card(ref string) func(sim.Message) bool { return crowd.With("d.past." + crowd.Short(ref)) }

// take claims the most urgent case and works it; false when the queue is empty.
func (o *officer) take(ctx context.Context) (bool, error) {
	m, err := o.line.say(ctx, "next", []string{"/next"}, func(m sim.Message) bool { return card("")(m) || crowd.Has(m, "d.find") })
	if err != nil || !card("")(m) {
		return false, err
	}
	bare := strings.TrimPrefix(crowd.Buttons(m, "d.past.")[0], "d.past.")
	c, err := o.world.ledger.find(ctx, crowd.Long(bare))
	if err != nil {
		return false, err
	}
	if err := o.first(ctx, c, m); err != nil {
		return false, fmt.Errorf("row %d, case %s: %w", c.number, c.ref, err)
	}
	return true, nil
}

// first reads a case, accepts it, and asks or answers.
func (o *officer) first(ctx context.Context, c *matter, m sim.Message) error {
	c.officer = o.name
	saw, err := o.read(ctx, c, m, 1, c.filing)
	if err != nil {
		return err
	}
	c.sawFiling = saw
	if m, err = o.act(ctx, c, m, "acc"); err != nil {
		return err
	}
	if !c.asked {
		return o.end(ctx, c, m)
	}
	if _, err = o.write(ctx, c, m, "ask", "desk_ask", []string{c.question}); err != nil {
		return err
	}
	c.person.errands <- errand{c, "answer"}
	return nil
}

// goOn takes a case up again after its reporter has answered.
func (o *officer) goOn(ctx context.Context, c *matter) error {
	m, err := o.line.say(ctx, "case", []string{"/case " + c.ref}, card(c.ref))
	if err != nil {
		return err
	}
	if c.sawRespond, err = o.read(ctx, c, m, 0, []string{c.respond}); err != nil {
		return err
	}
	return o.end(ctx, c, m)
}

// end replies and closes.
func (o *officer) end(ctx context.Context, c *matter, m sim.Message) error {
	m, err := o.write(ctx, c, m, "reply", "desk_reply", c.reply)
	if err != nil {
		return err
	}
	if _, err = o.write(ctx, c, m, "prop", "desk_propose", []string{c.closing}); err != nil {
		return err
	}
	c.closed = true
	o.worked++
	o.world.ledger.finish(c)
	c.person.errands <- errand{c, "read"}
	return nil
}

// act presses a button of a card that does something at once, and gives the card as it is then.
func (o *officer) act(ctx context.Context, c *matter, m sim.Message, what string) (sim.Message, error) {
	data := crowd.Buttons(m, "d."+what+"."+crowd.Short(c.ref))
	if len(data) == 0 {
		return m, fmt.Errorf("phone %d: the card has no button %q", o.line.phone.ID(), what)
	}
	return o.line.press(ctx, what, m, data[0], card(c.ref))
}

// write fills a form of a card and gives the card as it is when the letter is on its way.
func (o *officer) write(ctx context.Context, c *matter, m sim.Message, what, flow string, words []string) (sim.Message, error) {
	data := crowd.Buttons(m, "d."+what+"."+crowd.Short(c.ref))
	if len(data) == 0 {
		return m, fmt.Errorf("phone %d: the card has no button %q", o.line.phone.ID(), what)
	}
	first, err := o.line.press(ctx, what, m, data[0], crowd.Prompt)
	if err != nil {
		return m, err
	}
	return o.line.fill(ctx, o.world.stage[o.lang+"/"+flow], first, func(s flows.StepDefinition, q sim.Message) said {
		if s.Kind == flows.Choice {
			ids := crowd.Offered(q, s)
			return said{option: ids[hash(c.words)%uint32(len(ids))]}
		}
		return said{words: words}
	}, card(c.ref))
}

// read gives what an officer sees of an event's words: on the card, or, where the card cuts them short, behind its
// button. seq 0 means any event but the filing.
func (o *officer) read(ctx context.Context, c *matter, m sim.Message, seq int, words []string) ([]string, error) {
	saw := []string{m.Text}
	for _, data := range crowd.Buttons(m, "d.all."+crowd.Short(c.ref)) {
		filing := strings.HasSuffix(data, "."+crowd.Short(c.ref)+".1")
		if filing != (seq == 1) {
			continue
		}
		more, err := o.line.gather(ctx, m, data, strings.Join(words, "\n\n"))
		if err != nil {
			return nil, err
		}
		saw = append(saw, more...)
	}
	return saw, nil
}
