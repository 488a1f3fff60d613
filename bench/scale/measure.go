package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// measure asks one database.
type measure struct {
	f     *filler
	o     options
	out   io.Writer
	store *postgres.Store
	heard *listener
	asked []question
}

// question is one thing that officers ask.
type question struct {
	name  string
	limit time.Duration // for the slowest of a hundred
	ask   func(ctx context.Context, r *rand.Rand) error
}

const (
	perPage  = 6
	fast     = 50 * time.Millisecond
	bearable = 200 * time.Millisecond
)

func (m *measure) open(ctx context.Context) (err error) {
	opts := postgres.Options{Role: postgres.Desk, MaxConns: int32(m.o.workers) + 1, Timeout: time.Minute, Trace: m.heard}
	if m.o.words > 0 {
		opts.Words = func(context.Context) (postgres.WordKeys, error) { return m.f.vault.wordKey, nil }
	}
	m.store, err = postgres.Open(ctx, m.f.url, m.f.vault, opts)
	return err
}

func (m *measure) close() {
	if m.store != nil {
		m.store.Close()
	}
}

// officer is anybody who works cases.
func (m *measure) officer(r *rand.Rand) cases.Actor {
	of := m.f.officers[departments[r.IntN(len(departments))].id]
	return of[r.IntN(len(of))].Actor()
}

func (m *measure) list(ctx context.Context, by cases.Actor, f cases.Filter, page int) error {
	_, _, err := m.store.List(ctx, by, f, page, perPage)
	return err
}

func (m *measure) questions() []question {
	list := func(name string, of func(r *rand.Rand) (cases.Actor, cases.Filter, int)) question {
		return question{name: name, limit: fast, ask: func(ctx context.Context, r *rand.Rand) error {
			by, f, page := of(r)
			return m.list(ctx, by, f, page)
		}}
	}
	admin := m.f.officers[""][0].Actor()
	kind := func(r *rand.Rand) string {
		return []string{"pay", "safety", "conduct", "facilities", "other", "corruption"}[r.IntN(6)]
	}
	out := []question{
		list("/queue, pages 1 to 3", func(r *rand.Rand) (cases.Actor, cases.Filter, int) {
			return m.officer(r), cases.Filter{Open: true}, r.IntN(3)
		}),
		list("/queue, the last page", func(r *rand.Rand) (cases.Actor, cases.Filter, int) {
			return m.officer(r), cases.Filter{Open: true}, cases.MostCounted / perPage
		}),
		list("/queue, any filters", func(r *rand.Rand) (cases.Actor, cases.Filter, int) {
			f := cases.Filter{
				Open: r.IntN(2) == 0, Owner: []cases.OwnerFilter{cases.OwnedByAnyone, cases.OwnedByMe, cases.OwnedByNobody}[r.IntN(3)],
				Due:    []cases.DueFilter{cases.DueAnyTime, cases.DueOverdue, cases.DueSoon}[r.IntN(3)],
				MinAge: []time.Duration{0, 3 * day, 7 * day, 30 * day}[r.IntN(4)],
			}
			if r.IntN(2) == 0 {
				f.Kind = kind(r)
			}
			return m.officer(r), f, r.IntN(3)
		}),
		list("/queue of an admin, any filters", func(r *rand.Rand) (cases.Actor, cases.Filter, int) {
			f := cases.Filter{Open: r.IntN(2) == 0}
			if r.IntN(2) == 0 {
				f.Kind = kind(r)
			}
			if r.IntN(2) == 0 {
				f.Department = departments[r.IntN(len(departments))].id
			}
			return admin, f, r.IntN(3)
		}),
		list("/mine", func(r *rand.Rand) (cases.Actor, cases.Filter, int) {
			return m.officer(r), cases.Filter{Open: true, Owner: cases.OwnedByMe}, 0
		}),
		list("/due", func(r *rand.Rand) (cases.Actor, cases.Filter, int) {
			return m.officer(r), cases.Filter{Open: true, Due: cases.DueSoon}, 0
		}),
		{name: "/case: row, events opened, notices", limit: fast, ask: func(ctx context.Context, r *rand.Rand) error {
			c := &m.f.made[r.IntN(len(m.f.made))]
			by := m.f.officers[departments[c.department].id][r.IntN(perHouse)].Actor()
			row, err := m.store.CaseByRef(ctx, by, c.ref)
			if cases.CodeOf(err) == cases.NotFound {
				return nil // not for these eyes; that is an answer too
			}
			if err != nil {
				return err
			}
			if _, err := m.store.Desk().Events(ctx, by, row.ID); err != nil {
				return err
			}
			_, err = m.store.Desk().Deliveries(ctx, by, row.ID)
			return err
		}},
		{name: "/next: take a case", limit: fast, ask: func(ctx context.Context, r *rand.Rand) error {
			_, _, err := m.store.Next(ctx, m.officer(r), "")
			return err
		}},
	}
	search := func(name string, of func(r *rand.Rand) (cases.Actor, cases.Query)) {
		out = append(out, question{name: name, limit: bearable, ask: func(ctx context.Context, r *rand.Rand) error {
			by, q := of(r)
			_, _, _, err := m.store.Search(ctx, by, q, 0, perPage)
			return err
		}})
	}
	search("/search, 3 characters of a reference", func(r *rand.Rand) (cases.Actor, cases.Query) {
		ref := m.f.made[r.IntN(len(m.f.made))].ref
		return m.officer(r), cases.Query{Part: string(ref[3:6])}
	})
	search("/search, 4 characters of a reference", func(r *rand.Rand) (cases.Actor, cases.Query) {
		ref := m.f.made[r.IntN(len(m.f.made))].ref
		return m.officer(r), cases.Query{Part: string(ref[8:])}
	})
	search("/search, kind, state and dates", func(r *rand.Rand) (cases.Actor, cases.Query) {
		q := cases.Query{From: m.f.now.Add(-time.Duration(r.IntN(years*365)) * day), Status: cases.Statuses()[r.IntN(len(cases.Statuses()))]}
		if r.IntN(2) == 0 {
			q.Status, q.State, q.Kind = "", []cases.State{cases.StateOpen, cases.StateEnded}[r.IntN(2)], kind(r)
		}
		return m.officer(r), q
	})
	if m.o.words > 0 {
		search("/search, words that stand somewhere", func(r *rand.Rand) (cases.Actor, cases.Query) {
			return m.officer(r), cases.Query{Words: []string{m.f.said.words(r)}}
		})
		search("/search, words that stand nowhere", func(r *rand.Rand) (cases.Actor, cases.Query) {
			a, b := []rune(m.f.said.words(r)), []rune(m.f.said.words(r))
			return m.officer(r), cases.Query{Words: []string{string(a) + string(b)}}
		})
		search("/search, words and a kind", func(r *rand.Rand) (cases.Actor, cases.Query) {
			return m.officer(r), cases.Query{Words: []string{m.f.said.words(r)}, Kind: kind(r)}
		})
	}
	return out
}

// all asks everything and prints a table.
func (m *measure) all(ctx context.Context) error {
	m.asked = m.questions()
	say(m.out, "| what is asked | p50 | p95 | p99 | slowest | limit for p99 |\n| --- | --- | --- | --- | --- | --- |")
	var slow []error
	for i, q := range m.asked {
		took, err := m.times(ctx, q, uint64(i))
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		at := func(share float64) time.Duration { return took[min(int(share*float64(len(took))), len(took)-1)] }
		verdict := q.limit.String()
		if at(0.99) >= q.limit {
			verdict += " **missed**"
			slow = append(slow, errors.New(q.name))
		}
		if m.o.spent {
			m.heard.spent(m.out)
		}
		say(m.out, "| %s | %s | %s | %s | %s | %s |", q.name, ms(at(0.5)), ms(at(0.95)), ms(at(0.99)), ms(took[len(took)-1]), verdict)
	}
	if len(slow) > 0 {
		say(m.out, "\nSlower than it should be: %d", len(slow))
	}
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// times asks a question again and again, several officers at once, and gives how long each took, the quickest first. The
// first calls, which find nothing in memory, are not counted.
func (m *measure) times(ctx context.Context, q question, seed uint64) ([]time.Duration, error) {
	m.heard.start(q.name)
	var mu sync.Mutex
	var took []time.Duration
	var wrong error
	var wg sync.WaitGroup
	const warm = 20
	each := max(m.o.calls/m.o.workers, 1)
	for w := range m.o.workers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed+1000, uint64(w)))
			for i := range each + warm {
				began := time.Now()
				err := q.ask(ctx, r)
				d := time.Since(began)
				mu.Lock()
				if err != nil && wrong == nil {
					wrong = err
				}
				if i >= warm {
					took = append(took, d)
				}
				stop := wrong != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took, wrong
}
