package desk

import (
	"context"
	"fmt"
	"slices"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// act does something to a case and shows it as it is then, with a line that says what was done.
func (t *turn) act(ctx context.Context, ref cases.Reference, a cases.Act) error {
	a.By = t.by
	c, e, _, err := t.store.Act(ctx, ref, a)
	switch {
	case err != nil && !told(err):
		return fmt.Errorf("act on case: %w", err)
	case cases.CodeOf(err) == cases.NotFound:
		return t.refuse(err)
	case cases.CodeOf(err) == cases.AlreadyTaken:
		if err := t.takenBy(ctx, ref); err != nil {
			return err
		}
		return t.card(ctx, ref, "")
	case cases.CodeOf(err) == cases.Full:
		return t.full(ctx, ref, a)
	case err != nil:
		if a.Action != cases.Take || !t.decidedBefore(ctx, ref) {
			t.tell("error." + string(cases.CodeOf(err)))
		}
		return t.card(ctx, ref, "")
	}
	t.forget(c, e)
	lead := t.say(t.doneKey(e.Kind))
	if e.Kind == cases.Assigned && e.To == t.by.Officer {
		return t.card(ctx, ref, t.say("desk.done.taken"))
	}
	if cases.Can(t.by, cases.List, c) != nil {
		// It is out of these eyes.
		if e.Kind == cases.Assigned {
			lead = t.say("desk.done.moved_away", "Ref", string(ref), "Department", t.department(t.lang, c.Department))
		}
		return t.home(ctx, lead)
	}
	if e.Kind == cases.Assigned && e.To != 0 {
		name, err := t.colleague(ctx, e.To)
		if err != nil {
			return err
		}
		lead = t.say("desk.done.assigned_to", "Name", name)
	}
	return t.card(ctx, ref, lead)
}

// takenBy says who was quicker.
func (t *turn) takenBy(ctx context.Context, ref cases.Reference) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	name, err := t.colleague(ctx, c.Owner)
	if err != nil {
		return err
	}
	t.tell("desk.taken_by", "Name", name)
	return nil
}

// decidedBefore says so when it is why an officer may not have a case: somebody else looks at it again.
func (t *turn) decidedBefore(ctx context.Context, ref cases.Reference) bool {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil || !c.Status.Again() || !slices.Contains(c.Barred, t.by.Officer) {
		return false
	}
	t.tell("desk.decided_before")
	return true
}

// ownersOnly says who alone may do what was asked.
func (t *turn) ownersOnly(ctx context.Context, c cases.Case) error {
	if c.Owner == 0 {
		if !t.decidedBefore(ctx, c.Ref) {
			t.tell("desk.take_first")
		}
		return nil
	}
	name, err := t.colleague(ctx, c.Owner)
	if err != nil {
		return err
	}
	t.tell("desk.owners_only", "Name", name)
	return nil
}

// next claims the most urgent case nobody owns.
func (t *turn) next(ctx context.Context, key string) error {
	c, ok, err := t.store.Next(ctx, t.by, key)
	if cases.CodeOf(err) == cases.Full {
		t.tell("desk.full", "Count", t.org.Limits.OpenCases)
		return nil
	}
	if err != nil {
		return t.refuse(err)
	}
	if !ok || cases.Can(t.by, cases.List, c) != nil {
		// Nothing waits, or an old press took what is out of these eyes since.
		return t.home(ctx, t.say("desk.next.none"))
	}
	return t.card(ctx, c.Ref, t.say("desk.done.taken"))
}

// nextData is a button that claims once however often it is delivered: it carries the second it was made.
func (t *turn) nextData() data { return data{what: "next", number: int(max(t.Now.Unix(), 1))} }

// form opens the form of an act that takes words, or the one already begun for this case. what is the code of an act
// whose button names it, otherwise "".
func (t *turn) form(ctx context.Context, ref cases.Reference, a cases.Action, what string) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	if err := cases.Can(t.by, a, c); err != nil {
		if t.couldAsOwner(a, c) {
			if err := t.ownersOnly(ctx, c); err != nil {
				return err
			}
			return t.card(ctx, ref, "")
		}
		return t.refuse(err)
	}
	if !slices.Contains(cases.Moves(c, t.by, t.Now), a) {
		t.tell("desk.not_as_it_stands", "Move", t.label(moveKey(a, what)), "Status", t.status(t.lang, c.Status))
		return t.card(ctx, ref, "")
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(ref)}
	if id := t.draftOf(a, ref, what); id != "" {
		return t.Resume(ctx, id)
	}
	about := map[string]string{"case": c.ID, "ref": string(ref), "mode": "office", "kind": c.Kind}
	if what != "" {
		about["what"] = what
	}
	return t.Begin(ctx, forms[a], about)
}

// forget drops the forms of a case that an act has taken out of these eyes.
func (t *turn) forget(c cases.Case, e cases.Event) {
	if e.Kind != cases.Recused || cases.Can(t.by, cases.List, c) == nil {
		return
	}
	for _, d := range t.Session.Drafts {
		if _, ours := actionOf(d.Flow); ours && d.Context["ref"] == string(c.Ref) {
			t.Close(d.ID)
		}
	}
}

// couldAsOwner says whether an act is refused only because the case is not this officer's.
func (t *turn) couldAsOwner(a cases.Action, c cases.Case) bool {
	c.Owner = t.by.Officer
	return cases.Can(t.by, a, c) == nil
}

// draftOf is the draft begun for an act on a case, or "".
func (t *turn) draftOf(a cases.Action, ref cases.Reference, what string) string {
	for _, d := range t.Session.Drafts {
		if forms[a] != "" && d.Flow == forms[a] && d.Context["ref"] == string(ref) && d.Context["what"] == what {
			return d.ID
		}
	}
	return ""
}

// resume puts a form that waits back on the screen.
func (t *turn) resume(ctx context.Context, nonce string) error {
	for _, d := range t.Session.Drafts {
		if nonce != "" && d.Nonce == nonce {
			return t.Resume(ctx, d.ID)
		}
	}
	return t.worn(ctx)
}

// assignable loads a case that this officer may assign as it stands; otherwise the person is told why not.
func (t *turn) assignable(ctx context.Context, ref cases.Reference) (cases.Case, bool, error) {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err == nil {
		err = cases.Can(t.by, cases.Assign, c)
	}
	if err != nil {
		return c, false, t.refuse(err)
	}
	if !slices.Contains(cases.Moves(c, t.by, t.Now), cases.Assign) {
		t.tell("desk.not_as_it_stands", "Move", t.label("desk.move.assign"), "Status", t.status(t.lang, c.Status))
		return c, false, t.card(ctx, ref, "")
	}
	return c, true, nil
}

// otherDepartments offers where a case could go instead.
func (t *turn) otherDepartments(ctx context.Context, p data) error {
	c, ok, err := t.assignable(ctx, p.ref)
	if err != nil || !ok {
		return err
	}
	var buttons []text.Button
	for _, d := range t.org.Departments {
		if d.ID == c.Department || c.Restricted && !d.Confidential {
			continue
		}
		buttons = append(buttons, text.Button{
			Text: t.department(t.lang, d.ID),
			Data: data{what: "asgp", ref: p.ref, number: p.number, word: tag(d.ID)}.String(),
		})
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("desk.button.card", data{what: "case", ref: p.ref})})
	markup := t.say("desk.assign.which_department", "Ref", string(p.ref))
	switch {
	case c.Restricted && len(buttons) == 0:
		markup = t.say("desk.assign.restricted_alone")
	case c.Restricted:
		markup += "\n" + t.say("desk.assign.restricted")
	}
	t.onScreen(p.ref, markup, rows...)
	return nil
}

// moveTo hands a case to another department; nobody there owns it yet.
func (t *turn) moveTo(ctx context.Context, p data) error {
	c, ok, err := t.assignable(ctx, p.ref)
	if err != nil || !ok {
		return err
	}
	for _, d := range t.org.Departments {
		switch {
		case tag(d.ID) != p.word:
			continue
		case c.Restricted && d.ID != c.Department && !d.Confidential:
			t.tell("desk.assign.restricted")
			return t.card(ctx, p.ref, "")
		}
		act := cases.Act{Action: cases.Assign, ToDepartment: d.ID, Marked: d.Confidential}
		return t.pressAct(ctx, p, act, p.word)
	}
	return t.worn(ctx)
}

// onScreen puts something up that belongs to a case.
func (t *turn) onScreen(ref cases.Reference, markup string, rows ...[]text.Button) {
	t.screen(flows.Screen{Name: screenCase, Arg: string(ref)}, markup, rows...)
}
