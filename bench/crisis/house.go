package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/bench/crowd"
	"huiyin/bench/loop"
	"huiyin/sim"
)

const token = "7000000013:crisis"

// perChat is Telegram's limit for one chat in a second, burst what it lets pass at once.
const (
	perChat = 1
	burst   = 3
)

// hour is a run: what takes part in it, and what was seen.
type hour struct {
	options
	out      io.Writer
	telegram *sim.Server
	stores   *loop.Stores
	database string
	binary   string
	dir      string
	listen   string
	environ  []string
	bot      *crowd.Process
	crowd    []*crowd.Person
	officers []*crowd.Person

	began time.Time
	cpu   time.Duration
	mu    sync.Mutex
	seen
}

// hold lets the hour pass.
func hold(ctx context.Context, o options, out io.Writer) (_ *hour, err error) {
	h := &hour{options: o, out: out}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	if h.dir, err = os.MkdirTemp("", "huiyin-crisis-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(h.dir)) }()
	if h.stores, err = loop.OpenStores(ctx, nil); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.stores.Close()) }()
	if h.database, err = h.stores.Database(ctx, "crisis"); err != nil {
		return nil, err
	}
	h.telegram = sim.New(sim.Options{Token: token, LogCalls: -1, NoHTML: true, History: 100})
	defer h.telegram.Close()
	api, err := h.telegram.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if err := h.build(ctx, api); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			raw, _ := os.ReadFile(filepath.Join(h.dir, "bot.log")) // an empty log says little
			err = fmt.Errorf("%w\nthe bot said last:\n%s", err, raw[max(0, len(raw)-2000):])
		}
	}()
	// So slow a bot sends hardly any notice while the people of the day before file.
	if err := h.serve(ctx, 1); err != nil {
		return nil, err
	}
	if err := h.before(ctx); err != nil {
		return nil, errors.Join(err, h.stop())
	}
	if err := h.stop(); err != nil {
		return nil, err
	}
	h.telegram.Fail(sim.Fault{Kind: sim.FaultLimits, Global: float64(o.rate * o.speed), PerChat: float64(perChat * o.speed), Burst: burst})
	h.begin()
	if err := h.serve(ctx, o.rate*o.speed); err != nil {
		return nil, err
	}
	if h.atStart, err = h.waiting(ctx); err != nil {
		return nil, errors.Join(err, h.stop())
	}
	say("%d notices wait; %d people begin to file within %s, %d officers work; the hour passes %d times as fast", h.atStart, o.people, o.arrive, o.officers, o.speed)
	err = h.pass(ctx)
	return h, errors.Join(err, h.stop(), h.count(context.WithoutCancel(ctx)))
}

// build makes the program and its settings.
func (h *hour) build(ctx context.Context, api string) (err error) {
	if h.binary, err = crowd.Build(ctx, h.dir); err != nil {
		return err
	}
	if h.listen, err = crowd.FreeAddress(ctx); err != nil {
		return err
	}
	keyset := filepath.Join(h.dir, "keyset.json")
	h.environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TELEGRAM_BOT_TOKEN=" + token, "TELEGRAM_API_URL=" + api,
		"DATABASE_URL=" + h.database, "REDIS_URL=" + h.stores.Redis(), "HUIYIN_KEYSET=" + keyset,
		"HUIYIN_BLOBS=" + filepath.Join(h.dir, "blobs"), "LISTEN_ADDR=" + h.listen, "LOG_LEVEL=warn",
		"WEBHOOK_URL=http://" + h.listen + "/telegram", "WEBHOOK_SECRET=" + strings.ToLower(rand.Text()),
	}
	for _, args := range [][]string{{"keys", "new", keyset}, {"migrate", "up"}} {
		if _, err := crowd.Command(ctx, h.binary, h.environ, args...); err != nil {
			return err
		}
	}
	return nil
}

// serve starts the bot for so many messages a second.
func (h *hour) serve(ctx context.Context, messages int) (err error) {
	environ := append(h.environ[:len(h.environ):len(h.environ)], fmt.Sprintf("TELEGRAM_PER_SECOND=%d", messages))
	if h.bot, err = crowd.Serve(h.binary, environ, filepath.Join(h.dir, "bot.log")); err != nil {
		return err
	}
	return h.bot.Ready(ctx)
}

func (h *hour) stop() (err error) {
	h.cpu, err = h.bot.Stop()
	return err
}

// query asks the database for one number.
func (h *hour) query(ctx context.Context, sql string) (n int, err error) {
	c, err := pgx.Connect(ctx, h.database)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close(ctx) }() // all was read
	return n, c.QueryRow(ctx, sql).Scan(&n)
}

func (h *hour) waiting(ctx context.Context) (int, error) {
	return h.query(ctx, "SELECT count(*) FROM notices WHERE state = 'waiting' AND due_at <= clock_timestamp()")
}

// count looks at what is stored when all is over.
func (h *hour) count(ctx context.Context) (err error) {
	if h.cases, err = h.query(ctx, "SELECT count(*) FROM cases"); err != nil {
		return err
	}
	h.noticesLeft, err = h.waiting(ctx)
	return err
}
