package intake

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

func (i *Intake) receiptPrompt(t *bot.Turn) {
	t.Session.Screen = flows.Screen{Name: screenReceipt}
	t.Show(t.T("intake.receipt_prompt"), []text.Button{button(t, "intake.button.home", "h.home")})
}

// nearReceipt says whether a text may be a mistyped receipt: it must not stay in the chat either.
func nearReceipt(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			n++
		case r != '-' && r != ' ' && r != '\n' && r != '.' && r != '–' && r != '—':
			return false
		}
	}
	return n >= 12 && n <= 24
}

// Receipt implements bot.ReporterSide. A receipt is taken out of the chat at once, wherever it was typed: whoever
// holds it holds the case. Wrong and gone get the same answer.
func (i *Intake) Receipt(ctx context.Context, t *bot.Turn) (bool, error) {
	receipt, ok := i.Receipts.Find(t.In.Text)
	if !ok {
		return false, nil
	}
	if t.Session.Filed != nil && t.Session.Filed.Receipt == receipt {
		// Typed back while it is still shown: the person is proving to themself that they have it.
		t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		// No button here: the one under the receipt takes that very message away.
		t.Send(t.T("intake.receipt_matches"))
		return true, nil
	}
	t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
	var asker [32]byte
	copy(asker[:], t.Reporter)
	allowed, retry, err := i.Guesses.Allow(ctx, asker)
	if err != nil {
		return true, fmt.Errorf("limit guesses: %w", err)
	}
	if !allowed {
		t.Send(t.T("intake.receipt_wait", "Minutes", minutes(retry)))
		return true, nil
	}
	c, err := i.Store.ByReceipt(ctx, i.Receipts.Lookup(receipt))
	missing := cases.CodeOf(err) == cases.NotFound
	if err == nil || missing {
		// A try that stays counted because Redis is away costs an honest person one of five.
		_ = i.Guesses.Settle(ctx, asker, !missing)
	}
	if missing {
		t.Send(t.T("intake.receipt_unknown"), []text.Button{button(t, "intake.button.home", "h.home")})
		return true, nil
	}
	if err != nil {
		return true, fmt.Errorf("open by receipt: %w", err)
	}
	return true, i.open(ctx, t, c)
}

// minutes are those until something may be tried again, rounded up.
func minutes(retry time.Duration) int { return int((retry + time.Minute - 1) / time.Minute) }

// open opens a case without a name in this chat for a while.
func (i *Intake) open(ctx context.Context, t *bot.Turn, c cases.Case) error {
	t.Park()
	keepOpen(t, c)
	if t.Session.Lang == "" {
		t.Session.Lang = c.Language
	}
	return i.showCase(ctx, t, string(c.Ref))
}

// news answers the tap on a quiet message: the message turns into the case. That the token is good in this chat alone is
// what stands for the receipt here; a case that was given up is opened by nothing but its receipt.
func (i *Intake) news(ctx context.Context, t *bot.Turn, token string) error {
	id, colleague, ok := t.News(token)
	var c cases.Case
	if ok {
		found, err := i.theirs(ctx, id, colleague)
		if err != nil && cases.CodeOf(err) != cases.NotFound {
			return fmt.Errorf("open by news: %w", err)
		}
		if err == nil {
			c = found
		}
	}
	switch {
	case c.Mode == cases.Anonymous && !c.Shredded:
		return i.open(ctx, t, c)
	case c.ID != "" && !c.Mode.Nameless():
		// Whose name is known since: it is among the cases of whoever let it be known.
		t.Park()
		return i.showCase(ctx, t, string(c.Ref))
	}
	t.Show(t.T("intake.news_gone"), []text.Button{
		button(t, "intake.button.receipt", "h.receipt"), button(t, "intake.button.home", "h.home"),
	})
	return nil
}

// shut closes a case that a receipt opened; its screen leaves the chat.
func (i *Intake) shut(ctx context.Context, t *bot.Turn) error {
	t.Session.Opened = nil
	t.Session.Screen = flows.Screen{}
	// Answers begun by the receipt go with it: without the case they lead nowhere.
	for _, d := range t.Session.Drafts {
		if cases.Mode(d.Context["mode"]).Nameless() {
			t.Close(d.ID)
		}
	}
	t.Toast("intake.shut")
	return i.home(ctx, t, i.clearRow(t))
}

// Addendum implements bot.ReporterSide: words changed after they were sent are added to the case they went into,
// never swapped. A message that went into no case, or said who the person is, goes nowhere by itself.
func (i *Intake) Addendum(ctx context.Context, t *bot.Turn) error {
	if t.In.Text == "" || t.Session.Lang == "" {
		return nil
	}
	nowhere := func() error {
		t.Send(t.T("intake.correction_nowhere"), []text.Button{button(t, "intake.button.cases", "h.cases")})
		return nil
	}
	sent := t.Session.SentWith(t.In.Message)
	if sent.Case == "" {
		return nowhere()
	}
	sum := sha256.Sum256([]byte(t.In.Text))
	key := "edit." + strconv.Itoa(t.In.Message) + "." + base64.RawURLEncoding.EncodeToString(sum[:9])
	if sent.Colleague > 0 {
		key = strconv.Itoa(sent.Colleague) + "." + key // two chats may number their messages alike
	}
	c, _, _, err := i.Store.ActByID(ctx, sent.Case, cases.Act{
		Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Colleague: sent.Colleague, Key: key,
		Body: &cases.Body{Text: t.In.Text}, Code: "correction",
	})
	switch cases.CodeOf(err) {
	case cases.NotNow, cases.NotFound:
		return nowhere()
	}
	if err != nil {
		return fmt.Errorf("add correction: %w", err)
	}
	t.Send(t.T("intake.correction_added", "Ref", string(c.Ref)))
	return nil
}
