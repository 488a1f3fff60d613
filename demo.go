package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/sim"
	"huiyin/store/postgres"
	"huiyin/store/postgres/local"
	redislocal "huiyin/store/redis/local"
	"huiyin/store/seal"
)

type demoCommand struct {
	Addr  string `default:"127.0.0.1:8088" help:"Where the page with the phones is; a taken port is replaced by a free one."`
	Reset bool   `help:"Forget the cases of earlier runs."`
	Dir   string `help:"Folder of the demo's data; default: a folder of the user's cache." type:"path"`
}

// demoToken is the bot's token at the stand-in; it opens nothing else.
const demoToken = "7000000001:demo"

// Run starts the stand-in for Telegram, Postgres, Redis and the bot in one process and stops all of them again.
func (d demoCommand) Run(s *surroundings) (err error) {
	began := time.Now()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	dir, err := d.folder()
	if err != nil {
		return err
	}
	settings, err := readSettings(s.environ)
	if err != nil {
		return err
	}
	stopStores, err := demoStores(ctx, &settings, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopStores()) }()
	if err := postgres.Migrate(ctx, settings.DatabaseURL); err != nil {
		return err
	}
	if settings.Keyset, err = demoKeyset(dir); err != nil {
		return err
	}

	telegram := sim.New(sim.Options{Token: demoToken})
	defer telegram.Close()
	page, err := telegram.Listen(d.Addr)
	if err != nil {
		if page, err = telegram.Listen("127.0.0.1:0"); err != nil {
			return fmt.Errorf("open the page: %w", err)
		}
	}
	phones := addPhones(telegram)

	settings.Token, settings.APIURL = demoToken, page
	settings.WebhookURL, settings.ListenAddr = "", "127.0.0.1:0"
	settings.Role, settings.DeskToken, settings.Blobs = "all", "", filepath.Join(dir, "blobs")
	settings.quiet = &cases.Quiet{} // at once: nobody waits for tomorrow to see a demo
	log := s.log(slog.LevelWarn)
	served := make(chan error, 1)
	ready := make(chan struct{})
	go func() { served <- serve(ctx, settings, log, func(string) { close(ready) }) }()
	select {
	case err := <-served:
		return err
	case <-ready:
	}
	if err := joinOfficers(ctx, settings, telegram, phones); err != nil {
		cancel()
		return errors.Join(err, <-served)
	}
	s.say("")
	s.say("  Huiyin 回音 is ready (%.1f s).", time.Since(began).Seconds())
	s.say("  Open %s and tap START on a phone.", page)
	s.say("  Ctrl-C stops everything; cases are kept for the next run (--reset forgets them).")
	s.say("")
	return <-served
}

// folder is where the demo keeps its database and keyset.
func (d demoCommand) folder() (string, error) {
	dir := d.Dir
	if dir == "" {
		var err error
		if dir, err = local.DefaultDir("demo"); err != nil {
			return "", err
		}
	}
	if d.Reset {
		if err := os.RemoveAll(dir); err != nil {
			return "", fmt.Errorf("reset: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the demo's folder: %w", err)
	}
	return dir, nil
}

// demoStores starts what the environment does not name, and gives the way to stop it.
func demoStores(ctx context.Context, s *settings, dir string) (stop func() error, err error) {
	var stops []func() error
	stop = func() error {
		var errs []error
		for i := len(stops) - 1; i >= 0; i-- {
			errs = append(errs, stops[i]())
		}
		return errors.Join(errs...)
	}
	if s.RedisURL == "" {
		server, err := redislocal.Start()
		if err != nil {
			return nil, err
		}
		stops = append(stops, func() error { server.Stop(); return nil })
		s.RedisURL = server.URL()
	}
	if s.DatabaseURL == "" {
		server, err := local.Start(ctx, local.Options{Dir: filepath.Join(dir, "postgres")})
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		stops = append(stops, func() error {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
			defer cancel()
			return server.Stop(end)
		})
		if err := server.CreateDatabase(ctx, "huiyin"); err != nil {
			return nil, errors.Join(err, stop())
		}
		s.DatabaseURL = server.URL("huiyin")
	}
	return stop, nil
}

// demoKeyset gives the demo's own keyset, made at the first run: without it the kept cases could not be read.
func demoKeyset(dir string) (string, error) {
	file := filepath.Join(dir, "keyset.json")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	keys, err := seal.Generate()
	if err != nil {
		return "", err
	}
	return file, keys.WriteFile(file)
}

// demoOfficers are the officers of the demo, by the phone they hold.
var demoOfficers = []struct {
	profile sim.Profile
	invite  cases.Invite
}{
	{sim.Profile{ID: 1003, Name: "王芳", Username: "wangfang", Language: "zh-hans", Role: "officer"},
		cases.Invite{Name: "王芳", Role: cases.RoleLead, Department: "hr"}},
	{sim.Profile{ID: 1004, Name: "David Li", Username: "davidli", Language: "en", Role: "officer"},
		cases.Invite{Name: "David Li", Role: cases.RoleOfficer, Department: "safety"}},
	{sim.Profile{ID: 1005, Name: "林岚", Username: "linlan", Language: "zh-hans", Role: "leader"},
		cases.Invite{Name: "林岚", Role: cases.RoleLeader}},
}

func addPhones(server *sim.Server) []*sim.Phone {
	server.AddPhone(sim.Profile{ID: 1001, Name: "陈静", Username: "chenjing", Language: "zh-hans", Role: "employee"})
	server.AddPhone(sim.Profile{ID: 1002, Name: "Sam", Username: "sam", Language: "en", Role: "whistleblower"})
	var phones []*sim.Phone
	for _, o := range demoOfficers {
		phones = append(phones, server.AddPhone(o.profile))
	}
	return phones
}

// joinOfficers makes the demo's officers officers, by a one-time link as anybody else; those of an earlier run stay.
func joinOfficers(ctx context.Context, s settings, server *sim.Server, phones []*sim.Phone) error {
	c, err := configs.Load(s.ConfigDir)
	if err != nil {
		return err
	}
	keys, err := seal.Open(s.Keyset)
	if err != nil {
		return err
	}
	store, err := postgres.Open(ctx, s.DatabaseURL, vault{keys: keys}, postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	for n, o := range demoOfficers {
		if _, ok := c.Org.Department(o.invite.Department); !ok && o.invite.Role.Placed() {
			continue // another organisation's configuration: officers are invited on the command line
		}
		key := keys.Name("officer", fmt.Sprint(o.profile.ID))
		if _, known, err := store.OfficerByKey(ctx, key[:], false); err != nil || known {
			if err != nil {
				return err
			}
			phones[n].Send("/start")
			continue
		}
		o.invite.Expires = time.Now().Add(time.Hour)
		token, err := store.Invite(ctx, commandLine, o.invite)
		if err != nil {
			return err
		}
		phones[n].Send("/start " + token)
	}
	return nil
}
