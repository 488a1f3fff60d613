package seal

import (
	"encoding/binary"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/cryptofmt"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Rotation of the keys that wrap case keys goes in this order: Rotate, ReplaceFile, let every
// process open the file again, Rewrap or RewrapWhole each stored key, Retire, ReplaceFile. What a case holds is
// never sealed anew: only the 32 bytes of its key are wrapped again.

// Rotate gives k with a fresh key that wraps case keys from here on; older ones stay for reading. A
// process that still has k cannot read what the fresh key wraps.
func (k *Keyset) Rotate() (*Keyset, error) {
	m := keyset.NewManagerFromHandle(k.s().casesHandle)
	id, err := m.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a case key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("turn to the fresh case key: %w", err)
	}
	return k.withCases(m)
}

// Retire gives k without the older keys. A case key that was not rewrapped before is lost with them.
func (k *Keyset) Retire() (*Keyset, error) {
	m := keyset.NewManagerFromHandle(k.s().casesHandle)
	for _, id := range k.older() {
		if err := m.Delete(id); err != nil {
			return nil, fmt.Errorf("retire a case key: %w", err)
		}
	}
	return k.withCases(m)
}

func (k *Keyset) withCases(m *keyset.Manager) (*Keyset, error) {
	h, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("use the case keys: %w", err)
	}
	s := *k.s()
	s.casesHandle = h
	return assemble(&s)
}

// Older counts the case keys that only read. It is above zero between Rotate and Retire, so that a
// rotation that was broken off is gone on with and not begun again.
func (k *Keyset) Older() int { return len(k.older()) }

func (k *Keyset) older() []uint32 {
	info := k.s().casesHandle.KeysetInfo()
	var ids []uint32
	for _, e := range info.GetKeyInfo() {
		if e.GetKeyId() != info.GetPrimaryKeyId() {
			ids = append(ids, e.GetKeyId())
		}
	}
	return ids
}

// Primary gives the id of the key that wraps case keys. It says nothing of the key and may be stored.
func (k *Keyset) Primary() uint32 { return k.s().casesHandle.KeysetInfo().GetPrimaryKeyId() }

// Rewrap wraps the key of a case under the primary key. changed is false when it is already, by the
// key id at its head; wrapped itself is given then, unopened. The share stays as it is. Otherwise
// errors match ErrCannotOpen as OpenCaseKey's do.
func (k *Keyset) Rewrap(caseID string, wrapped []byte) (fresh []byte, changed bool, err error) {
	return k.rewrapAt(wrapPlace(caseID), wrapped)
}

func (k *Keyset) rewrapAt(place, wrapped []byte) (fresh []byte, changed bool, err error) {
	if id, ok := wrappedUnder(wrapped); ok && id == k.Primary() {
		return wrapped, false, nil
	}
	secret, err := k.unwrapAt(place, wrapped)
	if err != nil {
		return nil, false, err
	}
	if fresh, err = k.wrapAt(place, secret); err != nil {
		return nil, false, err
	}
	return fresh, true, nil
}

// wrappedUnder gives the id of the key that wrapped something: tink's prefix is a byte and the id.
func wrappedUnder(wrapped []byte) (uint32, bool) {
	if len(wrapped) < cryptofmt.TinkPrefixSize || wrapped[0] != cryptofmt.TinkStartByte {
		return 0, false
	}
	return binary.BigEndian.Uint32(wrapped[1:cryptofmt.TinkPrefixSize]), true
}
