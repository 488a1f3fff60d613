package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"huiyin/bot/evidence"
	"huiyin/bot/telegram"
	"huiyin/configs"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/redis"
	"huiyin/store/seal"
)

type doctorCommand struct {
	Role string `help:"Part of the house to check for: intake, desk, postman, or all." placeholder:"all"`
}

// finding is one line of the doctor: empty fix means well.
type finding struct {
	what string
	err  error
	fix  string
}

// Run checks everything that serving depends on; it changes nothing, but makes the blobs' folder as serving would. It
// fails when anything is wrong.
func (d doctorCommand) Run(s *surroundings) error {
	settings, err := readSettings(s.environ)
	if err != nil {
		return err
	}
	if d.Role != "" {
		settings.Role = d.Role
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
	for _, line := range unled(s.ctx, settings) {
		s.say("lack  %s", line)
	}
	for _, line := range endings(settings.ConfigDir, time.Now()) {
		s.say("soon  %s", line)
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
		c, err := configs.Load(s.ConfigDir)
		if err != nil {
			return err
		}
		return exportKeysWork(c.Org)
	})
	var keys *seal.Keyset
	add("keyset", "`huiyin keys new FILE` makes one; HUIYIN_KEYSET names it.", func(context.Context) (err error) {
		if keys, err = seal.Open(s.Keyset); err == nil {
			keys, err = keys.For(s.Role)
		}
		return err
	})
	add("Postgres", "Is the server up, and does DATABASE_URL name it, the user and the database?", func(ctx context.Context) error {
		return pingPostgres(ctx, s.DatabaseURL, "")
	})
	add("migrations", "It changes nothing that is stored; a backup before it does no harm.", func(ctx context.Context) error {
		return migrated(ctx, s.DatabaseURL)
	})
	if findings[len(findings)-1].err == nil {
		findings = append(findings, examineDatabase(ctx, s, keys)...)
	}
	add("Redis", "Is the server up, and does REDIS_URL name it?", func(ctx context.Context) error {
		c, err := redis.Open(ctx, s.RedisURL)
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // only asked
		return c.Ping(ctx).Err()
	})
	add("blob store", "HUIYIN_BLOBS names a folder that this user may write to, or a bucket.", func(ctx context.Context) error {
		store, err := blobs.Open(ctx, s.Blobs)
		if err != nil {
			return err
		}
		return store.Close()
	})
	add("letters", "HUIYIN_FONT names a TrueType font (.ttf) for Chinese; Debian's package fonts-droid-fallback has one. Until then letters in Chinese cannot be written.", func(context.Context) error {
		return lettersWork(s)
	})
	if s.plays(seal.RoleIntake) {
		add("temporary files", "HUIYIN_TEMP_DIR names a folder that this user may write to; without it the system's is used.", func(context.Context) error {
			file, err := evidence.New(s.TempDir).Spool(strings.NewReader("x"), 1)
			if err != nil {
				return err
			}
			return file.Close()
		})
		if s.Clamd != "" {
			add("virus scanner", "Is clamd up, and does CLAMD_ADDR name it? While it is away no file is fetched.", evidence.Clamd{Addr: s.Clamd}.Ping)
		}
	}
	return append(findings, examineTelegram(ctx, s)...)
}

// examineDatabase looks into a database that is up to date. keys is nil when there is no keyset.
func examineDatabase(ctx context.Context, s settings, keys *seal.Keyset) (findings []finding) {
	for _, role := range []postgres.Role{postgres.Intake, postgres.Desk, postgres.Postman} {
		if !s.plays(string(role)) {
			continue
		}
		findings = append(findings, finding{
			"database role huiyin_" + string(role),
			within(ctx, 10*time.Second, func(ctx context.Context) error { return pingPostgres(ctx, s.DatabaseURL, role) }),
			"`huiyin migrate up` makes the roles; the user of DATABASE_URL must be a member of them (GRANT huiyin_" + string(role) + " TO …).",
		})
	}
	if keys != nil {
		findings = append(findings, finding{
			"keyset and database belong together",
			within(ctx, 10*time.Second, func(ctx context.Context) error { return fits(ctx, s.DatabaseURL, keys) }),
			"Name the keyset that this database was first served with; a copy is where your backups are not.",
		})
	}
	return findings
}

func fits(ctx context.Context, url string, keys *seal.Keyset) error {
	store, err := postgres.Open(ctx, url, vault{}, postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.KeysetFits(ctx, keys.Fingerprint())
}

// pingPostgres connects, and becomes role unless it is empty.
func pingPostgres(ctx context.Context, url string, role postgres.Role) error {
	store, err := postgres.Open(ctx, url, vault{}, postgres.Options{Role: role})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Ping(ctx)
}

// examineTelegram asks after each bot. A webhook is looked at by the process that receives for the bot.
func examineTelegram(ctx context.Context, s settings) []finding {
	one := s.DeskToken == ""
	findings := examineBot(ctx, s, "TELEGRAM_BOT_TOKEN", s.Token, s.plays(seal.RoleIntake) || one && s.plays(seal.RoleDesk))
	if !one {
		findings = append(findings, examineBot(ctx, s, "TELEGRAM_DESK_BOT_TOKEN", s.DeskToken, s.plays(seal.RoleDesk))...)
	}
	if s.WebhookURL != "" {
		findings = append(findings, finding{"listener", listening(ctx, s.ListenAddr), "Is `huiyin serve` running here?"})
	}
	return findings
}

func examineBot(ctx context.Context, s settings, setting, token string, receives bool) []finding {
	wire, err := telegram.New(token, s.APIURL, telegram.Options{})
	if err != nil {
		return []finding{{setting, err, "Ask @BotFather for the token."}}
	}
	me, err := wire.Me(ctx)
	if err != nil {
		return []finding{{setting, err, "Ask @BotFather for the token; TELEGRAM_API_URL must reach Telegram."}}
	}
	findings := []finding{{what: "Telegram knows the bot as @" + me.Username}}
	privacy := finding{what: "privacy mode", fix: "In @BotFather: /setprivacy, Enable. The bot needs to read nothing in groups."}
	if me.CanReadAllGroupMessages {
		privacy.err = fmt.Errorf("the bot can read everything said in groups")
	}
	findings = append(findings, privacy)
	if !receives {
		return findings
	}
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
	return append(findings, webhook)
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
