package desk

import (
	"context"
	"slices"

	"huiyin/bot/text"
	"huiyin/cases"
)

// maxLikely is how many moves stand under a card. The others are behind "More", so that a thumb finds the right one.
const maxLikely = 6

// asked are moves that answer somebody who waits for this officer, or that are possible for a short time only.
var asked = []cases.Action{
	cases.Undo, cases.AckMajor, cases.Acknowledge, cases.AcceptTransfer, cases.RefuseTransfer, cases.GrantExtension,
	cases.RefuseExtension, cases.GrantCustody, cases.RefuseCustody, cases.OpenCustody,
}

// likely are the moves that most often come next, by status.
var likely = map[cases.Status][]cases.Action{
	cases.StatusReceived:      {cases.Take, cases.Accept, cases.Decline, cases.Redirect, cases.Assign, cases.Reply, cases.Note},
	cases.StatusAccepted:      {cases.Take, cases.Investigate, cases.Ask, cases.Reply, cases.Propose, cases.Note},
	cases.StatusInvestigating: {cases.Take, cases.Ask, cases.Reply, cases.Propose, cases.Note, cases.Convene},
	cases.StatusWaiting:       {cases.Take, cases.Investigate, cases.Reply, cases.Propose, cases.Close, cases.Note},
	cases.StatusMediation:     {cases.Take, cases.Offer, cases.Agree, cases.Consent, cases.EndMediation, cases.Reply, cases.Note},
	cases.StatusPanel:         {cases.Take, cases.Opine, cases.Conclude, cases.Reply, cases.Note},
	cases.StatusProposed:      {cases.Take, cases.Reply, cases.Note},
	cases.StatusSecondLook:    {cases.Take, cases.AnswerSecondLook, cases.Reply, cases.Note},
	cases.StatusFinalReview:   {cases.Take, cases.AnswerFinalReview, cases.Reply, cases.Note},
}

// afterwards are the likely moves of a case that has ended.
var afterwards = []cases.Action{cases.Reopen, cases.Reply, cases.Note}

// split divides the moves of an officer into those that stand under the card, in their order, and the rest.
func (t *turn) split(c cases.Case, files bool) (first, rest []text.Button) {
	order := likely[c.Status]
	if !c.Status.Open() {
		order = afterwards
	}
	order = append(slices.Clone(asked), order...)
	rank := func(a cases.Action) int {
		if i := slices.Index(order, a); i >= 0 {
			return i
		}
		return len(order)
	}
	moves := cases.Moves(c, t.by, t.Now)
	slices.SortStableFunc(moves, func(a, b cases.Action) int { return rank(a) - rank(b) })
	for _, a := range moves {
		for _, b := range t.moveButtons(c, a, files) {
			if rank(a) < len(order) && len(first) < maxLikely || b.begun {
				first = append(first, b.Button)
			} else {
				rest = append(rest, b.Button)
			}
		}
	}
	return first, append(rest, t.tools(c)...)
}

// likelyMoves are the buttons of the moves under a card. What would stand alone behind "More" stands here too.
func (t *turn) likelyMoves(c cases.Case, files bool) []text.Button {
	first, rest := t.split(c, files)
	if len(rest) < 2 {
		return append(first, rest...)
	}
	more := data{what: "more", ref: c.Ref}
	if files {
		more.word = "files"
	}
	return append(first, t.button("tools.button.more", more))
}

// moreMoves shows what else may be done to a case.
func (t *turn) moreMoves(ctx context.Context, p data) error {
	ref := p.ref
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	_, rest := t.split(c, p.word == "files")
	rows := pairUp(2, 36, rest...)
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	t.onScreen(ref, t.say("tools.more", "Ref", string(ref), "Matter", t.matter(t.lang, c), "Status", t.status(t.lang, c.Status)), rows...)
	return nil
}

// move is a button of a move; begun says that words for it are being written.
type move struct {
	text.Button
	begun bool
}

// moveButtons are the buttons of one action: one, or one for each of its codes.
func (t *turn) moveButtons(c cases.Case, a cases.Action, files bool) []move {
	what, ok := whats[a]
	if !ok {
		return nil
	}
	var out []move
	for _, word := range t.choices(c, a, files) {
		label, begun := t.moveLabel(t.lang, c, a, word, t.Now), t.draftOf(a, c.Ref, word) != ""
		if begun {
			label = t.label("desk.move.resume", "Move", label)
		}
		d := data{what: what, ref: c.Ref, number: c.Version, word: word}
		if a == cases.LinkTo {
			d.number = 0 // there it is a page
		}
		out = append(out, move{text.Button{Text: label, Data: d.String()}, begun})
	}
	return out
}

// moveName is what an act is called.
func (r room) moveName(lang string, a cases.Action, word string) string {
	if key := "tools.move." + string(a); word == "" && r.book.Has(lang, key) {
		return r.book.Label(lang, key)
	}
	return r.book.Label(lang, moveKey(a, word))
}

// doneKey is the key of what is said when an event was made to happen.
func (t *turn) doneKey(k cases.EventKind) string {
	if key := "tools.done." + string(k); t.book.Has(t.lang, key) {
		return key
	}
	return "desk.done." + string(k)
}

// eventKey is the key of an event's line in a timeline.
func (t *turn) eventKey(k cases.EventKind) string {
	if key := "tools.event." + string(k); t.book.Has(t.lang, key) {
		return key
	}
	return "desk.event." + string(k)
}
