package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"huiyin/bench/crowd"
	"huiyin/store/postgres/local"
	redislocal "huiyin/store/redis/local"
)

// house is the bot as a process of its own, with its stores.
type house struct {
	dir     string // keyset, log and binary
	binary  string
	environ []string
	logFile string
	redis   string // which one runs
	token   string
	secret  string

	serving *crowd.Process
	stops   []func() error
}

// openHouse starts the stores that o does not name, builds the bot if need be, migrates and makes a keyset.
func openHouse(ctx context.Context, o options, apiURL string, say func(string, ...any)) (_ *house, err error) {
	h := &house{binary: o.binary, token: o.token, redis: "given by -redis"}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.dir, err = os.MkdirTemp("", "huiyin-replay-"); err != nil {
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	if !o.keep {
		h.stops = append(h.stops, func() error { return os.RemoveAll(h.dir) })
	}
	if h.binary == "" {
		if h.binary, err = crowd.Build(ctx, h.dir); err != nil {
			return nil, err
		}
	}
	database, redis := o.database, o.redis
	if database == "" {
		server, err := local.Start(ctx, local.Options{})
		if err != nil {
			return nil, err
		}
		h.stops = append(h.stops, func() error {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), crowd.StopWithin)
			defer cancel()
			return server.Stop(end)
		})
		if err := server.CreateDatabase(ctx, "replay"); err != nil {
			return nil, err
		}
		database = server.URL("replay")
	}
	if redis == "" {
		server, err := redislocal.StartServer(ctx)
		h.redis = "redis-server"
		if err != nil {
			say("No redis-server is to be had; a Redis inside this process stands in for it.")
			h.redis = "inside the driver's process"
			if server, err = redislocal.Start(); err != nil {
				return nil, err
			}
		}
		h.stops = append(h.stops, func() error { server.Stop(); return nil })
		redis = server.URL()
	}
	keyset := filepath.Join(h.dir, "keyset.json")
	h.logFile = filepath.Join(h.dir, "serve.log")
	h.secret = strings.ToLower(rand.Text())
	listen, webhook := "127.0.0.1:0", ""
	if !o.polling {
		if listen, err = crowd.FreeAddress(ctx); err != nil {
			return nil, err
		}
		webhook = "http://" + listen + "/telegram"
	}
	h.environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "HUIYIN_CONFIG_DIR=" + os.Getenv("HUIYIN_CONFIG_DIR"),
		"TELEGRAM_BOT_TOKEN=" + h.token, "TELEGRAM_API_URL=" + apiURL, "DATABASE_URL=" + database, "REDIS_URL=" + redis,
		"HUIYIN_KEYSET=" + keyset, "HUIYIN_BLOBS=" + filepath.Join(h.dir, "blobs"), "WEBHOOK_URL=" + webhook, "WEBHOOK_SECRET=" + h.secret, "LISTEN_ADDR=" + listen,
		"LOG_LEVEL=" + o.logLevel,
	}
	if _, err := crowd.Command(ctx, h.binary, h.environ, "keys", "new", keyset); err != nil {
		return nil, err
	}
	_, err = crowd.Command(ctx, h.binary, h.environ, "migrate", "up")
	return h, err
}

// invite gives the token of a one-time link for an officer.
func (h *house) invite(ctx context.Context, name, department string) (string, error) {
	return crowd.Invite(ctx, h.binary, h.environ, name, department)
}

// serve starts the bot and returns when it says that it serves.
func (h *house) serve(ctx context.Context) (err error) {
	if h.serving, err = crowd.Serve(h.binary, h.environ, h.logFile); err != nil {
		return err
	}
	return h.serving.Ready(ctx)
}

// peakMemory is the bot's largest resident memory so far, in kilobytes; 0 where the system does not tell.
func (h *house) peakMemory() int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.serving.Pid()))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB"))) // 0 is "not known"
			return kb
		}
	}
	return 0
}

// stopServing asks the bot to stop, as an operator would, and gives the CPU time it took.
func (h *house) stopServing() (time.Duration, error) {
	if h.serving == nil {
		return 0, nil
	}
	p := h.serving
	h.serving = nil
	return p.Stop()
}

// close stops everything, in the reverse order of the start.
func (h *house) close() error {
	_, err := h.stopServing()
	errs := []error{err}
	for i := len(h.stops) - 1; i >= 0; i-- {
		errs = append(errs, h.stops[i]())
	}
	h.stops = nil
	return errors.Join(errs...)
}
