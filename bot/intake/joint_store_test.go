package intake_test

import (
	"context"
	"slices"

	"huiyin/cases"
)

// link is one by which a colleague may join.
type link struct {
	caseID, usedBy string
}

func (m *memory) MakeJoinLink(_ context.Context, caseID, token string) error {
	if m.links[token] != nil {
		return nil
	}
	waiting := 0
	for _, l := range m.links {
		if l.caseID == caseID && l.usedBy == "" {
			waiting++
		}
	}
	if !m.cases[caseID].Status.Open() || waiting >= cases.MaxJoinLinks {
		return &cases.Error{Code: cases.NotNow}
	}
	m.links[token] = &link{caseID: caseID}
	return nil
}

func (m *memory) JoinLink(_ context.Context, token string) (cases.Case, error) {
	l := m.links[token]
	switch {
	case l == nil || l.usedBy != "":
		return cases.Case{}, &cases.Error{Code: cases.UsedUp}
	case !m.cases[l.caseID].Status.Open():
		return cases.Case{}, &cases.Error{Code: cases.NotNow}
	}
	return *m.cases[l.caseID], nil
}

func (m *memory) JoinCase(ctx context.Context, token string, j cases.Joining) (cases.Case, bool, error) {
	if err := j.Check(); err != nil {
		return cases.Case{}, false, err
	}
	l := m.links[token]
	if l == nil || l.usedBy != "" && l.usedBy != j.Draft {
		return cases.Case{}, false, &cases.Error{Code: cases.UsedUp}
	}
	n := len(m.joined[l.caseID]) + 1
	if l.usedBy != "" {
		n = slices.IndexFunc(m.joined[l.caseID], func(o *cases.Joining) bool { return o != nil && o.Draft == j.Draft }) + 1
	} else {
		m.joined[l.caseID] = append(m.joined[l.caseID], &j)
	}
	c, _, again, err := m.ActByID(ctx, l.caseID, cases.Act{
		Action: cases.JoinAs, By: cases.Actor{Party: cases.System}, Key: j.Draft, Code: string(j.Mode), Body: j.Body, Colleague: n,
	})
	if err != nil {
		m.joined[l.caseID] = m.joined[l.caseID][:n-1]
		return cases.Case{}, false, err
	}
	l.usedBy = j.Draft
	return c, again, nil
}

func (m *memory) LeaveCase(ctx context.Context, caseID string, n int) error {
	who, err := m.colleague(caseID, n)
	if err != nil {
		return nil
	}
	_, _, _, err = m.ActByID(ctx, caseID, cases.Act{
		Action: cases.Leave, By: cases.Actor{Party: cases.System}, Key: "leave", Code: string(who.Mode), Colleague: n,
	})
	m.joined[caseID][n-1] = nil
	return err
}

func (m *memory) Colleague(_ context.Context, caseID string, n int) (cases.Colleague, error) {
	return m.colleague(caseID, n)
}

// colleague is the zero one for a first reporter.
func (m *memory) colleague(caseID string, n int) (cases.Colleague, error) {
	if n == 0 {
		return cases.Colleague{}, nil
	}
	if n > len(m.joined[caseID]) || m.joined[caseID][n-1] == nil {
		return cases.Colleague{}, &cases.Error{Code: cases.NotFound}
	}
	j := m.joined[caseID][n-1]
	return cases.Colleague{Number: n, Mode: j.Mode, Language: j.Language}, nil
}

func (m *memory) findJoined(is func(cases.Way) bool) []cases.Case {
	var out []cases.Case
	for _, id := range slices.Backward(m.order) {
		for n, j := range m.joined[id] {
			if j != nil && is(j.Way) {
				out = append(out, m.cases[id].As(cases.Colleague{Number: n + 1, Mode: j.Mode, Language: j.Language}))
			}
		}
	}
	return out
}
