package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// perPage is how many cases a page of a list shows: as many as a thumb reaches without scrolling far.
const perPage = 6

// filter is what a view asks of the store.
func (t *turn) filter(v view) cases.Filter {
	f := cases.Filter{
		Owner: v.owner, Due: v.due, MinAge: time.Duration(v.days) * 24 * time.Hour, Open: !v.closed,
		Awake: !v.aside,
	}
	for _, k := range t.org.Kinds {
		if v.kind != "" && tag(k.ID) == v.kind {
			f.Kind = k.ID
		}
	}
	for _, d := range t.org.Departments {
		if v.department != "" && tag(d.ID) == v.department {
			f.Department = d.ID
		}
	}
	return f
}

// queue shows one page of a view, with its filters as buttons that change this one message.
func (t *turn) queue(ctx context.Context, v view, page int) error {
	return t.queueWith(ctx, v, page, "")
}

// queueWith is queue with a line above it, finished markup.
func (t *turn) queueWith(ctx context.Context, v view, page int, lead string) error {
	f := t.filter(v)
	if err := t.filterTag(ctx, &v, &f); err != nil {
		return err
	}
	list, total, page, err := t.page(ctx, f, page)
	if err != nil {
		return t.refuse(err)
	}
	title := "desk.queue.title"
	switch {
	case v.owner == cases.OfferedToUs:
		title = "desk.queue.title_offered"
	case v.owner == cases.OwnedByMe:
		title = "desk.queue.title_mine"
	case v.due != cases.DueAnyTime && v.owner == cases.OwnedByAnyone:
		title = "desk.queue.title_due"
	case t.leader():
		title = "major.leader.queue"
	}
	markup := t.say(title, "Count", counted(total)) + "\n\n" + t.lines(list)
	if lead != "" {
		markup = "<i>" + lead + "</i>\n\n" + markup
	}
	rows, known, err := t.keptRows(ctx, v.String())
	if err != nil {
		return t.refuse(err)
	}
	rows = append(rows, t.caseButtons(list)...)
	rows = append(rows, t.pager(total, page, func(p int) data { return data{what: "queue", number: p, word: v.String()} })...)
	rows = append(rows, t.filters(v, f)...)
	if v.narrowed() && !known {
		rows = append(rows, []text.Button{t.button("kept.button.keep", data{what: "keep", word: v.String()})})
	}
	if v.owner != cases.OfferedToUs {
		offered, err := t.offered(ctx)
		if err != nil {
			return t.refuse(err)
		}
		rows = append(rows, pairUp(1, 40, offered...)...)
	}
	var ways []text.Button
	if len(list) > 1 {
		rows = append(rows, []text.Button{t.button("tools.button.several", data{what: "bulk", number: page, word: v.String()})})
	}
	if t.by.Role != cases.RoleAdmin && !t.leader() {
		ways = append(ways, t.button("desk.button.next", t.nextData()))
	}
	rows = append(rows, append(ways, t.button("desk.button.home", data{what: "home"})))
	t.screen(flows.Screen{Name: screenQueue, Arg: v.String(), Page: page}, markup, rows...)
	return nil
}

// page loads a page; a page past the end gives the last one.
func (t *turn) page(ctx context.Context, f cases.Filter, page int) ([]cases.Case, int, int, error) {
	for {
		list, total, err := t.store.List(ctx, t.by, f, page, perPage)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("list cases: %w", err)
		}
		last := max((total-1)/perPage, 0)
		if page <= last {
			return list, total, page, nil
		}
		page = last
	}
}

// counted says how many cases there are; a list is counted up to a point.
func counted(total int) string {
	if total > cases.MostCounted {
		return strconv.Itoa(cases.MostCounted) + "+"
	}
	return strconv.Itoa(total)
}

// lines say each case of a list: no words of its reporter, and nobody's name but "yours".
func (t *turn) lines(list []cases.Case) string {
	if len(list) == 0 {
		return t.say("desk.queue.empty")
	}
	out := make([]string, 0, len(list))
	for _, c := range list {
		var lines []string
		if c.Urgent {
			lines = append(lines, t.say("desk.queue.danger"))
		}
		lines = append(lines, t.say("desk.queue.case", "Ref", string(c.Ref), "Matter", t.matter(t.lang, c)))
		owner := "desk.queue.taken"
		switch c.Owner {
		case 0:
			owner = "desk.queue.unassigned"
		case t.by.Officer:
			owner = "desk.queue.yours"
		}
		state := []string{t.status(t.lang, c.Status), t.label(owner)}
		if c.Unread && c.Version > 1 { // of a case just filed everything is new
			state = append(state, t.label("desk.queue.unread"))
		}
		if t.by.Department != c.Department {
			state = append(state, t.department(t.lang, c.Department))
		}
		lines = append(lines, escape(strings.Join(state, " · ")))
		if owed := t.owed(t.lang, c, t.Now); owed != "" {
			lines = append(lines, escape(owed))
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	return strings.Join(out, "\n\n")
}

// caseButtons open the cases of a list.
func (t *turn) caseButtons(list []cases.Case) [][]text.Button {
	var rows [][]text.Button
	for _, c := range list {
		rows = append(rows, []text.Button{t.caseButton(c, data{what: "case", ref: c.Ref})})
	}
	return rows
}

// caseButton names a case on a button.
func (t *turn) caseButton(c cases.Case, d data) text.Button {
	key := "desk.button.case"
	if c.Urgent && t.by.Role != cases.RoleCustodian {
		key = "desk.button.case_urgent"
	}
	return text.Button{Text: text.Cut(t.label(key, "Ref", string(c.Ref), "Matter", t.kind(t.lang, c.Kind)), 60), Data: d.String()}
}

// pager turns pages; nothing when there is one.
func (t *turn) pager(total, page int, to func(int) data) [][]text.Button {
	last := max((total-1)/perPage, 0)
	if last == 0 {
		return nil
	}
	var row []text.Button
	if page > 0 {
		row = append(row, t.button("desk.button.prev", to(page-1)))
	}
	if page < last {
		label := t.label("desk.button.more", "Page", page+2, "Of", last+1)
		row = append(row, text.Button{Text: label, Data: to(page + 1).String()})
	}
	return [][]text.Button{row}
}

// filters are the buttons that narrow a list. Each says what is chosen; a tap goes to the next choice,
// kinds and departments open a list to choose from.
func (t *turn) filters(v view, f cases.Filter) [][]text.Button {
	to := func(key string, next view, pairs ...any) text.Button {
		return text.Button{Text: t.label(key, pairs...), Data: data{what: "queue", word: next.String()}.String()}
	}
	owner, due, age := v, v, v
	ownerKey, dueKey := "desk.filter.owner_any", "desk.filter.due_any"
	switch v.owner {
	case cases.OwnedByNobody:
		ownerKey, owner.owner = "desk.filter.owner_none", cases.OwnedByMe
	case cases.OfferedToUs:
		ownerKey, owner.owner = "desk.filter.owner_offered", cases.OwnedByAnyone
	case cases.OwnedByMe:
		ownerKey, owner.owner = "desk.filter.owner_me", cases.OwnedByAnyone
	default:
		owner.owner = cases.OwnedByNobody
	}
	switch v.due {
	case cases.DueOverdue:
		dueKey, due.due = "desk.filter.due_overdue", cases.DueSoon
	case cases.DueSoon:
		dueKey, due.due = "desk.filter.due_soon", cases.DueAnyTime
	default:
		due.due = cases.DueOverdue
	}
	ageKey := "desk.filter.age"
	if v.days == 0 {
		ageKey = "desk.filter.age_any"
	}
	for i, days := range ages {
		if days == v.days {
			age.days = ages[(i+1)%len(ages)]
		}
	}
	kind := t.label("desk.filter.all")
	if f.Kind != "" {
		kind = t.kind(t.lang, f.Kind)
	}
	closed, closedKey := v, "desk.filter.open_only"
	if closed.closed = !v.closed; v.closed {
		closedKey = "desk.filter.ended_too"
	}
	buttons := []text.Button{
		to(ownerKey, owner), to(dueKey, due), to(ageKey, age, "Days", v.days), to(closedKey, closed),
		{Text: t.label("desk.filter.kind", "Kind", kind), Data: data{what: "kinds", word: v.String()}.String()},
	}
	buttons = append(buttons, t.toolFilters(v, f)...)
	if t.by.Role == cases.RoleAdmin {
		department := t.label("desk.filter.all")
		if f.Department != "" {
			department = t.department(t.lang, f.Department)
		}
		buttons = append(buttons, text.Button{
			Text: t.label("desk.filter.department", "Department", department),
			Data: data{what: "deps", word: v.String()}.String(),
		})
	}
	return pairUp(2, 44, buttons...)
}

// choose lists kinds or departments for a filter.
func (t *turn) choose(v view, departments bool) {
	option := func(label string, next view) text.Button {
		return text.Button{Text: label, Data: data{what: "queue", word: next.String()}.String()}
	}
	all, key := v, "desk.filter.which_kind"
	var buttons []text.Button
	if departments {
		all.department, key = "", "desk.filter.which_department"
		for _, d := range t.org.Departments {
			next := v
			next.department = tag(d.ID)
			buttons = append(buttons, option(t.department(t.lang, d.ID), next))
		}
	} else {
		all.kind = ""
		for _, k := range t.org.Kinds {
			next := v
			next.kind = tag(k.ID)
			buttons = append(buttons, option(t.kind(t.lang, k.ID), next))
		}
	}
	rows := [][]text.Button{{option(t.label("desk.filter.all"), all)}}
	rows = append(rows, pairUp(2, 44, buttons...)...)
	t.screen(t.Session.Screen, t.say(key), rows...)
}
