package redis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestOwed: who waits is found once their time is over, by one of those who ask, until they have their answer; and Redis
// holds no chat's id.
func TestOwed(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		o := newOwed(b.c, b.seal, b.prefix+"o:", b.name)
		name := func(chat int64) [32]byte { return sha256.Sum256([]byte(strconv.FormatInt(chat, 10))) }
		owe := func(chat int64, by time.Time) {
			t.Helper()
			if err := o.Owe(b.ctx, name(chat), chat, by); err != nil {
				t.Fatal(err)
			}
		}
		late := func(at time.Time, want ...int64) {
			t.Helper()
			got, err := o.Overdue(b.ctx, at, at.Add(time.Minute), 100)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("late at %s: %v, %v; want %v", at, got, err, want)
			}
		}
		const first, second, third = 5_123_456_789, -100_200_300, 7
		owe(first, now.Add(time.Minute))
		owe(second, now.Add(2*time.Minute))
		owe(third, now.Add(time.Minute))
		owe(third, now.Add(time.Hour)) // put off
		late(now)
		late(now.Add(time.Minute), first)
		late(now.Add(time.Minute)) // they are somebody's now
		late(now.Add(2*time.Minute), second, first)
		if err := o.Paid(b.ctx, name(first)); err != nil {
			t.Fatal(err)
		}
		late(now.Add(4*time.Minute), second)

		dump := owedDump(b.ctx, t, b, o)
		for _, chat := range []int64{first, second} {
			if bytes.Contains(dump, []byte(strconv.FormatInt(chat, 10))) || bytes.Contains(dump, binary.BigEndian.AppendUint64(nil, uint64(chat))) {
				t.Error("Redis holds a chat's id")
			}
		}
		other := newOwed(b.c, b.seal, b.prefix+"o:", name(99))
		if got, err := other.Overdue(b.ctx, now.Add(48*time.Hour), now, 100); err != nil || len(got) > 0 {
			t.Errorf("another bot is told of %v, %v", got, err)
		}
	})
}

func owedDump(ctx context.Context, t *testing.T, b *bundle, o *Owed) []byte {
	t.Helper()
	all, err := b.c.HGetAll(ctx, o.keys[1]).Result()
	if err != nil || len(all) != 2 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	var dump bytes.Buffer
	for name, who := range all {
		dump.WriteString(name + who)
	}
	return dump.Bytes()
}
