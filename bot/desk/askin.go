package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Colleagues are asked into a case by buttons: several of them to a panel, one as a mediator. Who is chosen for a panel
// stands in the session's screen, so that a keyboard from before a restart goes on where it was.

// screenAskIn is the choosing; Arg is reference|what|officers, what being the letter of askIns.
const screenAskIn = "desk.askin"

// askIns are the letters by which buttons say what colleagues are chosen for.
var askIns = map[string]cases.Action{"c": cases.Convene, "m": cases.Mediate}

func letterOf(a cases.Action) string {
	for letter, action := range askIns {
		if action == a {
			return letter
		}
	}
	return ""
}

// ready loads a case to which this officer may do something as it stands; otherwise the person is told why not.
func (t *turn) ready(ctx context.Context, ref cases.Reference, a cases.Action, word string) (c cases.Case, ok bool, err error) {
	if c, err = t.store.CaseByRef(ctx, t.by, ref); err == nil {
		err = cases.Can(t.by, a, c)
	}
	if err != nil {
		return c, false, t.refuse(err)
	}
	if !slices.Contains(cases.Moves(c, t.by, t.Now), a) {
		t.tell("desk.not_as_it_stands", "Move", t.label(moveKey(a, word)), "Status", t.status(t.lang, c.Status))
		return c, false, t.card(ctx, ref, "")
	}
	return c, true, nil
}

// candidate says whether an officer may be asked into a case.
func (t *turn) candidate(c cases.Case, a cases.Action, o cases.Officer) bool {
	d, _ := t.org.Department(o.Department)
	return c.MayAskIn(a, t.by, o, d.Confidential)
}

// picked are the officers that the screen remembers for a case.
func (t *turn) picked(ref cases.Reference, letter string) []cases.OfficerID {
	parts := strings.Split(t.Session.Screen.Arg, "|")
	if t.Session.Screen.Name != screenAskIn || len(parts) != 3 || parts[0] != string(ref) || parts[1] != letter {
		return nil
	}
	return officersIn(parts[2])
}

// officersIn reads officers as a screen or a form carries them; what is none is left out.
func officersIn(s string) (ids []cases.OfficerID) {
	for _, part := range strings.Split(s, ",") {
		if n, err := strconv.ParseInt(part, 36, 64); err == nil && n > 0 {
			ids = append(ids, cases.OfficerID(n))
		}
	}
	return ids
}

func officersOut(ids []cases.OfficerID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = base36(int64(id))
	}
	return strings.Join(parts, ",")
}

// colleagues shows one department's candidates, the case's own first and the leaders with it. at is the department's tag.
func (t *turn) colleagues(ctx context.Context, ref cases.Reference, a cases.Action, at string, page int) error {
	c, ok, err := t.ready(ctx, ref, a, "")
	if err != nil || !ok {
		return err
	}
	all, err := t.store.Officers(ctx, "")
	if err != nil {
		return fmt.Errorf("list officers: %w", err)
	}
	letter := letterOf(a)
	chosen := t.picked(ref, letter)
	department := c.Department
	for _, d := range t.org.Departments {
		if tag(d.ID) == at {
			department = d.ID
		}
	}
	var names []string
	var here []cases.Officer
	for _, o := range all {
		if !t.candidate(c, a, o) {
			continue
		}
		if slices.Contains(chosen, o.ID) {
			names = append(names, o.Name)
		}
		if o.Department == department || o.Role == cases.RoleLeader && o.Department == "" && department == c.Department {
			here = append(here, o)
		}
	}
	last := max((len(here)-1)/perStaff, 0)
	page = min(page, last)
	var buttons, turn []text.Button
	for _, o := range here[page*perStaff : min((page+1)*perStaff, len(here))] {
		name := text.Cut(o.Name, 32)
		switch {
		case o.ID == t.by.Officer:
			name = t.label("together.askin.me")
		case o.Role == cases.RoleLeader:
			name = t.label("together.askin.leader", "Name", name)
		}
		if slices.Contains(chosen, o.ID) {
			name = t.label("together.askin.chosen", "Name", name)
		}
		buttons = append(buttons, text.Button{Text: name, Data: data{
			what: "colx", ref: ref, number: page, word: letter + "-" + base36(int64(o.ID)) + "-" + at}.String()})
	}
	to := func(p int) string { return data{what: "col", ref: ref, number: p, word: letter + "-" + at}.String() }
	if page > 0 {
		turn = append(turn, text.Button{Text: t.label("desk.button.prev"), Data: to(page - 1)})
	}
	if page < last {
		turn = append(turn, text.Button{Text: t.label("desk.button.more", "Page", page+2, "Of", last+1), Data: to(page + 1)})
	}
	rows := append(pairUp(2, 40, buttons...), pairUp(2, 40, turn...)...)
	rows = append(rows, []text.Button{t.button("together.askin.departments", data{what: "cold", ref: ref, word: letter})})
	if len(chosen) > 1 {
		rows = append(rows, []text.Button{t.button("together.askin.go", data{what: "colgo", ref: ref, number: c.Version, word: letter})})
	}
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	lines := []string{t.say("together.askin."+string(a), "Ref", string(ref), "Department", t.department(t.lang, department))}
	if a == cases.Mediate {
		if slow := t.slow(c); slow != "" {
			lines = append(lines, slow)
		}
	}
	if c.Restricted {
		lines = append(lines, t.say("together.askin.restricted"))
	}
	if len(here) == 0 {
		lines = append(lines, t.say("together.askin.nobody"))
	}
	if len(names) > 0 {
		lines = append(lines, t.say("together.askin.so_far", "Names", strings.Join(names, t.label("desk.comma"))))
	}
	t.screen(flows.Screen{Name: screenAskIn, Arg: string(ref) + "|" + letter + "|" + officersOut(chosen)}, strings.Join(lines, "\n\n"), rows...)
	return nil
}

// slow says how long every word of a mediation takes with a reporter who is not written to at once; "" when they are.
func (t *turn) slow(c cases.Case) string {
	switch {
	case !c.Reachable():
		return t.say("together.slow.dark")
	case c.Mode.Nameless() && !c.Prompt:
		return t.say("together.slow.quiet")
	}
	return ""
}

// pressAskIn handles the buttons of the choosing.
func (t *turn) pressAskIn(ctx context.Context, p data) error {
	parts := strings.Split(p.word+"--", "-")
	a, known := askIns[parts[0]]
	if !known {
		return t.worn(ctx)
	}
	switch p.what {
	case "col":
		return t.colleagues(ctx, p.ref, a, parts[1], p.number)
	case "cold":
		return t.askInDepartments(ctx, p.ref, a)
	case "colgo":
		return t.askInForm(ctx, p.ref, a, t.picked(p.ref, parts[0]))
	}
	id, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil || id < 1 {
		return t.worn(ctx)
	}
	who := cases.OfficerID(id)
	if a == cases.Mediate {
		return t.askInForm(ctx, p.ref, a, []cases.OfficerID{who})
	}
	chosen := t.picked(p.ref, parts[0])
	if i := slices.Index(chosen, who); i >= 0 {
		chosen = slices.Delete(chosen, i, i+1)
	} else {
		chosen = append(chosen, who)
	}
	t.Session.Screen = flows.Screen{Name: screenAskIn, Arg: string(p.ref) + "|" + parts[0] + "|" + officersOut(chosen)}
	return t.colleagues(ctx, p.ref, a, parts[2], p.number)
}

func (t *turn) askInDepartments(ctx context.Context, ref cases.Reference, a cases.Action) error {
	c, ok, err := t.ready(ctx, ref, a, "")
	if err != nil || !ok {
		return err
	}
	var buttons []text.Button
	for _, d := range t.org.Departments {
		if c.Restricted && d.ID != c.Department && !d.Confidential {
			continue
		}
		buttons = append(buttons, text.Button{
			Text: t.department(t.lang, d.ID), Data: data{what: "col", ref: ref, word: letterOf(a) + "-" + tag(d.ID)}.String(),
		})
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	t.screen(t.Session.Screen, t.say("desk.staff.which_department"), rows...)
	return nil
}

// askInForm opens the form that says why somebody is asked in. One that was begun keeps its words and asks those chosen now.
func (t *turn) askInForm(ctx context.Context, ref cases.Reference, a cases.Action, ids []cases.OfficerID) error {
	c, ok, err := t.ready(ctx, ref, a, "")
	if err != nil || !ok {
		return err
	}
	if err := t.allCandidates(ctx, c, a, ids); err != nil {
		t.tell("together.askin.gone")
		return t.colleagues(ctx, ref, a, "", 0)
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(ref)}
	if id := t.draftOf(a, ref, ""); id != "" {
		for i, d := range t.Session.Drafts {
			if d.ID == id {
				d.Context = map[string]string{"case": c.ID, "ref": string(ref), "mode": "office", "officers": officersOut(ids)}
				t.Session.Drafts[i] = d
			}
		}
		return t.Resume(ctx, id)
	}
	return t.Begin(ctx, forms[a], map[string]string{"case": c.ID, "ref": string(ref), "mode": "office", "officers": officersOut(ids)})
}

// allCandidates is an error when somebody of those chosen may not be asked into a case, or they are too few.
func (t *turn) allCandidates(ctx context.Context, c cases.Case, a cases.Action, ids []cases.OfficerID) error {
	gone := &cases.Error{Code: cases.NotFound, Detail: string(a) + ": officers"}
	if a == cases.Convene && len(ids) < 2 || a == cases.Mediate && len(ids) != 1 {
		return gone
	}
	for _, id := range ids {
		o, err := t.store.Officer(ctx, id)
		if err != nil && !told(err) {
			return err
		}
		if err != nil || !t.candidate(c, a, o) {
			return gone
		}
	}
	return nil
}

// askedIn fills an act with those whom a form asks in, and looks once more whether they may be.
func (t *turn) askedIn(ctx context.Context, ref cases.Reference, act *cases.Act, chosen string) error {
	ids := officersIn(chosen)
	switch act.Action {
	case cases.Convene:
		act.Officers = ids
	case cases.Mediate:
		if len(ids) == 1 {
			act.To = ids[0]
		}
	default:
		return nil
	}
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return err
	}
	if cases.Can(t.by, act.Action, c) != nil || !slices.Contains(cases.Moves(c, t.by, t.Now), act.Action) {
		return nil // the act itself says why not, or is the same one again
	}
	return t.allCandidates(ctx, c, act.Action, ids)
}
