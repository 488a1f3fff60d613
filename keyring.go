package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"huiyin/cases"
	"huiyin/store/seal"
)

// caseKeys is what a vault needs of a keyset: *seal.Keyset has it, and *keyring, which follows a rotation.
type caseKeys interface {
	NewCaseKey(caseID string) (wrapped, share []byte, key *seal.CaseKey, err error)
	OpenCaseKey(caseID string, wrapped, share []byte) (*seal.CaseKey, error)
	OpenWholeCaseKey(caseID string, wrapped []byte) (*seal.CaseKey, error)
	SealIdentity(caseID string, plain []byte) ([]byte, error)
	OpenIdentity(caseID string, sealed []byte) ([]byte, error)
}

// keyring is the keyset of a process that goes on while `huiyin keys rotate` replaces the file. Only the keys that wrap
// case keys are ever replaced, so everything else may keep the keyset that the process started with.
//
// The file is read again when it is another one than was read last: before a key is made, so that nothing is wrapped by a
// key that is to be retired, and when a key does not open.
type keyring struct {
	uri, path, role string
	keys            atomic.Pointer[seal.Keyset]

	mu   sync.Mutex // held while the file is read
	read fs.FileInfo
}

// openKeyring opens the keyset and leaves of it what a process of that role needs.
func openKeyring(uri, role string) (*keyring, error) {
	path, err := seal.Path(uri)
	if err != nil {
		return nil, err
	}
	r := &keyring{uri: uri, path: path, role: role}
	read := r.look() // before the file is read: what replaces it in between is then seen
	keys, err := r.open()
	if err != nil {
		return nil, err
	}
	r.read = read
	r.keys.Store(keys)
	return r, nil
}

func (r *keyring) open() (*seal.Keyset, error) {
	keys, err := seal.Open(r.uri)
	if err == nil {
		keys, err = keys.For(r.role)
	}
	return keys, err
}

// look gives what tells one file from the next, or nil.
func (r *keyring) look() fs.FileInfo {
	info, err := os.Stat(r.path)
	if err != nil {
		return nil
	}
	return info
}

// fresh reads the file again if it is another one than was read, and says whether the keys are others than had. A file
// that cannot be read, or is another installation's, leaves them as they are.
func (r *keyring) fresh(had *seal.Keyset) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys.Load() != had {
		return true, nil // somebody else has just read it
	}
	now := r.look()
	if now == nil || r.read != nil && os.SameFile(now, r.read) && now.ModTime().Equal(r.read.ModTime()) && now.Size() == r.read.Size() {
		return false, nil
	}
	keys, err := r.open()
	if err != nil {
		return false, fmt.Errorf("read the keyset again: %w", err)
	}
	if keys.Fingerprint() != had.Fingerprint() {
		return false, errors.New("read the keyset again: the file holds another installation's")
	}
	r.read = now
	r.keys.Store(keys)
	return true, nil
}

// NewCaseKey is the keyset's. A key that a process wraps just before it learns of a rotation opens all the same: the older
// keys stay until they are retired, and `huiyin keys rotate --retire` waits.
func (r *keyring) NewCaseKey(caseID string) (wrapped, share []byte, key *seal.CaseKey, err error) {
	if _, err := r.fresh(r.keys.Load()); err != nil {
		return nil, nil, nil, &cases.Error{Code: cases.Away, Err: err}
	}
	return r.keys.Load().NewCaseKey(caseID)
}

// OpenCaseKey is the keyset's.
func (r *keyring) OpenCaseKey(caseID string, wrapped, share []byte) (*seal.CaseKey, error) {
	return r.try(func(k *seal.Keyset) (*seal.CaseKey, error) { return k.OpenCaseKey(caseID, wrapped, share) })
}

// OpenWholeCaseKey is the keyset's.
func (r *keyring) OpenWholeCaseKey(caseID string, wrapped []byte) (*seal.CaseKey, error) {
	return r.try(func(k *seal.Keyset) (*seal.CaseKey, error) { return k.OpenWholeCaseKey(caseID, wrapped) })
}

func (r *keyring) try(open func(*seal.Keyset) (*seal.CaseKey, error)) (*seal.CaseKey, error) {
	for {
		had := r.keys.Load()
		key, err := open(had)
		if !errors.Is(err, seal.ErrCannotOpen) {
			return key, err
		}
		changed, lookErr := r.fresh(had)
		if lookErr != nil {
			return nil, &cases.Error{Code: cases.Away, Err: errors.Join(err, lookErr)}
		}
		if !changed {
			return nil, err
		}
	}
}

// SealIdentity is the keyset's.
func (r *keyring) SealIdentity(caseID string, plain []byte) ([]byte, error) {
	return r.keys.Load().SealIdentity(caseID, plain)
}

// OpenIdentity is the keyset's.
func (r *keyring) OpenIdentity(caseID string, sealed []byte) ([]byte, error) {
	return r.keys.Load().OpenIdentity(caseID, sealed)
}
