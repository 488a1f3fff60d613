package main

import (
	"context"
	"errors"

	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

// reader opens what cases say for the checks, with the house's own keys. It makes and destroys nothing.
type reader struct {
	keys  *seal.Keyset
	blobs *blobs.Store
}

var errReads = errors.New("checks only read")

// OpenCaseKey implements postgres.Vault.
func (r reader) OpenCaseKey(ctx context.Context, caseID string, wrapped []byte, shared bool) (postgres.CaseKey, error) {
	if !shared {
		return r.keys.OpenWholeCaseKey(caseID, wrapped)
	}
	share, err := r.blobs.Share(ctx, caseID)
	if err != nil {
		return nil, err
	}
	return r.keys.OpenCaseKey(caseID, wrapped, share)
}

func (r reader) OpenIdentity(caseID string, sealed []byte) ([]byte, error) {
	return r.keys.OpenIdentity(caseID, sealed)
}

func (reader) NewCaseKey(context.Context, string) ([]byte, postgres.CaseKey, error) {
	return nil, nil, errReads
}
func (reader) DestroyCaseKey(context.Context, string) error { return errReads }
func (reader) DestroyFile(context.Context, string) error    { return errReads }
func (reader) SealIdentity(string, []byte) ([]byte, error)  { return nil, errReads }
