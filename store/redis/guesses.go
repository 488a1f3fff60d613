package redis

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// MaxGuesses is how many receipts one chat may try within GuessWindow.
	MaxGuesses  = 5
	GuessWindow = 15 * time.Minute
	// guessKeyLife outlives the day whose key it is by an hour, for clocks that are apart.
	guessKeyLife = 25 * time.Hour
)

// Guesses limits how often receipts may be tried. It never locks a case, only a chat.
//
// A chat is counted under the HMAC of its name with a random key that exists in Redis only, for a day:
// afterwards nobody can tell who guessed. All keys share one hash tag, so that one script may touch them.
type Guesses struct {
	c      goredis.UniversalClient
	prefix string
	now    func() time.Time
}

// NewGuesses makes the limit; its keys begin with "hy:g:".
func NewGuesses(c goredis.UniversalClient) *Guesses {
	return &Guesses{c: c, prefix: "hy:g:{g}:", now: time.Now}
}

// dayKey gives the key of the day, making it from ARGV[1] when there is none.
var dayKey = goredis.NewScript(`
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return redis.call('GET', KEYS[1])`)

// guess counts one try of the asker and one of everybody, and gives {the asker's tries, ms until they count anew}.
var guess = goredis.NewScript(`
local function count(key)
  local n = redis.call('INCR', key)
  if n == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
  return n
end
count(KEYS[2])
return {count(KEYS[1]), redis.call('PTTL', KEYS[1])}`)

// Allow counts one try of a chat. ok is false when it had MaxGuesses within the window; retry says how long that lasts.
// Errors wrap ErrAway: then no guess may be allowed.
func (g *Guesses) Allow(ctx context.Context, asker [32]byte) (ok bool, retry time.Duration, err error) {
	var fresh [32]byte
	if _, err := rand.Read(fresh[:]); err != nil {
		return false, 0, fmt.Errorf("count a guess: %w", err)
	}
	day := g.prefix + "key:" + g.now().UTC().Format(time.DateOnly)
	key, err := dayKey.Run(ctx, g.c, []string{day}, fresh[:], guessKeyLife.Milliseconds()).Text()
	if err != nil {
		return false, 0, away("count a guess", err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(asker[:])
	who := g.prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	got, err := guess.Run(ctx, g.c, []string{who, g.total()}, GuessWindow.Milliseconds()).Int64Slice()
	if err != nil || len(got) != 2 {
		return false, 0, away("count a guess", err)
	}
	if got[0] > MaxGuesses {
		return false, time.Duration(got[1]) * time.Millisecond, nil
	}
	return true, 0, nil
}

// Total is the number of tries of everybody in the running window, to raise an alarm on. Errors wrap ErrAway.
func (g *Guesses) Total(ctx context.Context) (int64, error) {
	n, err := g.c.Get(ctx, g.total()).Int64()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return 0, away("count guesses", err)
	}
	return n, nil
}

func (g *Guesses) total() string { return g.prefix + "total" }
