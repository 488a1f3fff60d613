package redistest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"huiyin/store/redis/local"
)

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestOwnServer(t *testing.T) {
	t.Setenv("TEST_REDIS_URL", "")
	a, prefixA := New(t)
	b, prefixB := New(t)
	if prefixA == prefixB {
		t.Errorf("both tests have prefix %q", prefixA)
	}
	if err := client(t, a).Set(t.Context(), "k", "a", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := client(t, b).Exists(t.Context(), "k").Result(); err != nil || n != 0 {
		t.Errorf("one test sees the other's key: %d, %v", n, err)
	}
}

func TestSharedServerIsLeftClean(t *testing.T) {
	s, err := local.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	t.Setenv("TEST_REDIS_URL", s.URL())
	c := client(t, s.URL())
	if err := c.Set(t.Context(), "somebody else's", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	t.Run("a test", func(t *testing.T) {
		url, prefix := New(t)
		if url != s.URL() {
			t.Errorf("url = %q, want %q", url, s.URL())
		}
		for _, key := range []string{"s:{1}", "s:{2}"} {
			if err := c.Set(t.Context(), prefix+key, "1", 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
	})
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"somebody else's"}, keys); diff != "" {
		t.Errorf("keys left on the server:\n%s", diff)
	}
}

func TestDatabasesAreOwnAndLeftEmpty(t *testing.T) {
	first := Database(t)
	for range 2 {
		t.Run("beside it", func(t *testing.T) {
			c := client(t, Database(t)) // the second time the number is given out again
			if n, err := c.DBSize(t.Context()).Result(); err != nil || n != 0 {
				t.Errorf("a fresh database holds %d keys, %v", n, err)
			}
			if err := c.Set(t.Context(), "k", "1", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if n, err := client(t, first).Exists(t.Context(), "k").Result(); err != nil || n != 0 {
				t.Errorf("one test sees the other's key: %d, %v", n, err)
			}
		})
	}
}
