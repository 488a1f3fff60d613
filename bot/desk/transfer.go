package desk

import (
	"context"
	"fmt"
	"slices"

	"huiyin/bot/text"
	"huiyin/cases"
)

// movable loads a case of which an act is possible as it stands; otherwise the person is told why not.
func (t *turn) movable(ctx context.Context, ref cases.Reference, a cases.Action) (cases.Case, bool, error) {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return c, false, t.refuse(err)
	}
	if cases.Can(t.by, a, c) != nil || !slices.Contains(cases.Moves(c, t.by, t.Now), a) {
		// The form knows how to say why.
		return c, false, t.form(ctx, ref, a, "")
	}
	return c, true, nil
}

// offerTransfer asks which department a case belongs to.
func (t *turn) offerTransfer(ctx context.Context, p data) error {
	c, ok, err := t.movable(ctx, p.ref, cases.OfferTransfer)
	if err != nil || !ok {
		return err
	}
	all, err := t.askable(ctx, c)
	if err != nil {
		return err
	}
	var buttons []text.Button
	for _, d := range all {
		buttons = append(buttons, text.Button{
			Text: t.department(t.lang, d.ID),
			Data: data{what: "toffd", ref: p.ref, number: c.Version, word: tag(d.ID)}.String(),
		})
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("desk.button.card", data{what: "case", ref: p.ref})})
	markup := t.say("desk.transfer.which", "Ref", string(p.ref))
	switch {
	case len(buttons) == 0 && c.Restricted:
		markup = t.say("desk.assign.restricted_alone")
	case len(buttons) == 0:
		markup = t.say("desk.transfer.nobody")
	case c.Restricted:
		markup += "\n" + t.say("desk.assign.restricted")
	}
	t.onScreen(p.ref, markup, rows...)
	return nil
}

// offerTo asks for the words that go to the department chosen.
func (t *turn) offerTo(ctx context.Context, p data) error {
	c, ok, err := t.movable(ctx, p.ref, cases.OfferTransfer)
	if err != nil || !ok {
		return err
	}
	all, err := t.askable(ctx, c)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(d cases.Department) bool { return tag(d.ID) == p.word }) {
		return t.worn(ctx)
	}
	return t.form(ctx, p.ref, cases.OfferTransfer, p.word)
}

// askable are the departments that may be asked whether a case is theirs. One that has said no is not asked again.
func (t *turn) askable(ctx context.Context, c cases.Case) ([]cases.Department, error) {
	events, err := t.store.Events(ctx, t.by, c.ID)
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	no := refusals(events)
	return slices.DeleteFunc(slices.Clone(t.org.Departments), func(d cases.Department) bool {
		return d.ID == c.Department || c.Restricted && !d.Confidential || slices.Contains(no, d.ID)
	}), nil
}

// refusals are the departments that have said that a case is not theirs, since it came to the one where it is.
func refusals(events []cases.Event) (out []string) {
	asked := ""
	for _, e := range events {
		switch {
		case e.Kind == cases.TransferOffered:
			asked = e.Department
		case e.Kind == cases.TransferRefused:
			out = append(out, asked)
		case e.Department != "":
			out = nil
		}
	}
	return out
}

// askExtension asks which date shall be later, when there are several, and then for the reason.
func (t *turn) askExtension(ctx context.Context, p data) error {
	c, ok, err := t.movable(ctx, p.ref, cases.AskExtension)
	if err != nil || !ok {
		return err
	}
	all := t.rulesOf(c).Extendables(c, t.Now)
	for _, x := range all {
		if len(all) == 1 || p.word != "" && tag(x.Clock.Name) == p.word {
			return t.form(ctx, p.ref, cases.AskExtension, x.Clock.Name)
		}
	}
	if len(all) == 0 {
		t.tell("desk.extension.none")
		return t.card(ctx, p.ref, "")
	}
	var rows [][]text.Button
	for _, x := range all {
		label := t.label("desk.extension.clock", "Clock", t.clock(t.lang, x.Clock.Name),
			"From", t.book.Day(t.lang, x.Clock.Due), "To", t.book.Day(t.lang, x.Due))
		rows = append(rows, []text.Button{{
			Text: text.Cut(label, 60),
			Data: data{what: whats[cases.AskExtension], ref: p.ref, number: c.Version, word: tag(x.Clock.Name)}.String(),
		}})
	}
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: p.ref})})
	t.onScreen(p.ref, t.say("desk.extension.which", "Ref", string(p.ref)), rows...)
	return nil
}

// offered counts the cases that this officer's department has to say yes or no to, as a button; none when there are none.
func (t *turn) offered(ctx context.Context) ([]text.Button, error) {
	if !t.by.Role.Placed() {
		return nil, nil
	}
	_, n, err := t.store.List(ctx, t.by, cases.Filter{Owner: cases.OfferedToUs, Open: true}, 0, 1)
	if err != nil {
		return nil, fmt.Errorf("count offered cases: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	label := t.label("desk.button.offered", "Count", n)
	return []text.Button{{Text: label, Data: data{what: "queue", word: view{owner: cases.OfferedToUs}.String()}.String()}}, nil
}
