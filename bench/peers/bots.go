package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/jackc/pgx/v5"

	"huiyin/bench/loop"
)

// everybody builds and installs what is compared; only names one that is wanted alone.
func everybody(ctx context.Context, dir, only string) ([]peer, error) {
	script, err := loop.Intake()
	if err != nil {
		return nil, err
	}
	here, err := source()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	huiyin, gobot := filepath.Join(dir, "huiyin"), filepath.Join(dir, "gobot")
	all := []peer{
		{"huiyin", "hy:s:", script, func(ctx context.Context, at place) (*loop.Process, error) {
			return loop.Huiyin(ctx, huiyin, at.dir, at.apiURL, at.database, at.redis, false)
		}},
		{"telegraf", "", script, other(here, filepath.Join(here, "telegraf"), "node", "bot.mjs")},
		{"grammy", "", script, other(here, filepath.Join(here, "grammy"), "node", "bot.mjs")},
		{"go-telegram", "session:", script, other(here, here, gobot)},
		{"bare", "none:", bareScript(script), other(here, here, self, "bare")},
	}
	if only != "" {
		all = slices.DeleteFunc(all, func(p peer) bool { return p.name != only })
	}
	for _, p := range all {
		switch p.name {
		case "huiyin":
			err = loop.Build(ctx, huiyin, "huiyin")
		case "go-telegram":
			err = loop.Build(ctx, gobot, "huiyin/bench/peers/gobot")
		case "telegraf", "grammy":
			install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
			install.Dir = filepath.Join(here, p.name)
			if out, failed := install.CombinedOutput(); failed != nil {
				err = fmt.Errorf("npm ci for %s: %w\n%s", p.name, failed, out)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// source is the folder of this file: the other bots lie beside it.
func source() (string, error) {
	for _, dir := range []string{"bench/peers", "."} {
		if _, err := os.Stat(filepath.Join(dir, "telegraf", "bot.mjs")); err == nil {
			return filepath.Abs(dir)
		}
	}
	return "", fmt.Errorf("run it in the module's own folder: the other bots are not in bench/peers")
}

// other starts a bot of the specification: everything it needs stands in its environment.
func other(here, dir, program string, args ...string) func(context.Context, place) (*loop.Process, error) {
	return func(ctx context.Context, at place) (*loop.Process, error) {
		if err := makeTable(ctx, at.database); err != nil {
			return nil, err
		}
		listen, err := loop.FreeAddress(ctx)
		if err != nil {
			return nil, err
		}
		return loop.StartAt(ctx, listen, dir, filepath.Join(at.dir, "bot.log"), []string{
			"TOKEN=" + loop.Token, "API_URL=" + at.apiURL, "REDIS_URL=" + at.redis, "DATABASE_URL=" + at.database, "LISTEN=" + listen,
			"SECRET=" + rand.Text(), "INTAKE=" + filepath.Join(here, "..", "loop", "intake.json"), "NODE_ENV=production",
		}, program, args...)
	}
}

// makeTable makes the table that the specification files into.
func makeTable(ctx context.Context, database string) error {
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		return fmt.Errorf("make the table: %w", err)
	}
	defer func() { _ = c.Close(ctx) }() // what was done is done
	_, err = c.Exec(ctx, `CREATE TABLE filings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat bigint NOT NULL,
		answers jsonb NOT NULL, filed_at timestamptz NOT NULL DEFAULT now())`)
	if err != nil {
		return fmt.Errorf("make the table: %w", err)
	}
	return nil
}

// versions are what the figures depend on.
func versions(ctx context.Context) []string {
	out := []string{runtime.Version()}
	for _, program := range [][]string{{"node", "--version"}, {"redis-server", "--version"}} {
		raw, err := exec.CommandContext(ctx, program[0], program[1:]...).Output()
		if err == nil {
			out = append(out, program[0]+" "+firstLine(raw))
		}
	}
	return out
}
