package desk

import (
	"context"
	"fmt"
	"slices"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// maySplit says whether this officer could split a case, if its reporter has a name.
func (t *turn) maySplit(c cases.Case) bool {
	return c.Status.Open() && cases.Can(t.by, cases.Split, c) == nil
}

// splitting asks which kind the part is of: one of those that the same department works. What belongs to another
// department is split off first and offered to it then.
func (t *turn) splitting(ctx context.Context, ref cases.Reference) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err == nil {
		err = cases.Can(t.by, cases.Split, c)
	}
	if err != nil {
		return t.refuse(err)
	}
	back := []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})}
	switch {
	case c.Mode.Nameless():
		t.onScreen(ref, t.say("tools.split_nameless", "Ref", string(ref)), back)
		return nil
	case !slices.Contains(cases.Moves(c, t.by, t.Now), cases.Split):
		t.tell("desk.not_as_it_stands", "Move", t.label("tools.move.split"), "Status", t.status(t.lang, c.Status))
		return t.card(ctx, ref, "")
	}
	var buttons []text.Button
	for _, k := range t.org.Kinds {
		if k.Department == c.Department {
			buttons = append(buttons, text.Button{Text: t.kind(t.lang, k.ID), Data: data{what: "splitk", ref: ref, word: tag(k.ID)}.String()})
		}
	}
	t.onScreen(ref, t.say("tools.split_ask", "Ref", string(ref)), append(pairUp(2, 44, buttons...), back)...)
	return nil
}

// splitForm opens the form that says which part it is, or the one already begun.
func (t *turn) splitForm(ctx context.Context, p data) error {
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	i := slices.IndexFunc(t.org.Kinds, func(k cases.Kind) bool { return tag(k.ID) == p.word && k.Department == c.Department })
	if i < 0 || !slices.Contains(cases.Moves(c, t.by, t.Now), cases.Split) {
		return t.splitting(ctx, p.ref)
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(p.ref)}
	for _, d := range t.Session.Drafts {
		if d.Flow == forms[cases.Split] && d.Context["ref"] == string(p.ref) && d.Context["part"] == t.org.Kinds[i].ID {
			return t.Resume(ctx, d.ID)
		}
	}
	return t.Begin(ctx, forms[cases.Split], map[string]string{
		"case": c.ID, "ref": string(p.ref), "mode": "office", "part": t.org.Kinds[i].ID,
	})
}

// splitOff makes the part a case of its own.
func (t *turn) splitOff(ctx context.Context, draft flows.Draft, ref cases.Reference, a cases.Act) (c, part cases.Case, err error) {
	kind, ok := t.org.Kind(draft.Context["part"])
	if !ok {
		return c, part, &cases.Error{Code: cases.Incomplete, Detail: "split: kind"}
	}
	c, part, _, err = t.store.Split(ctx, ref, kind, a)
	if err != nil {
		return c, part, fmt.Errorf("split a case: %w", err)
	}
	return c, part, nil
}
