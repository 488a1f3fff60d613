package desk

import (
	"context"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
)

// Tools is what the store keeps for officers who have many cases.
type Tools interface {
	// CasesByIDs gives those of some cases that by may list, in the order of the ids.
	CasesByIDs(ctx context.Context, by cases.Actor, ids []string) ([]cases.Case, error)
	// Tags gives the tags most used where by works, the most used first.
	Tags(ctx context.Context, by cases.Actor) ([]string, error)
	// Pair links a case to another or merges it into it, both in one transaction, as a says. NotNow when the two do not fit.
	Pair(ctx context.Context, ref, other cases.Reference, a cases.Act) (c cases.Case, e cases.Event, again bool, err error)
	// Split makes a part of a case a case of its own, of a kind that its department works. NotNow for a nameless one.
	Split(ctx context.Context, ref cases.Reference, kind cases.Kind, a cases.Act) (c, part cases.Case, again bool, err error)
	// PutAside takes a case out of by's lists until an instant; one that has passed brings it back. NotFound.
	PutAside(ctx context.Context, by cases.Actor, ref cases.Reference, until time.Time) (cases.Case, error)
	// Aside says until when by has put a case aside; zero when they have not.
	Aside(ctx context.Context, by cases.Actor, caseID string) (time.Time, error)
}

// pressTool handles the buttons of the tools that concern one case.
func (t *turn) pressTool(ctx context.Context, p data) (known bool, err error) {
	switch p.what {
	case "more":
		return true, t.moreMoves(ctx, p)
	case "undo":
		return true, t.undo(ctx, p)
	case "joint":
		return true, t.joint(ctx, p)
	case "tag":
		return true, t.tagging(ctx, p.ref, "")
	case "split":
		return true, t.splitting(ctx, p.ref)
	case "splitk":
		return true, t.splitForm(ctx, p)
	case "link":
		return true, t.linking(ctx, p, "")
	case "linkto":
		other, ok := cases.ParseReference(p.word)
		if !ok {
			return true, t.worn(ctx)
		}
		return true, t.linkHow(ctx, p.ref, other)
	case "pair":
		return true, t.pair(ctx, p)
	case "merge":
		return true, t.merging(ctx, p)
	case "tagon", "tagoff":
		return true, t.pressTag(ctx, p)
	case "aside":
		return true, t.asideFor(ctx, p.ref)
	case "tell":
		return true, t.tellWhom(ctx, p)
	case "tellto":
		return true, t.tellTo(ctx, p)
	case "tmpl":
		return true, t.chooseTemplate(ctx, p.word)
	case "tmplsee", "tmpluse":
		return true, t.pressTemplate(ctx, p)
	case "formq":
		return true, t.formAgain(ctx, p)
	case "asideto":
		return true, t.putAside(ctx, p)
	}
	return false, nil
}

// undo takes back what this officer did last, within its minute.
func (t *turn) undo(ctx context.Context, p data) error {
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if current, err := t.current(ctx, c, p.number, t.key(c, p.number, cases.Undo, "")); err != nil {
		return err
	} else if current && !t.undoable(c) && c.Last.By == t.by.Officer {
		t.tell("tools.undo_late")
		return t.card(ctx, p.ref, "")
	}
	return t.pressAct(ctx, p, cases.Act{Action: cases.Undo}, "")
}

func (t *turn) undoable(c cases.Case) bool {
	for _, a := range cases.Moves(c, t.by, t.Now) {
		if a == cases.Undo {
			return true
		}
	}
	return false
}

// tools are buttons about a case that are no moves: they change nothing for anybody else.
func (t *turn) tools(c cases.Case) []text.Button {
	var out []text.Button
	if c.Mode.Nameless() && t.maySplit(c) {
		// It says why not: an officer who looks for it must not think that it was forgotten.
		out = append(out, t.button("tools.move.split", data{what: "split", ref: c.Ref}))
	}
	if c.Colleagues > 0 && cases.Can(t.by, cases.Open, c) == nil {
		label := t.label("joint.desk.button", "Count", c.Colleagues)
		out = append(out, text.Button{Text: label, Data: data{what: "joint", ref: c.Ref}.String()})
	}
	if t.mayPutAside(c) {
		out = append(out, t.button("tools.button.aside", data{what: "aside", ref: c.Ref}))
	}
	return out
}
