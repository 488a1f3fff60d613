package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Fields under which a case key seals; the names are part of what is stored.
const (
	fieldEvent    = "event"    // version: the event's number
	fieldIdentity = "identity" // version: 1
)

// To whom an identity is sealed.
const (
	sealedToCase      = "case"
	sealedToCustodian = "custodian"
)

func caseOf(r db.Case) (cases.Case, error) {
	c := cases.Case{
		ID: r.ID, Ref: cases.Reference(r.Ref), Draft: r.Draft, Mode: cases.Mode(r.Mode), Kind: r.Kind, Matter: r.Matter,
		Unit: r.Unit, Department: r.Department, Language: r.Language, Procedure: r.Procedure, Urgent: r.Urgent,
		Status: cases.Status(r.Status), Owner: officerOf(r.Owner), Outcome: r.Outcome, Rating: r.Rating,
		Version: int(r.Version), Filed: r.FiledAt.UTC(), Updated: r.UpdatedAt.UTC(), Unread: r.Unread,
		Prompt: r.Prompt, Restricted: r.Restricted, Queued: r.QueuedAt.UTC(), Unqueued: r.Unqueued,
		Custody:   cases.Custody{What: r.CustodyWhat, By: officerOf(r.CustodyBy), Until: timeOf(r.CustodyUntil)},
		Retention: r.Retention, Ended: timeOf(r.EndedAt), Warned: timeOf(r.WarnedAt), Held: r.Held, Shredded: r.Shredded,
	}
	for _, id := range r.Recused {
		c.Recused = append(c.Recused, cases.OfficerID(id))
	}
	if err := json.Unmarshal(r.Clocks, &c.Clocks); err != nil {
		return cases.Case{}, fmt.Errorf("read the clocks of a case: %w", err)
	}
	return c, nil
}

func casesOf(rows []db.Case) ([]cases.Case, error) {
	out := make([]cases.Case, len(rows))
	for i, r := range rows {
		c, err := caseOf(r)
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

// clocksOf gives the stored form of a case's clocks and the date owed next.
func clocksOf(c cases.Case) (stored []byte, next *time.Time, err error) {
	clocks := c.Clocks
	if clocks == nil {
		clocks = []cases.Clock{}
	}
	stored, err = json.Marshal(clocks)
	if err != nil {
		return nil, nil, fmt.Errorf("store the clocks of a case: %w", err)
	}
	if k, ok := c.Next(); ok {
		next = &k.Due
	}
	return stored, next, nil
}

func eventRow(e cases.Event, body []byte) db.InsertEventParams {
	return db.InsertEventParams{
		CaseID: e.Case, Seq: int32(e.Seq), Kind: string(e.Kind), At: e.At, Party: string(e.By.Party),
		Officer: officerRow(e.By.Officer), Role: string(e.By.Role), ByDepartment: e.By.Department,
		Status: string(e.Status), ToOfficer: officerRow(e.To), Department: e.Department, Code: e.Code,
		Body: body, ActionKey: e.Key,
	}
}

// eventOf opens an event. key is asked for only when there is a body.
func eventOf(r db.Event, key func() (CaseKey, error)) (cases.Event, error) {
	e := cases.Event{
		Case: r.CaseID, Seq: int(r.Seq), Kind: cases.EventKind(r.Kind), At: r.At.UTC(),
		By: cases.Actor{
			Party: cases.Party(r.Party), Officer: officerOf(r.Officer), Role: cases.Role(r.Role), Department: r.ByDepartment,
		},
		Status: cases.Status(r.Status), To: officerOf(r.ToOfficer), Department: r.Department, Code: r.Code, Key: r.ActionKey,
	}
	if r.Body == nil {
		return e, nil
	}
	k, err := key()
	if err != nil {
		return cases.Event{}, err
	}
	e.Body = new(cases.Body)
	if err := unseal(k, fieldEvent, e.Seq, r.Body, e.Body); err != nil {
		return cases.Event{}, fmt.Errorf("open event %d: %w", e.Seq, err)
	}
	return e, nil
}

func sealBody(key CaseKey, seq int, b *cases.Body) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	return sealValue(key, fieldEvent, seq, b)
}

func sealValue(key CaseKey, field string, version int, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", field, err)
	}
	sealed, err := key.Seal(field, version, plain)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", field, err)
	}
	return sealed, nil
}

func unseal(key CaseKey, field string, version int, sealed []byte, into any) error {
	plain, err := key.Open(field, version, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("%s does not hold what it should", field) // the decoder's error can quote it
	}
	return nil
}

// caseKey opens a case's key once, when first asked for.
func (s *Store) caseKey(ctx context.Context, row db.Case) func() (CaseKey, error) {
	var key CaseKey
	return func() (CaseKey, error) {
		if key != nil {
			return key, nil
		}
		if !row.SharedKey && len(row.WrappedKey) <= 1 {
			return nil, notFound() // DestroyWholeKey was here
		}
		k, err := s.vault.OpenCaseKey(ctx, row.ID, row.WrappedKey, row.SharedKey)
		if err != nil {
			return nil, fmt.Errorf("open case key: %w", err)
		}
		key = k
		return key, nil
	}
}

// openIdentity opens who a reporter said they are, by the key it was sealed with.
func (s *Store) openIdentity(ctx context.Context, row db.Case, sealed db.Identity) (*cases.Identity, error) {
	who := new(cases.Identity)
	if sealed.SealedTo == sealedToCustodian {
		plain, err := s.vault.OpenIdentity(row.ID, sealed.Sealed)
		if err != nil {
			return nil, fmt.Errorf("open an identity: %w", err)
		}
		if err := json.Unmarshal(plain, who); err != nil {
			return nil, errors.New("an identity does not hold what it should")
		}
		return who, nil
	}
	key, err := s.caseKey(ctx, row)()
	if err != nil {
		return nil, err
	}
	return who, unseal(key, fieldIdentity, 1, sealed.Sealed, who)
}

// sealIdentity seals who a reporter said they are: with the case's key when officers may see it, else to the custodian.
// Saying nothing looks like saying something.
func (s *Store) sealIdentity(key CaseKey, caseID string, m cases.Mode, who *cases.Identity) (sealed []byte, to string, err error) {
	if who == nil {
		who = &cases.Identity{}
	}
	if m == cases.Named {
		sealed, err = sealValue(key, fieldIdentity, 1, who)
		return sealed, sealedToCase, err
	}
	plain, err := json.Marshal(who)
	if err == nil {
		sealed, err = s.vault.SealIdentity(caseID, plain)
	}
	if err != nil {
		return nil, "", fmt.Errorf("seal an identity: %w", err)
	}
	return sealed, sealedToCustodian, nil
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func timeRow(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func officerRows(ids []cases.OfficerID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

func officerOf(id *int64) cases.OfficerID {
	if id == nil {
		return 0
	}
	return cases.OfficerID(*id)
}

func officerRow(id cases.OfficerID) *int64 {
	if id == 0 {
		return nil
	}
	return new(int64(id))
}
