package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/cases"
)

// memory is a store with the domain's real rules, and what leads back to reporters beside each case. A world is used by
// one test, so it needs no lock.
type memory struct {
	t       *testing.T
	now     time.Time
	org     cases.Organisation
	rules   map[string]cases.Rules
	cases   map[string]*cases.Case
	order   []string
	ways    map[string]cases.Way
	proofs  map[string][]byte
	events  map[string][]cases.Event
	notices map[string][]cases.Notice
	links   map[string]*link            // by token
	joined  map[string][]*cases.Joining // by case; nil for who left
}

func newMemory(t *testing.T, now time.Time, org cases.Organisation, rules map[string]cases.Rules) *memory {
	return &memory{
		t: t, now: now, org: org, rules: rules, cases: map[string]*cases.Case{}, ways: map[string]cases.Way{},
		proofs: map[string][]byte{}, events: map[string][]cases.Event{}, notices: map[string][]cases.Notice{},
		links: map[string]*link{}, joined: map[string][]*cases.Joining{},
	}
}

func (m *memory) File(_ context.Context, f cases.Filing) (cases.Case, bool, error) {
	for _, c := range m.cases {
		if c.Draft == f.Case.Draft {
			return *c, true, nil
		}
	}
	n := len(m.order)
	ref, err := cases.NewReference(strings.NewReader(fmt.Sprintf("%c%c%c%c%c", 'a'+n, 'Q'+n, 7+n, 90-n, 33+3*n)))
	if err != nil {
		m.t.Fatal(err)
	}
	f.Case.ID, f.Case.Ref = fmt.Sprintf("00000000-0000-4000-8000-%012d", n), ref
	e, err := f.Begin(m.rules[f.Case.Procedure], m.org.Quiet, m.now)
	if err != nil {
		return cases.Case{}, false, err
	}
	id := f.Case.ID
	m.cases[id], m.ways[id], m.proofs[id] = &f.Case, f.Way, f.Commitment
	m.order = append(m.order, id)
	m.events[id] = []cases.Event{e}
	return f.Case, false, nil
}

func (m *memory) ActByID(_ context.Context, id string, a cases.Act) (cases.Case, cases.Event, bool, error) {
	c, ok := m.cases[id]
	if !ok {
		return cases.Case{}, cases.Event{}, false, &cases.Error{Code: cases.NotFound}
	}
	who, err := m.colleague(id, a.Colleague)
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	for _, e := range m.events[id] {
		if e.Key == a.Key {
			return c.As(who), e, true, nil
		}
	}
	e, err := c.Do(a, m.rules[c.Procedure], m.now)
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	m.events[id] = append(m.events[id], e)
	m.notices[id] = append(m.notices[id], cases.Notices(*c, e)...)
	switch a.Action {
	case cases.Lower, cases.Reveal:
		m.ways[id] = rest(m.ways[id], a.Way, c.Mode)
	case cases.Shred:
		m.ways[id] = cases.Way{}
		for n := range m.events[id] {
			m.events[id][n].Body = nil
		}
	}
	return c.As(who), e, false, nil
}

// rest is what is kept after a change of mode: what was there or came, without what the mode must not hold.
func rest(w, came cases.Way, m cases.Mode) cases.Way {
	if came.Identity != nil {
		w.Identity = came.Identity
	}
	for _, part := range []struct{ was, now *[]byte }{{&w.Reporter, &came.Reporter}, {&w.Address, &came.Address}, {&w.Receipt, &came.Receipt}} {
		if *part.now != nil {
			*part.was = *part.now
		}
	}
	if m.Nameless() {
		w.Reporter, w.Identity = nil, nil
	} else {
		w.Receipt = nil
	}
	if !m.Reachable() {
		w.Address = nil
	}
	return w
}

func (m *memory) find(is func(cases.Way) bool) []cases.Case {
	var out []cases.Case
	for _, id := range slices.Backward(m.order) {
		if is(m.ways[id]) {
			out = append(out, *m.cases[id])
		}
	}
	return out
}

func (m *memory) ByReporter(_ context.Context, reporter []byte) ([]cases.Case, error) {
	return append(m.find(func(w cases.Way) bool { return bytes.Equal(w.Reporter, reporter) }),
		m.findJoined(func(w cases.Way) bool { return bytes.Equal(w.Reporter, reporter) })...), nil
}

func (m *memory) ByReceipt(_ context.Context, lookup []byte) (cases.Case, error) {
	is := func(w cases.Way) bool { return bytes.Equal(w.Receipt, lookup) }
	found := append(m.find(is), m.findJoined(is)...)
	if len(found) == 0 {
		return cases.Case{}, &cases.Error{Code: cases.NotFound}
	}
	return found[0], nil
}

func (m *memory) CaseByID(_ context.Context, id string) (cases.Case, error) {
	if c, ok := m.cases[id]; ok {
		return *c, nil
	}
	return cases.Case{}, &cases.Error{Code: cases.NotFound}
}

func (m *memory) Resend(context.Context, []byte) error { return nil }

func (m *memory) Events(_ context.Context, id string) ([]cases.Event, error) {
	return slices.Clone(m.events[id]), nil
}

// office does something to a case as the lead of its department.
func (m *memory) office(id string, a cases.Act) {
	m.t.Helper()
	c := m.cases[id]
	a.By = cases.Actor{Party: cases.Office, Officer: 1, Role: cases.RoleLead, Department: c.Department}
	a.Key = fmt.Sprintf("office.%d", c.Version)
	if c.Unqueued {
		c.Unqueued = false
	}
	if _, _, _, err := m.ActByID(context.Background(), id, a); err != nil {
		m.t.Fatal(err)
	}
}

func (m *memory) Uncleaned(context.Context, string) (map[int]int, error) { return nil, nil }
