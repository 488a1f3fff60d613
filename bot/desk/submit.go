package desk

import (
	"context"
	"fmt"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// codes name the step of a form whose option becomes the act's code.
var codes = map[cases.Action]string{
	cases.Propose: "outcome", cases.Decline: "reason", cases.Redirect: "way",
	cases.Opine: "vote", cases.Conclude: "outcome", cases.AnswerSecondLook: "verdict", cases.AnswerFinalReview: "verdict",
}

// Submit does what a finished form stands for. The draft goes only when its act is stored; when the act
// is refused, the words stay in the draft and the officer is told what can be done.
func (d *Desk) Submit(ctx context.Context, bt *bot.Turn, draft flows.Draft) error {
	t := d.at(bt)
	if t != nil && receptionForms[draft.Flow] != "" {
		return t.submitReception(ctx, draft)
	}
	action, known := actionOf(draft.Flow)
	ref, ok := cases.ParseReference(draft.Context["ref"])
	if t == nil || !known || !ok {
		// The account was closed while the form was open, or the form is not of this desk: nothing is done.
		bt.Alert("error." + string(cases.NotAllowed))
		return nil
	}
	act, err := t.actOf(ctx, draft, action, ref)
	if err != nil {
		return err
	}
	if err := t.fill(ctx, &act, draft.Context["what"]); err != nil {
		return err
	}
	t.here()
	err = t.askedIn(ctx, ref, &act, draft.Context["officers"])
	var c cases.Case
	var e cases.Event
	if err == nil {
		c, e, err = t.carry(ctx, draft, ref, act)
	}
	if err != nil && !told(err) {
		return fmt.Errorf("send an officer's form: %w", err)
	}
	if err != nil {
		t.keep(draft, action, ref, err)
		return nil
	}
	t.Close(draft.ID)
	if cases.Can(t.by, cases.List, c) != nil {
		if e.Kind == cases.TransferRefused {
			return t.home(ctx, t.say("desk.done.transfer_refused"))
		}
		return t.home(ctx, t.say("desk.sent.plain"))
	}
	return t.card(ctx, ref, t.sent(c, e))
}

// actOf is the act that a form stands for.
func (t *turn) actOf(ctx context.Context, draft flows.Draft, action cases.Action, ref cases.Reference) (cases.Act, error) {
	act := cases.Act{Action: action, By: t.by, Key: "draft:" + draft.ID, Body: said(draft.Answers["words"])}
	if step := codes[action]; step != "" {
		act.Code = draft.Answers[step].Option
	}
	if act.Code == "changed" {
		act.Finding = draft.Answers["finding"].Option
	}
	if action == cases.Raise {
		act.Code = cases.MajorByHand
	}
	if action == cases.AskCustody {
		act.Code = draft.Context["what"]
	}
	if action == cases.Merge {
		act.Other = draft.Context["into"] // the store puts the row in its place
	}
	if action == cases.Split {
		act.Other = draft.ID // as above
	}
	if action == cases.Note {
		called, err := t.called(ctx, draft, ref)
		if err != nil {
			return act, err
		}
		for _, o := range called {
			act.Officers = append(act.Officers, o.ID)
		}
	}
	return act, nil
}

func actionOf(flow string) (cases.Action, bool) {
	for a, f := range forms {
		if f == flow {
			return a, true
		}
	}
	return "", false
}

// said is what was written in a form: all messages as one text, and the files.
func said(a flows.Answer) *cases.Body {
	b := &cases.Body{}
	var words []string
	for _, p := range a.Parts {
		if p.Text != "" {
			words = append(words, p.Text)
		}
		if p.File != nil {
			b.Files = append(b.Files, cases.File{ID: p.File.ID, Kind: p.File.Kind, Name: p.File.Name, MIME: p.File.MIME, Size: p.File.Size})
		}
	}
	b.Text = strings.Join(words, "\n\n")
	return b
}

// sent says what was sent and to whom.
func (t *turn) sent(c cases.Case, e cases.Event) string {
	what := t.say(t.doneKey(e.Kind))
	switch {
	case !cases.VisibleToReporter(e.Kind), t.guest():
		return what
	case !c.Reachable():
		return what + "\n" + t.say("desk.sent.anonymous")
	case c.Mode.Nameless() && !c.Prompt:
		return what + "\n" + t.say("desk.sent.quiet")
	}
	return what + "\n" + t.say("desk.sent.reporter")
}

// keep tells why a form could not be sent. Its words stay, and every way on is a button.
func (t *turn) keep(draft flows.Draft, a cases.Action, ref cases.Reference, err error) {
	markup := t.say("error."+string(cases.CodeOf(err))) + "\n" + t.say("desk.kept", "Move", t.moveName(t.lang, a, draft.Context["what"]), "Ref", string(ref))
	t.Send(markup, []text.Button{
		t.button("desk.button.card", data{what: "case", ref: ref}),
		t.button("desk.button.back_to_draft", data{what: "draft", word: draft.Nonce}),
	})
}
