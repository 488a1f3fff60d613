package parcel

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

var made = time.Date(2026, 11, 24, 22, 41, 0, 0, time.UTC)

func file(name, body string) File {
	return File{name, func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }}
}

// keys gives a pair of each kind of key.
func keys(t *testing.T) map[string]struct {
	public string
	secret age.Identity
} {
	t.Helper()
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]struct {
		public string
		secret age.Identity
	}{"x25519": {x.Recipient().String(), x}, "hybrid": {pq.Recipient().String(), pq}}
}

func TestParcel(t *testing.T) {
	t.Parallel()
	for name, k := range keys(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, err := ParseKey(" " + k.public + "\n")
			if err != nil || to.String() != k.public {
				t.Fatalf("%v", err)
			}
			large := strings.Repeat("evidence ", 100_000)
			body := Open(t.Context(), to, made, []File{file("HY-1.pdf", "%PDF"), file("HY-1.txt", "words"), file("HY-1-1.jpg", large)})
			raw, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte("%PDF")) || bytes.Contains(raw, []byte("HY-1")) || bytes.Contains(raw, []byte("PK")) && bytes.HasPrefix(raw, []byte("PK")) {
				t.Error("the parcel tells what is in it")
			}
			plain, err := age.Decrypt(bytes.NewReader(raw), k.secret)
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(plain)
			if err != nil {
				t.Fatal(err)
			}
			z, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"HY-1.pdf": "%PDF", "HY-1.txt": "words", "HY-1-1.jpg": large}
			if len(z.File) != len(want) {
				t.Fatalf("%d files", len(z.File))
			}
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err != nil || string(got) != want[f.Name] || !f.Modified.Equal(made) {
					t.Errorf("%s: %v, %d bytes, of %s", f.Name, err, len(got), f.Modified)
				}
			}
			other, err := age.GenerateX25519Identity()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := age.Decrypt(bytes.NewReader(raw), other); err == nil {
				t.Error("another key opens it")
			}
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	public := x.Recipient().String()
	for s, want := range map[string]error{
		"": ErrNoKey, "age1": ErrNoKey, public + "x": ErrNoKey, public[:len(public)-1]: ErrNoKey, public + " " + public: ErrNoKey,
		"ssh-ed25519 AAAA": ErrNoKey, "age1pq1xyz": ErrNoKey, strings.Repeat("a", 5000): ErrNoKey,
		x.String(): ErrSecretKey, "my key: " + strings.ToLower(x.String()): ErrSecretKey, public: nil,
	} {
		if _, err := ParseKey(s); !errors.Is(err, want) {
			t.Errorf("%.20s…: %v", s, err)
		}
	}
	if err := Write(t.Context(), io.Discard, Key{}, made, nil); !errors.Is(err, ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestParcelThatFailsOpensForNobody(t *testing.T) {
	t.Parallel()
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := ParseKey(x.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	raw, err := io.ReadAll(Open(t.Context(), to, made, []File{
		file("a.pdf", "first"), {"b.jpg", func(context.Context) (io.ReadCloser, error) { return nil, gone }},
	}))
	if !errors.Is(err, gone) {
		t.Fatalf("%v", err)
	}
	plain, err := age.Decrypt(bytes.NewReader(raw), x)
	if err == nil {
		if _, err = io.ReadAll(plain); err == nil {
			t.Error("half a parcel passes for a whole one")
		}
	}
	for _, names := range [][]string{{"../a"}, {"a/b"}, {""}, {"a", "a"}, {"/"}, {"."}} {
		var files []File
		for _, n := range names {
			files = append(files, file(n, "x"))
		}
		if err := Write(t.Context(), io.Discard, to, made, files); err == nil {
			t.Errorf("%q: is taken", names)
		}
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if err := Write(ended, io.Discard, to, made, []File{file("a", "x")}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	early := Open(t.Context(), to, made, []File{file("a", strings.Repeat("x", 1<<20))})
	if err := early.Close(); err != nil {
		t.Error(err)
	}
}
