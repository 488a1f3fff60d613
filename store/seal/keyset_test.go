package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
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

func TestKeysetSurvivesStorage(t *testing.T) {
	t.Parallel()
	k := generate(t)
	b, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	// tink writes its JSON with spaces that vary from build to build, so compare what it means.
	if diff := cmp.Diff(decode(t, b), decode(t, again)); diff != "" {
		t.Errorf("a second round changed the keyset:\n%s", diff)
	}

	sealed, err := k.SealSession([]byte("name"), []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := back.OpenSession([]byte("name"), sealed); err != nil || string(plain) != "words" {
		t.Errorf("session after storage = %q, %v", plain, err)
	}
	wrapped, key, err := k.NewCaseKey("case-1")
	if err != nil {
		t.Fatal(err)
	}
	field, err := key.Seal("story", 1, []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	key2, err := back.OpenCaseKey("case-1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := key2.Open("story", 1, field); err != nil || string(plain) != "words" {
		t.Errorf("case field after storage = %q, %v", plain, err)
	}
	address, err := k.SealAddress([]byte("12345"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := back.OpenAddress(address); err != nil || string(plain) != "12345" {
		t.Errorf("address after storage = %q, %v", plain, err)
	}
	if k.Name("chat", "1") != back.Name("chat", "1") {
		t.Error("names differ after storage")
	}
	secret := []byte("a secret of 16 b")
	r := k.NewReceipt(secret)
	if r != back.NewReceipt(secret) || k.ReceiptLookup(r) != back.ReceiptLookup(r) || k.ReceiptKey(r) != back.ReceiptKey(r) {
		t.Error("receipts differ after storage")
	}
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	b, err := generate(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(m map[string]any)) []byte {
		m := decode(t, b)
		f(m)
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	set := func(key string, v any) []byte { return change(func(m map[string]any) { m[key] = v }) }
	zeros := base64.StdEncoding.EncodeToString(make([]byte, keySize))
	tests := map[string]struct {
		in   []byte
		want string
	}{
		"empty":            {nil, "not JSON"},
		"words":            {[]byte("hunter2 secret"), "not JSON"},
		"cut in the half":  {b[:len(b)/2], "not JSON"},
		"two documents":    {append(bytes.Clone(b), b...), "not JSON"},
		"other JSON":       {[]byte(`{"a":1}`), "not a Huiyin keyset"},
		"later version":    {set("version", 2), "format version 2"},
		"unknown field":    {set("extra", "hunter2 secret"), "unknown"},
		"not base64":       {set("names", "hunter2 secret"), "wrong form"},
		"short name key":   {set("names", "aHVudGVyMg=="), `"names"`},
		"zero pepper":      {set("receipt_key", zeros), `"receipt_key"`},
		"missing pepper":   {change(func(m map[string]any) { delete(m, "receipt_lookup") }), `"receipt_lookup"`},
		"peppers the same": {change(func(m map[string]any) { m["receipt_key"] = m["receipt_lookup"] }), "two things"},
		"short postman":    {set("postman", "aHVudGVyMg=="), `"postman"`},
		"no session keys":  {change(func(m map[string]any) { delete(m, "sessions") }), "session keys"},
		"empty tink keys":  {set("sessions", map[string]any{}), "session keys"},
		"damaged case keys": {change(func(m map[string]any) {
			m["cases"].(map[string]any)["primaryKeyId"] = 1
		}), "case keys"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := Parse(tt.in)
			if err == nil || k != nil {
				t.Fatalf("Parse = %v, %v, want an error", k, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %q, want it to say %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error repeats the content: %q", err)
			}
		})
	}
}

func TestWriteFileAndOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keyset.json")
	k := generate(t)
	if err := k.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode = %04o, want 0600", got)
	}
	for _, uri := range []string{path, "file://" + path, "file://localhost" + path} {
		back, err := Open(uri)
		if err != nil {
			t.Errorf("Open(%q): %v", uri, err)
			continue
		}
		if back.Name("x") != k.Name("x") {
			t.Errorf("Open(%q) gave another keyset", uri)
		}
	}

	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := generate(t).WriteFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second WriteFile = %v, want fs.ErrExist", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the second WriteFile changed the file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("%d files left in the folder, want the keyset only", len(entries))
	}
	if err := k.WriteFile(filepath.Join(dir, "absent", "keyset.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("WriteFile into no folder = %v, want fs.ErrNotExist", err)
	}
	// What serves file systems without hard links keeps the same promise.
	if err := writeExclusive(path, []byte("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writeExclusive over a file = %v, want fs.ErrExist", err)
	}
	plain := filepath.Join(dir, "plain.json")
	if err := writeExclusive(plain, before); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(plain); err != nil {
		t.Errorf("Open after writeExclusive: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, mode fs.FileMode, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, err := generate(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ uri, want string }{
		"nothing named":  {"", "HUIYIN_KEYSET"},
		"no file":        {filepath.Join(dir, "absent"), "huiyin keys new"},
		"a folder":       {dir, "not a file"},
		"group readable": {write("group", 0o640, good), "chmod 600"},
		"world readable": {write("world", 0o604, good), "chmod 600"},
		"damaged":        {write("damaged", 0o600, good[:100]), "damaged"},
		"huge":           {write("huge", 0o600, make([]byte, maxFile+1)), "longer"},
		"aws":            {"aws-kms://arn:aws:kms:x", "not supported by this build"},
		"gcp":            {"GCP-KMS://projects/x", "not supported by this build"},
		"vault":          {"hcvault://host/x", "not supported by this build"},
		"other scheme":   {"s3cr3t://x", "not known"},
		"remote file":    {"file://server/keyset.json", "file:///"},
		"file of no one": {"file://", "file:///"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := Open(tt.uri)
			if err == nil || k != nil {
				t.Fatalf("Open = %v, %v, want an error", k, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %q, want it to say %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("error repeats an unknown value: %q", err)
			}
		})
	}
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
	_, c, err := k.NewCaseKey("case-id-1")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var secrets []string
	for _, b := range [][]byte{k.s().names[:], k.s().receiptLookup[:], k.s().receiptKey[:], k.s().postman.Bytes()} {
		// As bytes print in decimal and in hex, and as JSON holds them.
		secrets = append(secrets, string(b), strings.Trim(fmt.Sprint(b[:4]), "[]"), hex.EncodeToString(b[:4]),
			base64.StdEncoding.EncodeToString(b))
	}
	secrets = append(secrets, "case-id-1")

	type holder struct {
		keys  *Keyset
		copy  Keyset
		ckey  *CaseKey
		ccopy CaseKey
	}
	h := holder{k, *k, c, *c}
	var out bytes.Buffer
	for _, v := range []any{k, *k, c, *c, h, &h, []*Keyset{k}, map[string]*CaseKey{"x": c}, struct{ Keys any }{k}} {
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
	}{{k, "[keyset]"}, {*k, "[keyset]"}, {c, "[case key]"}, {*c, "[case key]"}} {
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
