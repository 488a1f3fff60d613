package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/nacl/box"
)

// format is the first byte of values sealed with a case key or to the postman. Another way of
// sealing takes another byte, so both can be read side by side.
const format = 1

// padBlock is what case texts are padded to: a length tells less than the exact number of bytes.
const padBlock = 512

// SealSession seals a session or draft to be kept under name. The same name opens it.
func (k *Keyset) SealSession(name, plain []byte) ([]byte, error) {
	sealed, err := k.s().sessions.Encrypt(plain, sessionPlace(name))
	if err != nil {
		return nil, fmt.Errorf("seal session: %w", err)
	}
	return sealed, nil
}

// OpenSession opens what SealSession made under the same name, or returns ErrCannotOpen.
func (k *Keyset) OpenSession(name, sealed []byte) ([]byte, error) {
	plain, err := k.s().sessions.Decrypt(sealed, sessionPlace(name))
	if err != nil {
		return nil, fmt.Errorf("open session: %w", ErrCannotOpen)
	}
	return plain, nil
}

func sessionPlace(name []byte) []byte {
	return append([]byte("huiyin/session/1|"), name...)
}

// CaseKey is the data key of one case. Destroying its wrapped form destroys everything sealed
// with it. It is safe for concurrent use. Printing or logging one shows "[case key]" only.
type CaseKey struct {
	s func() *caseSecrets // a function for the reason given at Keyset
}

type caseSecrets struct {
	caseID string
	aead   cipher.AEAD
}

// NewCaseKey makes the key of a case. wrapped is what is stored with the case; it opens with the
// same keyset and case id only.
func (k *Keyset) NewCaseKey(caseID string) (wrapped []byte, key *CaseKey, err error) {
	if caseID == "" {
		return nil, nil, errors.New("make case key: the case has no id")
	}
	var raw [keySize]byte
	if _, err := io.ReadFull(rand.Reader, raw[:]); err != nil {
		return nil, nil, fmt.Errorf("make case key: %w", err)
	}
	wrapped, err = k.s().cases.Encrypt(raw[:], wrapPlace(caseID))
	if err != nil {
		return nil, nil, fmt.Errorf("wrap case key: %w", err)
	}
	key, err = newCaseKey(caseID, raw[:])
	return wrapped, key, err
}

// OpenCaseKey opens what NewCaseKey wrapped for the same case, or returns ErrCannotOpen.
func (k *Keyset) OpenCaseKey(caseID string, wrapped []byte) (*CaseKey, error) {
	raw, err := k.s().cases.Decrypt(wrapped, wrapPlace(caseID))
	if err != nil {
		return nil, fmt.Errorf("open case key: %w", ErrCannotOpen)
	}
	return newCaseKey(caseID, raw)
}

func newCaseKey(caseID string, raw []byte) (*CaseKey, error) {
	a, err := chacha20poly1305.NewX(raw)
	if err != nil {
		return nil, fmt.Errorf("use case key: %w", err)
	}
	s := &caseSecrets{caseID: caseID, aead: a}
	return &CaseKey{s: func() *caseSecrets { return s }}, nil
}

func wrapPlace(caseID string) []byte { return appendParts(nil, "huiyin/casekey/1", caseID) }

// Seal seals one field of the case at one version of it. The plain text is padded to a multiple
// of 512 bytes, so that its length says little.
func (c *CaseKey) Seal(field string, version int, plain []byte) ([]byte, error) {
	padded, err := pad(plain)
	if err != nil {
		return nil, fmt.Errorf("seal case field: %w", err)
	}
	n := c.s().aead.NonceSize()
	out := make([]byte, 1+n, 1+n+len(padded)+c.s().aead.Overhead())
	out[0] = format
	if _, err := io.ReadFull(rand.Reader, out[1:]); err != nil {
		return nil, fmt.Errorf("seal case field: %w", err)
	}
	return c.s().aead.Seal(out, out[1:1+n], padded, c.place(field, version)), nil
}

// Open opens what Seal made for the same case, field and version, or returns ErrCannotOpen.
func (c *CaseKey) Open(field string, version int, sealed []byte) ([]byte, error) {
	n := c.s().aead.NonceSize()
	if len(sealed) < 1+n || sealed[0] != format {
		return nil, fmt.Errorf("open case field: %w", ErrCannotOpen)
	}
	padded, err := c.s().aead.Open(nil, sealed[1:1+n], sealed[1+n:], c.place(field, version))
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

// pad gives 4 bytes of length, the plain text and zeros up to a multiple of padBlock.
func pad(plain []byte) ([]byte, error) {
	if uint64(len(plain)) > math.MaxUint32-padBlock {
		return nil, errors.New("text is longer than can be sealed")
	}
	size := (4 + len(plain) + padBlock - 1) / padBlock * padBlock
	out := make([]byte, size)
	binary.BigEndian.PutUint32(out, uint32(len(plain)))
	copy(out[4:], plain)
	return out, nil
}

func unpad(padded []byte) ([]byte, bool) {
	if len(padded) < 4 || len(padded)%padBlock != 0 {
		return nil, false
	}
	n := uint64(binary.BigEndian.Uint32(padded))
	if n > uint64(len(padded)-4) {
		return nil, false
	}
	return padded[4 : 4+n], true
}

const (
	addressSize = 128 // of the padded plain text, its two bytes of length included
	// MaxAddress is the longest return address in bytes.
	MaxAddress = addressSize - 2
)

// SealAddress seals a return address to the postman. Every sealed address has the same length,
// and sealing the same address twice gives two unlike values. An address of more than MaxAddress
// bytes is an error.
func (k *Keyset) SealAddress(plain []byte) ([]byte, error) {
	if len(plain) > MaxAddress {
		return nil, fmt.Errorf("seal address: longer than %d bytes", MaxAddress)
	}
	var padded [addressSize]byte
	binary.BigEndian.PutUint16(padded[:], uint16(len(plain)))
	copy(padded[2:], plain)
	public := [keySize]byte(k.s().postman.PublicKey().Bytes())
	out, err := box.SealAnonymous([]byte{format}, padded[:], &public, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("seal address: %w", err)
	}
	return out, nil
}

// OpenAddress opens what SealAddress made, or returns ErrCannotOpen.
func (k *Keyset) OpenAddress(sealed []byte) ([]byte, error) {
	if len(sealed) < 1 || sealed[0] != format {
		return nil, fmt.Errorf("open address: %w", ErrCannotOpen)
	}
	public := [keySize]byte(k.s().postman.PublicKey().Bytes())
	private := [keySize]byte(k.s().postman.Bytes())
	padded, ok := box.OpenAnonymous(nil, sealed[1:], &public, &private)
	if !ok || len(padded) != addressSize {
		return nil, fmt.Errorf("open address: %w", ErrCannotOpen)
	}
	n := int(binary.BigEndian.Uint16(padded))
	if n > MaxAddress {
		return nil, fmt.Errorf("open address: %w", ErrCannotOpen)
	}
	return padded[2 : 2+n], nil
}
