package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrShredded says that the share of a case key is gone: what is sealed with the key can never be
// opened again.
var ErrShredded = errors.New("the key of this case was destroyed: nothing sealed with it can be opened")

// CaseKey is the data key of one case. It is made of two halves that are kept apart, a wrapped
// secret and a share; destroying either destroys everything sealed with the key. It is safe for
// concurrent use. Printing or logging one shows "[case key]" only.
type CaseKey struct {
	s func() *caseSecrets // a function for the reason given at Keyset
}

type caseSecrets struct {
	caseID string
	fields cipher.AEAD
	files  []byte // key of SealStream
}

// NewCaseKey makes the key of a case. wrapped is what is stored with the case, share (32 bytes) what
// is stored where no backup of the cases reaches. Both are needed to open it again, with the same
// keyset and case id; neither says anything of the other.
func (k *Keyset) NewCaseKey(caseID string) (wrapped, share []byte, key *CaseKey, err error) {
	if caseID == "" {
		return nil, nil, nil, errors.New("make case key: the case has no id")
	}
	secret := make([]byte, keySize)
	share = make([]byte, keySize)
	for _, b := range [][]byte{secret, share} {
		if _, err := io.ReadFull(rand.Reader, b); err != nil {
			return nil, nil, nil, fmt.Errorf("make case key: %w", err)
		}
	}
	if wrapped, err = k.wrap(caseID, secret); err != nil {
		return nil, nil, nil, err
	}
	if key, err = newCaseKey(caseID, secret, share); err != nil {
		return nil, nil, nil, err
	}
	return wrapped, share, key, nil
}

// OpenCaseKey opens what NewCaseKey made for the same case. It returns ErrShredded without a share,
// and ErrCannotOpen for halves that are damaged or of another keyset or case. That a share of the
// right length is another case's shows only when a field is opened.
func (k *Keyset) OpenCaseKey(caseID string, wrapped, share []byte) (*CaseKey, error) {
	if len(share) == 0 {
		return nil, fmt.Errorf("open case key: %w", ErrShredded)
	}
	if len(share) != keySize {
		return nil, fmt.Errorf("open case key: %w", ErrCannotOpen)
	}
	secret, err := k.unwrap(caseID, wrapped)
	if err != nil {
		return nil, err
	}
	return newCaseKey(caseID, secret, share)
}

func (k *Keyset) wrap(caseID string, secret []byte) ([]byte, error) {
	return k.wrapAt(wrapPlace(caseID), secret)
}

func (k *Keyset) unwrap(caseID string, wrapped []byte) ([]byte, error) {
	return k.unwrapAt(wrapPlace(caseID), wrapped)
}

func (k *Keyset) wrapAt(place, secret []byte) ([]byte, error) {
	wrapped, err := k.s().cases.Encrypt(secret, place)
	if err != nil {
		return nil, fmt.Errorf("wrap case key: %w", err)
	}
	return wrapped, nil
}

func (k *Keyset) unwrapAt(place, wrapped []byte) ([]byte, error) {
	secret, err := k.s().cases.Decrypt(wrapped, place)
	if err != nil || len(secret) != keySize {
		return nil, fmt.Errorf("open case key: %w", ErrCannotOpen)
	}
	return secret, nil
}

// newCaseKey derives the keys of fields and files by HKDF-SHA-256, the share as its salt.
func newCaseKey(caseID string, secret, share []byte) (*CaseKey, error) {
	derive := func(what string) ([]byte, error) {
		key, err := hkdf.Key(sha256.New, secret, share, string(appendParts(nil, "huiyin/casekey/2", what, caseID)), keySize)
		if err != nil {
			return nil, fmt.Errorf("derive case key: %w", err)
		}
		return key, nil
	}
	fields, err := derive("fields")
	if err != nil {
		return nil, err
	}
	files, err := derive("files")
	if err != nil {
		return nil, err
	}
	a, err := chacha20poly1305.NewX(fields)
	if err != nil {
		return nil, fmt.Errorf("use case key: %w", err)
	}
	s := &caseSecrets{caseID: caseID, fields: a, files: files}
	return &CaseKey{s: func() *caseSecrets { return s }}, nil
}

// wrapPlace is of the second kind: keys of the first were made without a share.
func wrapPlace(caseID string) []byte { return appendParts(nil, "huiyin/casekey/2", caseID) }

// Seal seals one field of the case at one version of it. The plain text is padded to a multiple
// of 512 bytes, so that its length says little.
func (c *CaseKey) Seal(field string, version int, plain []byte) ([]byte, error) {
	padded, err := pad(plain)
	if err != nil {
		return nil, fmt.Errorf("seal case field: %w", err)
	}
	n := c.s().fields.NonceSize()
	out := make([]byte, 1+n, 1+n+len(padded)+c.s().fields.Overhead())
	out[0] = format
	if _, err := io.ReadFull(rand.Reader, out[1:]); err != nil {
		return nil, fmt.Errorf("seal case field: %w", err)
	}
	return c.s().fields.Seal(out, out[1:1+n], padded, c.place(field, version)), nil
}

// Open opens what Seal made for the same case, field and version, or returns ErrCannotOpen.
func (c *CaseKey) Open(field string, version int, sealed []byte) ([]byte, error) {
	n := c.s().fields.NonceSize()
	if len(sealed) < 1+n || sealed[0] != format {
		return nil, fmt.Errorf("open case field: %w", ErrCannotOpen)
	}
	padded, err := c.s().fields.Open(nil, sealed[1:1+n], sealed[1+n:], c.place(field, version))
	if err != nil {
		return nil, fmt.Errorf("open case field: %w", ErrCannotOpen)
	}
	plain, ok := unpad(padded)
	if !ok {
		return nil, fmt.Errorf("open case field: %w", ErrCannotOpen)
	}
	return plain, nil
}

// place is the additional data of a field: case, field, version.
func (c *CaseKey) place(field string, version int) []byte {
	b := appendParts(nil, "huiyin/case/1", c.s().caseID, field)
	return binary.BigEndian.AppendUint64(b, uint64(version))
}

// Format prints "[case key]" for every verb.
func (CaseKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[case key]") }

// LogValue gives "[case key]" to slog.
func (CaseKey) LogValue() slog.Value { return slog.StringValue("[case key]") }
