package cases

import (
	"crypto/rand"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestNewReference(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^HY-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[Reference]bool{}
	for range 1000 {
		ref, err := NewReference(rand.Reader)
		if err != nil || !form.MatchString(string(ref)) || seen[ref] {
			t.Fatalf("got %q, %v", ref, err)
		}
		seen[ref] = true
		if got, ok := ParseReference(string(ref)); !ok || got != ref {
			t.Fatalf("%q reads as %q, %v", ref, got, ok)
		}
	}
	if ref, err := NewReference(zeros()); ref != "HY-0000-0000" || err != nil {
		t.Errorf("got %q, %v", ref, err)
	}
	if _, err := NewReference(iotest.ErrReader(io.ErrUnexpectedEOF)); err == nil {
		t.Error("no randomness, and yet a reference")
	}
}

func TestParseReference(t *testing.T) {
	t.Parallel()
	one, err := NewReference(strings.NewReader("\x00\x00\x00\x00\x01"))
	if err != nil || one[:7] != "HY-1000" {
		t.Fatal(one, err)
	}
	body := strings.ReplaceAll(string(one[3:]), "-", "")
	typed := []string{
		string(one), strings.ToLower(string(one)), body, " " + body[:4] + " " + body[4:] + "\n", "hy" + body,
		"HY—" + body[:4] + "－" + body[4:], "ＨＹ－" + body, "hy " + "l" + "oO0" + body[4:], "I" + body[1:], "HY_" + body,
		"\u200b" + body, "−" + body,
	}
	for _, s := range typed {
		if got, ok := ParseReference(s); !ok || got != one {
			t.Errorf("%q reads as %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{
		"", "HY", body[:7], body + "0", "HX" + body, "HYHY" + body, "U" + body[1:], "回" + body[1:], "#" + body,
		strings.Repeat(" ", maxTypedReference) + body,
	} {
		if got, ok := ParseReference(s); ok {
			t.Errorf("%q reads as %q", s, got)
		}
	}
}

func TestReferenceCatchesSlips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "random")
		ref, err := NewReference(strings.NewReader(string(random)))
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(strings.ReplaceAll(string(ref[3:]), "-", ""))
		for i := range body {
			for _, ch := range []byte(crockford) {
				slip := append([]byte(nil), body...)
				slip[i] = ch
				if _, ok := ParseReference(string(slip)); ok != (ch == body[i]) {
					t.Fatalf("%s for %s", slip, body)
				}
			}
			if i > 0 && body[i-1] != body[i] {
				slip := append([]byte(nil), body...)
				slip[i-1], slip[i] = slip[i], slip[i-1]
				if _, ok := ParseReference(string(slip)); ok {
					t.Fatalf("%s for %s", slip, body)
				}
			}
		}
	})
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"HY-0000-0000", "ｈｙ－００００－００００", "hy oOoO lIlI", "", "\xff\xfe", "HY-7K3M-9Q2X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, ok := ParseReference(s)
		if !ok {
			if ref != "" {
				t.Errorf("%q is refused and reads as %q", s, ref)
			}
			return
		}
		if again, ok := ParseReference(string(ref)); !ok || again != ref {
			t.Errorf("%q reads as %q, and that as %q, %v", s, ref, again, ok)
		}
	})
}
