package intake_test

import (
	"context"
	"io"
	"slices"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
)

// A world is its own wire: what is sent stands on a phone, what is deleted is gone from it.

func (w *world) SendMessage(_ context.Context, p *tg.SendMessageParams) (*models.Message, error) {
	w.next++
	m := &message{id: w.next, text: p.Text, protect: p.ProtectContent, buttons: w.buttons(p.ReplyMarkup)}
	chat := p.ChatID.(int64)
	w.chats[chat] = append(w.chats[chat], m)
	w.check(m)
	return &models.Message{ID: m.id}, nil
}

func (w *world) EditMessageText(_ context.Context, p *tg.EditMessageTextParams) error {
	for _, m := range w.chats[p.ChatID.(int64)] {
		if m.id == p.MessageID {
			m.text, m.buttons = p.Text, w.buttons(p.ReplyMarkup)
			w.check(m)
			return nil
		}
	}
	return &telegram.Error{Method: "editMessageText", Class: telegram.MessageGone}
}

func (w *world) AnswerCallbackQuery(_ context.Context, p *tg.AnswerCallbackQueryParams) error {
	w.alerts = append(w.alerts, p.Text)
	return nil
}

func (w *world) DeleteMessages(_ context.Context, chat int64, ids []int) (telegram.Deleted, error) {
	var d telegram.Deleted
	if err := w.refuse; err != nil {
		w.refuse = nil
		return d, err
	}
	for _, id := range ids {
		before := len(w.chats[chat])
		w.chats[chat] = slices.DeleteFunc(w.chats[chat], func(m *message) bool { return m.id == id })
		d.Done += before - len(w.chats[chat])
	}
	return d, nil
}

// SendDocument brings letters, and nothing else comes to reporters.
func (w *world) SendDocument(_ context.Context, p *tg.SendDocumentParams) (*models.Message, error) {
	w.next++
	up := p.Document.(*models.InputFileUpload)
	raw, err := io.ReadAll(up.Data)
	if err != nil {
		return nil, err
	}
	chat := p.ChatID.(int64)
	w.chats[chat] = append(w.chats[chat], &message{id: w.next, text: p.Caption, protect: p.ProtectContent, file: up.Filename, raw: raw})
	return &models.Message{ID: w.next}, nil
}

func (w *world) SetCommands(context.Context, []models.BotCommand, models.BotCommandScope, string) error {
	return nil
}

func (w *world) DeleteCommands(context.Context, models.BotCommandScope, string) error { return nil }

func (w *world) buttons(markup models.ReplyMarkup) []text.Button {
	k, ok := markup.(*models.InlineKeyboardMarkup)
	if !ok || k == nil {
		return nil
	}
	var out []text.Button
	for _, row := range k.InlineKeyboard {
		for _, b := range row {
			out = append(out, text.Button{Text: b.Text, Data: b.CallbackData})
			if len(b.CallbackData) > 64 {
				w.t.Errorf("button %q holds %d bytes", b.Text, len(b.CallbackData))
			}
		}
	}
	return out
}
