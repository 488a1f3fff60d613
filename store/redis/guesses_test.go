package redis

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
	"time"
)

func TestGuesses(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		g := b.guesses()
		now := time.Date(2026, 3, 4, 23, 0, 0, 0, time.UTC)
		g.now = func() time.Time { return now }
		if n, err := g.Total(b.ctx); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		try := func(asker [32]byte, want bool) {
			t.Helper()
			ok, retry, err := g.Allow(b.ctx, asker)
			if err != nil || ok != want || ok == (retry > 0) || retry > GuessWindow {
				t.Errorf("got %v, %v, %v", ok, retry, err)
			}
		}
		for range MaxGuesses {
			try(b.name, true)
		}
		try(b.name, false)
		try(b.name, false)
		other := sha256.Sum256([]byte("other"))
		try(other, true)
		if n, err := g.Total(b.ctx); n != MaxGuesses+3 || err != nil {
			t.Errorf("total is %d, %v", n, err)
		}

		keys, err := b.c.Keys(b.ctx, b.prefix+"*").Result()
		if err != nil || len(keys) != 4 { // the day's key, the total, two askers
			t.Fatal(keys, err)
		}
		for _, k := range keys {
			if !strings.Contains(k, "{g}") || strings.Contains(k, b.s.key(b.name)[len(b.prefix):]) || bytes.Contains([]byte(k), b.name[:]) {
				t.Errorf("key %q", k)
			}
			if ttl := b.c.PTTL(b.ctx, k).Val(); ttl <= 0 || ttl > guessKeyLife {
				t.Errorf("key %q lives %v", k, ttl)
			}
		}

		// Another day, another key: nobody can be followed from one to the next.
		now = now.Add(2 * time.Hour)
		try(b.name, true)
	})
}

// When the window is over the chat may try again, and the total begins anew.
func TestGuessesAfterTheWindow(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		g := b.guesses()
		for range MaxGuesses + 1 {
			if _, _, err := g.Allow(b.ctx, b.name); err != nil {
				t.Fatal(err)
			}
		}
		keys, err := b.c.Keys(b.ctx, b.prefix+"*").Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if !strings.Contains(k, ":key:") {
				if err := b.c.PExpire(b.ctx, k, time.Millisecond).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		gone := func() bool { // all but the day's key
			keys, err := b.c.Keys(b.ctx, b.prefix+"*").Result()
			return err == nil && len(keys) == 1
		}
		for deadline := time.Now().Add(10 * time.Second); !gone(); {
			if time.Now().After(deadline) {
				t.Fatal("the window does not end")
			}
		}
		if n, err := g.Total(b.ctx); n != 0 || err != nil {
			t.Errorf("total is %d, %v", n, err)
		}
		if ok, _, err := g.Allow(b.ctx, b.name); !ok || err != nil {
			t.Errorf("got %v, %v", ok, err)
		}
	})
}
