package intake

import (
	"context"
	"fmt"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// cases lists what was filed from this chat, with what is owed next.
func (i *Intake) cases(ctx context.Context, t *bot.Turn) error {
	if t.Session.Lang == "" {
		i.languages(t)
		return nil
	}
	mine, err := i.Store.ByReporter(ctx, t.Reporter)
	if err != nil {
		return fmt.Errorf("list cases: %w", err)
	}
	t.Session.Screen = flows.Screen{Name: screenCases}
	var rows [][]text.Button
	parts := []string{t.T("intake.cases")}
	if len(mine) == 0 {
		parts = []string{t.T("intake.cases_none")}
	}
	if t.Session.Filed != nil {
		parts = append(parts, t.T("intake.receipt_unsaved"))
		rows = append(rows, []text.Button{button(t, "intake.button.show_receipt", "h.filed")})
	}
	const most = 10
	for n, c := range mine {
		if n == most {
			parts = append(parts, t.T("intake.cases_more", "Count", len(mine)-most))
			break
		}
		parts = append(parts, i.line(t, c))
		rows = append(rows, []text.Button{{Text: string(c.Ref) + " · " + i.standing(t, c), Data: "h.case." + bare(c.Ref)}})
	}
	rows = append(rows, i.resumeRows(t)...)
	rows = append(rows, []text.Button{button(t, "intake.button.receipt", "h.receipt"), button(t, "intake.button.home", "h.home")})
	t.Show(strings.Join(parts, "\n\n"), rows...)
	return nil
}

// outline says which case it is and where it stands.
func (i *Intake) outline(t *bot.Turn, c cases.Case) string {
	return t.T("intake.case_line", "Ref", string(c.Ref),
		"Kind", t.Book().Label(t.Lang(), "complaint.kind."+c.Kind),
		"Status", t.Book().Looked(t.Lang(), i.standing(t, c), c))
}

// line is a case in the list of them.
func (i *Intake) line(t *bot.Turn, c cases.Case) string {
	s := i.outline(t, c)
	if c.Colleague > 0 {
		s += "\n" + i.jointWords(t, c)
	}
	if owed := i.owed(t, c); owed != "" {
		s += "\n" + owed
	}
	return s
}

// standing says where a case stands. One that somebody has taken waits for nobody any more, accepted or not.
func (i *Intake) standing(t *bot.Turn, c cases.Case) string {
	if key := "joint.status." + string(c.Status); c.Colleague > 0 && t.Book().Has(t.Lang(), key) {
		return t.Book().Label(t.Lang(), key) // where the word is the first reporter's
	}
	if c.Status == cases.StatusReceived && c.Owner != 0 {
		return t.Book().Label(t.Lang(), "status.taken")
	}
	return t.Book().Label(t.Lang(), "status."+string(c.Status))
}

// owed says what the office must do next and by when, and says first when it is late.
func (i *Intake) owed(t *bot.Turn, c cases.Case) string {
	k, ok := c.Next()
	if !ok {
		return ""
	}
	key := "intake.owed"
	if t.Now.After(k.Due) {
		key = "intake.owed_late"
	}
	return t.T(key, "What", owedFor(t.Book(), t.Lang(), k.Name), "Day", t.Book().Day(t.Lang(), k.Due))
}

func (i *Intake) pressCase(ctx context.Context, t *bot.Turn, what, arg string) error {
	ref, ok := cases.ParseReference(arg)
	if !ok {
		t.Alert("error.not_found")
		return i.home(ctx, t)
	}
	switch what {
	case "case":
		t.Park()
		return i.showCase(ctx, t, string(ref))
	case "read":
		return i.readAll(ctx, t, string(ref))
	case "letter":
		return i.letter(ctx, t, string(ref))
	}
	c, err := i.find(ctx, t, string(ref))
	if err != nil {
		return i.gone(ctx, t, err)
	}
	if c.Colleague > 0 {
		return i.pressAsColleague(ctx, t, what, c)
	}
	if known, err := i.pressJoin(ctx, t, what, c); known || err != nil {
		return err
	}
	if known, err := i.pressWho(ctx, t, what, c); known || err != nil {
		return err
	}
	if known, err := i.pressAfter(ctx, t, what, c); known || err != nil {
		return err
	}
	if number, ok := strings.CutPrefix(what, "satisfy."); ok {
		return i.satisfied(ctx, t, c, number)
	}
	if what == "answer" && c.Status != cases.StatusWaiting {
		what = "add" // the question was answered already; more may be said
	}
	if !i.may(c, cases.Action(what), t.Now) {
		t.Alert("error.not_now")
		return i.showCase(ctx, t, string(ref))
	}
	return t.Begin(ctx, what, aboutCase(c))
}

// may asks the domain whether a reporter, or the colleague who has the case, may do this now.
func (i *Intake) may(c cases.Case, a cases.Action, now time.Time) bool {
	if c.Colleague > 0 && !cases.MayAsColleague(a) {
		return false
	}
	for _, m := range cases.Moves(c, cases.Actor{Party: cases.Reporter}, now) {
		if m == a {
			return true
		}
	}
	return false
}

// gone answers for a case that is not there, or not for this chat: the same words for both.
func (i *Intake) gone(ctx context.Context, t *bot.Turn, err error) error {
	if cases.CodeOf(err) != cases.NotFound {
		return err
	}
	t.Alert("error.not_found")
	t.Session.Screen = flows.Screen{}
	return i.home(ctx, t)
}

// eventLabel names an event of a case, with its detail ("Closed: partly substantiated"), to who has the case.
func eventLabel(b *text.Book, lang string, c cases.Case, e cases.Event) string {
	key := "joint.event." + string(e.Kind)
	if c.Colleague == 0 || !b.Has(b.Pick(lang), key) {
		key = "event." + string(e.Kind)
	}
	s := b.Label(lang, key)
	if detail := eventDetail(b, lang, e); detail != "" {
		s = b.Label(lang, "intake.event_detail", "What", s, "Detail", detail)
	}
	return s
}

// eventDetail says an event's code: an outcome, a reason, a way, a rating, a date; "" when it has none.
func eventDetail(b *text.Book, lang string, e cases.Event) string {
	if e.Kind == cases.Missed || e.Kind == cases.ExtensionGranted {
		return owedFor(b, lang, e.Code)
	}
	if key := "code." + string(e.Kind) + "." + e.Code; b.Has(b.Pick(lang), key) {
		finding := ""
		if e.Finding != "" {
			finding = b.Label(lang, "code.proposed."+e.Finding)
		}
		return b.Found(lang, b.Label(lang, key), finding)
	}
	return ""
}

// act does what one of the small forms asks for: answer, add, withdraw, rate.
func (i *Intake) act(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	body, code := i.said(t, d)
	action := cases.Action(d.Flow)
	act := cases.Act{
		Action: action, By: cases.Actor{Party: cases.Reporter}, Colleague: colleagueOf(d), Key: d.ID, Body: body, Code: code,
	}
	c, _, _, err := i.Store.ActByID(ctx, d.Context["case"], act)
	if cases.CodeOf(err) == cases.NotNow && action == cases.Answer {
		// Somebody moved the case on while the answer was being written: the words reach it all the same.
		act.Action = cases.Add
		c, _, _, err = i.Store.ActByID(ctx, d.Context["case"], act)
	}
	switch cases.CodeOf(err) {
	case "":
		if err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
	case cases.Incomplete:
		t.Close(d.ID)
		t.Alert("intake.nothing_said")
		return i.showCase(ctx, t, d.Context["ref"])
	case cases.NotNow, cases.NotFound, cases.NotAllowed:
		t.Close(d.ID)
		t.Alert("error." + string(cases.CodeOf(err)))
		return i.home(ctx, t)
	default:
		return fmt.Errorf("%s: %w", action, err)
	}
	t.Close(d.ID)
	i.remember(t, d, c)
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	if action != cases.Rate || !i.offerAnotherLook(t, c) {
		i.done(t, c, "intake.done_"+d.Flow)
	}
	return nil
}

// said gathers what was said in a small form, nil for nothing, but for the answers that say who somebody is; code is the
// option that was chosen.
func (i *Intake) said(t *bot.Turn, d flows.Draft) (body *cases.Body, code string) {
	body = &cases.Body{}
	var words []string
	for _, step := range t.Path(d) {
		a := d.Answers[step]
		if i.IdentitySteps[step] {
			continue
		}
		if a.Option != "" && a.Option != "ok" {
			code = a.Option
		}
		for _, p := range a.Parts {
			if p.Text != "" {
				words = append(words, p.Text)
			}
		}
		body.Files = append(body.Files, files(a)...)
	}
	body.Text = strings.Join(words, "\n\n")
	if body.Text == "" && len(body.Files) == 0 {
		body = nil
	}
	return body, code
}

// done says that something was done to a case, and leads on.
func (i *Intake) done(t *bot.Turn, c cases.Case, key string, pairs ...any) {
	keepOpen(t, c)
	t.Show(t.T(key, append([]any{"Ref", string(c.Ref)}, pairs...)...), []text.Button{
		button(t, "intake.button.open_case", "h.case."+bare(c.Ref)), button(t, "intake.button.home", "h.home"),
	}, i.clearRow(t))
}
