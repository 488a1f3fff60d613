package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

// What a case says can be searched for by grams (cases.Grams) that stand beside it as hashes, under a key that the
// database does not hold. docs/threat-model.md says what they tell.

// monthOf is the month of filing, which never changes. It names the key that a case's grams are hashed with.
func monthOf(c cases.Case) string { return c.Filed.UTC().Format("2006-01") }

// Blind gives the hashes that stand for grams under a key, in order and each once.
func Blind(key [32]byte, grams []string) []int32 {
	mac := hmac.New(sha256.New, key[:])
	out := make([]int32, len(grams))
	var sum [sha256.Size]byte
	for i, g := range grams {
		mac.Reset()
		mac.Write([]byte(g))
		out[i] = int32(binary.BigEndian.Uint32(mac.Sum(sum[:0])))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keepWords adds what an event says to what its case is found by; c is the case after it. A case that went to another
// department is hashed anew, with that one's key.
func (s *Store) keepWords(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, key func() (CaseKey, error)) error {
	if s.opts.Words != nil && !c.Restricted && !c.Shredded && e.Department != "" && e.Kind != cases.Filed {
		return s.setWords(ctx, tx, c, key)
	}
	words, err := s.wordsOf(ctx, c, e)
	if err != nil || len(words) == 0 {
		return err
	}
	return s.q.AddWords(ctx, tx, c.ID, c.Kind, words)
}

// wordsOf hashes what an event says; nothing where nothing is to be found by it.
func (s *Store) wordsOf(ctx context.Context, c cases.Case, e cases.Event) ([]int32, error) {
	if s.opts.Words == nil || c.Restricted || c.Shredded || !cases.Searched(e) {
		return nil, nil
	}
	grams := cases.Grams(e.Body)
	if len(grams) == 0 {
		return nil, nil
	}
	keys, err := s.opts.Words(ctx)
	if err != nil {
		return nil, err
	}
	return Blind(keys(c.Department, monthOf(c)), grams), nil
}

// setWords hashes all that a case says.
func (s *Store) setWords(ctx context.Context, tx pgx.Tx, c cases.Case, key func() (CaseKey, error)) error {
	rows, err := s.q.EventsOfCase(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	var grams []string
	for _, r := range rows {
		if !cases.Searched(cases.Event{Kind: cases.EventKind(r.Kind), Body: &cases.Body{}}) || r.Body == nil {
			continue
		}
		e, err := eventOf(r, key)
		if err != nil {
			return err
		}
		grams = append(grams, cases.Grams(e.Body)...)
	}
	keys, err := s.opts.Words(ctx)
	if err != nil {
		return err
	}
	return s.q.SetWords(ctx, tx, c.ID, c.Kind, Blind(keys(c.Department, monthOf(c)), grams))
}

// IndexWords makes cases searchable that were filed before words were kept, or all of them anew. It may be ended at any
// moment; what it did stays. told, if not nil, hears how many are done. It reads every word, so it is for whoever holds
// the keyset and runs the house. Errors: Away.
func (s *Store) IndexWords(ctx context.Context, anew bool, told func(done int)) (done int, err error) {
	if s.opts.Words == nil {
		return 0, nil
	}
	after := "00000000-0000-0000-0000-000000000000"
	for {
		ids, err := s.q.CasesWithoutWords(ctx, s.pool, after, anew)
		if err != nil {
			return done, safe("index words", err)
		}
		if len(ids) == 0 {
			return done, nil
		}
		for _, id := range ids {
			after = id
			err := s.transact(ctx, "index words", func(ctx context.Context, tx pgx.Tx, _ bool) error {
				row, err := s.q.LockCaseByID(ctx, tx, id)
				if err != nil {
					return err
				}
				c, err := caseOf(row)
				if err != nil || c.Shredded || c.Restricted {
					return err
				}
				return s.setWords(ctx, tx, c, s.caseKey(ctx, row))
			})
			if cases.CodeOf(err) == cases.NotFound {
				continue // its key was destroyed a moment ago
			}
			if err != nil {
				return done, err
			}
			done++
		}
		if told != nil {
			told(done)
		}
	}
}
