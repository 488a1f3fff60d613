package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// tokenBytes of randomness make a token of 32 letters, digits, dashes and underscores.
const tokenBytes = 24

// Invite stores an invitation and gives the token that accepts it, once, until inv.Expires. The token
// cannot be had again: only its SHA-256 is stored. Errors: NotAllowed by cases.MayKeepAccounts; Incomplete, naming the field.
func (s *Store) Invite(ctx context.Context, by cases.Actor, inv cases.Invite) (token string, err error) {
	if err := cases.MayKeepAccounts(by); err != nil {
		return "", err
	}
	for _, need := range []struct {
		field string
		ok    bool
	}{
		{"name", inv.Name != ""},
		{"role", slices.Contains(cases.Roles(), inv.Role) && inv.Role != cases.RoleGuest}, // a guest is invited to a case
		{"department", !inv.Role.Placed() || inv.Department != ""},
		{"expires", !inv.Expires.IsZero()},
	} {
		if !need.ok {
			return "", &cases.Error{Code: cases.Incomplete, Detail: "invite: " + need.field}
		}
	}
	token = newToken()
	err = s.transact(ctx, "invite an officer", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		err := s.q.InsertInvite(ctx, tx, db.InsertInviteParams{
			TokenHash: hashOf(token), Name: inv.Name, Role: string(inv.Role), Department: inv.Department, ExpiresAt: inv.Expires,
		})
		if err != nil {
			if unsure && brokeUnique(err, "invites_pkey") {
				return errDone
			}
			return err
		}
		return s.recordAccount(ctx, tx, AccountEvent{
			Kind: AccountInvited, By: by.Officer, Role: inv.Role, Department: inv.Department,
		})
	})
	if err != nil && !errors.Is(err, errDone) {
		return "", err
	}
	return token, nil
}

// Join makes an officer of the person known by key, reachable at the sealed address, by the invite
// behind token. The same person may repeat it; for anybody else, and for a token that expired or never
// was, the error is UsedUp. A person who is an officer already takes the place the invite names; but who works here is no
// guest of one case: NotAllowed.
func (s *Store) Join(ctx context.Context, token string, key, address []byte, lang string) (cases.Officer, error) {
	var o cases.Officer
	err := s.transact(ctx, "join as an officer", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		usedUp := &cases.Error{Code: cases.UsedUp}
		inv, err := s.q.LockInvite(ctx, tx, hashOf(token))
		if errors.Is(err, pgx.ErrNoRows) {
			return usedUp
		}
		if err != nil {
			return err
		}
		if inv.UsedBy != nil {
			row, err := s.q.OfficerByID(ctx, tx, *inv.UsedBy)
			if err == nil && (!bytes.Equal(row.OfficerKey, key) || row.RevokedAt != nil) {
				return usedUp
			}
			o = officer(row)
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if !now.Before(inv.ExpiresAt) {
			return usedUp
		}
		if err := s.fromOutside(ctx, tx, inv, key); err != nil {
			return err
		}
		row, err := s.q.SaveOfficer(ctx, tx, db.SaveOfficerParams{
			OfficerKey: key, Name: inv.Name, Role: inv.Role, Department: inv.Department, Language: lang,
		})
		if err != nil {
			return err
		}
		// Two orders: to replace in one would be to read, and the desk may not read addresses.
		n, err := s.q.AddOfficerAddress(ctx, tx, row.ID, address)
		if err == nil && n == 0 {
			err = s.q.ChangeOfficerAddress(ctx, tx, address, row.ID)
		}
		if err != nil {
			return err
		}
		o = officer(row)
		if err := s.q.UseInvite(ctx, tx, row.ID, now, inv.TokenHash); err != nil {
			return err
		}
		if err := s.welcome(ctx, tx, inv, o); err != nil {
			return err
		}
		return s.recordAccount(ctx, tx, AccountEvent{
			Kind: AccountJoined, Officer: o.ID, By: o.ID, Role: o.Role, Department: o.Department,
		})
	})
	if err != nil {
		return cases.Officer{}, err
	}
	s.officerKeys.forget()
	return o, nil
}

// OfficerByKey finds the officer a person is; ok is false for who is none, or none any more. Who has joined through another
// process a moment ago is found when they were known to be an officer before: then the database is asked in any case.
func (s *Store) OfficerByKey(ctx context.Context, key []byte, before bool) (o cases.Officer, ok bool, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	if !before && s.none(ctx, key) {
		return cases.Officer{}, false, nil
	}
	row, err := s.q.OfficerByKey(ctx, s.pool, key)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && row.RevokedAt != nil {
		return cases.Officer{}, false, nil
	}
	if err != nil {
		return cases.Officer{}, false, safe("find an officer", err)
	}
	return officer(row), true, nil
}

// Officer gives an officer, a revoked one too: old events name them. Error: NotFound.
func (s *Store) Officer(ctx context.Context, id cases.OfficerID) (cases.Officer, error) {
	row, err := s.officerRow(ctx, id)
	if err != nil {
		return cases.Officer{}, err
	}
	return officer(row), nil
}

// Officers gives the active officers of a department, of all when it is "", in the order they joined.
func (s *Store) Officers(ctx context.Context, department string) ([]cases.Officer, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	officers, err := s.roster(ctx, s.pool)(department)
	if err != nil {
		return nil, safe("list officers", err)
	}
	return officers, nil
}

// SetOfficerLanguage sets the language an officer is spoken to in. Error: NotFound.
func (s *Store) SetOfficerLanguage(ctx context.Context, id cases.OfficerID, lang string) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	n, err := s.q.SetOfficerLanguage(ctx, s.pool, lang, int64(id))
	if err == nil && n == 0 {
		return notFound()
	}
	return safe("set an officer's language", err)
}

// Revoke ends an officer's access at once; their cases stay theirs until somebody assigns them. Errors: NotAllowed by
// cases.MayKeepAccounts and for one's own account; NotNow for the last admin; NotFound.
func (s *Store) Revoke(ctx context.Context, by cases.Actor, id cases.OfficerID) error {
	return s.change(ctx, "revoke an officer", by, AccountEvent{Kind: AccountRevoked, Officer: id},
		func(ctx context.Context, tx pgx.Tx) (int64, error) { return s.q.RevokeOfficer(ctx, tx, int64(id)) })
}

// Place gives an officer another role, and a department if the role has one; it counts from the next thing they do.
// Errors: as Revoke; Incomplete, naming the field.
func (s *Store) Place(ctx context.Context, by cases.Actor, id cases.OfficerID, role cases.Role, department string) error {
	if !slices.Contains(cases.Roles(), role) || role != cases.RoleLeader && role.Placed() != (department != "") {
		return &cases.Error{Code: cases.Incomplete, Detail: "place: role, department"}
	}
	return s.change(ctx, "place an officer", by, AccountEvent{Kind: AccountPlaceChanged, Officer: id, Role: role, Department: department},
		func(ctx context.Context, tx pgx.Tx) (int64, error) {
			return s.q.PlaceOfficer(ctx, tx, string(role), department, int64(id))
		})
}

// change changes one officer's account and records it.
func (s *Store) change(ctx context.Context, doing string, by cases.Actor, e AccountEvent, do func(context.Context, pgx.Tx) (int64, error)) error {
	if err := cases.MayKeepAccounts(by); err != nil {
		return err
	}
	e.By = by.Officer
	if by.Party == cases.Office && by.Officer == e.Officer {
		return &cases.Error{Code: cases.NotAllowed, Detail: "keep accounts: one's own"}
	}
	return s.transact(ctx, doing, func(ctx context.Context, tx pgx.Tx, _ bool) error {
		if err := s.q.LockAccounts(ctx, tx); err != nil { // two admins must not end each other's access at once
			return err
		}
		n, err := do(ctx, tx)
		if err == nil && n == 0 {
			return notFound()
		}
		if err != nil {
			return err
		}
		if left, err := s.q.AnyAdmin(ctx, tx); err != nil || !left && by.Party == cases.Office {
			return errors.Join(err, &cases.Error{Code: cases.NotNow, Detail: "keep accounts: the last admin"})
		}
		return s.recordAccount(ctx, tx, e)
	})
}

// errDone ends a transaction that an earlier try of it has done.
var errDone = &cases.Error{Code: cases.Changed, Detail: "done before"}

// OfficerAddress gives the sealed address of an active officer. Error: NotFound.
func (s *Store) OfficerAddress(ctx context.Context, id cases.OfficerID) ([]byte, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	sealed, err := s.q.OfficerAddress(ctx, s.pool, int64(id))
	if err != nil {
		return nil, safe("read an address", err)
	}
	return sealed, nil
}

// StepUp gives the sealed secret of an officer's one-time codes, nil when none is set up.
func (s *Store) StepUp(ctx context.Context, id cases.OfficerID) ([]byte, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	sealed, err := s.q.OfficerCode(ctx, s.pool, int64(id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return sealed, safe("read a code's secret", err)
}

// SetStepUp keeps the sealed secret of an officer's one-time codes; nil takes it away.
func (s *Store) SetStepUp(ctx context.Context, id cases.OfficerID, sealed []byte) error {
	return s.transact(ctx, "keep a code's secret", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		e := AccountEvent{Kind: AccountStepUpSet, Officer: id}
		if sealed == nil {
			e.Code = "off"
			if err := s.q.DeleteOfficerCode(ctx, tx, int64(id)); err != nil {
				return err
			}
		} else if err := s.q.SaveOfficerCode(ctx, tx, int64(id), sealed); err != nil {
			return err
		}
		return s.recordAccount(ctx, tx, e)
	})
}

func (s *Store) officerRow(ctx context.Context, id cases.OfficerID) (db.Officer, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.q.OfficerByID(ctx, s.pool, int64(id))
	return row, safe("read an officer", err)
}

// roster gives the active officers of a department, of all departments for "".
type roster func(department string) ([]cases.Officer, error)

// roster asks anew each time.
func (s *Store) roster(ctx context.Context, d db.DBTX) roster {
	return func(department string) ([]cases.Officer, error) {
		rows, err := s.q.ActiveOfficers(ctx, d, department)
		out := make([]cases.Officer, len(rows))
		for i, r := range rows {
			out[i] = officer(r)
		}
		return out, err
	}
}

func officer(r db.Officer) cases.Officer {
	o := cases.Officer{
		ID: cases.OfficerID(r.ID), Name: r.Name, Role: cases.Role(r.Role), Department: r.Department, Language: r.Language,
		Revoked: r.RevokedAt != nil, AwayUntil: timeOf(r.AwayUntil), Deputy: officerOf(r.Deputy),
	}
	if len(r.Skills) > 0 {
		o.Skills = r.Skills
	}
	return o
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
