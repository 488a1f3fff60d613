package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"
)

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
	out, err := sealBox(k.s().postmanPublic, padded[:])
	if err != nil {
		return nil, fmt.Errorf("seal address: %w", err)
	}
	return out, nil
}

// OpenAddress opens what SealAddress made, or returns ErrCannotOpen. Only the postman can: other
// roles get ErrNotHeld.
func (k *Keyset) OpenAddress(sealed []byte) ([]byte, error) {
	padded, err := openBox(k.s().postman, sealed)
	if err != nil {
		return nil, fmt.Errorf("open address: %w", err)
	}
	if len(padded) != addressSize {
		return nil, fmt.Errorf("open address: %w", ErrCannotOpen)
	}
	n := int(binary.BigEndian.Uint16(padded))
	if n > MaxAddress {
		return nil, fmt.Errorf("open address: %w", ErrCannotOpen)
	}
	return padded[2 : 2+n], nil
}

// SealIdentity seals to the custodian who the reporter of a case is. The plain text is padded to a
// multiple of 512 bytes together with the case id, which is checked on opening.
func (k *Keyset) SealIdentity(caseID string, plain []byte) ([]byte, error) {
	if caseID == "" {
		return nil, errors.New("seal identity: the case has no id")
	}
	if k.s().custodianPublic == nil {
		return nil, fmt.Errorf("seal identity: %w: run \"huiyin keys upgrade\"", ErrNotHeld)
	}
	padded, err := pad(append(identityPlace(caseID), plain...))
	if err != nil {
		return nil, fmt.Errorf("seal identity: %w", err)
	}
	out, err := sealBox(k.s().custodianPublic, padded)
	if err != nil {
		return nil, fmt.Errorf("seal identity: %w", err)
	}
	return out, nil
}

// OpenIdentity opens what SealIdentity made for the same case, or returns ErrCannotOpen. Only a
// keyset with the custodian's private key can: others give ErrNotHeld. It asks nobody whether it
// may: the rule that a second person grants it stands with the caller.
func (k *Keyset) OpenIdentity(caseID string, sealed []byte) ([]byte, error) {
	padded, err := openBox(k.s().custodian, sealed)
	if err != nil {
		return nil, fmt.Errorf("open identity: %w", err)
	}
	inner, ok := unpad(padded)
	if !ok {
		return nil, fmt.Errorf("open identity: %w", ErrCannotOpen)
	}
	plain, ok := bytes.CutPrefix(inner, identityPlace(caseID))
	if !ok {
		return nil, fmt.Errorf("open identity: %w", ErrCannotOpen)
	}
	return plain, nil
}

func identityPlace(caseID string) []byte { return appendParts(nil, "huiyin/identity/1", caseID) }

// sealBox seals plain so that only the holder of the private key can open it; not even the sealer.
func sealBox(to *ecdh.PublicKey, plain []byte) ([]byte, error) {
	public := [keySize]byte(to.Bytes())
	return box.SealAnonymous([]byte{format}, plain, &public, rand.Reader)
}

// openBox opens what sealBox made. private is nil when it is not held.
func openBox(private *ecdh.PrivateKey, sealed []byte) ([]byte, error) {
	if private == nil {
		return nil, ErrNotHeld
	}
	if len(sealed) < 1 || sealed[0] != format {
		return nil, ErrCannotOpen
	}
	public, raw := [keySize]byte(private.PublicKey().Bytes()), [keySize]byte(private.Bytes())
	plain, ok := box.OpenAnonymous(nil, sealed[1:], &public, &raw)
	if !ok {
		return nil, ErrCannotOpen
	}
	return plain, nil
}
