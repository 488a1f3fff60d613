package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// List gives one page of the cases an officer may know of, the most urgent first: urgent, then by the
// date owed next, then by filing. page counts from 0; size is held between 1 and 100. total counts
// all pages. Error: NotFound for who is no officer.
func (s *Store) List(ctx context.Context, by cases.Actor, f cases.Filter, page, size int) (items []cases.Case, total int, err error) {
	if by.Role != cases.RoleCustodian {
		if err := cases.Can(by, cases.List, cases.Case{Department: by.Department}); err != nil {
			return nil, 0, err
		}
	}
	err = s.look(ctx, "list cases", by, func(ctx context.Context, tx pgx.Tx) error {
		items, total, err = s.list(ctx, tx, by, f, page, size)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return items, total, nil
}

func (s *Store) list(ctx context.Context, tx pgx.Tx, by cases.Actor, f cases.Filter, page, size int) (items []cases.Case, total int, err error) {
	now, err := s.now(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	p := listParams(by, f, now)
	p.Size = int32(min(max(size, 1), 100))
	p.Skip = int32(min(max(page, 0), 1<<20)) * p.Size
	rows, err := s.q.ListCases(ctx, tx, p)
	if err != nil {
		return nil, 0, err
	}
	count := db.CountCasesParams{
		EveryDepartment: p.EveryDepartment, Custodian: p.Custodian, OwnDepartment: p.OwnDepartment, Department: p.Department, Kind: p.Kind,
		Status: p.Status, Open: p.Open, Owner: p.Owner, Officer: p.Officer, DueTo: p.DueTo,
		FiledTo: p.FiledTo, Text: p.Text, RefPart: p.RefPart, Tag: p.Tag, Awake: p.Awake, At: p.At,
	}
	n, err := s.q.CountCases(ctx, tx, count)
	if err != nil {
		return nil, 0, err
	}
	items, err = casesOf(rows)
	return items, int(n), err
}

func listParams(by cases.Actor, f cases.Filter, now time.Time) db.ListCasesParams {
	p := db.ListCasesParams{
		// The same rule as cases.Can(by, cases.List, ...), said in SQL; a test compares them.
		EveryDepartment: by.Role == cases.RoleAdmin, Custodian: by.Role == cases.RoleCustodian, OwnDepartment: by.Department,
		Department: f.Department, Kind: f.Kind, Status: string(f.Status), Owner: string(f.Owner), Officer: int64(by.Officer),
		Open: f.Open, Text: strings.TrimSpace(f.Text), Tag: f.Tag, Awake: f.Awake, At: &now,
	}
	if strings.ContainsRune(p.Text, 0) || len(p.Text) > 128 {
		p.Text = "?" // matches nothing
	}
	if p.Text != "" {
		p.RefPart = refPart(p.Text)
	}
	switch f.Due {
	case cases.DueOverdue:
		p.DueTo = &now
	case cases.DueSoon:
		soon := now.Add(cases.Soon)
		p.DueTo = &soon
	}
	if f.MinAge > 0 {
		filed := now.Add(-f.MinAge)
		p.FiledTo = &filed
	}
	return p
}

// refPart is what people type of a reference as it stands in one without dashes.
func refPart(text string) string {
	if ref, ok := cases.ParseReference(text); ok {
		text = string(ref)
	}
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(text))
}

// Next gives the most urgent case of the officer's department that nobody owns to the officer; ok is
// false when there is none. The same key again gives the same case. Officers asking at once get
// different cases. Errors as for Act with cases.Take.
func (s *Store) Next(ctx context.Context, by cases.Actor, key string) (c cases.Case, ok bool, err error) {
	if err := cases.Can(by, cases.Take, cases.Case{Department: by.Department}); err != nil {
		return cases.Case{}, false, err
	}
	if key == "" {
		key = newID()
	}
	err = s.transact(ctx, "next case", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		c, ok = cases.Case{}, false
		if err := s.as(ctx, tx, by); err != nil {
			return err
		}
		if err := s.q.LockForNext(ctx, tx, key); err != nil {
			return err
		}
		row, err := s.q.CaseTakenByKey(ctx, tx, key, int64(by.Officer))
		if err == nil {
			c, err = caseOf(row)
			ok = err == nil
			return err
		}
		if errors.Is(err, pgx.ErrNoRows) {
			row, err = s.q.NextUnowned(ctx, tx, by.Department, int64(by.Officer))
		}
		if errors.Is(err, pgx.ErrNoRows) {
			row, err = s.q.NextUnownedWaiting(ctx, tx, by.Department, int64(by.Officer))
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		c, _, _, err = s.actTx(ctx, tx, row, cases.Act{Action: cases.Take, By: by, Key: key})
		ok = err == nil
		return err
	})
	if err != nil {
		return cases.Case{}, false, err
	}
	return c, ok, nil
}
