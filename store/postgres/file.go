package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/audit"
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
			fresh, filed, err := s.fileTx(ctx, tx, f, wrapped, key)
			taken = brokeUnique(err, "cases_ref_key")
			if err != nil {
				return err
			}
			if filed {
				c, again = fresh, false
				return s.dropTx(ctx, tx, name, rev)
			}
			row, err := s.q.CaseByDraft(ctx, tx, f.Case.Draft)
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

// fileTx stores a new case. filed is false when its draft is one already: also when another transaction stores it at this
// moment, for whose end the insert waits.
func (s *Store) fileTx(ctx context.Context, tx pgx.Tx, f cases.Filing, wrapped []byte, key CaseKey) (c cases.Case, filed bool, err error) {
	now, active, filed, err := s.beforeFiling(ctx, tx, f.Case.Draft)
	if err != nil || filed {
		return c, false, err
	}
	involved, err := s.involved(active, f.Case.Unit, &f.Body)
	if err != nil {
		return c, false, err
	}
	hands, err := s.keptFrom(ctx, tx, f.After)
	if err != nil {
		return c, false, err
	}
	involved = union(involved, hands)
	if f.Case.Department, err = s.landing(active, f.Case, involved); err != nil {
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
	opened := func() (CaseKey, error) { return key, nil }
	followed, err := s.follows(ctx, tx, active, &c, e, now, e.At, opened)
	if err != nil {
		return c, false, err
	}
	h, err := s.ready(e, opened)
	if err != nil {
		return c, false, err
	}
	p, err := s.filingRow(ctx, c, f, h, key, now)
	if err != nil {
		return c, false, err
	}
	p.WrappedKey = wrapped
	if filed, err = s.q.FileCase(ctx, tx, p); err != nil || !filed {
		return c, false, err
	}
	if err := s.happened(ctx, tx, active, c, h, now); err != nil {
		return c, false, err
	}
	for _, e := range slices.Concat(events, linked, followed) {
		if err := s.happen(ctx, tx, c, e, now, opened); err != nil {
			return c, false, err
		}
	}
	if c.Unqueued {
		return c, true, s.enqueueLater(ctx, tx, c)
	}
	return c, true, nil
}

// beforeFiling asks what a filing needs to know, in one go: the time, the active officers, and whether its draft is a case
// already.
func (s *Store) beforeFiling(ctx context.Context, tx pgx.Tx, draft string) (now time.Time, active roster, filed bool, err error) {
	asked := time.Now()
	rows, err := s.q.BeforeFiling(ctx, tx, draft)
	if err != nil {
		return now, nil, false, err
	}
	all := make([]cases.Officer, 0, len(rows))
	for _, r := range rows {
		now, filed = s.clock(r.At, asked), r.Filed
		if r.ID != 0 { // nobody has joined yet
			all = append(all, officer(db.Officer{
				ID: r.ID, Name: r.Name, Role: r.Role, Department: r.Department, Language: r.Language, AwayUntil: r.AwayUntil,
				Deputy: r.Deputy, Skills: r.Skills,
			}))
		}
	}
	return now, func(department string) ([]cases.Officer, error) {
		if department == "" {
			return all, nil
		}
		var of []cases.Officer
		for _, o := range all {
			if o.Department == department {
				of = append(of, o)
			}
		}
		return of, nil
	}, filed, nil
}

// filingRow is all that a filing writes at once; h is the first event of c. The case's wrapped key is missing.
func (s *Store) filingRow(ctx context.Context, c cases.Case, f cases.Filing, h happening, key CaseKey, now time.Time) (p db.FileCaseParams, err error) {
	row, err := caseRow(c)
	if err != nil {
		return p, err
	}
	if err := commits(f.Commitment); err != nil {
		return p, err
	}
	e, err := s.hashed(audit.CaseStart(c.ID), h)
	if err != nil {
		return p, err
	}
	p = db.FileCaseParams{
		ID: c.ID, Ref: string(c.Ref), Draft: c.Draft, Mode: string(c.Mode), Kind: c.Kind, Matter: c.Matter, Unit: c.Unit,
		Department: c.Department, Language: c.Language, Procedure: c.Procedure, Urgent: c.Urgent, Status: string(c.Status),
		Owner: officerRow(c.Owner), Outcome: c.Outcome, Rating: c.Rating, Version: int32(c.Version), Unread: c.Unread,
		Clocks: row.Clocks, NextDue: row.NextDue, FiledAt: c.Filed, UpdatedAt: c.Updated,
		Prompt: c.Prompt, Restricted: c.Restricted, QueuedAt: c.Queued, Unqueued: c.Unqueued,
		Recused: row.Recused, Retention: c.Retention, Work: row.Work, Guests: row.Guests, TransferTo: row.TransferTo,
		Watched: row.Watched, WakeAt: row.WakeAt,
		ReporterKey: orNull(f.Way.Reporter), Address: orNull(f.Way.Address), ReceiptLookup: orNull(f.Way.Receipt),
		EventKind: e.Kind, EventAt: e.At, EventParty: e.Party, EventStatus: e.Status, EventTo: e.ToOfficer,
		EventDepartment: e.Department, EventCode: e.Code, EventBody: e.Body, EventKey: e.ActionKey, EventHash: e.Hash,
		EventMore: e.More, EventDue: e.Due, Commitment: orNull(f.Commitment), CommitmentDue: s.shownFrom(now),
	}
	if !c.Mode.Nameless() {
		if p.Identity, p.SealedTo, err = s.sealIdentity(key, c.ID, c.Mode, f.Way.Identity); err != nil {
			return p, err
		}
	}
	p.Grams, err = s.wordsOf(ctx, c, h.Event)
	return p, err
}

// involved gives the officers who must have nothing to do with a case, for what was said of it.
func (s *Store) involved(active roster, unit string, b *cases.Body) ([]cases.OfficerID, error) {
	all, err := active("")
	if err != nil {
		return nil, err
	}
	var officers []cases.Officer
	for _, o := range all {
		if o.Role != cases.RoleGuest { // what guests are called is nobody's name
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
func (s *Store) landing(active roster, c cases.Case, involved []cases.OfficerID) (string, error) {
	standIn := s.opts.StandIns[c.Department]
	if len(involved) == 0 || standIn == "" {
		return c.Department, nil
	}
	officers, err := active(c.Department)
	if err != nil || len(officers) == 0 {
		return c.Department, err
	}
	for _, o := range officers {
		if o.Role.Placed() && !slices.Contains(involved, o.ID) {
			return c.Department, nil
		}
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
