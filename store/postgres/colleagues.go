package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// fieldColleague is the field under which a named colleague's identity is sealed; version: their number.
const fieldColleague = "colleague"

// MakeJoinLink keeps the link that one colleague may join a case by, once, for cases.JoinLinkDays; the token is the
// caller's (cases.JoinToken), so that asking again makes no second one. Only its hash is stored. Only for a reporter's side
// that has found the case. Errors: NotFound; NotNow for a case that is not open, or of which cases.MaxJoinLinks links wait; Away.
func (s *Store) MakeJoinLink(ctx context.Context, caseID, token string) error {
	if !validID(caseID) {
		return notFound()
	}
	return s.transact(ctx, "make a link to join by", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		row, err := s.q.LockCaseByID(ctx, tx, caseID)
		if err != nil {
			return err
		}
		if old, err := s.q.JoinLink(ctx, tx, hashOf(token)); err == nil && old.CaseID == caseID {
			return nil
		} else if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		waiting, err := s.q.OpenJoinLinks(ctx, tx, caseID, now)
		if err != nil {
			return err
		}
		if !cases.Status(row.Status).Open() || row.Shredded || waiting >= cases.MaxJoinLinks {
			return &cases.Error{Code: cases.NotNow, Detail: "join link"}
		}
		until := cases.DateOf(now, s.opts.Location).Add(cases.JoinLinkDays).End(s.opts.Location)
		return s.q.InsertJoinLink(ctx, tx, hashOf(token), caseID, until)
	})
}

// JoinLink gives the case that a link leads to, for its kind and reference. Errors: UsedUp for a link that was used, ran
// out, or never was; NotNow for a case that is open no more; Away.
func (s *Store) JoinLink(ctx context.Context, token string) (cases.Case, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	link, err := s.q.JoinLink(ctx, s.pool, hashOf(token))
	if errors.Is(err, pgx.ErrNoRows) {
		return cases.Case{}, &cases.Error{Code: cases.UsedUp}
	}
	if err != nil {
		return cases.Case{}, safe("read a link", err)
	}
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return cases.Case{}, safe("read a link", err)
	}
	if link.UsedAt != nil || !now.Before(link.ExpiresAt) {
		return cases.Case{}, &cases.Error{Code: cases.UsedUp}
	}
	c, err := s.CaseByID(ctx, link.CaseID)
	if err == nil && (!c.Status.Open() || c.Shredded) {
		err = &cases.Error{Code: cases.NotNow, Detail: "join"}
	}
	if err != nil {
		return cases.Case{}, err
	}
	return c, nil
}

// JoinCase makes a colleague of whoever holds a link's token, in one transaction with the event. c is the case as the
// colleague has it. The same draft again gives the same. Errors: UsedUp as JoinLink; NotNow for a case that is not open;
// NotAllowed for who reports or joined it already; Incomplete, naming the part; Away.
func (s *Store) JoinCase(ctx context.Context, token string, j cases.Joining) (c cases.Case, again bool, err error) {
	if err := j.Check(); err != nil {
		return c, false, err
	}
	err = s.transact(ctx, "join a case", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		link, err := s.q.LockJoinLink(ctx, tx, hashOf(token))
		if errors.Is(err, pgx.ErrNoRows) {
			return &cases.Error{Code: cases.UsedUp}
		}
		if err != nil {
			return err
		}
		row, err := s.q.LockCaseByID(ctx, tx, link.CaseID)
		if err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if link.UsedAt != nil {
			if textOf(link.UsedKey) != j.Draft {
				return &cases.Error{Code: cases.UsedUp}
			}
			again = !unsure
			c, err = s.joinedBy(ctx, tx, row, j.Draft)
			return err
		}
		if !now.Before(link.ExpiresAt) {
			return &cases.Error{Code: cases.UsedUp}
		}
		if err := s.notYetIn(ctx, tx, row.ID, j.Reporter); err != nil {
			return err
		}
		sofar, err := s.q.JoinedSoFar(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		who := cases.Colleague{Number: int(sofar) + 1, Mode: j.Mode, Language: j.Language}
		if err := s.keepColleague(ctx, tx, row, who, j); err != nil {
			if brokeUnique(err, "co_reporters_once") {
				err = &cases.Error{Code: cases.NotAllowed, Detail: "join: joined it"}
			}
			return err
		}
		if err := s.recordCommitment(ctx, tx, now, j.Commitment); err != nil {
			return err
		}
		c, _, again, err = s.actTx(ctx, tx, row, cases.Act{
			Action: cases.JoinAs, By: cases.Actor{Party: cases.System}, Key: j.Draft, Code: string(j.Mode), Body: j.Body,
			Colleague: who.Number,
		})
		if err != nil {
			return err
		}
		c = c.As(who)
		day := cases.Dated(j.Mode, cases.Reporter, now, s.opts.Location)
		return s.q.UseJoinLink(ctx, tx, &day, &j.Draft, link.TokenHash)
	})
	if err != nil {
		return cases.Case{}, false, err
	}
	return c, again, nil
}

// joinedBy is a case as the colleague has it whose joining has an action key.
func (s *Store) joinedBy(ctx context.Context, tx pgx.Tx, row db.Case, key string) (cases.Case, error) {
	c, err := caseOf(row)
	if err != nil {
		return c, err
	}
	old, err := s.q.EventByKey(ctx, tx, row.ID, key)
	if err != nil {
		return c, err
	}
	old.Body = nil
	e, err := eventOf(old, nil)
	if err != nil {
		return c, err
	}
	r, err := s.q.CoReporter(ctx, tx, row.ID, int32(e.Colleague))
	return c.As(cases.Colleague{Number: int(r.N), Mode: cases.Mode(r.Mode), Language: r.Language}), err
}

// keepColleague stores what leads back to who joins.
func (s *Store) keepColleague(ctx context.Context, tx pgx.Tx, row db.Case, who cases.Colleague, j cases.Joining) error {
	err := s.q.InsertCoReporter(ctx, tx, db.InsertCoReporterParams{
		CaseID: row.ID, N: int32(who.Number), Mode: string(who.Mode), Language: who.Language, ReporterKey: orNull(j.Reporter),
		Address: orNull(j.Address), ReceiptLookup: orNull(j.Receipt),
	})
	if err != nil {
		return err
	}
	return s.keepIdentity(ctx, tx, row, who, j.Identity)
}

// keepIdentity stores who a colleague said they are, sealed as their mode wants it; of a nameless one nothing.
func (s *Store) keepIdentity(ctx context.Context, tx pgx.Tx, row db.Case, who cases.Colleague, id *cases.Identity) (err error) {
	if who.Mode.Nameless() {
		return nil
	}
	if id == nil {
		id = &cases.Identity{}
	}
	var sealed []byte
	to := sealedToCustodian
	if who.Mode == cases.Named {
		to = sealedToCase
		k, err := s.caseKey(ctx, row)()
		if err != nil {
			return err
		}
		if sealed, err = sealValue(k, fieldColleague, who.Number, id); err != nil {
			return err
		}
	} else if sealed, _, err = s.sealIdentity(nil, row.ID, who.Mode, id); err != nil {
		return err
	}
	return s.q.InsertCoIdentity(ctx, tx, db.InsertCoIdentityParams{
		CaseID: row.ID, N: int32(who.Number), Mode: string(who.Mode), SealedTo: to, Sealed: sealed,
	})
}

// changeColleague makes what leads back to a colleague fit another mode, and gives them in it. Error: NotAllowed for who
// turns out to be of the case already.
func (s *Store) changeColleague(ctx context.Context, tx pgx.Tx, row db.Case, who cases.Colleague, to cases.Mode, w cases.Way) (cases.Colleague, error) {
	if err := s.notYetIn(ctx, tx, row.ID, w.Reporter); err != nil {
		return who, err
	}
	if w.Identity == nil && who.Mode == cases.Named && to == cases.Confidential {
		old, err := s.q.CoIdentity(ctx, tx, row.ID, int32(who.Number))
		if err != nil {
			return who, err
		}
		if w.Identity, err = s.openColleague(ctx, row, old); err != nil {
			return who, err
		}
	}
	who.Mode = to
	err := s.q.ChangeColleague(ctx, tx, db.ChangeColleagueParams{
		CaseID: row.ID, N: int32(who.Number), Mode: string(to), ReporterKey: orNull(w.Reporter), Address: orNull(w.Address),
		ReceiptLookup: orNull(w.Receipt),
	})
	if brokeUnique(err, "co_reporters_once") {
		err = &cases.Error{Code: cases.NotAllowed, Detail: "join: joined it"}
	}
	if err != nil {
		return who, err
	}
	return who, s.keepIdentity(ctx, tx, row, who, w.Identity)
}

// notYetIn refuses who reports a case as its colleague. A chat is nil where none is named.
func (s *Store) notYetIn(ctx context.Context, tx pgx.Tx, caseID string, reporter []byte) error {
	if len(reporter) == 0 {
		return nil
	}
	is, err := s.q.IsReporter(ctx, tx, caseID, reporter)
	if err == nil && is {
		err = &cases.Error{Code: cases.NotAllowed, Detail: "join: reports it"}
	}
	return err
}

// LeaveCase takes a colleague out of a case; everything that leads to them is destroyed, and what they said stays. Only for
// a side that has found the case as this colleague. Done twice it is done once. Errors: NotFound; Away.
func (s *Store) LeaveCase(ctx context.Context, caseID string, n int) error {
	if !validID(caseID) {
		return notFound()
	}
	return s.transact(ctx, "leave a case", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		row, err := s.q.LockCaseByID(ctx, tx, caseID)
		if err != nil {
			return err
		}
		r, err := s.q.CoReporter(ctx, tx, caseID, int32(n))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		_, _, _, err = s.actTx(ctx, tx, row, cases.Act{
			Action: cases.Leave, By: cases.Actor{Party: cases.System}, Key: leaveKey(caseID, n), Code: r.Mode, Colleague: n,
		})
		if err != nil {
			return err
		}
		return s.q.DeleteCoReporter(ctx, tx, caseID, int32(n))
	})
}

func leaveKey(caseID string, n int) string { return "leave:" + caseID + ":" + strconv.Itoa(n) }

// tellColleagues stores the notices of an event to those who joined, each in their own mode's way, with their jobs.
func (s *Store) tellColleagues(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, now time.Time, waiting *pending) error {
	joined, err := s.colleagues(ctx, tx, c)
	if err != nil {
		return err
	}
	for _, who := range slices.DeleteFunc(joined, func(o cases.Colleague) bool { return !o.Mode.Reachable() || !o.Told(c, e) }) {
		due, err := s.due(ctx, tx, c.As(who), e, cases.ToReporter, who.Number, now)
		if err != nil {
			return err
		}
		waiting.add(cases.ToReporter, 0, who.Number, due)
	}
	return nil
}
