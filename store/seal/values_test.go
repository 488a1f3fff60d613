package seal

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestSessionOpensUnderItsNameOnly(t *testing.T) {
	t.Parallel()
	k, other := generate(t), generate(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SliceOf(rapid.Byte()).Draw(t, "name")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := k.SealSession(name, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.OpenSession(name, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v, want %x", got, err, plain)
		}
		refuse := func(what string, k *Keyset, name, sealed []byte) {
			if got, err := k.OpenSession(name, sealed); !errors.Is(err, ErrCannotOpen) || got != nil {
				t.Fatalf("%s: %x, %v, want ErrCannotOpen", what, got, err)
			}
		}
		refuse("another name", k, append(bytes.Clone(name), 'x'), sealed)
		refuse("another keyset", other, name, sealed)
		changed := bytes.Clone(sealed)
		changed[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		refuse("one bit changed", k, name, changed)
		refuse("cut", k, name, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")])
	})
}

func TestUnpadRefuses(t *testing.T) {
	t.Parallel()
	tooLong := make([]byte, padBlock)
	copy(tooLong, []byte{0xff, 0xff, 0xff, 0xff})
	for name, in := range map[string][]byte{"nothing": nil, "no block": make([]byte, 100), "length past the end": tooLong} {
		if out, ok := unpad(in); ok {
			t.Errorf("%s: unpad = %x", name, out)
		}
	}
}

func TestSecretOpensForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	k, other := generate(t), generate(t)
	rapid.Check(t, func(t *rapid.T) {
		purpose, owner := rapid.String().Draw(t, "purpose"), rapid.String().Draw(t, "owner")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "plain")
		sealed, err := k.SealSecret(purpose, owner, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.OpenSecret(purpose, owner, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v, want %x", got, err, plain)
		}
		for what, open := range map[string]func() ([]byte, error){
			"another purpose": func() ([]byte, error) { return k.OpenSecret(purpose+"x", owner, sealed) },
			"another owner":   func() ([]byte, error) { return k.OpenSecret(purpose, owner+"x", sealed) },
			"a moved border":  func() ([]byte, error) { return k.OpenSecret(purpose+owner, "", sealed) },
			"another keyset":  func() ([]byte, error) { return other.OpenSecret(purpose, owner, sealed) },
			"as a session":    func() ([]byte, error) { return k.OpenSession([]byte(owner), sealed) },
			"cut":             func() ([]byte, error) { return k.OpenSecret(purpose, owner, sealed[:len(sealed)-1]) },
		} {
			if what == "a moved border" && owner == "" {
				continue
			}
			if got, err := open(); !errors.Is(err, ErrCannotOpen) || got != nil {
				t.Fatalf("%s: %x, %v, want ErrCannotOpen", what, got, err)
			}
		}
	})
}

func TestSecretIsPadded(t *testing.T) {
	t.Parallel()
	k := generate(t)
	short, err := k.SealSecret("totp", "1", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	long, err := k.SealSecret("totp", "1", make([]byte, 64))
	if err != nil {
		t.Fatal(err)
	}
	if len(short) != len(long) {
		t.Errorf("1 and 64 bytes take %d and %d", len(short), len(long))
	}
}

// sessionBytes is about what a session half through a complaint takes.
const sessionBytes = 2048

func BenchmarkSealSession(b *testing.B) {
	k := generate(b)
	name, plain := k.Name("session", "1", "2"), make([]byte, sessionBytes)
	b.SetBytes(sessionBytes)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.SealSession(name[:], plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenSession(b *testing.B) {
	k := generate(b)
	name := k.Name("session", "1", "2")
	sealed, err := k.SealSession(name[:], make([]byte, sessionBytes))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(sessionBytes)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.OpenSession(name[:], sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkName(b *testing.B) {
	k := generate(b)
	b.ReportAllocs()
	for b.Loop() {
		k.Name("session", "7000000001", "7000000002")
	}
}
