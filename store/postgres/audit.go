package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/postgres/db"
)

// record stores an event with its hash, which covers the event before it, and notes that it waits to be sealed. Every
// event but a case's first is written here. The caller holds the case's row locked, or has just inserted it.
func (s *Store) record(ctx context.Context, tx pgx.Tx, h happening) error {
	prev, err := s.chainBefore(ctx, tx, h.Case, h.Seq)
	if err != nil {
		return err
	}
	row, err := s.hashed(prev, h)
	if err != nil {
		return err
	}
	return s.q.InsertEvent(ctx, tx, row)
}

// hashed is the row of an event that follows the one with the hash prev.
func (s *Store) hashed(prev audit.Hash, h happening) (db.InsertEventParams, error) {
	e := h.Event
	row, err := eventRow(e, h.body)
	if err != nil {
		return row, err
	}
	hash := audit.EventHash(prev, audit.Event{
		Case: e.Case, Seq: int64(e.Seq), Kind: string(e.Kind), At: e.At, Party: string(e.By.Party), Officer: int64(e.By.Officer),
		Role: string(e.By.Role), ByDepartment: e.By.Department, Status: string(e.Status), To: int64(e.To),
		Department: e.Department, Code: e.Code, Body: audit.BodyHash(h.body), Key: e.Key, More: row.More,
	})
	row.Hash, row.Due = hash[:], e.At
	// A time that was rounded to its day is not to be told by the block the event is sealed in.
	if day := s.day(e.At); e.At.Equal(day) {
		row.Due = day.AddDate(0, 0, 1)
	}
	return row, nil
}

// recordCommitment keeps what a filing wants the tree to show. It joins the tree when the day of at is over, together
// with all others of that day, and names no case. Nothing is no commitment.
func (s *Store) recordCommitment(ctx context.Context, tx pgx.Tx, at time.Time, commitment []byte) error {
	if len(commitment) == 0 {
		return nil
	}
	if err := commits(commitment); err != nil {
		return err
	}
	return s.q.InsertCommitment(ctx, tx, commitment, s.shownFrom(at))
}

// commits refuses what is no commitment; nothing is none.
func commits(commitment []byte) error {
	if _, ok := audit.HashOf(commitment); !ok && len(commitment) > 0 {
		return &cases.Error{Code: cases.Incomplete, Detail: "file: commitment"}
	}
	return nil
}

// shownFrom is when a commitment of an instant joins the tree.
func (s *Store) shownFrom(at time.Time) time.Time { return s.day(at).AddDate(0, 0, 1) }

// day is the start of the organisation's day that t is in.
func (s *Store) day(t time.Time) time.Time {
	y, m, d := t.In(s.opts.Location).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.opts.Location)
}

// chainBefore gives what the event of a number hangs on. Events from before the chain have no hash; theirs is computed
// from how they stand, so that they are covered from here on.
func (s *Store) chainBefore(ctx context.Context, tx pgx.Tx, caseID string, seq int) (audit.Hash, error) {
	prev := audit.CaseStart(caseID)
	if seq == 1 {
		return prev, nil
	}
	stored, err := s.q.EventHash(ctx, tx, caseID, int32(seq-1))
	if errors.Is(err, pgx.ErrNoRows) {
		return prev, errors.New("the event before this one is missing")
	}
	if err != nil {
		return prev, err
	}
	if stored != nil {
		return hashOf32(stored)
	}
	rows, err := s.q.EventsOfCase(ctx, tx, caseID)
	if err != nil {
		return prev, err
	}
	for _, r := range rows {
		if r.Hash != nil {
			return prev, errors.New("an event without a hash follows one that has one")
		}
		prev = audit.EventHash(prev, eventToHash(r, audit.BodyHash(r.Body)))
	}
	return prev, nil
}

// eventToHash is a stored row as it is hashed; its own Body is not looked at.
func eventToHash(r db.Event, body audit.Hash) audit.Event {
	return audit.Event{
		Case: r.CaseID, Seq: int64(r.Seq), Kind: r.Kind, At: r.At, Party: r.Party, Officer: int64(officerOf(r.Officer)),
		Role: r.Role, ByDepartment: r.ByDepartment, Status: r.Status, To: int64(officerOf(r.ToOfficer)),
		Department: r.Department, Code: r.Code, Body: body, Key: r.ActionKey, More: r.More,
	}
}

func hashOf32(b []byte) (audit.Hash, error) {
	h, ok := audit.HashOf(b)
	if !ok {
		return h, errors.New("a stored hash has another length")
	}
	return h, nil
}

// AccountKind names what happened to an officer's account or to the keys: lower-case letters and underscores.
type AccountKind string

// The kinds of account events.
const (
	AccountInvited      AccountKind = "invited"
	AccountJoined       AccountKind = "joined"
	AccountPlaceChanged AccountKind = "place_changed" // another role or department
	AccountRevoked      AccountKind = "revoked"
	AccountStepUpSet    AccountKind = "step_up_set"
	AccountKeysRotated  AccountKind = "keys_rotated"
)

// AccountEvent is one thing that happened to an officer's account or to the keys.
type AccountEvent struct {
	Kind AccountKind
	// Officer is whose account it is; 0 when it is nobody's yet, or concerns the house.
	Officer cases.OfficerID
	// By is who did it; 0 is whoever has the command line, or the house itself.
	By cases.OfficerID
	// Role and Department are the account's, afterwards.
	Role       cases.Role
	Department string
	Code       string // a machine-readable detail
}

// RecordAccount stores an account event by itself, for what happens outside the database. Errors: Away.
func (s *Store) RecordAccount(ctx context.Context, e AccountEvent) error {
	return s.transact(ctx, "record an account event", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		return s.recordAccount(ctx, tx, e)
	})
}

// recordAccount stores an account event in the transaction of what it tells, which then goes alone to its end: account
// events form one chain.
func (s *Store) recordAccount(ctx context.Context, tx pgx.Tx, e AccountEvent) error {
	if err := s.q.LockAccounts(ctx, tx); err != nil {
		return err
	}
	prev, seq := audit.AccountStart(), int64(0)
	newest, err := s.q.NewestAccountEvent(ctx, tx)
	switch {
	case err == nil:
		seq = newest.Seq
		if prev, err = hashOf32(newest.Hash); err != nil {
			return err
		}
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	now, err := s.now(ctx, tx)
	if err != nil {
		return err
	}
	a := audit.Account{
		Seq: seq + 1, Kind: string(e.Kind), At: now, Officer: int64(e.Officer), By: int64(e.By), Role: string(e.Role),
		Department: e.Department, Code: e.Code,
	}
	hash := audit.AccountHash(prev, a)
	err = s.q.InsertAccountEvent(ctx, tx, db.InsertAccountEventParams{
		Seq: a.Seq, Kind: a.Kind, At: a.At, Officer: officerRow(e.Officer), ByOfficer: officerRow(e.By), Role: a.Role,
		Department: a.Department, Code: a.Code, Hash: hash[:],
	})
	if err != nil {
		return fmt.Errorf("account event: %w", err)
	}
	return nil
}
