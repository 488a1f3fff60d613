package main

import (
	"context"
	"errors"
	"sync"

	"huiyin/cases"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

// vault is a real keyset with the shares of case keys in memory, where a house that runs has them for a minute.
type vault struct {
	keys   *seal.Keyset
	mu     sync.RWMutex
	shares map[string][]byte
}

func newVault() (*vault, error) {
	keys, err := seal.Generate()
	return &vault{keys: keys, shares: map[string][]byte{}}, err
}

func (v *vault) NewCaseKey(_ context.Context, id string) ([]byte, postgres.CaseKey, error) {
	wrapped, share, key, err := v.keys.NewCaseKey(id)
	if err != nil {
		return nil, nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shares[id] = share
	return wrapped, key, nil
}

func (v *vault) OpenCaseKey(_ context.Context, id string, wrapped []byte, _ bool) (postgres.CaseKey, error) {
	v.mu.RLock()
	share, ok := v.shares[id]
	v.mu.RUnlock()
	if !ok {
		return nil, &cases.Error{Code: cases.NotFound}
	}
	return v.keys.OpenCaseKey(id, wrapped, share)
}

func (v *vault) wordKey(department, month string) [32]byte {
	return v.keys.Name("words/1", department, month)
}

var errNotHere = errors.New("the benchmark does not destroy and keeps no identities")

func (v *vault) DestroyCaseKey(context.Context, string) error { return errNotHere }
func (v *vault) DestroyFile(context.Context, string) error    { return errNotHere }
func (v *vault) SealIdentity(string, []byte) ([]byte, error)  { return nil, errNotHere }
func (v *vault) OpenIdentity(string, []byte) ([]byte, error)  { return nil, errNotHere }
