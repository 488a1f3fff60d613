package redis

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
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

// Whoever has their receipt may look as often as they like, and a wrong one in between still counts.
func TestGuessesAreGivenBack(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		g := b.guesses()
		try := func(opened, want bool) {
			t.Helper()
			ok, _, err := g.Allow(b.ctx, b.name)
			if err != nil || ok != want {
				t.Fatalf("got %v, %v", ok, err)
			}
			if !ok {
				return
			}
			if err := g.Settle(b.ctx, b.name, opened); err != nil {
				t.Fatal(err)
			}
		}
		for range 4 {
			for range 6 {
				try(true, true)
			}
			try(false, true)
		}
		if n, err := g.Total(b.ctx); n != 4 || err != nil {
			t.Errorf("total is %d, %v", n, err)
		}
		try(false, true)
		try(false, false)
		try(true, false) // who guessed too often cannot look at a case of their own to guess on

		// Settling when the window is over counts nothing.
		if err := b.c.Del(b.ctx, g.total()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := g.Settle(b.ctx, [32]byte{7}, true); err != nil {
			t.Fatal(err)
		}
		if n, err := g.Total(b.ctx); n != 0 || err != nil {
			t.Errorf("total is %d, %v", n, err)
		}
	})
}

// A hundred chats guess at once, as fast as they can: each gets its five tries and no more, and a chat that comes with
// its receipt at any time is let in at once.
func TestGuessesOfAHundredChats(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bundle) {
		g := b.guesses()
		reg := prometheus.NewRegistry()
		if err := g.Register(reg); err != nil {
			t.Fatal(err)
		}
		var guessing, honest sync.WaitGroup
		over := make(chan struct{})
		looks := 0
		honest.Go(func() {
			me := sha256.Sum256([]byte("honest"))
			for {
				ok, _, err := g.Allow(b.ctx, me)
				if !ok || err != nil {
					t.Errorf("look %d of an honest reporter: %v, %v", looks, ok, err)
					return
				}
				if err := g.Settle(b.ctx, me, true); err != nil {
					t.Error(err)
				}
				looks++
				select {
				case <-over:
					return
				default:
				}
			}
		})
		for chat := range 100 {
			asker := sha256.Sum256(fmt.Append(nil, "chat ", chat))
			guessing.Go(func() {
				allowed := 0
				for range 20 {
					ok, _, err := g.Allow(b.ctx, asker)
					if err != nil {
						t.Error(err)
					}
					if ok {
						allowed++
						if err := g.Settle(b.ctx, asker, false); err != nil {
							t.Error(err)
						}
					}
				}
				if allowed != MaxGuesses {
					t.Errorf("chat %d had %d tries", chat, allowed)
				}
			})
		}
		guessing.Wait()
		close(over)
		honest.Wait()
		if looks < 6 {
			t.Errorf("the honest reporter looked %d times only", looks)
		}
		if n, err := g.Total(b.ctx); n != 2000 || n < GuessAlarm || err != nil {
			t.Errorf("total is %d, %v", n, err)
		}
		all, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, family := range all {
			for _, m := range family.GetMetric() {
				name := family.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetName() + "=" + l.GetValue()
				}
				got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		want := map[string]float64{
			"huiyin_receipt_guesses_total outcome=tried":   float64(500 + looks),
			"huiyin_receipt_guesses_total outcome=refused": 1500,
			"huiyin_receipt_guesses_window":                2000,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
