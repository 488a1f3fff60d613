package redistest

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"huiyin/store/redis/local"
)

// Database gives the URL of a database that belongs to the test alone, empty at first, in a real redis-server. Tests that
// run at the same time share the server: every test's own would cost more than what most of them do with it.
func Database(t testing.TB) string {
	t.Helper()
	address, number, err := shared.take()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.give(number); err != nil {
			t.Errorf("empty the test's database: %v", err)
		}
	})
	return address
}

// server runs while somebody uses it.
type server struct {
	mu   sync.Mutex
	real *local.Server
	used map[int]bool // by number
}

var shared = server{used: map[int]bool{}}

func (s *server) take() (address string, number int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.real == nil {
		if s.real, err = local.StartServer(context.Background()); err != nil {
			return "", 0, err
		}
	}
	for number < local.Databases && s.used[number] {
		number++
	}
	if number == local.Databases {
		return "", 0, fmt.Errorf("all %d databases are in use", number)
	}
	s.used[number] = true
	u, err := url.Parse(s.real.URL())
	if err != nil {
		return "", 0, err
	}
	return u.JoinPath("..", strconv.Itoa(number)).String(), number, nil
}

func (s *server) give(number int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.used, number)
	if len(s.used) == 0 {
		s.real.Stop()
		s.real = nil
		return nil
	}
	opts, err := redis.ParseURL(s.real.URL())
	if err != nil {
		return err
	}
	opts.DB = number
	c := redis.NewClient(opts)
	defer func() { _ = c.Close() }() // what it said is known
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return c.FlushDB(ctx).Err()
}
