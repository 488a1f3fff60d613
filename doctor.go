package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"huiyin/bot/telegram"
	"huiyin/configs"
	"huiyin/store/postgres"
	"huiyin/store/redis"
	"huiyin/store/seal"
)

type doctorCommand struct{}

// finding is one line of the doctor: empty fix means well.
type finding struct {
	what string
	err  error
	fix  string
}

// Run checks everything that serving depends on; it changes nothing. It fails when anything is wrong.
func (doctorCommand) Run(s *surroundings) error {
	settings, err := readSettings(s.environ)
	if err != nil {
		return err
	}
	sick := false
	for _, f := range examine(s.ctx, settings) {
		if f.err == nil {
			s.say("ok    %s", f.what)
			continue
		}
		sick = true
		s.say("wrong %s: %v\n      %s", f.what, f.err, f.fix)
	}
	if sick {
		return errSaid
	}
	return nil
}

func examine(ctx context.Context, s settings) []finding {
	findings := []finding{{"settings", s.check(), "Set them in the environment; docs/deploy.md explains each."}}
	add := func(what, fix string, check func(context.Context) error) {
		findings = append(findings, finding{what, within(ctx, 10*time.Second, check), fix})
	}
	add("flows, languages and organisation", "Mend the file at the line named, then `huiyin flows lint`.", func(context.Context) error {
		_, err := configs.Load(s.ConfigDir)
		return err
	})
	add("keyset", "`huiyin keys new FILE` makes one; HUIYIN_KEYSET names it.", func(context.Context) error {
		_, err := seal.Open(s.Keyset)
		return err
	})
	add("Postgres", "Is the server up, and does DATABASE_URL name it, the user and the database?", func(ctx context.Context) error {
		return pingPostgres(ctx, s.DatabaseURL)
	})
	add("migrations", "It changes nothing that is stored; a backup before it does no harm.", func(ctx context.Context) error {
		return migrated(ctx, s.DatabaseURL)
	})
	add("Redis", "Is the server up, and does REDIS_URL name it?", func(ctx context.Context) error {
		c, err := redis.Open(ctx, s.RedisURL)
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // only asked
		return c.Ping(ctx).Err()
	})
	return append(findings, examineTelegram(ctx, s)...)
}

func pingPostgres(ctx context.Context, url string) error {
	store, err := postgres.Open(ctx, url, vault{}, postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Ping(ctx)
}

func examineTelegram(ctx context.Context, s settings) []finding {
	const token = "TELEGRAM_BOT_TOKEN"
	wire, err := telegram.New(s.Token, s.APIURL, telegram.Options{})
	if err != nil {
		return []finding{{token, err, "Ask @BotFather for the token."}}
	}
	me, err := wire.Me(ctx)
	if err != nil {
		return []finding{{token, err, "Ask @BotFather for the token; TELEGRAM_API_URL must reach Telegram."}}
	}
	findings := []finding{{what: "Telegram knows the bot as @" + me.Username}}
	privacy := finding{what: "privacy mode", fix: "In @BotFather: /setprivacy, Enable. The bot needs to read nothing in groups."}
	if me.CanReadAllGroupMessages {
		privacy.err = fmt.Errorf("the bot can read everything said in groups")
	}
	findings = append(findings, privacy)
	info, err := wire.Bot().GetWebhookInfo(ctx)
	webhook := finding{what: "webhook", fix: "`huiyin serve` sets or removes it at its start."}
	switch {
	case err != nil:
		webhook.err = fmt.Errorf("cannot ask: %s", telegram.ClassOf(err))
	case s.WebhookURL == "" && info.URL != "":
		webhook.err = fmt.Errorf("one is set, but WEBHOOK_URL is empty (long polling)")
	case s.WebhookURL != "" && info.URL == "":
		webhook.err = fmt.Errorf("none is set yet")
	case info.LastErrorDate > 0 && time.Since(time.Unix(int64(info.LastErrorDate), 0)) < 10*time.Minute:
		webhook.err = fmt.Errorf("telegram could not deliver within the last ten minutes")
		webhook.fix = "Is WEBHOOK_URL reachable from outside, with a valid certificate?"
	}
	findings = append(findings, webhook)
	if s.WebhookURL != "" {
		findings = append(findings, finding{"listener", listening(ctx, s.ListenAddr), "Is `huiyin serve` running here?"})
	}
	return findings
}

func listening(ctx context.Context, addr string) error {
	return within(ctx, 3*time.Second, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+loopback(addr)+"/readyz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		_ = response.Body.Close() // only the status counts
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("answers %s", response.Status)
		}
		return nil
	})
}
