package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// screenLink is where a reference typed is the case that another one has to do with; Arg is that other one.
const screenLink = "desk.link"

// linkLetters stand for the codes of links on buttons.
var linkLetters = map[string]string{"e": "same_event", "p": "same_person"}

// linking offers the cases that a case may have to do with: of its kind first, of all kinds with word "all". lead is a
// line above, finished markup.
func (t *turn) linking(ctx context.Context, p data, lead string) error {
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err == nil {
		err = cases.Can(t.by, cases.LinkTo, c)
	}
	if err != nil {
		return t.refuse(err)
	}
	f := cases.Filter{Kind: c.Kind}
	if p.word == "all" {
		f.Kind = ""
	}
	list, total, page, err := t.page(ctx, f, p.number)
	if err != nil {
		return t.refuse(err)
	}
	list = slices.DeleteFunc(list, func(o cases.Case) bool { return o.ID == c.ID })
	var rows [][]text.Button
	for _, o := range list {
		rows = append(rows, []text.Button{t.caseButton(o, data{what: "linkto", ref: c.Ref, word: short(o.Ref)})})
	}
	rows = append(rows, t.pager(total, page, func(n int) data { return data{what: "link", ref: c.Ref, number: n, word: p.word} })...)
	if p.word != "all" {
		rows = append(rows, []text.Button{t.button("tools.button.all_kinds", data{what: "link", ref: c.Ref, word: "all"})})
	}
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: c.Ref})})
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts, t.say("tools.link_ask", "Ref", string(c.Ref)))
	if len(list) > 0 {
		parts = append(parts, t.lines(list))
	}
	t.screen(flows.Screen{Name: screenLink, Arg: string(c.Ref)}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// typedLink reads the reference of the other case.
func (t *turn) typedLink(ctx context.Context, ref cases.Reference, words string) error {
	other, ok := readReference(words)
	if !ok {
		return t.linking(ctx, data{ref: ref}, t.say("tools.link_unreadable"))
	}
	return t.linkHow(ctx, ref, other)
}

// twoCases loads a case and another one that a button names; the error is NotFound when either is not for these eyes.
func (t *turn) twoCases(ctx context.Context, ref, other cases.Reference) (c, o cases.Case, err error) {
	if c, err = t.store.CaseByRef(ctx, t.by, ref); err == nil {
		o, err = t.store.CaseByRef(ctx, t.by, other)
	}
	return c, o, err
}

// linkHow asks what two cases have to do with each other.
func (t *turn) linkHow(ctx context.Context, ref, other cases.Reference) error {
	c, o, err := t.twoCases(ctx, ref, other)
	if err != nil {
		return t.refuse(err)
	}
	if c.ID == o.ID {
		return t.linking(ctx, data{ref: ref}, t.say("tools.link_itself"))
	}
	pair := func(letter string) data {
		return data{what: "pair", ref: ref, number: c.Version, word: short(other) + "-" + letter}
	}
	has := func(code string) bool { return slices.Contains(c.Links, cases.Link{Case: o.ID, Code: code}) }
	var rows [][]text.Button
	if !has("same_event") {
		rows = append(rows, []text.Button{t.button("tools.button.same_event", pair("e"))})
	}
	if !has("same_person") && c.KnowsReporter(t.by, t.Now) && o.KnowsReporter(t.by, t.Now) {
		rows = append(rows, []text.Button{t.button("tools.button.same_person", pair("p"))})
	}
	if t.mayMerge(c, o) {
		label := t.label("tools.button.merge", "Ref", string(ref), "Into", string(other))
		rows = append(rows, []text.Button{{Text: label, Data: data{what: "merge", ref: ref, word: short(other)}.String()}})
	}
	rows = append(rows,
		[]text.Button{t.button("tools.button.other_case", data{what: "link", ref: ref})},
		[]text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	t.onScreen(ref, t.say("tools.link_how", "Ref", string(ref))+"\n\n"+t.lines([]cases.Case{c, o}), rows...)
	return nil
}

func (t *turn) mayMerge(c, into cases.Case) bool {
	return into.Status.Open() && into.Department == c.Department && slices.Contains(cases.Moves(c, t.by, t.Now), cases.Merge)
}

// pair links two cases.
func (t *turn) pair(ctx context.Context, p data) error {
	part, letter, _ := strings.Cut(p.word, "-")
	other, ok := cases.ParseReference(part)
	code := linkLetters[letter]
	if !ok || code == "" {
		return t.worn(ctx)
	}
	c, _, err := t.twoCases(ctx, p.ref, other)
	if err != nil {
		return t.refuse(err)
	}
	act := cases.Act{Action: cases.LinkTo, By: t.by, Code: code, Key: t.key(c, p.number, cases.LinkTo, p.word)}
	_, _, _, err = t.store.Pair(ctx, p.ref, other, act)
	switch {
	case cases.CodeOf(err) == cases.NotNow && code == "same_person":
		t.tell("tools.link_not_same")
		return t.linkHow(ctx, p.ref, other)
	case cases.CodeOf(err) == cases.Incomplete:
		return t.card(ctx, p.ref, t.say("tools.link_there"))
	case err != nil:
		return t.refuse(fmt.Errorf("link two cases: %w", err))
	}
	return t.card(ctx, p.ref, t.say("tools.link_done", "Ref", string(other)))
}

// merging opens the form that says why a case is merged into another, or the one already begun.
func (t *turn) merging(ctx context.Context, p data) error {
	into, ok := cases.ParseReference(p.word)
	if !ok {
		return t.worn(ctx)
	}
	c, o, err := t.twoCases(ctx, p.ref, into)
	if err != nil {
		return t.refuse(err)
	}
	if !t.mayMerge(c, o) {
		t.tell("tools.merge_cannot")
		return t.card(ctx, p.ref, "")
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(p.ref)}
	for _, d := range t.Session.Drafts {
		if d.Flow == forms[cases.Merge] && d.Context["ref"] == string(p.ref) && d.Context["into"] == string(into) {
			return t.Resume(ctx, d.ID)
		}
	}
	return t.Begin(ctx, forms[cases.Merge], map[string]string{
		"case": c.ID, "ref": string(p.ref), "mode": "office", "kind": c.Kind, "into": string(into),
	})
}

// carry does what a form stands for.
func (t *turn) carry(ctx context.Context, draft flows.Draft, ref cases.Reference, a cases.Act) (cases.Case, cases.Event, error) {
	if a.Action == cases.Merge {
		into, _ := cases.ParseReference(draft.Context["into"])
		c, e, _, err := t.store.Pair(ctx, ref, into, a)
		return c, e, err
	}
	if a.Action == cases.Split {
		c, part, err := t.splitOff(ctx, draft, ref, a)
		return c, cases.Event{Case: c.ID, Kind: cases.SplitOff, More: cases.More{Other: part.ID}}, err
	}
	c, e, _, err := t.store.Act(ctx, ref, a)
	return c, e, err
}
