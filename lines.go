package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/go-telegram/bot/models"

	"huiyin/bot"
	"huiyin/bot/telegram"
	"huiyin/cases"
	"huiyin/store/postgres"
)

// Where the webhooks are when WEBHOOK_URL names no path.
const (
	reportersHook = "/telegram"
	officersHook  = "/telegram-desk"
)

// line is one bot and what receives for it.
type line struct {
	wire  *telegram.Client
	me    models.User
	lanes *telegram.Lanes
	// router is what the lanes lead to.
	router *bot.Router
	// One of the two, of a line that receives: the poller, or whether Telegram knows the webhook.
	poller *telegram.Poller
	hooked atomic.Bool
	path   string // of its webhook
	lead   *postgres.Leader
	both   bool // reporters and officers write to the same bot
	desk   bool // officers do
}

// openLines asks Telegram who the bots are. The first line is the reporters'; with one token it is everybody's.
func (h *house) openLines(ctx context.Context, metrics *telegram.Metrics) error {
	for _, b := range []struct {
		token, setting, path string
		desk                 bool
	}{
		{h.settings.Token, "TELEGRAM_BOT_TOKEN", reportersHook, false},
		{h.settings.DeskToken, "TELEGRAM_DESK_BOT_TOKEN", officersHook, true},
	} {
		if b.token == "" {
			continue
		}
		wire, err := telegram.New(b.token, h.settings.APIURL, telegram.Options{Log: h.log, Metrics: metrics, PerSecond: h.settings.PerSecond})
		if err != nil {
			return err
		}
		me, err := wire.Me(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", b.setting, err)
		}
		h.lines = append(h.lines, &line{
			wire: wire, me: *me, path: b.path, desk: b.desk || h.settings.DeskToken == "", both: h.settings.DeskToken == "",
		})
	}
	return nil
}

func (h *house) poll(ctx context.Context, l *line) error {
	err := l.poller.Run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// webhook hangs a line's receiver into mux and gives the function that keeps Telegram told of it.
func (h *house) webhook(mux *http.ServeMux, l *line) (func(context.Context) error, error) {
	target, err := url.Parse(h.settings.WebhookURL)
	if err != nil || target.Host == "" {
		return nil, errors.New("WEBHOOK_URL: want https://host/path")
	}
	switch {
	case target.Path == "" || target.Path == "/":
		target.Path = l.path
	case l.desk && !l.both:
		target.Path += "-desk"
	}
	receiver, err := telegram.NewWebhook(l.lanes, h.settings.WebhookSecret, telegram.WebhookOptions{Log: h.log})
	if err != nil {
		return nil, fmt.Errorf("WEBHOOK_SECRET: %w", err)
	}
	mux.Handle(target.Path, receiver)
	return func(ctx context.Context) error {
		if err := l.wire.SetWebhook(ctx, target.String(), h.settings.WebhookSecret); err != nil {
			return fmt.Errorf("set webhook: %w", err)
		}
		l.hooked.Store(true)
		<-ctx.Done()
		return nil
	}, nil
}

// menus tells Telegram which commands to offer. They are hints: every call is authorised anew.
func (h *house) menus(ctx context.Context) error {
	for _, l := range h.lines {
		if l.lanes == nil {
			continue
		}
		names := []string{"start", "file", "guide", "status", "receipt", "forget", "clear", "language", "privacy", "help", "cancel"}
		if l.desk && !l.both {
			names = []string{"start"} // officers' menus are set chat by chat
		}
		if err := h.menu(ctx, l, names); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) menu(ctx context.Context, l *line, names []string) error {
	for i, lang := range h.config.Languages {
		var list []models.BotCommand
		for _, name := range names {
			list = append(list, models.BotCommand{Command: name, Description: h.config.Messages.Label(lang, "command."+name)})
		}
		codes := []string{telegramLanguage(lang)}
		if i == 0 {
			codes = append(codes, "") // everybody whose language we do not have
		}
		for _, code := range codes {
			if err := l.wire.SetCommands(ctx, list, &models.BotCommandScopeAllPrivateChats{}, code); err != nil {
				return err
			}
		}
	}
	return nil
}

// officerMenu lists a role's commands and, last, the way to a grievance of one's own.
func (h *house) officerMenu(lang string, role cases.Role) []models.BotCommand {
	var list []models.BotCommand
	for _, c := range h.desk.Commands(lang, role) {
		list = append(list, models.BotCommand{Command: c.Name, Description: c.Description})
	}
	return append(list, models.BotCommand{Command: "file", Description: h.config.Messages.Label(lang, "command.file")})
}

// telegramLanguage is the two-letter code of Telegram's menus.
func telegramLanguage(lang string) string {
	code, _, _ := strings.Cut(lang, "-")
	return code
}
