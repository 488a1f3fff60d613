package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

const (
	// mostFound is how many cases are found by words. Who gets that many says more.
	mostFound = 50
	// mostRead is how many cases are read for one search by words.
	mostRead = 200
	// readAtOnce is how many are read at a time; their keys may come from far away.
	readAtOnce = 25
	// monthsBack is how far words are looked for.
	monthsBack = 120
)

// Search gives one page of the cases that an officer looks for, of those they may know of, the newest first. page counts
// from 0; size is held between 1 and 100. total counts what was found, and more says that there may be more than that:
// lists are counted up to cases.MostCounted. By words no more is looked for than the page after this one holds, and at
// most 50 are found. By words only officers and leads find, and
// only cases of their own department that they may open, which are read for it: a case that is found holds the words.
// Error: NotFound for who is no officer.
func (s *Store) Search(ctx context.Context, by cases.Actor, q cases.Query, page, size int) (items []cases.Case, total int, more bool, err error) {
	if by.Party != cases.Office || by.Officer == 0 {
		return nil, 0, false, notFound()
	}
	size = min(max(size, 1), 100)
	err = s.browse(ctx, "search", by, func(ctx context.Context, tx pgx.Tx) error {
		var ids []string
		for at := &q; at != nil && len(ids) == 0; at = at.Else {
			var err error
			if ids, more, err = s.found(ctx, tx, by, *at, min(max(page, 0), mostFound)*size+2*size+1); err != nil {
				return err
			}
		}
		total = len(ids)
		var err error
		items, err = s.casesByIDs(ctx, tx, cut(ids, page, size))
		return err
	})
	if err != nil {
		return nil, 0, false, err
	}
	return items, total, more, nil
}

func (s *Store) found(ctx context.Context, tx pgx.Tx, by cases.Actor, q cases.Query, enough int) (ids []string, more bool, err error) {
	rest := narrowed(by, cases.Filter{Department: q.Department, Kind: q.Kind, Status: q.Status, Open: q.State == cases.StateOpen}, time.Time{})
	switch {
	case q.Ref != "":
		row, err := s.q.CaseByRef(ctx, tx, string(q.Ref))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		c, err := caseOf(row)
		if err == nil && cases.Can(by, cases.List, c) == nil {
			ids = []string{c.ID}
		}
		return ids, false, err
	case len(q.Words) > 0:
		if q.Department != "" && q.Department != by.Department {
			return nil, false, nil
		}
		return s.foundByWords(ctx, tx, by, q, min(enough, mostFound))
	case q.Part != "":
		with, err := s.q.CasesWithRef(ctx, tx, q.Part)
		if err != nil || len(with) == 0 {
			return nil, false, err
		}
		rest.set("c.id = ANY (@with::uuid[])", "with", with)
	}
	if q.State == cases.StateEnded {
		rest.add("c.ended_at IS NOT NULL")
	}
	if !q.From.IsZero() {
		rest.set("c.filed_at >= @filed_from::timestamptz", "filed_from", q.From)
	}
	if !q.To.IsZero() {
		rest.set("c.filed_at < @filed_before::timestamptz", "filed_before", q.To)
	}
	ids, err = inOrder(ctx, tx, newestOrder, arms(by), rest)
	more = len(ids) > cases.MostCounted
	return ids[:min(len(ids), cases.MostCounted)], more, err
}

// foundByWords looks for what may hold the words and reads it, until enough is found for the page that is asked for and
// the next.
func (s *Store) foundByWords(ctx context.Context, tx pgx.Tx, by cases.Actor, q cases.Query, enough int) (ids []string, more bool, err error) {
	grams := q.Grams()
	if s.opts.Words == nil || !by.Role.Placed() || by.Department == "" || len(grams) == 0 {
		return nil, false, nil
	}
	now, err := s.now(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	p := db.CasesWithWordsParams{
		Kind: q.Kind, Status: string(q.Status), State: string(q.State), FiledFrom: timeRow(q.From), FiledTo: timeRow(q.To), Most: mostRead,
	}
	keys, err := s.opts.Words(ctx)
	if err != nil {
		return nil, false, err
	}
	if p.Sets = months(keys, by.Department, grams, q, now); len(p.Sets) == 0 {
		return nil, false, nil
	}
	candidates, err := s.q.CasesWithWords(ctx, tx, p)
	if err != nil {
		return nil, false, err
	}
	more = len(candidates) == mostRead
	for chunk := range slices.Chunk(candidates, readAtOnce) {
		hold, err := s.thatSay(ctx, tx, by, q, chunk)
		if err != nil {
			return nil, false, err
		}
		if ids = append(ids, hold...); len(ids) >= enough {
			return ids[:enough], true, nil
		}
	}
	return ids, more, nil
}

// months are the grams of a search as each month of a department keeps them, the newest first: a row of an array in two
// dimensions for each.
func months(keys WordKeys, department string, grams []string, q cases.Query, now time.Time) [][]int32 {
	first := func(t time.Time) time.Time {
		t = t.UTC()
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	newest, oldest := first(now), first(now).AddDate(0, -monthsBack, 0)
	if !q.To.IsZero() && q.To.Before(newest) {
		newest = first(q.To)
	}
	if q.From.After(oldest) {
		oldest = first(q.From)
	}
	var out [][]int32
	for at := newest; !at.Before(oldest); at = at.AddDate(0, -1, 0) {
		hashed := Blind(keys(department, at.Format("2006-01")), grams)
		for len(hashed) < len(grams) {
			hashed = append(hashed, hashed[0]) // two grams with one hash: rows are of one length
		}
		out = append(out, hashed)
	}
	return out
}

// thatSay gives those of some cases in which the words of a query really stand, in their order.
func (s *Store) thatSay(ctx context.Context, tx pgx.Tx, by cases.Actor, q cases.Query, ids []string) ([]string, error) {
	rows, err := s.q.CasesByIDs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	events, err := s.q.WordsOfCases(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	said := map[string][]db.Event{}
	for _, e := range events {
		said[e.CaseID] = append(said[e.CaseID], e)
	}
	hold := make([]bool, len(rows))
	errs := make([]error, len(rows))
	var reading sync.WaitGroup
	now, err := s.now(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		reading.Go(func() { hold[i], errs[i] = s.says(ctx, by, q, row, said[row.ID], now) })
	}
	reading.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var out []string
	for i, row := range rows {
		if hold[i] {
			out = append(out, row.ID)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return slices.Index(ids, a) - slices.Index(ids, b) })
	return out, nil
}

func (s *Store) says(ctx context.Context, by cases.Actor, q cases.Query, row db.Case, rows []db.Event, now time.Time) (bool, error) {
	c, err := caseOf(row)
	if err != nil || c.Restricted || cases.Can(by, cases.Open, c) != nil {
		return false, err
	}
	key := s.caseKey(ctx, row)
	var bodies []*cases.Body
	for _, r := range rows {
		e, err := eventOf(r, key)
		if cases.CodeOf(err) == cases.NotFound {
			return false, nil // its key was destroyed a moment ago
		}
		if err != nil {
			return false, err
		}
		if cases.Searched(e) && e.Known(now) {
			bodies = append(bodies, e.Body)
		}
	}
	return q.Said(bodies), nil
}
