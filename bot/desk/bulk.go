package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

const (
	// screenBulk is where several cases are chosen; Arg is the view, a bar, and the chosen references.
	screenBulk = "desk.bulk"
	// maxBulk is how many cases can be chosen at once: as many as a preview can name.
	maxBulk = 20
)

// chosen is what is chosen on the screen for several cases; ok is false when that screen is not up.
func (t *turn) chosen() (v view, refs []cases.Reference, ok bool) {
	if t.Session.Screen.Name != screenBulk {
		return v, nil, false
	}
	word, list, _ := strings.Cut(t.Session.Screen.Arg, "|")
	for _, s := range strings.Split(list, ",") {
		if ref, ok := cases.ParseReference(s); ok {
			refs = append(refs, ref)
		}
	}
	return parseView(word), refs, true
}

// bulkScreen is the screen for a view and a choice.
func bulkScreen(v view, refs []cases.Reference, page int) flows.Screen {
	shorts := make([]string, len(refs))
	for i, r := range refs {
		shorts[i] = short(r)
	}
	return flows.Screen{Name: screenBulk, Arg: v.String() + "|" + strings.Join(shorts, ","), Page: page}
}

// selection shows a page of a view with a mark on each chosen case.
func (t *turn) selection(ctx context.Context, v view, refs []cases.Reference, page int) error {
	f := t.filter(v)
	if err := t.filterTag(ctx, &v, &f); err != nil {
		return err
	}
	list, total, page, err := t.page(ctx, f, page)
	if err != nil {
		return t.refuse(err)
	}
	var rows [][]text.Button
	for _, c := range list {
		b := t.caseButton(c, data{what: "bulkx", word: short(c.Ref)})
		key := "tools.bulk.off"
		if slices.Contains(refs, c.Ref) {
			key = "tools.bulk.on"
		}
		b.Text = text.Cut(t.label(key, "Case", b.Text), 60)
		rows = append(rows, []text.Button{b})
	}
	rows = append(rows, t.pager(total, page, func(n int) data { return data{what: "bulkp", number: n + 1} })...)
	if len(list) > 1 {
		rows = append(rows, []text.Button{t.button("tools.bulk.page", data{what: "bulkall"})})
	}
	if len(refs) > 0 {
		rows = append(rows, []text.Button{{Text: t.label("tools.bulk.go_on", "Count", len(refs)), Data: data{what: "bulkdo"}.String()}})
	}
	rows = append(rows, []text.Button{t.button("tools.bulk.leave", data{what: "queue", word: v.String()})})
	t.screen(bulkScreen(v, refs, page), t.say("tools.bulk.choose", "Count", len(refs), "Most", maxBulk)+"\n\n"+t.lines(list), rows...)
	return nil
}

// pressBulk handles the buttons for several cases.
func (t *turn) pressBulk(ctx context.Context, p data) (known bool, err error) {
	if !strings.HasPrefix(p.what, "bulk") || p.ref != "" {
		return false, nil
	}
	if t.by.Role == cases.RoleCustodian || t.by.Role == cases.RoleGuest {
		return true, t.home(ctx, "")
	}
	if p.what == "bulk" {
		return true, t.selection(ctx, parseView(p.word), nil, p.number)
	}
	v, refs, ok := t.chosen()
	switch {
	case !ok && p.what == "bulkgo":
		t.tell("tools.bulk.already") // what became of each case stands on the screen
		return true, nil
	case !ok:
		return true, t.worn(ctx)
	}
	page := t.Session.Screen.Page
	switch p.what {
	case "bulkp":
		return true, t.selection(ctx, v, refs, max(p.number-1, 0))
	case "bulkx":
		ref, ok := cases.ParseReference(p.word)
		if i := slices.Index(refs, ref); ok && i >= 0 {
			refs = slices.Delete(refs, i, i+1)
		} else if ok && len(refs) < maxBulk {
			refs = append(refs, ref)
		}
		return true, t.selection(ctx, v, refs, page)
	case "bulkall":
		return true, t.wholePage(ctx, v, refs, page)
	case "bulkback":
		return true, t.selection(ctx, v, refs, page)
	}
	list, err := t.chosenCases(ctx, refs)
	if err != nil {
		return true, t.refuse(err)
	}
	if len(list) == 0 {
		return true, t.selection(ctx, v, nil, page)
	}
	switch p.what {
	case "bulkdo", "bulka", "bulkt", "bulks":
		return true, t.bulkChoose(ctx, p.what, list)
	case "bulkask", "bulkgo":
		return true, t.bulkAct(ctx, p, v, list)
	}
	return true, t.worn(ctx)
}

// wholePage chooses all cases of a page, or none of them when all are chosen.
func (t *turn) wholePage(ctx context.Context, v view, refs []cases.Reference, page int) error {
	f := t.filter(v)
	if err := t.filterTag(ctx, &v, &f); err != nil {
		return err
	}
	list, _, _, err := t.page(ctx, f, page)
	if err != nil {
		return t.refuse(err)
	}
	all := !slices.ContainsFunc(list, func(c cases.Case) bool { return !slices.Contains(refs, c.Ref) })
	for _, c := range list {
		i := slices.Index(refs, c.Ref)
		switch {
		case all && i >= 0:
			refs = slices.Delete(refs, i, i+1)
		case i < 0 && len(refs) < maxBulk:
			refs = append(refs, c.Ref)
		}
	}
	return t.selection(ctx, v, refs, page)
}

// chosenCases are the chosen cases that this officer may still know of.
func (t *turn) chosenCases(ctx context.Context, refs []cases.Reference) ([]cases.Case, error) {
	var out []cases.Case
	for _, ref := range refs {
		c, err := t.store.CaseByRef(ctx, t.by, ref)
		if told(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("load case: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

// bulkChoose asks what is to be done with the chosen cases, and then to whom, with which tag or until when.
func (t *turn) bulkChoose(ctx context.Context, what string, list []cases.Case) error {
	var buttons []text.Button
	key := "tools.bulk.what"
	ask := func(label, word string) {
		buttons = append(buttons, text.Button{Text: text.Cut(label, 40), Data: data{what: "bulkask", word: word}.String()})
	}
	switch what {
	case "bulka":
		key = "tools.bulk.whom"
		officers, err := t.store.Officers(ctx, list[0].Department)
		if err != nil {
			return fmt.Errorf("list officers: %w", err)
		}
		for _, o := range officers {
			if o.Role.Placed() && !o.Revoked {
				name := o.Name
				if o.ID == t.by.Officer {
					name = t.label("desk.assign.me")
				}
				ask(name, "a-"+base36(int64(o.ID)))
			}
		}
	case "bulkt":
		key = "tools.bulk.which_tag"
		used, err := t.store.Tags(ctx, t.by)
		if err != nil {
			return fmt.Errorf("load tags: %w", err)
		}
		for _, word := range used[:min(len(used), maxTagButtons)] {
			ask("#"+word, "t-"+tag(word))
		}
		if len(used) == 0 {
			key = "tools.filter.no_tags"
		}
	case "bulks":
		key = "tools.bulk.until"
		buttons = t.asideButtons(func(choice string) data { return data{what: "bulkask", word: "s-" + choice} })
	default:
		if t.allAssignable(list) {
			buttons = append(buttons, t.button("tools.bulk.assign", data{what: "bulka"}))
		}
		if t.by.Role != cases.RoleAdmin {
			buttons = append(buttons, t.button("tools.bulk.tag", data{what: "bulkt"}))
		}
		buttons = append(buttons, t.button("tools.bulk.aside", data{what: "bulks"}))
	}
	rows := append(pairUp(2, 44, buttons...), []text.Button{t.button("tools.bulk.back", data{what: "bulkback"})})
	t.screen(t.Session.Screen, t.say(key, "Count", len(list)), rows...)
	return nil
}

// allAssignable says whether the chosen cases are of one department and this officer may assign in it.
func (t *turn) allAssignable(list []cases.Case) bool {
	return !slices.ContainsFunc(list, func(c cases.Case) bool {
		return c.Department != list[0].Department || cases.Can(t.by, cases.Assign, c) != nil
	})
}

// errAside says that a case cannot be put aside.
var errAside = errors.New("is in danger, overdue or at its end")

// bulkAct says what would be done with which cases, or does it and says what became of each.
func (t *turn) bulkAct(ctx context.Context, p data, v view, list []cases.Case) error {
	does, do, err := t.bulkDoing(ctx, p.word, list)
	if err != nil {
		return t.refuse(err)
	}
	if do == nil {
		return t.worn(ctx)
	}
	if p.what == "bulkask" {
		markup := t.say("tools.bulk.sure", "Count", len(list), "Does", does) + "\n\n" + t.lines(list)
		t.screen(t.Session.Screen, markup,
			[]text.Button{{Text: t.label("tools.bulk.yes", "Count", len(list)), Data: data{what: "bulkgo", word: p.word}.String()}},
			[]text.Button{t.button("tools.bulk.back", data{what: "bulkback"})})
		return nil
	}
	lines := []string{t.say("tools.bulk.done", "Does", does)}
	for _, c := range list {
		err := do(c)
		result := t.label("tools.bulk.ok")
		switch {
		case errors.Is(err, errAside):
			result = t.label("tools.bulk.not_aside")
		case told(err):
			result = t.label("error." + string(cases.CodeOf(err)))
		case err != nil:
			return err
		}
		lines = append(lines, t.say("tools.bulk.result", "Ref", string(c.Ref), "Result", result))
	}
	t.screen(flows.Screen{Name: screenQueue, Arg: v.String()}, strings.Join(lines, "\n"),
		[]text.Button{t.button("desk.button.queue", data{what: "queue", word: v.String()}), t.button("desk.button.home", data{what: "home"})})
	return nil
}

// bulkDoing reads what is to be done: does says it in plain words, do does it to one case. do is nil for what a button
// does not mean any more. The same press delivered again does nothing twice.
func (t *turn) bulkDoing(ctx context.Context, word string, list []cases.Case) (does string, do func(cases.Case) error, err error) {
	kind, arg, _ := strings.Cut(word, "-")
	act := func(c cases.Case, a cases.Act) error {
		a.By, a.Key = t.by, t.once("bulk:"+word+":"+c.ID)
		_, _, _, err := t.store.Act(ctx, c.Ref, a)
		return err
	}
	switch kind {
	case "a":
		id, err := strconv.ParseInt(arg, 36, 64)
		if err != nil || id < 1 || !t.allAssignable(list) {
			return "", nil, nil // a button that was not made here
		}
		o, err := t.store.Officer(ctx, cases.OfficerID(id))
		if err != nil && !told(err) {
			return "", nil, fmt.Errorf("load officer: %w", err)
		}
		if err != nil || o.Revoked || !o.Role.Placed() || o.Department != list[0].Department {
			return "", nil, nil // they work here no more
		}
		return t.label("tools.bulk.does_assign", "Name", o.Name), func(c cases.Case) error {
			return act(c, cases.Act{Action: cases.Assign, To: o.ID, ToDepartment: o.Department})
		}, nil
	case "t":
		used, err := t.store.Tags(ctx, t.by)
		if err != nil {
			return "", nil, fmt.Errorf("load tags: %w", err)
		}
		i := slices.IndexFunc(used, func(w string) bool { return tag(w) == arg })
		if i < 0 {
			return "", nil, nil
		}
		return t.label("tools.bulk.does_tag", "Tag", used[i]), func(c cases.Case) error {
			if slices.Contains(c.Tags, used[i]) {
				return nil // as it is wanted
			}
			return act(c, cases.Act{Action: cases.Tag, Tag: used[i]})
		}, nil
	case "s":
		until, ok := t.asideUntil(arg)
		if !ok {
			return "", nil, nil
		}
		return t.label("tools.bulk.does_aside", "Day", t.book.Day(t.lang, until)), func(c cases.Case) error {
			if !t.mayPutAside(c) {
				return errAside
			}
			_, err := t.store.PutAside(ctx, t.by, c.Ref, until)
			return err
		}, nil
	}
	return "", nil, nil
}
