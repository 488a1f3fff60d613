package intake

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// nobody is a number that no colleague has: what a token for it is made of stands on no button.
const nobody = math.MaxInt32

// mayAskColleagues says whether who has a case may ask colleagues to join it: its first reporter, in every mode, while it
// is open. One whom nothing but a receipt leads back to holds the case on the screen like any other.
func mayAskColleagues(c cases.Case) bool {
	return c.Colleague == 0 && c.Status.Open() && !c.Shredded
}

// joinRows lead to asking colleagues.
func (i *Intake) joinRows(t *bot.Turn, c cases.Case) [][]text.Button {
	if !mayAskColleagues(c) {
		return nil
	}
	return [][]text.Button{{button(t, "joint.button.ask", "h.join."+bare(c.Ref))}}
}

// pressJoin handles the buttons of a first reporter who asks colleagues to join; known is false for any other.
func (i *Intake) pressJoin(ctx context.Context, t *bot.Turn, what string, c cases.Case) (known bool, err error) {
	what, screen, _ := strings.Cut(what, ".")
	if what != "join" && what != "link" {
		return false, nil
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	if !mayAskColleagues(c) {
		t.Alert("error.not_now")
		return true, i.showCase(ctx, t, string(c.Ref))
	}
	back := []text.Button{button(t, "intake.button.back_to_case", "h.case."+bare(c.Ref))}
	if what == "join" {
		t.Show(t.T("joint.ask", "Kind", t.Book().Label(t.Lang(), "complaint.kind."+c.Kind), "Days", cases.JoinLinkDays),
			// A screen makes one link, however often its button is tapped.
			[]text.Button{button(t, "joint.button.link", "h.link."+strconv.FormatInt(t.In.Update, 36)+"."+bare(c.Ref))}, back)
		return true, nil
	}
	secret := t.Token(c.ID, nobody)
	if secret == "" {
		return true, errors.New("make a link to join by: there is no key for it")
	}
	token := cases.JoinToken([]byte(secret + "|" + screen))
	err = i.Store.MakeJoinLink(ctx, c.ID, token)
	if cases.CodeOf(err) == cases.NotNow {
		t.Show(t.T("joint.links_wait", "Count", cases.MaxJoinLinks, "Days", cases.JoinLinkDays), back)
		return true, nil
	}
	if err != nil {
		return true, fmt.Errorf("make a link to join by: %w", err)
	}
	link := i.Link(cases.JoinStart + token)
	t.Show(t.T("joint.link_made"), []text.Button{button(t, "joint.button.another", "h.join."+bare(c.Ref))}, back)
	t.Replies = append(t.Replies, text.Reply{
		Do: text.Send, HTML: t.T("joint.link", "Link", link, "Days", cases.JoinLinkDays), Protect: c.Mode.Nameless(),
		Rows: [][]text.Button{{{Text: t.Book().Label(t.Lang(), "joint.button.copy"), Copy: link}}},
	})
	return true, nil
}

// openJoin is the way in of who was given a link. Tokens are tried as seldom as receipts; used, run out and never made get
// the same answer.
func (i *Intake) openJoin(ctx context.Context, t *bot.Turn, token string) error {
	t.Park()
	if t.Session.Lang == "" {
		t.Session.Screen = flows.Screen{Name: screenJoin, Arg: token}
		i.languages(t)
		return nil
	}
	t.Session.Screen = flows.Screen{}
	if t.Session.Filed != nil {
		return i.showFiled(ctx, t)
	}
	var asker [32]byte
	copy(asker[:], t.Reporter)
	allowed, retry, err := i.Guesses.Allow(ctx, asker)
	if err != nil {
		return fmt.Errorf("limit guesses: %w", err)
	}
	if !allowed {
		t.Send(t.T("joint.link_wait", "Minutes", minutes(retry)))
		return nil
	}
	c, err := i.Store.JoinLink(ctx, token)
	if cases.CodeOf(err) != cases.Away {
		// A try that stays counted because Redis is away costs an honest person one of five.
		_ = i.Guesses.Settle(ctx, asker, cases.CodeOf(err) != cases.UsedUp)
	}
	if err != nil {
		return i.notJoined(t, err)
	}
	has, err := i.has(ctx, t, c.ID)
	if err != nil {
		return err
	}
	if has {
		return i.notJoined(t, &cases.Error{Code: cases.NotAllowed})
	}
	words := t.T("joint.welcome", "Kind", t.Book().Label(t.Lang(), "complaint.kind."+c.Kind))
	if t.Officer != nil {
		words += "\n\n" + t.T("joint.welcome_officer")
	}
	t.Send(words)
	return t.Begin(ctx, "join", map[string]string{"token": token})
}

// has says whether this chat has a case already, as far as can be known: one without a name only while it is open here.
func (i *Intake) has(ctx context.Context, t *bot.Turn, caseID string) (bool, error) {
	if o := t.Session.Opened; o != nil && o.Case == caseID {
		return true, nil
	}
	mine, err := i.Store.ByReporter(ctx, t.Reporter)
	if err != nil {
		return false, fmt.Errorf("list cases: %w", err)
	}
	for _, c := range mine {
		if c.ID == caseID {
			return true, nil
		}
	}
	return false, nil
}

// notJoined says why a link does not let somebody in, and what to do. Any other error is given back.
func (i *Intake) notJoined(t *bot.Turn, err error) error {
	key := map[cases.Code]string{
		cases.UsedUp: "joint.link_used", cases.NotFound: "joint.link_used", cases.NotNow: "joint.link_closed",
		cases.NotAllowed: "joint.link_own",
	}[cases.CodeOf(err)]
	if key == "" {
		return fmt.Errorf("join: %w", err)
	}
	t.Show(t.T(key), []text.Button{button(t, "intake.button.cases", "h.cases"), button(t, "intake.button.home", "h.home")})
	return nil
}

// join makes a colleague of who has sent the form. Sent again it is the same: the draft's id is on the link.
func (i *Intake) join(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	filed := flows.Filed{Mode: t.Facts(d)["mode"]}
	j := cases.Joining{Draft: d.ID, Mode: cases.Mode(filed.Mode), Language: t.Lang()}
	var err error
	if j.Way, j.Commitment, err = i.wayBack(t, d, &filed); err != nil {
		return err
	}
	if !j.Mode.Nameless() {
		_, j.Identity = i.bodies(t, d)
	}
	j.Body, _ = i.said(t, d)
	c, _, err := i.Store.JoinCase(ctx, d.Context["token"], j)
	if code := cases.CodeOf(err); code == cases.UsedUp || code == cases.NotNow || code == cases.NotAllowed || code == cases.NotFound {
		t.Close(d.ID)
		return i.notJoined(t, err)
	}
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	t.Close(d.ID)
	i.remember(t, d, c)
	filed.Case, filed.Ref, filed.Colleague = c.ID, string(c.Ref), c.Colleague
	t.Session.Filed = &filed
	t.Session.Screen = flows.Screen{Name: screenFiled, Arg: filed.Ref}
	t.Show(t.T("joint.sent"))
	return i.showFiled(ctx, t)
}
