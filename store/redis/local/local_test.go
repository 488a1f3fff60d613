package local

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const deadline = 30 * time.Second

func client(t *testing.T, s *Server) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	opts.MaxRetries = -1
	c := redis.NewClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// servers are the two kinds; what follows must hold for both.
var servers = map[string]func(ctx context.Context) (*Server, error){
	"inside the process": func(context.Context) (*Server, error) { return Start() },
	"redis-server":       StartServer,
}

func TestServer(t *testing.T) {
	t.Parallel()
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			s, err := start(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Stop)
			if !strings.HasPrefix(s.URL(), "redis://127.0.0.1:") {
				t.Errorf("URL = %q", s.URL())
			}
			c := client(t, s)
			if err := c.Set(ctx, "short", "1", time.Second).Err(); err != nil {
				t.Fatal(err)
			}
			if err := c.Set(ctx, "long", "1", time.Hour).Err(); err != nil {
				t.Fatal(err)
			}
			if got, err := c.Eval(ctx, `return redis.call("GET", KEYS[1])`, []string{"long"}).Text(); err != nil || got != "1" {
				t.Errorf("Lua gives %q, %v", got, err)
			}
			tick := time.NewTicker(pollInterval)
			defer tick.Stop()
			for {
				n, err := c.Exists(ctx, "short").Result()
				if err != nil {
					t.Fatalf("the key of one second does not expire: %v", err)
				}
				if n == 0 {
					break
				}
				<-tick.C
			}
			if n := c.Exists(ctx, "long").Val(); n != 1 {
				t.Error("the key of one hour is gone too")
			}
			s.Stop()
			s.Stop() // a second time is harmless
			if err := client(t, s).Ping(ctx).Err(); err == nil {
				t.Error("the server answers after Stop")
			}
		})
	}
}

func TestServerIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s, err := StartServer(t.Context())
	if s != nil || !errors.Is(err, errNoServer) {
		t.Fatalf("StartServer = %v, %v, want errNoServer", s, err)
	}
	if !strings.Contains(err.Error(), "apt-get install redis-server") {
		t.Errorf("the error does not name the package: %v", err)
	}
}

func TestStartServerStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := StartServer(ctx); err == nil {
		s.Stop()
		t.Error("StartServer with an ended context gave a server")
	}
}
