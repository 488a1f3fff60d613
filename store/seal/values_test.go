package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func caseKey(t testing.TB, k *Keyset, id string) ([]byte, *CaseKey) {
	t.Helper()
	wrapped, key, err := k.NewCaseKey(id)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped, key
}

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

func TestCaseKeyOpensForItsCaseOnly(t *testing.T) {
	t.Parallel()
	k := generate(t)
	wrapped, _ := caseKey(t, k, "case-1")
	if _, err := k.OpenCaseKey("case-1", wrapped); err != nil {
		t.Fatal(err)
	}
	for what, open := range map[string]func() (*CaseKey, error){
		"another case":   func() (*CaseKey, error) { return k.OpenCaseKey("case-2", wrapped) },
		"another keyset": func() (*CaseKey, error) { return generate(t).OpenCaseKey("case-1", wrapped) },
		"nothing":        func() (*CaseKey, error) { return k.OpenCaseKey("case-1", nil) },
	} {
		if key, err := open(); !errors.Is(err, ErrCannotOpen) || key != nil {
			t.Errorf("%s: %v, %v, want ErrCannotOpen", what, key, err)
		}
	}
	// A session is no case key, though both are tink's.
	session, err := k.SealSession([]byte("case-1"), make([]byte, keySize))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.OpenCaseKey("case-1", session); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("a session as a case key: %v, want ErrCannotOpen", err)
	}
	if _, _, err := k.NewCaseKey(""); err == nil {
		t.Error("a case without id got a key")
	}
}

func TestCaseFieldOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	k := generate(t)
	_, key := caseKey(t, k, "case-1")
	_, other := caseKey(t, k, "case-1") // another key for the same id
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.String().Draw(t, "field")
		version := rapid.Int().Draw(t, "version")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "plain")
		sealed, err := key.Seal(field, version, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := key.Open(field, version, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v, want %x", got, err, plain)
		}
		refuse := func(what string, c *CaseKey, field string, version int, sealed []byte) {
			if got, err := c.Open(field, version, sealed); !errors.Is(err, ErrCannotOpen) || got != nil {
				t.Fatalf("%s: %x, %v, want ErrCannotOpen", what, got, err)
			}
		}
		refuse("another field", key, field+"x", version, sealed)
		refuse("another version", key, field, version+1, sealed)
		refuse("another key", other, field, version, sealed)
		changed := bytes.Clone(sealed)
		changed[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		refuse("one bit changed", key, field, version, changed)
		refuse("cut", key, field, version, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")])
	})
}

func TestCaseFieldIsPadded(t *testing.T) {
	t.Parallel()
	k := generate(t)
	_, key := caseKey(t, k, "case-1")
	const around = 1 + 24 + 16 // format, nonce, tag
	for length, want := range map[int]int{0: 512, 1: 512, 508: 512, 509: 1024, 1020: 1024, 1021: 1536} {
		sealed, err := key.Seal("story", 1, make([]byte, length))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(sealed) - around; got != want {
			t.Errorf("%d bytes are padded to %d, want %d", length, got, want)
		}
	}
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

func TestAddress(t *testing.T) {
	t.Parallel()
	k, other := generate(t), generate(t)
	size := -1
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, MaxAddress).Draw(t, "plain")
		a, err := k.SealAddress(plain)
		if err != nil {
			t.Fatal(err)
		}
		b, err := k.SealAddress(plain)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a, b) {
			t.Fatal("the same address looks the same twice")
		}
		if size == -1 {
			size = len(a)
		}
		if len(a) != size {
			t.Fatalf("a sealed address has %d bytes, others have %d", len(a), size)
		}
		got, err := k.OpenAddress(a)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v, want %x", got, err, plain)
		}
		if _, err := other.OpenAddress(a); !errors.Is(err, ErrCannotOpen) {
			t.Fatalf("another postman: %v, want ErrCannotOpen", err)
		}
		a[rapid.IntRange(0, len(a)-1).Draw(t, "at")] ^= 1
		if _, err := k.OpenAddress(a); !errors.Is(err, ErrCannotOpen) {
			t.Fatalf("one bit changed: %v, want ErrCannotOpen", err)
		}
	})
	if _, err := k.SealAddress(make([]byte, MaxAddress+1)); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("a longer address = %v, want an error", err)
	}
	if _, err := k.OpenAddress(nil); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("nothing = %v, want ErrCannotOpen", err)
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
