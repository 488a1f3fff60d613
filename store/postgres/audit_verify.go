package postgres

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

	"huiyin/store/audit"
	"huiyin/store/postgres/db"
)

// verifyPage is how many rows are read at once; memory does not grow with what is verified.
const verifyPage = 2000

// VerifyAudit computes every chain, the tree and the blocks anew from the rows and compares: with each other, with
// what waits to be sealed, and with what the cases count. It looks at one moment of the database, goes through all of
// it, and needs a role that sees every row. progress, when not nil, is told how many rows of how many are done.
//
// It finds whatever was changed by who could not compute everything after it anew, all blocks included; against who
// can, compare a head that was published (HasHead). Deleting the newest events of a case is found once they are
// sealed; before, only when the case still counts them or they still wait. Findings are in the report, not in the
// error. Errors: Away.
func (s *Store) VerifyAudit(ctx context.Context, progress func(done, total int)) (audit.Report, error) {
	v := &verifier{q: s.q, progress: progress}
	err := pgx.BeginTxFunc(ctx, s.pool, snapshot, func(tx pgx.Tx) error {
		v.tx = tx
		total, err := v.q.CountToVerify(ctx, tx)
		if err != nil {
			return err
		}
		v.total = int(total)
		for _, part := range []func(context.Context) error{v.events, v.emptyCases, v.accounts, v.tree, v.waiting} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return audit.Report{}, safe("verify the record", err)
	}
	return v.report, nil
}

type verifier struct {
	q           *db.Queries
	tx          pgx.Tx
	progress    func(done, total int)
	done, total int
	report      audit.Report
}

func (v *verifier) found(f audit.Finding) { v.report.Add(f) }

func (v *verifier) step(rows int) {
	v.done += rows
	if v.progress != nil {
		v.progress(v.done, max(v.total, v.done))
	}
}

// pages reads rows page by page; the next page begins after the last row of the one before.
type pages[T any] struct {
	fetch func(last *T) ([]T, error)
	page  []T
	at    int
	last  *T
	ended bool
}

// next gives the next row, nil after the last.
func (p *pages[T]) next() (*T, error) {
	if p.at == len(p.page) {
		if p.ended {
			return nil, nil
		}
		page, err := p.fetch(p.last)
		if err != nil {
			return nil, err
		}
		p.page, p.at, p.ended = page, 0, len(page) < verifyPage
		if len(page) == 0 {
			return nil, nil
		}
		p.last = new(page[len(page)-1])
	}
	p.at++
	return &p.page[p.at-1], nil
}

// chain is where the verification of one case, or of the accounts, stands.
type chain struct {
	id      string
	seq     int64
	prev    audit.Hash
	lost    bool // what the next one hangs on is not known
	hashed  bool // an event with a hash came already
	version *int32
}

// events goes through the events of all cases.
func (v *verifier) events(ctx context.Context) error {
	rows := pages[db.EventsToVerifyRow]{fetch: func(last *db.EventsToVerifyRow) ([]db.EventsToVerifyRow, error) {
		id, seq := lowestID, int32(0)
		if last != nil {
			id, seq = last.CaseID, last.Seq
		}
		page, err := v.q.EventsToVerify(ctx, v.tx, id, seq, verifyPage)
		v.step(len(page))
		return page, err
	}}
	var c chain
	for {
		r, err := rows.next()
		if err != nil {
			return err
		}
		if r == nil || r.CaseID != c.id {
			v.endCase(c)
			if r == nil {
				return nil
			}
			c = chain{id: r.CaseID, prev: audit.CaseStart(r.CaseID), version: r.Version}
			v.report.Cases++
		}
		v.event(&c, *r)
	}
}

// lowestID comes before every case's.
const lowestID = "00000000-0000-0000-0000-000000000000"

func (v *verifier) event(c *chain, r db.EventsToVerifyRow) {
	v.report.Events++
	here := audit.Finding{Case: r.CaseID, Seq: int64(r.Seq)}
	as := func(k audit.FindingKind) audit.Finding { here.Kind = k; return here }
	v.gap(c, int64(r.Seq), audit.MissingEvent)
	body, _ := audit.HashOf(r.BodyHash) // NULL, of no words, is zero
	computed := audit.EventHash(c.prev, eventToHash(db.Event{
		CaseID: r.CaseID, Seq: r.Seq, Kind: r.Kind, At: r.At, Party: r.Party, Officer: r.Officer, Role: r.Role,
		ByDepartment: r.ByDepartment, Status: r.Status, ToOfficer: r.ToOfficer, Department: r.Department, Code: r.Code,
		ActionKey: r.ActionKey, More: r.More,
	}, body))
	if r.Hash == nil {
		c.prev = computed
		if c.hashed || c.lost || r.Leaf != nil || r.Waiting != nil {
			v.found(as(audit.ChangedEvent))
		} else {
			v.report.Before++
		}
		return
	}
	if v.link(c, computed, r.Hash, r.Leaf, r.Waiting) {
		v.found(as(audit.ChangedEvent))
	}
	if r.Leaf == nil && r.Waiting == nil {
		v.found(as(audit.UnknownEvent))
	}
}

// maxGap bounds how many missing numbers in a row are told one by one: a changed number may leave a gap of billions.
const maxGap = 1000

// gap notes the numbers that are missing before seq.
func (v *verifier) gap(c *chain, seq int64, kind audit.FindingKind) {
	c.lost = c.lost || seq > c.seq+1
	for missing := c.seq + 1; missing < min(seq, c.seq+1+maxGap); missing++ {
		v.found(audit.Finding{Kind: kind, Case: c.id, Seq: missing})
	}
	c.seq = seq
}

// link goes one event on and says whether the event differs from what was written. It goes on from the stored hash,
// so that one changed event does not accuse those after it.
func (v *verifier) link(c *chain, computed audit.Hash, stored, leaf, waiting []byte) (changed bool) {
	changed = !c.lost && !bytes.Equal(computed[:], stored)
	for _, elsewhere := range [][]byte{leaf, waiting} {
		changed = changed || elsewhere != nil && !bytes.Equal(elsewhere, stored)
	}
	var ok bool
	c.prev, ok = audit.HashOf(stored)
	c.hashed, c.lost = true, !ok
	return changed || !ok
}

// endCase compares a case with the events it counts.
func (v *verifier) endCase(c chain) {
	switch {
	case c.id == "":
	case c.version == nil:
		v.found(audit.Finding{Kind: audit.MissingCase, Case: c.id})
	case int64(*c.version) < c.seq:
		v.found(audit.Finding{Kind: audit.ChangedCase, Case: c.id})
	default:
		v.gap(&c, int64(*c.version)+1, audit.MissingEvent)
	}
}

// emptyCases looks for cases none of whose events is there.
func (v *verifier) emptyCases(ctx context.Context) error {
	rows := pages[string]{fetch: func(last *string) ([]string, error) {
		after := lowestID
		if last != nil {
			after = *last
		}
		return v.q.CasesWithoutEvents(ctx, v.tx, after, verifyPage)
	}}
	for {
		id, err := rows.next()
		if err != nil || id == nil {
			return err
		}
		v.found(audit.Finding{Kind: audit.MissingEvent, Case: *id, Seq: 1})
	}
}

// accounts goes through the events of the accounts.
func (v *verifier) accounts(ctx context.Context) error {
	rows := pages[db.AccountEventsToVerifyRow]{fetch: func(last *db.AccountEventsToVerifyRow) ([]db.AccountEventsToVerifyRow, error) {
		after := int64(0)
		if last != nil {
			after = last.Seq
		}
		return v.q.AccountEventsToVerify(ctx, v.tx, after, verifyPage)
	}}
	c := chain{prev: audit.AccountStart()}
	for {
		r, err := rows.next()
		if err != nil || r == nil {
			return err
		}
		v.report.Accounts++
		v.gap(&c, r.Seq, audit.MissingAccount)
		computed := audit.AccountHash(c.prev, audit.Account{
			Seq: r.Seq, Kind: r.Kind, At: r.At, Officer: int64(officerOf(r.Officer)), By: int64(officerOf(r.ByOfficer)),
			Role: r.Role, Department: r.Department, Code: r.Code,
		})
		if v.link(&c, computed, r.Hash, r.Leaf, r.Waiting) {
			v.found(audit.Finding{Kind: audit.ChangedAccount, Seq: r.Seq})
		}
		if r.Leaf == nil && r.Waiting == nil {
			v.found(audit.Finding{Kind: audit.UnknownAccount, Seq: r.Seq})
		}
	}
}

// waiting goes through what waits to be sealed and looks for events that are gone.
func (v *verifier) waiting(ctx context.Context) error {
	rows := pages[db.PendingToVerifyRow]{fetch: func(last *db.PendingToVerifyRow) ([]db.PendingToVerifyRow, error) {
		after := []byte{}
		if last != nil {
			after = last.Hash
		}
		return v.q.PendingToVerify(ctx, v.tx, after, verifyPage)
	}}
	for {
		r, err := rows.next()
		if err != nil || r == nil {
			return err
		}
		v.report.Waiting++
		switch {
		case r.Kind == audit.LeafEvent && !r.EventThere && r.Seq != nil:
			v.found(audit.Finding{Kind: audit.MissingEvent, Case: r.CaseID.String(), Seq: int64(*r.Seq)})
		case r.Kind == audit.LeafAccount && !r.AccountThere && r.AccountEvent != nil:
			v.found(audit.Finding{Kind: audit.MissingAccount, Seq: *r.AccountEvent})
		}
	}
}
