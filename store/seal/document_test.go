package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
	wrapped, share, key, err := k.NewCaseKey("case-1")
	if err != nil {
		t.Fatal(err)
	}
	field, err := key.Seal("story", 1, []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	key2, err := back.OpenCaseKey("case-1", wrapped, share)
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
	identity, err := k.SealIdentity("case-1", []byte("who"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := back.OpenIdentity("case-1", identity); err != nil || string(plain) != "who" {
		t.Errorf("identity after storage = %q, %v", plain, err)
	}
	if k.Fingerprint() != back.Fingerprint() {
		t.Error("fingerprints differ after storage")
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
	version1, err := os.ReadFile("testdata/version1.json")
	if err != nil {
		t.Fatal(err)
	}
	old := func(key string, v any) []byte {
		m := decode(t, version1)
		m[key] = v
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, keySize))
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
		"later version":    {set("version", 3), "format version 3"},
		"version zero":     {set("version", 0), "format version 0"},
		"unknown field":    {set("extra", "hunter2 secret"), "unknown"},
		"not base64":       {set("names", "hunter2 secret"), "wrong form"},
		"short name key":   {set("names", "aHVudGVyMg=="), `"names"`},
		"zero pepper":      {set("receipt_key", zeros), `"receipt_key"`},
		"missing pepper":   {change(func(m map[string]any) { delete(m, "receipt_lookup") }), `"receipt_lookup"`},
		"peppers the same": {change(func(m map[string]any) { m["receipt_key"] = m["receipt_lookup"] }), "two things"},
		"short postman":    {set("postman", "aHVudGVyMg=="), `"postman"`},
		"zero postman":     {set("postman", zeros), `"postman"`},
		"no custodian":     {change(func(m map[string]any) { delete(m, "custodian") }), `"custodian"`},
		"one key pair":     {change(func(m map[string]any) { m["custodian"] = m["postman"] }), "the same keys"},
		"no role":          {change(func(m map[string]any) { delete(m, "role") }), "role is not known"},
		"another's role":   {set("role", "hunter2"), "role is not known"},
		"both key halves":  {set("postman_public", key), `"postman_public" is not for its role`},
		"too much":         {set("role", "postman"), "is not for its role"},
		"old with a role":  {old("role", "all"), "version 1 has no role"},
		"old, custodian":   {old("custodian", key), "version 1 has no role and no custodian"},
		"old, public":      {old("custodian_public", key), `"custodian_public"`},
		"no names":         {set("names", nil), `"names"`},
		"null case keys":   {set("cases", nil), "case keys"},
		"a wrapped one":    {[]byte(`{"kind":"huiyin wrapped keyset"}`), "not a Huiyin keyset"},
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

// TestVersion1 reads a keyset and values that an earlier build wrote: they are good for as long as
// people keep their receipts.
func TestVersion1(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/version1.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/version1.values.json")
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]string
	if err := json.Unmarshal(raw, &values); err != nil {
		t.Fatal(err)
	}
	value := func(name string) []byte {
		out, err := hex.DecodeString(values[name])
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	k, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, k *Keyset) {
		t.Helper()
		if n := k.Name("chat", "1"); !bytes.Equal(n[:], value("name")) {
			t.Error("names differ")
		}
		if plain, err := k.OpenSession([]byte("name"), value("session")); err != nil || string(plain) != "words" {
			t.Errorf("session = %q, %v", plain, err)
		}
		if plain, err := k.OpenAddress(value("address")); err != nil || string(plain) != "12345" {
			t.Errorf("address = %q, %v", plain, err)
		}
		r := k.NewReceipt([]byte("a secret of 16 b"))
		if string(r) != values["receipt"] {
			t.Error("receipts differ")
		}
		if l := k.ReceiptLookup(r); !bytes.Equal(l[:], value("lookup")) {
			t.Error("receipt lookups differ")
		}
		if rk := k.ReceiptKey(r); !bytes.Equal(rk[:], value("receipt_key")) {
			t.Error("receipt keys differ")
		}
	}
	check(t, k)

	// What it cannot do it says, with the way out.
	if _, err := k.SealIdentity("case-1", []byte("who")); !errors.Is(err, ErrNotHeld) || !strings.Contains(err.Error(), "keys upgrade") {
		t.Errorf("SealIdentity = %v, want the command that helps", err)
	}
	if _, err := k.For(RoleIntake); err == nil || !strings.Contains(err.Error(), "keys upgrade") {
		t.Errorf("For = %v, want the command that helps", err)
	}
	if same, err := k.For(RoleAll); err != nil || same != k {
		t.Errorf("For all = %v, %v", same, err)
	}

	// Written again it is of version 1 still.
	again, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, b), decode(t, again)); diff != "" {
		t.Errorf("writing it changed it:\n%s", diff)
	}

	up, changed, err := k.Upgrade()
	if err != nil || !changed {
		t.Fatalf("Upgrade: changed %v, %v", changed, err)
	}
	stored, err := up.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if up, err = Parse(stored); err != nil {
		t.Fatal(err)
	}
	check(t, up)
	if up.Fingerprint() != k.Fingerprint() {
		t.Error("the upgrade has another fingerprint")
	}
	sealed, err := up.SealIdentity("case-1", []byte("who"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := up.OpenIdentity("case-1", sealed); err != nil || string(plain) != "who" {
		t.Errorf("identity = %q, %v", plain, err)
	}
	if same, changed, err := up.Upgrade(); err != nil || changed || same != up {
		t.Errorf("a second Upgrade: %v, changed %v, %v", same, changed, err)
	}
}

func FuzzParse(f *testing.F) {
	k := generate(f)
	for _, role := range []string{RoleAll, RoleIntake, RoleDesk, RolePostman} {
		part, err := k.For(role)
		if err != nil {
			f.Fatal(err)
		}
		b, err := part.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	version1, err := os.ReadFile("testdata/version1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(version1)
	f.Add([]byte(`{"kind":"huiyin keyset","version":2,"role":"postman","cases":null,"names":"AA=="}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := Parse(b)
		if err != nil {
			if k != nil {
				t.Fatal("a keyset and an error")
			}
			if len(b) > 20 && strings.Contains(err.Error(), string(b)) {
				t.Fatal("the error repeats the content")
			}
			return
		}
		// What is taken can be written and read, and is the same installation's.
		again, err := k.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(again)
		if err != nil {
			t.Fatal(err)
		}
		if back.Fingerprint() != k.Fingerprint() || back.Role() != k.Role() || back.Primary() != k.Primary() {
			t.Fatal("a second round changed the keyset")
		}
	})
}
