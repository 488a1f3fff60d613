package desk_test

import (
	"context"
	"errors"
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
	joined   map[string]*cases.Identity // by case and number
	notices  map[string][]cases.Notice
	officers map[cases.OfficerID]cases.Officer
	keys     map[string]cases.OfficerID // by the account's keyed name
	invites  map[string]cases.Officer
	used     map[string]string // token -> key
	fail     error             // of the next Act
	mute     func(cases.Act) error
	apps     map[cases.OfficerID][]byte
	tokens   int
	rules    map[string]cases.Rules
	limits   cases.Limits
	kept     map[cases.OfficerID][]cases.KeptFilter
	digests  map[cases.OfficerID]cases.DigestTime
}

func newMemory(now time.Time) *memory {
	return &memory{
		now: now, cases: map[cases.Reference]*cases.Case{}, events: map[string][]cases.Event{},
		who: map[string]*cases.Identity{}, joined: map[string]*cases.Identity{}, notices: map[string][]cases.Notice{},
		officers: map[cases.OfficerID]cases.Officer{}, keys: map[string]cases.OfficerID{},
		invites: map[string]cases.Officer{}, used: map[string]string{}, apps: map[cases.OfficerID][]byte{},
		kept: map[cases.OfficerID][]cases.KeptFilter{}, digests: map[cases.OfficerID]cases.DigestTime{},
	}
}

// byID finds a case that by may list.
func (m *memory) byID(by cases.Actor, id string) (*cases.Case, error) {
	for _, c := range m.cases {
		if c.ID == id && cases.Can(by, cases.List, *c) == nil {
			return c, nil
		}
	}
	return nil, &cases.Error{Code: cases.NotFound}
}

func (m *memory) CaseByRef(_ context.Context, by cases.Actor, ref cases.Reference) (cases.Case, error) {
	c, ok := m.cases[ref]
	if !ok || cases.Can(by, cases.List, *c) != nil {
		return cases.Case{}, &cases.Error{Code: cases.NotFound}
	}
	return c.Known(m.now).Shown(by), nil
}

func (m *memory) Act(_ context.Context, ref cases.Reference, a cases.Act) (cases.Case, cases.Event, bool, error) {
	if err := m.fail; err != nil {
		m.fail = nil
		return cases.Case{}, cases.Event{}, false, err
	}
	if m.mute != nil {
		if err := m.mute(a); err != nil {
			return cases.Case{}, cases.Event{}, false, err
		}
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
	open, err := m.Loads(context.Background(), cases.Actor{Party: cases.System}, c.Department)
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	before := *c
	e, err := c.Do(a, m.rules[c.Procedure], m.now)
	if owner := cases.Burdened(a.By, before, *c); err == nil && owner != 0 {
		err = m.limits.Admits(a, open[owner].Open)
	}
	if err != nil {
		*c = before
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
		if c.Owner == 0 && c.Status.Open() && cases.Can(by, cases.Take, *c) == nil && (best == nil || cases.Before(*c, *best, m.now)) {
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
			f.Owner == cases.OfferedToUs && (c.Transfer.To == "" || c.Transfer.To != by.Department),
			f.Owner == cases.OwnedByNobody && c.Transfer.To != "" && c.Transfer.To == by.Department,
			f.Of != 0 && c.Owner != f.Of,
			f.Due == cases.DueOverdue && !c.Overdue(m.now),
			f.Due == cases.DueSoon && (!owed || next.Due.After(m.now.Add(cases.Soon))),
			f.MinAge > 0 && m.now.Sub(c.Filed) < f.MinAge,
			f.Open && !c.Status.Open():
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

func (m *memory) Search(_ context.Context, by cases.Actor, q cases.Query, page, size int) ([]cases.Case, int, bool, error) {
	var out []cases.Case
	for at := &q; at != nil && len(out) == 0; at = at.Else {
		for i := len(m.order) - 1; i >= 0; i-- {
			c := *m.cases[m.order[i]]
			var bodies []*cases.Body
			for _, e := range m.events[c.ID] {
				if cases.Searched(e) {
					bodies = append(bodies, e.Body)
				}
			}
			switch {
			case cases.Can(by, cases.List, c) != nil,
				at.Ref != "" && c.Ref != at.Ref,
				at.Part != "" && !strings.Contains(strings.ReplaceAll(string(c.Ref), "-", "")[2:], at.Part),
				len(at.Words) > 0 && (cases.Can(by, cases.Open, c) != nil || c.Restricted || !at.Said(bodies)),
				at.Kind != "" && c.Kind != at.Kind,
				at.Department != "" && c.Department != at.Department,
				at.Status != "" && c.Status != at.Status,
				at.State != "" && c.Status.Open() != (at.State == cases.StateOpen),
				!at.From.IsZero() && c.Filed.Before(at.From), !at.To.IsZero() && !c.Filed.Before(at.To):
				continue
			}
			out = append(out, c)
		}
	}
	total := len(out)
	return out[min(page*size, total):min((page+1)*size, total)], total, false, nil
}

func (m *memory) Events(_ context.Context, by cases.Actor, id string) ([]cases.Event, error) {
	c, err := m.byID(by, id)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(m.events[id])
	if by.Role == cases.RoleCustodian {
		return slices.DeleteFunc(out, func(e cases.Event) bool { return e.Kind != cases.CustodyAsked }), nil
	}
	return cases.Readable(out, by, *c, m.now), nil
}

func (m *memory) Colleagues(_ context.Context, by cases.Actor, id string) ([]cases.Colleague, error) {
	c, err := m.byID(by, id)
	if err != nil {
		return nil, err
	}
	out := cases.Colleagues(cases.Readable(m.events[id], by, *c, m.now))
	for i := range out {
		let := out[i].Mode == cases.Named || c.Custody.Open(cases.CustodyIdentity, by.Officer, m.now)
		if let && !out[i].Left && cases.Can(by, cases.Open, *c) == nil {
			out[i].Identity = m.joined[fmt.Sprint(id, out[i].Number)]
		}
	}
	return out, nil
}

// InviteGuest is not tried here: it is a transaction of accounts and cases.
func (m *memory) InviteGuest(ctx context.Context, ref cases.Reference, a cases.Act, inv cases.Invite) (string, cases.Case, error) {
	c, _, _, err := m.Act(ctx, ref, a)
	if err != nil {
		return "", c, err
	}
	m.tokens++
	token := fmt.Sprintf("guest-token-of-%s-%09d", inv.Role, m.tokens)
	m.invites[token] = cases.Officer{Name: inv.Name, Role: inv.Role}
	return token, c, nil
}

func (m *memory) AskedIn(_ context.Context, by cases.Actor) (out []cases.Case, err error) {
	for _, ref := range m.order {
		if c := m.cases[ref]; slices.Contains(c.Guests(), by.Officer) && cases.Can(by, cases.List, *c) == nil {
			out = append(out, c.Shown(by))
		}
	}
	return out, nil
}

func (m *memory) Identity(_ context.Context, by cases.Actor, id string) (*cases.Identity, error) {
	c, err := m.byID(by, id)
	if err != nil {
		return nil, err
	}
	open := c.Mode == cases.Confidential && c.Custody.Open(cases.CustodyIdentity, by.Officer, m.now)
	if cases.Can(by, cases.Open, *c) != nil || c.Mode != cases.Named && !open {
		return nil, &cases.Error{Code: cases.NotAllowed}
	}
	return m.who[id], nil
}

func (m *memory) Deliveries(_ context.Context, by cases.Actor, id string) ([]cases.Notice, error) {
	if _, err := m.byID(by, id); err != nil {
		return nil, err
	}
	return m.notices[id], nil
}

func (m *memory) Invite(_ context.Context, by cases.Actor, inv cases.Invite) (string, error) {
	if err := cases.MayKeepAccounts(by); err != nil {
		return "", err
	}
	m.tokens++
	token := fmt.Sprintf("invitation-for-somebody-%08d", m.tokens)
	m.invites[token] = cases.Officer{ID: cases.OfficerID(50 + m.tokens), Name: inv.Name, Role: inv.Role, Department: inv.Department}
	return token, nil
}

func (m *memory) Revoke(_ context.Context, by cases.Actor, id cases.OfficerID) error {
	o, ok := m.officers[id]
	if err := cases.MayKeepAccounts(by); err != nil {
		return err
	}
	if !ok || o.Revoked {
		return &cases.Error{Code: cases.NotFound}
	}
	o.Revoked = true
	m.officers[id] = o
	return nil
}

func (m *memory) Place(_ context.Context, by cases.Actor, id cases.OfficerID, role cases.Role, department string) error {
	o, ok := m.officers[id]
	if err := cases.MayKeepAccounts(by); err != nil {
		return err
	}
	if !ok || o.Revoked {
		return &cases.Error{Code: cases.NotFound}
	}
	o.Role, o.Department = role, department
	m.officers[id] = o
	return nil
}

func (m *memory) StepUp(_ context.Context, id cases.OfficerID) ([]byte, error) {
	return m.apps[id], nil
}

func (m *memory) SetStepUp(_ context.Context, id cases.OfficerID, sealed []byte) error {
	m.apps[id] = sealed
	return nil
}

// lockbox seals by writing beside the secret whose it is.
type lockbox struct{}

func (lockbox) Seal(id cases.OfficerID, plain []byte) ([]byte, error) {
	return fmt.Appendf(nil, "sealed for %d|%s", id, plain), nil
}

func (lockbox) Open(id cases.OfficerID, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), fmt.Sprintf("sealed for %d|", id))
	if !ok {
		return nil, errors.New("sealed for somebody else")
	}
	return []byte(plain), nil
}

func (m *memory) Officers(_ context.Context, department string) ([]cases.Officer, error) {
	var out []cases.Officer
	for id := range cases.OfficerID(100) {
		if o, ok := m.officers[id]; ok && (department == "" || o.Department == department) && !o.Revoked {
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

func (m *memory) OfficerByKey(_ context.Context, key []byte, _ bool) (cases.Officer, bool, error) {
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
func (m *memory) file(n int, c cases.Case, body cases.Body, who *cases.Identity) cases.Reference {
	ref, err := cases.NewReference(strings.NewReader(fmt.Sprintf("%c%c%c%c%c", 'a'+n, 'Q'+n, 7+n, 90-n, 33+3*n)))
	if err != nil {
		panic(err)
	}
	c.ID, c.Ref, c.Draft = fmt.Sprintf("00000000-0000-4000-8000-%012d", n), ref, fmt.Sprintf("draft-%d", n)
	f := cases.Filing{Case: c, Body: body}
	if c.Mode.Nameless() {
		f.Receipt = []byte("x")
	} else {
		f.Identity, f.Reporter = who, []byte("r")
	}
	if c.Mode.Reachable() {
		f.Address = []byte("a")
	}
	e, err := f.Begin(m.rules[c.Procedure], cases.Quiet{}, m.now)
	if err != nil {
		panic(err)
	}
	m.cases[ref] = &f.Case
	m.order = append(m.order, ref)
	m.events[c.ID] = []cases.Event{e}
	if !c.Mode.Nameless() {
		m.who[c.ID] = who
	}
	return ref
}

func (m *memory) Loads(_ context.Context, by cases.Actor, department string) (map[cases.OfficerID]cases.Load, error) {
	out := map[cases.OfficerID]cases.Load{}
	for _, c := range m.cases {
		if c.Owner == 0 || !c.Status.Open() || c.Department != department || by.Party == cases.Office && cases.Can(by, cases.List, *c) != nil {
			continue
		}
		l := out[c.Owner]
		l.Open++
		if c.Overdue(m.now) {
			l.Overdue++
		}
		if c.Unread {
			l.Unread++
		}
		out[c.Owner] = l
	}
	return out, nil
}

func (m *memory) SetAway(_ context.Context, by cases.Actor, id cases.OfficerID, until time.Time, deputy cases.OfficerID) error {
	o, ok := m.officers[id]
	if !ok {
		return &cases.Error{Code: cases.NotFound}
	}
	if err := cases.MaySetAway(by, o); err != nil {
		return err
	}
	o.AwayUntil, o.Deputy = until, deputy
	m.officers[id] = o
	return nil
}

func (m *memory) SetSkills(_ context.Context, by cases.Actor, id cases.OfficerID, skills []string) error {
	o, ok := m.officers[id]
	if !ok {
		return &cases.Error{Code: cases.NotFound}
	}
	if err := cases.MaySetAway(by, o); err != nil {
		return err
	}
	o.Skills = skills
	m.officers[id] = o
	return nil
}
