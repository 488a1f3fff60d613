package blobs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// unfinished ends the names fileblob gives to files that are being written. They lie beside the finished ones, because
// a rename does not cross file systems.
const unfinished = ".tmp"

// leftOver is how old an unfinished file must be to be taken for one that a killed process left. No evidence takes
// that long to write.
const leftOver = 24 * time.Hour

// folder is what fileblob leaves undone for bytes on this machine's disk: that they are there when the power fails,
// that nobody else may read them, and that their times do not tell the hour of a filing. The two times that programs
// cannot set (change and birth of an inode) stay true; only whoever may read the whole disk sees them.
type folder struct {
	path string
	// settled are the folders of shares that are known to be on disk themselves, by path: 256 at most.
	settled sync.Map
}

// openFolder makes the folder, with what is missing above it, and checks that it can be used. Errors are sentences.
func openFolder(dir string) (*folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder for blobs has no full path: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for blobs cannot be made: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder for blobs cannot be read: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		// A volume of an orchestrator may belong to somebody else; its files are 0600 all the same.
		if err := os.Chmod(dir, 0o700); err != nil && !errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("the folder for blobs may be read by other users: %w", err)
		}
	}
	f := &folder{path: dir}
	probe, err := os.CreateTemp(dir, "probe-*"+unfinished)
	if err != nil {
		return nil, fmt.Errorf("the folder for blobs cannot be written to: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("the folder for blobs cannot be written to: %w", err)
	}
	if err := f.sweep(time.Now().Add(-leftOver)); err != nil {
		return nil, fmt.Errorf("the folder for blobs cannot be read: %w", err)
	}
	return f, f.settle("x")
}

// sweep removes unfinished files last written before then.
func (f *folder) sweep(then time.Time) error {
	return filepath.WalkDir(f.path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, unfinished) {
			return gone(err)
		}
		info, err := d.Info()
		if err != nil {
			return gone(err)
		}
		if !info.Mode().IsRegular() || !info.ModTime().Before(then) {
			return nil
		}
		return gone(os.Remove(name))
	})
}

// gone makes an error nil that only says that somebody else was quicker.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// settle puts the folders of key on disk and sets their times to the start of the day.
func (f *folder) settle(key string) error {
	for dir := path.Dir(key); ; dir = path.Dir(dir) {
		if err := f.settleOne(dir); err != nil || dir == "." {
			return err
		}
	}
}

func (f *folder) settleOne(dir string) error {
	name := filepath.Join(f.path, filepath.FromSlash(dir))
	if err := onDisk(name); err != nil {
		return away("write", err)
	}
	day := today()
	// Whoever does not own a mounted volume's root may not set its times: that must not end a filing.
	if err := os.Chtimes(name, day, day); err != nil && dir != "." {
		return away("write", err)
	}
	return nil
}

// keep writes a share that is new, under its own name at once and on disk on return. A process that dies here leaves a name
// with less behind it than it should have; but the case is not there yet either, so nobody asks for it and a sweep finds it.
// What is there already stays: ErrExists.
func (f *folder) keep(key string, share []byte) error {
	name := filepath.Join(f.path, filepath.FromSlash(key))
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	dir := path.Dir(key)
	_, settled := f.settled.Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		settled = false
		if err = os.MkdirAll(filepath.Dir(name), 0o700); err == nil {
			file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	if err != nil {
		return away("write", err)
	}
	day := today()
	_, err = file.Write(share)
	if err == nil {
		err = gone(os.Chtimes(name, day, day)) // somebody may be destroying it already
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(name) // what is left of it is swept
		return away("write", err)
	}
	if settled {
		return f.settleOne(dir)
	}
	if err := f.settle(key); err != nil {
		return err
	}
	f.settled.Store(dir, true)
	return nil
}

// erase overwrites a small file before it is removed, so that its bytes do not stay in a free block where the file
// system writes in place. Copies that a journal, a snapshot or an SSD keeps are out of reach.
func (f *folder) erase(key string) error {
	file, err := os.OpenFile(filepath.Join(f.path, filepath.FromSlash(key)), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return away("erase", err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		_, err = file.Write(make([]byte, min(info.Size(), maxShare)))
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return away("erase", err)
	}
	return nil
}

func onDisk(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// today is the start of the day in UTC.
func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }

// localWrite is a file being written in a folder; without one its methods do nothing.
type localWrite struct {
	file *os.File
}

// take is fileblob's hook: it hands over the file before the first byte is written.
func (l *localWrite) take(as func(any) bool) error {
	var file *os.File
	if !as(&file) {
		return errors.New("no file to write to")
	}
	l.file = file
	return file.Chmod(0o600)
}

// finish is to be called before the file gets its name: bytes and times are on disk first, so that a crash leaves
// no name with half a file behind it.
func (l *localWrite) finish() error {
	if l.file == nil {
		return nil
	}
	day := today()
	if err := os.Chtimes(l.file.Name(), day, day); err != nil {
		return err
	}
	return l.file.Sync()
}
