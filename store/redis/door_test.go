package redis

import (
	"crypto/sha256"
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/flows"
)

// One round trip takes from the share as Allow does and reads the session as Load does, after a server has begun anew too.
func TestEnter(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		d := Door{Limits: b.limits().slow(), Sessions: b.s}
		enter := func(want flows.Session) (ok bool) {
			t.Helper()
			ok, retry, first, load, err := d.Enter(b.ctx, b.name, "updates", b.name)
			if err != nil || ok == (retry > 0) || ok && first {
				t.Fatal(ok, retry, first, err)
			}
			if got, err := load(b.ctx); err != nil || !cmp.Equal(got, want) {
				t.Fatalf("read %+v, %v; want %+v", got, err, want)
			}
			return ok
		}
		enter(flows.Session{})
		saved := b.save(t, typical("named"))
		if err := b.c.ScriptFlush(b.ctx).Err(); err != nil {
			t.Fatal(err)
		}
		enter(saved)
		b.lose(t)
		enter(saved) // rebuilt
		for i := range 57 {
			if !enter(saved) {
				t.Fatalf("%d of 60 refused", i+4)
			}
		}
		if enter(saved) {
			t.Error("more than a share")
		}
		if _, _, _, load, err := d.Enter(b.ctx, b.name, "sentences", b.name); !errors.Is(err, ErrNoLimit) || load == nil {
			t.Errorf("a limit that is none: %v", err)
		}
		if err := b.c.Close(); err != nil {
			t.Fatal(err)
		}
		_, _, _, load, err := d.Enter(b.ctx, b.name, "updates", b.name)
		if _, lost := load(b.ctx); !errors.Is(err, ErrAway) || !errors.Is(lost, ErrAway) {
			t.Errorf("away: %v, %v", err, lost)
		}
	})
}

// BenchmarkUpdate does what an update asks of Redis, for many chats at once. cpu-µs is what it costs this process.
func BenchmarkUpdate(b *testing.B) {
	for name, start := range servers(b) {
		if name != "redis-server" {
			continue // a server inside this process would be counted in
		}
		u := setup(b, start(b), "hy:bench:")
		l := u.limits()
		l.paces["updates"] = pace{burst: 1 << 30, each: time.Millisecond}
		d := Door{Limits: l, Sessions: u.s}
		var chats atomic.Int64
		b.ReportAllocs()
		b.SetParallelism(64)
		before := spent(b)
		b.RunParallel(func(pb *testing.PB) {
			chat := sha256.Sum256([]byte{byte(chats.Add(1))})
			for pb.Next() {
				_, _, _, load, err := d.Enter(b.Context(), chat, "updates", chat)
				if err != nil {
					b.Error(err)
				}
				s, err := load(b.Context())
				if err != nil {
					b.Error(err)
				}
				if s.Rev == 0 {
					s = typical("anonymous")
				}
				if _, err := u.s.Save(b.Context(), chat, s); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	}
}

// spent is the CPU time that this process has taken.
func spent(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
