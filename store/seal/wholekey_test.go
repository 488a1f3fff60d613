package seal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
)

// TestWholeCaseKey reads a case's key that an earlier build wrapped, before and after a rotation.
func TestWholeCaseKey(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/version1.json")
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile("testdata/version1.values.json"); err != nil {
		t.Fatal(err)
	}
	var values struct {
		Case  string `json:"case_id"`
		Key   string `json:"case_key"`
		Field string `json:"case_field"`
	}
	if err := json.Unmarshal(b, &values); err != nil {
		t.Fatal(err)
	}
	wrapped, err := hex.DecodeString(values.Key)
	if err != nil {
		t.Fatal(err)
	}
	field, err := hex.DecodeString(values.Field)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	opens := func(what string, k *Keyset, wrapped []byte) {
		t.Helper()
		key, err := k.OpenWholeCaseKey(values.Case, wrapped)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if plain, err := key.Open("event", 1, field); err != nil || string(plain) != `{"text":"words"}` {
			t.Errorf("%s: %q, %v", what, plain, err)
		}
		if file.Len() == 0 {
			w, err := key.SealStream(&file, "f")
			if err == nil {
				_, err = io.WriteString(w, "bytes")
			}
			if err = errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
		}
		r, err := key.OpenStream(bytes.NewReader(file.Bytes()), "f")
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || string(plain) != "bytes" {
			t.Errorf("%s: a file: %q, %v", what, plain, err)
		}
	}
	opens("as it was written", k, wrapped)
	if _, err := k.OpenWholeCaseKey("case-2", wrapped); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("as another case's: %v", err)
	}
	// The two kinds do not pass for one another.
	if _, err := k.OpenCaseKey(values.Case, wrapped, make([]byte, keySize)); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("as a half: %v", err)
	}
	if half, _, _, err := k.NewCaseKey(values.Case); err != nil {
		t.Error(err)
	} else if _, err := k.OpenWholeCaseKey(values.Case, half); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("a half as a whole: %v", err)
	}
	rotated, err := k.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	fresh, changed, err := rotated.RewrapWhole(values.Case, wrapped)
	if err != nil || !changed {
		t.Fatalf("RewrapWhole: changed %v, %v", changed, err)
	}
	if _, changed, err := rotated.RewrapWhole(values.Case, fresh); err != nil || changed {
		t.Errorf("RewrapWhole again: changed %v, %v", changed, err)
	}
	retired, err := rotated.Retire()
	if err != nil {
		t.Fatal(err)
	}
	opens("rewrapped, by the retired keyset", retired, fresh)
	if _, err := retired.OpenWholeCaseKey(values.Case, wrapped); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("the old bytes, by the retired keyset: %v", err)
	}
}
