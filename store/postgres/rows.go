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
		Into: textOf(r.IntoCase), Colleagues: int(r.Colleagues),
	}
	if len(r.Tags) > 0 {
		c.Tags = r.Tags
	}
	if err := json.Unmarshal(r.Work, &c.Work); err != nil {
		return cases.Case{}, fmt.Errorf("read the work of a case: %w", err)
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

// caseRow is what may change of a case, as its row holds it. The names in JSON are those of the columns: the desk writes
// by way of a function.
func caseRow(c cases.Case) (p db.UpdateCaseParams, err error) {
	clocks := c.Clocks
	if clocks == nil {
		clocks = []cases.Clock{}
	}
	p = db.UpdateCaseParams{
		ID: c.ID, Department: c.Department, Status: string(c.Status), Owner: officerRow(c.Owner),
		Outcome: c.Outcome, Rating: c.Rating, Version: int32(c.Version), Unread: c.Unread,
		UpdatedAt: c.Updated, Recused: officerRows(c.Recused), CustodyWhat: c.Custody.What,
		CustodyBy: officerRow(c.Custody.By), CustodyUntil: timeRow(c.Custody.Until), EndedAt: timeRow(c.Ended),
		WarnedAt: timeRow(c.Warned), Held: c.Held, Mode: string(c.Mode), Unqueued: c.Unqueued, Shredded: c.Shredded,
		Guests: officerRows(c.Guests()), TransferTo: c.Transfer.To, Watched: c.Watched, Tags: append([]string{}, c.Tags...),
		IntoCase: textRow(c.Into), Colleagues: int32(c.Colleagues), WakeAt: wakeOf(c),
	}
	if p.Clocks, err = json.Marshal(clocks); err == nil {
		p.Work, err = json.Marshal(c.Work)
	}
	if err != nil {
		return p, fmt.Errorf("store a case: %w", err)
	}
	if k, ok := c.Next(); ok {
		p.NextDue = &k.Due
	}
	return p, nil
}

func eventRow(e cases.Event, body []byte) (db.InsertEventParams, error) {
	var more []byte
	if !emptyMore(e.More) {
		var err error
		if more, err = json.Marshal(e.More); err != nil {
			return db.InsertEventParams{}, fmt.Errorf("store the details of an event: %w", err)
		}
	}
	return db.InsertEventParams{
		CaseID: e.Case, Seq: int32(e.Seq), Kind: string(e.Kind), At: e.At, Party: string(e.By.Party),
		Officer: officerRow(e.By.Officer), Role: string(e.By.Role), ByDepartment: e.By.Department,
		Status: string(e.Status), ToOfficer: officerRow(e.To), Department: e.Department, Code: e.Code,
		Body: body, ActionKey: e.Key, More: more,
	}, nil
}

func emptyMore(m cases.More) bool {
	return len(m.Clocks) == 0 && len(m.Officers) == 0 && m.Other == "" && m.Until.IsZero() && m.Reason == "" && m.Quorum == 0 && m.Tag == "" &&
		m.Colleague == 0 && m.Was == "" && m.Finding == "" && m.Slot.IsZero() && m.For == 0
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
	if r.More != nil {
		if err := json.Unmarshal(r.More, &e.More); err != nil {
			return cases.Event{}, fmt.Errorf("read the details of event %d: %w", e.Seq, err)
		}
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
		id := row.ID
		if sealed.SealedFor != nil {
			id = *sealed.SealedFor // of the case that this one was split off
		}
		plain, err := s.vault.OpenIdentity(id, sealed.Sealed)
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

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func textRow(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// wakeOf is when time next does something to a case, for its row.
func wakeOf(c cases.Case) *time.Time {
	at, ok := c.Wake()
	if !ok {
		return nil
	}
	return &at
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
