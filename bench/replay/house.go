package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

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

	serving *exec.Cmd
	gone    chan struct{} // closed when serving has ended
	exit    error         // of serving; read after gone
	stops   []func() error
}

// stopWithin is how long a process or a store may take to stop.
const stopWithin = 40 * time.Second

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
		h.binary = filepath.Join(h.dir, "huiyin")
		build := exec.CommandContext(ctx, "go", "build", "-o", h.binary, "huiyin")
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build huiyin: %w\n%s", err, out)
		}
	}
	database, redis := o.database, o.redis
	if database == "" {
		server, err := local.Start(ctx, local.Options{})
		if err != nil {
			return nil, err
		}
		h.stops = append(h.stops, func() error {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
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
		if listen, err = freeAddress(ctx); err != nil {
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
	if _, err := h.command(ctx, "keys", "new", keyset); err != nil {
		return nil, err
	}
	_, err = h.command(ctx, "migrate", "up")
	return h, err
}

func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// command runs one of huiyin's short commands and gives what it printed.
func (h *house) command(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, h.binary, args...)
	c.Env = h.environ
	var wrong bytes.Buffer
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("huiyin %s: %w\n%s", strings.Join(args[:min(len(args), 2)], " "), err, wrong.String())
	}
	return string(out), nil
}

// invite gives the token of a one-time link for an officer.
func (h *house) invite(ctx context.Context, name, department string) (string, error) {
	out, err := h.command(ctx, "officers", "invite", "--role", "officer", "--name", name, "--dept", department)
	if err != nil {
		return "", err
	}
	_, token, ok := strings.Cut(strings.TrimSpace(out), "?start=")
	if !ok {
		return "", errors.New("huiyin officers invite printed no link")
	}
	return token, nil
}

// serve starts the bot and returns when it says that it serves.
func (h *house) serve(ctx context.Context) error {
	// Appended to, because the bot writes its standard error and this process its standard output.
	log, err := os.OpenFile(h.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the bot's log: %w", err)
	}
	ready := &awaited{to: log, word: []byte("huiyin is serving"), seen: make(chan struct{})}
	h.serving = exec.Command(h.binary, "serve")
	h.serving.Env, h.serving.Stderr = h.environ, log
	out, err := h.serving.StdoutPipe()
	if err == nil {
		err = h.serving.Start()
	}
	if err != nil {
		h.serving = nil
		return errors.Join(fmt.Errorf("start huiyin serve: %w", err), log.Close())
	}
	serving := h.serving
	h.gone = make(chan struct{})
	go func() {
		defer close(h.gone)
		defer func() { _ = log.Close() }() // what was written is read back
		_, _ = io.Copy(ready, out)         // ends with the process
		h.exit = serving.Wait()
	}()
	select {
	case <-ready.seen:
		return nil
	case <-h.gone:
		raw, _ := os.ReadFile(h.logFile) // an empty log says little, and the exit says the rest
		return fmt.Errorf("huiyin serve ended at once: %w\n%s", h.exit, raw)
	case <-ctx.Done():
		return fmt.Errorf("huiyin serve is not ready: %w", context.Cause(ctx))
	}
}

// awaited passes output on and tells when a word has come. It is written to by one goroutine.
type awaited struct {
	to   io.Writer
	word []byte
	kept []byte
	seen chan struct{}
	done bool
}

func (a *awaited) Write(p []byte) (int, error) {
	if !a.done {
		if a.kept = append(a.kept, p...); bytes.Contains(a.kept, a.word) {
			a.done, a.kept = true, nil
			close(a.seen)
		}
	}
	return a.to.Write(p)
}

// peakMemory is the bot's largest resident memory so far, in kilobytes; 0 where the system does not tell.
func (h *house) peakMemory() int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.serving.Process.Pid))
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

// stopServing asks the bot to stop, as an operator would, and gives the CPU time it took. A bot that does not stop, or
// stops with an error, is an error.
func (h *house) stopServing() (time.Duration, error) {
	if h.serving == nil || h.serving.Process == nil {
		return 0, nil
	}
	c := h.serving
	h.serving = nil
	_ = c.Process.Signal(syscall.SIGTERM) // a process that is gone is found gone below
	select {
	case <-h.gone:
	case <-time.After(stopWithin):
		_ = c.Process.Kill()
		<-h.gone
		return 0, fmt.Errorf("huiyin serve did not stop within %s", stopWithin)
	}
	if h.exit != nil {
		return 0, fmt.Errorf("huiyin serve ended badly: %w", h.exit)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
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
