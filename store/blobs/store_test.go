package blobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gocloud.dev/blob/memblob"
	"pgregory.net/rapid"
)

// stores are what every promise is tried on.
var stores = map[string]func(t *testing.T) *Store{
	"folder": func(t *testing.T) *Store { return openIn(t, t.TempDir()) },
	"memory": func(t *testing.T) *Store { return newStore(memblob.OpenBucket(nil), nil) },
}

func openIn(t *testing.T, address string) *Store {
	t.Helper()
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func onEach(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Parallel()
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func text(words string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, words)
		return err
	}
}

func read(t *testing.T, s *Store, key string) string {
	t.Helper()
	r, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func keys(t *testing.T, s *Store, prefix string) []string {
	t.Helper()
	var all []string
	for key, err := range s.Keys(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, key)
	}
	return all
}

func TestPutGetDelete(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		for _, key := range []string{"a", "files/ab/one", "files/ab/two.bin", "files/ac/three", "keys/x_1"} {
			if err := s.Put(ctx, key, text("of "+key)); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, s, "files/ab/two.bin"); got != "of files/ab/two.bin" {
			t.Errorf("got %q", got)
		}
		if err := s.Put(ctx, "a", text("again")); err != nil || read(t, s, "a") != "again" {
			t.Errorf("put over another: %v", err)
		}
		if err := s.Put(ctx, "empty", func(io.Writer) error { return nil }); err != nil || read(t, s, "empty") != "" {
			t.Errorf("put nothing: %v", err)
		}
		if got := keys(t, s, "files/ab/"); !slices.Equal(got, []string{"files/ab/one", "files/ab/two.bin"}) {
			t.Errorf("keys %q", got)
		}
		if got := keys(t, s, "files/a"); len(got) != 3 || len(keys(t, s, "")) != 6 || len(keys(t, s, "none/")) != 0 {
			t.Errorf("keys %q of %q", got, keys(t, s, ""))
		}
		if ok, err := s.Exists(ctx, "a"); err != nil || !ok {
			t.Errorf("a does not exist (%v)", err)
		}
		for range 2 {
			if err := s.Delete(ctx, "a"); err != nil {
				t.Errorf("delete: %v", err)
			}
		}
		if ok, err := s.Exists(ctx, "a"); err != nil || ok {
			t.Errorf("a is still there (%v)", err)
		}
		if _, err := s.Get(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("get: %v", err)
		}
	})
}

func TestPutStreams(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		piece := bytes.Repeat([]byte("0123456789abcdef"), 4096)
		err := s.Put(t.Context(), "big", func(w io.Writer) error {
			for range 100 {
				if _, err := w.Write(piece); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(t.Context(), "big")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for range 100 {
			got := make([]byte, len(piece))
			if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, piece) {
				t.Fatalf("a piece differs (%v)", err)
			}
		}
	})
}

var errCallback = errors.New("the writer gave up")

func TestFailedPutLeavesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		if err := s.Put(t.Context(), "old", text("stays")); err != nil {
			t.Fatal(err)
		}
		half := func(end func() error) func(io.Writer) error {
			return func(w io.Writer) error {
				if _, err := w.Write(make([]byte, 100_000)); err != nil {
					return err
				}
				return end()
			}
		}
		for _, key := range []string{"old", "files/new"} {
			if err := s.Put(t.Context(), key, half(func() error { return errCallback })); !errors.Is(err, errCallback) {
				t.Errorf("%s: the writer's error is lost: %v", key, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			if err := s.Put(ctx, key, half(func() error { cancel(); return nil })); !errors.Is(err, ErrAway) || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: cancelled: %v", key, err)
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic is swallowed")
					}
				}()
				_ = s.Put(t.Context(), key, half(func() error { panic("on purpose") }))
			}()
		}
		if got := keys(t, s, ""); !slices.Equal(got, []string{"old"}) || read(t, s, "old") != "stays" {
			t.Errorf("left: %q", got)
		}
		if s.folder != nil {
			for _, name := range files(t, s.folder.path) {
				if strings.HasSuffix(name, unfinished) {
					t.Errorf("left on disk: %s", name)
				}
			}
		}
	})
}

func TestKeysAreChecked(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		for _, key := range []string{
			"", ".", "..", "../x", "a/../x", "a/..", "/etc/passwd", "a//b", "a/", "a/./b", ".hidden", "a/.b", "A", "a b", "a\\b",
			"a\x00b", "ключ", "a..b", "x.tmp", "x.attrs", strings.Repeat("a", maxKey+1), "a\n", "a%2fb", "c:x",
		} {
			_, get := s.Get(t.Context(), key)
			_, exists := s.Exists(t.Context(), key)
			for did, err := range map[string]error{
				"put": s.Put(t.Context(), key, text("x")), "get": get, "exists": exists, "delete": s.Delete(t.Context(), key),
			} {
				if !errors.Is(err, ErrKey) {
					t.Errorf("%s %q: %v", did, key, err)
				}
			}
		}
		for _, prefix := range []string{"..", "../", "a/../", "/", "A"} {
			for _, err := range s.Keys(t.Context(), prefix) {
				if !errors.Is(err, ErrKey) {
					t.Errorf("keys %q: %v", prefix, err)
				}
			}
		}
		for _, id := range []string{"", "ab", "../../x", "ab/cd", "AB-c", "ab.c", strings.Repeat("a", 65)} {
			_, get := s.Share(t.Context(), id)
			for did, err := range map[string]error{
				"put": s.PutShare(t.Context(), id, []byte{1}), "get": get, "delete": s.DeleteShare(t.Context(), id),
			} {
				if !errors.Is(err, ErrKey) {
					t.Errorf("%s share of %q: %v", did, id, err)
				}
			}
		}
	})
}

// A store does what a map does.
func TestStoreIsAMap(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		rapid.Check(t, func(r *rapid.T) {
			for key, err := range s.Keys(t.Context(), "") {
				if err := errors.Join(err, s.Delete(t.Context(), key)); err != nil {
					r.Fatal(err)
				}
			}
			model := map[string]string{}
			name := rapid.SampledFrom([]string{"a", "b/a", "b/b", "b-c", "b.c/a", "c/d/e"})
			r.Repeat(map[string]func(*rapid.T){
				"put": func(r *rapid.T) {
					key, words := name.Draw(r, "key"), rapid.StringN(0, 20, 600).Draw(r, "words")
					if err := s.Put(t.Context(), key, text(words)); err != nil {
						r.Fatal(err)
					}
					model[key] = words
				},
				"delete": func(r *rapid.T) {
					key := name.Draw(r, "key")
					if err := s.Delete(t.Context(), key); err != nil {
						r.Fatal(err)
					}
					delete(model, key)
				},
				"": func(r *rapid.T) {
					found := 0
					for key, err := range s.Keys(t.Context(), "") {
						if err != nil {
							r.Fatal(err)
						}
						if want, ok := model[key]; !ok || read(t, s, key) != want {
							r.Fatalf("%s differs", key)
						}
						found++
					}
					if found != len(model) {
						r.Fatalf("%d keys, want %d", found, len(model))
					}
				},
			})
		})
	})
}

const caseID = "0198c0de-aaaa-7bbb-8ccc-0123456789ab"

func TestShares(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		share := bytes.Repeat([]byte{7}, 32)
		if _, err := s.Share(ctx, caseID); !errors.Is(err, ErrNotFound) {
			t.Errorf("no share yet: %v", err)
		}
		for range 2 {
			if err := s.PutShare(ctx, caseID, share); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.PutShare(ctx, caseID, bytes.Repeat([]byte{8}, 32)); !errors.Is(err, ErrExists) {
			t.Errorf("another share was taken: %v", err)
		}
		if got := keys(t, s, "keys/"); !slices.Equal(got, []string{"keys/01/" + caseID}) {
			t.Errorf("keys %q", got)
		}
		for range 2 { // from the store, then from memory
			got, err := s.Share(ctx, caseID)
			if err != nil || !bytes.Equal(got, share) {
				t.Fatalf("share %x (%v)", got, err)
			}
			got[0]++ // it is the caller's
		}
		for range 2 {
			if err := s.DeleteShare(ctx, caseID); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Share(ctx, caseID); !errors.Is(err, ErrNotFound) {
				t.Errorf("destroyed, and yet %v", err)
			}
		}
		for _, bad := range [][]byte{nil, make([]byte, 32), make([]byte, maxShare+1)} {
			if err := s.PutShare(ctx, caseID, bad); err == nil {
				t.Errorf("a share of %d bytes was taken", len(bad))
			}
		}
	})
}

func TestShareDestroyedElsewhereIsGoneWithinAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bucket := memblob.OpenBucket(nil)
		here, there := newStore(bucket, nil), newStore(bucket, nil)
		if err := here.PutShare(t.Context(), caseID, []byte("share")); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Share(t.Context(), caseID); err != nil {
			t.Fatal(err)
		}
		if err := there.DeleteShare(t.Context(), caseID); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Share(t.Context(), caseID); err != nil {
			t.Errorf("nothing is kept in memory: %v", err)
		}
		time.Sleep(shareLife) // the bubble's clock, not ours
		if _, err := here.Share(t.Context(), caseID); !errors.Is(err, ErrNotFound) {
			t.Errorf("after a minute: %v", err)
		}
	})
}

func TestShareCache(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newShareCache()
	for i := range maxShares + 1 {
		c.put(fmt.Sprint(i), []byte{1}, now, 0)
		if share, _ := c.get("0", now); i < maxShares && share == nil {
			t.Fatal("the share in use was dropped")
		}
	}
	if share, _ := c.get("1", now); share != nil || c.used.Len() != maxShares || len(c.byCase) != maxShares {
		t.Errorf("%d shares are kept, the oldest among them", c.used.Len())
	}
	c.delete("5")
	c.put("5", []byte{1}, now, 0) // read before the deletion, kept after it
	if share, _ := c.get("5", now); share != nil {
		t.Error("a destroyed share came back")
	}
	c.clear()
	if share, _ := c.get("9", now); share != nil || len(c.byCase) != 0 {
		t.Error("shares stay after clear")
	}
}

func TestManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				id := fmt.Sprintf("case-%d", i%4)
				for range 5 {
					if err := s.PutShare(t.Context(), id, []byte(id)); err != nil && !errors.Is(err, ErrExists) {
						t.Error(err)
					}
					if share, err := s.Share(t.Context(), id); (err == nil && string(share) != id) || (err != nil && !errors.Is(err, ErrNotFound)) {
						t.Errorf("share %q (%v)", share, err)
					}
					if err := s.DeleteShare(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	})
}

func TestErrorsHoldNoKeys(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, get := s.Get(ctx, "secret/name")
		for _, err := range []error{
			s.Put(ctx, "secret/name", text("x")), get, s.Put(t.Context(), "secret/../name", text("x")), s.DeleteShare(t.Context(), "Secret"),
		} {
			if err == nil || strings.Contains(strings.ToLower(err.Error()), "secret") {
				t.Errorf("error %v", err)
			}
		}
	})
}
