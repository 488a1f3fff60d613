package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/redis"
)

// openStores opens what is kept outside the process.
func (h *house) openStores(ctx context.Context) (err error) {
	s := h.settings
	if h.blobs, err = blobs.Open(ctx, s.Blobs); err != nil {
		return fmt.Errorf("HUIYIN_BLOBS: %w", err)
	}
	opts := storeOptions(h.config, h.zone)
	opts.Log = h.log
	opts.Words = wordKeys(h.keys, h.blobs)
	opts.Tracer = h.traces.Tracer("huiyin")
	if opts.Metrics, err = postgres.NewMetrics(h.registry); err != nil {
		return err
	}
	if s.quiet != nil {
		opts.Quiet = *s.quiet
		if *s.quiet == (cases.Quiet{}) {
			opts.OfficeHours = cases.Hours{} // everything goes at once
		}
	}
	for _, part := range []struct {
		role  postgres.Role
		store **postgres.Store
	}{{postgres.Intake, &h.intake}, {postgres.Desk, &h.office}, {postgres.Postman, &h.post}} {
		if !s.plays(string(part.role)) {
			continue
		}
		opts.Role = part.role
		if *part.store, err = postgres.Open(ctx, s.DatabaseURL, vault{h.ring, h.blobs}, opts); err != nil {
			return err
		}
	}
	if err := h.anyStore().Ping(ctx); err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	if err := migrated(ctx, s.DatabaseURL); err != nil {
		return err
	}
	if err := h.anyStore().CheckKeyset(ctx, h.keys.Fingerprint()); err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	goredis.SetLogger(redisLog{h.log})
	if h.redis, err = redis.Open(ctx, s.RedisURL); err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	return nil
}

// storeOptions are what the configuration says to the case store.
func storeOptions(c *configs.Config, zone *time.Location) postgres.Options {
	o := postgres.Options{
		Rules: c.Rules(zone), Location: zone, Quiet: c.Org.Quiet, Heads: c.Org.Heads, Limits: c.Org.Limits,
		Retentions: map[string]cases.Retention{}, StandIns: map[string]string{}, Procedures: map[string]string{},
		Confidential: map[string]bool{}, Reception: c.Org.Reception,
		Major: c.Org.Major, OfficeHours: c.Org.OfficeHours,
	}
	for _, r := range c.Org.Retentions {
		o.Retentions[r.ID] = r
	}
	for _, d := range c.Org.Departments {
		o.StandIns[d.ID], o.Procedures[d.ID], o.Confidential[d.ID] = d.StandIn, c.Org.ProcedureOf(d.ID), d.Confidential
	}
	return o
}

// anyStore is a store of this process, for what every role may ask.
func (h *house) anyStore() *postgres.Store {
	for _, s := range []*postgres.Store{h.intake, h.office, h.post} {
		if s != nil {
			return s
		}
	}
	return nil
}

// migrated refuses a database that is behind: half of the queries would fail later, one by one.
func migrated(ctx context.Context, database string) error {
	list, err := postgres.MigrationStatus(ctx, database)
	if err != nil {
		return err
	}
	for _, m := range list {
		if !m.Applied {
			return fmt.Errorf("the database lacks %s: run `huiyin migrate up`", m.Name)
		}
	}
	return nil
}

// redisLog turns what the Redis client says of its connections into our log, without the addresses it names.
type redisLog struct{ log *slog.Logger }

// Printf implements the client's logger; format tells what happened, and the values stay out.
func (r redisLog) Printf(_ context.Context, format string, _ ...any) {
	r.log.Warn("redis client", "event", format)
}

// rules finds the rules whose dates bind cases, by procedure.
func (h *house) rules(zone *time.Location) func(procedure string) cases.Rules {
	all := h.config.Rules(zone)
	return func(procedure string) cases.Rules {
		if r, ok := all[procedure]; ok {
			return r
		}
		return cases.Rules{Location: zone}
	}
}
