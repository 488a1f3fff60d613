package redis

import (
	"errors"
	"testing"

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
