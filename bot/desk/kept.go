package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Habits is what the store keeps of how an officer likes to work. It is theirs alone.
type Habits interface {
	// KeptFilters gives the lists that by keeps, in their order.
	KeptFilters(ctx context.Context, by cases.Actor) ([]cases.KeptFilter, error)
	// KeepFilter keeps one more. Error: NotNow when they keep cases.MostKept.
	KeepFilter(ctx context.Context, by cases.Actor, sealed []byte) error
	// DropFilter forgets one, twice without an error.
	DropFilter(ctx context.Context, by cases.Actor, id int64) error
	// DigestTime gives when by wants their digest.
	DigestTime(ctx context.Context, by cases.Actor) (cases.DigestTime, error)
	// SetDigestTime says it. Errors: Incomplete by DigestTime.Check; NotAllowed for who works no cases.
	SetDigestTime(ctx context.Context, by cases.Actor, d cases.DigestTime) error
}

// screenKeep is where words typed are the name of a list to keep; Arg is the list.
const screenKeep = "desk.keep"

const (
	longKept  = 32 // characters of a kept list's name
	keptShown = 4  // above the queue; the others stand under /filters
	// searched begins what names a list that is a search: the words follow. A view begins with a letter.
	searched = "?"
)

// keptList is a list that an officer keeps. It is sealed whole: a name is words, and so is what is searched for.
type keptList struct {
	ID   int64  `json:"-"`
	Name string `json:"name"`
	// List is a view, or searched and the words of a search.
	List string `json:"list"`
}

// narrowed says whether a view is more than what a command shows by itself.
func (v view) narrowed() bool {
	return v != view{} && v != view{owner: cases.OwnedByMe} && v != view{due: cases.DueSoon} && v.owner != cases.OfferedToUs
}

// keptAll opens the lists that the officer keeps. One that does not open with the keys at hand is left out.
func (t *turn) keptAll(ctx context.Context) ([]keptList, error) {
	rows, err := t.store.KeptFilters(ctx, t.by)
	if err != nil {
		return nil, fmt.Errorf("load kept lists: %w", err)
	}
	var out []keptList
	for _, r := range rows {
		k := keptList{ID: r.ID}
		if plain, err := t.kept.Open(t.by.Officer, r.Sealed); err == nil && json.Unmarshal(plain, &k) == nil {
			out = append(out, k)
		}
	}
	return out, nil
}

// keptRows are the lists kept, above the queue; known says whether list is one of them.
func (t *turn) keptRows(ctx context.Context, list string) (rows [][]text.Button, known bool, err error) {
	all, err := t.keptAll(ctx)
	if err != nil || len(all) == 0 {
		return nil, false, err
	}
	known = slices.ContainsFunc(all, func(k keptList) bool { return k.List == list })
	var buttons []text.Button
	for _, k := range all[:min(len(all), keptShown)] {
		buttons = append(buttons, t.keptButton(k))
	}
	rows = pairUp(2, 44, buttons...)
	if len(all) > keptShown {
		rows = append(rows, []text.Button{t.button("kept.button.all", data{what: "filters"})})
	}
	return rows, known, nil
}

func (t *turn) keptButton(k keptList) text.Button {
	return text.Button{Text: t.label("kept.button.open", "Name", k.Name), Data: data{what: "kept", number: int(k.ID)}.String()}
}

// keptLists shows all lists kept, each to be opened or removed. lead is a line above it, finished markup.
func (t *turn) keptLists(ctx context.Context, lead string) error {
	all, err := t.keptAll(ctx)
	if err != nil {
		return t.refuse(err)
	}
	markup := t.say("kept.none")
	var rows [][]text.Button
	if len(all) > 0 {
		markup = t.say("kept.all", "Count", len(all), "Most", cases.MostKept)
	}
	for _, k := range all {
		gone := text.Button{Text: t.label("kept.button.remove", "Name", k.Name), Data: data{what: "keptx", number: int(k.ID)}.String()}
		rows = append(rows, []text.Button{t.keptButton(k), gone})
	}
	if lead != "" {
		markup = "<i>" + lead + "</i>\n\n" + markup
	}
	rows = append(rows, []text.Button{
		t.button("desk.button.queue", data{what: "queue", word: view{}.String()}), t.button("desk.button.home", data{what: "home"}),
	})
	t.screen(flows.Screen{Name: screenHome}, markup, rows...)
	return nil
}

// pressKept handles the buttons of kept lists.
func (t *turn) pressKept(ctx context.Context, p data) error {
	switch p.what {
	case "filters":
		return t.keptLists(ctx, "")
	case "keep":
		list := p.word
		if s := t.Session.Screen; list == "" && s.Name == screenSearch && s.Arg != "" {
			list = searched + s.Arg
		}
		if list == "" {
			return t.worn(ctx)
		}
		return t.keepAsk(ctx, list)
	case "keepno":
		if s := t.Session.Screen; s.Name == screenKeep {
			return t.show(ctx, s.Arg, "")
		}
		return t.worn(ctx)
	case "keepas":
		if s := t.Session.Screen; s.Name == screenKeep {
			name, err := t.keptName(ctx, s.Arg)
			if err != nil {
				return t.refuse(err)
			}
			return t.keepList(ctx, s.Arg, name)
		}
		return t.worn(ctx)
	}
	all, err := t.keptAll(ctx)
	if err != nil {
		return t.refuse(err)
	}
	for _, k := range all {
		if k.ID != int64(p.number) {
			continue
		}
		if p.what == "kept" {
			return t.show(ctx, k.List, "")
		}
		if err := t.store.DropFilter(ctx, t.by, k.ID); err != nil {
			return t.refuse(fmt.Errorf("drop a kept list: %w", err))
		}
		return t.keptLists(ctx, t.say("kept.removed", "Name", k.Name))
	}
	t.tell("kept.gone")
	return t.keptLists(ctx, "")
}

// show puts a list up. lead is a line above it, finished markup.
func (t *turn) show(ctx context.Context, list, lead string) error {
	if words, ok := strings.CutPrefix(list, searched); ok {
		return t.searchWith(ctx, words, 0, lead)
	}
	return t.queueWith(ctx, parseView(list), 0, lead)
}

// keepAsk asks how a list to keep is to be called, and proposes the words of its conditions.
func (t *turn) keepAsk(ctx context.Context, list string) error {
	all, err := t.keptAll(ctx)
	if err != nil {
		return t.refuse(err)
	}
	for _, k := range all {
		if k.List == list {
			return t.keptLists(ctx, t.say("kept.already", "Name", k.Name))
		}
	}
	if len(all) >= cases.MostKept {
		return t.keptLists(ctx, t.say("kept.full", "Most", cases.MostKept))
	}
	name, err := t.keptName(ctx, list)
	if err != nil {
		return t.refuse(err)
	}
	t.screen(flows.Screen{Name: screenKeep, Arg: list}, t.say("kept.ask", "Most", longKept),
		[]text.Button{{Text: t.label("kept.button.name", "Name", name), Data: data{what: "keepas"}.String()}},
		[]text.Button{t.button("kept.button.not", data{what: "keepno"})})
	return nil
}

// keepList keeps a list under a name. The same turn played again finds it kept.
func (t *turn) keepList(ctx context.Context, list, name string) error {
	name = text.Cut(strings.Join(strings.Fields(name), " "), longKept)
	all, err := t.keptAll(ctx)
	if err != nil {
		return t.refuse(err)
	}
	for _, k := range all {
		if k.List == list {
			return t.show(ctx, list, t.say("kept.done", "Name", k.Name))
		}
	}
	plain, err := json.Marshal(keptList{Name: name, List: list})
	if err != nil {
		return fmt.Errorf("keep a list: %w", err)
	}
	sealed, err := t.kept.Seal(t.by.Officer, plain)
	if err != nil {
		return fmt.Errorf("keep a list: %w", err)
	}
	err = t.store.KeepFilter(ctx, t.by, sealed)
	if cases.CodeOf(err) == cases.NotNow {
		return t.keptLists(ctx, t.say("kept.full", "Most", cases.MostKept))
	}
	if err != nil {
		return t.refuse(fmt.Errorf("keep a list: %w", err))
	}
	return t.show(ctx, list, t.say("kept.done", "Name", name))
}

// keptName is what a list would be called: its conditions in the officer's language, or the words of a search.
func (t *turn) keptName(ctx context.Context, list string) (string, error) {
	if words, ok := strings.CutPrefix(list, searched); ok {
		return text.Cut(words, longKept), nil
	}
	v := parseView(list)
	f := t.filter(v)
	if err := t.filterTag(ctx, &v, &f); err != nil {
		return "", err
	}
	var parts []string
	add := func(when bool, part string) {
		if when {
			parts = append(parts, part)
		}
	}
	add(v.owner == cases.OwnedByMe, t.label("kept.word.mine"))
	add(v.owner == cases.OwnedByNobody, t.label("kept.word.nobody"))
	add(v.due == cases.DueOverdue, t.label("kept.word.overdue"))
	add(v.due == cases.DueSoon, t.label("kept.word.soon"))
	add(v.days > 0, t.label("kept.word.age", "Days", v.days))
	add(f.Kind != "", t.kind(t.lang, f.Kind))
	add(f.Department != "", t.department(t.lang, f.Department))
	add(f.Tag != "", "#"+f.Tag)
	add(v.closed, t.label("kept.word.ended"))
	add(v.aside, t.label("kept.word.aside"))
	if len(parts) == 0 {
		return t.label("desk.button.queue"), nil
	}
	return text.Cut(strings.Join(parts, " · "), longKept), nil
}
