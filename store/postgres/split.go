package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Split makes a part of a case a case of its own, of a kind that the same department works; a.Body says which part. The
// reporter is the same, and whoever has nothing to do with the one has nothing to do with the other. Both events, the new
// case and what leads back to its reporter are stored in one transaction. c is the case that was split, part the new one.
// When the key was used before, nothing happens and again is true.
//
// Errors: NotNow for a case whose reporter has no name; Incomplete for a kind of another department; else as for Act.
func (o Officers) Split(ctx context.Context, ref cases.Reference, kind cases.Kind, a cases.Act) (c, part cases.Case, again bool, err error) {
	s := o.Store
	if a.Key == "" {
		a.Key = newID()
	}
	if a.Action != cases.Split || a.By.Party != cases.Office {
		return c, part, false, &cases.Error{Code: cases.NotAllowed, Detail: "split"}
	}
	if _, ok := s.opts.Rules[kind.Procedure]; !ok && kind.Procedure != "" {
		return c, part, false, &cases.Error{Code: cases.Incomplete, Detail: "split: kind"}
	}
	id := newID()
	a.Other = id
	wrapped, key, err := s.vault.NewCaseKey(ctx, id)
	if err != nil {
		return c, part, false, fmt.Errorf("split a case: %w", err)
	}
	defer func() {
		if err != nil || part.ID != id {
			_ = s.vault.DestroyCaseKey(ctx, id) // nothing was sealed with it; a sweep finds what stays behind
		}
	}()
	for draw := 1; ; draw++ {
		fresh, err := s.newReference()
		if err != nil {
			return cases.Case{}, cases.Case{}, false, fmt.Errorf("split a case: %w", err)
		}
		taken := false
		err = s.transact(ctx, "split a case", func(ctx context.Context, tx pgx.Tx, unsure bool) (err error) {
			if err := s.as(ctx, tx, a.By); err != nil {
				return err
			}
			row, err := s.q.LockCaseByRef(ctx, tx, string(ref))
			if err != nil {
				return err
			}
			var e cases.Event
			if c, e, again, err = s.actTx(ctx, tx, row, a); err != nil {
				return err
			}
			if again {
				again = !unsure
				_, part, err = s.seen(ctx, tx, a.By, e.Other)
				return err
			}
			if c.Department != kind.Department {
				return &cases.Error{Code: cases.Incomplete, Detail: "split: kind"}
			}
			part = cases.Case{
				ID: id, Ref: fresh, Draft: "split:" + id, Mode: c.Mode, Kind: kind.ID, Unit: c.Unit, Department: c.Department,
				Language: c.Language, Retention: kind.Retention, Restricted: kind.Restricted || c.Restricted,
			}
			err = s.splitTx(ctx, tx, row, c, &part, a, s.rules(kind.Procedure), wrapped, key)
			taken = brokeUnique(err, "cases_ref_key")
			return err
		})
		switch {
		case err == nil:
			return c, part, again, nil
		case !taken || draw == maxReferences:
			return cases.Case{}, cases.Case{}, false, err
		}
	}
}

// splitTx stores the new case, whose reporter the database copies, and links it back.
func (s *Store) splitTx(ctx context.Context, tx pgx.Tx, row db.Case, whole cases.Case, part *cases.Case, a cases.Act, rules cases.Rules, wrapped []byte, key CaseKey) error {
	now, err := s.now(ctx, tx)
	if err != nil {
		return err
	}
	// What leads back to the reporter is copied inside the database: here stands only that there is something.
	f := cases.Filing{Case: *part, Body: cases.Body{Text: a.Body.Text}, Way: cases.Way{Reporter: []byte("copied"), Address: []byte("copied")}}
	e, err := f.Begin(rules, cases.Quiet{}, now)
	if err != nil {
		return err
	}
	e.Other = whole.ID
	*part = f.Case
	events, err := recuse(part, slices.Clone(whole.Recused), part.Draft, e.At, time.Time{})
	if err != nil {
		return err
	}
	p0, err := caseRow(*part)
	if err != nil {
		return err
	}
	written, err := splitRow(*part, p0)
	if err != nil {
		return err
	}
	named, err := s.copyIdentity(ctx, tx, row, whole, key)
	if err != nil {
		return err
	}
	done, err := s.q.SplitCase(ctx, tx, whole.ID, written, wrapped, named)
	if err == nil && !done {
		err = notFound()
	}
	if err != nil {
		return err
	}
	for _, e := range append([]cases.Event{e}, events...) {
		if err := s.happen(ctx, tx, *part, e, now, func() (CaseKey, error) { return key, nil }); err != nil {
			return err
		}
	}
	fresh, err := s.q.LockCaseByID(ctx, tx, part.ID)
	if err != nil {
		return err
	}
	*part, _, _, err = s.actTx(ctx, tx, fresh, cases.Act{
		Action: cases.LinkTo, By: cases.Actor{Party: cases.System}, Other: whole.ID, Code: "split", Key: "back:" + a.Key,
	})
	return err
}

// splitRow is a new case as split_case takes it.
func splitRow(c cases.Case, p db.UpdateCaseParams) (json.RawMessage, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("split a case: %w", err)
	}
	row := map[string]any{}
	if err := json.Unmarshal(raw, &row); err != nil {
		return nil, fmt.Errorf("split a case: %w", err)
	}
	row["clocks"], row["work"] = p.Clocks, p.Work
	row["ref"], row["draft"], row["kind"], row["procedure"], row["retention"] = c.Ref, c.Draft, c.Kind, c.Procedure, c.Retention
	row["restricted"], row["filed_at"], row["queued_at"] = c.Restricted, c.Filed, c.Queued
	if raw, err = json.Marshal(row); err != nil {
		return nil, fmt.Errorf("split a case: %w", err)
	}
	return raw, nil
}

// copyIdentity seals who filed a named case for its part. That of a confidential one nobody here may open.
func (s *Store) copyIdentity(ctx context.Context, tx pgx.Tx, row db.Case, whole cases.Case, key CaseKey) ([]byte, error) {
	if whole.Mode != cases.Named {
		return nil, nil
	}
	sealed, err := s.q.IdentityOfCase(ctx, tx, whole.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	who, err := s.openIdentity(ctx, row, sealed)
	if err != nil {
		return nil, err
	}
	return sealValue(key, fieldIdentity, 1, who)
}
