package redis

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"huiyin/flows"
)

func TestSessionComesBack(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		if got := b.load(t); !cmp.Equal(got, flows.Session{}) {
			t.Fatalf("a chat never seen has %+v", got)
		}
		first := b.save(t, typical("anonymous"))
		second := b.save(t, first)
		if second.Rev != first.Rev+1 {
			t.Errorf("revision went from %d to %d", first.Rev, second.Rev)
		}
		want := typical("anonymous")
		want.Rev = second.Rev
		if diff := cmp.Diff(want, b.load(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestConflict(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		read := b.save(t, typical("named"))
		b.save(t, read)
		for name, stale := range map[string]flows.Session{"older": read, "new": typical("named")} {
			_, err := b.s.Save(b.ctx, b.name, stale)
			if !errors.Is(err, ErrConflict) || !errors.Is(err, flows.ErrConflict) || errors.Is(err, ErrAway) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// What was lost since it was read is not written over with something older.
		newest := b.load(t)
		b.lose(t)
		if _, err := b.s.Save(b.ctx, b.name, newest); !errors.Is(err, ErrConflict) {
			t.Errorf("after a loss: %v", err)
		}
	})
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		const writers = 50
		var g errgroup.Group
		for i := range writers {
			g.Go(func() error {
				for {
					sess, err := b.s.Load(b.ctx, b.name)
					if err != nil {
						return err
					}
					sess.Seen = append(sess.Seen, int64(i))
					_, err = b.s.Save(b.ctx, b.name, sess)
					if !errors.Is(err, ErrConflict) {
						return err
					}
				}
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		sess := b.load(t)
		for _, id := range sess.Seen {
			seen[id] = true
		}
		if len(seen) != writers || len(sess.Seen) != writers {
			t.Errorf("%d writes, %d of them different", len(sess.Seen), len(seen))
		}
	})
}

// A call repeated by the client because its first answer was lost must not look like somebody else's write.
func TestRepeatedSwap(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		value := withRev(7, []byte("sealed"))
		for range 2 {
			done, err := swap.Run(b.ctx, b.c, []string{b.s.key(b.name)}, "", value, 60_000).Int()
			if err != nil || done != 1 {
				t.Fatalf("got %d, %v", done, err)
			}
		}
	})
}

func TestTimeToLiveSlides(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		key := b.s.key(b.name)
		sess := b.save(t, typical("anonymous"))
		if err := b.c.PExpire(b.ctx, key, 10*time.Second).Err(); err != nil {
			t.Fatal(err)
		}
		b.save(t, sess)
		ttl, err := b.c.PTTL(b.ctx, key).Result()
		if err != nil || ttl <= 50*time.Minute || ttl > time.Hour {
			t.Errorf("time to live is %v, %v", ttl, err)
		}
	})
}

func TestLostSessionIsRebuilt(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		saved := b.save(t, b.save(t, typical("confidential")))
		b.lose(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				got, err := b.s.Load(b.ctx, b.name)
				if diff := cmp.Diff(saved, got); diff != "" || err != nil {
					t.Error(err, diff)
				}
			})
		}
		wg.Wait()
		if ttl := b.c.PTTL(b.ctx, b.s.key(b.name)).Val(); ttl <= 0 {
			t.Errorf("rebuilt with time to live %v", ttl)
		}
		b.save(t, saved)
	})
}

func TestAnonymousIsNeverKept(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		sess := b.save(t, typical("named"))
		if !sess.Kept || !b.backup.has(b.name) {
			t.Fatal("a named draft has no checkpoint")
		}
		sess.Drafts = append(sess.Drafts, typical("anonymous").Drafts...)
		sess = b.save(t, sess)
		if sess.Kept || b.backup.has(b.name) {
			t.Error("the checkpoint outlived the switch")
		}
		sess = b.save(t, sess)
		b.lose(t)
		if got := b.load(t); !cmp.Equal(got, flows.Session{}) {
			t.Errorf("rebuilt %+v", got)
		}
		// The tombstone does not hold back what the chat begins afterwards.
		again := b.save(t, typical("named"))
		if again.Rev <= sess.Rev || !b.backup.has(b.name) {
			t.Errorf("revision %d after %d; kept %v", again.Rev, sess.Rev, b.backup.has(b.name))
		}
	})
}

// A Redis that takes over may be behind the one that failed, and a process behind another: what is begun next is kept all the
// same.
func TestNewestIsKeptWhateverTheClock(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		ahead := time.Now().Add(10 * time.Minute).UnixMicro()
		if err := b.backup.Drop(b.ctx, b.name[:], ahead); err != nil {
			t.Fatal(err)
		}
		saved := b.save(t, typical("named"))
		if saved.Rev <= ahead || !b.backup.has(b.name) {
			t.Errorf("revision %d after a tombstone of %d; kept %v", saved.Rev, ahead, b.backup.has(b.name))
		}
	})
}

// When the checkpoint cannot be dropped, nothing anonymous is written.
func TestBackupAway(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		named := b.save(t, typical("named"))
		b.backup.broken = errors.New("no answer")
		anonymous := typical("anonymous")
		anonymous.Rev, anonymous.Kept = named.Rev, named.Kept
		if _, err := b.s.Save(b.ctx, b.name, anonymous); !errors.Is(err, ErrAway) {
			t.Errorf("save: %v", err)
		}
		if got := b.load(t); got.Rev != named.Rev {
			t.Errorf("written all the same: revision %d", got.Rev)
		}
		b.lose(t)
		if _, err := b.s.Save(b.ctx, b.name, typical("named")); !errors.Is(err, ErrAway) {
			t.Errorf("a first save: %v", err)
		}
		if _, err := b.s.Load(b.ctx, b.name); !errors.Is(err, ErrAway) {
			t.Errorf("load: %v", err)
		}
	})
}

func TestNothingReadableIsStored(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		b.save(t, typical("named"))
		keys, err := b.c.Keys(b.ctx, b.prefix+"*").Result()
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		raw, err := b.c.Get(b.ctx, keys[0]).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range [][]byte{[]byte(marker), []byte("MARKER"), []byte("complaint"), []byte("named"), b.name[:]} {
			if bytes.Contains(raw, secret) || bytes.Contains(b.backup.rows[string(b.name[:])].sealed, secret) {
				t.Errorf("%q can be read", secret)
			}
		}
		if tag := keys[0]; strings.Count(tag, "{") != 1 || !strings.HasSuffix(tag, "}") {
			t.Errorf("key %q has no single hash tag", tag)
		}
		t.Logf("a typical session takes %d bytes", len(raw))
		if len(raw) > 1536 {
			t.Errorf("a typical session takes %d bytes", len(raw))
		}
	})
}

func TestUnreadable(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		sealed := func(plain string) []byte {
			s, _ := b.seal.SealSession(b.name[:], []byte(plain))
			return s
		}
		for name, value := range map[string][]byte{
			"short":           []byte("x"),
			"not sealed":      withRev(1, []byte("plain words of nobody, long enough")),
			"not JSON":        withRev(1, sealed("{")),
			"other revision":  withRev(2, sealed(`{"rev":1}`)),
			"of another chat": withRev(1, func() []byte { s, _ := b.seal.SealSession([]byte("other"), []byte(`{"rev":1}`)); return s }()),
		} {
			if err := b.c.Set(b.ctx, b.s.key(b.name), value, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := b.s.Load(b.ctx, b.name); !errors.Is(err, ErrUnreadable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.lose(t)
		for name, checkpoint := range map[string][]byte{"not sealed": []byte("x"), "not durable": sealed(`{"rev":3}`)} {
			b.backup.rows[string(b.name[:])] = row{3, checkpoint}
			if _, err := b.s.Load(b.ctx, b.name); !errors.Is(err, ErrUnreadable) {
				t.Errorf("checkpoint %s: %v", name, err)
			}
		}
	})
}

func TestRedisAway(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		b.backup.Put(b.name[:], 1, []byte("x"))
		if err := b.c.Close(); err != nil {
			t.Fatal(err)
		}
		_, load := b.s.Load(b.ctx, b.name)
		_, save := b.s.Save(b.ctx, b.name, typical("named"))
		g := b.guesses()
		_, _, allow := g.Allow(b.ctx, b.name)
		_, total := g.Total(b.ctx)
		for doing, err := range map[string]error{"load": load, "save": save, "allow": allow, "total": total} {
			if !errors.Is(err, ErrAway) || !errors.Is(err, flows.ErrAway) {
				t.Errorf("%s: %v", doing, err)
			}
		}
	})
}

func TestSealerFails(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		s := NewSessions(NewRounds(b.c), noSealer{}, b.backup, Options{})
		if s.ttl != DefaultTTL || s.prefix != "hy:s:" {
			t.Errorf("defaults are %v and %q", s.ttl, s.prefix)
		}
		if _, err := s.Save(b.ctx, b.name, flows.Session{}); !errors.Is(err, errNoSeal) || errors.Is(err, ErrAway) {
			t.Errorf("got %v", err)
		}
	})
}

var errNoSeal = errors.New("no key")

type noSealer struct{}

func (noSealer) SealSession(_, _ []byte) ([]byte, error) { return nil, errNoSeal }
func (noSealer) OpenSession(_, _ []byte) ([]byte, error) { return nil, errNoSeal }

func TestValueHead(t *testing.T) {
	t.Parallel()
	v := withRev(258, []byte("s"))
	if binary.BigEndian.Uint64(v) != 258 || string(v[8:]) != "s" {
		t.Errorf("got %v", v)
	}
}

func BenchmarkLoadSave(b *testing.B) {
	for name, start := range servers(b) {
		b.Run(name, func(b *testing.B) {
			u := setup(b, start(b), "hy:bench:")
			sess := u.save(b, typical("named"))
			b.ReportAllocs()
			for b.Loop() {
				got, err := u.s.Load(context.Background(), u.name)
				if err != nil {
					b.Fatal(err)
				}
				if sess, err = u.s.Save(context.Background(), u.name, got); err != nil {
					b.Fatal(err)
				}
			}
			_ = sess
		})
	}
}
