package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
)

// fakeService registers tink's stand-in for a key service once; its keys are in their URIs.
var fakeService = sync.OnceValue(func() error {
	client, err := fakekms.NewClient("fake-kms://")
	if err == nil {
		registry.RegisterKMSClient(client)
	}
	return err
})

// kek gives the URI of a fresh key of a key service.
func kek(t *testing.T) string {
	t.Helper()
	if err := fakeService(); err != nil {
		t.Fatal(err)
	}
	uri, err := fakekms.NewKeyURI()
	if err != nil {
		t.Fatal(err)
	}
	return uri
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	uri := kek(t)
	whole := generate(t)
	for role := range roles {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			k, err := whole.For(role)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "keyset.json")
			if err := k.WriteWrapped(path, uri); err != nil {
				t.Fatal(err)
			}
			if err := k.WriteWrapped(path, uri); !errors.Is(err, fs.ErrExist) {
				t.Errorf("written over: %v, want fs.ErrExist", err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString(k.s().names[:]))) {
				t.Error("a key stands in the open")
			}
			back, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if back.Fingerprint() != k.Fingerprint() || back.Role() != role || back.KEK() != uri || k.KEK() != "" {
				t.Errorf("opened: role %q", back.Role())
			}

			// What replaces it is wrapped as well.
			rotated, err := back.Rotate()
			if err != nil {
				t.Fatal(err)
			}
			if err := rotated.ReplaceFile(path); err != nil {
				t.Fatal(err)
			}
			again, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if again.Primary() != rotated.Primary() || again.KEK() != uri {
				t.Error("the replaced file is another")
			}
		})
	}
}

func TestWrappedRefuses(t *testing.T) {
	t.Parallel()
	uri, other := kek(t), kek(t)
	k := generate(t)
	good, err := k.marshalWrapped(uri)
	if err != nil {
		t.Fatal(err)
	}
	set := func(key string, v any) []byte {
		m := decode(t, good)
		m[key] = v
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var d wrappedDocument
	if err := json.Unmarshal(good, &d); err != nil {
		t.Fatal(err)
	}
	d.Ciphertext[len(d.Ciphertext)-1] ^= 1
	envelope, err := envelopeOf(uri)
	if err != nil {
		t.Fatal(err)
	}
	words, err := envelope.Encrypt([]byte("hunter2 secret"), []byte(wrappedKind))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := envelope.Encrypt([]byte("hunter2 secret"), []byte("another use of the key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		in   []byte
		want string
	}{
		"later version":     {set("version", 2), "format version 2"},
		"unknown field":     {set("extra", "hunter2"), "unknown"},
		"nothing wrapped":   {set("ciphertext", nil), "nothing is wrapped"},
		"damaged":           {set("ciphertext", d.Ciphertext), "does not open"},
		"short":             {set("ciphertext", []byte("x")), "does not open"},
		"another key":       {set("kek", other), "does not open"},
		"no key":            {set("kek", ""), "named by a URI"},
		"no URI":            {set("kek", "hunter2"), "named by a URI"},
		"an unknown scheme": {set("kek", "hunter2-kms://x"), "key service"},
		"a malformed key":   {set("kek", "fake-kms://hunter2!"), "wrong form"},
		"words inside":      {set("ciphertext", words), "not JSON"},
		"of another use":    {set("ciphertext", elsewhere), "does not open"},
	} {
		k, err := parseAny(tt.in)
		if err == nil || k != nil {
			t.Errorf("%s: %v, %v, want an error", name, k, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q, want it to say %q", name, err, tt.want)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error repeats the content: %q", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "keyset.json")
	for _, bad := range []string{"", "key.pem", "://x", "aws-kms://"} {
		if err := k.WriteWrapped(path, bad); err == nil || !strings.Contains(err.Error(), "named by a URI") {
			t.Errorf("WriteWrapped by %q = %v", bad, err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was left: %v", err)
	}
}
