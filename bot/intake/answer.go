package intake

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// satisfied takes the answer that the office proposed; number is the event with the answer that the button stood under.
// Pressed twice it is done once.
func (i *Intake) satisfied(ctx context.Context, t *bot.Turn, c cases.Case, number string) error {
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	events, err := i.Store.Events(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	seq, _ := strconv.Atoi(number)
	if said := replied(events, seq); said != "" {
		t.Alert(said) // the same press again, or what was said since
		return i.showCase(ctx, t, string(c.Ref))
	}
	if proposal(events) != seq {
		t.Alert("error.old_button") // another answer was given since
		return i.showCase(ctx, t, string(c.Ref))
	}
	c, _, _, err = i.Store.ActByID(ctx, c.ID, cases.Act{
		Action: cases.Satisfy, By: cases.Actor{Party: cases.Reporter}, Key: "satisfy." + c.ID + "." + number,
	})
	if over, err := i.over(ctx, t, flows.Draft{}, cases.Satisfy, err); over || err != nil {
		return err
	}
	keepOpen(t, c)
	var rows [][]text.Button
	if i.may(c, cases.Rate, t.Now) {
		rows = append(rows, []text.Button{button(t, "intake.button.rate", "h.rate."+bare(c.Ref))})
	}
	rows = append(rows, []text.Button{
		button(t, "intake.button.open_case", "h.case."+bare(c.Ref)), button(t, "intake.button.home", "h.home"),
	}, i.clearRow(t))
	t.Show(t.T("intake.done_satisfy", "Ref", string(c.Ref), "Until", t.Book().Day(t.Lang(), c.Until)), rows...)
	return nil
}

// replied is the key of what was said to the answer with a number already, or that the time to say it has passed; "" for
// nothing.
func replied(events []cases.Event, answer int) string {
	for _, e := range events {
		switch {
		case e.Seq <= answer:
		case e.Kind == cases.Proposed:
			return ""
		case e.Kind == cases.Satisfied, e.Kind == cases.SecondLookAsked, e.Kind == cases.Lapsed, e.Kind == cases.WithdrawnBy:
			return "intake.replied_" + string(e.Kind)
		}
	}
	return ""
}

// proposal is the number of the newest event with a proposed answer, 0 for none.
func proposal(events []cases.Event) int {
	seq := 0
	for _, e := range events {
		if e.Kind == cases.Proposed {
			seq = e.Seq
		}
	}
	return seq
}

// word says what the reporter may say to an answer and until when, "" when there is nothing to say.
func (i *Intake) word(t *bot.Turn, c cases.Case) string {
	key := ""
	switch {
	case c.Status == cases.StatusProposed:
		key = "intake.card_proposed"
	case i.may(c, cases.AskSecondLook, t.Now):
		key = "intake.card_second_look"
	case i.may(c, cases.AskFinalReview, t.Now):
		key = "intake.card_final_review"
	default:
		return ""
	}
	return t.T(key, "What", t.Book().Label(t.Lang(), "code.proposed."+c.Outcome), "Until", t.Book().Day(t.Lang(), c.Until))
}

// caseRows are the buttons of what a reporter may do to a case; answer is the number of the answer on the table.
func (i *Intake) caseRows(t *bot.Turn, c cases.Case, answer int) [][]text.Button {
	rows := i.tableRows(t, c)
	for _, a := range []cases.Action{
		cases.Answer, cases.Satisfy, cases.AskSecondLook, cases.AskFinalReview, cases.Add, cases.Rate, cases.Withdraw,
	} {
		if !i.may(c, a, t.Now) {
			continue
		}
		data := "h." + string(a) + "." + bare(c.Ref)
		if a == cases.Satisfy {
			data += "." + strconv.Itoa(answer)
		}
		rows = append(rows, []text.Button{button(t, "intake.button."+string(a), data)})
	}
	return rows
}

// reply is what may be said to an event at once: buttons, and the key of a sentence that names them, "" for none.
func (i *Intake) reply(c cases.Case, e cases.Event, now time.Time) (actions []cases.Action, then string) {
	switch e.Kind {
	case cases.Asked:
		return []cases.Action{cases.Answer}, "answer"
	case cases.Proposed:
		actions, then = []cases.Action{cases.Satisfy, cases.AskSecondLook}, "proposed"
	case cases.ClosedEvent:
		actions, then = []cases.Action{cases.Rate, cases.AskSecondLook}, "rate"
	case cases.NotAccepted, cases.Lapsed, cases.Settled:
		actions, then = []cases.Action{cases.AskSecondLook}, "second_look"
	case cases.SecondLookAnswered:
		actions, then = []cases.Action{cases.AskFinalReview}, "look_again"
	case cases.FinalReviewAnswered:
		actions, then = []cases.Action{cases.Rate}, "rate"
	case cases.Mediating:
		actions, then = []cases.Action{cases.Consent}, "consent"
	case cases.Offered:
		if c.Mediation.Offer == e.Seq {
			actions, then = []cases.Action{cases.Agree, cases.Offer, cases.EndMediation}, "offered"
		}
	}
	var may []cases.Action
	for _, a := range actions {
		if i.may(c, a, now) {
			may = append(may, a)
		}
	}
	if len(may) == 0 {
		then = ""
	}
	return may, then
}

// said are the details of an event for the words of a notice.
func said(b *text.Book, lang string, e cases.Event) []any {
	pairs := []any{"What", eventDetail(b, lang, e), "Until", b.Day(lang, e.Until)}
	renewed := ""
	for _, k := range e.Clocks {
		if k.Name == e.Code {
			renewed = b.Day(lang, k.Due)
		}
	}
	reason := strings.ReplaceAll(e.Reason, "_", " ")
	if key := "code.missed_reason." + e.Reason; e.Reason != "" && b.Has(b.Pick(lang), key) {
		reason = b.Label(lang, key)
	}
	return append(pairs, "New", renewed, "Reason", reason)
}

// owedFor names a date in the reporter's words.
func owedFor(b *text.Book, lang, name string) string {
	if key := "clock." + name; b.Has(b.Pick(lang), key) {
		return b.Label(lang, key)
	}
	return strings.ReplaceAll(name, "_", " ")
}
