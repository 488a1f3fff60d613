package seal

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
	only(t, dir, "keyset.json")
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
		"aws":            {"aws-kms://arn:aws:kms:x", "names a key and not a keyset"},
		"gcp":            {"GCP-KMS://projects/x", "names a key and not a keyset"},
		"vault":          {"hcvault://host/x", "names a key and not a keyset"},
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

// only fails when the folder holds anything but the named files: temporary files are not left over.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

func TestReplaceFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keyset.json")
	k := generate(t)
	if err := k.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	rotated, err := k.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if err := rotated.ReplaceFile("file://" + path); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "keyset.json")
	back, err := Open(path) // which refuses a mode that is too open
	if err != nil {
		t.Fatal(err)
	}
	if back.Primary() != rotated.Primary() || back.Older() != 1 {
		t.Error("the file does not hold the rotated keyset")
	}

	// A link stays one: what it points to is replaced.
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	retired, err := back.Retire()
	if err != nil {
		t.Fatal(err)
	}
	if err := retired.ReplaceFile(link); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
	if back, err = Open(path); err != nil || back.Older() != 0 {
		t.Errorf("through a link: %v", err)
	}
}

func TestReplaceFileRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	k := generate(t)
	desk, err := k.For(RoleDesk)
	if err != nil {
		t.Fatal(err)
	}
	whole, part := filepath.Join(dir, "all.json"), filepath.Join(dir, "desk.json")
	if err := k.WriteFile(whole); err != nil {
		t.Fatal(err)
	}
	if err := desk.WriteFile(part); err != nil {
		t.Fatal(err)
	}
	before := map[string][]byte{}
	for _, path := range []string{whole, part} {
		if before[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		keys *Keyset
		uri  string
		want string
	}{
		"another installation": {generate(t), whole, "another installation"},
		"a part for the whole": {desk, whole, "another installation or role"},
		"the whole for a part": {k, part, "another installation or role"},
		"nothing there":        {k, filepath.Join(dir, "absent"), "no such file"},
		"not a file":           {k, "aws-kms://x", "names a key"},
	} {
		if err := tt.keys.ReplaceFile(tt.uri); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, tt.want)
		}
	}
	for path, b := range before {
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, after) {
			t.Errorf("%s was changed", filepath.Base(path))
		}
	}
	only(t, dir, "all.json", "desk.json")
}

// TestReplaceFileIsWhole reads the file again and again while it is replaced: there is a whole
// keyset in it at every moment.
func TestReplaceFileIsWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	k := generate(t)
	if err := k.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	rotated, err := k.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for i := range 40 {
			if err := []*Keyset{k, rotated}[i%2].ReplaceFile(path); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		if _, err := Open(path); err != nil {
			t.Errorf("in the middle: %v", err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}
