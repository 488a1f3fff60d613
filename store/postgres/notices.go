package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// Deliver sends one notice and says what became of it: Sent, Unknown, Blocked or Failed, all final.
// An error means that it was surely not sent: one with a method RetryAfter() time.Duration is tried
// again after that time, any other after a growing delay. One with a method Doubtful() bool that says true means that it
// was hardly sent: it is tried again a few times (doubtWaits) and is Unknown then.
//
// A notice is marked as attempted before Deliver is called, and its outcome is recorded afterwards. A
// process killed between the two leaves a notice that may have been sent; it is sent again (after
// about a minute and a half), because a message tells its case's reference and event number, so that
// a double is recognised, and a lost answer is not. Deliver's own "maybe" is final: Unknown is not retried.
type Deliver func(ctx context.Context, n cases.Notice) (cases.Delivery, error)

// NoticeOptions tune the sending. The zero value is right.
type NoticeOptions struct {
	// Workers is how many notices are sent at once; 0 is 10.
	Workers int
	// Timeout bounds one Deliver; 0 is 45 s.
	Timeout time.Duration
	// PollOnly does without LISTEN, for a pooler that hands out connections by transaction.
	PollOnly bool
	// Reception sends what is said of reception days; nil says nothing.
	Reception DeliverReception
	// Digest sends officers their digests; nil sends none.
	Digest DeliverDigest
}

const (
	// A notice is given up after about a day of failures.
	maxAttempts = 300
	maxRetry    = 5 * time.Minute
	// turnWait is how long a notice first waits for an older one to the same person; the longer it has
	// waited, the more seldom it asks.
	turnWait    = 500 * time.Millisecond
	maxTurnWait = 30 * time.Second
	// chatEvery is how often one chat takes a message. Those that wait for it come one after the other, not all at once to
	// be put off again.
	chatEvery = time.Second
	// recordTimeout bounds the recording of an outcome, also while the process stops.
	recordTimeout = 10 * time.Second
)

// doubtWaits are the waits before a notice that was hardly sent is tried again: a way to Telegram that was cut for minutes
// costs nobody an answer, and at the very worst somebody reads a letter four times, each under the same number.
func doubtWaits() []time.Duration {
	return []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute}
}

// noticeArgs are what a job holds: no case, no person, no words.
type noticeArgs struct {
	ID int64 `json:"id"`
}

func (noticeArgs) Kind() string { return "notice" }

func (noticeArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: maxAttempts} }

// pending are the notices of one event before they are stored.
type pending struct {
	recipients []string
	officers   []int64
	colleagues []int32
	due        []time.Time
}

func (p *pending) add(to cases.Recipient, officer cases.OfficerID, colleague int, due time.Time) {
	p.recipients, p.officers = append(p.recipients, string(to)), append(p.officers, int64(officer))
	p.colleagues, p.due = append(p.colleagues, int32(colleague)), append(p.due, due)
}

// tell stores the notices of an event and their jobs; now is when it happened, whatever it is dated. A department's
// notice becomes one for each of its active officers who may read the case; whoever acted is left out, and nobody is
// told twice. What must not tell its hour leaves at a time of its own.
func (s *Store) tell(ctx context.Context, tx pgx.Tx, active roster, c cases.Case, e cases.Event, now time.Time) error {
	var waiting pending
	told := map[cases.OfficerID]bool{}
	add := func(to cases.Recipient, officer cases.OfficerID) error {
		if officer != 0 && told[officer] {
			return nil
		}
		told[officer] = officer != 0
		due, err := s.due(ctx, tx, c, e, to, 0, now)
		if err != nil {
			return err
		}
		waiting.add(to, officer, 0, due)
		return nil
	}
	then := c
	then.Unqueued = c.Unqueued && e.Slot.IsZero() // in a slot of its own, the case's has come
	everyone := func(to cases.Recipient, may cases.Action, department string) error {
		officers, err := active(department)
		if err != nil {
			return err
		}
		for _, o := range officers {
			if o.ID == e.By.Officer || cases.Can(o.Actor(), may, then) != nil || e.Kind == cases.CheckedIn && !c.WatchesOver(o.Actor()) {
				continue
			}
			if err := add(to, o.ID); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.tellColleagues(ctx, tx, c, e, now, &waiting); err != nil {
		return err
	}
	for _, n := range cases.Notices(c, e) {
		var err error
		switch n.To {
		case cases.ToReporter:
			if c.Reachable() {
				err = add(n.To, 0)
			}
		case cases.ToDepartment:
			department := c.Department
			if e.Kind == cases.TransferOffered {
				department = c.Transfer.To
			}
			err = everyone(n.To, cases.Open, department)
		case cases.ToLead:
			err = everyone(n.To, cases.GrantExtension, c.Department)
		case cases.ToLeader:
			err = everyone(n.To, cases.GrantExtension, "")
		case cases.ToCustodian:
			err = everyone(n.To, cases.GrantCustody, "")
		case cases.ToOwner:
			var o db.Officer
			if o, err = s.q.OfficerByID(ctx, tx, int64(c.Owner)); err == nil && o.RevokedAt != nil {
				// What is said to an owner who left must reach somebody.
				err = everyone(cases.ToDepartment, cases.Open, c.Department)
			} else if err == nil {
				err = add(n.To, c.Owner)
			}
		case cases.ToOfficer:
			if e.Kind == cases.Noted {
				err = s.called(ctx, tx, c, n.Officer, add)
				break
			}
			err = add(n.To, n.Officer)
		default:
			err = fmt.Errorf("no such recipient: %q", n.To)
		}
		if err == nil && c.Owner != 0 && (n.To == cases.ToOwner || n.To == cases.ToOfficer && n.Officer == c.Owner) {
			err = s.deputise(ctx, tx, c, e, now, add)
		}
		if err != nil {
			return err
		}
	}
	return s.sendLater(ctx, tx, c, e.Seq, waiting, now)
}

// afterOthers is River's priority of what goes to everybody of a department: a case brings many of those, and what goes to a
// reporter or an owner is not to stand behind them.
const afterOthers = 2

// sendLater stores notices of an event and the jobs that send them, each when it is due.
func (s *Store) sendLater(ctx context.Context, tx pgx.Tx, c cases.Case, seq int, p pending, now time.Time) error {
	if len(p.recipients) == 0 {
		return nil
	}
	rows, err := s.q.InsertNotices(ctx, tx, db.InsertNoticesParams{
		CaseID: c.ID, Seq: int32(seq), Recipients: p.recipients, Officers: p.officers, Colleagues: p.colleagues, DueAt: p.due,
	})
	if err != nil {
		return err
	}
	priority := 0 // River's default, the first
	if !c.Urgent && !slices.ContainsFunc(p.recipients, func(to string) bool { return to != string(cases.ToDepartment) }) {
		priority = afterOthers
	}
	var jobs, later []river.InsertManyParams
	for _, r := range rows {
		job := river.InsertManyParams{Args: noticeArgs{ID: r.ID}, InsertOpts: &river.InsertOpts{Priority: priority}}
		if r.DueAt.After(now) {
			job.InsertOpts.ScheduledAt = r.DueAt
			later = append(later, job)
		} else {
			jobs = append(jobs, job)
		}
	}
	if len(jobs) > 0 {
		if _, err := s.jobs.InsertManyFastTx(ctx, tx, jobs); err != nil {
			return err
		}
	}
	return s.insertLater(ctx, tx, later)
}

// due says when a notice leaves, to the microsecond that the database keeps. One to a reporter is for the colleague with a
// number, 0 for the first reporter, c being the case in that one's mode.
func (s *Store) due(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, to cases.Recipient, colleague int, now time.Time) (time.Time, error) {
	var waiting time.Time
	if to == cases.ToReporter && c.Mode.Nameless() && !c.Prompt {
		var err error
		if waiting, err = s.q.NewsWaits(ctx, tx, c.ID, int32(colleague), now); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return time.Time{}, err
		}
	}
	due := s.opts.Quiet.Due(c, e, to, now, waiting, s.opts.Location, draw)
	due = s.opts.OfficeHours.Due(c, e, to, due, s.opts.Location, s.rules(c.Procedure).Calendar)
	return due.UTC().Truncate(time.Microsecond), nil
}

// StartNotices begins sending waiting notices through d. It goes on until StopNotices, whatever becomes of ctx.
// Starting twice is an error.
func (s *Store) StartNotices(ctx context.Context, d Deliver, opts NoticeOptions) error {
	if opts.Workers <= 0 {
		opts.Workers = 10
	}
	if opts.Timeout <= 0 {
		opts.Timeout = 45 * time.Second
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &noticeWorker{s: s, deliver: d}); err != nil {
		return fmt.Errorf("start notices: %w", err)
	}
	if err := river.AddWorkerSafely(workers, &receptionWorker{s: s, deliver: opts.Reception}); err != nil {
		return fmt.Errorf("start notices: %w", err)
	}
	if err := river.AddWorkerSafely(workers, &digestWorker{s: s, deliver: opts.Digest}); err != nil {
		return fmt.Errorf("start notices: %w", err)
	}
	return s.work(ctx, river.QueueDefault, opts, workers)
}

// StopNotices takes no more notices and waits for those being sent; when ctx ends first, they are
// cancelled. Without StartNotices it does nothing.
func (s *Store) StopNotices(ctx context.Context) error {
	s.mu.Lock()
	client := s.worker
	s.worker = nil
	s.mu.Unlock()
	if client == nil {
		return nil
	}
	if err := client.Stop(ctx); err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return safe("stop notices", client.StopAndCancel(hard))
}

// Resend sends a reporter everything that a closed chat kept from them, in its order: they have opened it again.
// reporter is the keyed name of the chat. Doing it twice sends nothing twice. Error: Away.
func (s *Store) Resend(ctx context.Context, reporter []byte) error {
	if len(reporter) == 0 {
		return nil
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return safe("resend notices", pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ids, err := s.q.ResendBlocked(ctx, tx, reporter)
		if err != nil || len(ids) == 0 {
			return err
		}
		jobs := make([]river.InsertManyParams, len(ids))
		for i, id := range ids {
			jobs[i] = river.InsertManyParams{Args: noticeArgs{ID: id}}
		}
		_, err = s.jobs.InsertManyFastTx(ctx, tx, jobs)
		return err
	}))
}

// Settled says whether no notice, no digest and no message about a reception that is due waits to be sent, and no file to be
// fetched.
func (s *Store) Settled(ctx context.Context) (bool, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	waits, err := s.q.AnyNoticeWaits(ctx, s.pool)
	if err == nil && !waits {
		err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM river_job WHERE kind IN ('reception', 'digest')
			AND state IN ('available', 'running', 'scheduled', 'retryable')
			AND (attempted_at IS NOT NULL OR scheduled_at <= clock_timestamp()))`).Scan(&waits)
	}
	return !waits && err == nil, safe("look for waiting notices", err)
}

func notice(r db.Notice) cases.Notice {
	return cases.Notice{
		ID: r.ID, Case: r.CaseID, Seq: int(r.Seq), To: cases.Recipient(r.Recipient), Officer: officerOf(r.Officer),
		Colleague: int(r.Colleague), State: cases.Delivery(r.State),
	}
}

var errNotDelivered = errors.New("not delivered")
