// Command gobot is the intake with go-telegram/bot as its documentation teaches it: default handler, WebhookHandler and
// StartWebhook, the library's own calls and HTTP client. Sessions are JSON in Redis.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"huiyin/bench/loop"
)

// session is where a chat is in the form.
type session struct {
	Step    int               `json:"step"`
	Answers map[string]string `json:"answers"`
}

type intake struct {
	steps []loop.Step
	redis *redis.Client
	pool  *pgxpool.Pool
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	script, err := loop.Intake()
	if err != nil {
		return err
	}
	o, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	defer pool.Close()
	in := &intake{steps: script.Steps, redis: redis.NewClient(o), pool: pool}
	secret, listen := os.Getenv("SECRET"), os.Getenv("LISTEN")
	b, err := bot.New(os.Getenv("TOKEN"), bot.WithServerURL(os.Getenv("API_URL")), bot.WithWebhookSecretToken(secret),
		bot.WithDefaultHandler(in.handle))
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	if _, err := b.SetWebhook(ctx, &bot.SetWebhookParams{URL: "http://" + listen + "/telegram", SecretToken: secret}); err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	server := &http.Server{Addr: listen, Handler: b.WebhookHandler()}
	go func() {
		<-ctx.Done()
		_ = server.Close() // the bench is over
	}()
	go b.StartWebhook(ctx)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// handle is the default handler.
func (in *intake) handle(ctx context.Context, b *bot.Bot, u *models.Update) {
	if err := in.update(ctx, b, u); err != nil {
		log.Print(err)
	}
}

func (in *intake) update(ctx context.Context, b *bot.Bot, u *models.Update) error {
	var chat int64
	var said string
	pressed := 0
	switch {
	case u.Message != nil:
		chat, said = u.Message.Chat.ID, u.Message.Text
	case u.CallbackQuery != nil && u.CallbackQuery.Message.Message != nil:
		m := u.CallbackQuery.Message.Message
		chat, pressed = m.Chat.ID, m.ID
		if _, err := b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: u.CallbackQuery.ID}); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	default:
		return nil
	}
	key := fmt.Sprintf("session:%d", chat)
	if said == "/start" {
		return in.show(ctx, b, chat, 0, "Tell us what is wrong.", nil)
	}
	s := session{Step: -1, Answers: map[string]string{}}
	if said != "/new" {
		raw, err := in.redis.Get(ctx, key).Bytes()
		if err != nil {
			return fmt.Errorf("session: %w", err)
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("session: %w", err)
		}
		if pressed != 0 {
			id, label, _ := strings.Cut(u.CallbackQuery.Data, ".")
			if id != in.steps[s.Step].ID {
				return nil
			}
			said = label
		}
		s.Answers[in.steps[s.Step].ID] = said
	}
	s.Step++
	if s.Step == len(in.steps) {
		return in.file(ctx, b, chat, pressed, key, s)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if err := in.redis.Set(ctx, key, raw, 0).Err(); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return in.show(ctx, b, chat, pressed, in.question(s), keyboard(in.steps[s.Step]))
}

func (in *intake) file(ctx context.Context, b *bot.Bot, chat int64, pressed int, key string, s session) error {
	var id int64
	err := in.pool.QueryRow(ctx, `INSERT INTO filings (chat, answers) VALUES ($1, $2) RETURNING id`, chat, s.Answers).Scan(&id)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	if err := in.redis.Del(ctx, key).Err(); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if err := in.show(ctx, b, chat, pressed, "Sent. Thank you for speaking up.", nil); err != nil {
		return err
	}
	return in.show(ctx, b, chat, 0, fmt.Sprintf("<b>Your case is %d</b>", id), nil)
}

// question is a step's text; the review repeats the answers.
func (in *intake) question(s session) string {
	text := in.steps[s.Step].Text
	if s.Step < len(in.steps)-1 {
		return text
	}
	lines := []string{text + "\n"}
	for _, step := range in.steps[:s.Step] {
		said := []rune(s.Answers[step.ID])
		if len(said) > 160 {
			said = append(said[:159], '…')
		}
		lines = append(lines, fmt.Sprintf("<b>%s</b>: %s", step.ID, html.EscapeString(string(said))))
	}
	return strings.Join(lines, "\n")
}

func keyboard(s loop.Step) *models.InlineKeyboardMarkup {
	k := &models.InlineKeyboardMarkup{}
	for _, row := range s.Rows {
		var out []models.InlineKeyboardButton
		for _, label := range row {
			data := []rune(s.ID + "." + label)
			out = append(out, models.InlineKeyboardButton{Text: label, CallbackData: string(data[:min(len(data), 30)])})
		}
		k.InlineKeyboard = append(k.InlineKeyboard, out)
	}
	return k
}

// show edits the message edit, or sends one when that is 0.
func (in *intake) show(ctx context.Context, b *bot.Bot, chat int64, edit int, text string, k *models.InlineKeyboardMarkup) error {
	var markup models.ReplyMarkup
	if k != nil {
		markup = k
	}
	off := true
	var err error
	if edit != 0 {
		_, err = b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: chat, MessageID: edit, Text: text, ParseMode: models.ParseModeHTML,
			ReplyMarkup: markup, LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: &off}})
	} else {
		_, err = b.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: text, ParseMode: models.ParseModeHTML,
			ReplyMarkup: markup, LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: &off}})
	}
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	return nil
}
