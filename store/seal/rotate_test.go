package seal

import (
	"bytes"
	"errors"
	"testing"
)

func TestRotation(t *testing.T) {
	t.Parallel()
	before := generate(t)
	wrapped, share, key := caseKey(t, before, "case-1")
	field, err := key.Seal("story", 1, []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	opens := func(what string, k *Keyset, wrapped []byte) {
		t.Helper()
		key, err := k.OpenCaseKey("case-1", wrapped, share)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if plain, err := key.Open("story", 1, field); err != nil || string(plain) != "words" {
			t.Errorf("%s: %q, %v", what, plain, err)
		}
	}
	if before.Older() != 0 {
		t.Errorf("a fresh keyset has %d older keys", before.Older())
	}
	rotated, err := before.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if rotated.Primary() == before.Primary() || rotated.Older() != 1 || before.Older() != 0 {
		t.Errorf("primary %d then %d, older %d", before.Primary(), rotated.Primary(), rotated.Older())
	}
	opens("by the rotated keyset", rotated, wrapped)

	fresh, changed, err := rotated.Rewrap("case-1", wrapped)
	if err != nil || !changed || bytes.Equal(fresh, wrapped) {
		t.Fatalf("Rewrap: changed %v, %v", changed, err)
	}
	opens("rewrapped", rotated, fresh)
	if _, err := before.OpenCaseKey("case-1", fresh, share); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("by the keyset before: %v, want ErrCannotOpen", err)
	}
	again, changed, err := rotated.Rewrap("case-1", fresh)
	if err != nil || changed || !bytes.Equal(again, fresh) {
		t.Errorf("Rewrap again: changed %v, %v", changed, err)
	}
	if id, ok := wrappedUnder(fresh); !ok || id != rotated.Primary() {
		t.Errorf("wrapped under %d, want %d", id, rotated.Primary())
	}

	retired, err := rotated.Retire()
	if err != nil {
		t.Fatal(err)
	}
	if retired.Primary() != rotated.Primary() || retired.Older() != 0 {
		t.Errorf("after Retire: primary %d, older %d", retired.Primary(), retired.Older())
	}
	opens("after Retire", retired, fresh)
	if _, err := retired.OpenCaseKey("case-1", wrapped, share); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("what was not rewrapped: %v, want ErrCannotOpen", err)
	}
	if _, _, err := retired.Rewrap("case-1", wrapped); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("rewrapping too late: %v, want ErrCannotOpen", err)
	}
	// Everything else is as it was.
	if retired.Name("x") != before.Name("x") {
		t.Error("names differ after a rotation")
	}
	session, err := before.SealSession([]byte("name"), []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := retired.OpenSession([]byte("name"), session); err != nil {
		t.Errorf("a session after a rotation: %v", err)
	}
}

func TestRotationOfAPartAndInStore(t *testing.T) {
	t.Parallel()
	k := generate(t)
	for range 3 {
		var err error
		if k, err = k.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if back.Older() != 3 || back.Primary() != k.Primary() {
		t.Errorf("after storage: %d older, primary %d, want 3, %d", back.Older(), back.Primary(), k.Primary())
	}
	desk, err := back.For(RoleDesk)
	if err != nil {
		t.Fatal(err)
	}
	if desk, err = desk.Retire(); err != nil || desk.Older() != 0 || desk.Role() != RoleDesk {
		t.Errorf("a part retired: %v", err)
	}
}

func TestRewrapRefuses(t *testing.T) {
	t.Parallel()
	k := generate(t)
	wrapped, _, _ := caseKey(t, k, "case-1")
	rotated, err := k.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(wrapped)
	damaged[len(damaged)-1] ^= 1
	for what, tt := range map[string]struct {
		id string
		in []byte
	}{
		"another case": {"case-2", wrapped},
		"damaged":      {"case-1", damaged},
		"nothing":      {"case-1", nil},
		"a prefix":     {"case-1", wrapped[:4]},
		"no prefix":    {"case-1", append([]byte{9}, wrapped[1:]...)},
	} {
		if fresh, changed, err := rotated.Rewrap(tt.id, tt.in); !errors.Is(err, ErrCannotOpen) || changed || fresh != nil {
			t.Errorf("%s: %x, %v, %v, want ErrCannotOpen", what, fresh, changed, err)
		}
	}
}
