package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// isReporters tells reporters' forms from officers'.
func isReporters(d flows.Draft) bool { return !strings.HasPrefix(d.Flow, "desk_") }

// receiptForms are those that may bring a receipt.
var receiptForms = []string{"complaint", "forget", "retaliation", "join"}

// Submit implements bot.Side.
func (i *Intake) Submit(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	if f := t.Session.Filed; f != nil && f.Receipt != "" && slices.Contains(receiptForms, d.Flow) {
		return i.showFiled(ctx, t) // one receipt at a time: a second would take the place of one that is not saved
	}
	switch d.Flow {
	case "complaint":
		return i.file(ctx, t, d)
	case "forget":
		return i.forget(ctx, t, d)
	case "reveal":
		return i.reveal(ctx, t, d)
	case "retaliation":
		return i.retaliated(ctx, t, d)
	case "join":
		return i.join(ctx, t, d)
	case "reception":
		return i.bookWithWords(ctx, t, d)
	}
	return i.act(ctx, t, d)
}

// file turns a complaint into a case. The draft is dropped from the session only with what replaces it there:
// the receipt screen. A crash in between files nothing twice, because the draft's id is UNIQUE on the case.
func (i *Intake) file(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	facts := t.Facts(d)
	mode := cases.Mode(facts["mode"])
	kind, ok := i.Org.Kind(facts["kind"])
	if !ok {
		return fmt.Errorf("file: kind of matter without a department: %s", facts["kind"])
	}
	body, identity := i.bodies(t, d)
	f := cases.Filing{
		Case: cases.Case{
			Draft: d.ID, Mode: mode, Kind: facts["kind"], Matter: facts["matter"], Unit: facts["unit"],
			Department: kind.Department, Procedure: kind.Procedure, Language: t.Lang(),
			Urgent: facts["urgent"] == "yes", Prompt: facts["prompt"] == "yes",
			Restricted: kind.Restricted, Retention: kind.Retention,
		},
		Body: body,
	}
	filed := flows.Filed{Mode: string(mode)}
	var err error
	if f.Way, f.Commitment, err = i.wayBack(t, d, &filed); err != nil {
		return err
	}
	if !mode.Nameless() {
		f.Identity = identity
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
	t.Show(t.T("intake.sent"))
	i.showReceipt(t, c)
	return nil
}

// wayBack is what leads back to a reporter as the mode of what is filed keeps it; a receipt goes into filed.
func (i *Intake) wayBack(t *bot.Turn, d flows.Draft, filed *flows.Filed) (w cases.Way, commitment []byte, err error) {
	mode := cases.Mode(filed.Mode)
	if mode.Nameless() {
		filed.Receipt = i.Receipts.New(d.Secret)
		w.Receipt, commitment = i.Receipts.Lookup(filed.Receipt), i.Receipts.Commitment(filed.Receipt)
	} else {
		w.Reporter = t.Reporter
	}
	if mode.Reachable() {
		if w.Address, err = t.Address(); err != nil {
			return w, nil, fmt.Errorf("file: seal address: %w", err)
		}
	}
	return w, commitment, nil
}

// remember keeps which messages went into a case, so that one changed afterwards is added to that case and to no
// other. Who the person is must not get among the officers' words that way, and of a case without a name nothing is kept.
func (i *Intake) remember(t *bot.Turn, d flows.Draft, c cases.Case) {
	if c.Mode.Nameless() {
		return
	}
	sent := flows.Sent{Case: c.ID, Colleague: c.Colleague}
	for _, step := range t.Path(d) {
		if i.IdentitySteps[step] {
			continue
		}
		for _, p := range d.Answers[step].Parts {
			sent.Messages = append(sent.Messages, p.Message)
		}
	}
	t.Session.MarkSent(sent)
}

// bodies sorts the answers: what officers read, and who the reporter is, which is sealed apart.
func (i *Intake) bodies(t *bot.Turn, d flows.Draft) (cases.Body, *cases.Identity) {
	var body cases.Body
	identity := &cases.Identity{}
	for _, step := range t.Path(d) {
		a, ok := d.Answers[step]
		if !ok || (a.Option == "ok" && len(a.Parts) == 0) {
			continue // information that was accepted says nothing
		}
		if !t.OfMatter(d, step) {
			continue // stands with the case, and may change there
		}
		f := field(t, d, step, a)
		if i.IdentitySteps[step] {
			identity.Fields = append(identity.Fields, f)
			continue
		}
		body.Fields = append(body.Fields, f)
		body.Files = append(body.Files, files(a)...)
	}
	return body, identity
}

func field(t *bot.Turn, d flows.Draft, step string, a flows.Answer) cases.Field {
	f := cases.Field{
		Step: step, Title: d.Flow + "." + step + ".title",
		From: a.From, To: a.To, Ongoing: a.Ongoing, Skipped: a.Skipped,
	}
	if a.Option != "" {
		f.Option = t.OptionKey(d, step, a)
	}
	for _, p := range a.Parts {
		if p.Text != "" {
			f.Text = append(f.Text, p.Text)
		}
	}
	return f
}

func files(a flows.Answer) []cases.File {
	var out []cases.File
	for _, p := range a.Parts {
		if p.File != nil {
			out = append(out, cases.File{
				ID: p.File.ID, Kind: p.File.Kind, Name: p.File.Name, MIME: p.File.MIME, Size: p.File.Size,
			})
		}
	}
	return out
}

// showFiled shows the receipt screen of what was filed before.
func (i *Intake) showFiled(ctx context.Context, t *bot.Turn) error {
	filed := t.Session.Filed
	c, err := i.theirs(ctx, filed.Case, filed.Colleague)
	if filed.Colleague > 0 && cases.CodeOf(err) == cases.NotFound {
		t.Session.Filed = nil // the case was left or destroyed, and the receipt opens nothing
		return i.home(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("show receipt: %w", err)
	}
	i.showReceipt(t, c)
	return nil
}

// showReceipt shows the receipt screen: the reference, what happens next by which dates, how to ask and add.
// For a case without a name it holds the receipt and stays until the person says that it is saved.
func (i *Intake) showReceipt(t *bot.Turn, c cases.Case) {
	filed := t.Session.Filed
	parts := []string{i.filedHead(t, c)}
	if filed.Receipt != "" {
		parts = append(parts, t.T("intake.filed_receipt", "Receipt", i.Receipts.Shown(filed.Receipt)))
	}
	if filed.From == "" && filed.Colleague == 0 {
		parts = append(parts, i.promises(t, c))
	}
	next := "intake.filed_next_" + filed.Mode
	if c.Mode == cases.Anonymous && c.Prompt {
		next = "intake.filed_next_prompt"
	}
	parts = append(parts, t.T(next))
	reply := text.Reply{Do: text.Send}
	if filed.Receipt != "" {
		then, keep := "intake.filed_then_clear", "intake.button.keep_chat"
		if filed.Keep {
			then, keep = "intake.filed_then_keep", "intake.button.keep_chat_not"
		}
		parts = append(parts, t.T(then))
		reply.Protect, reply.Spare = true, true
		reply.Rows = [][]text.Button{
			{{Text: t.Book().Label(t.Lang(), "intake.button.copy_receipt"), Copy: i.Receipts.Shown(filed.Receipt)}},
			{button(t, "intake.button.saved", "h.saved."+bare(c.Ref))},
			{button(t, keep, "h.keep."+bare(c.Ref))},
		}
	} else {
		t.Session.Filed = nil // nothing here exists nowhere else: the case is in the person's list
		reply.Rows = [][]text.Button{
			{button(t, "intake.button.open_case", "h.case."+bare(c.Ref))},
			{button(t, "intake.button.home", "h.home")},
			i.clearRow(t),
		}
	}
	reply.HTML = strings.Join(parts, "\n\n")
	t.Replies = append(t.Replies, reply)
}

// filedHead says where the case is now, and from when on the office may see it.
func (i *Intake) filedHead(t *bot.Turn, c cases.Case) string {
	switch {
	case t.Session.Filed.From != "" && c.Colleague > 0:
		return t.T("joint.forgotten", "Ref", string(c.Ref))
	case t.Session.Filed.From != "":
		return t.T("intake.filed_forgotten", "Ref", string(c.Ref))
	case c.Colleague > 0:
		return t.T("joint.filed", "Ref", string(c.Ref))
	case c.Unqueued:
		return t.T("intake.filed_waits", "Ref", string(c.Ref), "When", t.Book().Moment(t.Lang(), c.Queued))
	}
	return t.T("intake.filed", "Ref", string(c.Ref))
}

// bare is a reference as it stands in callback data.
func bare(r cases.Reference) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(r), "HY-"), "-", "")
}
