package postgres

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// InviteGuest does an act that invites somebody from outside and gives the token that lets them in, once, in the name of
// who acts: when that person loses the case, the invitation is worth nothing. The same act done again gives another token;
// only one of them lets anybody in, because a case has one place of each kind. Errors as for Act, and Incomplete.
func (s *Store) InviteGuest(ctx context.Context, ref cases.Reference, a cases.Act, inv cases.Invite) (token string, c cases.Case, err error) {
	if a.Action != cases.InviteGuest || inv.Name == "" || inv.Expires.IsZero() {
		return "", c, &cases.Error{Code: cases.Incomplete, Detail: "invite a guest"}
	}
	if a.Key == "" {
		a.Key = newID()
	}
	token = newToken()
	err = s.transact(ctx, "invite a guest", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		if err := s.as(ctx, tx, a.By); err != nil {
			return err
		}
		row, err := s.q.LockCaseByRef(ctx, tx, string(ref))
		if err != nil {
			return err
		}
		var e cases.Event
		if c, e, _, err = s.actTx(ctx, tx, row, a); err != nil {
			return err
		}
		err = s.q.InsertGuestInvite(ctx, tx, db.InsertGuestInviteParams{
			TokenHash: hashOf(token), Name: inv.Name, ExpiresAt: inv.Expires, CaseID: c.ID, WhatFor: e.Code,
			AccessUntil: e.Until, InvitedBy: int64(a.By.Officer),
		})
		if err != nil {
			if unsure && brokeUnique(err, "invites_pkey") {
				return errDone
			}
			return err
		}
		return s.recordAccount(ctx, tx, AccountEvent{Kind: AccountInvited, By: a.By.Officer, Role: cases.RoleGuest})
	})
	if err != nil && !errors.Is(err, errDone) {
		return "", cases.Case{}, err
	}
	return token, c, nil
}

func newToken() string {
	var raw [tokenBytes]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// fromOutside refuses an invitation to a case to somebody who works here: the guest's account would take the place of theirs.
func (s *Store) fromOutside(ctx context.Context, tx pgx.Tx, inv db.Invite, key []byte) error {
	if inv.CaseID == nil {
		return nil
	}
	row, err := s.q.OfficerByKey(ctx, tx, key)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err == nil && row.RevokedAt == nil && cases.Role(row.Role) != cases.RoleGuest:
		return &cases.Error{Code: cases.NotAllowed, Detail: "join: works here"}
	}
	return err
}

// welcome lets a guest who has just joined into the case of an invitation, in the name of who gave it. The error is UsedUp
// when that person may no longer invite, or the place is taken or gone.
func (s *Store) welcome(ctx context.Context, tx pgx.Tx, inv db.Invite, o cases.Officer) error {
	if inv.CaseID == nil || inv.InvitedBy == nil || inv.AccessUntil == nil {
		return nil
	}
	usedUp := &cases.Error{Code: cases.UsedUp, Detail: "join: the case"}
	host, err := s.q.OfficerByID(ctx, tx, *inv.InvitedBy)
	if err != nil {
		return err
	}
	if host.RevokedAt != nil {
		return usedUp
	}
	by := officer(host).Actor()
	if err := s.as(ctx, tx, by); err != nil {
		return err
	}
	row, err := s.q.LockCaseByID(ctx, tx, *inv.CaseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return usedUp
	}
	if err != nil {
		return err
	}
	c, err := caseOf(row)
	if err != nil {
		return err
	}
	if cases.Can(by, cases.InviteGuest, c) != nil {
		return usedUp
	}
	_, _, _, err = s.actTx(ctx, tx, row, cases.Act{
		Action: cases.JoinGuest, By: cases.Actor{Party: cases.System}, To: o.ID, Code: inv.WhatFor,
		Until: *inv.AccessUntil, Key: "join:" + hex.EncodeToString(inv.TokenHash[:12]),
	})
	if code := cases.CodeOf(err); code != "" && code != cases.Away {
		return usedUp
	}
	return err
}

// throughDesk is who writes a case's row: what the system does as a guest comes in belongs to an act of the desk.
func throughDesk(a cases.Act) cases.Actor {
	if a.Action == cases.JoinGuest {
		return cases.Actor{Party: cases.Office}
	}
	return a.By
}

// settlement gives what both sides of a mediation agree to: the answer of the case.
func (s *Store) settlement(ctx context.Context, tx pgx.Tx, c cases.Case, key func() (CaseKey, error)) (*cases.Body, error) {
	row, err := s.q.EventBySeq(ctx, tx, c.ID, int32(c.Mediation.Offer))
	if err != nil {
		return nil, err
	}
	e, err := eventOf(row, key)
	if err != nil || e.Body == nil {
		return nil, err
	}
	return &cases.Body{Text: e.Body.Text}, nil
}

// takePart refuses to ask somebody into a case, c being it after the act, whom cases.MayAskIn does not let in.
func (s *Store) takePart(ctx context.Context, tx pgx.Tx, a cases.Act, c cases.Case, e cases.Event) error {
	var ids []cases.OfficerID
	switch e.Kind {
	case cases.Convened:
		ids = e.Officers
	case cases.Mediating:
		ids = []cases.OfficerID{e.To}
	}
	for _, id := range ids {
		row, err := s.q.OfficerByID(ctx, tx, int64(id))
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if o := officer(row); err != nil || !c.MayAskIn(a.Action, a.By, o, s.opts.Confidential[o.Department]) {
			return &cases.Error{Code: cases.NotFound, Detail: string(e.Kind) + ": officer"}
		}
	}
	return nil
}

// revokeGuests ends the accounts of guests whom no case needs any more, once they were told all there is to tell.
func (s *Store) revokeGuests(ctx context.Context) error {
	return s.transact(ctx, "revoke guests", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		ids, err := s.q.RevokeGuests(ctx, tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.recordAccount(ctx, tx, AccountEvent{Kind: AccountRevoked, Officer: cases.OfficerID(id)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AskedIn gives the cases that an officer may know of because they were asked in (to a panel, as a mediator, as counsel,
// as the other side), as they may know them, the oldest first.
func (o Officers) AskedIn(ctx context.Context, by cases.Actor) (out []cases.Case, err error) {
	err = o.browse(ctx, "list cases of a guest", by, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := o.q.CasesOfGuest(ctx, tx, int64(by.Officer))
		if err != nil {
			return err
		}
		all, err := casesOf(rows)
		for _, c := range all {
			if cases.Can(by, cases.List, c) != nil {
				continue
			}
			if err := o.asKnown(ctx, tx, &c); err != nil {
				return err
			}
			out = append(out, c.Shown(by))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
