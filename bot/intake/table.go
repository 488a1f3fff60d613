package intake

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// tableRows are what a reporter may say in a mediation now. The button of an agreement names the proposal that was on the
// screen: nobody agrees to words they have not seen.
func (i *Intake) tableRows(t *bot.Turn, c cases.Case) (rows [][]text.Button) {
	for _, a := range []cases.Action{cases.Consent, cases.Agree, cases.Offer, cases.EndMediation} {
		if c.Status != cases.StatusMediation || !i.may(c, a, t.Now) {
			continue
		}
		data := "h." + string(a) + "." + bare(c.Ref)
		if a == cases.Agree {
			data += "." + strconv.Itoa(c.Mediation.Offer)
		}
		rows = append(rows, []text.Button{button(t, "intake.button."+string(a), data)})
	}
	return rows
}

// pressTable handles what a reporter says in a mediation. What binds or ends something is asked about once.
func (i *Intake) pressTable(ctx context.Context, t *bot.Turn, what, arg string) error {
	name, number, _ := strings.Cut(arg, ".")
	ref, ok := cases.ParseReference(name)
	if !ok {
		t.Alert("error.not_found")
		return i.home(ctx, t)
	}
	c, err := i.find(ctx, t, string(ref))
	if err != nil {
		return i.gone(ctx, t, err)
	}
	a := map[string]cases.Action{
		"consent": cases.Consent, "consent_yes": cases.Consent, "agree": cases.Agree, "agree_yes": cases.Agree,
		"offer": cases.Offer, "end_mediation": cases.EndMediation, "end_yes": cases.EndMediation,
	}[what]
	key := "table:" + what + ":" + number
	again, err := i.did(ctx, c, key)
	if err != nil {
		return err
	}
	if again {
		return i.showCase(ctx, t, string(ref)) // the same press, delivered twice
	}
	n, _ := strconv.Atoi(number)
	if !i.may(c, a, t.Now) || a == cases.Agree && n != c.Mediation.Offer {
		t.Alert("together.intake.moved_on")
		return i.showCase(ctx, t, string(ref))
	}
	yes := func(key, what string, n int) []text.Button {
		return []text.Button{button(t, key, "h."+what+"."+bare(c.Ref)+"."+strconv.Itoa(n))}
	}
	back := []text.Button{button(t, "intake.button.open_case", "h.case."+bare(c.Ref))}
	switch what {
	case "consent":
		t.Show(t.T("together.intake.explain", "Ref", string(c.Ref)), yes("together.intake.yes", "consent_yes", c.Version),
			[]text.Button{button(t, "together.intake.no", "h.end_mediation."+bare(c.Ref))}, back)
		return nil
	case "agree":
		words, err := i.onTable(ctx, c)
		if err != nil {
			return err
		}
		t.Show(t.T("together.intake.agree_sure", "Ref", string(c.Ref), "Words", text.Cut(words, 2800)),
			yes("together.intake.agree_yes", "agree_yes", c.Mediation.Offer), back)
		return nil
	case "end_mediation":
		t.Show(t.T("together.intake.end_sure", "Ref", string(c.Ref)), yes("together.intake.end_yes", "end_yes", c.Version), back)
		return nil
	case "offer":
		return t.Begin(ctx, "offer", aboutCase(c))
	}
	c, _, _, err = i.Store.ActByID(ctx, c.ID, cases.Act{Action: a, By: cases.Actor{Party: cases.Reporter}, Key: key})
	switch cases.CodeOf(err) {
	case "":
		if err != nil {
			return fmt.Errorf("%s: %w", a, err)
		}
	case cases.NotNow, cases.NotFound, cases.Changed, cases.Incomplete:
		t.Alert("together.intake.moved_on")
		return i.showCase(ctx, t, string(ref))
	default:
		return fmt.Errorf("%s: %w", a, err)
	}
	done := map[cases.Action]string{cases.Consent: "consented", cases.Agree: "agreed", cases.EndMediation: "ended"}[a]
	if c.Status == cases.StatusClosed {
		done = "settled"
	}
	i.done(t, c, "together.intake."+done)
	return nil
}

// did says whether a press was carried out before.
func (i *Intake) did(ctx context.Context, c cases.Case, key string) (bool, error) {
	events, err := i.Store.Events(ctx, c.ID)
	if err != nil {
		return false, fmt.Errorf("read events: %w", err)
	}
	for _, e := range events {
		if e.Key == key && e.By.Party == cases.Reporter {
			return true, nil
		}
	}
	return false, nil
}

// onTable are the words of the settlement that is on the table.
func (i *Intake) onTable(ctx context.Context, c cases.Case) (string, error) {
	events, err := i.Store.Events(ctx, c.ID)
	if err != nil {
		return "", fmt.Errorf("read events: %w", err)
	}
	for _, e := range events {
		if e.Seq == c.Mediation.Offer && e.Body != nil {
			return e.Body.Text, nil
		}
	}
	return "", nil
}
