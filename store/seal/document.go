package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

const (
	fileKind = "huiyin keyset"
	// fileVersion is what is written. Version 1 has no role and no custodian; it is read, and written
	// again for a keyset that was read from it, until Upgrade.
	fileVersion = 2
)

// document is the stored form of a keyset: versioned JSON with the tink keysets inside as JSON. The
// role says which of the optional fields are there; a public key is there where its private one is not.
type document struct {
	Kind            string          `json:"kind"`
	Version         int             `json:"version"`
	Role            string          `json:"role,omitempty"`
	Sessions        json.RawMessage `json:"sessions,omitempty"`
	Cases           json.RawMessage `json:"cases"`
	Names           []byte          `json:"names"`
	ReceiptLookup   []byte          `json:"receipt_lookup,omitempty"`
	ReceiptKey      []byte          `json:"receipt_key,omitempty"`
	Postman         []byte          `json:"postman,omitempty"`
	PostmanPublic   []byte          `json:"postman_public,omitempty"`
	Custodian       []byte          `json:"custodian,omitempty"`
	CustodianPublic []byte          `json:"custodian_public,omitempty"`
}

// Marshal gives the stored form of k. It holds every secret of k in clear: it belongs in a file only
// the bot may read, never in a log.
func (k *Keyset) Marshal() ([]byte, error) {
	s := k.s()
	d := document{Kind: fileKind, Version: fileVersion, Role: s.role, Names: s.names[:]}
	var err error
	if d.Cases, err = handleJSON(s.casesHandle); err != nil {
		return nil, fmt.Errorf("write case keys: %w", err)
	}
	if s.held&partSessions != 0 {
		if d.Sessions, err = handleJSON(s.sessionsHandle); err != nil {
			return nil, fmt.Errorf("write session keys: %w", err)
		}
	}
	if s.held&partReceipts != 0 {
		d.ReceiptLookup, d.ReceiptKey = s.receiptLookup[:], s.receiptKey[:]
	}
	if s.postman != nil {
		d.Postman = s.postman.Bytes()
	} else {
		d.PostmanPublic = s.postmanPublic.Bytes()
	}
	switch {
	case s.custodian != nil:
		d.Custodian = s.custodian.Bytes()
	case s.custodianPublic != nil:
		d.CustodianPublic = s.custodianPublic.Bytes()
	default:
		d.Version, d.Role = 1, ""
	}
	out, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write keyset: %w", err)
	}
	return append(out, '\n'), nil
}

// Parse reads what Marshal wrote. Its errors are sentences for the person who runs the bot and
// hold nothing of the content: causes are dropped, because decoders quote what they read.
func Parse(b []byte) (*Keyset, error) {
	kind, version, err := headOf(b)
	if err != nil {
		return nil, err
	}
	if kind != fileKind {
		return nil, errors.New("this is not a Huiyin keyset: make one with \"huiyin keys new\"")
	}
	if version < 1 || version > fileVersion {
		return nil, fmt.Errorf("keyset has format version %d, this build reads versions 1 to %d", version, fileVersion)
	}
	var d document
	if err := strict(b, &d); err != nil {
		return nil, err
	}
	s := secrets{role: d.Role}
	if version == 1 {
		if d.Role != "" || d.Custodian != nil {
			return nil, errors.New("keyset is damaged: format version 1 has no role and no custodian")
		}
		s.role, s.held = RoleAll, roles[RoleAll]&^partCustodian
	} else {
		var ok bool
		if s.held, ok = roles[d.Role]; !ok {
			return nil, errors.New("keyset is damaged: its role is not known")
		}
	}
	if err := d.keys(&s); err != nil {
		return nil, err
	}
	if s.casesHandle, err = handleFromJSON(d.Cases); err != nil {
		return nil, errors.New("keyset is damaged: its case keys cannot be read")
	}
	switch holds := s.held&partSessions != 0; {
	case !holds && len(d.Sessions) != 0:
		return nil, superfluous("sessions")
	case holds:
		if s.sessionsHandle, err = handleFromJSON(d.Sessions); err != nil {
			return nil, errors.New("keyset is damaged: its session keys cannot be read")
		}
	}
	k, err := assemble(&s)
	if err != nil {
		return nil, err
	}
	if s.custodianPublic != nil && bytes.Equal(s.postmanPublic.Bytes(), s.custodianPublic.Bytes()) {
		return nil, errors.New("keyset is damaged: postman and custodian have the same keys")
	}
	return k, nil
}

// keys takes the raw keys of d into s: all that the held parts ask for, and no other.
func (d *document) keys(s *secrets) error {
	postman, custodian := make([]byte, keySize), make([]byte, keySize)
	postmanPublic, custodianPublic := make([]byte, keySize), make([]byte, keySize)
	lacks := func(p parts) bool { return s.held&p == 0 }
	for _, f := range []struct {
		name string
		from []byte
		to   []byte
		want bool
	}{
		{"names", d.Names, s.names[:], true},
		{"receipt_lookup", d.ReceiptLookup, s.receiptLookup[:], !lacks(partReceipts)},
		{"receipt_key", d.ReceiptKey, s.receiptKey[:], !lacks(partReceipts)},
		{"postman", d.Postman, postman, !lacks(partPostman)},
		{"postman_public", d.PostmanPublic, postmanPublic, lacks(partPostman)},
		{"custodian", d.Custodian, custodian, !lacks(partCustodian)},
		{"custodian_public", d.CustodianPublic, custodianPublic, lacks(partCustodian) && d.Version > 1},
	} {
		if !f.want {
			if len(f.from) != 0 {
				return superfluous(f.name)
			}
			continue
		}
		if len(f.from) != keySize || bytes.Equal(f.from, make([]byte, keySize)) {
			return fmt.Errorf("keyset is damaged: %q is not a key of %d bytes", f.name, keySize)
		}
		copy(f.to, f.from)
	}
	if !lacks(partReceipts) && (s.receiptLookup == s.receiptKey || s.names == s.receiptLookup || s.names == s.receiptKey) {
		return errors.New("keyset is damaged: one key is used for two things")
	}
	var err error
	if lacks(partPostman) {
		s.postmanPublic, err = ecdh.X25519().NewPublicKey(postmanPublic)
	} else {
		s.postman, err = ecdh.X25519().NewPrivateKey(postman)
	}
	if err != nil {
		return errors.New("keyset is damaged: the postman's key cannot be used")
	}
	switch {
	case !lacks(partCustodian):
		s.custodian, err = ecdh.X25519().NewPrivateKey(custodian)
	case d.Version > 1:
		s.custodianPublic, err = ecdh.X25519().NewPublicKey(custodianPublic)
	}
	if err != nil {
		return errors.New("keyset is damaged: the custodian's key cannot be used")
	}
	return nil
}

func superfluous(field string) error {
	return fmt.Errorf("keyset is damaged: %q is not for its role", field)
}

// headOf gives the kind and version of a stored document. Its errors hold nothing of the content.
func headOf(b []byte) (kind string, version int, err error) {
	var head struct {
		Kind    string `json:"kind"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return "", 0, errors.New("keyset is damaged: it is not JSON")
	}
	return head.Kind, head.Version, nil
}

// strict decodes b, which headOf has read, without unknown fields.
func strict(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return errors.New("keyset is damaged: a field is unknown or has the wrong form")
	}
	return nil
}

// Upgrade gives k with the custodian's keys, which a keyset of format version 1 lacks. changed is
// false when nothing is missing; k itself is given then.
func (k *Keyset) Upgrade() (upgraded *Keyset, changed bool, err error) {
	if k.s().custodianPublic != nil {
		return k, false, nil
	}
	s := *k.s()
	if s.custodian, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		return nil, false, fmt.Errorf("make the custodian's keys: %w", err)
	}
	s.held |= partCustodian
	upgraded, err = assemble(&s)
	return upgraded, err == nil, err
}

// handleJSON gives a tink keyset as JSON, keys in clear.
func handleJSON(h *keyset.Handle) ([]byte, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf)); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func handleFromJSON(b []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
}
