package redis

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
)

const (
	// MaxGuesses is how many receipts one chat may try within GuessWindow.
	MaxGuesses  = 5
	GuessWindow = 15 * time.Minute
	// guessKeyLife outlives the day whose key it is by an hour, for clocks that are apart.
	guessKeyLife = 25 * time.Hour
)

// GuessAlarm is the number of wrong or refused tries of everybody within GuessWindow that is worth waking somebody
// for: twenty chats that guess as fast as they may. It locks nobody out.
const GuessAlarm = MaxGuesses * 20

// Guesses limits how often receipts may be tried. It never locks a case, only the chat that tries, and that chat only
// after MaxGuesses tries that opened nothing: one that opened a case is given back (Settle).
//
// A chat is counted under the HMAC of its name with a random key that exists in Redis only, for a day:
// afterwards nobody can tell who guessed. All keys share one hash tag, so that one script may touch them.
type Guesses struct {
	c      goredis.Cmdable
	prefix string
	now    func() time.Time
	tries  *prometheus.CounterVec
}

// NewGuesses makes the limit; its keys begin with "hy:g:".
func NewGuesses(c goredis.Cmdable) *Guesses {
	return &Guesses{
		c: c, prefix: "hy:g:{g}:", now: time.Now,
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_receipt_guesses_total",
			Help: "Receipts typed by outcome (tried, or refused because the chat had too many tries).",
		}, []string{"outcome"}),
	}
}

// Register puts the counts of tries on reg, with the number that an alarm belongs on: the running window's total, the
// same in every replica. It is read from Redis when it is asked for, and is NaN while Redis is away. The error is reg's.
func (g *Guesses) Register(reg prometheus.Registerer) error {
	g.tries.WithLabelValues("tried")
	g.tries.WithLabelValues("refused")
	window := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "huiyin_receipt_guesses_window",
		Help: fmt.Sprintf("Tries of everybody within the running %d minutes that opened nothing. Alarm from %d on.",
			int(GuessWindow.Minutes()), GuessAlarm),
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		n, err := g.Total(ctx)
		if err != nil {
			return math.NaN()
		}
		return float64(n)
	})
	return errors.Join(reg.Register(g.tries), reg.Register(window))
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

// settle gives ARGV[1] tries, 0 or 1, back to the asker and to everybody. It does the same work for both.
var settle = goredis.NewScript(`
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('DECRBY', key, ARGV[1]) end
end
return 0`)

// Allow counts one try of a chat. ok is false when it had MaxGuesses within the window; retry says how long that lasts.
// Errors wrap ErrAway: then no guess may be allowed.
func (g *Guesses) Allow(ctx context.Context, asker [32]byte) (ok bool, retry time.Duration, err error) {
	who, err := g.who(ctx, asker)
	if err != nil {
		return false, 0, err
	}
	got, err := guess.Run(ctx, g.c, []string{who, g.total()}, GuessWindow.Milliseconds()).Int64Slice()
	if err != nil || len(got) != 2 {
		return false, 0, away("count a guess", err)
	}
	if got[0] > MaxGuesses {
		g.tries.WithLabelValues("refused").Inc()
		return false, time.Duration(got[1]) * time.Millisecond, nil
	}
	g.tries.WithLabelValues("tried").Inc()
	return true, 0, nil
}

// Settle ends a try that Allow has allowed, once it is known whether the receipt opened a case: then the try is given
// back, so that whoever has their receipt may look as often as they like. It is called for wrong receipts too, and does
// the same work for them, so that the time an answer takes says nothing. Errors wrap ErrAway; the try stays counted then.
func (g *Guesses) Settle(ctx context.Context, asker [32]byte, opened bool) error {
	who, err := g.who(ctx, asker)
	if err != nil {
		return err
	}
	back := 0
	if opened {
		back = 1
	}
	if err := settle.Run(ctx, g.c, []string{who, g.total()}, back).Err(); err != nil {
		return away("settle a guess", err)
	}
	return nil
}

// who is the key under which an asker is counted today.
func (g *Guesses) who(ctx context.Context, asker [32]byte) (string, error) {
	var fresh [32]byte
	if _, err := rand.Read(fresh[:]); err != nil {
		return "", fmt.Errorf("count a guess: %w", err)
	}
	day := g.prefix + "key:" + g.now().UTC().Format(time.DateOnly)
	key, err := dayKey.Run(ctx, g.c, []string{day}, fresh[:], guessKeyLife.Milliseconds()).Text()
	if err != nil {
		return "", away("count a guess", err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(asker[:])
	return g.prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Total is the number of tries of everybody in the running window that opened nothing, refused ones too, to raise an
// alarm on (GuessAlarm). Errors wrap ErrAway.
func (g *Guesses) Total(ctx context.Context) (int64, error) {
	n, err := g.c.Get(ctx, g.total()).Int64()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return 0, away("count guesses", err)
	}
	return n, nil
}

func (g *Guesses) total() string { return g.prefix + "total" }
