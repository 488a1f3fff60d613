package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiyin/cases"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

// vault lends the keyset and the blob store to the case store: a case's key has one half in Postgres and the other among
// the blobs, so that no copy of the database alone, however old, opens what was destroyed since.
type vault struct {
	keys  caseKeys
	blobs *blobs.Store
}

// NewCaseKey implements postgres.Vault.
func (v vault) NewCaseKey(ctx context.Context, caseID string) ([]byte, postgres.CaseKey, error) {
	wrapped, share, key, err := v.keys.NewCaseKey(caseID)
	if err != nil {
		return nil, nil, err
	}
	if err := v.blobs.PutShare(ctx, caseID, share); err != nil {
		return nil, nil, away("keep half of a key", err)
	}
	return wrapped, key, nil
}

// OpenCaseKey implements postgres.Vault.
func (v vault) OpenCaseKey(ctx context.Context, caseID string, wrapped []byte, shared bool) (postgres.CaseKey, error) {
	if !shared {
		return v.keys.OpenWholeCaseKey(caseID, wrapped)
	}
	share, err := v.blobs.Share(ctx, caseID)
	if errors.Is(err, blobs.ErrNotFound) {
		return nil, &cases.Error{Code: cases.NotFound, Detail: "its key is destroyed"}
	}
	if err != nil {
		return nil, away("read half of a key", err)
	}
	return v.keys.OpenCaseKey(caseID, wrapped, share)
}

// DestroyCaseKey implements postgres.Vault.
func (v vault) DestroyCaseKey(ctx context.Context, caseID string) error {
	return away("destroy half of a key", v.blobs.DeleteShare(ctx, caseID))
}

const (
	// orphanAge is when a share without a case is not on its way to one any more. A folder rounds times down to their day,
	// so the share of a filing that just begins may look a day old.
	orphanAge = 48 * time.Hour
	// mostOrphans is how many a sweep removes at most. They are left by processes that died between two writes, so there
	// are few; where there are many, the database is not the one that these shares belong to.
	mostOrphans = 20
)

// errManyOrphans says that a sweep removed nothing.
var errManyOrphans = errors.New("the blob store holds many keys without a case: it belongs to another database, or this one is an old copy")

// sweepShares destroys shares that belong to no case, and gives how many. Errors: errManyOrphans; Away.
func (v vault) sweepShares(ctx context.Context, known postgres.Known, now time.Time) (int, error) {
	var orphans, ids []string
	ask := func() error {
		there, err := known(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !there[id] {
				orphans = append(orphans, id)
			}
		}
		if ids = ids[:0]; len(orphans) > mostOrphans {
			return errManyOrphans
		}
		return nil
	}
	for id, err := range v.blobs.SharesBefore(ctx, now.Add(-orphanAge)) {
		if err != nil {
			return 0, away("list halves of keys", err)
		}
		if ids = append(ids, id); len(ids) == 500 {
			if err := ask(); err != nil {
				return 0, err
			}
		}
	}
	if err := ask(); err != nil {
		return 0, err
	}
	for n, id := range orphans {
		if err := v.DestroyCaseKey(ctx, id); err != nil {
			return n, err
		}
	}
	return len(orphans), nil
}

// DestroyFile implements postgres.Vault.
func (v vault) DestroyFile(ctx context.Context, fileID string) error {
	return away("destroy a file", errors.Join(v.blobs.Delete(ctx, copyOf(fileID)), v.blobs.Delete(ctx, originalOf(fileID))))
}

// SealIdentity implements postgres.Vault.
func (v vault) SealIdentity(caseID string, plain []byte) ([]byte, error) {
	return v.keys.SealIdentity(caseID, plain)
}

// OpenIdentity implements postgres.Vault.
func (v vault) OpenIdentity(caseID string, sealed []byte) ([]byte, error) {
	return v.keys.OpenIdentity(caseID, sealed)
}

// away makes a blob store that cannot be reached something that is tried again.
func away(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, blobs.ErrAway):
		return &cases.Error{Code: cases.Away, Err: fmt.Errorf("%s: %w", doing, err)}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// copyOf and originalOf are the blobs of a file: what officers get, and what was sent.
func copyOf(fileID string) string     { return "files/" + fileID[:2] + "/" + fileID + "/copy" }
func originalOf(fileID string) string { return "files/" + fileID[:2] + "/" + fileID + "/original" }

// secrets lend the keyset to the desk for what it keeps of officers, sealed for one purpose.
type secrets struct {
	keys    *seal.Keyset
	purpose string
}

func (s secrets) Seal(officer cases.OfficerID, plain []byte) ([]byte, error) {
	return s.keys.SealSecret(s.purpose, fmt.Sprint(officer), plain)
}

func (s secrets) Open(officer cases.OfficerID, sealed []byte) ([]byte, error) {
	return s.keys.OpenSecret(s.purpose, fmt.Sprint(officer), sealed)
}

// trailKeys lend the keyset to the memory of what stands in chats. The postman adds to it and holds no key of sessions.
type trailKeys struct{ keys *seal.Keyset }

func (t trailKeys) SealSession(name, plain []byte) ([]byte, error) {
	return t.keys.SealTrail(name, plain), nil
}

func (t trailKeys) OpenSession(name, sealed []byte) ([]byte, error) {
	return t.keys.OpenTrail(name, sealed)
}

// receipts lends the keyset to the reporters' side.
type receipts struct{ keys *seal.Keyset }

func (r receipts) New(secret []byte) string { return string(r.keys.NewReceipt(secret)) }

func (r receipts) Find(s string) (string, bool) {
	found, ok := seal.FindReceipt(s)
	return string(found), ok
}

func (r receipts) Lookup(receipt string) []byte {
	name := r.keys.ReceiptLookup(seal.Receipt(receipt))
	return name[:]
}

func (r receipts) Commitment(receipt string) []byte {
	c := r.keys.Commitment(seal.Receipt(receipt))
	return c[:]
}

func (r receipts) Shown(receipt string) string { return seal.Receipt(receipt).String() }
