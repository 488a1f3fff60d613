package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// errOther: Redis gave back something else than was written.
var errOther = errors.New("another value came back")

// Ready writes a value and reads it back: a server that is full, read-only or loading answers a ping all the same. The key
// is random and gone within a minute. Errors wrap ErrAway.
func Ready(ctx context.Context, c goredis.UniversalClient) error {
	word := rand.Text()
	key := "hy:r:{" + word + "}"
	if err := c.Set(ctx, key, word, time.Minute).Err(); err != nil {
		return away("write a sign of life", err)
	}
	got, err := c.GetDel(ctx, key).Result()
	if err == nil && got != word {
		err = errOther
	}
	if err != nil {
		return away("read a sign of life", err)
	}
	return nil
}
