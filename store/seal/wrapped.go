package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	wrappedKind    = "huiyin wrapped keyset"
	wrappedVersion = 1
)

// wrappedDocument is a keyset's document, sealed with a fresh key that a key service wraps: tink's
// envelope, because services bear only a few kilobytes themselves.
type wrappedDocument struct {
	Kind       string `json:"kind"`
	Version    int    `json:"version"`
	KEK        string `json:"kek"`
	Ciphertext []byte `json:"ciphertext"`
}

// KEK gives the URI of the key that wraps the file which the keyset was opened from, or nothing for
// a file in clear.
func (k *Keyset) KEK() string { return k.s().kek }

// WriteWrapped stores k at path as WriteFile does, wrapped by the key at kekURI: aws-kms://arn:…,
// gcp-kms://projects/… or hcvault://host:port/transit/keys/…. Only who may use that key opens it.
func (k *Keyset) WriteWrapped(path, kekURI string) error {
	b, err := k.marshalWrapped(kekURI)
	if err != nil {
		return err
	}
	return create(path, b)
}

func (k *Keyset) marshalWrapped(kekURI string) ([]byte, error) {
	plain, err := k.Marshal()
	if err != nil {
		return nil, err
	}
	envelope, err := envelopeOf(kekURI)
	if err != nil {
		return nil, err
	}
	sealed, err := envelope.Encrypt(plain, []byte(wrappedKind))
	if err != nil {
		return nil, fmt.Errorf("wrap keyset: the key service does not: %w", err)
	}
	out, err := json.MarshalIndent(wrappedDocument{
		Kind: wrappedKind, Version: wrappedVersion, KEK: kekURI, Ciphertext: sealed,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write keyset: %w", err)
	}
	return append(out, '\n'), nil
}

func unwrapDocument(b []byte) (*Keyset, error) {
	var d wrappedDocument
	if err := strict(b, &d); err != nil {
		return nil, err
	}
	if d.Version != wrappedVersion {
		return nil, fmt.Errorf("wrapped keyset has format version %d, this build reads version %d", d.Version, wrappedVersion)
	}
	if len(d.Ciphertext) == 0 {
		return nil, errors.New("keyset is damaged: nothing is wrapped in it")
	}
	envelope, err := envelopeOf(d.KEK)
	if err != nil {
		return nil, err
	}
	plain, err := envelope.Decrypt(d.Ciphertext, []byte(wrappedKind))
	if err != nil {
		return nil, fmt.Errorf("the wrapped keyset does not open; it is damaged, or the key service refuses: %w", err)
	}
	k, err := Parse(plain)
	if err != nil {
		return nil, err
	}
	s := *k.s()
	s.kek = d.KEK
	return assemble(&s)
}

// envelopeOf gives what seals by the key at kekURI. A client for it that the program has registered
// with tink goes before the build's own.
func envelopeOf(kekURI string) (tink.AEAD, error) {
	scheme, rest, found := strings.Cut(kekURI, "://")
	if !found || scheme == "" || rest == "" {
		return nil, errors.New("keyset: the key of a key service is named by a URI like aws-kms://arn:aws:kms:…")
	}
	client, err := registry.GetKMSClient(kekURI)
	if err != nil { // which quotes the URI, and says only that there is none
		if err := registerKMS(kekURI); err != nil {
			return nil, err
		}
		if client, err = registry.GetKMSClient(kekURI); err != nil {
			return nil, errors.New("keyset: no client reaches the key service that the URI names")
		}
	}
	kek, err := client.GetAEAD(kekURI)
	if err != nil {
		return nil, errors.New("keyset: the URI of the key service's key has the wrong form")
	}
	// The template makes the key of each envelope; the service gets no additional data, which not
	// every kind of key there bears.
	return aead.NewKMSEnvelopeAEAD2(aead.XChaCha20Poly1305KeyTemplate(), kek), nil
}
