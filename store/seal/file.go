package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxFile bounds what is read: a keyset, even one with many rotated keys, is a few kilobytes.
const maxFile = 1 << 20

// Open reads the keyset at uri: a path or file:///path. On unix it refuses a file that the group
// or others may read. A file that WriteWrapped made is opened by its key service, which can take
// as long as that service does.
func Open(uri string) (*Keyset, error) {
	path, err := pathOf(uri)
	if err != nil {
		return nil, err
	}
	b, err := read(path)
	if err != nil {
		return nil, err
	}
	k, err := parseAny(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// parseAny reads a keyset in clear or wrapped.
func parseAny(b []byte) (*Keyset, error) {
	if kind, _, err := headOf(b); err == nil && kind == wrappedKind {
		return unwrapDocument(b)
	}
	return Parse(b)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no keyset at %s: make one with \"huiyin keys new\": %w", path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("open keyset: %w", err)
	}
	defer f.Close()
	// The open file is asked, not the path, so that nothing can be swapped in between.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open keyset: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("keyset %s is not a file", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 && !lent(info) {
		return nil, fmt.Errorf("keyset %s may be read by other users (mode %04o): run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read keyset: %w", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("keyset %s is longer than any keyset", path)
	}
	return b, nil
}

// Path gives the path of the file that uri names, as Open reads it.
func Path(uri string) (string, error) { return pathOf(uri) }

func pathOf(uri string) (string, error) {
	if uri == "" {
		return "", errors.New("no keyset is named: set HUIYIN_KEYSET to the file that \"huiyin keys new\" made")
	}
	scheme, _, found := strings.Cut(uri, "://")
	if !found {
		return uri, nil
	}
	switch strings.ToLower(scheme) {
	case "file":
		u, err := url.Parse(uri)
		if err != nil || (u.Host != "" && u.Host != "localhost") || u.Path == "" {
			return "", errors.New("keyset: a file URI has the form file:///path/to/keyset.json")
		}
		return filepath.FromSlash(u.Path), nil
	case "aws-kms", "gcp-kms", "hcvault":
		return "", fmt.Errorf("keyset: %s:// names a key and not a keyset: make a file with \"huiyin keys wrap\" and name that", strings.ToLower(scheme))
	default:
		// The scheme is not repeated: a secret pasted into the wrong variable may look like one.
		return "", errors.New("keyset: this kind of URI is not known: use a path or file:///path")
	}
}

// WriteFile stores k in clear at path with mode 0600. It never overwrites: when something is there,
// the error matches fs.ErrExist. The file appears whole or not at all, and is on disk on return.
func (k *Keyset) WriteFile(path string) error {
	b, err := k.Marshal()
	if err != nil {
		return err
	}
	return create(path, b)
}

func create(path string, b []byte) error {
	tmp, err := temporary(filepath.Dir(path), b)
	if err != nil {
		return fmt.Errorf("write keyset: %w", err)
	}
	defer os.Remove(tmp)
	// A hard link, unlike a rename, fails when the name is taken.
	if err := os.Link(tmp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("write keyset: %s is there already and is not overwritten: %w", path, fs.ErrExist)
		}
		// Some file systems have no hard links. Exclusive creation keeps the promise not to
		// overwrite; a crash in the middle leaves a file that Parse refuses.
		if err := writeExclusive(path, b); err != nil {
			return fmt.Errorf("write keyset: %w", err)
		}
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// ReplaceFile puts k, which comes of the keyset at uri by Rotate, Retire or Upgrade, in its place:
// whole or not at all, on disk on return, with mode 0600 and the same owner, wrapped again when it
// was wrapped. It refuses to replace the keyset of another installation or role. Two at once are not
// kept apart: the later one wins.
func (k *Keyset) ReplaceFile(uri string) error {
	path, err := pathOf(uri)
	if err != nil {
		return err
	}
	// A link is followed, so that what it points to is replaced and not the link.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return fmt.Errorf("replace keyset: %w", err)
	}
	before, err := Open(path)
	if err != nil {
		return err
	}
	if before.Fingerprint() != k.Fingerprint() || before.Role() != k.Role() {
		return fmt.Errorf("replace keyset: %s holds the keyset of another installation or role and is left as it is", path)
	}
	var b []byte
	if kek := before.s().kek; kek == "" {
		b, err = k.Marshal()
	} else {
		b, err = k.marshalWrapped(kek)
	}
	if err != nil {
		return err
	}
	tmp, err := temporary(filepath.Dir(path), b)
	if err != nil {
		return fmt.Errorf("replace keyset: %w", err)
	}
	defer os.Remove(tmp)
	if err := keepOwner(tmp, path); err != nil {
		return fmt.Errorf("replace keyset: the file would change hands: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("replace keyset: %w", err)
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// temporary writes b into a fresh file of dir with mode 0600 and gives its path.
func temporary(dir string, b []byte) (string, error) {
	tmp, err := os.CreateTemp(dir, ".keyset-*") // made with mode 0600
	if err != nil {
		return "", err
	}
	if err := writeSync(tmp, b); err != nil {
		_ = os.Remove(tmp.Name())
		return "", err
	}
	return tmp.Name(), nil
}

// syncFolder makes a change of names in dir last.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every file system can sync a folder
		_ = d.Close()
	}
}

func writeExclusive(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := writeSync(f, b); err != nil {
		_ = os.Remove(path)
		return err
	}
	return nil
}

// writeSync writes b, syncs and closes f, whatever happens.
func writeSync(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
