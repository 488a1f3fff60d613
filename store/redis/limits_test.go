package redis

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// limits counts under the test's own prefix.
func (b *bundle) limits() *Limits {
	l := NewLimits(NewRounds(b.c))
	l.prefix = b.prefix
	return l
}

// slow makes refilling so slow that a test's own time does not count.
func (l *Limits) slow() *Limits {
	for what, p := range l.paces {
		p.each = time.Hour
		l.paces[what] = p
	}
	return l
}

func allow(t *testing.T, b *bundle, l *Limits, name [32]byte, what string, cost int) (ok, first bool) {
	t.Helper()
	ok, retry, first, err := l.Allow(b.ctx, name, what, cost)
	if err != nil || ok == (retry > 0) || ok && first {
		t.Fatalf("%s: %v, wait %v, first %v, %v", what, ok, retry, first, err)
	}
	return ok, first
}

// Every limit lets its share through and no more, asks for nothing when it is only asked, and tells once.
func TestLimits(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		l := b.limits().slow()
		for what, most := range map[string]int{"updates": 60, "backlog": 1000, "desk": 300, "submissions": 10, "files": 200} {
			name := sha256.Sum256([]byte(what))
			for i := range most {
				if ok, _ := allow(t, b, l, name, what, 0); !ok {
					t.Fatalf("%s: asked after %d, refused", what, i)
				}
				if ok, _ := allow(t, b, l, name, what, 1); !ok {
					t.Fatalf("%s: %d of %d refused", what, i+1, most)
				}
			}
			told := 0
			for i := range 4 {
				ok, first := allow(t, b, l, name, what, i%2)
				if ok {
					t.Errorf("%s: more than %d allowed", what, most)
				}
				if first {
					told++
				}
			}
			if want := map[string]int{"submissions": 4}[what]; told != max(want, 1) {
				t.Errorf("%s: told %d times", what, told)
			}
			if ok, _ := allow(t, b, l, sha256.Sum256([]byte("other")), what, 1); !ok {
				t.Errorf("%s: another chat is refused", what)
			}
		}
		if _, _, _, err := l.Allow(b.ctx, b.name, "sentences", 1); !errors.Is(err, ErrNoLimit) {
			t.Errorf("a limit that is none: %v", err)
		}
	})
}

// 500 MB a day, and a file that begins below them goes through whole.
func TestLimitOfBytes(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		l := b.limits()
		const file = 19 << 20
		n := 0
		for ; n < 100; n++ {
			if ok, _ := allow(t, b, l, b.name, "bytes", file); !ok {
				break
			}
		}
		if n != 27 { // 26 files are 494 MB
			t.Errorf("%d files of 19 MB are let through", n)
		}
	})
}

// The keys hold a keyed name and numbers, and no quota's key tells when something was done: they all end together.
func TestLimitKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		l := b.limits()
		for what, p := range l.paces {
			p.each = time.Minute // the keys are to be there yet when a slow machine looks at them
			l.paces[what] = p
			allow(t, b, l, b.name, what, 3)
		}
		for what := range l.quotas {
			allow(t, b, l, b.name, what, 3)
		}
		keys, err := b.c.Keys(b.ctx, b.prefix+"*").Result()
		if err != nil || len(keys) != len(l.paces)+len(l.quotas) {
			t.Fatal(keys, err)
		}
		midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for _, k := range keys {
			what := k[strings.LastIndex(k, ":")+1:]
			fields := b.c.HGetAll(b.ctx, k).Val()
			ttl := b.c.PTTL(b.ctx, k).Val()
			if bytes.Contains([]byte(k), b.name[:]) || !strings.Contains(k, "{") || ttl <= 0 {
				t.Errorf("key %q lives %v", k, ttl)
			}
			if _, ok := l.paces[what]; ok {
				if ttl > 3*time.Minute {
					t.Errorf("%s: the key lives %v after three", what, ttl)
				}
				continue
			}
			if len(fields) != 1 || fields["n"] != "3" {
				t.Errorf("%s keeps %v", what, fields)
			}
			if end := time.Now().Add(ttl); end.Sub(midnight).Abs() > 5*time.Second && time.Until(midnight) > 5*time.Second {
				t.Errorf("%s ends %v from midnight", what, end.Sub(midnight))
			}
		}
	})
}

// A bucket fills up again, one unit each time.
func TestLimitRefills(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		l := b.limits()
		l.paces["updates"] = pace{burst: 5, each: 20 * time.Millisecond, tell: 10 * time.Millisecond}
		began := time.Now()
		allowed := 0
		for time.Since(began) < 400*time.Millisecond {
			ok, _, _, err := l.Allow(b.ctx, b.name, "updates", 1)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				allowed++
			}
		}
		// The script's time rounds down to milliseconds; the loop's last turn may be long on a busy machine.
		if most := 5 + int(time.Since(began)/(20*time.Millisecond)) + 1; allowed < 6 || allowed > most {
			t.Errorf("%d allowed, want between 6 and %d", allowed, most)
		}
	})
}

// A hundred chats at once, each far beyond its share: each gets exactly that, and each is told exactly once.
func TestLimitsInParallel(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		l := b.limits().slow()
		var all sync.WaitGroup
		for chat := range 100 {
			name := sha256.Sum256(fmt.Append(nil, "chat ", chat))
			all.Go(func() {
				var ok, told atomic.Int64
				var both sync.WaitGroup
				for range 2 { // two replicas
					both.Go(func() {
						for range 40 {
							allowed, _, first, err := l.Allow(b.ctx, name, "updates", 1)
							if err != nil {
								t.Error(err)
							}
							if allowed {
								ok.Add(1)
							}
							if first {
								told.Add(1)
							}
						}
					})
				}
				both.Wait()
				if ok.Load() != 60 || told.Load() != 1 {
					t.Errorf("%d of 80 allowed, told %d times", ok.Load(), told.Load())
				}
			})
		}
		all.Wait()
	})
}

func TestLimitsAway(t *testing.T) {
	t.Parallel()
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	b := setup(t, "redis://"+m.Addr(), "hy:test:")
	m.Close()
	for _, what := range []string{"updates", "files"} {
		if ok, _, _, err := b.limits().Allow(b.ctx, b.name, what, 1); ok || !errors.Is(err, ErrAway) {
			t.Errorf("%s: %v, %v", what, ok, err)
		}
	}
}
