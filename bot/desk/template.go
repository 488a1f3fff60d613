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

// stepWords is the step of a letter in which it is written.
const stepWords = "words"

// templates are the texts of the house that suit a letter. Its case's kind is in the form, set when it was begun.
func (t *turn) templates(a cases.Action, draft flows.Draft) []cases.Template {
	return slices.DeleteFunc(slices.Clone(t.texts), func(m cases.Template) bool { return !m.Suits(a, draft.Context["kind"]) })
}

// values are what stands in the place of a template's placeholders: of what the case itself tells, never of what
// anybody wrote or is called.
func (t *turn) values(lang string, c cases.Case) map[string]string {
	v := map[string]string{
		"ref": string(c.Ref), "kind": t.kind(lang, c.Kind), "department": t.department(lang, c.Department),
		"office": t.book.Label(lang, "org.name"),
	}
	if next, ok := c.Next(); ok && !c.Overdue(t.Now) {
		v["due"] = t.book.Day(lang, next.Due)
	}
	return v
}

// template is the command: it works while a letter is written.
func (t *turn) template(ctx context.Context) error {
	draft, ok := t.Session.Draft(t.Session.Active)
	if a, known := actionOf(draft.Flow); ok && known && slices.Contains(cases.Templatable(), a) {
		return t.chooseTemplate(ctx, draft.Nonce)
	}
	t.Send(t.say("tools.template.while_writing"))
	return nil
}

// writing is the letter being written that a button names, and its case.
func (t *turn) writing(ctx context.Context, nonce string) (draft flows.Draft, a cases.Action, c cases.Case, ok bool, err error) {
	draft, ok = t.draftByNonce(nonce)
	if !ok {
		return draft, a, c, false, nil
	}
	a, known := actionOf(draft.Flow)
	ref, readable := cases.ParseReference(draft.Context["ref"])
	if !known || !readable || !slices.Contains(cases.Templatable(), a) {
		return draft, a, c, false, nil
	}
	if c, err = t.store.CaseByRef(ctx, t.by, ref); err != nil {
		return draft, a, c, false, err
	}
	return draft, a, c, true, nil
}

// chooseTemplate offers the texts that suit the letter being written and can be filled. The letter stays open.
func (t *turn) chooseTemplate(ctx context.Context, nonce string) error {
	draft, a, c, ok, err := t.writing(ctx, nonce)
	if err != nil {
		return t.refuse(err)
	}
	if !ok {
		return t.worn(ctx)
	}
	lang := t.book.Pick(c.Language)
	values := t.values(lang, c)
	var buttons []text.Button
	for _, m := range t.templates(a, draft) {
		if _, ok := m.Fill(lang, values); ok {
			word := nonce + "-" + tag(m.ID)
			buttons = append(buttons, text.Button{Text: m.Title[t.lang], Data: data{what: "tmplsee", ref: c.Ref, word: word}.String()})
		}
	}
	key := "tools.template.ask"
	if len(buttons) == 0 {
		key = "tools.template.none"
	}
	rows := append(pairUp(1, 60, buttons...), []text.Button{t.button("tools.button.to_letter", data{what: "formq", ref: c.Ref, word: nonce})})
	t.Show(t.say(key, "Language", t.tongue(t.lang, lang)), rows...)
	return nil
}

// pressTemplate shows a text of the house, ready to be copied, or puts it into the letter as it is.
func (t *turn) pressTemplate(ctx context.Context, p data) error {
	nonce, id, _ := strings.Cut(p.word, "-")
	draft, a, c, ok, err := t.writing(ctx, nonce)
	if err != nil {
		return t.refuse(err)
	}
	all := t.templates(a, draft)
	i := slices.IndexFunc(all, func(m cases.Template) bool { return tag(m.ID) == id })
	if !ok || i < 0 {
		return t.worn(ctx)
	}
	lang := t.book.Pick(c.Language)
	words, ok := all[i].Fill(lang, t.values(lang, c))
	if !ok {
		return t.chooseTemplate(ctx, nonce)
	}
	if p.what == "tmplsee" {
		t.Replies = append(t.Replies, text.Reply{Do: text.Words, Plain: words})
		t.Send(t.say("tools.template.see"),
			[]text.Button{t.button("tools.button.use", data{what: "tmpluse", ref: c.Ref, word: p.word})},
			[]text.Button{t.button("tools.button.to_letter", data{what: "formq", ref: c.Ref, word: nonce})})
		return nil
	}
	if slices.ContainsFunc(draft.Answers[stepWords].Parts, func(part flows.Part) bool { return part.Text == words }) {
		t.tell("tools.template.there") // the same tap delivered again
		return t.formAgain(ctx, data{word: nonce})
	}
	if err := t.TakeWords(ctx, words); err != nil {
		return fmt.Errorf("take a text of the house: %w", err)
	}
	return nil
}
