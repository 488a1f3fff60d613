// Package parcel packs what leaves the house: a zip of files, encrypted for one key with age. It is written as it is
// read, so that neither the plain files nor the whole parcel are ever kept.
package parcel

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"filippo.io/age"
)

// File is one file of a parcel.
type File struct {
	Name string
	// Open gives the bytes; they are read once.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Key is whom a parcel is for.
type Key struct {
	recipient age.Recipient
	text      string
}

// String is the key as it is written down.
func (k Key) String() string { return k.text }

// maxKey is longer than any public key of age's, those against quantum computers too.
const maxKey = 4096

// ErrNoKey says that a text is no public key; ErrSecretKey, that it is a secret one, which its owner must replace.
var (
	ErrNoKey     = errors.New("parcel: no public key")
	ErrSecretKey = errors.New("parcel: a secret key")
)

// ParseKey reads an age public key ("age1…"), with white space around it. Errors: ErrNoKey, ErrSecretKey.
func ParseKey(s string) (Key, error) {
	s = strings.TrimSpace(s)
	if strings.Contains(strings.ToUpper(s), "AGE-SECRET-KEY-") {
		return Key{}, ErrSecretKey
	}
	if len(s) > maxKey || strings.ContainsAny(s, " \t\r\n") {
		return Key{}, ErrNoKey
	}
	var r age.Recipient
	var err error
	if strings.HasPrefix(s, "age1pq1") {
		r, err = age.ParseHybridRecipient(s)
	} else {
		r, err = age.ParseX25519Recipient(s)
	}
	if err != nil {
		return Key{}, ErrNoKey
	}
	return Key{r, s}, nil
}

// Write packs files for a key into w. made is the time that the files in the parcel bear. An error leaves a parcel that
// nobody can open to its end.
func Write(ctx context.Context, w io.Writer, to Key, made time.Time, files []File) error {
	if to.recipient == nil {
		return ErrNoKey
	}
	sealed, err := age.Encrypt(w, to.recipient)
	if err != nil {
		return fmt.Errorf("parcel: encrypt: %w", err)
	}
	z := zip.NewWriter(sealed)
	seen := map[string]bool{}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.Name != path.Base(path.Clean("/"+f.Name)) || f.Name == "/" || seen[f.Name] {
			return fmt.Errorf("parcel: a file's name is no name, or stands twice")
		}
		seen[f.Name] = true
		if err := add(ctx, z, f, made); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if err := sealed.Close(); err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	return nil
}

// add puts one file in. Evidence is packed already; pressing it again costs time and saves nothing.
func add(ctx context.Context, z *zip.Writer, f File, made time.Time) (err error) {
	body, err := f.Open(ctx)
	if err != nil {
		return fmt.Errorf("parcel: open a file: %w", err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	h := &zip.FileHeader{Name: f.Name, Method: zip.Store, Modified: made}
	if strings.HasSuffix(f.Name, ".txt") {
		h.Method = zip.Deflate
	}
	into, err := z.CreateHeader(h)
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if _, err := io.Copy(into, body); err != nil {
		return fmt.Errorf("parcel: write a file: %w", err)
	}
	return nil
}

// Open gives a parcel as something to be read while it is packed. Closing it early ends the packing.
func Open(ctx context.Context, to Key, made time.Time, files []File) io.ReadCloser {
	reader, writer := io.Pipe()
	go func() {
		// CloseWithError(nil) is the end of the parcel; an error is what the reader gets.
		_ = writer.CloseWithError(Write(ctx, writer, to, made, files))
	}()
	return reader
}
