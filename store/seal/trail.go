package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
)

// SealTrail seals what is remembered of the messages in a chat, to be kept under name. Every role can seal and open it:
// the postman adds the messages it sends to what the intake later deletes.
func (k *Keyset) SealTrail(name, plain []byte) []byte {
	return k.trail(name).Seal(nil, nil, plain, nil)
}

// OpenTrail opens what SealTrail made under the same name, or returns ErrCannotOpen.
func (k *Keyset) OpenTrail(name, sealed []byte) ([]byte, error) {
	plain, err := k.trail(name).Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("open trail: %w", ErrCannotOpen)
	}
	return plain, nil
}

// trail gives the cipher of one name; it puts a random nonce before what it seals.
func (k *Keyset) trail(name []byte) cipher.AEAD {
	key := k.name("huiyin/trail/1", "key", hex.EncodeToString(name))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has the right length
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block
	}
	return gcm
}
