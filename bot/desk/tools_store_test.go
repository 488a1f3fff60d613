package desk_test

import (
	"context"
	"slices"
	"time"

	"huiyin/cases"
)

// What the desk's tools ask of the store is shown against Postgres (store/postgres, bot/testdata/desk_*.txt). Here it is
// as simple as the other tests of the room allow.

func (m *memory) CasesByIDs(_ context.Context, by cases.Actor, ids []string) ([]cases.Case, error) {
	var out []cases.Case
	for _, id := range ids {
		if c, err := m.byID(by, id); err == nil {
			out = append(out, *c)
		}
	}
	return out, nil
}

func (m *memory) Tags(_ context.Context, by cases.Actor) ([]string, error) {
	var out []string
	for _, c := range m.cases {
		if cases.Can(by, cases.List, *c) == nil {
			out = append(out, c.Tags...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (m *memory) Aside(context.Context, cases.Actor, string) (time.Time, error) {
	return time.Time{}, nil
}

func (m *memory) PutAside(ctx context.Context, by cases.Actor, ref cases.Reference, _ time.Time) (cases.Case, error) {
	return m.CaseByRef(ctx, by, ref)
}

func (m *memory) Pair(ctx context.Context, ref, other cases.Reference, a cases.Act) (cases.Case, cases.Event, bool, error) {
	o, err := m.CaseByRef(ctx, a.By, other)
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	a.Other = o.ID
	return m.Act(ctx, ref, a)
}

func (m *memory) Split(ctx context.Context, ref cases.Reference, _ cases.Kind, a cases.Act) (c, part cases.Case, again bool, err error) {
	c, _, again, err = m.Act(ctx, ref, a)
	return c, part, again, err
}

func (m *memory) KeptFilters(_ context.Context, by cases.Actor) ([]cases.KeptFilter, error) {
	return m.kept[by.Officer], nil
}

func (m *memory) KeepFilter(_ context.Context, by cases.Actor, sealed []byte) error {
	have := m.kept[by.Officer]
	if len(have) == cases.MostKept {
		return &cases.Error{Code: cases.NotNow}
	}
	m.tokens++
	m.kept[by.Officer] = append(have, cases.KeptFilter{ID: int64(m.tokens), Sealed: sealed})
	return nil
}

func (m *memory) DropFilter(_ context.Context, by cases.Actor, id int64) error {
	m.kept[by.Officer] = slices.DeleteFunc(m.kept[by.Officer], func(k cases.KeptFilter) bool { return k.ID == id })
	return nil
}

func (m *memory) DigestTime(_ context.Context, by cases.Actor) (cases.DigestTime, error) {
	return m.digests[by.Officer], nil
}

func (m *memory) SetDigestTime(_ context.Context, by cases.Actor, d cases.DigestTime) error {
	if err := d.Check(); err != nil {
		return err
	}
	m.digests[by.Officer] = d
	return nil
}
