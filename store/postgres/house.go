package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// houseQueue holds the jobs that keep the house in order. The intake works them: it may write cases.
const houseQueue = "house"

const (
	sweepEvery  = time.Hour
	tickEvery   = 30 * time.Second
	retainEvery = time.Hour
)

// work starts a River client for one queue. River's leader alone starts what is periodic, and any client may become it, so
// all know the same list; the queue says who works it.
func (s *Store) work(ctx context.Context, queue string, opts NoticeOptions, workers *river.Workers) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.worker != nil {
		return errors.New("start jobs: started already")
	}
	every := func(d time.Duration, args river.JobArgs) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) {
			return args, &river.InsertOpts{Queue: houseQueue, UniqueOpts: river.UniqueOpts{ByPeriod: d}}
		}, &river.PeriodicJobOpts{RunOnStart: true})
	}
	client, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		Logger:       s.log,
		Queues:       map[string]river.QueueConfig{queue: {MaxWorkers: opts.Workers}},
		Workers:      workers,
		PeriodicJobs: []*river.PeriodicJob{every(sweepEvery, sweepArgs{}), every(retainEvery, retainArgs{}), every(sealEvery, sealArgs{}), every(tickEvery, tickArgs{})},
		// Most of many jobs at once have nothing to do any more, since one message tells of all new cases: River's own
		// pause would let a hundred of them pass in a second.
		FetchCooldown:        10 * time.Millisecond,
		JobTimeout:           opts.Timeout,
		RescueStuckJobsAfter: 2 * opts.Timeout,
		RetryPolicy:          retryPolicy{},
		PollOnly:             opts.PollOnly,
		Middleware:           s.jobMiddleware(),
		SkipUnknownJobCheck:  true,
		Test:                 river.TestConfig{Time: &s.jobTime},
		// Indexes are their owner's to rebuild, and the roles own nothing.
		ReindexerSchedule: river.NeverSchedule(),
	})
	if err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return safe("start jobs", err)
	}
	s.worker = client
	return nil
}

// HouseOptions say what the house's jobs work with.
type HouseOptions struct {
	// Fetch brings files.
	Fetch Fetch
	// Audit says where the head of the record is published.
	Audit AuditOptions
	// Orphans removes what is kept outside the database for cases that are not there; nil removes nothing. It is called
	// every hour.
	Orphans func(ctx context.Context, known Known) error
}

// Known says which of some ids are those of cases, or of bookings, whose keys are kept like theirs. What is no id of a case's form counts as known: it is not ours.
type Known func(ctx context.Context, ids []string) (map[string]bool, error)

// StartHouse begins what dates ask for: anonymous cases enter the queue in their slot, words are destroyed when their time
// has come, files are fetched, the record is sealed and its head published, stale drafts and
// orphans are swept. It goes on until StopHouse.
func (s *Store) StartHouse(ctx context.Context, opts HouseOptions) error {
	workers := river.NewWorkers()
	for _, err := range []error{
		river.AddWorkerSafely(workers, &enqueueWorker{s: s}),
		river.AddWorkerSafely(workers, &retainWorker{s: s}),
		river.AddWorkerSafely(workers, &tickWorker{s: s}),
		river.AddWorkerSafely(workers, &relayWorker{s: s}),
		river.AddWorkerSafely(workers, &escalateWorker{s: s}),
		river.AddWorkerSafely(workers, &sweepWorker{s: s, orphans: opts.Orphans}),
		river.AddWorkerSafely(workers, &sealWorker{s: s, opts: opts.Audit}),
		river.AddWorkerSafely(workers, &fetchWorker{s: s, fetch: opts.Fetch}),
	} {
		if err != nil {
			return fmt.Errorf("start the house's jobs: %w", err)
		}
	}
	return s.work(ctx, houseQueue, NoticeOptions{Workers: 4, Timeout: 2 * time.Minute}, workers)
}

// StopHouse is StopNotices for the house's jobs.
func (s *Store) StopHouse(ctx context.Context) error { return s.StopNotices(ctx) }

type enqueueArgs struct {
	Case string `json:"case"`
}

func (enqueueArgs) Kind() string { return "enqueue" }

func (enqueueArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: houseQueue, MaxAttempts: maxAttempts}
}

// enqueueLater lets officers know of a case when its slot has come.
func (s *Store) enqueueLater(ctx context.Context, tx pgx.Tx, c cases.Case) error {
	return s.insertLater(ctx, tx, []river.InsertManyParams{
		{Args: enqueueArgs{Case: c.ID}, InsertOpts: &river.InsertOpts{ScheduledAt: c.Queued}},
	})
}

type enqueueWorker struct {
	river.WorkerDefaults[enqueueArgs]
	s *Store
}

// Work lets one case into the queue; a case that is there, or gone, stays as it is.
func (w *enqueueWorker) Work(ctx context.Context, job *river.Job[enqueueArgs]) error {
	return w.s.Enqueue(ctx, job.Args.Case)
}

// Enqueue lets officers know of a case that waited for its slot. Doing it twice does nothing.
func (s *Store) Enqueue(ctx context.Context, caseID string) error {
	_, _, _, err := s.ActByID(ctx, caseID, cases.Act{
		Action: cases.Enqueue, By: cases.Actor{Party: cases.System}, Key: "enqueue",
	})
	switch cases.CodeOf(err) {
	case cases.NotNow, cases.NotFound:
		return nil
	}
	return err
}

type retainArgs struct{}

func (retainArgs) Kind() string { return "retain" }

type retainWorker struct {
	river.WorkerDefaults[retainArgs]
	s *Store
}

func (w *retainWorker) Work(ctx context.Context, _ *river.Job[retainArgs]) error {
	_, _, err := w.s.Retain(ctx)
	return err
}

// Retain does what retention asks for now: tells reporters that words will be destroyed, and destroys them. It may be
// ended at any moment and goes on from there the next time. Error: Away.
func (s *Store) Retain(ctx context.Context) (warned, shredded int, err error) {
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return 0, 0, safe("retain", err)
	}
	for _, r := range s.opts.Retentions {
		const day = 24 * time.Hour
		p := db.KeptTooLongParams{
			Retention: r.ID, After: "00000000-0000-0000-0000-000000000000",
			EndedBefore: timeRow(now.Add(-time.Duration(r.Keep-r.Warn) * day)), ShredBefore: timeRow(now.Add(-time.Duration(r.Keep) * day)),
			WarnedBefore: timeRow(now.Add(-time.Duration(r.Warn) * day)),
		}
		for {
			rows, err := s.q.KeptTooLong(ctx, s.pool, p)
			if err != nil {
				return warned, shredded, safe("retain", err)
			}
			for _, row := range rows {
				p.After = row.ID
				c, err := caseOf(row)
				if err != nil {
					return warned, shredded, err
				}
				switch done, err := s.retain(ctx, c, r.Next(c, now)); {
				case err != nil:
					return warned, shredded, err
				case done == cases.Warn:
					warned++
				case done == cases.Shred:
					shredded++
				}
			}
			if len(rows) == 0 {
				break
			}
		}
	}
	return warned, shredded, nil
}

func (s *Store) retain(ctx context.Context, c cases.Case, a cases.Action) (cases.Action, error) {
	if a == "" {
		return "", nil
	}
	_, _, again, err := s.ActByID(ctx, c.ID, cases.Act{
		Action: a, By: cases.Actor{Party: cases.System}, Key: fmt.Sprintf("retain:%s:%d", a, c.Version),
	})
	switch cases.CodeOf(err) {
	case cases.NotNow, cases.NotFound, cases.Changed:
		return "", nil // somebody came before; the next run looks again
	}
	if err != nil || again {
		return "", err
	}
	return a, nil
}

// shredTx destroys what a case said, the key first: whatever fails afterwards, nobody can read it any more, and the next
// try finds the rest. The sealed bytes of files are waste from then on.
func (s *Store) shredTx(ctx context.Context, tx pgx.Tx, caseID string) error {
	if err := s.vault.DestroyCaseKey(ctx, caseID); err != nil {
		return fmt.Errorf("destroy a key: %w", err)
	}
	rows, err := s.q.FilesOfCase(ctx, tx, caseID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.vault.DestroyFile(ctx, r.ID); err != nil {
			return fmt.Errorf("destroy a file: %w", err)
		}
	}
	if err := s.q.DestroyWholeKey(ctx, tx, caseID); err != nil {
		return err
	}
	if err := s.q.DeleteIdentity(ctx, tx, caseID); err != nil {
		return err
	}
	if err := s.q.DeleteJoinLinks(ctx, tx, caseID); err != nil {
		return err
	}
	if err := s.q.DeleteCoReporters(ctx, tx, caseID); err != nil {
		return err
	}
	return s.q.DeleteReporter(ctx, tx, caseID)
}

type sweepArgs struct{}

func (sweepArgs) Kind() string { return "sweep_drafts" }

type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	s       *Store
	orphans func(context.Context, Known) error
}

// Work deletes drafts nobody has touched for 30 days, tombstones after 2, old bookings, and orphans.
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweepArgs]) error {
	if err := w.s.SweepReceptions(ctx); err != nil {
		return err
	}
	if _, err := w.s.q.DeleteStaleDrafts(ctx, w.s.pool); err != nil || w.orphans == nil {
		return safe("sweep drafts", err)
	}
	return w.orphans(ctx, w.s.known)
}

func (s *Store) known(ctx context.Context, ids []string) (map[string]bool, error) {
	known := make(map[string]bool, len(ids))
	var ask []string
	for _, id := range ids {
		if validID(id) {
			ask = append(ask, id)
		} else {
			known[id] = true
		}
	}
	there, err := s.q.KnownCases(ctx, s.pool, ask)
	if err != nil {
		return nil, safe("look for cases", err)
	}
	bookings, err := s.q.KnownBookings(ctx, s.pool, ask)
	if err != nil {
		return nil, safe("look for bookings", err)
	}
	for _, id := range append(there, bookings...) {
		known[id] = true
	}
	return known, nil
}
