package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

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

func TestIdentity(t *testing.T) {
	t.Parallel()
	k, other := generate(t), generate(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringN(1, 40, -1).Draw(t, "case")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 1500).Draw(t, "plain")
		sealed, err := k.SealIdentity(id, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.OpenIdentity(id, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v, want %x", got, err, plain)
		}
		const around = 1 + 32 + 16 // format, ephemeral key, tag
		if (len(sealed)-around)%padBlock != 0 {
			t.Fatalf("%d bytes are stored as %d", len(plain), len(sealed))
		}
		refuse := func(what string, k *Keyset, id string, sealed []byte) {
			if got, err := k.OpenIdentity(id, sealed); !errors.Is(err, ErrCannotOpen) || got != nil {
				t.Fatalf("%s: %x, %v, want ErrCannotOpen", what, got, err)
			}
		}
		refuse("another case", k, id+"x", sealed)
		refuse("another custodian", other, id, sealed)
		if address, err := k.OpenAddress(sealed); !errors.Is(err, ErrCannotOpen) || address != nil {
			t.Fatalf("by the postman: %x, %v, want ErrCannotOpen", address, err)
		}
		changed := bytes.Clone(sealed)
		changed[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= 1
		refuse("one bit changed", k, id, changed)
		refuse("cut", k, id, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")])
	})
	if _, err := k.SealIdentity("", []byte("x")); err == nil {
		t.Error("an identity of no case was sealed")
	}
}

// TestIdentityHoldsItsCase makes a box for another case by hand: what is inside decides.
func TestIdentityHoldsItsCase(t *testing.T) {
	t.Parallel()
	k := generate(t)
	for what, inner := range map[string][]byte{
		"no case at all":  []byte("plain"),
		"another case":    append(identityPlace("case-2"), "plain"...),
		"a shorter place": identityPlace("case-1")[:20],
	} {
		padded, err := pad(inner)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := sealBox(k.s().custodianPublic, padded)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.OpenIdentity("case-1", sealed); !errors.Is(err, ErrCannotOpen) || got != nil {
			t.Errorf("%s: %x, %v, want ErrCannotOpen", what, got, err)
		}
	}
	unpadded, err := sealBox(k.s().custodianPublic, identityPlace("case-1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.OpenIdentity("case-1", unpadded); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("without padding: %v, want ErrCannotOpen", err)
	}
	short, err := sealBox(k.s().postmanPublic, make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.OpenAddress(short); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("a short address: %v, want ErrCannotOpen", err)
	}
}
