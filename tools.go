package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/postgres"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply what is missing."`
	Status migrateStatus `cmd:"" help:"List the migrations and what is applied."`
}

type migrateUp struct{}

// Run migrates DATABASE_URL; running it again does nothing.
func (migrateUp) Run(s *surroundings) error {
	settings, err := needDatabase(s)
	if err != nil {
		return err
	}
	if err := postgres.Migrate(s.ctx, settings.DatabaseURL); err != nil {
		return err
	}
	s.say("the database is up to date")
	return nil
}

type migrateStatus struct{}

// Run lists every migration with the time it was applied.
func (migrateStatus) Run(s *surroundings) error {
	settings, err := needDatabase(s)
	if err != nil {
		return err
	}
	list, err := postgres.MigrationStatus(s.ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	for _, m := range list {
		state := "missing"
		if m.Applied {
			state = "applied"
		}
		s.say("%-8s %s", state, m.Name)
	}
	return nil
}

func needDatabase(s *surroundings) (settings, error) {
	settings, err := readSettings(s.environ)
	if err == nil && settings.DatabaseURL == "" {
		err = fmt.Errorf("DATABASE_URL is not set: postgres://user:password@host:5432/huiyin")
	}
	return settings, err
}

type flowsCommand struct {
	Lint  flowsLint  `cmd:"" help:"Check every flow; says file, line and what is wrong."`
	Graph flowsGraph `cmd:"" help:"Draw every flow and the life of a case as Mermaid diagrams."`
}

type flowsLint struct {
	Dir string `help:"Folder whose files replace the built-in ones." env:"HUIYIN_CONFIG_DIR" type:"path"`
}

// Run loads the configuration, which proves every flow.
func (f flowsLint) Run(s *surroundings) error {
	c, err := configs.Load(f.Dir)
	if err != nil {
		return err
	}
	for _, flow := range c.Flows {
		s.say("ok  %s (version %d, %d steps)", flow.ID(), flow.Version(), len(flow.Definition().Steps))
	}
	s.say("ok  guide (%d articles in %d languages)", len(c.Guide.IDs()), len(c.Languages))
	return nil
}

type flowsGraph struct {
	Dir string `help:"Folder whose files replace the built-in ones." env:"HUIYIN_CONFIG_DIR" type:"path"`
	Out string `help:"Folder to write flows.md into; without it the diagrams are printed." type:"path"`
}

// Run draws. With Out it writes flows.md, which docs keep and a test compares.
func (f flowsGraph) Run(s *surroundings) error {
	c, err := configs.Load(f.Dir)
	if err != nil {
		return err
	}
	page := diagrams(c)
	if f.Out == "" {
		s.say("%s", page)
		return nil
	}
	return os.WriteFile(filepath.Join(f.Out, "flows.md"), []byte(page), 0o644)
}

// diagrams is docs/flows.md.
func diagrams(c *configs.Config) string {
	var b strings.Builder
	b.WriteString("# Flows and the life of a case\n\nMade by `huiyin flows graph --out docs`; a test keeps it in step.\n")
	b.WriteString("\n## The life of a case\n\n```mermaid\n" + strings.TrimSpace(cases.Diagram()) + "\n```\n")
	for _, flow := range c.Flows {
		b.WriteString("\n## " + flow.ID() + "\n\n```mermaid\n" + strings.TrimSpace(flow.Mermaid()) + "\n```\n")
	}
	return b.String()
}

// metricsHandler serves the registry.
func metricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// loopback turns a listen address into one that this machine can call.
func loopback(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return net.JoinHostPort(host, port)
}

// within bounds a single check.
func within(ctx context.Context, d time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return f(ctx)
}
