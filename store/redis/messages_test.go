package redis

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// messages are remembered under the test's own prefix, at a time that the test sets.
func (b *bundle) messages(now *time.Time) *Messages {
	m := NewMessages(NewRounds(b.c), b.seal)
	m.prefix = b.prefix + "m:"
	m.now = func() time.Time { return *now }
	return m
}

func taken(t *testing.T, b *bundle, m *Messages, want ...int) {
	t.Helper()
	got, err := m.Take(b.ctx, b.name)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("took %v, %v; want %v", got, err, want)
	}
}

func TestMessages(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		now := time.Date(2026, 3, 4, 23, 30, 0, 0, time.UTC)
		m := b.messages(&now)
		add := func(ids ...int) {
			t.Helper()
			if err := m.Add(b.ctx, b.name, ids...); err != nil {
				t.Fatal(err)
			}
		}
		taken(t, b, m)
		add()
		add(1)
		now = now.Add(time.Hour) // another day
		add(2, -3)
		add(4711000)
		other := sha256.Sum256([]byte("other"))
		if err := m.Add(b.ctx, other, 9); err != nil {
			t.Fatal(err)
		}
		taken(t, b, m, 1, 2, -3, 4711000)
		taken(t, b, m) // taken is forgotten

		add(1)
		now = now.Add(aDay)
		add(2)
		now = now.Add(aDay + time.Minute)
		add(3)
		taken(t, b, m, 2, 3) // what Telegram would not delete any more is left out
	})
}

// Nothing that Redis holds tells a message's id, whose chat it is or how much was said.
func TestMessagesAreSealed(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		m := b.messages(&now)
		few, many := []int{4711}, []int{4711, 4712, 4713, 4714, 4715, 4716, 4717, 4718, 4719}
		for _, ids := range [][]int{few, many} {
			if err := m.Add(b.ctx, b.name, ids...); err != nil {
				t.Fatal(err)
			}
		}
		keys, err := b.c.Keys(b.ctx, m.prefix+"*").Result()
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		if strings.Contains(keys[0], b.s.key(b.name)) || bytes.Contains([]byte(keys[0]), b.name[:]) {
			t.Errorf("key %q", keys[0])
		}
		if ttl := b.c.PTTL(b.ctx, keys[0]).Val(); ttl <= 0 || ttl > MessagesFor {
			t.Errorf("lives %v", ttl)
		}
		entries, err := b.c.LRange(b.ctx, keys[0], 0, -1).Result()
		if err != nil || len(entries) != 2 || len(entries[0]) != len(entries[1]) {
			t.Errorf("%d entries, %v; one id and nine are told apart by length", len(entries), err)
		}

		// An entry that does not open costs its own ids only.
		if err := b.c.RPush(b.ctx, keys[0], "not sealed").Err(); err != nil {
			t.Fatal(err)
		}
		got, err := m.Take(b.ctx, b.name)
		if !errors.Is(err, ErrUnreadable) || len(got) != len(few)+len(many) {
			t.Errorf("took %v, %v", got, err)
		}
	})
}

// The list of a chat that never rests does not grow without end.
func TestMessagesAreCapped(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		m := b.messages(&now)
		pipe := b.c.Pipeline()
		for range maxAdded {
			pipe.RPush(b.ctx, m.key(b.name, now), "old")
		}
		if _, err := pipe.Exec(b.ctx); err != nil {
			t.Fatal(err)
		}
		if err := m.Add(b.ctx, b.name, 7); err != nil {
			t.Fatal(err)
		}
		if n := b.c.LLen(b.ctx, m.key(b.name, now)).Val(); n != maxAdded {
			t.Errorf("%d entries", n)
		}
		if got, err := m.Take(b.ctx, b.name); !errors.Is(err, ErrUnreadable) || !slices.Equal(got, []int{7}) {
			t.Errorf("took %v, %v", got, err)
		}
	})
}

func TestMessagesAway(t *testing.T) {
	t.Parallel()
	c, err := client("redis://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	m := NewMessages(NewRounds(c), newSealer(t))
	if err := m.Add(t.Context(), [32]byte{}, 1); !errors.Is(err, ErrAway) {
		t.Errorf("add: %v", err)
	}
	if _, err := m.Take(t.Context(), [32]byte{}); !errors.Is(err, ErrAway) {
		t.Errorf("take: %v", err)
	}
}

// Whatever bytes an entry holds, reading it ends.
func TestReadEntry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids, at, ok := readEntry(rapid.SliceOf(rapid.Byte()).Draw(t, "entry"))
		if !ok && (ids != nil || !at.IsZero()) {
			t.Errorf("refused, and yet %v, %v", ids, at)
		}
	})
}
