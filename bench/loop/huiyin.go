package loop

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// complaint is the complaint with the ten questions that all bots ask, on the way of somebody who gives their name.
//
//go:embed complaint.yaml
var complaint []byte

// Huiyin starts `huiyin serve` as it is shipped, with everything on, and returns when it serves. dir is for its keyset,
// its blobs and its log. environ adds to its environment.
func Huiyin(ctx context.Context, binary, dir, apiURL, database, redis string, polling bool, environ ...string) (*Process, error) {
	config := filepath.Join(dir, "config")
	if err := os.MkdirAll(filepath.Join(config, "flows"), 0o700); err != nil {
		return nil, fmt.Errorf("make the configuration: %w", err)
	}
	if err := os.WriteFile(filepath.Join(config, "flows", "complaint.yaml"), complaint, 0o600); err != nil {
		return nil, fmt.Errorf("make the configuration: %w", err)
	}
	listen, err := FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	webhook := "http://" + listen + "/telegram"
	if polling {
		webhook = ""
	}
	keyset := filepath.Join(dir, "keyset.json")
	environ = append([]string{
		"HUIYIN_CONFIG_DIR=" + config, "TELEGRAM_BOT_TOKEN=" + Token, "TELEGRAM_API_URL=" + apiURL,
		"DATABASE_URL=" + database, "REDIS_URL=" + redis, "HUIYIN_KEYSET=" + keyset, "HUIYIN_BLOBS=" + filepath.Join(dir, "blobs"),
		"WEBHOOK_URL=" + webhook, "WEBHOOK_SECRET=" + strings.ToLower(rand.Text()), "LISTEN_ADDR=" + listen,
	}, environ...)
	for _, args := range [][]string{{"keys", "new", keyset}, {"migrate", "up"}} {
		if err := run(ctx, environ, binary, args...); err != nil {
			return nil, err
		}
	}
	return StartAt(ctx, listen, dir, filepath.Join(dir, "bot.log"), environ, binary, "serve")
}

// Replica starts another process of the same house; HUIYIN_PPROF_ADDR is the first one's alone.
func Replica(ctx context.Context, first *Process) (*Process, error) {
	listen, err := FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	environ := append(slices.Clone(first.cmd.Env), "LISTEN_ADDR="+listen, "HUIYIN_PPROF_ADDR=")
	if slices.Contains(environ, "WEBHOOK_URL=") { // polling
		return StartAt(ctx, listen, first.cmd.Dir, first.log, environ, first.cmd.Path, "serve")
	}
	return StartAt(ctx, listen, first.cmd.Dir, first.log, append(environ, "WEBHOOK_URL=http://"+listen+"/telegram"), first.cmd.Path, "serve")
}

// Token is the bot's token for all bots under test.
const Token = "7000000009:a-token-for-the-bench"

// FreeAddress is an address that nothing listens on.
func FreeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// StartAt starts a program and returns when it listens at an address.
func StartAt(ctx context.Context, listen, dir, log string, environ []string, program string, args ...string) (*Process, error) {
	p, err := Start(dir, log, environ, program, args...)
	if err != nil {
		return nil, err
	}
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", listen)
		if err == nil {
			return p, conn.Close()
		}
		select {
		case <-p.gone:
			return nil, fmt.Errorf("%s ended at once:\n%s", filepath.Base(program), p.Tail())
		case <-ctx.Done():
			return nil, fmt.Errorf("%s does not listen: %w", filepath.Base(program), context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}
