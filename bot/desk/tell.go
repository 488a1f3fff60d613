package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// maxColleagues is how many colleagues a list of them shows; the others can be named with @.
const maxColleagues = 24

// callable are the colleagues whom a note on a case can call: who may read it. Those of its department come first.
func (t *turn) callable(ctx context.Context, c cases.Case) ([]cases.Officer, error) {
	all, err := t.store.Officers(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(o cases.Officer) bool {
		return o.Revoked || o.ID == t.by.Officer || cases.Can(o.Actor(), cases.Open, c) != nil
	})
	slices.SortStableFunc(all, func(a, b cases.Officer) int {
		if here := a.Department == c.Department; here != (b.Department == c.Department) {
			if here {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all, nil
}

// called are the colleagues whom a note calls: those chosen from the list, and those named in it after an @.
func (t *turn) called(ctx context.Context, draft flows.Draft, ref cases.Reference) ([]cases.Officer, error) {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if told(err) {
		return nil, nil // sending it will say why not
	}
	if err != nil {
		return nil, fmt.Errorf("load case: %w", err)
	}
	all, err := t.callable(ctx, c)
	if err != nil {
		return nil, err
	}
	chosen := chosenIn(draft)
	var words strings.Builder
	for _, p := range draft.Answers["words"].Parts {
		words.WriteString(p.Text + "\n")
	}
	named := mentioned(words.String(), all)
	return slices.DeleteFunc(all, func(o cases.Officer) bool {
		return !slices.Contains(chosen, o.ID) && !slices.Contains(named, o.ID)
	}), nil
}

// chosenIn are the colleagues chosen from the list while a note was written.
func chosenIn(draft flows.Draft) []cases.OfficerID {
	var out []cases.OfficerID
	for _, s := range strings.Fields(draft.Context["tell"]) {
		if id, err := strconv.ParseInt(s, 36, 64); err == nil {
			out = append(out, cases.OfficerID(id))
		}
	}
	return out
}

// mentioned finds the officers named after an @, in any case and width. The longest name wins: "@Li Na" does not call Li.
// Two who bear one name are both called.
func mentioned(words string, officers []cases.Officer) []cases.OfficerID {
	fold := func(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
	words = fold(words)
	byLength := slices.Clone(officers)
	slices.SortStableFunc(byLength, func(a, b cases.Officer) int { return len(fold(b.Name)) - len(fold(a.Name)) })
	var out []cases.OfficerID
	var taken []string
	for _, o := range byLength {
		at := "@" + fold(strings.TrimSpace(o.Name))
		switch {
		case at == "@":
		case slices.Contains(taken, at):
			out = append(out, o.ID)
		case strings.Contains(words, at):
			words = strings.ReplaceAll(words, at, " ")
			taken = append(taken, at)
			out = append(out, o.ID)
		}
	}
	return out
}

// draftByNonce is a form of this officer's that a button names.
func (t *turn) draftByNonce(nonce string) (flows.Draft, bool) {
	i := slices.IndexFunc(t.Session.Drafts, func(d flows.Draft) bool { return nonce != "" && d.Nonce == nonce })
	if i < 0 || t.Session.Drafts[i].ID != t.Session.Active {
		return flows.Draft{}, false
	}
	return t.Session.Drafts[i], true
}

// tellWhom offers colleagues to be told of a note that is being written. The form stays open below.
func (t *turn) tellWhom(ctx context.Context, p data) error {
	draft, ok := t.draftByNonce(p.word)
	if !ok {
		return t.worn(ctx)
	}
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	all, err := t.callable(ctx, c)
	if err != nil {
		return err
	}
	chosen := chosenIn(draft)
	var buttons []text.Button
	for _, o := range all[:min(len(all), maxColleagues)] {
		label := o.Name
		if slices.Contains(chosen, o.ID) {
			label = t.label("prompt.chosen", "Label", o.Name)
		}
		buttons = append(buttons, text.Button{
			Text: text.Cut(label, 40), Data: data{what: "tellto", ref: p.ref, number: int(o.ID), word: p.word}.String(),
		})
	}
	key := "tools.tell.ask"
	if len(buttons) == 0 {
		key = "tools.tell.nobody"
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("tools.button.to_note", data{what: "formq", ref: p.ref, word: p.word})})
	t.Show(t.say(key, "Ref", string(p.ref)), rows...)
	return nil
}

// tellTo adds a colleague to those who are told of a note, or takes them out again.
func (t *turn) tellTo(ctx context.Context, p data) error {
	draft, ok := t.draftByNonce(p.word)
	if !ok || p.number < 1 {
		return t.worn(ctx)
	}
	id := cases.OfficerID(p.number)
	chosen := chosenIn(draft)
	if slices.Contains(chosen, id) {
		chosen = slices.DeleteFunc(chosen, func(o cases.OfficerID) bool { return o == id })
	} else if len(chosen) < maxColleagues {
		chosen = append(chosen, id)
	}
	words := make([]string, len(chosen))
	for i, o := range chosen {
		words[i] = base36(int64(o))
	}
	draft.Context = maps.Clone(draft.Context)
	draft.Context["tell"] = strings.Join(words, " ")
	t.putDraft(draft)
	return t.tellWhom(ctx, p)
}

// putDraft puts a changed form in the place of what it was; earlier copies of the session stay as they were.
func (t *turn) putDraft(draft flows.Draft) {
	drafts := slices.Clone(t.Session.Drafts)
	for i := range drafts {
		if drafts[i].ID == draft.ID {
			drafts[i] = draft
		}
	}
	t.Session.Drafts = drafts
}

// formAgain goes back to the question of the form that is open.
func (t *turn) formAgain(ctx context.Context, p data) error {
	if _, ok := t.draftByNonce(p.word); !ok {
		return t.worn(ctx)
	}
	ok, err := t.AskAgain(ctx)
	if err != nil || ok {
		return err
	}
	return t.worn(ctx)
}
