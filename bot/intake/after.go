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

// kindRetaliation is the kind of matter that somebody made a reporter pay. Without such a kind in the organisation
// nobody is asked.
const kindRetaliation = "retaliation"

// checkRows are the buttons about being asked later: the answers while a question waits, else whether to ask.
func (i *Intake) checkRows(t *bot.Turn, c cases.Case) [][]text.Button {
	if _, ok := i.Org.Kind(kindRetaliation); !ok || c.Status.Open() || !c.Mode.Reachable() {
		return nil
	}
	if i.may(c, cases.CheckIn, t.Now) {
		return answersToCheck(t.Book(), t.Lang(), "h", c)
	}
	if !i.may(c, cases.SetCheckIn, t.Now) {
		return nil
	}
	key, to := "intake.button.checks_on", "on"
	if c.CheckIns {
		key, to = "intake.button.checks_off", "off"
	}
	return [][]text.Button{{button(t, key, "h.checks."+to+"."+bare(c.Ref))}}
}

// answersToCheck are the answers to whether anyone made the reporter pay; side says where the buttons stand.
func answersToCheck(b *text.Book, lang, side string, c cases.Case) [][]text.Button {
	var rows [][]text.Button
	for _, code := range cases.Retaliations() {
		rows = append(rows, []text.Button{{Text: b.Label(lang, "intake.button.checked_"+code), Data: side + ".checked." + code + "." + bare(c.Ref)}})
	}
	return rows
}

// checkWords say on the page of a case that a question waits, or that it will be asked; "" for neither.
func (i *Intake) checkWords(t *bot.Turn, c cases.Case) string {
	switch {
	case i.may(c, cases.CheckIn, t.Now):
		return t.T("intake.card_check_due")
	case c.CheckIns && !c.Status.Open():
		return t.T("intake.card_checks")
	}
	return ""
}

// pressAfter handles the buttons about being asked later; known is false for any other.
func (i *Intake) pressAfter(ctx context.Context, t *bot.Turn, what string, c cases.Case) (known bool, err error) {
	kind, code, _ := strings.Cut(what, ".")
	act := cases.Act{By: cases.Actor{Party: cases.Reporter}, Code: code}
	switch kind {
	case "checks":
		// Setting it twice is setting it once; each change of mind has a version of its own.
		act.Action, act.Key = cases.SetCheckIn, fmt.Sprintf("checks.%s.%d", code, c.Version)
	case "checked":
		act.Action, act.Key = cases.CheckIn, fmt.Sprintf("checked.%d", c.Asked)
	default:
		return false, nil
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	c, _, _, err = i.Store.ActByID(ctx, c.ID, act)
	if over, err := i.over(ctx, t, flows.Draft{}, act.Action, err); over || err != nil {
		return true, err
	}
	if kind == "checked" && code == "bad" {
		return true, t.Begin(ctx, "retaliation", aboutCase(c))
	}
	key := "intake.checked_" + code
	if kind == "checks" {
		key = "intake.checks_set_" + code
	}
	i.done(t, c, key)
	return true, nil
}

// retaliated opens a case of its own for what was done to a reporter since, in the mode of the first case. Whoever
// worked that one has nothing to do with this one, and is not told that it exists.
func (i *Intake) retaliated(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	kind, ok := i.Org.Kind(kindRetaliation)
	if !ok {
		return fmt.Errorf("file: nobody works %s", kindRetaliation)
	}
	from, err := i.Store.CaseByID(ctx, d.Context["case"])
	if err != nil {
		return fmt.Errorf("read the case before: %w", err)
	}
	body, _ := i.bodies(t, d)
	body.Fields = append([]cases.Field{{Step: "after", Title: "retaliation.after.title", Text: []string{string(from.Ref)}}}, body.Fields...)
	f := cases.Filing{
		Case: cases.Case{
			Draft: d.ID, Mode: from.Mode, Kind: kind.ID, Unit: from.Unit, Department: kind.Department,
			Procedure: kind.Procedure, Language: t.Lang(), Restricted: kind.Restricted, Retention: kind.Retention,
		},
		Body:  body,
		After: from.ID,
	}
	filed := flows.Filed{Mode: string(from.Mode)}
	if f.Way, f.Commitment, err = i.wayBack(t, d, &filed); err != nil {
		return err
	}
	c, _, err := i.Store.File(ctx, f)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	t.Close(d.ID)
	i.remember(t, d, c)
	filed.Case, filed.Ref = c.ID, string(c.Ref)
	t.Session.Filed = &filed
	t.Session.Screen = flows.Screen{Name: screenFiled, Arg: filed.Ref}
	t.Show(t.T("intake.retaliated"))
	return i.showFiled(ctx, t)
}

// offerAnotherLook offers at once that somebody else looks at a case that did not help enough. offered is false when it
// helped, or when nobody may look again.
func (i *Intake) offerAnotherLook(t *bot.Turn, c cases.Case) (offered bool) {
	if c.Rating == "helped" {
		return false
	}
	for _, a := range []cases.Action{cases.AskSecondLook, cases.AskFinalReview} {
		if !i.may(c, a, t.Now) {
			continue
		}
		keepOpen(t, c)
		t.Show(t.T("intake.rated_low", "Until", t.Book().Day(t.Lang(), c.Until)),
			[]text.Button{button(t, "intake.button."+string(a), "h."+string(a)+"."+bare(c.Ref))},
			[]text.Button{button(t, "intake.button.open_case", "h.case."+bare(c.Ref)), button(t, "intake.button.home", "h.home")},
			i.clearRow(t))
		return true
	}
	return false
}
