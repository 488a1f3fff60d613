// Package intake is the reporters' side: the way in, the receipt, and everything a reporter may see and do later.
// It never learns a name or an id of Telegram's; people are keyed names and sealed addresses here.
package intake

import (
	"context"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/letter"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
	"huiyin/guide"
)

// Store is what of the case store reporters need. Errors are *cases.Error: Away when the store cannot be
// reached, NotFound, NotNow.
type Store interface {
	// File stores a submission once: the same draft gives the stored case again, and again is true.
	File(ctx context.Context, f cases.Filing) (c cases.Case, again bool, err error)
	// ActByID does something to a case once for each key.
	ActByID(ctx context.Context, id string, a cases.Act) (c cases.Case, e cases.Event, again bool, err error)
	// ByReporter lists the cases filed from a chat, newest first; anonymous and dark cases are never among them.
	ByReporter(ctx context.Context, reporter []byte) ([]cases.Case, error)
	// ByReceipt opens an anonymous or dark case. Once its reporter is known the receipt opens nothing.
	ByReceipt(ctx context.Context, lookup []byte) (cases.Case, error)
	CaseByID(ctx context.Context, id string) (cases.Case, error)
	// Resend sends what a closed chat kept from its reporter.
	Resend(ctx context.Context, reporter []byte) error
	// Uncleaned says of each event how many of its files hold hidden details that could not be taken out.
	Uncleaned(ctx context.Context, caseID string) (map[int]int, error)
	// Events are a case's events with their words.
	Events(ctx context.Context, caseID string) ([]cases.Event, error)

	// MakeJoinLink keeps the token of a link by which one colleague may join. Errors: NotNow, also when too many wait.
	MakeJoinLink(ctx context.Context, caseID, token string) error
	// JoinLink gives the case that a link leads to. Errors: UsedUp; NotNow.
	JoinLink(ctx context.Context, token string) (cases.Case, error)
	// JoinCase makes a colleague of whoever holds a token, once for each draft; c is the case as they have it. Errors:
	// UsedUp; NotNow; NotAllowed for who reports or joined it already.
	JoinCase(ctx context.Context, token string, j cases.Joining) (c cases.Case, again bool, err error)
	// Colleague is who joined a case under a number. Error: NotFound, also for who left.
	Colleague(ctx context.Context, caseID string, n int) (cases.Colleague, error)
	// LeaveCase takes a colleague out of a case, with everything that leads back to them.
	LeaveCase(ctx context.Context, caseID string, n int) error
}

// Receipts makes and reads receipts; a receipt is handled in its canonical form.
type Receipts interface {
	// New gives the same receipt for the same secret, so that filing twice shows one receipt.
	New(secret []byte) string
	// Find looks for a receipt in a text.
	Find(text string) (receipt string, ok bool)
	Lookup(receipt string) []byte
	// Commitment is what the audit shows of a filing to whoever holds the receipt.
	Commitment(receipt string) []byte
	// Shown is the form people read and copy.
	Shown(receipt string) string
}

// Guesses limits how often one chat may try receipts.
type Guesses interface {
	// Allow counts a try. ok is false when the chat had too many; retry says how long that lasts.
	Allow(ctx context.Context, asker [32]byte) (ok bool, retry time.Duration, err error)
	// Settle ends an allowed try; one that opened a case is given back. It is called for every try, and does the
	// same work for every one.
	Settle(ctx context.Context, asker [32]byte, opened bool) error
}

// Options is what an Intake is made of; all fields are needed but those that say otherwise.
type Options struct {
	Store    Store
	Receipts Receipts
	Guesses  Guesses
	Book     *text.Book
	Org      cases.Organisation
	Print    letter.Printer
	// IdentitySteps are the steps whose answers say who the reporter is.
	IdentitySteps map[string]bool
	// Guide is what people can look up, and Read counts how it helps; without Read nothing is counted.
	Guide guide.Guide
	Read  *Read
	// Receptions keeps leaders' reception days; nil where there are none.
	Receptions ReceptionStore
	// Link is the address by which a start parameter is used with the reporters' bot.
	Link func(start string) string
}

// Intake is the reporters' side.
type Intake struct{ Options }

// New makes the reporters' side.
func New(o Options) *Intake { return &Intake{Options: o} }

// openFor is how long a receipt keeps a case open in a chat after the last look.
const openFor = 30 * time.Minute

// Screens of reporters.
const (
	screenHome    = ""
	screenCases   = "cases"
	screenCase    = "case"
	screenReceipt = "receipt"
	screenFiled   = "filed"
	screenWho     = "who"
	screenGuide   = "guide"
	screenJoin    = "join"
)

// Command implements bot.Side.
func (i *Intake) Command(ctx context.Context, t *bot.Turn) (bool, error) {
	switch t.Command {
	case "start":
		if token, ok := strings.CutPrefix(t.Args, cases.JoinStart); ok {
			return true, i.openJoin(ctx, t, token)
		}
		if t.Args != "" {
			t.Send(t.T("intake.bad_link"))
		}
		t.Park()
		return true, i.home(ctx, t)
	case "file", "new":
		return true, i.begin(ctx, t)
	case "status", "cases":
		t.Park()
		return true, i.cases(ctx, t)
	case "receipt":
		t.Park()
		i.receiptPrompt(t)
		return true, nil
	case "reception":
		t.Park()
		return true, i.reception(ctx, t)
	case "forget":
		t.Park()
		return true, i.forgetWhich(ctx, t)
	case "guide":
		t.Park()
		return true, i.guide(ctx, t)
	case "clear":
		return true, i.clear(t)
	case "language":
		i.languages(t)
		return true, nil
	case "privacy":
		t.Send(t.T("intake.privacy"), i.backRow(t))
		return true, nil
	case "help":
		t.Send(t.T("intake.help"), i.backRow(t))
		return true, nil
	case "cancel", "back", "skip", "done", "exit":
		t.Send(t.T("intake.nothing_open"))
		return true, i.home(ctx, t)
	}
	return false, nil
}

// backRow leads back to the open form, or home.
func (i *Intake) backRow(t *bot.Turn) []text.Button {
	if d, ok := t.Session.Draft(t.Session.Active); ok {
		return []text.Button{button(t, "intake.button.continue", "h.resume."+d.Nonce)}
	}
	return []text.Button{button(t, "intake.button.home", "h.home")}
}

// Press implements bot.Side. Buttons of this side begin with "h.", on notices with "n.": what the office wrote stays
// on the screen, and what follows comes below it.
func (i *Intake) Press(ctx context.Context, t *bot.Turn) (bool, error) {
	if i.Receptions != nil && strings.HasPrefix(t.Data, receptionPrefix) {
		return true, i.pressReception(ctx, t)
	}
	parts := strings.SplitN(t.Data, ".", 3)
	if parts[0] != "h" && parts[0] != "n" || len(parts) < 2 {
		return false, nil
	}
	arg := ""
	if len(parts) == 3 {
		arg = parts[2]
	}
	if parts[1] == "news" {
		return true, i.news(ctx, t, arg)
	}
	if parts[0] == "n" {
		t.Below()
	}
	switch parts[1] {
	case "home":
		t.Park()
		return true, i.home(ctx, t)
	case "lang":
		return true, i.setLanguage(ctx, t, arg)
	case "language":
		i.languages(t)
		return true, nil
	case "file":
		return true, i.begin(ctx, t)
	case "resume":
		return true, i.resume(ctx, t, arg)
	case "consent", "consent_yes", "agree", "agree_yes", "offer", "end_mediation", "end_yes":
		return true, i.pressTable(ctx, t, parts[1], arg)
	case "guide":
		return true, i.pressGuide(ctx, t, arg)
	case "cases":
		t.Park()
		return true, i.cases(ctx, t)
	case "receipt":
		t.Park()
		i.receiptPrompt(t)
		return true, nil
	case "privacy", "help":
		t.Show(t.T("intake."+parts[1]), i.backRow(t))
		return true, nil
	case "filed":
		return true, i.Screen(ctx, t)
	case "saved":
		return true, i.receiptSaved(ctx, t, arg)
	case "keep":
		return true, i.keepChat(ctx, t, arg)
	case "clear":
		return true, i.clear(t)
	case "shut":
		return true, i.shut(ctx, t)
	case "lower":
		mode, ref, _ := strings.Cut(arg, ".")
		return true, i.pressCase(ctx, t, "lower."+mode, ref)
	case "checks", "checked", "link":
		code, ref, _ := strings.Cut(arg, ".")
		return true, i.pressCase(ctx, t, parts[1]+"."+code, ref)
	case "leave_yes":
		return true, i.leave(ctx, t, arg)
	case "satisfy":
		ref, number, _ := strings.Cut(arg, ".")
		return true, i.pressCase(ctx, t, "satisfy."+number, ref)
	case "case", "read", "letter", "answer", "add", "withdraw", "rate", "second_look", "final_review",
		"who", "forget", "reveal", "reach", "reach_yes", "shred", "shred_yes", "join", "leave":
		return true, i.pressCase(ctx, t, parts[1], arg)
	}
	return false, nil
}

// Message implements bot.Side: words without a form.
func (i *Intake) Message(ctx context.Context, t *bot.Turn) error {
	if t.Session.Lang == "" {
		if lang, ok := i.spoken(t); ok {
			return i.setLanguage(ctx, t, lang)
		}
		if t.Session.Screen.Name == screenJoin {
			i.languages(t) // the link is not forgotten
			return nil
		}
		return i.home(ctx, t)
	}
	if t.Session.Screen.Name == screenReceipt && t.In.Text != "" {
		if nearReceipt(t.In.Text) {
			t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		}
		t.Send(t.T("intake.receipt_unreadable"), []text.Button{button(t, "intake.button.home", "h.home")})
		return nil
	}
	if t.Session.Screen.Name == screenGuide {
		i.look(t)
		return nil
	}
	if t.In.Text == "" && t.In.File == nil {
		t.Send(t.T("intake.no_form_for_this"))
		return i.home(ctx, t)
	}
	if t.Session.Screen.Name == screenCase {
		c, err := i.find(ctx, t, t.Session.Screen.Arg)
		if err == nil && !i.may(c, cases.Action(flowFor(c)), t.Now) {
			t.Send(t.T("intake.case_over", "Ref", string(c.Ref)))
			return i.showCase(ctx, t, string(c.Ref))
		}
		if err != nil && cases.CodeOf(err) != cases.NotFound {
			return err
		}
	}
	about, flow, several, err := i.meant(ctx, t)
	if err != nil {
		return err
	}
	switch {
	case flow != "":
		return t.BeginWith(ctx, flow, about)
	case several:
		t.Send(t.T("intake.which_case"))
		return i.cases(ctx, t)
	}
	if flows.Tells(t.In.Text) && t.Session.Filed == nil {
		return t.BeginWith(ctx, "complaint", nil) // who tells what happened has begun
	}
	t.Send(t.T("intake.begin_first"))
	return i.home(ctx, t)
}

// Screen implements bot.Side.
func (i *Intake) Screen(ctx context.Context, t *bot.Turn) error {
	if t.Session.Filed != nil {
		return i.showFiled(ctx, t)
	}
	switch t.Session.Screen.Name {
	case screenCases:
		return i.cases(ctx, t)
	case screenCase, screenFiled:
		return i.showCase(ctx, t, t.Session.Screen.Arg)
	case screenReception:
		return i.reception(ctx, t)
	case screenJoin:
		return i.openJoin(ctx, t, t.Session.Screen.Arg)
	case screenWho:
		return i.pressCase(ctx, t, "who", t.Session.Screen.Arg)
	case screenReceipt:
		i.receiptPrompt(t)
		return nil
	case screenGuide:
		return i.guide(ctx, t)
	}
	return i.home(ctx, t)
}

// Returned implements bot.ReporterSide.
func (i *Intake) Returned(ctx context.Context, reporter []byte) error {
	return i.Store.Resend(ctx, reporter)
}

func button(t *bot.Turn, key, data string, pairs ...any) text.Button {
	return text.Button{Text: t.Book().Label(t.Lang(), key, pairs...), Data: data}
}
