package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/caarlos0/env/v11"

	"huiyin/cases"
)

// settings come from the environment only; docs/deploy.md explains each. Secrets are never printed.
type settings struct {
	Token  string `env:"TELEGRAM_BOT_TOKEN"`
	APIURL string `env:"TELEGRAM_API_URL" envDefault:"https://api.telegram.org"`
	// PerSecond is how many messages Telegram takes from a bot in a second.
	PerSecond   int    `env:"TELEGRAM_PER_SECOND" envDefault:"30"`
	DatabaseURL string `env:"DATABASE_URL"`
	// Role is the part this process plays: intake, desk, postman or all.
	Role      string `env:"HUIYIN_ROLE" envDefault:"all"`
	DeskToken string `env:"TELEGRAM_DESK_BOT_TOKEN"`
	Blobs     string `env:"HUIYIN_BLOBS" envDefault:"huiyin-blobs"`
	TempDir   string `env:"HUIYIN_TEMP_DIR"`
	Clamd     string `env:"CLAMD_ADDR"`
	// Font is a TrueType font for Chinese; "" looks in the usual places.
	Font      string `env:"HUIYIN_FONT"`
	AuditChat int64  `env:"AUDIT_HEAD_CHAT"`
	// quiet replaces the organisation's quiet hours; for the demo and tests.
	quiet *cases.Quiet
	// loaded replaces reading the configuration; for tests, which run many houses with the same.
	loaded *loaded

	RedisURL      string `env:"REDIS_URL"`
	Keyset        string `env:"HUIYIN_KEYSET"`
	WebhookURL    string `env:"WEBHOOK_URL"`
	WebhookSecret string `env:"WEBHOOK_SECRET"`
	ListenAddr    string `env:"LISTEN_ADDR" envDefault:":8080"`
	ConfigDir     string `env:"HUIYIN_CONFIG_DIR"`
	AuditHeadFile string `env:"AUDIT_HEAD_FILE"`
	LogLevel      string `env:"LOG_LEVEL" envDefault:"info"`
	PprofAddr     string `env:"HUIYIN_PPROF_ADDR"`
	// Where traces go, by OpenTelemetry's own variables; the second is the whole address. Builds with the tag otel have them.
	Traces     string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesOnly string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
}

// readSettings reads the environment ("NAME=value" lines).
func readSettings(environ []string) (settings, error) {
	var s settings
	err := env.ParseWithOptions(&s, env.Options{Environment: env.ToMap(environ)})
	if err != nil {
		return settings{}, fmt.Errorf("read settings: %w", err)
	}
	return s, nil
}

// check names everything that serving lacks, in one go.
func (s settings) check() error {
	var wrong []error
	for _, need := range []struct{ name, value, why string }{
		{"TELEGRAM_BOT_TOKEN", s.Token, "the token that @BotFather gave you"},
		{"DATABASE_URL", s.DatabaseURL, "postgres://user:password@host:5432/huiyin"},
		{"REDIS_URL", s.RedisURL, "redis://host:6379/0"},
		{"HUIYIN_KEYSET", s.Keyset, "the file that `huiyin keys new FILE` makes"},
	} {
		if need.value == "" {
			wrong = append(wrong, fmt.Errorf("%s is not set: %s", need.name, need.why))
		}
	}
	switch s.Role {
	case "all", "postman":
	case "intake", "desk":
		if s.DeskToken == "" {
			wrong = append(wrong, fmt.Errorf("TELEGRAM_DESK_BOT_TOKEN is not set: with one bot, --role %s cannot run apart, because one process receives for a bot", s.Role))
		}
	default:
		wrong = append(wrong, errors.New("--role: want intake, desk, postman or all"))
	}
	if s.DeskToken != "" && s.DeskToken == s.Token {
		wrong = append(wrong, errors.New("TELEGRAM_DESK_BOT_TOKEN is TELEGRAM_BOT_TOKEN: officers' bot is another one, or leave it out"))
	}
	if s.WebhookURL != "" && len(s.WebhookSecret) < 16 {
		wrong = append(wrong, errors.New("WEBHOOK_SECRET needs at least 16 of A-Z a-z 0-9 _ - when WEBHOOK_URL is set"))
	}
	if s.PerSecond < 0 {
		wrong = append(wrong, errors.New("TELEGRAM_PER_SECOND: want how many messages Telegram takes in a second"))
	}
	if err := checkProfiles(s.PprofAddr); err != nil {
		wrong = append(wrong, err)
	}
	if _, err := s.level(); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// plays says whether the process plays a part of the house.
func (s settings) plays(role string) bool { return s.Role == "all" || s.Role == role }

func (s settings) level() (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(s.LogLevel))); err != nil {
		return l, fmt.Errorf("LOG_LEVEL: want debug, info, warn or error")
	}
	return l, nil
}
