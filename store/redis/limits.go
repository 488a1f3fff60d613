package redis

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Limits keeps a chat from taking more than its share. What is limited, and how much is a share, stands in paces and
// quotas: far more than a person in a hurry needs. It knows a chat by a keyed name only and looks at no content.
//
// Everything about a chat and one thing limited is one key. Times are those of the server, so that replicas agree.
type Limits struct {
	r      *Rounds
	prefix string
	paces  map[string]pace
	quotas map[string]quota
}

// pace is a bucket of burst units, filled up again by one unit each time. Its key lives until it is full.
type pace struct {
	burst int64
	each  time.Duration
	tell  time.Duration // at most once within it a chat is told
}

// quota is a number of units from midnight to midnight, UTC. Only the number is kept, and until midnight: nothing
// says when within the day a chat did anything.
type quota struct {
	most int64
	tell time.Duration
}

// NewLimits makes the limits; their keys begin with "hy:l:".
func NewLimits(r *Rounds) *Limits {
	return &Limits{
		r: r, prefix: "hy:l:",
		paces: map[string]pace{
			// What anybody sends or taps. An album has at most 10 parts.
			"updates": {burst: 60, each: time.Second / 2, tell: 30 * time.Second},
			// What waited while the bot was away comes all at once, and not by the person's doing.
			"backlog": {burst: 1000, each: time.Second / 2, tell: 30 * time.Second},
			// Officers tap through lists.
			"desk": {burst: 300, each: time.Second / 20, tell: 30 * time.Second},
		},
		quotas: map[string]quota{
			"submissions": {most: 10},
			"files":       {most: 200, tell: time.Minute},
			"bytes":       {most: 500 << 20, tell: time.Minute},
		},
	}
}

// take is the generic cell rate algorithm: one time is kept, that at which the bucket will be full. All in milliseconds.
// It gives {1} when the cost fits, else {0, ms to wait, 1 when the chat has not been told}.
var take = goredis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room, each, cost, tell = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local have = redis.call('HMGET', KEYS[1], 'full', 'told')
local full = math.max(tonumber(have[1] or 0), now)
local wait = full + math.max(cost, 1) * each - now - room
if wait <= 0 then
  if cost > 0 then
    full = full + cost * each
    redis.call('HSET', KEYS[1], 'full', string.format('%.0f', full))
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(full, tonumber(have[2] or 0)) - now))
  end
  return {1, 0, 0}
end
local told, first = tonumber(have[2] or 0), 0
if told <= now then
  told, first = now + tell, 1
  redis.call('HSET', KEYS[1], 'told', string.format('%.0f', told))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(full, told, now + 1) - now))
end
return {0, math.max(wait, told - now), first}`)

// count adds up the units of a day, in seconds of the server's clock; the answer is that of take. The last units of a
// day may be more than were left, so that a file is not refused for its size.
var count = goredis.NewScript(`
local now = tonumber(redis.call('TIME')[1])
local most, cost, tell = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local midnight = now - now % 86400 + 86400
local have = redis.call('HMGET', KEYS[1], 'n', 'told')
if tonumber(have[1] or 0) < most then
  if cost > 0 then
    redis.call('HINCRBY', KEYS[1], 'n', ARGV[2])
    redis.call('EXPIREAT', KEYS[1], midnight)
  end
  return {1, 0, 0}
end
local first = 0
if tell == 0 then
  first = 1
elseif tonumber(have[2] or 0) <= now then
  first = 1
  redis.call('HSET', KEYS[1], 'told', now + tell)
end
return {0, (midnight - now) * 1000, first}`)

// ErrNoLimit is the error for something that has no limit: a mistake in the program.
var ErrNoLimit = errors.New("store/redis: there is no such limit")

// Allow takes cost units of what ("updates", "backlog", "desk", "submissions", "files", "bytes") from a chat's share. Cost 0 takes
// nothing and asks whether one more unit would be allowed.
//
// ok is false when the share is used up; nothing is taken then. retry says for how long, or, if that is longer, for how long the
// chat is told nothing more. first is true once in that time: the chat is to be told. It is true every time for
// submissions, of which none may be refused in silence.
// Errors wrap ErrAway or ErrNoLimit; a caller lets the chat pass then.
func (l *Limits) Allow(ctx context.Context, name [32]byte, what string, cost int) (ok bool, retry time.Duration, first bool, err error) {
	script, args, err := l.script(what, cost)
	if err != nil {
		return false, 0, false, err
	}
	took, err := l.r.script(ctx, script, l.key(name, what), args...)
	if err != nil {
		return false, 0, false, away("limit", err)
	}
	return verdict(took)
}

func (l *Limits) key(name [32]byte, what string) string {
	return l.prefix + "{" + base64.RawURLEncoding.EncodeToString(name[:]) + "}:" + what
}

// script is what counts a thing, with its arguments.
func (l *Limits) script(what string, cost int) (*goredis.Script, []any, error) {
	if p, found := l.paces[what]; found {
		each := p.each.Milliseconds()
		return take, []any{p.burst * each, each, cost, p.tell.Milliseconds()}, nil
	}
	if q, found := l.quotas[what]; found {
		return count, []any{q.most, cost, int64(q.tell.Seconds())}, nil
	}
	return nil, nil, ErrNoLimit
}

func verdict(c *goredis.Cmd) (ok bool, retry time.Duration, first bool, err error) {
	got, err := c.Int64Slice()
	if err != nil {
		return false, 0, false, away("limit", err)
	}
	if len(got) != 3 {
		return false, 0, false, fmt.Errorf("limit: %w", ErrAway)
	}
	return got[0] == 1, time.Duration(got[1]) * time.Millisecond, got[2] == 1, nil
}
