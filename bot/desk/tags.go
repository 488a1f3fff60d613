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

// screenTag is where words typed are a tag; Arg is the reference.
const screenTag = "desk.tag"

// maxTagButtons keeps the choice of tags within a thumb's reach.
const maxTagButtons = 16

// tagging offers the tags most used here for a case, and those that it bears to be taken off. lead is a line above,
// finished markup.
func (t *turn) tagging(ctx context.Context, ref cases.Reference, lead string) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err == nil {
		err = cases.Can(t.by, cases.Tag, c)
	}
	if err != nil {
		return t.refuse(err)
	}
	used, err := t.store.Tags(ctx, t.by)
	if err != nil {
		return fmt.Errorf("load tags: %w", err)
	}
	var on, off []text.Button
	for _, tagged := range c.Tags {
		d := data{what: "tagoff", ref: ref, number: c.Version, word: tag(tagged)}
		off = append(off, text.Button{Text: t.label("tools.tag.off", "Tag", tagged), Data: d.String()})
	}
	for _, word := range used {
		if len(on) < maxTagButtons && !slices.Contains(c.Tags, word) && len(c.Tags) < cases.MaxTags {
			d := data{what: "tagon", ref: ref, number: c.Version, word: tag(word)}
			on = append(on, text.Button{Text: "#" + word, Data: d.String()})
		}
	}
	rows := append(pairUp(3, 40, on...), pairUp(2, 40, off...)...)
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	key := "tools.tag.ask"
	if len(c.Tags) >= cases.MaxTags {
		key = "tools.tag.enough"
	}
	parts = append(parts, t.say(key, "Ref", string(ref)))
	t.screen(flows.Screen{Name: screenTag, Arg: string(ref)}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// pressTag puts a tag on a case or takes one off. The button holds the tag's number: the word is found again where it
// was found before.
func (t *turn) pressTag(ctx context.Context, p data) error {
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	words := c.Tags
	act := cases.Act{Action: cases.Untag}
	if p.what == "tagon" {
		act.Action = cases.Tag
		if words, err = t.store.Tags(ctx, t.by); err != nil {
			return fmt.Errorf("load tags: %w", err)
		}
	}
	i := slices.IndexFunc(words, func(w string) bool { return tag(w) == p.word })
	if i < 0 {
		return t.tagging(ctx, p.ref, "")
	}
	act.Tag = words[i]
	return t.tagged(ctx, p.ref, c, act)
}

// typedTag puts a tag on a case that was typed.
func (t *turn) typedTag(ctx context.Context, ref cases.Reference, words string) error {
	word, ok := cases.ParseTag(words)
	if !ok {
		return t.tagging(ctx, ref, t.say("tools.tag.unreadable"))
	}
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	return t.tagged(ctx, ref, c, cases.Act{Action: cases.Tag, Tag: word})
}

// tagged does it, once for every update, and shows the choice again: one tag seldom comes alone. A tag that is there
// already, or gone, is as it was wanted.
func (t *turn) tagged(ctx context.Context, ref cases.Reference, c cases.Case, a cases.Act) error {
	lead := "tools.tag.on_done"
	if a.Action == cases.Untag {
		lead = "tools.tag.off_done"
	}
	if slices.Contains(c.Tags, a.Tag) != (a.Action == cases.Tag) {
		a.By, a.Key = t.by, t.once(string(a.Action)+":"+c.ID)
		if _, _, _, err := t.store.Act(ctx, ref, a); err != nil {
			return t.refuse(fmt.Errorf("tag a case: %w", err))
		}
	}
	return t.tagging(ctx, ref, t.say(lead, "Tag", a.Tag))
}

// chooseTag lists the tags in use for a filter.
func (t *turn) chooseTag(ctx context.Context, v view) error {
	used, err := t.store.Tags(ctx, t.by)
	if err != nil {
		return fmt.Errorf("load tags: %w", err)
	}
	option := func(label string, next view) text.Button {
		return text.Button{Text: label, Data: data{what: "queue", word: next.String()}.String()}
	}
	var buttons []text.Button
	for _, word := range used {
		next := v
		next.tag = tag(word)
		buttons = append(buttons, option("#"+word, next))
	}
	all := v
	all.tag = ""
	rows := append([][]text.Button{{option(t.label("desk.filter.all"), all)}}, pairUp(3, 40, buttons...)...)
	key := "tools.filter.which_tag"
	if len(used) == 0 {
		key = "tools.filter.no_tags"
	}
	t.screen(t.Session.Screen, t.say(key), rows...)
	return nil
}

// filterTag finds the tag that a view is narrowed to. One that nobody uses any more is left out.
func (t *turn) filterTag(ctx context.Context, v *view, f *cases.Filter) error {
	if v.tag == "" {
		return nil
	}
	used, err := t.store.Tags(ctx, t.by)
	if err != nil {
		return fmt.Errorf("load tags: %w", err)
	}
	if i := slices.IndexFunc(used, func(w string) bool { return tag(w) == v.tag }); i >= 0 {
		f.Tag = used[i]
		return nil
	}
	v.tag = ""
	return nil
}

// toolFilters are the filters by tag, and by what was put aside.
func (t *turn) toolFilters(v view, f cases.Filter) []text.Button {
	label := t.label("desk.filter.all")
	if f.Tag != "" {
		label = "#" + f.Tag
	}
	aside, key := v, "tools.filter.awake"
	if aside.aside = !v.aside; v.aside {
		key = "tools.filter.aside_too"
	}
	return []text.Button{
		{Text: t.label("tools.filter.tag", "Tag", label), Data: data{what: "tags", word: v.String()}.String()},
		{Text: t.label(key), Data: data{what: "queue", word: aside.String()}.String()},
	}
}
