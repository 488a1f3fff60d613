package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"huiyin/store/postgres/local"
	redislocal "huiyin/store/redis/local"
)

const (
	token   = "7000000011:watched"
	patient = 2 * time.Minute // for a process to start, or to stop
)

// house is the bot as it is shipped, with its stores, and what watches it.
type house struct {
	dir, binary, addr string
	environ           []string
	stops             []func() error // in the order of the starts
}

// open starts the stores and the bot, which polls the Bot API at api.
func (h *house) open(ctx context.Context, api string) (err error) {
	if h.dir, err = os.MkdirTemp("", "huiyin-watched-"); err != nil {
		return err
	}
	h.stops = append(h.stops, func() error { return os.RemoveAll(h.dir) })
	h.binary = filepath.Join(h.dir, "huiyin")
	build := exec.CommandContext(ctx, "go", "build", "-o", h.binary, "huiyin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build huiyin: %w\n%s", err, out)
	}
	database, err := local.Start(ctx, local.Options{})
	if err != nil {
		return err
	}
	h.stops = append(h.stops, func() error { return database.Stop(context.WithoutCancel(ctx)) })
	if err := database.CreateDatabase(ctx, "watched"); err != nil {
		return err
	}
	redis, err := redislocal.StartServer(ctx)
	if err != nil {
		return err
	}
	h.stops = append(h.stops, func() error { redis.Stop(); return nil })
	if h.addr, err = freeAddress(); err != nil {
		return err
	}
	keyset := filepath.Join(h.dir, "keyset.json")
	h.environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TELEGRAM_BOT_TOKEN=" + token, "TELEGRAM_API_URL=" + api,
		"DATABASE_URL=" + database.URL("watched"), "REDIS_URL=" + redis.URL(), "HUIYIN_KEYSET=" + keyset,
		"HUIYIN_BLOBS=" + filepath.Join(h.dir, "blobs"), "LISTEN_ADDR=" + h.addr, "LOG_LEVEL=error",
	}
	for _, args := range [][]string{{"keys", "new", keyset}, {"migrate", "up"}} {
		if _, err := h.command(ctx, args...); err != nil {
			return err
		}
	}
	if err := h.start(h.environ, h.binary, "serve"); err != nil {
		return err
	}
	return await(ctx, "http://"+h.addr+"/readyz")
}

// watch starts a Prometheus and gives its address.
func (h *house) watch(ctx context.Context, rules string) (string, error) {
	rules, err := filepath.Abs(rules)
	if err != nil {
		return "", err
	}
	addr, err := freeAddress()
	if err != nil {
		return "", err
	}
	config := filepath.Join(h.dir, "prometheus.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, `global: {scrape_interval: 2s, evaluation_interval: 2s}
rule_files: [%q]
scrape_configs:
  - job_name: huiyin
    static_configs: [{targets: [%q]}]
`, rules, h.addr), 0o600); err != nil {
		return "", err
	}
	if err := h.start(h.environ[:2], "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(h.dir, "tsdb"),
		"--web.listen-address="+addr, "--log.level=error"); err != nil {
		return "", err
	}
	return "http://" + addr, await(ctx, "http://"+addr+"/-/ready")
}

// start runs a program until close.
func (h *house) start(environ []string, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Env, c.Stdout, c.Stderr = environ, os.Stderr, os.Stderr
	if err := c.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	h.stops = append(h.stops, func() error {
		_ = c.Process.Signal(syscall.SIGTERM) // it may be gone already
		select {
		case err := <-ended:
			return err
		case <-time.After(patient):
			return errors.Join(fmt.Errorf("%s does not stop", name), c.Process.Kill())
		}
	})
	return nil
}

// invite gives the token by which an officer joins.
func (h *house) invite(ctx context.Context) (string, error) {
	out, err := h.command(ctx, "officers", "invite", "--role", "officer", "--name", "Li Na", "--dept", "safety")
	if err != nil {
		return "", err
	}
	_, token, ok := strings.Cut(strings.TrimSpace(out), "?start=")
	if !ok {
		return "", errors.New("huiyin officers invite printed no link")
	}
	return token, nil
}

func (h *house) command(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, h.binary, args...)
	c.Env = h.environ
	var wrong bytes.Buffer
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("huiyin %s: %w\n%s", args[0], err, wrong.String())
	}
	return string(out), nil
}

// close stops everything, in the reverse order of the start.
func (h *house) close() error {
	var errs []error
	for i := len(h.stops) - 1; i >= 0; i-- {
		errs = append(errs, h.stops[i]())
	}
	return errors.Join(errs...)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// await asks until an address answers 200.
func await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close() // only the status counts
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s never answers: %w", address, ctx.Err())
		case <-tick.C:
		}
	}
}
