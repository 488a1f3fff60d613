package desk

import (
	"context"
	"reflect"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// search finds cases by a reference or part of one, words, kind, department, state and dates (cases.ParseQuery). What
// somebody searched for stands in their session alone, never in a button.
func (t *turn) search(ctx context.Context, typed string, page int) error {
	return t.searchWith(ctx, typed, page, "")
}

// searchWith is search with a line above it, finished markup.
func (t *turn) searchWith(ctx context.Context, typed string, page int, lead string) error {
	typed = text.Cut(strings.TrimSpace(typed), 64)
	q := cases.ParseQuery(typed, t.names(), t.book.Zone())
	if q.Ref != "" {
		return t.card(ctx, q.Ref, "")
	}
	left := ""
	if lead != "" {
		left = "<i>" + lead + "</i>\n\n"
	}
	if len(q.Unread) > 0 {
		left += t.say("desk.search.unread", "Words", strings.Join(q.Unread, " ")) + "\n\n"
	}
	if q.Unread = nil; reflect.DeepEqual(q, cases.Query{}) {
		t.screen(flows.Screen{Name: screenSearch}, left+t.say(t.searchHelp()), t.searchRows()...)
		return nil
	}
	list, total, more, err := t.store.Search(ctx, t.by, q, page, perPage)
	if last := max((total-1)/perPage, 0); err == nil && page > last {
		page = last
		list, total, more, err = t.store.Search(ctx, t.by, q, page, perPage)
	}
	if err != nil {
		return t.refuse(err)
	}
	markup := t.say("desk.search.none", "Words", typed)
	if q.Short {
		markup += "\n" + t.say("desk.search.short", "Least", cases.LeastPart)
	}
	if total > 0 {
		markup = t.say("desk.search.found", "Words", typed, "Count", total) + "\n\n" + t.lines(list)
		if more {
			markup += "\n\n" + t.say("desk.search.more", "Count", total)
		}
	}
	rows := t.caseButtons(list)
	rows = append(rows, t.pager(total, page, func(p int) data { return data{what: "find", number: p + 1} })...)
	if _, known, err := t.keptRows(ctx, searched+typed); err != nil {
		return t.refuse(err)
	} else if !known && total > 0 {
		rows = append(rows, []text.Button{t.button("kept.button.keep", data{what: "keep"})})
	}
	rows = append(rows, []text.Button{
		t.button("desk.button.search", data{what: "find"}), t.button("desk.button.home", data{what: "home"}),
	})
	t.screen(flows.Screen{Name: screenSearch, Arg: typed, Page: page}, left+markup, rows...)
	return nil
}

// searchHelp says what can be searched for: an admin reads nobody's words, and finds nothing by them.
func (t *turn) searchHelp() string {
	if t.by.Role.Placed() {
		return "desk.search.ask"
	}
	return "desk.search.ask_no_words"
}

// searchRows offer the kinds of matter.
func (t *turn) searchRows() [][]text.Button {
	var kinds []text.Button
	for _, k := range t.org.Kinds {
		v := view{kind: tag(k.ID), closed: true}
		kinds = append(kinds, text.Button{Text: t.kind(t.lang, k.ID), Data: data{what: "queue", word: v.String()}.String()})
	}
	return append(pairUp(2, 44, kinds...), []text.Button{t.button("desk.button.home", data{what: "home"})})
}

// names are what kinds, departments and statuses are called on screens, in every language.
func (t *turn) names() cases.Names {
	n := cases.Names{Kinds: map[string][]string{}, Departments: map[string][]string{}, Statuses: map[string][]string{}}
	for _, lang := range t.book.Languages() {
		for _, k := range t.org.Kinds {
			n.Kinds[k.ID] = append(n.Kinds[k.ID], t.kind(lang, k.ID))
		}
		for _, d := range t.org.Departments {
			n.Departments[d.ID] = append(n.Departments[d.ID], t.department(lang, d.ID))
		}
		for _, s := range cases.Statuses() {
			n.Statuses[string(s)] = append(n.Statuses[string(s)], t.status(lang, s))
		}
	}
	return n
}
