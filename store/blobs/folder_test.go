package blobs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFolderIsForOneUserAndOneDay(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := openIn(t, "file://"+filepath.ToSlash(dir))
	if err := s.Put(t.Context(), "files/ab/one", text("x")); err != nil {
		t.Fatal(err)
	}
	if err := s.PutShare(t.Context(), caseID, []byte("share")); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		seen++
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
		if when := info.ModTime().UTC(); !when.Equal(when.Truncate(24 * time.Hour)) {
			t.Errorf("%s tells its hour: %v", name, when)
		}
		return nil
	})
	if err != nil || seen != 7 {
		t.Errorf("%d files and folders (%v)", seen, err)
	}
}

func TestOpenTightensAndSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(dir, "a.17.tmp"), filepath.Join(dir, "b.18.tmp")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * leftOver)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	s := openIn(t, dir)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	if got := files(t, dir); len(got) != 1 || got[0] != fresh {
		t.Errorf("left: %v", got)
	}
	if got := keys(t, s, ""); len(got) != 0 {
		t.Errorf("an unfinished file is listed: %v", got)
	}
}

func TestDestroyedShareIsOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir)
	if err := s.PutShare(t.Context(), caseID, []byte("a secret share")); err != nil {
		t.Fatal(err)
	}
	// A second name for the same bytes shows what deletion does to them.
	witness := filepath.Join(dir, "witness")
	if err := os.Link(files(t, dir)[0], witness); err != nil {
		t.Skip("this file system has no links")
	}
	if err := s.DeleteShare(t.Context(), caseID); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(witness)
	if err != nil || strings.Trim(string(left), "\x00") != "" {
		t.Errorf("left on disk: %q (%v)", left, err)
	}
	// Killed between overwriting and removing: the share counts as destroyed.
	if err := os.Rename(witness, filepath.Join(dir, "keys", "01", caseID)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Share(t.Context(), caseID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a share of zeros: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"", file, filepath.Join(file, "below"), "file://elsewhere/path", "file:///x?metadata=skip", "file://",
		"ftp://user:hunter2@host/x", "mem://?hunter2=1",
	} {
		if s, err := Open(t.Context(), address); err == nil {
			t.Errorf("%q opened: %v", address, s)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
	if s, err := Open(t.Context(), "mem://"); err != nil {
		t.Error(err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStoreAway(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	s := openIn(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // no folder can be made in its place
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "files/a", text("x")); !errors.Is(err, ErrAway) || strings.Contains(err.Error(), dir) {
		t.Errorf("put: %v", err)
	}
}
