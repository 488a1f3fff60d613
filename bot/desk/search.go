package desk

import (
	"context"
	"slices"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// search finds cases by a reference, its beginning, or the name of a kind in any language. What reporters
// wrote is sealed and cannot be searched.
func (t *turn) search(ctx context.Context, words string, page int) error {
	words = text.Cut(strings.TrimSpace(words), 64)
	if words == "" {
		var kinds []text.Button
		for _, k := range t.org.Kinds {
			v := view{kind: tag(k.ID), closed: true}
			kinds = append(kinds, text.Button{Text: t.kind(t.lang, k.ID), Data: data{what: "queue", word: v.String()}.String()})
		}
		rows := append(pairUp(2, 44, kinds...), []text.Button{t.button("desk.button.home", data{what: "home"})})
		t.screen(flows.Screen{Name: screenSearch}, t.say("desk.search.ask"), rows...)
		return nil
	}
	if ref, ok := cases.ParseReference(words); ok {
		return t.card(ctx, ref, "")
	}
	f, ok := t.searchFilter(words)
	var list []cases.Case
	var total int
	if ok {
		var err error
		if list, total, page, err = t.page(ctx, f, page); err != nil {
			return t.refuse(err)
		}
	}
	markup := t.say("desk.search.none", "Words", words)
	if total > 0 {
		markup = t.say("desk.search.found", "Words", words, "Count", total) + "\n\n" + t.lines(list)
	}
	rows := t.caseButtons(list)
	rows = append(rows, t.pager(total, page, func(p int) data { return data{what: "find", number: p + 1} })...)
	rows = append(rows, []text.Button{
		t.button("desk.button.search", data{what: "find"}), t.button("desk.button.home", data{what: "home"}),
	})
	t.screen(flows.Screen{Name: screenSearch, Arg: words, Page: page}, markup, rows...)
	return nil
}

// searchFilter reads what is searched for; ok is false when it can be neither a kind nor part of a reference.
func (t *turn) searchFilter(words string) (f cases.Filter, ok bool) {
	folded := strings.ToLower(words)
	for _, k := range t.org.Kinds {
		names := []string{k.ID}
		for _, lang := range t.book.Languages() {
			names = append(names, strings.ToLower(t.kind(lang, k.ID)))
		}
		// One letter is in every name.
		named := func(name string) bool {
			return name == folded || len([]rune(folded)) > 1 && strings.Contains(name, folded)
		}
		if slices.ContainsFunc(names, named) {
			return cases.Filter{Kind: k.ID}, true
		}
	}
	start := strings.ToUpper(words)
	start = strings.TrimPrefix(strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(start), "HY")
	if start == "" || len(start) > 8 || strings.Trim(start, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
		return cases.Filter{}, false
	}
	return cases.Filter{Text: start}, true
}
