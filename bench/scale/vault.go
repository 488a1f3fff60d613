package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/rand/v2"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// vault opens bodies as the house does, one AES-GCM box for each, but under one key: filling a database with millions of
// sealed words is not what is measured, so a few thousand are sealed once and used again.
type vault struct{ aead cipher.AEAD }

// wrapped stands for the key of a case where there is one.
var wrapped = []byte("every case of the benchmark has the same key")

func newVault() (vault, error) {
	block, err := aes.NewCipher(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		return vault{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return vault{aead}, err
}

func (v vault) NewCaseKey(context.Context, string) ([]byte, postgres.CaseKey, error) {
	return wrapped, v, nil
}

func (v vault) OpenCaseKey(context.Context, string, []byte, bool) (postgres.CaseKey, error) {
	return v, nil
}

// Seal implements postgres.CaseKey.
func (v vault) Seal(_ string, _ int, plain []byte) ([]byte, error) {
	return v.aead.Seal(nil, nil, plain, nil), nil
}

// Open implements postgres.CaseKey.
func (v vault) Open(_ string, _ int, sealed []byte) ([]byte, error) {
	return v.aead.Open(nil, nil, sealed, nil)
}

// wordKey is what the keyset's name for a department and month is in the house.
func (vault) wordKey(department, month string) (key [32]byte) {
	mac := hmac.New(sha256.New, []byte("the key of names"))
	mac.Write([]byte(department + "|" + month))
	mac.Sum(key[:0])
	return key
}

var errNotHere = errors.New("the benchmark destroys nothing and opens no identities")

func (vault) DestroyCaseKey(context.Context, string) error { return errNotHere }
func (vault) DestroyFile(context.Context, string) error    { return errNotHere }

// SealIdentity implements postgres.Vault.
func (v vault) SealIdentity(_ string, plain []byte) ([]byte, error) { return v.Seal("", 0, plain) }

func (vault) OpenIdentity(string, []byte) ([]byte, error) { return nil, errNotHere }

// speech is something that somebody said, sealed, with its grams.
type speech struct {
	sealed []byte
	grams  []string
}

const (
	filings = 20_000
	letters = 2_000
)

// seal makes what cases say.
func (f *filler) seal() (err error) {
	f.filings, f.letters = make([]speech, filings), make([]speech, letters)
	make1 := func(into *speech, b cases.Body, grams bool) error {
		plain, err := json.Marshal(b)
		if err != nil {
			return err
		}
		if grams {
			into.grams = cases.Grams(&b)
		}
		into.sealed, err = f.vault.Seal("", 0, plain)
		return err
	}
	err = inOrder(filings, func(i int) error {
		r := rand.New(rand.NewPCG(f.seed, uint64(i)))
		b := cases.Body{Fields: []cases.Field{{Step: "what", Title: "step.what", Text: []string{f.said.text(r, 3, 7)}}}}
		return make1(&f.filings[i], b, true)
	})
	if err != nil {
		return err
	}
	return inOrder(letters, func(i int) error {
		r := rand.New(rand.NewPCG(f.seed+1, uint64(i)))
		return make1(&f.letters[i], cases.Body{Text: f.said.text(r, 1, 2)}, false)
	})
}
