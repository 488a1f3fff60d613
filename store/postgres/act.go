package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Act does something to a case: the domain decides, and the new state, the event, the notices and
// their jobs are stored in one transaction. c is the case afterwards.
//
// When a.Key was applied to this case before, by the same actor, nothing happens: e is the stored
// event, again is true and c the case as it stands. An empty key is replaced by a random one.
//
// Errors: NotFound (unknown, or the officer may not know of it, or Assign to nobody who could work
// it), NotAllowed, NotNow, AlreadyTaken, Incomplete, Full from the domain; Changed when the key belongs to
// somebody else's act; Away.
func (s *Store) Act(ctx context.Context, ref cases.Reference, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	return s.act(ctx, a, func(ctx context.Context, tx pgx.Tx) (db.Case, error) {
		return s.q.LockCaseByRef(ctx, tx, string(ref))
	})
}

// ActByID is Act on a case named by its row id.
func (s *Store) ActByID(ctx context.Context, id string, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	if !validID(id) {
		return c, e, false, notFound()
	}
	return s.act(ctx, a, func(ctx context.Context, tx pgx.Tx) (db.Case, error) {
		return s.q.LockCaseByID(ctx, tx, id)
	})
}

func (s *Store) act(ctx context.Context, a cases.Act, lock func(context.Context, pgx.Tx) (db.Case, error)) (c cases.Case, e cases.Event, again bool, err error) {
	if a.Key == "" {
		a.Key = newID()
	}
	err = s.transact(ctx, "act on a case", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		if err := s.as(ctx, tx, a.By); err != nil {
			return err
		}
		row, err := lock(ctx, tx)
		if err != nil {
			return err
		}
		c, e, again, err = s.actTx(ctx, tx, row, a)
		again = again && !unsure
		return err
	})
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	return c.Shown(a.By), e, again, nil
}

// actTx applies an act to a case whose row is locked. An officer gets the case as the office may know it.
func (s *Store) actTx(ctx context.Context, tx pgx.Tx, row db.Case, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	defer func() {
		if err == nil && a.By.Party == cases.Office {
			err = s.asKnown(ctx, tx, &c)
		}
	}()
	if c, err = caseOf(row); err != nil {
		return c, e, false, err
	}
	if err := s.standIn(ctx, tx, a.By, &c); err != nil {
		return c, e, false, err
	}
	var who cases.Colleague
	if a.Colleague > 0 {
		if who, err = s.colleague(ctx, tx, c.ID, a.Colleague); err != nil {
			return c, e, false, err
		}
		defer func() { c = c.As(who) }()
	}
	key := s.caseKey(ctx, row)
	old, err := s.q.EventByKey(ctx, tx, c.ID, a.Key)
	stored := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return c, e, false, err
	}
	if stored {
		if e, err = eventOf(old, key); err != nil {
			return c, e, false, err
		}
		// Before the question of permission: who has just moved a case out of their sight is told so twice.
		if e.By.Party == a.By.Party && e.By.Officer == a.By.Officer && e.Colleague == a.Colleague {
			return c, e, true, nil
		}
	}
	if a.By.Party == cases.Office {
		if err := cases.Can(a.By, cases.List, c); err != nil {
			return c, e, false, err
		}
	}
	if stored {
		return c, e, false, &cases.Error{Code: cases.Changed, Detail: "action key"}
	}

	now, err := s.now(ctx, tx)
	if err != nil {
		return c, e, false, err
	}
	own, through := c.Mode, c
	if a.Colleague > 0 {
		a.Own, own = who.Mode, who.Mode
	}
	if to := cases.Mode(a.Code); a.Action == cases.Lower && to.Below(own) {
		own = to // the hour in which somebody asked to be forgotten is forgotten too
	}
	mode := own
	if a.Colleague > 0 {
		through = c.Through(own)
		mode = through.Mode
	}
	if a.By.Party != cases.Office {
		a.Slot = s.opts.Quiet.SlotOf(through, a, now, s.opts.Location)
	}
	at := cases.Dated(mode, a.By.Party, now, s.opts.Location)
	// Time as the case tells it never runs backwards, though the server's clock may be set back.
	if at.Before(c.Updated) {
		at = c.Updated
	}
	if a.Action == cases.AskSecondLook || a.Action == cases.AskFinalReview {
		if a.ToDepartment, err = s.landing(s.roster(ctx, tx), c, append(c.Deciders(), c.Recused...)); err != nil {
			return c, e, false, err
		}
	}
	before := c
	var events []cases.Event
	if (a.By.Party == cases.Reporter || a.Action == cases.JoinAs) && a.Body != nil {
		// Whoever is named loses sight of the case before the words arrive.
		involved, err := s.involved(s.roster(ctx, tx), "", a.Body)
		if err != nil {
			return c, e, false, err
		}
		if events, err = recuse(&c, involved, a.Key, at, a.Slot); err != nil {
			return c, e, false, err
		}
	}
	if a, err = s.staffed(ctx, tx, c, a, now); err != nil {
		return c, e, false, err
	}
	if e, err = c.Do(a, s.rules(c.Procedure), at); err != nil {
		return c, e, false, err
	}
	followed, err := s.follows(ctx, tx, s.roster(ctx, tx), &c, e, now, at, key)
	if err != nil {
		return c, e, false, err
	}
	events = append(append(events, e), followed...)
	if err := s.canWork(ctx, tx, e, c); err != nil {
		return c, e, false, err
	}
	if err := s.admit(ctx, tx, a, before, c); err != nil {
		return c, e, false, err
	}
	if err := s.takePart(ctx, tx, a, c, e); err != nil {
		return c, e, false, err
	}
	if e.Kind == cases.Lowered || e.Kind == cases.Revealed {
		if a.Colleague > 0 {
			who, err = s.changeColleague(ctx, tx, row, who, cases.Mode(e.Code), a.Way)
		} else {
			err = s.changeWay(ctx, tx, row, before.Mode, c, a.Way, key)
		}
		if err != nil {
			return c, e, false, err
		}
		if err := s.recordCommitment(ctx, tx, now, a.Commitment); err != nil {
			return c, e, false, err
		}
	}
	for _, e := range events {
		if err := s.happen(ctx, tx, c, e, now, key); err != nil {
			return c, e, false, err
		}
	}
	if e.Kind == cases.ShreddedEvent {
		if err := s.shredTx(ctx, tx, c.ID); err != nil {
			return c, e, false, err
		}
	}
	// The case's row last: afterwards it may be out of the officer's sight.
	return c, e, false, s.write(ctx, tx, c, before.Version, throughDesk(a))
}

// happening is an event that is ready to be stored: sealed, with the files it brings.
type happening struct {
	cases.Event
	body  []byte
	files []newFile
	fetch []river.InsertManyParams
}

// happen stores an event, sealed and on record, with its files and notices.
func (s *Store) happen(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, now time.Time, key func() (CaseKey, error)) error {
	h, err := s.ready(e, key)
	if err != nil {
		return err
	}
	if err := s.record(ctx, tx, h); err != nil {
		return err
	}
	if err := s.keepWords(ctx, tx, c, h.Event, key); err != nil {
		return err
	}
	return s.happened(ctx, tx, s.roster(ctx, tx), c, h, now)
}

// ready seals an event.
func (s *Store) ready(e cases.Event, key func() (CaseKey, error)) (h happening, err error) {
	if h.Event, h.fetch, h.files, err = s.takeFiles(e, key); err != nil {
		return h, err
	}
	h.body, err = s.sealEvent(key, h.Event)
	return h, err
}

// happened stores what hangs on an event that was stored: its files, what relays it, whom it is told.
func (s *Store) happened(ctx context.Context, tx pgx.Tx, active roster, c cases.Case, h happening, now time.Time) error {
	for _, f := range h.files {
		if err := s.q.InsertFile(ctx, tx, f.id, c.ID, int32(h.Seq), f.source); err != nil {
			return err
		}
	}
	if err := s.fetchSoon(ctx, tx, c, h.Event, h.fetch); err != nil {
		return err
	}
	if err := s.relayLater(ctx, tx, c, h.Event, now); err != nil {
		return err
	}
	return s.tell(ctx, tx, active, c, h.Event, now)
}

// write stores a case on top of the version that was read. Error: Changed.
func (s *Store) write(ctx context.Context, tx pgx.Tx, c cases.Case, read int, by cases.Actor) error {
	p, err := caseRow(c)
	if err != nil {
		return err
	}
	p.ReadVersion = int32(read)
	written := false
	if by.Party == cases.Office || s.opts.Role == Desk {
		row, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("write a case: %w", err)
		}
		written, err = s.q.WriteCase(ctx, tx, p.ID, p.ReadVersion, row)
		if err != nil {
			return err
		}
	} else {
		n, err := s.q.UpdateCase(ctx, tx, p)
		if err != nil {
			return err
		}
		written = n == 1
	}
	if !written {
		return &cases.Error{Code: cases.Changed}
	}
	return nil
}

// changeWay makes what leads back to a reporter fit another mode. What the mode does not hold is deleted.
func (s *Store) changeWay(ctx context.Context, tx pgx.Tx, row db.Case, from cases.Mode, c cases.Case, w cases.Way, key func() (CaseKey, error)) error {
	var n int64
	var err error
	if !c.Mode.Reachable() {
		w.Address = nil
	}
	if len(w.Address) > 0 || !c.Mode.Reachable() {
		n, err = s.q.ChangeReporter(ctx, tx, db.ChangeReporterParams{
			CaseID: c.ID, Mode: string(c.Mode), ReporterKey: orNull(w.Reporter), Address: orNull(w.Address),
			ReceiptLookup: orNull(w.Receipt),
		})
	} else {
		n, err = s.q.ChangeReporterMode(ctx, tx, string(c.Mode), orNull(w.Reporter), orNull(w.Receipt), c.ID)
	}
	if err == nil && n != 1 {
		return notFound()
	}
	if err != nil {
		return err
	}
	if w.Identity == nil && from == cases.Named && c.Mode == cases.Confidential {
		old, err := s.q.IdentityOfCase(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if w.Identity, err = s.openIdentity(ctx, row, old); err != nil {
			return err
		}
	}
	if err := s.q.DeleteIdentity(ctx, tx, c.ID); err != nil || c.Mode.Nameless() {
		return err
	}
	k, err := key()
	if err != nil {
		return err
	}
	sealed, to, err := s.sealIdentity(k, c.ID, c.Mode, w.Identity)
	if err != nil {
		return err
	}
	return s.q.InsertIdentity(ctx, tx, c.ID, string(c.Mode), to, sealed)
}

// canWork refuses to give a case to somebody who is not an active officer of its department.
func (s *Store) canWork(ctx context.Context, tx pgx.Tx, e cases.Event, c cases.Case) error {
	if e.Kind != cases.Assigned || e.To == 0 {
		return nil
	}
	o, err := s.q.OfficerByID(ctx, tx, int64(e.To))
	switch {
	case errors.Is(err, pgx.ErrNoRows),
		err == nil && (o.RevokedAt != nil || o.Department != c.Department || !cases.Role(o.Role).Placed()):
		return &cases.Error{Code: cases.NotFound, Detail: "assign: to"}
	}
	return err
}

func (s *Store) sealEvent(key func() (CaseKey, error), e cases.Event) ([]byte, error) {
	if e.Body == nil {
		return nil, nil
	}
	k, err := key()
	if err != nil {
		return nil, err
	}
	return sealBody(k, e.Seq, e.Body)
}
