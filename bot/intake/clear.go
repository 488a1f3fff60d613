package intake

import (
	"context"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// clearRow offers to empty the chat.
func (i *Intake) clearRow(t *bot.Turn) []text.Button {
	return []text.Button{button(t, "intake.button.clear", "h.clear")}
}

// clear empties the chat at once. Forms that wait are kept, and so is the message with a receipt that nobody has saved.
func (i *Intake) clear(t *bot.Turn) error {
	t.Session.Opened = nil
	t.Session.Screen = flows.Screen{}
	t.Below()
	if t.Session.Filed != nil && t.Session.Filed.Receipt != "" {
		t.Clear(t.T("intake.receipt_unsaved"), true, []text.Button{button(t, "intake.button.show_receipt", "h.filed")})
		return nil
	}
	t.Clear("", false, i.backRow(t))
	return nil
}

// receiptSaved ends the receipt screen. Its message is taken out of the chat, and with it, unless the person wanted to
// keep them, all that was said.
func (i *Intake) receiptSaved(ctx context.Context, t *bot.Turn, ref string) error {
	filed := t.Session.Filed
	if filed == nil || bare(cases.Reference(filed.Ref)) != ref {
		// The button of an older receipt: it must not end one that is not saved.
		t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		t.Below()
		return i.home(ctx, t)
	}
	t.Session.Filed = nil
	if filed.Keep {
		t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		t.Below() // the next screen cannot be put into a message that is gone
		t.Send(t.T("intake.receipt_saved"), i.clearRow(t))
		return i.home(ctx, t)
	}
	t.Below()
	t.Session.Opened = nil
	t.Clear(t.T("intake.receipt_saved_cleared"), false)
	return i.home(ctx, t)
}

// keepChat turns on the receipt screen whether the chat is cleared afterwards.
func (i *Intake) keepChat(ctx context.Context, t *bot.Turn, ref string) error {
	if t.Session.Filed == nil || bare(cases.Reference(t.Session.Filed.Ref)) != ref {
		t.Alert("error.old_button")
		return i.home(ctx, t)
	}
	filed := *t.Session.Filed
	filed.Keep = !filed.Keep
	t.Session.Filed = &filed
	if err := i.showFiled(ctx, t); err != nil {
		return err
	}
	t.InPlace()
	return nil
}
