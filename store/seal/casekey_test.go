package seal

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// caseKey makes a key and the two halves of it.
func caseKey(t testing.TB, k *Keyset, id string) (wrapped, share []byte, key *CaseKey) {
	t.Helper()
	wrapped, share, key, err := k.NewCaseKey(id)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped, share, key
}

func TestCaseKeyOpensForItsCaseOnly(t *testing.T) {
	t.Parallel()
	k := generate(t)
	wrapped, share, key := caseKey(t, k, "case-1")
	sealed, err := key.Seal("story", 1, []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.OpenCaseKey("case-1", wrapped, share)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("story", 1, sealed); err != nil || string(plain) != "words" {
		t.Errorf("opened %q, %v", plain, err)
	}
	// A session is no case key, though both are tink's.
	session, err := k.SealSession([]byte("case-1"), make([]byte, keySize))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		open func() (*CaseKey, error)
		want error
	}{
		"another case":    {func() (*CaseKey, error) { return k.OpenCaseKey("case-2", wrapped, share) }, ErrCannotOpen},
		"another keyset":  {func() (*CaseKey, error) { return generate(t).OpenCaseKey("case-1", wrapped, share) }, ErrCannotOpen},
		"nothing wrapped": {func() (*CaseKey, error) { return k.OpenCaseKey("case-1", nil, share) }, ErrCannotOpen},
		"a session":       {func() (*CaseKey, error) { return k.OpenCaseKey("case-1", session, share) }, ErrCannotOpen},
		"no share":        {func() (*CaseKey, error) { return k.OpenCaseKey("case-1", wrapped, nil) }, ErrShredded},
		"an empty share":  {func() (*CaseKey, error) { return k.OpenCaseKey("case-1", wrapped, []byte{}) }, ErrShredded},
		"a cut share":     {func() (*CaseKey, error) { return k.OpenCaseKey("case-1", wrapped, share[1:]) }, ErrCannotOpen},
		"a longer share":  {func() (*CaseKey, error) { return k.OpenCaseKey("case-1", wrapped, append(share, 1)) }, ErrCannotOpen},
	}
	for what, tt := range tests {
		key, err := tt.open()
		if !errors.Is(err, tt.want) || key != nil {
			t.Errorf("%s: %v, %v, want %v", what, key, err, tt.want)
		}
		if tt.want == ErrCannotOpen && errors.Is(err, ErrShredded) {
			t.Errorf("%s: %v, want no ErrShredded", what, err)
		}
	}
	if _, _, _, err := k.NewCaseKey(""); err == nil {
		t.Error("a case without id got a key")
	}
}

// TestCaseKeyNeedsBothHalves says what crypto-shredding rests on: neither half tells of the other,
// and a key made of one right half opens nothing.
func TestCaseKeyNeedsBothHalves(t *testing.T) {
	t.Parallel()
	k := generate(t)
	wrapped, share, key := caseKey(t, k, "case-1")
	otherWrapped, otherShare, _ := caseKey(t, k, "case-1")
	if bytes.Equal(share, otherShare) || len(share) != keySize {
		t.Fatal("shares are not fresh")
	}
	field, err := key.Seal("story", 1, []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := k.unwrap("case-1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	for what, halves := range map[string][2][]byte{
		"another share":         {wrapped, otherShare},
		"another secret":        {otherWrapped, share},
		"the secret as a share": {wrapped, secret},
		"zeros":                 {wrapped, make([]byte, keySize)},
	} {
		wrong, err := k.OpenCaseKey("case-1", halves[0], halves[1])
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if plain, err := wrong.Open("story", 1, field); !errors.Is(err, ErrCannotOpen) || plain != nil {
			t.Errorf("%s: %q, %v, want ErrCannotOpen", what, plain, err)
		}
	}
	if bytes.Contains(wrapped, share) || bytes.Contains(wrapped, secret) {
		t.Error("a half stands in the open")
	}
}

func TestCaseFieldOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	k := generate(t)
	_, _, key := caseKey(t, k, "case-1")
	_, _, other := caseKey(t, k, "case-1") // another key for the same id
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
	_, _, key := caseKey(t, k, "case-1")
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
