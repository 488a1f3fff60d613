package postgres

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// CaseByID gives a case by its row id, to whoever holds it. Error: NotFound.
func (s *Store) CaseByID(ctx context.Context, id string) (cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.caseRow(ctx, s.pool, id)
	if err != nil {
		return cases.Case{}, err
	}
	return caseOf(row)
}

// ByReceipt gives the case that a receipt's lookup value leads to, to a colleague who joined as they have it. Error:
// NotFound. It does the same work whether there is one or not: rows are read and decoded, and only then compared.
func (s *Store) ByReceipt(ctx context.Context, lookup []byte) (cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	joined, joinedErr := s.joinedAt(ctx, lookup)
	row, err := s.q.CaseAtReceipt(ctx, s.pool, lookup)
	if joinedErr == nil {
		return joined, nil
	}
	if cases.CodeOf(joinedErr) != cases.NotFound && !errors.Is(joinedErr, pgx.ErrNoRows) {
		return cases.Case{}, safe("read a case", joinedErr)
	}
	if err != nil {
		return cases.Case{}, safe("read a case", err)
	}
	c, err := caseOf(row.Case)
	if subtle.ConstantTimeCompare(row.ReceiptLookup, lookup) != 1 {
		return cases.Case{}, notFound()
	}
	return c, err
}

// ByReporter gives the cases filed from a chat, newest first, and after them those that it joined, as it has them; none
// is no error.
func (s *Store) ByReporter(ctx context.Context, reporter []byte) ([]cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	rows, err := s.q.CasesByReporter(ctx, s.pool, reporter)
	if err != nil {
		return nil, safe("read a reporter's cases", err)
	}
	filed, err := casesOf(rows)
	if err != nil {
		return nil, err
	}
	joined, err := s.joinedCases(ctx, reporter)
	if err != nil {
		return nil, safe("read a reporter's cases", err)
	}
	return append(filed, joined...), nil
}

// Events gives all events of a case, oldest first, with their bodies opened, to a reporter's side that has found the
// case; officers ask by Desk. What of it may be shown is the caller's to decide (cases.Timeline). Error: NotFound.
func (s *Store) Events(ctx context.Context, caseID string) ([]cases.Event, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return s.events(ctx, s.pool, caseID)
}

func (s *Store) events(ctx context.Context, d db.DBTX, caseID string) ([]cases.Event, error) {
	row, err := s.caseRow(ctx, d, caseID)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.EventsOfCase(ctx, d, caseID)
	if err != nil {
		return nil, safe("read events", err)
	}
	key := s.caseKey(ctx, row)
	out := make([]cases.Event, len(rows))
	for i, r := range rows {
		if out[i], err = eventOf(r, key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// history is what happened to a case, without anybody's words.
func (s *Store) history(ctx context.Context, d db.DBTX, caseID string) ([]cases.Event, error) {
	rows, err := s.q.EventsOfCase(ctx, d, caseID)
	if err != nil {
		return nil, safe("read events", err)
	}
	out := make([]cases.Event, len(rows))
	for i, r := range rows {
		r.Body = nil
		if out[i], err = eventOf(r, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Event gives one event with its body opened. Error: NotFound.
func (s *Store) Event(ctx context.Context, caseID string, seq int) (cases.Event, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.caseRow(ctx, s.pool, caseID)
	if err != nil {
		return cases.Event{}, err
	}
	r, err := s.q.EventBySeq(ctx, s.pool, caseID, int32(seq))
	if err != nil {
		return cases.Event{}, safe("read an event", err)
	}
	return eventOf(r, s.caseKey(ctx, row))
}

// ReporterAddress gives the sealed address notices go to, and the reporter's language; only to the postman. Error:
// NotFound for a case that keeps no address.
func (s *Store) ReporterAddress(ctx context.Context, caseID string) (sealed []byte, language string, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.caseRow(ctx, s.pool, caseID)
	if err != nil {
		return nil, "", err
	}
	sealed, err = s.q.AddressOfCase(ctx, s.pool, caseID)
	if err == nil && sealed == nil {
		err = notFound()
	}
	if err != nil {
		return nil, "", safe("read an address", err)
	}
	return sealed, row.Language, nil
}

func (s *Store) caseRow(ctx context.Context, d db.DBTX, id string) (db.Case, error) {
	if !validID(id) {
		return db.Case{}, notFound()
	}
	row, err := s.q.CaseByID(ctx, d, id)
	return row, safe("read a case", err)
}
