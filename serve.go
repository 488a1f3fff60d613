package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"huiyin/bot"
	"huiyin/bot/desk"
	"huiyin/bot/intake"
	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/flows"
	"huiyin/store/postgres"
	"huiyin/store/redis"
	"huiyin/store/seal"
)

// house is everything that serving needs, wired.
type house struct {
	settings settings
	config   *configs.Config
	log      *slog.Logger
	keys     *seal.Keyset
	store    *postgres.Store
	redis    goredis.UniversalClient
	wire     *telegram.Client
	desk     *desk.Desk
	lanes    *telegram.Lanes
	postman  *bot.Postman
	registry *prometheus.Registry
}

// graceful bounds each half of a stop: what is being received, then what is in flight. Both together stay below the
// 30 s that containers are given.
const graceful = 12 * time.Second

// serve runs the bot until ctx ends, then finishes what is in flight. ready is called once with the address of the
// HTTP listener, when updates are being received.
func serve(ctx context.Context, s settings, log *slog.Logger, ready func(addr string)) error {
	if err := s.check(); err != nil {
		return err
	}
	h, err := build(ctx, s, log)
	if err != nil {
		return err
	}
	defer h.close()
	return h.run(ctx, ready)
}

func build(ctx context.Context, s settings, log *slog.Logger) (_ *house, err error) {
	h := &house{settings: s, log: log, registry: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.keys, err = seal.Open(s.Keyset); err != nil {
		return nil, fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	if h.config, err = configs.Load(s.ConfigDir); err != nil {
		return nil, err
	}
	zone, err := h.config.Org.Location()
	if err != nil {
		return nil, err
	}
	h.store, err = postgres.Open(ctx, s.DatabaseURL, vault{h.keys}, postgres.Options{
		Procedures: h.config.Procedures, Location: zone, Log: log,
	})
	if err != nil {
		return nil, err
	}
	if err := h.store.Ping(ctx); err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if err := migrated(ctx, s.DatabaseURL); err != nil {
		return nil, err
	}
	goredis.SetLogger(redisLog{log})
	if h.redis, err = redis.Open(ctx, s.RedisURL); err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	metrics, err := telegram.NewMetrics(h.registry)
	if err != nil {
		return nil, err
	}
	if h.wire, err = telegram.New(s.Token, s.APIURL, telegram.Options{Log: log, Metrics: metrics}); err != nil {
		return nil, err
	}
	me, err := h.wire.Me(ctx)
	if err != nil {
		return nil, fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
	}
	book, err := text.NewBook(h.config.Languages, h.config.Messages.Texts(), zone)
	if err != nil {
		return nil, err
	}
	engine, err := flows.NewEngine(h.config.Flows, h.config.Messages, h.config.Org)
	if err != nil {
		return nil, err
	}
	limited, err := bot.NewLimitMetrics(h.registry)
	if err != nil {
		return nil, err
	}
	now := func() time.Time { return time.Now().In(zone) }
	guesses := redis.NewGuesses(h.redis)
	if err := guesses.Register(h.registry); err != nil {
		return nil, err
	}
	reporters := intake.New(intake.Options{
		Store: h.store, Receipts: receipts{h.keys}, Guesses: guesses,
		Book: book, Org: h.config.Org, IdentitySteps: identitySteps(h.config),
	})
	h.desk = desk.New(desk.Options{Store: h.store, Org: h.config.Org, Book: book})
	router := bot.NewRouter(bot.Options{
		Sessions: redis.NewSessions(h.redis, h.keys, h.store.Drafts(), redis.Options{}),
		Officers: h.store, Keys: h.keys, Wire: h.wire, Book: book, Engine: engine,
		Intake: reporters, Desk: h.desk, Menu: h.officerMenu, Seed: seed, Now: now, Log: log, Bot: *me,
		Limits: redis.NewLimits(h.redis), LimitMetrics: limited,
	})
	h.postman = &bot.Postman{Mail: h.store, Addresses: h.keys, Wire: h.wire, Intake: reporters, Desk: h.desk, Now: now}
	h.lanes = telegram.NewLanes(router, telegram.LanesOptions{
		Log: log, Metrics: metrics,
		PutAside: func(_ context.Context, update int64, class string) {
			log.Error("update put aside", "update", update, "class", class)
		},
	})
	return h, nil
}

// migrated refuses a database that is behind: half of the queries would fail later, one by one.
func migrated(ctx context.Context, database string) error {
	list, err := postgres.MigrationStatus(ctx, database)
	if err != nil {
		return err
	}
	for _, m := range list {
		if !m.Applied {
			return fmt.Errorf("the database lacks %s: run `huiyin migrate up`", m.Name)
		}
	}
	return nil
}

func (h *house) close() {
	if h.redis != nil {
		_ = h.redis.Close() // nothing is written on closing
	}
	if h.store != nil {
		h.store.Close()
	}
}

// run receives until ctx ends. Stopping goes the way of a grievance: first nothing new comes in, then what is in
// flight ends, then notices, then the checkpoints are written.
func (h *house) run(ctx context.Context, ready func(string)) error {
	if err := h.store.StartNotices(context.WithoutCancel(ctx), h.postman.Deliver, postgres.NoticeOptions{
		Audit: postgres.AuditOptions{HeadFile: h.settings.AuditHeadFile},
	}); err != nil {
		return err
	}
	if err := h.menus(ctx); err != nil {
		h.log.Warn("command menus not set", "class", string(telegram.ClassOf(err)))
	}
	listener, err := net.Listen("tcp", h.settings.ListenAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("LISTEN_ADDR: %w", err), h.stop(ctx))
	}
	mux := h.mux()
	receive := h.poll
	if h.settings.WebhookURL != "" {
		if receive, err = h.webhook(mux); err != nil {
			return errors.Join(err, listener.Close(), h.stop(ctx))
		}
	}
	server := defaultSurface.server(mux, h.log)
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(defaultSurface.listener(listener)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("listen: %w", err)
		}
		return nil
	})
	group.Go(func() error { return receive(inner) })
	group.Go(func() error {
		<-inner.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
		defer cancel()
		return server.Shutdown(end)
	})
	ready(listener.Addr().String())
	h.log.Info("serving", "webhook", h.settings.WebhookURL != "")
	err = group.Wait()
	return errors.Join(err, h.stop(ctx))
}

func (h *house) stop(ctx context.Context) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	return errors.Join(h.lanes.Stop(end), h.store.StopNotices(end), h.store.Drafts().Close(end))
}

func (h *house) poll(ctx context.Context) error {
	err := telegram.NewPoller(h.wire, h.lanes, telegram.PollerOptions{Leader: h.store.Leader("poll"), Log: h.log}).Run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// webhook hangs the receiver into mux and gives the function that keeps Telegram told of it.
func (h *house) webhook(mux *http.ServeMux) (func(context.Context) error, error) {
	target, err := url.Parse(h.settings.WebhookURL)
	if err != nil || target.Host == "" {
		return nil, errors.New("WEBHOOK_URL: want https://host/path")
	}
	path := target.Path
	if path == "" || path == "/" {
		path = "/telegram"
		target.Path = path
	}
	receiver, err := telegram.NewWebhook(h.lanes, h.settings.WebhookSecret, telegram.WebhookOptions{Log: h.log})
	if err != nil {
		return nil, fmt.Errorf("WEBHOOK_SECRET: %w", err)
	}
	mux.Handle(path, receiver)
	return func(ctx context.Context) error {
		if err := h.wire.SetWebhook(ctx, target.String(), h.settings.WebhookSecret); err != nil {
			return fmt.Errorf("set webhook: %w", err)
		}
		<-ctx.Done()
		return nil
	}, nil
}

// menus tells Telegram which commands to offer. They are hints: every call is authorised anew.
func (h *house) menus(ctx context.Context) error {
	for i, lang := range h.config.Languages {
		var list []models.BotCommand
		for _, name := range []string{"start", "file", "status", "receipt", "forget", "clear", "language", "privacy", "help", "cancel"} {
			list = append(list, models.BotCommand{Command: name, Description: h.config.Messages.Label(lang, "command."+name)})
		}
		codes := []string{telegramLanguage(lang)}
		if i == 0 {
			codes = append(codes, "") // everybody whose language we do not have
		}
		for _, code := range codes {
			if err := h.wire.SetCommands(ctx, list, &models.BotCommandScopeAllPrivateChats{}, code); err != nil {
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

// identitySteps are the steps whose answers say who somebody is.
func identitySteps(c *configs.Config) map[string]bool {
	steps := map[string]bool{}
	for _, d := range c.Definitions {
		for _, s := range d.Steps {
			if s.Sets == "identity" {
				steps[s.ID] = true
			}
		}
	}
	return steps
}

// seed makes the random parts of a draft.
func seed() (flows.Seed, error) {
	raw := make([]byte, 16+5+16)
	if _, err := rand.Read(raw); err != nil {
		return flows.Seed{}, fmt.Errorf("draw a draft: %w", err)
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding)
	return flows.Seed{
		ID:     strings.ToLower(text.EncodeToString(raw[:16])),
		Nonce:  strings.ToLower(text.EncodeToString(raw[16:21])),
		Secret: raw[21:],
	}, nil
}

// vault lends the keyset to the case store, which keeps both halves of a case's key in one column: the share is the
// last shareSize bytes.
type vault struct{ keys *seal.Keyset }

const shareSize = 32

func (v vault) NewCaseKey(caseID string) ([]byte, postgres.CaseKey, error) {
	wrapped, share, key, err := v.keys.NewCaseKey(caseID)
	if err != nil {
		return nil, nil, err
	}
	return append(wrapped, share...), key, nil
}

func (v vault) OpenCaseKey(caseID string, stored []byte) (postgres.CaseKey, error) {
	cut := max(0, len(stored)-shareSize)
	return v.keys.OpenCaseKey(caseID, stored[:cut], stored[cut:])
}

// redisLog turns what the Redis client says of its connections into our log, without the addresses it names.
type redisLog struct{ log *slog.Logger }

// Printf implements the client's logger; format tells what happened, and the values stay out.
func (r redisLog) Printf(_ context.Context, format string, _ ...any) {
	r.log.Warn("redis client", "event", format)
}

// receipts lends the keyset to the reporters' side.
type receipts struct{ keys *seal.Keyset }

func (r receipts) New(secret []byte) string { return string(r.keys.NewReceipt(secret)) }

func (r receipts) Find(s string) (string, bool) {
	found, ok := seal.FindReceipt(s)
	return string(found), ok
}

func (r receipts) Lookup(receipt string) []byte {
	name := r.keys.ReceiptLookup(seal.Receipt(receipt))
	return name[:]
}

func (r receipts) Shown(receipt string) string { return seal.Receipt(receipt).String() }
