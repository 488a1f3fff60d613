package redis

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// MessagesFor is how long a message is remembered: as long as Telegram lets a bot delete it.
	MessagesFor = 48 * time.Hour
	// maxAdded bounds the entries of one chat and day, the oldest going first.
	maxAdded = 1000
	// entryBlock is what an entry is padded to, so that its length does not tell how much was said.
	entryBlock = 64
	aDay       = 24 * time.Hour
)

// Messages remembers which messages stand in a chat, so that it can be cleared. It is safe for concurrent use.
//
// A chat has a list for each day (UTC), which ends 48 hours after its last entry: nothing is kept much longer than it
// is of use. An entry is sealed and holds when it was made and the ids; Redis sees neither.
type Messages struct {
	r      *Rounds
	seal   Sealer
	prefix string
	now    func() time.Time
}

// NewMessages makes the memory; its keys begin with "hy:m:".
func NewMessages(r *Rounds, s Sealer) *Messages {
	return &Messages{r: r, seal: s, prefix: "hy:m:", now: time.Now}
}

// remember appends an entry, keeps the newest and begins the list's time anew.
var remember = goredis.NewScript(`
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -ARGV[2], -1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0`)

// recall gives all entries, oldest first, and forgets them.
var recall = goredis.NewScript(`
local all = {}
for _, key in ipairs(KEYS) do
  for _, entry in ipairs(redis.call('LRANGE', key, 0, -1)) do all[#all + 1] = entry end
  redis.call('DEL', key)
end
return all`)

// Add remembers ids of a chat in one command. An id may be below zero: what that means is the caller's. Errors wrap ErrAway.
func (m *Messages) Add(ctx context.Context, name [32]byte, ids ...int) error {
	if len(ids) == 0 {
		return nil
	}
	now := m.now()
	plain := binary.AppendVarint(nil, now.Unix())
	plain = binary.AppendUvarint(plain, uint64(len(ids)))
	for _, id := range ids {
		plain = binary.AppendVarint(plain, int64(id))
	}
	plain = append(plain, make([]byte, -len(plain)&(entryBlock-1))...)
	sealed, err := m.seal.SealSession(name[:], plain)
	if err != nil {
		return fmt.Errorf("remember messages: %w", err)
	}
	added, err := m.r.script(ctx, remember, m.key(name, now), sealed, maxAdded, MessagesFor.Milliseconds())
	if err == nil {
		err = added.Err()
	}
	if err != nil {
		return away("remember messages", err)
	}
	return nil
}

// Take gives the ids of the last 48 hours, oldest first, and forgets them. Errors wrap ErrAway, or ErrUnreadable when an
// entry does not open; the ids of the others come with it.
func (m *Messages) Take(ctx context.Context, name [32]byte) ([]int, error) {
	now := m.now()
	keys := []string{m.key(name, now.Add(-2*aDay)), m.key(name, now.Add(-aDay)), m.key(name, now)}
	entries, err := recall.Run(ctx, m.r.c, keys).StringSlice()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return nil, away("recall messages", err)
	}
	var ids []int
	var failed error
	for _, entry := range entries {
		plain, err := m.seal.OpenSession(name[:], []byte(entry))
		if err != nil {
			failed = fmt.Errorf("recall messages: %w: %w", ErrUnreadable, err)
			continue
		}
		of, at, ok := readEntry(plain)
		switch {
		case !ok:
			failed = fmt.Errorf("recall messages: %w", ErrUnreadable)
		case now.Sub(at) <= MessagesFor:
			ids = append(ids, of...)
		}
	}
	return slices.Clip(ids), failed
}

// readEntry reads what Add wrote.
func readEntry(plain []byte) (ids []int, at time.Time, ok bool) {
	unix, n := binary.Varint(plain)
	if n <= 0 {
		return nil, time.Time{}, false
	}
	plain = plain[n:]
	count, n := binary.Uvarint(plain)
	if n <= 0 || count > uint64(len(plain)) {
		return nil, time.Time{}, false
	}
	plain = plain[n:]
	for range count {
		id, n := binary.Varint(plain)
		if n <= 0 {
			return nil, time.Time{}, false
		}
		plain = plain[n:]
		ids = append(ids, int(id))
	}
	return ids, time.Unix(unix, 0), true
}

// key names a chat's list of a day. All lists of a chat share a hash tag, so that one script may touch them.
func (m *Messages) key(name [32]byte, at time.Time) string {
	return m.prefix + "{" + base64.RawURLEncoding.EncodeToString(name[:]) + "}:" + strconv.FormatInt(at.Unix()/int64(aDay/time.Second), 10)
}
