package postgres

import (
	"context"
	"crypto/subtle"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// CaseByRef gives a case to an officer. Error: NotFound also when the officer may not know of it.
func (s *Store) CaseByRef(ctx context.Context, by cases.Actor, ref cases.Reference) (cases.Case, error) {
	c, err := s.oneCase(ctx, func(ctx context.Context) (db.Case, error) { return s.q.CaseByRef(ctx, s.pool, string(ref)) })
	if err != nil {
		return cases.Case{}, err
	}
	if cases.Can(by, cases.List, c) != nil {
		return cases.Case{}, notFound()
	}
	return c, nil
}

// CaseByID gives a case by its row id, to whoever holds it. Error: NotFound.
func (s *Store) CaseByID(ctx context.Context, id string) (cases.Case, error) {
	row, err := s.caseRow(ctx, id)
	if err != nil {
		return cases.Case{}, err
	}
	return caseOf(row)
}

// ByReceipt gives the anonymous case that a receipt's lookup value leads to. Error: NotFound. It does the same work
// whether there is one or not: a row is read and decoded, and only then compared.
func (s *Store) ByReceipt(ctx context.Context, lookup []byte) (cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.q.CaseAtReceipt(ctx, s.pool, lookup)
	if err != nil {
		return cases.Case{}, safe("read a case", err)
	}
	c, err := caseOf(row)
	if subtle.ConstantTimeCompare(row.ReceiptLookup, lookup) != 1 {
		return cases.Case{}, notFound()
	}
	return c, err
}

// ByReporter gives the cases filed from a chat, newest first; none is no error.
func (s *Store) ByReporter(ctx context.Context, reporter []byte) ([]cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	rows, err := s.q.CasesByReporter(ctx, s.pool, reporter)
	if err != nil {
		return nil, safe("read a reporter's cases", err)
	}
	return casesOf(rows)
}

// Events gives all events of a case, oldest first, with their bodies opened. What of it may be shown
// to whom is the caller's to decide (cases.Timeline). Error: NotFound.
func (s *Store) Events(ctx context.Context, caseID string) ([]cases.Event, error) {
	row, err := s.caseRow(ctx, caseID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	rows, err := s.q.EventsOfCase(ctx, s.pool, caseID)
	if err != nil {
		return nil, safe("read events", err)
	}
	key := s.caseKey(row.ID, row.WrappedKey)
	out := make([]cases.Event, len(rows))
	for i, r := range rows {
		if out[i], err = eventOf(r, key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Event gives one event with its body opened. Error: NotFound.
func (s *Store) Event(ctx context.Context, caseID string, seq int) (cases.Event, error) {
	row, err := s.caseRow(ctx, caseID)
	if err != nil {
		return cases.Event{}, err
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	r, err := s.q.EventBySeq(ctx, s.pool, caseID, int32(seq))
	if err != nil {
		return cases.Event{}, safe("read an event", err)
	}
	return eventOf(r, s.caseKey(row.ID, row.WrappedKey))
}

// Identity gives what the reporter of a named case said of themselves. Errors: NotAllowed for a
// confidential case, whose identity is for its custodian; NotFound for an anonymous one, which has none.
func (s *Store) Identity(ctx context.Context, caseID string) (*cases.Identity, error) {
	row, err := s.caseRow(ctx, caseID)
	if err != nil {
		return nil, err
	}
	switch cases.Mode(row.Mode) {
	case cases.Named:
	case cases.Confidential:
		return nil, &cases.Error{Code: cases.NotAllowed, Detail: "identity"}
	default:
		return nil, notFound()
	}
	key, err := s.caseKey(row.ID, row.WrappedKey)()
	if err != nil {
		return nil, err
	}
	who := new(cases.Identity)
	if err := unseal(key, fieldIdentity, 1, row.Identity, who); err != nil {
		return nil, err
	}
	return who, nil
}

// ReporterAddress gives the sealed address notices go to, and the reporter's language. Error:
// NotFound for an anonymous case, which has no address.
func (s *Store) ReporterAddress(ctx context.Context, caseID string) (sealed []byte, language string, err error) {
	row, err := s.caseRow(ctx, caseID)
	if err != nil {
		return nil, "", err
	}
	if row.Address == nil {
		return nil, "", notFound()
	}
	return row.Address, row.Language, nil
}

func (s *Store) caseRow(ctx context.Context, id string) (db.Case, error) {
	if !validID(id) {
		return db.Case{}, notFound()
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.q.CaseByID(ctx, s.pool, id)
	return row, safe("read a case", err)
}

func (s *Store) oneCase(ctx context.Context, get func(context.Context) (db.Case, error)) (cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := get(ctx)
	if err != nil {
		return cases.Case{}, safe("read a case", err)
	}
	return caseOf(row)
}
