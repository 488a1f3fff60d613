package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// maxReferences is how many references are drawn for one case. There are 2^35 of them, so a second
// draw is rare and a third means that something else is wrong.
const maxReferences = 5

// File stores a complete submission: the case, its first event, the notices and their jobs, in one
// transaction. The same draft again gives the stored case and again = true, whatever else the filing
// holds. The store sets Case.ID and Case.Ref when they are empty and draws another reference when
// the given one is in use; status, clocks and times are the store's. Case.Procedure names one of
// Options.Rules. Errors: Incomplete, naming the field; Away.
func (s *Store) File(ctx context.Context, f cases.Filing) (c cases.Case, again bool, err error) {
	return s.FileDraft(ctx, f, nil, 0)
}

// FileDraft is File that also turns the draft's checkpoint, known by name and at revision rev, into a
// tombstone, in the same transaction. For an anonymous filing the checkpoint is left alone: a row
// about a chat, written together with the case, would join the two. (An anonymous draft has none, and
// one that was named before has been dropped at the switch.)
func (s *Store) FileDraft(ctx context.Context, f cases.Filing, name []byte, rev int64) (c cases.Case, again bool, err error) {
	if f.Case.ID == "" {
		f.Case.ID = newID()
	}
	if !validID(f.Case.ID) {
		return cases.Case{}, false, &cases.Error{Code: cases.Incomplete, Detail: "file: id"}
	}
	if f.Case.Mode.Nameless() {
		name = nil
	}
	if _, ok := s.opts.Rules[f.Case.Procedure]; !ok && f.Case.Procedure != "" {
		return cases.Case{}, false, &cases.Error{Code: cases.Incomplete, Detail: "file: procedure"}
	}
	if _, ok := s.opts.Retentions[f.Case.Retention]; !ok && f.Case.Retention != "" {
		return cases.Case{}, false, &cases.Error{Code: cases.Incomplete, Detail: "file: retention"}
	}
	wrapped, key, err := s.vault.NewCaseKey(ctx, f.Case.ID)
	if err != nil {
		return cases.Case{}, false, fmt.Errorf("file a case: %w", err)
	}
	defer func() {
		if err == nil && c.ID != f.Case.ID {
			_ = s.vault.DestroyCaseKey(ctx, f.Case.ID) // nothing was sealed with it; a sweep finds what stays behind
		}
	}()
	for draw := 1; ; draw++ {
		if f.Case.Ref == "" {
			if f.Case.Ref, err = s.newReference(); err != nil {
				return cases.Case{}, false, fmt.Errorf("file a case: %w", err)
			}
		}
		taken := false
		err = s.transact(ctx, "file a case", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
			row, found, err := s.filed(ctx, tx, f.Case.Draft)
			if err == nil && !found {
				var fresh cases.Case
				if fresh, found, err = s.fileTx(ctx, tx, f, wrapped, key); err == nil && !found {
					c, again = fresh, false
					return s.dropTx(ctx, tx, name, rev)
				}
				taken = brokeUnique(err, "cases_ref_key")
				if found {
					row, _, err = s.filed(ctx, tx, f.Case.Draft)
				}
			}
			if err != nil {
				return err
			}
			again = !unsure || row.ID != f.Case.ID
			if c, err = caseOf(row); err != nil {
				return err
			}
			return s.dropTx(ctx, tx, name, rev)
		})
		switch {
		case err == nil:
			s.drafts.forget(name, rev)
			return c, again, nil
		case !taken || draw == maxReferences:
			return cases.Case{}, false, err
		}
		f.Case.Ref = ""
	}
}

func (s *Store) filed(ctx context.Context, tx pgx.Tx, draft string) (row db.Case, found bool, err error) {
	row, err = s.q.CaseByDraft(ctx, tx, draft)
	if errors.Is(err, pgx.ErrNoRows) {
		return db.Case{}, false, nil
	}
	return row, err == nil, err
}

// fileTx stores a new case. found is true when another transaction has stored the draft meanwhile;
// the insert waited for it.
func (s *Store) fileTx(ctx context.Context, tx pgx.Tx, f cases.Filing, wrapped []byte, key CaseKey) (c cases.Case, found bool, err error) {
	now, err := s.now(ctx, tx)
	if err != nil {
		return c, false, err
	}
	involved, err := s.involved(ctx, tx, f.Case.Unit, &f.Body)
	if err != nil {
		return c, false, err
	}
	hands, err := s.keptFrom(ctx, tx, f.After)
	if err != nil {
		return c, false, err
	}
	involved = union(involved, hands)
	if f.Case.Department, err = s.landing(ctx, tx, f.Case, involved); err != nil {
		return c, false, err
	}
	e, err := f.Begin(s.rules(f.Case.Procedure), s.opts.Quiet, now)
	if err != nil {
		return c, false, err
	}
	c = f.Case
	events, err := recuse(&c, involved, c.Draft, e.At, time.Time{})
	if err != nil {
		return c, false, err
	}
	linked, err := linkAfter(&c, f.After, e.At)
	if err != nil {
		return c, false, err
	}
	events = slices.Concat([]cases.Event{e}, events, linked)
	followed, err := s.follows(ctx, tx, &c, e, now, e.At, func() (CaseKey, error) { return key, nil })
	if err != nil {
		return c, false, err
	}
	events = append(events, followed...)
	row, err := caseRow(c)
	if err != nil {
		return c, false, err
	}
	n, err := s.q.InsertCase(ctx, tx, db.InsertCaseParams{
		ID: c.ID, Ref: string(c.Ref), Draft: c.Draft, Mode: string(c.Mode), Kind: c.Kind, Matter: c.Matter, Unit: c.Unit,
		Department: c.Department, Language: c.Language, Procedure: c.Procedure, Urgent: c.Urgent, Status: string(c.Status),
		Owner: officerRow(c.Owner), Outcome: c.Outcome, Rating: c.Rating, Version: int32(c.Version), Unread: c.Unread,
		Clocks: row.Clocks, NextDue: row.NextDue, FiledAt: c.Filed, UpdatedAt: c.Updated, WrappedKey: wrapped,
		Prompt: c.Prompt, Restricted: c.Restricted, QueuedAt: c.Queued, Unqueued: c.Unqueued,
		Recused: row.Recused, Retention: c.Retention, Work: row.Work, Guests: row.Guests, TransferTo: row.TransferTo,
		Watched: row.Watched, WakeAt: row.WakeAt,
	})
	if err != nil || n == 0 {
		return c, err == nil, err
	}
	if err := s.recordCommitment(ctx, tx, now, f.Commitment); err != nil {
		return c, false, err
	}
	if err := s.keepWay(ctx, tx, c, f.Way, key); err != nil {
		return c, false, err
	}
	for _, e := range events {
		if err := s.happen(ctx, tx, c, e, now, func() (CaseKey, error) { return key, nil }); err != nil {
			return c, false, err
		}
	}
	if c.Unqueued {
		return c, false, s.enqueueLater(ctx, tx, c)
	}
	return c, false, nil
}

// keepWay stores what leads back to the reporter of a new case.
func (s *Store) keepWay(ctx context.Context, tx pgx.Tx, c cases.Case, w cases.Way, key CaseKey) error {
	err := s.q.InsertReporter(ctx, tx, db.InsertReporterParams{
		CaseID: c.ID, Mode: string(c.Mode), ReporterKey: orNull(w.Reporter), Address: orNull(w.Address),
		ReceiptLookup: orNull(w.Receipt),
	})
	if err != nil || c.Mode.Nameless() {
		return err
	}
	sealed, to, err := s.sealIdentity(key, c.ID, c.Mode, w.Identity)
	if err != nil {
		return err
	}
	return s.q.InsertIdentity(ctx, tx, c.ID, string(c.Mode), to, sealed)
}

// involved gives the officers who must have nothing to do with a case, for what was said of it.
func (s *Store) involved(ctx context.Context, tx pgx.Tx, unit string, b *cases.Body) ([]cases.OfficerID, error) {
	rows, err := s.q.ActiveOfficers(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	var officers []cases.Officer
	for _, r := range rows {
		if o := officer(r); o.Role != cases.RoleGuest { // what guests are called is nobody's name
			officers = append(officers, o)
		}
	}
	var heads []string
	if s.opts.Heads != nil && unit != "" {
		heads = s.opts.Heads(unit)
	}
	return cases.Involved(officers, heads, b), nil
}

// landing is the department that works a case: its own, or the one that stands in when everybody there is involved, or
// decided it before. A department that has no officer yet keeps its cases.
func (s *Store) landing(ctx context.Context, tx pgx.Tx, c cases.Case, involved []cases.OfficerID) (string, error) {
	standIn := s.opts.StandIns[c.Department]
	if len(involved) == 0 || standIn == "" {
		return c.Department, nil
	}
	rows, err := s.q.ActiveOfficers(ctx, tx, c.Department)
	if err != nil {
		return "", err
	}
	for _, r := range rows {
		if o := officer(r); o.Role.Placed() && !slices.Contains(involved, o.ID) {
			return c.Department, nil
		}
	}
	if len(rows) == 0 {
		return c.Department, nil
	}
	return standIn, nil
}

// recuse applies the recusals that follow from what was said; cause makes their action keys, and slot is when the office
// learns what was said.
func recuse(c *cases.Case, involved []cases.OfficerID, cause string, at, slot time.Time) ([]cases.Event, error) {
	var out []cases.Event
	for _, id := range involved {
		if slices.Contains(c.Recused, id) {
			continue
		}
		e, err := c.Do(cases.Act{
			Action: cases.Recuse, By: cases.Actor{Party: cases.System}, To: id, Key: fmt.Sprintf("recuse:%d:%s", id, cause), Slot: slot,
		}, cases.Rules{}, at)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (s *Store) newReference() (cases.Reference, error) {
	if s.opts.Reference != nil {
		return s.opts.Reference()
	}
	return cases.NewReference(rand.Reader)
}

// orNull makes NULL of nothing.
func orNull(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// newID draws a random (version 4) UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// validID says whether id is a UUID as newID writes them. Anything else names no row, and Postgres
// would repeat it in an error.
func validID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := id[i] >= '0' && id[i] <= '9' || id[i] >= 'a' && id[i] <= 'f'
		if dash != (id[i] == '-') || !dash && !hex {
			return false
		}
	}
	return true
}
