package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// format is the first byte of values sealed with a case key, to the postman or to the custodian. Another way of
// sealing takes another byte, so both can be read side by side.
const format = 1

// padBlock is what case texts are padded to: a length tells less than the exact number of bytes.
const padBlock = 512

// SealSession seals a session or draft to be kept under name. The same name opens it. Without the
// session keys the error is ErrNotHeld, as for the other values that they seal.
func (k *Keyset) SealSession(name, plain []byte) ([]byte, error) {
	if k.s().sessions == nil {
		return nil, fmt.Errorf("seal session: %w", ErrNotHeld)
	}
	sealed, err := k.s().sessions.Encrypt(plain, sessionPlace(name))
	if err != nil {
		return nil, fmt.Errorf("seal session: %w", err)
	}
	return sealed, nil
}

// OpenSession opens what SealSession made under the same name, or returns ErrCannotOpen.
func (k *Keyset) OpenSession(name, sealed []byte) ([]byte, error) {
	if k.s().sessions == nil {
		return nil, fmt.Errorf("open session: %w", ErrNotHeld)
	}
	plain, err := k.s().sessions.Decrypt(sealed, sessionPlace(name))
	if err != nil {
		return nil, fmt.Errorf("open session: %w", ErrCannotOpen)
	}
	return plain, nil
}

func sessionPlace(name []byte) []byte {
	return append([]byte("huiyin/session/1|"), name...)
}

// SealSecret seals a small secret of an owner, like the seed of an officer's one-time codes, for a
// purpose. It opens for the same purpose and owner only. The plain text is padded as case texts are.
func (k *Keyset) SealSecret(purpose, owner string, plain []byte) ([]byte, error) {
	if k.s().sessions == nil {
		return nil, fmt.Errorf("seal secret: %w", ErrNotHeld)
	}
	padded, err := pad(plain)
	if err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	sealed, err := k.s().sessions.Encrypt(padded, secretPlace(purpose, owner))
	if err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	return sealed, nil
}

// OpenSecret opens what SealSecret made for the same purpose and owner, or returns ErrCannotOpen.
func (k *Keyset) OpenSecret(purpose, owner string, sealed []byte) ([]byte, error) {
	if k.s().sessions == nil {
		return nil, fmt.Errorf("open secret: %w", ErrNotHeld)
	}
	padded, err := k.s().sessions.Decrypt(sealed, secretPlace(purpose, owner))
	if err != nil {
		return nil, fmt.Errorf("open secret: %w", ErrCannotOpen)
	}
	plain, ok := unpad(padded)
	if !ok {
		return nil, fmt.Errorf("open secret: %w", ErrCannotOpen)
	}
	return plain, nil
}

func secretPlace(purpose, owner string) []byte {
	return appendParts(nil, "huiyin/secret/1", purpose, owner)
}

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
