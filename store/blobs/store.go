// Package blobs keeps sealed bytes by key, outside the database: evidence, and the shares without which a case key
// does not open. It knows nothing of what it keeps; whoever puts bytes in has sealed them.
package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"syscall"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

var (
	// ErrNotFound: nothing is kept under the key.
	ErrNotFound = errors.New("store/blobs: not found")
	// ErrAway is wrapped by every error of a store that did not do as told: try again, nothing is known to be lost.
	ErrAway = errors.New("store/blobs: the store is away")
	// ErrExists: another share is kept for this case; it stays.
	ErrExists = errors.New("store/blobs: another share exists")
	// ErrKey: the key is not one this store takes.
	ErrKey = errors.New("store/blobs: key of a wrong form")
)

// Store keeps bytes by key. It may be used by any number of goroutines and processes at once.
type Store struct {
	bucket  *blob.Bucket
	folder  *folder // nil unless the bytes lie in a folder of this machine
	shares  *shareCache
	metrics *metrics // nil counts nothing
}

func newStore(b *blob.Bucket, f *folder) *Store {
	return &Store{bucket: b, folder: f, shares: newShareCache()}
}

// Close ends the connections, if there are any, and forgets the shares in memory.
func (s *Store) Close() error {
	s.shares.clear()
	if err := s.bucket.Close(); err != nil {
		return away("close", err)
	}
	return nil
}

// maxKey keeps keys below the 255 bytes of a file's name and the 1024 of an object's.
const maxKey = 200

var keyForm = regexp.MustCompile(`^[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*$`)

// checkKey lets no key through that means something to a file system: no "..", no hidden part, no empty part, and
// none of the endings that fileblob uses for files of its own.
func checkKey(key string) error {
	if len(key) > maxKey || !keyForm.MatchString(key) || strings.Contains(key, "..") ||
		strings.HasSuffix(key, unfinished) || strings.HasSuffix(key, ".attrs") {
		return ErrKey
	}
	return nil
}

// Put keeps what write writes under key, in place of what was there. It appears whole or not at all: an error of
// write, a context that ends and a panic leave nothing. When Put returns nil, a local folder has the bytes on disk.
// An error of write comes back wrapped.
func (s *Store) Put(ctx context.Context, key string, write func(io.Writer) error) error {
	return s.put(ctx, key, write, false)
}

func (s *Store) put(ctx context.Context, key string, write func(io.Writer) error, onlyNew bool) (err error) {
	if err := checkKey(key); err != nil {
		return err
	}
	defer s.metrics.done(key, "write", time.Now(), &err)
	// A writer whose context has ended when it is closed leaves nothing.
	writing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	// A type of content that is set keeps the library from holding back and looking at the first bytes.
	options := &blob.WriterOptions{ContentType: "application/octet-stream", IfNotExist: onlyNew}
	var local localWrite
	if s.folder != nil {
		options.BeforeWrite = local.take
	}
	w, err := s.bucket.NewWriter(writing, key, options)
	if err != nil {
		return away("write", err)
	}
	closed := false
	defer func() {
		if !closed {
			giveUp()
			_ = w.Close() // it fails, that is what is asked of it
		}
	}()
	if err := write(errorWriter{w}); err != nil {
		return fmt.Errorf("write blob: %w", err)
	}
	if err := local.finish(); err != nil {
		return away("write", err)
	}
	closed = true
	if err := w.Close(); err != nil {
		return away("write", err)
	}
	if s.folder != nil {
		return s.folder.settle(key)
	}
	return nil
}

// Get opens what is kept under key. The caller closes the reader, whose errors wrap ErrAway.
func (s *Store) Get(ctx context.Context, key string) (_ io.ReadCloser, err error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	defer s.metrics.done(key, "read", time.Now(), &err)
	r, err := s.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, away("read", err)
	}
	return errorReader{r}, nil
}

// Delete removes what is kept under key. That nothing is there is no error. In a local folder the removal is on disk
// when Delete returns nil.
func (s *Store) Delete(ctx context.Context, key string) (err error) {
	if err := checkKey(key); err != nil {
		return err
	}
	defer s.metrics.done(key, "delete", time.Now(), &err)
	if err := s.bucket.Delete(ctx, key); err != nil {
		if err = away("delete", err); errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	if s.folder != nil {
		return s.folder.settle(key)
	}
	return nil
}

// Exists says whether something is kept under key.
func (s *Store) Exists(ctx context.Context, key string) (bool, error) {
	if err := checkKey(key); err != nil {
		return false, err
	}
	ok, err := s.bucket.Exists(ctx, key)
	if err != nil {
		return false, away("look", err)
	}
	return ok, nil
}

// Keys lists the keys that begin with prefix, in order. It ends with the first error, which comes with an empty key.
// A prefix is any beginning of a key; "" is all.
func (s *Store) Keys(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return s.keys(ctx, prefix, func(*blob.ListObject) bool { return true })
}

// keys is Keys of what wanted says.
func (s *Store) keys(ctx context.Context, prefix string, wanted func(*blob.ListObject) bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		// What a key may end with differs from what it may be cut at: the rest of a key is put in its place.
		if checkKey(prefix+"x") != nil {
			yield("", ErrKey)
			return
		}
		list := s.bucket.List(&blob.ListOptions{Prefix: prefix})
		for {
			o, err := list.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield("", away("list", err))
				return
			}
			if checkKey(o.Key) != nil || !wanted(o) {
				continue // a file that is being written, or one that others left here
			}
			if !yield(o.Key, nil) {
				return
			}
		}
	}
}

// away makes an error of a driver one of ours, dropping its text: drivers quote keys and paths. What helps whoever runs
// the bot is kept: the class, and what the operating system said.
func away(did string, err error) error {
	switch {
	case errors.Is(err, ErrAway), errors.Is(err, ErrNotFound):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s blob: %w (%w)", did, ErrAway, contextCause(err))
	}
	if no, ok := errors.AsType[syscall.Errno](err); ok && no != syscall.ENOENT {
		return fmt.Errorf("%s blob: %w (%w)", did, ErrAway, no)
	}
	code := gcerrors.Code(err)
	if did == "write" && code == gcerrors.NotFound {
		code = gcerrors.Unknown // a bucket or a file that vanished under the writer, not an answer
	}
	switch code {
	case gcerrors.NotFound:
		return ErrNotFound
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return ErrExists
	default:
		return fmt.Errorf("%s blob: %w (%s)", did, ErrAway, code)
	}
}

func contextCause(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return context.DeadlineExceeded
}

type errorWriter struct{ w io.Writer }

func (e errorWriter) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	if err != nil {
		err = away("write", err)
	}
	return n, err
}

type errorReader struct{ r *blob.Reader }

func (e errorReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && err != io.EOF {
		err = away("read", err)
	}
	return n, err
}

func (e errorReader) Close() error {
	if err := e.r.Close(); err != nil {
		return away("read", err)
	}
	return nil
}
