package loop

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/store/postgres/local"
	redislocal "huiyin/store/redis/local"
)

// Stores are a real Postgres and a real redis-server of this run's own.
type Stores struct {
	server *local.Server
	redis  *redislocal.Server
}

// OpenStores starts them. settings are added to those of Postgres.
func OpenStores(ctx context.Context, settings map[string]string) (_ *Stores, err error) {
	s := &Stores{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.server, err = local.Start(ctx, local.Options{Settings: settings}); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if s.redis, err = redislocal.StartServer(ctx); err != nil {
		return nil, fmt.Errorf("redis-server: %w", err)
	}
	return s, nil
}

// Close stops them.
func (s *Stores) Close() error {
	if s.redis != nil {
		s.redis.Stop()
	}
	if s.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	return s.server.Stop(ctx)
}

// Database makes an empty database and gives its URL.
func (s *Stores) Database(ctx context.Context, name string) (string, error) {
	if err := s.server.CreateDatabase(ctx, name); err != nil {
		return "", err
	}
	return s.server.URL(name), nil
}

// Redis is the URL of the redis-server.
func (s *Stores) Redis() string { return s.redis.URL() }

// Usage is the CPU that the processes of the stores have taken.
func (s *Stores) Usage(ctx context.Context) (postgres, redis time.Duration, err error) {
	if postgres, err = family(s.server.PID()); err != nil {
		return 0, 0, err
	}
	o, err := goredis.ParseURL(s.redis.URL())
	if err != nil {
		return 0, 0, fmt.Errorf("redis: %w", err)
	}
	c := goredis.NewClient(o)
	defer func() { _ = c.Close() }() // all was read
	info, err := c.InfoMap(ctx, "server").Result()
	if err != nil {
		return 0, 0, fmt.Errorf("redis: %w", err)
	}
	pid, err := strconv.Atoi(info["Server"]["process_id"])
	if err != nil {
		return 0, 0, fmt.Errorf("redis: %w", err)
	}
	redis, err = family(pid)
	return postgres, redis, err
}

// Sessions tells how many keys begin with prefix and how many bytes their values have on average. Then everything is
// forgotten.
func (s *Stores) Sessions(ctx context.Context, prefix string) (n int, bytes float64, err error) {
	o, err := goredis.ParseURL(s.redis.URL())
	if err != nil {
		return 0, 0, fmt.Errorf("redis: %w", err)
	}
	c := goredis.NewClient(o)
	defer func() { _ = c.Close() }() // all was read
	keys := c.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	total := int64(0)
	for keys.Next(ctx) {
		size, err := c.StrLen(ctx, keys.Val()).Result()
		if err != nil {
			continue // not a string: something else beside the sessions
		}
		n, total = n+1, total+size
	}
	if err := keys.Err(); err != nil {
		return 0, 0, fmt.Errorf("redis: %w", err)
	}
	if err := c.FlushAll(ctx).Err(); err != nil {
		return 0, 0, fmt.Errorf("redis: %w", err)
	}
	return n, float64(total) / float64(max(n, 1)), nil
}
