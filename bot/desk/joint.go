package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huiyin/bot/paper"
	"huiyin/bot/text"
	"huiyin/cases"
)

// Those who joined the reporter of a case are numbers to the office, each with a mode. Who they are follows the rules for
// the first reporter: a named one's department sees it, a sealed one is opened with the custodian's yes and on record, of
// the others nothing is kept.

// joint shows who joined a case.
func (t *turn) joint(ctx context.Context, p data) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	joined, err := t.joined(ctx, d)
	if err != nil {
		return err
	}
	parts := []string{t.say("joint.desk.head", "Ref", string(d.Ref))}
	for _, who := range joined {
		lines := []string{"<b>" + t.say("joint.desk.number", "Number", who.Number) + "</b> · " + escape(t.joinedAs(who))}
		if key := unsaid(who); key != "" {
			lines = append(lines, t.say(key))
		} else if who.Mode == cases.Confidential {
			lines = append(lines, t.say("joint.desk.sealed"))
		} else {
			lines = append(lines, t.persona(who.Identity, 120)...)
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	if len(joined) == 0 {
		parts = append(parts, t.say("joint.desk.nobody"))
	}
	var asks []text.Button
	for _, a := range cases.Moves(d.Case, t.by, t.Now) {
		if d.Sealed == 0 || a != cases.AskCustody && a != cases.OpenCustody {
			continue
		}
		for _, b := range t.moveButtons(d.Case, a, false) {
			asks = append(asks, b.Button)
		}
	}
	rows := append(pairUp(2, 36, asks...), []text.Button{t.button("desk.button.card", data{what: "case", ref: d.Ref})})
	t.onScreen(d.Ref, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// unsaid is why nothing is said of who somebody is, "" for a name that is for these eyes, or sealed.
func unsaid(who cases.Colleague) string {
	switch {
	case who.Left:
		return "joint.desk.left"
	case who.Mode.Nameless():
		return "joint.desk.nameless"
	case who.Mode == cases.Named && who.Identity == nil:
		return "joint.desk.elsewhere"
	}
	return ""
}

// joinedAs is the mode in which somebody joined.
func (t *turn) joinedAs(who cases.Colleague) string { return t.label("desk.mode." + string(who.Mode)) }

// joined are those who joined a case, to whom this officer may read it; nobody to the others.
func (t *turn) joined(ctx context.Context, d *dossier) ([]cases.Colleague, error) {
	if !d.open || !slices.ContainsFunc(d.events, func(e cases.Event) bool { return e.Kind == cases.Joined }) {
		return nil, nil
	}
	joined, err := t.store.Colleagues(ctx, t.by, d.ID)
	if err != nil {
		return nil, fmt.Errorf("load colleagues: %w", err)
	}
	return joined, nil
}

// guarded says whether what a case holds stays in the chat: somebody who said it did not do so by name.
func (d *dossier) guarded() bool {
	return d.Mode != cases.Named ||
		slices.ContainsFunc(cases.Colleagues(d.events), func(o cases.Colleague) bool { return o.Mode != cases.Named })
}

// sealedPersonas say who the sealed colleagues of a case are, to whom has just opened that on record.
func (t *turn) sealedPersonas(ctx context.Context, c cases.Case) ([]string, error) {
	if c.Sealed == 0 {
		return nil, nil
	}
	joined, err := t.store.Colleagues(ctx, t.by, c.ID)
	if err != nil {
		return nil, fmt.Errorf("open colleagues' identities: %w", err)
	}
	var lines []string
	for _, who := range joined {
		if who.Mode == cases.Confidential && who.Identity != nil {
			lines = append(lines, "", "<b>"+t.say("joint.desk.number", "Number", who.Number)+"</b>")
			lines = append(lines, t.persona(who.Identity, 0)...)
		}
	}
	return lines, nil
}

// jointPart puts those who joined a case on paper, with the names that this officer may see: a sealed one after it was
// opened under the grant that stands.
func (t *turn) jointPart(d *dossier, joined []cases.Colleague) []paper.Part {
	if len(joined) == 0 {
		return nil
	}
	out := []paper.Part{{Title: t.label("joint.desk.paper")}}
	for _, who := range joined {
		p := paper.Part{Text: []string{t.label("joint.desk.paper_one", "Number", who.Number, "Mode", t.joinedAs(who))}}
		if key := unsaid(who); key != "" {
			p.Text = append(p.Text, bare(t.say(key)))
		} else if who.Mode == cases.Confidential && (who.Identity == nil || !t.holds(d, cases.CustodyIdentity)) {
			p.Text = append(p.Text, t.label("export.who_confidential"))
		} else {
			for _, f := range who.Identity.Fields {
				if said := t.answer(f); said != "" && !f.Skipped {
					p.Facts = append(p.Facts, paper.Fact{Label: t.label(f.Title), Said: said})
				}
			}
		}
		out = append(out, p)
	}
	return out
}
