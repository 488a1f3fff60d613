// Package redistest gives every test a Redis, or a part of one, of its own.
package redistest

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"huiyin/store/redis/local"
)

const timeout = 30 * time.Second

// New gives the URL of a Redis and the prefix that every key of the test must begin with. The
// server is the one TEST_REDIS_URL names, from which the keys under the prefix are deleted when
// the test ends, or else one inside the process for this test alone.
func New(t testing.TB) (url, prefix string) {
	t.Helper()
	prefix = "hy-test:" + rand.Text() + ":"
	url = os.Getenv("TEST_REDIS_URL")
	if url == "" {
		s, err := local.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		return s.URL(), prefix
	}
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal("TEST_REDIS_URL has the form redis://user:password@host:port/number")
	}
	opts.ContextTimeoutEnabled = true
	client := redis.NewClient(opts)
	t.Cleanup(func() {
		if err := clean(client, prefix); err != nil {
			t.Errorf("delete the test's keys: %v", err)
		}
		_ = client.Close()
	})
	return url, prefix
}

// clean deletes the keys under prefix, which holds no sign that a pattern would read.
func clean(client *redis.Client, prefix string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := client.Del(ctx, keys.Val()).Err(); err != nil {
			return err
		}
	}
	return keys.Err()
}
