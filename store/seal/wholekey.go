package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// OpenWholeCaseKey opens the key of a case that was filed before keys had two halves: the wrapped bytes are all there is
// of it, so whoever has a copy of them and the keyset can read the case. Otherwise errors match ErrCannotOpen as
// OpenCaseKey's do.
func (k *Keyset) OpenWholeCaseKey(caseID string, wrapped []byte) (*CaseKey, error) {
	raw, err := k.unwrapAt(wholePlace(caseID), wrapped)
	if err != nil {
		return nil, err
	}
	fields, err := chacha20poly1305.NewX(raw)
	if err != nil {
		return nil, fmt.Errorf("use case key: %w", err)
	}
	files, err := hkdf.Key(sha256.New, raw, nil, string(appendParts(nil, "huiyin/casekey/1", "files", caseID)), keySize)
	if err != nil {
		return nil, fmt.Errorf("derive case key: %w", err)
	}
	s := &caseSecrets{caseID: caseID, fields: fields, files: files}
	return &CaseKey{s: func() *caseSecrets { return s }}, nil
}

// RewrapWhole is Rewrap for a key that OpenWholeCaseKey opens. It stays whole.
func (k *Keyset) RewrapWhole(caseID string, wrapped []byte) (fresh []byte, changed bool, err error) {
	return k.rewrapAt(wholePlace(caseID), wrapped)
}

func wholePlace(caseID string) []byte { return appendParts(nil, "huiyin/casekey/1", caseID) }
