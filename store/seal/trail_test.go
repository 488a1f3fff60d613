package seal

import (
	"bytes"
	"errors"
	"testing"
)

// TestTrail: every role seals and opens it, under its own name only, and nothing else opens it.
func TestTrail(t *testing.T) {
	t.Parallel()
	whole, name, plain := generate(t), []byte("chat"), []byte("a message of ours")
	for from := range roles {
		sealing, err := whole.For(from)
		if err != nil {
			t.Fatal(err)
		}
		sealed := sealing.SealTrail(name, plain)
		if bytes.Contains(sealed, plain) || bytes.Equal(sealed, sealing.SealTrail(name, plain)) {
			t.Errorf("%s: sealed twice it looks the same, or is in clear", from)
		}
		for to := range roles {
			opening, err := whole.For(to)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := opening.OpenTrail(name, sealed); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("sealed by %s, opened by %s: %q, %v", from, to, got, err)
			}
		}
		if _, err := whole.OpenTrail([]byte("another"), sealed); !errors.Is(err, ErrCannotOpen) {
			t.Errorf("another name opens it: %v", err)
		}
		if _, err := generate(t).OpenTrail(name, sealed); !errors.Is(err, ErrCannotOpen) {
			t.Errorf("another keyset opens it: %v", err)
		}
		for i := range sealed {
			spoilt := bytes.Clone(sealed)
			spoilt[i] ^= 1
			if _, err := whole.OpenTrail(name, spoilt); !errors.Is(err, ErrCannotOpen) {
				t.Errorf("with byte %d changed it opens: %v", i, err)
			}
		}
	}
}
