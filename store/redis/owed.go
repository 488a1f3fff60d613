package redis

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Owed remembers which chats of one bot wait for an answer, so that the answer outlives the process that owes it. It is
// safe for concurrent use. A chat stands there under a keyed name, and its id sealed.
type Owed struct {
	c    goredis.Cmdable
	seal Sealer
	keys []string // by when, and who: of one hash tag, so that one script may touch both
}

// owedFor is how long what is owed is remembered after the last entry.
const owedFor = 48 * time.Hour

// NewOwed makes the memory of a bot, by its keyed name; its keys begin with "hy:o:".
func NewOwed(c goredis.Cmdable, s Sealer, bot [32]byte) *Owed { return newOwed(c, s, "hy:o:", bot) }

func newOwed(c goredis.Cmdable, s Sealer, prefix string, bot [32]byte) *Owed {
	tag := prefix + "{" + base64.RawURLEncoding.EncodeToString(bot[:]) + "}:"
	return &Owed{c: c, seal: s, keys: []string{tag + "by", tag + "who"}}
}

var owe = goredis.NewScript(`
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 0`)

var paid = goredis.NewScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 0`)

// overdue gives names and chats of those that are due, and makes them due later, in one step: of two processes that ask,
// one gets them.
var overdue = goredis.NewScript(`
local found = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local who = redis.call('HGET', KEYS[2], name)
  if who then
    redis.call('ZADD', KEYS[1], ARGV[2], name)
    found[#found + 1] = name
    found[#found + 1] = who
  else
    redis.call('ZREM', KEYS[1], name)
  end
end
return found`)

// Owe notes that a chat waits, and by when whoever notes it means to have answered. Noting it again moves the time.
// Errors wrap ErrAway.
func (o *Owed) Owe(ctx context.Context, name [32]byte, chat int64, by time.Time) error {
	sealed, err := o.seal.SealSession(name[:], binary.BigEndian.AppendUint64(nil, uint64(chat)))
	if err != nil {
		return fmt.Errorf("owe an answer: %w", err)
	}
	if err := owe.Run(ctx, o.c, o.keys, name[:], by.UnixMilli(), sealed, owedFor.Milliseconds()).Err(); err != nil {
		return away("owe an answer", err)
	}
	return nil
}

// Paid forgets a chat: it has its answer. Errors wrap ErrAway.
func (o *Owed) Paid(ctx context.Context, name [32]byte) error {
	if err := paid.Run(ctx, o.c, o.keys, name[:]).Err(); err != nil {
		return away("pay an answer", err)
	}
	return nil
}

// Overdue gives at most limit chats that were to be answered by now, and makes them the caller's until by. Errors wrap
// ErrAway, or ErrUnreadable when an entry does not open; the others come with it.
func (o *Owed) Overdue(ctx context.Context, now, by time.Time, limit int) ([]int64, error) {
	found, err := overdue.Run(ctx, o.c, o.keys, now.UnixMilli(), by.UnixMilli(), limit).StringSlice()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return nil, away("look for owed answers", err)
	}
	var chats []int64
	var failed error
	for i := 0; i+1 < len(found); i += 2 {
		plain, err := o.seal.OpenSession([]byte(found[i]), []byte(found[i+1]))
		if err != nil || len(plain) != 8 {
			failed = fmt.Errorf("look for owed answers: %w", ErrUnreadable)
			continue
		}
		chats = append(chats, int64(binary.BigEndian.Uint64(plain)))
	}
	return chats, failed
}
