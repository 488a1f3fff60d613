package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/cases"
)

// memory is a store with the domain's real rules. A world is used by one test, so it needs no lock.
type memory struct {
	now      time.Time
	cases    map[cases.Reference]*cases.Case
	order    []cases.Reference
	events   map[string][]cases.Event
	who      map[string]*cases.Identity
	notices  map[string][]cases.Notice
	officers map[cases.OfficerID]cases.Officer
	keys     map[string]cases.OfficerID // by the account's keyed name
	invites  map[string]cases.Officer
	used     map[string]string // token -> key
	fail     error             // of the next Act
}

func newMemory(now time.Time) *memory {
	return &memory{
		now: now, cases: map[cases.Reference]*cases.Case{}, events: map[string][]cases.Event{},
		who: map[string]*cases.Identity{}, notices: map[string][]cases.Notice{},
		officers: map[cases.OfficerID]cases.Officer{}, keys: map[string]cases.OfficerID{},
		invites: map[string]cases.Officer{}, used: map[string]string{},
	}
}

func (m *memory) CaseByRef(_ context.Context, by cases.Actor, ref cases.Reference) (cases.Case, error) {
	c, ok := m.cases[ref]
	if !ok || cases.Can(by, cases.List, *c) != nil {
		return cases.Case{}, &cases.Error{Code: cases.NotFound}
	}
	return *c, nil
}

func (m *memory) Act(_ context.Context, ref cases.Reference, a cases.Act) (cases.Case, cases.Event, bool, error) {
	if err := m.fail; err != nil {
		m.fail = nil
		return cases.Case{}, cases.Event{}, false, err
	}
	c, ok := m.cases[ref]
	if !ok {
		return cases.Case{}, cases.Event{}, false, &cases.Error{Code: cases.NotFound}
	}
	for _, e := range m.events[c.ID] {
		if e.Key == a.Key {
			return *c, e, true, nil
		}
	}
	e, err := c.Do(a, m.now)
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	m.events[c.ID] = append(m.events[c.ID], e)
	m.notices[c.ID] = append(m.notices[c.ID], cases.Notices(*c, e)...)
	return *c, e, false, nil
}

func (m *memory) Next(ctx context.Context, by cases.Actor, key string) (cases.Case, bool, error) {
	if err := cases.Can(by, cases.Take, cases.Case{Department: by.Department}); err != nil {
		return cases.Case{}, false, err
	}
	var best *cases.Case
	for _, ref := range m.order {
		c := m.cases[ref]
		for _, e := range m.events[c.ID] {
			if e.Key == key {
				return *c, true, nil
			}
		}
		if c.Owner == 0 && c.Status.Open() && c.Department == by.Department && (best == nil || cases.Before(*c, *best, m.now)) {
			best = c
		}
	}
	if best == nil {
		return cases.Case{}, false, nil
	}
	c, _, _, err := m.Act(ctx, best.Ref, cases.Act{Action: cases.Take, By: by, Key: key})
	return c, err == nil, err
}

func (m *memory) List(_ context.Context, by cases.Actor, f cases.Filter, page, size int) ([]cases.Case, int, error) {
	var out []cases.Case
	for _, ref := range m.order {
		c := *m.cases[ref]
		next, owed := c.Next()
		switch {
		case cases.Can(by, cases.List, c) != nil,
			f.Department != "" && c.Department != f.Department,
			f.Kind != "" && c.Kind != f.Kind,
			f.Status != "" && c.Status != f.Status,
			f.Owner == cases.OwnedByMe && c.Owner != by.Officer,
			f.Owner == cases.OwnedByNobody && c.Owner != 0,
			f.Due == cases.DueOverdue && !c.Overdue(m.now),
			f.Due == cases.DueSoon && (!owed || next.Due.After(m.now.Add(cases.Soon))),
			f.MinAge > 0 && m.now.Sub(c.Filed) < f.MinAge,
			f.Open && !c.Status.Open(),
			f.Text != "" && !strings.Contains(strings.ReplaceAll(string(c.Ref), "-", ""), f.Text):
			continue
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b cases.Case) int {
		if cases.Before(a, b, m.now) {
			return -1
		}
		return 1
	})
	total := len(out)
	out = out[min(page*size, total):min((page+1)*size, total)]
	return out, total, nil
}

func (m *memory) Events(_ context.Context, id string) ([]cases.Event, error) {
	return slices.Clone(m.events[id]), nil
}

func (m *memory) Identity(_ context.Context, id string) (*cases.Identity, error) {
	if m.who[id] == nil {
		return nil, &cases.Error{Code: cases.NotAllowed}
	}
	return m.who[id], nil
}

func (m *memory) Deliveries(_ context.Context, id string) ([]cases.Notice, error) {
	return m.notices[id], nil
}

func (m *memory) Officers(_ context.Context, department string) ([]cases.Officer, error) {
	var out []cases.Officer
	for id := range cases.OfficerID(100) {
		if o, ok := m.officers[id]; ok && o.Department == department && !o.Revoked {
			out = append(out, o)
		}
	}
	return out, nil
}

func (m *memory) Officer(_ context.Context, id cases.OfficerID) (cases.Officer, error) {
	o, ok := m.officers[id]
	if !ok {
		return o, &cases.Error{Code: cases.NotFound}
	}
	return o, nil
}

func (m *memory) OfficerByKey(_ context.Context, key []byte) (cases.Officer, bool, error) {
	o, ok := m.officers[m.keys[string(key)]]
	return o, ok && !o.Revoked, nil
}

func (m *memory) Join(_ context.Context, token string, key, _ []byte, lang string) (cases.Officer, error) {
	if by, ok := m.used[token]; ok && by == string(key) {
		return m.officers[m.keys[string(key)]], nil
	}
	o, ok := m.invites[token]
	if !ok || m.used[token] != "" {
		return cases.Officer{}, &cases.Error{Code: cases.UsedUp}
	}
	o.Language = lang
	m.used[token] = string(key)
	m.officers[o.ID] = o
	m.keys[string(key)] = o.ID
	return o, nil
}

func (m *memory) SetOfficerLanguage(_ context.Context, id cases.OfficerID, lang string) error {
	o := m.officers[id]
	o.Language = lang
	m.officers[id] = o
	return nil
}

// file puts a case into the store, n making its reference and its filing time.
func (m *memory) file(n int, c cases.Case, p cases.Procedure, loc *time.Location, body cases.Body, who *cases.Identity) cases.Reference {
	ref, err := cases.NewReference(strings.NewReader(fmt.Sprintf("%c%c%c%c%c", 'a'+n, 'Q'+n, 7+n, 90-n, 33+3*n)))
	if err != nil {
		panic(err)
	}
	c.ID, c.Ref, c.Draft = fmt.Sprintf("00000000-0000-4000-8000-%012d", n), ref, fmt.Sprintf("draft-%d", n)
	f := cases.Filing{Case: c, Body: body, Identity: who, Reporter: []byte("r"), Address: []byte("a")}
	if c.Mode == cases.Anonymous {
		f.Reporter, f.Address, f.Receipt, f.Identity = nil, nil, []byte("x"), nil
	}
	e, err := f.Begin(p, loc, m.now)
	if err != nil {
		panic(err)
	}
	m.cases[ref] = &f.Case
	m.order = append(m.order, ref)
	m.events[c.ID] = []cases.Event{e}
	if c.Mode == cases.Named {
		m.who[c.ID] = who
	}
	return ref
}
