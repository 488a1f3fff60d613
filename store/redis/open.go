// Package redis keeps what may be lost: sessions of chats, sealed, and the counts that limit guessing.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/flows"
)

var (
	// ErrAway is wrapped by every error of a store that did not answer: try again, nothing is known to be lost.
	// It is a flows.ErrAway.
	ErrAway = fmt.Errorf("store/redis: %w", flows.ErrAway)
	// ErrConflict: the session was written or lost since it was read. Load it and decide again.
	// It is a flows.ErrConflict.
	ErrConflict = fmt.Errorf("store/redis: %w", flows.ErrConflict)
	// ErrUnreadable: what is stored does not open with the keys of this process. It is left as it is: another may hold the key.
	ErrUnreadable = errors.New("store/redis: session cannot be read")
)

// What a URL does not set. A person waits for the answer, so waiting is short.
const (
	dialTimeout  = 3 * time.Second
	callTimeout  = 2 * time.Second
	poolTimeout  = 3 * time.Second
	maxRetries   = 2
	minIdleConns = 2
)

// Open connects and asks for a sign of life. The URL is one of
//
//	redis://user:password@host:port/db                               one server; rediss:// with TLS; unix://path
//	redis+sentinel://user:password@host:port/db?master_name=m&addr=… sentinels; the servers' own username= and password=
//	redis+cluster://user:password@host:port?addr=host:port           a cluster
//
// with go-redis' options as parameters. Errors hold nothing of the URL but names of options;
// one of a server that does not answer wraps ErrAway.
func Open(ctx context.Context, address string) (goredis.UniversalClient, error) {
	c, err := client(address)
	if err != nil {
		return nil, err
	}
	if err := c.Ping(ctx).Err(); err != nil {
		_ = c.Close()
		return nil, away("ping", err)
	}
	return c, nil
}

func client(address string) (goredis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("redis URL: cannot be read") // the cause would show the password
	}
	scheme, kind, _ := strings.Cut(u.Scheme, "+")
	u.Scheme = scheme
	switch kind {
	case "":
		o, err := goredis.ParseURL(address)
		if err != nil {
			return nil, fmt.Errorf("redis URL: %w", err)
		}
		o.ContextTimeoutEnabled = true
		tune(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.MaxRetries, &o.MinIdleConns)
		return goredis.NewClient(o), nil
	case "sentinel":
		o, err := goredis.ParseFailoverURL(u.String())
		if err != nil {
			return nil, fmt.Errorf("redis URL: %w", err)
		}
		if o.MasterName == "" {
			return nil, errors.New("redis URL: sentinels need master_name")
		}
		o.ContextTimeoutEnabled = true
		tune(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.MaxRetries, &o.MinIdleConns)
		return goredis.NewFailoverClient(o), nil
	case "cluster":
		o, err := goredis.ParseClusterURL(u.String())
		if err != nil {
			return nil, fmt.Errorf("redis URL: %w", err)
		}
		o.ContextTimeoutEnabled = true
		tune(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.MaxRetries, &o.MinIdleConns)
		return goredis.NewClusterClient(o), nil
	}
	return nil, fmt.Errorf("redis URL: there is no kind %q, only sentinel and cluster", kind)
}

// tune fills in what the URL left at zero.
func tune(dial, read, write, pool *time.Duration, retries, idle *int) {
	for _, d := range []struct {
		have *time.Duration
		want time.Duration
	}{{dial, dialTimeout}, {read, callTimeout}, {write, callTimeout}, {pool, poolTimeout}} {
		if *d.have == 0 {
			*d.have = d.want
		}
	}
	if *retries == 0 {
		*retries = maxRetries
	}
	if *idle == 0 {
		*idle = minIdleConns
	}
}

// away wraps an error of a store. Whatever a server refuses for (loading, read-only, out of memory, failing over)
// is as temporary as silence.
func away(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrAway, err)
}
