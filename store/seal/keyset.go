// Package seal holds the encryption of Huiyin: the keyset of one installation, sealed sessions,
// per-case keys, sealed files, return addresses and identities, news tokens and receipts.
//
// Nothing in it is configurable: algorithms are chosen here once. Every sealed value is bound to
// the place it is kept (its name, or its case, field and version), so a value moved to another
// place does not open. Errors never hold plain text, names or keys.
package seal

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrCannotOpen says that a sealed value was made with another keyset, for another place, or was
// changed. Which of the three is not known and not told.
var ErrCannotOpen = errors.New("sealed value does not open: other keyset, other place, or damaged")

// keySize is the length in bytes of every raw key of a keyset.
const keySize = 32

// Keyset holds the secrets of one installation, all of them or those of one role (see For). It
// never changes, so it is safe for concurrent use: Rotate, Retire and Upgrade give another one.
//
// Printing or logging one shows "[keyset]" only.
type Keyset struct {
	// Behind a function, so that even fmt's walk through an unexported field of some other
	// struct, which asks no Formatter, meets an address and not the keys. A pointer would not
	// do: a verb that does not fit, like %s, is followed through it.
	s func() *secrets
}

type secrets struct {
	role string
	held parts
	kek  string // uri of the key service's key that wraps the file; empty for a file in clear

	sessionsHandle *keyset.Handle
	casesHandle    *keyset.Handle
	sessions       tink.AEAD // sessions, drafts and officers' secrets
	cases          tink.AEAD // wraps the key of each case

	names         [keySize]byte // keyed names, news tokens, and receipts from drafts
	namers        *sync.Pool    // of *namer, which hold names
	receiptLookup [keySize]byte // pepper A
	receiptKey    [keySize]byte // pepper B

	postman         *ecdh.PrivateKey
	custodian       *ecdh.PrivateKey
	postmanPublic   *ecdh.PublicKey
	custodianPublic *ecdh.PublicKey // nil in a keyset of format version 1
}

// Generate makes a keyset of fresh random keys, which holds all parts.
func Generate() (*Keyset, error) {
	s := secrets{role: RoleAll, held: roles[RoleAll]}
	var err error
	// XChaCha20-Poly1305: its 192-bit random nonces bear any number of writes under one key,
	// where AES-GCM should stop at 2^32.
	if s.sessionsHandle, err = keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate()); err != nil {
		return nil, fmt.Errorf("make session keys: %w", err)
	}
	if s.casesHandle, err = keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate()); err != nil {
		return nil, fmt.Errorf("make case keys: %w", err)
	}
	for _, k := range []*[keySize]byte{&s.names, &s.receiptLookup, &s.receiptKey} {
		if _, err := io.ReadFull(rand.Reader, k[:]); err != nil {
			return nil, fmt.Errorf("make keys: %w", err)
		}
	}
	if s.postman, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		return nil, fmt.Errorf("make the postman's keys: %w", err)
	}
	if s.custodian, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		return nil, fmt.Errorf("make the custodian's keys: %w", err)
	}
	return assemble(&s)
}

// assemble makes the primitives and public keys of s from what it holds.
func assemble(s *secrets) (*Keyset, error) {
	var err error
	if s.sessionsHandle != nil {
		if s.sessions, err = aead.New(s.sessionsHandle); err != nil {
			return nil, errors.New("keyset is damaged: its session keys cannot be used")
		}
	}
	if s.cases, err = aead.New(s.casesHandle); err != nil {
		return nil, errors.New("keyset is damaged: its case keys cannot be used")
	}
	s.namers = &sync.Pool{New: func() any { return &namer{mac: hmac.New(sha256.New, s.names[:])} }}
	if s.postman != nil {
		s.postmanPublic = s.postman.PublicKey()
	}
	if s.custodian != nil {
		s.custodianPublic = s.custodian.PublicKey()
	}
	return &Keyset{s: func() *secrets { return s }}, nil
}

// Name gives the keyed name of something that must not be stored in clear: HMAC-SHA-256 over the
// purpose and the parts, each preceded by its length, so that no two lists of parts share a name.
// The same purpose and parts give the same name as long as the keyset lives.
func (k *Keyset) Name(purpose string, parts ...string) [32]byte {
	return k.name("huiyin/name/1", purpose, parts...)
}

// Fingerprint tells installations apart: 16 hex characters that are the same for a keyset, its
// rotated and its split forms, and differ between installations. It says nothing of the keys and
// may be stored, so that a store can refuse another installation's keyset at start.
func (k *Keyset) Fingerprint() string {
	sum := k.name("huiyin/fingerprint/1", "installation")
	return hex.EncodeToString(sum[:8])
}

// name is Name within a domain, which keeps the package's own uses of the key apart from callers'.
func (k *Keyset) name(domain, purpose string, parts ...string) [32]byte {
	n := k.s().namers.Get().(*namer)
	defer k.s().namers.Put(n)
	n.msg = appendParts(n.msg[:0], domain, purpose)
	n.msg = binary.BigEndian.AppendUint64(n.msg, uint64(len(parts)))
	n.msg = appendParts(n.msg, parts...)
	n.mac.Reset()
	n.mac.Write(n.msg)
	n.mac.Sum(n.out[:0])
	return n.out
}

// namer makes names. Every update needs half a dozen, and what it takes to begin a MAC, and to write down what is
// named, is kept from one to the next.
type namer struct {
	mac hash.Hash
	msg []byte
	out [32]byte
}

// appendParts appends each part preceded by its length as 8 bytes.
func appendParts(b []byte, parts ...string) []byte {
	for _, p := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// Format prints "[keyset]" for every verb. It has a value receiver so that a copy is as silent as
// the pointer.
func (Keyset) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[keyset]") }

// LogValue gives "[keyset]" to slog.
func (Keyset) LogValue() slog.Value { return slog.StringValue("[keyset]") }
