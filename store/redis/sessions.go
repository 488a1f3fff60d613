package redis

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/mailru/easyjson"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/failpoint"
	"huiyin/flows"
)

// Sealer is what of store/seal this room needs.
type Sealer interface {
	SealSession(name, plain []byte) ([]byte, error)
	OpenSession(name, sealed []byte) ([]byte, error)
}

// Backup keeps sealed sessions from which a lost one is rebuilt.
type Backup interface {
	// Get gives the newest checkpoint; found is false when there is none or it was dropped.
	Get(ctx context.Context, name []byte) (sealed []byte, found bool, err error)
	// Rev gives the highest revision known of a name, of a checkpoint or a tombstone; 0 when there is none.
	Rev(ctx context.Context, name []byte) (int64, error)
	// Put stores a checkpoint a little later. It must be ignored when one of the same or a later revision,
	// or a tombstone of one, is there.
	Put(name []byte, rev int64, sealed []byte)
	// Drop removes the checkpoint at once and leaves a tombstone at rev: later Puts up to rev are ignored.
	Drop(ctx context.Context, name []byte, rev int64) error
}

// Options of NewSessions; zero values mean the defaults.
type Options struct {
	TTL    time.Duration // since the last write; DefaultTTL
	Prefix string        // of the keys; "hy:s:"
}

// DefaultTTL is how long a chat may be silent before its session is forgotten.
const DefaultTTL = 30 * 24 * time.Hour

// Sessions keeps one sealed session per chat. It is safe for concurrent use.
//
// A value is 8 bytes of revision and the sealed session, so that the script compares without opening.
// The revision stands inside the seal too, and both must agree.
type Sessions struct {
	r      *Rounds
	seal   Sealer
	backup Backup
	ttl    time.Duration
	prefix string
}

// NewSessions makes the store; b may not be nil.
func NewSessions(r *Rounds, s Sealer, b Backup, opts Options) *Sessions {
	if opts.TTL <= 0 {
		opts.TTL = DefaultTTL
	}
	if opts.Prefix == "" {
		opts.Prefix = "hy:s:"
	}
	return &Sessions{r: r, seal: s, backup: b, ttl: opts.TTL, prefix: opts.Prefix}
}

// revSize is the length of a value's head.
const revSize = 8

// swap writes when the stored revision is the expected one ("" for no session).
// The same value again is a repeated call whose first answer was lost, and is as good.
var swap = goredis.NewScript(`
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] and redis.call('GET', KEYS[1]) ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

func (s *Sessions) key(name [32]byte) string {
	return s.prefix + "{" + base64.RawURLEncoding.EncodeToString(name[:]) + "}"
}

// Load gives the session of a chat. One that Redis does not have is rebuilt from its checkpoint and put back;
// without a checkpoint it is the zero Session. Errors wrap ErrAway or ErrUnreadable.
func (s *Sessions) Load(ctx context.Context, name [32]byte) (flows.Session, error) {
	got := goredis.NewStringCmd(ctx, "get", s.key(name))
	if err := s.r.do(ctx, got); err != nil {
		return flows.Session{}, away("load session", err)
	}
	return s.loaded(ctx, name, got)
}

// loaded is Load after its first command.
func (s *Sessions) loaded(ctx context.Context, name [32]byte, got *goredis.StringCmd) (flows.Session, error) {
	value, err := got.Bytes()
	switch {
	case errors.Is(err, goredis.Nil):
		return s.rebuild(ctx, name)
	case err != nil:
		return flows.Session{}, away("load session", err)
	}
	return s.read(name, value)
}

// read opens a stored value.
func (s *Sessions) read(name [32]byte, value []byte) (flows.Session, error) {
	if len(value) < revSize {
		return flows.Session{}, ErrUnreadable
	}
	sess, err := s.open(name, value[revSize:])
	if err != nil {
		return flows.Session{}, err
	}
	if uint64(sess.Rev) != binary.BigEndian.Uint64(value) {
		return flows.Session{}, fmt.Errorf("load session: revisions disagree: %w", ErrUnreadable)
	}
	return sess, nil
}

func (s *Sessions) open(name [32]byte, sealed []byte) (flows.Session, error) {
	plain, err := s.seal.OpenSession(name[:], sealed)
	if err != nil {
		return flows.Session{}, fmt.Errorf("load session: %w: %w", ErrUnreadable, err)
	}
	var sess flows.Session
	if easyjson.Unmarshal(plain, &sess) != nil { // whose error would quote what people wrote
		return flows.Session{}, fmt.Errorf("load session: its form is unknown: %w", ErrUnreadable)
	}
	return sess, nil
}

// rebuild brings back a checkpoint. Two who do so at once get the same session: the first to put it back wins.
func (s *Sessions) rebuild(ctx context.Context, name [32]byte) (flows.Session, error) {
	sealed, found, err := s.backup.Get(ctx, name[:])
	if err != nil {
		return flows.Session{}, away("rebuild session", err)
	}
	if !found {
		return flows.Session{}, nil
	}
	sess, err := s.open(name, sealed)
	if err != nil {
		return flows.Session{}, err
	}
	if !sess.Durable() { // never written by Save
		return flows.Session{}, fmt.Errorf("rebuild session: should not have been kept: %w", ErrUnreadable)
	}
	value := withRev(sess.Rev, sealed)
	err = s.r.c.SetArgs(ctx, s.key(name), value, goredis.SetArgs{Mode: "NX", TTL: s.ttl}).Err()
	switch {
	case err == nil:
		return sess, nil
	case !errors.Is(err, goredis.Nil):
		return flows.Session{}, away("rebuild session", err)
	}
	value, err = s.r.c.Get(ctx, s.key(name)).Bytes()
	if err != nil {
		return flows.Session{}, away("rebuild session", err)
	}
	return s.read(name, value)
}

// Save stores a session on top of the revision it was read at and gives it back with the next one; its life starts anew.
//
// A durable session is checkpointed after the write. When a session stops being durable, its checkpoint is dropped before
// the write, so that nothing anonymous is ever stored beside it. That, and the number of a session that begins, need the backup
// to answer; nothing else does.
// Errors wrap ErrConflict or ErrAway (then it may be stored all the same).
func (s *Sessions) Save(ctx context.Context, name [32]byte, sess flows.Session) (flows.Session, error) {
	next := sess
	expected := ""
	if sess.Rev == 0 {
		rev, err := s.begin(ctx, name)
		if err != nil {
			return flows.Session{}, away("save session: number it", err)
		}
		next.Rev = rev
	} else {
		next.Rev = sess.Rev + 1
		expected = string(withRev(sess.Rev, nil))
	}
	durable := sess.Durable()
	next.Kept = durable
	plain, err := easyjson.Marshal(next)
	if err != nil {
		return flows.Session{}, errors.New("save session: cannot be written as JSON")
	}
	sealed, err := s.seal.SealSession(name[:], plain)
	if err != nil {
		return flows.Session{}, fmt.Errorf("save session: %w", err)
	}
	if sess.Kept && !durable {
		failpoint.At(failpoint.DraftDrop)
		err := s.backup.Drop(ctx, name[:], sess.Rev)
		failpoint.At(failpoint.DraftDropped)
		if err != nil {
			return flows.Session{}, away("save session: drop its checkpoint", err)
		}
	}
	failpoint.At(failpoint.SessionWrite)
	swapped, err := s.r.script(ctx, swap, s.key(name), expected, withRev(next.Rev, sealed), s.ttl.Milliseconds())
	failpoint.At(failpoint.SessionWritten)
	done := 0
	if err == nil {
		done, err = swapped.Int()
	}
	switch {
	case err != nil:
		return flows.Session{}, away("save session", err)
	case done == 0:
		return flows.Session{}, fmt.Errorf("save session: %w", ErrConflict)
	}
	if durable {
		s.backup.Put(name[:], next.Rev, sealed)
	}
	return next, nil
}

// begin numbers a session that begins, so that it is never taken for one that was lost or dropped, nor held back by what is
// kept of that one: by the microseconds of Redis' clock, for those of two processes can be minutes apart, and after all that
// the backup knows, for another Redis may have taken over.
func (s *Sessions) begin(ctx context.Context, name [32]byte) (int64, error) {
	now, err := s.r.c.Time(ctx).Result()
	if err != nil {
		return 0, err
	}
	known, err := s.backup.Rev(ctx, name[:])
	return max(now.UnixMicro(), known+1), err
}

func withRev(rev int64, sealed []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, revSize+len(sealed)), uint64(rev)), sealed...)
}
