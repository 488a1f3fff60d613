package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Pair is an act on a case that has to do with another: Merge (Into is the other) or LinkTo.
//
// Both cases get an event in one transaction: the first the officer's, the other one the system's. Merging asks that both
// are of one department and that the other is open; same_person, that both were filed from one chat, which the database
// says without showing the chat, and only to who may know both reporters. When the key was used before, nothing happens and again is true.
//
// Errors: NotFound when the officer may not know of either; NotAllowed for same_person when they may not know who filed,
// whether it is the same person or not; NotNow when the two do not fit each other, with Detail "pair";
// else as for Act.
func (o Officers) Pair(ctx context.Context, ref, other cases.Reference, a cases.Act) (c cases.Case, e cases.Event, again bool, err error) {
	s := o.Store
	if a.Key == "" {
		a.Key = newID()
	}
	if a.Action != cases.Merge && a.Action != cases.LinkTo || a.By.Party != cases.Office {
		return c, e, false, &cases.Error{Code: cases.NotAllowed, Detail: "pair"}
	}
	err = s.transact(ctx, "act on two cases", func(ctx context.Context, tx pgx.Tx, unsure bool) error {
		if err := s.as(ctx, tx, a.By); err != nil {
			return err
		}
		rows, err := s.lockPair(ctx, tx, ref, other)
		if err != nil {
			return err
		}
		there, err := caseOf(rows[1])
		if err == nil {
			err = cases.Can(a.By, cases.List, there)
		}
		if err != nil {
			return err
		}
		a.Other = there.ID
		_, err = s.q.EventByKey(ctx, tx, rows[0].ID, a.Key)
		done := err == nil
		if !done {
			if err := s.fits(ctx, tx, rows[0], there, a); err != nil {
				return err
			}
		}
		if c, e, again, err = s.actTx(ctx, tx, rows[0], a); err != nil {
			return err
		}
		if again {
			again = !unsure
			return nil
		}
		return s.linkBack(ctx, tx, rows[1], c.ID, a)
	})
	if err != nil {
		return cases.Case{}, cases.Event{}, false, err
	}
	return c, e, again, nil
}

// lockPair locks two cases, always the one with the lower id first, so that two who pair the same cases wait for each
// other and do not stop each other.
func (s *Store) lockPair(ctx context.Context, tx pgx.Tx, ref, other cases.Reference) (rows [2]db.Case, err error) {
	var ids [2]string
	for i, r := range []cases.Reference{ref, other} {
		row, err := s.q.CaseByRef(ctx, tx, string(r))
		if err != nil {
			return rows, err
		}
		ids[i] = row.ID
	}
	order := []int{0, 1}
	if ids[1] < ids[0] {
		order = []int{1, 0}
	}
	for _, i := range order {
		if rows[i], err = s.q.LockCaseByID(ctx, tx, ids[i]); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// fits says whether two cases can be paired.
func (s *Store) fits(ctx context.Context, tx pgx.Tx, row db.Case, other cases.Case, a cases.Act) error {
	not := &cases.Error{Code: cases.NotNow, Detail: "pair"}
	switch {
	case row.ID == other.ID:
		return not
	case a.Action == cases.Merge && (row.Department != other.Department || !other.Status.Open()):
		return not
	case a.Action == cases.LinkTo && a.Code == "same_person":
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		if here, err := caseOf(row); err != nil || !here.KnowsReporter(a.By, now) || !other.KnowsReporter(a.By, now) {
			return cmp.Or(err, error(&cases.Error{Code: cases.NotAllowed, Detail: "pair: who filed"}))
		}
		same, err := s.q.SameReporter(ctx, tx, row.ID, other.ID)
		if err != nil {
			return err
		}
		if !same {
			return not
		}
	}
	return nil
}

// linkBack is the other half of a pair. A link that stands already stays.
func (s *Store) linkBack(ctx context.Context, tx pgx.Tx, row db.Case, id string, a cases.Act) error {
	code := a.Code
	if a.Action == cases.Merge {
		code = "merged"
	}
	there, err := caseOf(row)
	if err != nil || slices.Contains(there.Links, cases.Link{Case: id, Code: code}) {
		return err
	}
	_, _, _, err = s.actTx(ctx, tx, row, cases.Act{
		Action: cases.LinkTo, By: cases.Actor{Party: cases.System}, Other: id, Code: code, Key: "back:" + a.Key,
	})
	return err
}

type relayArgs struct {
	Case string `json:"case"`
	Seq  int    `json:"seq"`
}

func (relayArgs) Kind() string { return "relay" }

func (relayArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: houseQueue, MaxAttempts: maxAttempts}
}

// relayLater has the reporters of the cases that were merged into this one told of its answer, or that there will be none.
// The job is stored with the event, so neither is without the other. It is the house's to do: whoever answers need not be
// allowed to see every case that was merged, and the row policies would not let them write there. What a nameless reporter
// did is told in its slot, as the hour would be theirs.
func (s *Store) relayLater(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, now time.Time) error {
	if !cases.Relays(e) {
		return nil
	}
	p := river.InsertManyParams{Args: relayArgs{Case: e.Case, Seq: e.Seq}}
	if c.Mode.Nameless() && !c.Prompt && e.By.Party == cases.Reporter {
		p.InsertOpts = &river.InsertOpts{ScheduledAt: s.opts.Quiet.Slot(now, s.opts.Location)}
	}
	_, err := s.jobs.InsertManyFastTx(ctx, tx, []river.InsertManyParams{p})
	return err
}

type relayWorker struct {
	river.WorkerDefaults[relayArgs]
	s *Store
}

// Work relays one answer; doing it twice relays it once.
func (w *relayWorker) Work(ctx context.Context, job *river.Job[relayArgs]) error {
	s := w.s
	ids, err := s.q.MergedInto(ctx, s.pool, job.Args.Case)
	if err != nil || len(ids) == 0 {
		return safe("look for merged cases", err)
	}
	events, err := s.Events(ctx, job.Args.Case)
	if err != nil {
		return err
	}
	a, ok := cases.Relaying(events[:min(job.Args.Seq, len(events))])
	if !ok {
		return nil
	}
	for _, id := range ids {
		_, _, _, err := s.ActByID(ctx, id, a)
		switch cases.CodeOf(err) {
		case cases.NotFound, cases.NotNow, cases.Incomplete:
			continue // destroyed, or not merged there any more
		}
		if err != nil {
			return err
		}
	}
	return nil
}
