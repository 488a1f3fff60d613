package intake

import (
	"context"
	"fmt"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// pressWho handles the buttons about who may know of a case; false when what is none of them. c is the reporter's.
func (i *Intake) pressWho(ctx context.Context, t *bot.Turn, what string, c cases.Case) (bool, error) {
	what, to, _ := strings.Cut(what, ".")
	needs := map[string]cases.Action{
		"who": "", "forget": cases.Lower, "lower": cases.Lower, "reveal": cases.Reveal,
		"reach": cases.Reveal, "reach_yes": cases.Reveal, "shred": cases.Shred, "shred_yes": cases.Shred,
	}
	need, known := needs[what]
	if !known {
		return false, nil
	}
	if need != "" && !i.may(c, need, t.Now) || strings.HasPrefix(what, "reach") && c.Mode != cases.Dark {
		t.Alert("error.not_now")
		return true, i.showCase(ctx, t, string(c.Ref))
	}
	t.Session.Screen = flows.Screen{Name: screenWho, Arg: string(c.Ref)}
	switch what {
	case "who":
		i.whoMayKnow(t, c)
	case "forget":
		i.forgetHow(t, c)
	case "lower":
		return true, i.beginForget(ctx, t, c, cases.Mode(to))
	case "reveal":
		return true, t.Begin(ctx, "reveal", aboutCase(c))
	case "reach":
		t.Show(t.T("intake.reach_ask", "Ref", string(c.Ref)),
			[]text.Button{button(t, "intake.button.reach_yes", "h.reach_yes."+bare(c.Ref))},
			[]text.Button{button(t, "intake.button.back", "h.who."+bare(c.Ref))})
	case "reach_yes":
		return true, i.reach(ctx, t, c)
	case "shred":
		t.Show(t.T("intake.shred_ask", "Ref", string(c.Ref)),
			[]text.Button{button(t, "intake.button.shred_yes", "h.shred_yes."+bare(c.Ref))},
			[]text.Button{button(t, "intake.button.back", "h.who."+bare(c.Ref))})
	case "shred_yes":
		return true, i.shred(ctx, t, c)
	}
	return true, nil
}

// whoMayKnow says in plain words who can see what of a case in its present mode, and what the reporter can change; of who
// joined it, the same in theirs.
func (i *Intake) whoMayKnow(t *bot.Turn, c cases.Case) {
	var rows [][]text.Button
	offer := func(a cases.Action, key, data string) {
		if i.may(c, a, t.Now) {
			rows = append(rows, []text.Button{button(t, "intake.button."+key, "h."+data+"."+bare(c.Ref))})
		}
	}
	offer(cases.Lower, "forget", "forget")
	if c.Mode == cases.Dark {
		offer(cases.Reveal, "reach", "reach")
	}
	offer(cases.Reveal, "reveal", "reveal")
	offer(cases.Shred, "shred", "shred")
	words := "intake.who_" + string(c.Mode)
	if c.Mode.Nameless() && c.Prompt {
		words += "_prompt"
	}
	said := t.T(words, "Ref", string(c.Ref))
	if c.Colleague > 0 {
		said = t.T("joint.who_"+string(c.Mode), "Ref", string(c.Ref)) + "\n\n" + t.T("joint.who_less")
		rows = append(rows, []text.Button{button(t, "joint.button.leave", "h.leave."+bare(c.Ref))})
	}
	rows = append(rows, []text.Button{button(t, "intake.button.back_to_case", "h.case."+bare(c.Ref))})
	t.Show(said+"\n\n"+t.T("intake.who_always"), rows...)
}

// forgetHow offers the modes that keep less than the present one.
func (i *Intake) forgetHow(t *bot.Turn, c cases.Case) {
	parts := []string{t.T("intake.forget_how", "Ref", string(c.Ref))}
	var rows [][]text.Button
	for _, m := range cases.Modes() {
		if m.Below(c.Mode) {
			parts = append(parts, t.T("intake.forget_"+string(m)))
			rows = append(rows, []text.Button{button(t, "intake.button.forget_"+string(m), "h.lower."+string(m)+"."+bare(c.Ref))})
		}
	}
	rows = append(rows, []text.Button{button(t, "intake.button.back", "h.who."+bare(c.Ref))})
	t.Show(strings.Join(parts, "\n\n"), rows...)
}

// forgetWhich is /forget: about the case on the screen, else about one of those filed from here.
func (i *Intake) forgetWhich(ctx context.Context, t *bot.Turn) error {
	if t.Session.Lang == "" {
		i.languages(t)
		return nil
	}
	if s := t.Session.Screen; s.Name == screenCase || s.Name == screenWho {
		c, err := i.find(ctx, t, s.Arg)
		if err == nil && i.may(c, cases.Lower, t.Now) {
			t.Session.Screen = flows.Screen{Name: screenWho, Arg: string(c.Ref)}
			i.forgetHow(t, c)
			return nil
		}
		if err == nil {
			t.Send(t.T("intake.forget_nothing", "Ref", string(c.Ref)),
				[]text.Button{button(t, "intake.button.back_to_case", "h.case."+bare(c.Ref))})
			return nil
		}
		if cases.CodeOf(err) != cases.NotFound {
			return err
		}
	}
	mine, err := i.Store.ByReporter(ctx, t.Reporter)
	if err != nil {
		return fmt.Errorf("list cases: %w", err)
	}
	var rows [][]text.Button
	key := "intake.forget_none"
	for _, c := range mine {
		if i.may(c, cases.Lower, t.Now) && len(rows) < 10 {
			key = "intake.forget_which"
			label := string(c.Ref) + " · " + t.Book().Label(t.Lang(), "complaint.kind."+c.Kind)
			rows = append(rows, []text.Button{{Text: label, Data: "h.forget." + bare(c.Ref)}})
		}
	}
	rows = append(rows, []text.Button{button(t, "intake.button.receipt", "h.receipt"), button(t, "intake.button.home", "h.home")})
	t.Show(t.T(key), rows...)
	return nil
}

// beginForget opens the form that asks once more. Its mode is the one to come: a draft that holds the secret of a
// receipt must not be kept outside Redis.
func (i *Intake) beginForget(ctx context.Context, t *bot.Turn, c cases.Case, to cases.Mode) error {
	if !to.Below(c.Mode) {
		t.Alert("error.not_now")
		i.forgetHow(t, c)
		return nil
	}
	about := aboutCase(c)
	about["from"], about["mode"] = string(c.Mode), string(to)
	return t.Begin(ctx, "forget", about)
}

// forget lowers the mode of a case. Where nobody is to find the way back but the reporter, a receipt is made.
func (i *Intake) forget(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	from, to := cases.Mode(d.Context["from"]), cases.Mode(d.Context["mode"])
	act := cases.Act{
		Action: cases.Lower, By: cases.Actor{Party: cases.Reporter}, Colleague: colleagueOf(d), Key: d.ID, Code: string(to),
	}
	filed := flows.Filed{
		Case: d.Context["case"], Ref: d.Context["ref"], Mode: string(to), From: string(from), Colleague: colleagueOf(d),
	}
	if to.Nameless() && !from.Nameless() {
		filed.Receipt = i.Receipts.New(d.Secret)
		act.Way.Receipt, act.Commitment = i.Receipts.Lookup(filed.Receipt), i.Receipts.Commitment(filed.Receipt)
		if to.Reachable() {
			address, err := t.Address()
			if err != nil {
				return fmt.Errorf("forget: seal address: %w", err)
			}
			act.Way.Address = address
		}
	}
	c, _, _, err := i.Store.ActByID(ctx, filed.Case, act)
	if over, err := i.over(ctx, t, d, cases.Lower, err); over || err != nil {
		return err
	}
	t.Close(d.ID)
	t.Session.About(c.ID, string(to))
	if to.Nameless() {
		t.Session.ForgetSent(c.ID)
	}
	if filed.Receipt == "" {
		i.done(t, c, "intake.forgotten_"+string(to))
		t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
		return nil
	}
	t.Session.Filed = &filed
	t.Session.Screen = flows.Screen{Name: screenFiled, Arg: filed.Ref}
	t.Show(t.T("intake.forgotten_"+string(to), "Ref", filed.Ref))
	return i.showFiled(ctx, t)
}

// reveal raises the mode of a case: the reporter alone does so, after having seen what is shown to whom.
func (i *Intake) reveal(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	from, to := cases.Mode(d.Context["mode"]), cases.Named
	if d.Answers["to"].Option == string(cases.Confidential) {
		to = cases.Confidential
	}
	who := &cases.Identity{}
	for _, step := range t.Path(d) {
		if a, ok := d.Answers[step]; ok && strings.HasPrefix(step, "who_") {
			who.Fields = append(who.Fields, field(t, d, step, a))
		}
	}
	address, err := t.Address()
	if err != nil {
		return fmt.Errorf("reveal: seal address: %w", err)
	}
	c, _, _, err := i.Store.ActByID(ctx, d.Context["case"], cases.Act{
		Action: cases.Reveal, By: cases.Actor{Party: cases.Reporter}, Colleague: colleagueOf(d), Key: d.ID, Code: string(to),
		Way: cases.Way{Identity: who, Reporter: t.Reporter, Address: address},
	})
	if over, err := i.over(ctx, t, d, cases.Reveal, err); over || err != nil {
		return err
	}
	t.Close(d.ID)
	t.Session.About(c.ID, string(to))
	if o := t.Session.Opened; o != nil && o.Case == c.ID && o.Colleague == c.Colleague {
		t.Session.Opened = nil
	}
	if f := t.Session.Filed; f != nil && f.Case == c.ID && f.Colleague == c.Colleague {
		t.Session.Filed = nil // its receipt opens nothing any more
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	key := "intake.revealed_" + string(to)
	if from.Nameless() {
		t.Send(t.T("intake.receipt_over"))
	}
	i.done(t, c, key)
	return nil
}

// reach leaves the postman an address of a case that has none.
func (i *Intake) reach(ctx context.Context, t *bot.Turn, c cases.Case) error {
	address, err := t.Address()
	if err != nil {
		return fmt.Errorf("reach: seal address: %w", err)
	}
	c, _, _, err = i.Store.ActByID(ctx, c.ID, cases.Act{
		Action: cases.Reveal, By: cases.Actor{Party: cases.Reporter}, Colleague: c.Colleague, Code: string(cases.Anonymous),
		Key: fmt.Sprintf("reach.%s.%d.%d", c.ID, c.Version, c.Colleague), Way: cases.Way{Address: address},
	})
	if over, err := i.over(ctx, t, flows.Draft{}, cases.Reveal, err); over || err != nil {
		return err
	}
	t.Session.About(c.ID, string(cases.Anonymous))
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	i.done(t, c, "intake.reached")
	return nil
}

// shred destroys the words of a case that its reporter took back.
func (i *Intake) shred(ctx context.Context, t *bot.Turn, c cases.Case) error {
	_, _, _, err := i.Store.ActByID(ctx, c.ID, cases.Act{
		Action: cases.Shred, By: cases.Actor{Party: cases.Reporter}, Key: "shred." + c.ID,
	})
	if over, err := i.over(ctx, t, flows.Draft{}, cases.Shred, err); over || err != nil {
		return err
	}
	for _, d := range t.Session.Drafts {
		if d.Context["case"] == c.ID {
			t.Close(d.ID)
		}
	}
	t.Session.ForgetSent(c.ID)
	t.Session.Opened, t.Session.Screen = nil, flows.Screen{}
	t.Show(t.T("intake.shredded", "Ref", string(c.Ref)), i.clearRow(t), []text.Button{button(t, "intake.button.home", "h.home")})
	return nil
}

// over answers when an act was refused: the form is closed, the person told why. Any other error is given back.
func (i *Intake) over(ctx context.Context, t *bot.Turn, d flows.Draft, a cases.Action, err error) (bool, error) {
	switch cases.CodeOf(err) {
	case "":
		if err != nil {
			return false, fmt.Errorf("%s: %w", a, err)
		}
		return false, nil
	case cases.NotNow, cases.NotFound, cases.NotAllowed, cases.Incomplete:
		key := "error." + string(cases.CodeOf(err))
		if cases.CodeOf(err) == cases.Incomplete {
			key = "error.not_now" // the case has another mode than when the form was begun
		}
		t.Close(d.ID)
		t.Alert(key)
		return true, i.home(ctx, t)
	}
	return false, fmt.Errorf("%s: %w", a, err)
}
