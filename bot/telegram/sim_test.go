package telegram_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot/telegram"
	"huiyin/sim"
)

// echo repeats texts with a button and answers its press.
type echo struct{ c *telegram.Client }

func (e *echo) Handle(ctx context.Context, u *models.Update) error {
	switch {
	case u.Message != nil && u.Message.Document != nil:
		rc, _, err := e.c.Download(ctx, u.Message.Document.FileID)
		if err != nil {
			return err
		}
		defer func() { _ = rc.Close() }()
		_, err = e.c.SendDocument(ctx, &bot.SendDocumentParams{ChatID: u.Message.Chat.ID, Document: &models.InputFileUpload{Filename: "copy.txt", Data: rc}, Caption: "copy"})
		return err
	case u.Message != nil:
		_, err := e.c.SendMessage(ctx, &bot.SendMessageParams{ChatID: u.Message.Chat.ID, Text: u.Message.Text,
			ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "好", CallbackData: "ok"}}}}})
		return err
	case u.CallbackQuery != nil:
		if err := e.c.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: u.CallbackQuery.ID, Text: "done", ShowAlert: true}); err != nil {
			return err
		}
		m := u.CallbackQuery.Message.Message
		return e.c.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: m.Chat.ID, MessageID: m.ID, Text: "pressed"})
	}
	return nil
}

func (e *echo) Apologise(context.Context, *models.Update, string) {}

// says waits until the last message of p reads text or is captioned so.
func says(t *testing.T, p *sim.Phone, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.Await(ctx, func(ms []sim.Message) bool {
		if len(ms) == 0 {
			return false
		}
		last := ms[len(ms)-1]
		return last.From == "bot" && (last.Text == text || last.Caption == text)
	}); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}

// converse goes through a text, a press and a file as a person would.
func converse(t *testing.T, srv *sim.Server) {
	t.Helper()
	p := srv.AddPhone(sim.Profile{Name: "陈静"})
	p.Start("")
	says(t, p, "/start")
	p.Send("拖欠工资 <b>三个月</b>")
	says(t, p, "拖欠工资 <b>三个月</b>")
	query, err := p.TapQuery("好")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if a, err := p.AwaitAnswer(ctx, query); err != nil || a.Text != "done" {
		t.Fatal(a, err)
	}
	says(t, p, "pressed")
	p.SendFile("document", "a.txt", []byte("evidence"), "", "")
	says(t, p, "copy")
}

func TestAgainstTheStandInByPolling(t *testing.T) {
	t.Parallel()
	srv := sim.New(sim.Options{})
	web := httptest.NewServer(srv)
	t.Cleanup(func() { srv.Close(); web.Close() })
	c, err := telegram.New(srv.Token(), web.URL, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := telegram.NewPoller(c, telegram.NewLanes(&echo{c}, telegram.LanesOptions{}), telegram.PollerOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	converse(t, srv)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := srv.Pending(); n != 0 {
		t.Errorf("%d updates not confirmed", n)
	}
}

func TestAgainstTheStandInByWebhook(t *testing.T) {
	t.Parallel()
	srv := sim.New(sim.Options{})
	web := httptest.NewServer(srv)
	c, err := telegram.New(srv.Token(), web.URL, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := telegram.NewWebhook(telegram.NewLanes(&echo{c}, telegram.LanesOptions{}), "secret", telegram.WebhookOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hook := httptest.NewServer(http.Handler(h))
	t.Cleanup(func() { srv.Close(); web.Close(); hook.Close() })
	if err := c.SetWebhook(t.Context(), hook.URL, "secret"); err != nil {
		t.Fatal(err)
	}
	converse(t, srv)
}
