package sim_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/sim"
)

// newPair starts a server and the real client against it. The client does not poll.
func newPair(t *testing.T, opts sim.Options) (*sim.Server, *bot.Bot, string) {
	t.Helper()
	srv := sim.New(opts)
	web := httptest.NewServer(srv)
	t.Cleanup(func() { srv.Close(); web.Close() })
	b, err := bot.New(srv.Token(), bot.WithServerURL(web.URL), bot.WithCheckInitTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return srv, b, web.URL
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// An echo bot on the client's own polling loop: text, buttons, presses, files.
func TestRealClientTalks(t *testing.T) {
	t.Parallel()
	srv := sim.New(sim.Options{})
	web := httptest.NewServer(srv)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	defer func() { cancel(); <-done; srv.Close(); web.Close() }()
	b, err := bot.New(srv.Token(), bot.WithServerURL(web.URL), bot.WithDefaultHandler(func(ctx context.Context, b *bot.Bot, u *models.Update) {
		switch {
		case u.CallbackQuery != nil:
			_, _ = b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: u.CallbackQuery.ID, Text: "got " + u.CallbackQuery.Data, ShowAlert: true})
			m := u.CallbackQuery.Message.Message
			_, _ = b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: m.Chat.ID, MessageID: m.ID, Text: "pressed"})
		case u.Message != nil && u.Message.Document != nil:
			f, err := b.GetFile(ctx, &bot.GetFileParams{FileID: u.Message.Document.FileID})
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = b.SendMessage(ctx, &bot.SendMessageParams{ChatID: u.Message.Chat.ID, Text: "file " + u.Message.Document.FileName + " " + f.FilePath})
		case u.Message != nil:
			_, _ = b.SendMessage(ctx, &bot.SendMessageParams{
				ChatID: u.Message.Chat.ID, Text: "you said <b>" + u.Message.Text + "</b>", ParseMode: models.ParseModeHTML,
				ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "Press me", CallbackData: "x"}}}},
			})
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	go func() { b.Start(ctx); close(done) }()
	p := srv.AddPhone(sim.Profile{Name: "陈静", Language: "zh-hans"})
	wait := soon(t)
	p.Send("hello")
	if err := p.Await(wait, func(ms []sim.Message) bool { return len(ms) == 2 }); err != nil {
		t.Fatal(err)
	}
	if m := p.Last(); m.From != "bot" || m.Text != "you said hello" || m.HTML != "you said <b>hello</b>" {
		t.Fatalf("got %+v", m)
	}
	id, err := p.TapQuery("Press")
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.AwaitAnswer(wait, id)
	if err != nil || a.Text != "got x" || !a.Alert {
		t.Fatalf("answer %+v, %v", a, err)
	}
	if err := p.Await(wait, func(ms []sim.Message) bool { return ms[1].Text == "pressed" && ms[1].Edited }); err != nil {
		t.Fatal(err)
	}
	if err := p.Tap("Press"); err == nil {
		t.Fatal("the button is gone, yet it could be pressed")
	}
	p.SendFile("document", "a.pdf", []byte("%PDF-1.4"), "", "")
	if err := p.Await(wait, func(ms []sim.Message) bool { return strings.HasPrefix(ms[len(ms)-1].Text, "file a.pdf documents/") }); err != nil {
		t.Fatal(err)
	}
	if err := srv.Settled(wait); err != nil {
		t.Fatal(err)
	}
}
