package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func generate(t testing.TB) *Keyset {
	t.Helper()
	k, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNameSeparates(t *testing.T) {
	t.Parallel()
	k := generate(t)
	// No two of these may share a name, though their characters in a row are the same.
	lists := [][]string{{"a"}, {"ab"}, {"a", "b"}, {"a", "", "b"}, {"a", "b", ""}, {"", "ab"}, {"", "a", "b"}, {"ab", ""}}
	seen := map[[32]byte][]string{}
	for _, l := range lists {
		n := k.Name(l[0], l[1:]...)
		if other, ok := seen[n]; ok {
			t.Errorf("%q and %q share a name", l, other)
		}
		seen[n] = l
	}
	name := k.Name("chat", "1")
	if again := k.Name("chat", "1"); again != name {
		t.Error("the same thing has two names")
	}
	if name == generate(t).Name("chat", "1") {
		t.Error("two keysets give the same name")
	}
}

func TestNameNeverCollides(t *testing.T) {
	t.Parallel()
	k := generate(t)
	list := rapid.SliceOfN(rapid.StringN(0, 3, 6), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		same := cmp.Equal(a, b)
		if got := k.Name(a[0], a[1:]...) == k.Name(b[0], b[1:]...); got != same {
			t.Fatalf("%q and %q: names equal = %v", a, b, got)
		}
	})
}

func TestPrintingShowsNoSecret(t *testing.T) {
	t.Parallel()
	k := generate(t)
	wrapped, share, c := caseKey(t, k, "case-id-1")
	raw, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := k.unwrap("case-id-1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	const words = "words of the file"
	var stored bytes.Buffer
	sealing, err := c.SealStream(&stored, "file-id-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(sealing, words); err != nil {
		t.Fatal(err)
	}
	opening := openedHalf(t, c, words)

	var secrets []string
	for _, b := range [][]byte{
		k.s().names[:], k.s().receiptLookup[:], k.s().receiptKey[:], k.s().postman.Bytes(), k.s().custodian.Bytes(),
		seed, share, c.s().files, []byte(words),
	} {
		// As bytes print in decimal and in hex, and as JSON holds them.
		secrets = append(secrets, string(b), strings.Trim(fmt.Sprint(b[:4]), "[]"), hex.EncodeToString(b[:4]),
			base64.StdEncoding.EncodeToString(b))
	}
	secrets = append(secrets, "case-id-1", "file-id-1")

	type holder struct {
		keys  *Keyset
		copy  Keyset
		ckey  *CaseKey
		ccopy CaseKey
	}
	h := holder{k, *k, c, *c}
	var out bytes.Buffer
	for _, v := range []any{k, *k, c, *c, h, &h, []*Keyset{k}, map[string]*CaseKey{"x": c}, struct{ Keys any }{k},
		sealing, opening, struct{ w, r any }{sealing, opening}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
			slog.New(handler).Info("x", "v", v)
		}
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	for _, s := range secrets {
		if strings.Contains(out.String(), s) {
			t.Errorf("a secret is in the output (%d bytes of it)", len(s))
		}
	}
	if len(raw) == 0 || !strings.Contains(string(raw), secrets[3]) {
		t.Fatal("the search would not have found a secret in the stored form")
	}
	for _, tt := range []struct {
		v    any
		want string
	}{{k, "[keyset]"}, {*k, "[keyset]"}, {c, "[case key]"}, {*c, "[case key]"},
		{sealing, "[sealing stream]"}, {opening, "[opening stream]"}} {
		v, want := tt.v, tt.want
		if got := fmt.Sprintf("%v %+v %#v %s %d", v, v, v, v, v); got != strings.TrimSpace(strings.Repeat(want+" ", 5)) {
			t.Errorf("printed %q, want %q each time", got, want)
		}
		out.Reset()
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		if !strings.Contains(out.String(), `"v":"`+want+`"`) {
			t.Errorf("logged %q, want %q", out.String(), want)
		}
	}
}

// openedHalf gives a reader in the middle of a sealed file that holds words.
func openedHalf(t *testing.T, c *CaseKey, words string) io.Reader {
	t.Helper()
	r, err := c.OpenStream(bytes.NewReader(sealFile(t, c, "file-id-1", []byte(words))), "file-id-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	k := generate(t)
	want := k.Fingerprint()
	if len(want) != 16 || strings.Trim(want, "0123456789abcdef") != "" {
		t.Errorf("fingerprint %q", want)
	}
	if generate(t).Fingerprint() == want {
		t.Error("two installations have one fingerprint")
	}
	rotated, err := k.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if rotated.Fingerprint() != want {
		t.Error("rotation changes the fingerprint")
	}
	for role := range roles {
		part, err := k.For(role)
		if err != nil {
			t.Fatal(err)
		}
		if part.Fingerprint() != want {
			t.Errorf("the part for %s has another fingerprint", role)
		}
	}
}

// TestErrorsHoldNothing asks every operation for a failure and looks for what it was given.
func TestErrorsHoldNothing(t *testing.T) {
	t.Parallel()
	k := generate(t)
	wrapped, share, c := caseKey(t, k, "s3cr3t-case")
	postman, err := k.For(RolePostman)
	if err != nil {
		t.Fatal(err)
	}
	intake, err := k.For(RoleIntake)
	if err != nil {
		t.Fatal(err)
	}
	bad, kek := []byte("s3cr3t-words, long enough to pass for a sealed value of some kind"), "s3cr3t-kms://s3cr3t"
	fail := map[string]func() error{
		"role":             func() error { _, err := k.For("s3cr3t"); return err },
		"other role":       func() error { _, err := postman.For(RoleDesk); return err },
		"session":          func() error { _, err := k.OpenSession([]byte("s3cr3t"), bad); return err },
		"no session keys":  func() error { _, err := postman.SealSession([]byte("s3cr3t"), bad); return err },
		"secret":           func() error { _, err := k.OpenSecret("s3cr3t", "s3cr3t", bad); return err },
		"case key":         func() error { _, err := k.OpenCaseKey("s3cr3t", wrapped, share); return err },
		"shredded":         func() error { _, err := k.OpenCaseKey("s3cr3t-case", wrapped, nil); return err },
		"rewrap":           func() error { _, _, err := k.Rewrap("s3cr3t", bad); return err },
		"field":            func() error { _, err := c.Open("s3cr3t", 1, bad); return err },
		"file":             func() error { _, err := c.OpenStream(bytes.NewReader(bad), "s3cr3t"); return err },
		"address":          func() error { _, err := k.OpenAddress(bad); return err },
		"long address":     func() error { _, err := k.SealAddress(bytes.Repeat(bad, 9)); return err },
		"address, intake":  func() error { _, err := intake.OpenAddress(bad); return err },
		"identity":         func() error { _, err := k.OpenIdentity("s3cr3t", bad); return err },
		"identity, intake": func() error { _, err := intake.OpenIdentity("s3cr3t", bad); return err },
		"wrap":             func() error { _, err := k.marshalWrapped(kek); return err },
		"unwrap": func() error {
			_, err := parseAny([]byte(`{"kind":"huiyin wrapped keyset","version":1,"kek":"` + kek + `","ciphertext":"AAAA"}`))
			return err
		},
	}
	for name, f := range fail {
		if err := f(); err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "s3cr3t") {
			t.Errorf("%s: the error repeats what it was given: %v", name, err)
		}
	}
}
