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
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"huiyin/bot"
	"huiyin/bot/desk"
	"huiyin/bot/evidence"
	"huiyin/bot/intake"
	"huiyin/bot/telegram"
	"huiyin/configs"
	"huiyin/flows"
	"huiyin/store/audit"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/redis"
	"huiyin/store/seal"
)

// house is everything that serving needs, wired. What a process does not play is nil.
type house struct {
	settings settings
	*loaded
	log      *slog.Logger
	keys     *seal.Keyset
	ring     *keyring // the same keys, after a rotation too
	blobs    *blobs.Store
	redis    goredis.UniversalClient
	registry *prometheus.Registry
	ready    *readiness
	traces   trace.TracerProvider
	untrace  func(context.Context) error // sends what is left of the traces
	// One store for each part of the house that this process plays, each in a database role of its own.
	intake, office, post *postgres.Store
	desk                 *desk.Desk
	postman              *bot.Postman
	usher                *bot.Usher
	digests              bot.Digests
	exhibits             *exhibits
	lines                []*line
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
	h.ready = &readiness{h: h}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.traces, h.untrace, err = openTraces(ctx, s, log); err != nil {
		return nil, err
	}
	if h.ring, err = openKeyring(s.Keyset, s.Role); err != nil {
		return nil, fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	h.keys = h.ring.keys.Load()
	if h.loaded = s.loaded; h.loaded == nil {
		if h.loaded, err = load(s); err != nil {
			return nil, err
		}
	}
	if err := h.openStores(ctx); err != nil {
		return nil, err
	}
	if err := h.measure(); err != nil {
		return nil, err
	}
	metrics, err := telegram.NewMetrics(h.registry)
	if err != nil {
		return nil, err
	}
	if err := h.openLines(ctx, metrics); err != nil {
		return nil, err
	}
	return h, h.furnish(metrics, func() time.Time { return time.Now().In(h.zone) })
}

// furnish makes both sides of the house and hangs them on the lines.
func (h *house) furnish(metrics *telegram.Metrics, now func() time.Time) error {
	guesses, rounds := redis.NewGuesses(h.redis), redis.NewRounds(h.redis)
	limited, err := bot.NewLimitMetrics(h.registry)
	if err != nil {
		return err
	}
	owed, err := bot.NewOwedMetrics(h.registry)
	if err != nil {
		return err
	}
	if err := guesses.Register(h.registry); err != nil {
		return err
	}
	read, err := intake.NewRead(h.registry, h.config.Guide.IDs(), now)
	if err != nil {
		return err
	}
	officeLine := h.lines[len(h.lines)-1]
	wires := map[string]bot.Wire{}
	h.exhibits = &exhibits{blobs: h.blobs, cleaner: evidence.New(h.settings.TempDir)}
	for _, l := range h.lines {
		wires[strconv.FormatInt(l.me.ID, 10)] = l.wire
		h.exhibits.wires = append(h.exhibits.wires, l.wire)
	}
	scans, err := evidence.NewScanMetrics(h.registry)
	if err != nil {
		return err
	}
	if h.settings.Clamd != "" {
		h.exhibits.scanner = &evidence.Clamd{Addr: h.settings.Clamd, Metrics: scans}
	}
	if h.office != nil {
		h.exhibits.officers = h.office.Desk()
	}
	// Both sides can render a notice without a store: the postman has neither.
	reporters := intake.New(intake.Options{
		Store: h.intake, Receipts: receipts{h.keys}, Guesses: guesses,
		Book: h.book, Org: h.config.Org, Print: h.fonts, IdentitySteps: identitySteps(h.config),
		Guide: h.config.Guide, Read: read, Receptions: h.intake,
		Link: func(start string) string { return inviteLink(h.lines[0].me.Username, start) },
	})
	var received desk.ReceptionStore
	if h.office != nil {
		received = h.office.Desk()
	}
	h.desk = desk.New(desk.Options{
		Receptions: received, Rules: h.rules(h.zone),
		Store: h.exhibits.officers, Org: h.config.Org, Book: h.book, Secrets: secrets{h.keys, "step up"}, Kept: secrets{h.keys, "kept filter"},
		Evidence: h.exhibits, Print: h.fonts,
		Link:    func(token string) string { return inviteLink(officeLine.me.Username, token) },
		Preview: reporters.Notice, Templates: h.config.Templates,
	})
	trail := &bot.Trail{Messages: redis.NewMessages(rounds, trailKeys{h.keys}), Keys: h.keys, Log: h.log}
	if h.post != nil {
		h.postman = &bot.Postman{
			Mail: h.post, Addresses: h.keys, Wires: wires, Intake: reporters, Desk: h.desk, Now: now, News: h.keys, Trail: trail,
		}
		h.usher = &bot.Usher{Postman: h.postman, Mail: h.post, Intake: reporters, Desk: h.desk}
		h.digests = bot.Digests{Postman: h.postman, Desk: h.desk}
	}
	reportersElsewhere := &bot.Closed{Text: "error.reporters_elsewhere", To: h.lines[0].me.Username, Find: receipts{h.keys}.Find}
	officersElsewhere := &bot.Closed{Text: "error.officers_elsewhere", To: officeLine.me.Username, Officers: true}
	for _, l := range h.lines {
		o := bot.Options{
			Keys: h.keys, Wire: l.wire, Book: h.book, Engine: h.engine, Menu: h.officerMenu, Seed: seed, Now: now, Log: h.log, Bot: l.me,
			LimitMetrics: limited, News: h.keys, Trail: trail,
			Queue: l.wire, OwedMetrics: owed,
			Debts: redis.NewOwed(h.redis, h.keys, h.keys.Name("owed", strconv.FormatInt(l.me.ID, 10))),
		}
		var sessions *redis.Sessions
		switch {
		case l.both && h.intake != nil && h.office != nil:
			o.Intake, o.Desk, o.Officers = reporters, h.desk, h.office
			sessions, l.lead = redis.NewSessions(rounds, h.keys, h.intake.Drafts(), redis.Options{}), h.intake.Leader("poll")
		case l.desk && !l.both && h.office != nil:
			o.Intake, o.Desk, o.Officers = reportersElsewhere, h.desk, h.office
			sessions, l.lead = redis.NewSessions(rounds, h.keys, h.office.Drafts(), redis.Options{}), h.office.Leader("poll desk")
		case !l.desk && h.intake != nil:
			o.Intake, o.Desk, o.Officers = reporters, officersElsewhere, bot.NoOfficers{}
			sessions, l.lead = redis.NewSessions(rounds, h.keys, h.intake.Drafts(), redis.Options{}), h.intake.Leader("poll")
		default:
			continue // another process receives for this bot
		}
		o.Sessions, o.Limits = sessions, redis.Door{Limits: redis.NewLimits(rounds), Sessions: sessions}
		l.router = bot.NewRouter(o)
		l.lanes = telegram.NewLanes(l.router, telegram.LanesOptions{
			Log: h.log, Metrics: metrics, Tracer: h.traces.Tracer("huiyin"),
			PutAside: func(_ context.Context, update int64, class string) {
				h.log.Error("update put aside", "update", update, "class", class)
			},
		})
	}
	return nil
}

func (h *house) close() {
	if h.redis != nil {
		_ = h.redis.Close() // nothing is written on closing
	}
	for _, s := range []*postgres.Store{h.intake, h.office, h.post} {
		if s != nil {
			s.Close()
		}
	}
	if h.blobs != nil {
		_ = h.blobs.Close() // as above
	}
	if h.untrace != nil {
		end, cancel := context.WithTimeout(context.Background(), graceful)
		defer cancel()
		_ = h.untrace(end) // nobody's work waits for a trace
	}
}

// start begins the jobs of the parts that this process plays.
func (h *house) start(ctx context.Context) error {
	if h.post != nil {
		opts := postgres.NoticeOptions{Reception: h.usher.Deliver, Digest: h.digests.Deliver}
		if err := h.post.StartNotices(ctx, h.postman.Deliver, opts); err != nil {
			return err
		}
	}
	if h.intake == nil {
		return nil
	}
	return h.intake.StartHouse(ctx, postgres.HouseOptions{
		Fetch:   h.exhibits.fetch,
		Audit:   postgres.AuditOptions{HeadFile: h.settings.AuditHeadFile, Announce: h.announce()},
		Orphans: h.sweepOrphans,
	})
}

// sweepOrphans removes what filings that were broken off left in the blob store.
func (h *house) sweepOrphans(ctx context.Context, known postgres.Known) error {
	n, err := vault{h.ring, h.blobs}.sweepShares(ctx, known, time.Now())
	if errors.Is(err, errManyOrphans) {
		h.log.Error("keys without a case are left alone", "why", err.Error())
		return nil // trying again soon helps nobody
	}
	if n > 0 {
		h.log.Info("keys without a case removed", "count", n)
	}
	return err
}

// announce publishes the record's head in a chat of the operator's choice; nil when none is chosen.
func (h *house) announce() func(context.Context, audit.Block) error {
	if h.settings.AuditChat == 0 {
		return nil
	}
	return func(ctx context.Context, b audit.Block) error {
		_, err := h.lines[len(h.lines)-1].wire.SendMessage(telegram.Bulk(ctx), &tg.SendMessageParams{
			ChatID: h.settings.AuditChat, Text: b.Head().String(),
		})
		return err
	}
}

// run receives until ctx ends. Stopping goes the way of a grievance: first nothing new comes in, then what is in
// flight ends, then notices, then the checkpoints are written.
func (h *house) run(ctx context.Context, ready func(string)) error {
	if err := h.start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, h.stop(ctx))
	}
	if err := h.menus(ctx); err != nil {
		h.log.Warn("command menus not set", "class", string(telegram.ClassOf(err)))
	}
	listener, err := net.Listen("tcp", h.settings.ListenAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("LISTEN_ADDR: %w", err), h.stop(ctx))
	}
	mux := h.mux()
	group, inner := errgroup.WithContext(ctx)
	var receivers []func(context.Context) error
	for _, l := range h.lines {
		if l.lanes == nil {
			continue
		}
		receive := func(ctx context.Context) error { return h.poll(ctx, l) }
		if h.settings.WebhookURL == "" {
			l.poller = telegram.NewPoller(l.wire, l.lanes, telegram.PollerOptions{Leader: l.lead, Log: h.log})
		} else {
			if receive, err = h.webhook(mux, l); err != nil {
				return errors.Join(err, listener.Close(), h.stop(ctx))
			}
		}
		receivers = append(receivers, receive, func(ctx context.Context) error { l.router.RunOwed(ctx); return nil })
	}
	servers := map[*http.Server]net.Listener{defaultSurface.server(mux, h.log): listener}
	if h.settings.PprofAddr != "" {
		profiles, err := listenProfiles(h.settings.PprofAddr)
		if err != nil {
			return errors.Join(err, listener.Close(), h.stop(ctx))
		}
		h.log.Info("profiles", "addr", profiles.Addr().String())
		servers[defaultSurface.server(profilesMux(), h.log)] = profiles
	}
	for server, l := range servers {
		group.Go(func() error {
			if err := server.Serve(defaultSurface.listener(l)); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("listen: %w", err)
			}
			return nil
		})
	}
	for _, receive := range receivers {
		group.Go(func() error { return receive(inner) })
	}
	group.Go(func() error {
		<-inner.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
		defer cancel()
		var errs []error
		for server := range servers {
			errs = append(errs, server.Shutdown(end))
		}
		return errors.Join(errs...)
	})
	debug.FreeOSMemory() // starting takes more than serving does, and would be kept for the next peak
	ready(listener.Addr().String())
	h.log.Info("serving", "role", h.settings.Role, "webhook", h.settings.WebhookURL != "")
	err = group.Wait()
	return errors.Join(err, h.stop(ctx))
}

func (h *house) stop(ctx context.Context) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	var errs []error
	for _, l := range h.lines {
		if l.lanes != nil {
			errs = append(errs, l.lanes.Stop(end), l.router.StopOwed(end))
		}
	}
	if h.post != nil {
		for _, l := range h.lines {
			l.wire.EndBulk()
		}
		errs = append(errs, h.post.StopNotices(end))
	}
	if h.intake != nil {
		errs = append(errs, h.intake.StopHouse(end), h.intake.Drafts().Close(end))
	}
	if h.office != nil {
		errs = append(errs, h.office.Drafts().Close(end))
	}
	return errors.Join(errs...)
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
