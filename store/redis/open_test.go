package redis

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/store/redis/redistest"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"not a URL":       "redis://u:secretword@ho st",
		"other scheme":    "http://u:secretword@host",
		"other kind":      "redis+ring://u:secretword@host",
		"bad option":      "redis://u:secretword@host?colour=red",
		"no master":       "redis+sentinel://u:secretword@host:26379",
		"sentinel option": "redis+sentinel://u:secretword@host:26379?master_name=m&colour=red",
		"cluster option":  "redis+cluster://u:secretword@host:26379?colour=red",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(context.Background(), url)
			if err == nil || errors.Is(err, ErrAway) || strings.Contains(err.Error(), "secretword") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestOpenAway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := Open(ctx, "redis://u:secretword@127.0.0.1:1"); !errors.Is(err, ErrAway) || strings.Contains(err.Error(), "secretword") {
		t.Errorf("got %v", err)
	}
}

func TestOpenKinds(t *testing.T) {
	t.Parallel()
	for url, check := range map[string]func(goredis.UniversalClient) bool{
		"redis://h:1?read_timeout=7s": func(c goredis.UniversalClient) bool {
			o := c.(*goredis.Client).Options()
			return o.ContextTimeoutEnabled && o.ReadTimeout == 7*time.Second && o.DialTimeout == dialTimeout && o.MaxRetries == maxRetries
		},
		"rediss+sentinel://h:1?addr=h2:2&master_name=m": func(c goredis.UniversalClient) bool {
			o := c.(*goredis.Client).Options()
			return o.ContextTimeoutEnabled && o.WriteTimeout == callTimeout && o.TLSConfig != nil
		},
		"redis+cluster://h:1?addr=h2:2": func(c goredis.UniversalClient) bool {
			o := c.(*goredis.ClusterClient).Options()
			return o.ContextTimeoutEnabled && o.PoolTimeout == poolTimeout && len(o.Addrs) == 2
		},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			c, err := client(url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if !check(c) {
				t.Errorf("%T is not set up as wanted", c)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	url, _ := redistest.New(t)
	c, err := Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A server that accepts and never answers holds nobody longer than their deadline.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	hole, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hole.Close() })
	c, err := client("redis://" + hole.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s := NewSessions(NewRounds(c), newSealer(t), newMemory(), Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = s.Load(ctx, [32]byte{})
	if took := time.Since(began); !errors.Is(err, ErrAway) || took > callTimeout {
		t.Errorf("after %v: %v", took, err)
	}
}

// A server that dies and comes back under the same address is used again.
func TestServerStops(t *testing.T) {
	t.Parallel()
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	b := setup(t, "redis://"+m.Addr(), "hy:test:")
	saved := b.save(t, typical("named"))
	m.Close()
	if _, err := b.s.Save(b.ctx, b.name, saved); !errors.Is(err, ErrAway) {
		t.Errorf("save: %v", err)
	}
	if _, err := b.s.Load(b.ctx, b.name); !errors.Is(err, ErrAway) {
		t.Errorf("load: %v", err)
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	m.FlushAll()
	if diff := cmp.Diff(saved, b.load(t)); diff != "" {
		t.Error(diff)
	}
	b.save(t, saved)
}
