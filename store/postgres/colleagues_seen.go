package postgres

import (
	"context"
	"crypto/subtle"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Colleague is who joined a case under a number, without their identity. Error: NotFound, also for who left.
func (s *Store) Colleague(ctx context.Context, caseID string, n int) (cases.Colleague, error) {
	if !validID(caseID) {
		return cases.Colleague{}, notFound()
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return s.colleague(ctx, s.pool, caseID, n)
}

func (s *Store) colleague(ctx context.Context, d db.DBTX, caseID string, n int) (cases.Colleague, error) {
	r, err := s.q.CoReporter(ctx, d, caseID, int32(n))
	if err != nil {
		return cases.Colleague{}, safe("read a colleague", err)
	}
	return cases.Colleague{Number: int(r.N), Mode: cases.Mode(r.Mode), Language: r.Language}, nil
}

// ColleagueAddress gives a colleague and the sealed address notices to them go to; only to the postman. Error: NotFound
// for who left; an address is nil where none is kept.
func (s *Store) ColleagueAddress(ctx context.Context, caseID string, n int) (cases.Colleague, []byte, error) {
	if !validID(caseID) {
		return cases.Colleague{}, nil, notFound()
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	r, err := s.q.CoReporterAddress(ctx, s.pool, caseID, int32(n))
	if err != nil {
		return cases.Colleague{}, nil, safe("read an address", err)
	}
	return cases.Colleague{Number: int(r.N), Mode: cases.Mode(r.Mode), Language: r.Language}, r.Address, nil
}

// Colleagues are all who ever joined a case, as far as the office may know of it by now, to an officer who may know of the
// case. Who they are is said of named ones to who may open the case in its own department, of sealed ones to whom a
// custodian let. Error: NotFound.
func (o Officers) Colleagues(ctx context.Context, by cases.Actor, caseID string) (out []cases.Colleague, err error) {
	s := o.Store
	err = s.look(ctx, "read colleagues", by, func(ctx context.Context, tx pgx.Tx) error {
		row, c, err := s.seen(ctx, tx, by, caseID)
		if err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		events, err := s.history(ctx, tx, caseID)
		if err != nil {
			return err
		}
		events = cases.Readable(events, by, c, now)
		out = cases.Colleagues(events)
		let := c.Custody.Open(cases.CustodyIdentity, by.Officer, now)
		if len(out) == 0 || cases.Can(by, cases.Open, c) != nil || by.Department != c.Department && !let {
			return nil
		}
		sealed, err := s.q.CoIdentities(ctx, tx, caseID)
		if err != nil {
			return err
		}
		for _, id := range sealed {
			for i := range out {
				// Less or more may be known of them than the office has learned yet.
				if out[i].Number != int(id.N) || out[i].Left || string(out[i].Mode) != id.Mode ||
					id.SealedTo == sealedToCustodian && !(let && out[i].GrantedTo(events)) {
					continue
				}
				if out[i].Identity, err = s.openColleague(ctx, row, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Store) openColleague(ctx context.Context, row db.Case, id db.CoIdentity) (*cases.Identity, error) {
	if id.SealedTo == sealedToCustodian {
		return s.openIdentity(ctx, row, db.Identity{CaseID: id.CaseID, SealedTo: id.SealedTo, Sealed: id.Sealed})
	}
	key, err := s.caseKey(ctx, row)()
	if err != nil {
		return nil, err
	}
	who := new(cases.Identity)
	return who, unseal(key, fieldColleague, int(id.N), id.Sealed, who)
}

// colleagues are those who joined a case, without their identities.
func (s *Store) colleagues(ctx context.Context, d db.DBTX, c cases.Case) ([]cases.Colleague, error) {
	if c.Colleagues == 0 {
		return nil, nil
	}
	rows, err := s.q.CoReporters(ctx, d, c.ID)
	out := make([]cases.Colleague, len(rows))
	for i, r := range rows {
		out[i] = cases.Colleague{Number: int(r.N), Mode: cases.Mode(r.Mode), Language: r.Language}
	}
	return out, err
}

// joinedCases are the cases that a chat joined by name or sealed, as its colleague has them.
func (s *Store) joinedCases(ctx context.Context, reporter []byte) ([]cases.Case, error) {
	rows, err := s.q.CasesJoined(ctx, s.pool, reporter)
	out := make([]cases.Case, 0, len(rows))
	for _, r := range rows {
		c, err := caseOf(r.Case)
		if err != nil {
			return nil, err
		}
		out = append(out, c.As(cases.Colleague{Number: int(r.N), Mode: cases.Mode(r.OwnMode), Language: r.OwnLanguage}))
	}
	return out, err
}

// joinedAt is the case that a colleague's receipt leads to, as they have it. Error: NotFound.
func (s *Store) joinedAt(ctx context.Context, lookup []byte) (cases.Case, error) {
	row, err := s.q.JoinedAtReceipt(ctx, s.pool, lookup)
	if err != nil {
		return cases.Case{}, err
	}
	c, err := caseOf(row.Case)
	if subtle.ConstantTimeCompare(row.ReceiptLookup, lookup) != 1 || c.Shredded {
		return cases.Case{}, notFound()
	}
	return c.As(cases.Colleague{Number: int(row.N), Mode: cases.Mode(row.OwnMode), Language: row.OwnLanguage}), err
}
