package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Why a copy is not a cleaned one. The values are the last parts of the keys of texts.
const (
	KeptKind = "kept_kind" // there is nothing to clean in files of this type: the copy is the file
	Cannot   = "cannot"    // it could not be cleaned: there is no copy
)

// Result says what a copy is.
type Result struct {
	Cleaned bool
	Why     string // "" when cleaned, else KeptKind or Cannot
	Type    Type   // of the copy: a WebP becomes a JPEG or a PNG. Unknown when there is none.
	Size    int64  // bytes of the copy
}

// ErrTooBig: a file is longer than was allowed.
var ErrTooBig = errors.New("evidence: file too big")

// MaxFile is the largest file that is cleaned: what Telegram hands to bots.
const MaxFile = 20 << 20

// errCannot ends the cleaning of a file that cannot be cleaned; it never leaves the package.
var errCannot = errors.New("evidence: cannot be cleaned")

// failed names what went wrong and drops the rest: what libraries say of a file may quote it, and names of temporary
// files tell nobody anything. What the operating system says is kept.
func failed(did string, err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		err = path.Err
	}
	return fmt.Errorf("evidence: %s: %w", did, err)
}

// atOnce bounds how many files are worked on at the same time: a decoded picture takes some 200 MB.
const atOnce = 2

// Cleaner makes clean copies. It may be used by any number of goroutines.
type Cleaner struct {
	dir   string
	slots chan struct{}
}

// New gives a cleaner whose temporary files lie in dir, "" for the system's folder. They hold evidence in clear for as
// long as it is worked on, readable by this user alone and, but on Windows, without a name. Where the root file system is
// read-only dir must be a mounted one; one in memory (tmpfs) keeps evidence off the disk.
func New(dir string) *Cleaner {
	return &Cleaner{dir: dir, slots: make(chan struct{}, atOnce)}
}

// Spool puts all of r into a temporary file, at most limit bytes of it: what is longer is ErrTooBig. Closing the file
// removes it.
func (c *Cleaner) Spool(r io.Reader, limit int64) (*Spooled, error) {
	s, err := c.temp()
	if err != nil {
		return nil, err
	}
	if s.Size, err = io.Copy(s.File, io.LimitReader(r, limit+1)); err != nil {
		_ = s.Close() // it holds nothing anybody wants
		return nil, failed("take file", err)
	}
	if s.Size > limit {
		_ = s.Close() // as above
		return nil, ErrTooBig
	}
	return s, nil
}

// Spooled is a file on disk for as long as it is worked on.
type Spooled struct {
	*os.File
	Size int64

	name string // "" when it has none any more
}

// Reader reads it from the start, without moving any other reader.
func (s *Spooled) Reader() *io.SectionReader { return io.NewSectionReader(s.File, 0, s.Size) }

// Close removes the file.
func (s *Spooled) Close() error {
	err := s.File.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	if err != nil {
		return failed("remove temporary file", err)
	}
	return nil
}

func (c *Cleaner) temp() (*Spooled, error) {
	f, err := os.CreateTemp(c.dir, "evidence-*")
	if err != nil {
		return nil, failed("make temporary file", err)
	}
	s := &Spooled{File: f, name: f.Name()}
	if os.Remove(s.name) == nil { // Windows removes no open file
		s.name = ""
	}
	return s, nil
}

// job is one file being cleaned.
type job struct {
	ctx  context.Context
	dir  string // of temporary files
	src  io.ReaderAt
	size int64
	t    Type // of the copy in the end
}

func (j *job) reader() *io.SectionReader { return io.NewSectionReader(j.src, 0, j.size) }

// Clean writes a copy of src, a file of type t and size bytes, to dst, without the data that lead back to whoever made
// it. When the result says Cannot nothing was written. An error means that reading, writing or the temporary file failed,
// or that ctx ended; nothing is known of the file then, and dst is to be thrown away.
//
// What is on the pages, in the picture and in the sound stays, hidden parts of it included.
func (c *Cleaner) Clean(ctx context.Context, src io.ReaderAt, size int64, t Type, dst io.Writer) (Result, error) {
	clean, why := cleanerOf(t)
	if why == Cannot || size > MaxFile || size <= 0 {
		return Result{Why: Cannot, Type: Unknown}, nil
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Result{}, failed("clean", ctx.Err())
	}
	out, err := c.temp()
	if err != nil {
		return Result{}, err
	}
	defer out.Close() // a temporary file: nobody waits for it
	watched := &watchedReader{ctx: ctx, r: src}
	j := &job{ctx: ctx, dir: c.dir, src: watched, size: size, t: t}
	err = attempt(clean, j, out.File)
	switch {
	case ctx.Err() != nil:
		return Result{}, failed("clean", ctx.Err())
	case watched.err != nil:
		return Result{}, failed("read file", watched.err)
	case errors.Is(err, errCannot):
		return Result{Why: Cannot, Type: Unknown}, nil
	case err != nil:
		return Result{}, failed("clean", err)
	}
	if out.Size, err = out.Seek(0, io.SeekEnd); err != nil {
		return Result{}, failed("read copy", err)
	}
	if _, err := io.Copy(dst, out.Reader()); err != nil {
		return Result{}, failed("write copy", err)
	}
	return Result{Cleaned: why == "", Why: why, Type: j.t, Size: out.Size}, nil
}

// cleaning writes a clean copy to out, which is empty and may be read and written anywhere. It gives errCannot, or an
// error of out.
type cleaning func(j *job, out *os.File) error

// cleanerOf gives the way to clean a type, and what is said of the copy.
func cleanerOf(t Type) (cleaning, string) {
	switch t {
	case JPEG, PNG, WebP:
		return picture, ""
	case GIF:
		return movingPicture, ""
	case PDF:
		return portable, ""
	case DOCX, XLSX, PPTX:
		return office, ""
	case MP4, MOV, M4A:
		return boxes, ""
	case OGG:
		return pages, ""
	case MP3:
		return frames, ""
	case WAV:
		return chunks, ""
	case Text, CSV:
		return plain, KeptKind
	}
	return nil, Cannot
}

// onlyDisk keeps an error of the copy's file and makes any other errCannot: a library that will not write what it has
// read will not write it at the next attempt either.
func onlyDisk(err error) error {
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return err
	}
	return errCannot
}

// attempt takes a panic for what it is most of the time: a file that a library was not made for.
func attempt(clean cleaning, j *job, out *os.File) (err error) {
	defer func() {
		if recover() != nil {
			err = errCannot
		}
	}()
	return clean(j, out)
}

// watchedReader tells a file that cannot be read from one that cannot be understood: decoders give one error for both.
type watchedReader struct {
	ctx context.Context
	r   io.ReaderAt
	err error
}

func (w *watchedReader) ReadAt(p []byte, off int64) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, errCannot // a decoder believed what the file said
	}
	n, err := w.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
