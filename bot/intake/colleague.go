package intake

import (
	"context"
	"fmt"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// jointWords say on the page of a case that others joined it, or how whoever looks at it did; "" for neither. Who they are
// and how they joined is nobody's among reporters.
func (i *Intake) jointWords(t *bot.Turn, c cases.Case) string {
	if c.Colleague > 0 {
		return t.T("joint.card_" + string(c.Mode))
	}
	if n := c.Known(t.Now).Colleagues; n > 0 {
		return t.T("joint.card", "Count", n)
	}
	return ""
}

// colleagueRows are the buttons of what who joined a case may do.
func (i *Intake) colleagueRows(t *bot.Turn, c cases.Case) (rows [][]text.Button) {
	if i.may(c, cases.Add, t.Now) {
		rows = append(rows, []text.Button{button(t, "intake.button.add", "h.add."+bare(c.Ref))})
	}
	return append(rows, []text.Button{button(t, "joint.button.leave", "h.leave."+bare(c.Ref))})
}

// pressAsColleague handles a button on a case of somebody who joined it. What is the first reporter's to say is refused,
// whatever keyboard it comes from.
func (i *Intake) pressAsColleague(ctx context.Context, t *bot.Turn, what string, c cases.Case) error {
	back := []text.Button{button(t, "intake.button.back_to_case", "h.case."+bare(c.Ref))}
	if known, err := i.pressWho(ctx, t, what, c); known || err != nil {
		return err
	}
	if what == "leave" {
		t.Show(t.T("joint.leave_ask", "Ref", string(c.Ref)),
			[]text.Button{button(t, "joint.button.leave_yes", "h.leave_yes."+t.Token(c.ID, c.Colleague))}, back)
		return nil
	}
	if !i.may(c, cases.Action(what), t.Now) {
		t.Alert("error.not_now")
		return i.showCase(ctx, t, string(c.Ref))
	}
	return t.Begin(ctx, what, aboutCase(c))
}

// leave takes who joined out of a case again, and the chat forgets what it held of it. The token of the button is good in
// this chat only and says whose case it is, so that a press that comes again is told the same. Without a name it is good
// while the case is open here: nobody else who holds the phone leaves it for them.
func (i *Intake) leave(ctx context.Context, t *bot.Turn, token string) error {
	id, n, ok := t.News(token)
	if !ok || n == 0 {
		return i.gone(ctx, t, &cases.Error{Code: cases.NotFound})
	}
	who, err := i.Store.Colleague(ctx, id, n)
	if err != nil && cases.CodeOf(err) != cases.NotFound {
		return fmt.Errorf("leave: %w", err)
	}
	o := t.Session.Opened
	here := o != nil && o.Case == id && o.Colleague == n
	if err == nil {
		if who.Mode.Nameless() && !here {
			return i.gone(ctx, t, &cases.Error{Code: cases.NotFound})
		}
		if err := i.Store.LeaveCase(ctx, id, n); err != nil {
			return fmt.Errorf("leave: %w", err)
		}
	}
	c, err := i.Store.CaseByID(ctx, id)
	if err != nil {
		return fmt.Errorf("read case: %w", err)
	}
	for _, d := range t.Session.Drafts {
		if d.Context["case"] == id && colleagueOf(d) == n {
			t.Close(d.ID)
		}
	}
	t.Session.ForgetSent(id)
	if here {
		t.Session.Opened = nil
	}
	t.Session.Screen = flows.Screen{}
	t.Show(t.T("joint.left", "Ref", string(c.Ref)), i.clearRow(t), []text.Button{button(t, "intake.button.home", "h.home")})
	return nil
}
