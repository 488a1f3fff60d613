// Package postgres keeps what must never be lost: cases with their events, the officers and their
// queue, notices still to be sent, and checkpoints of drafts.
//
// Every change is one transaction. Whatever has an action key may be asked for again after any
// failure: it happens once, and the second answer is the first. What people wrote and who they are
// is sealed before it reaches a statement; errors never hold values of rows.
//
// Errors are *cases.Error where the caller can do something about them: Away when the database
// cannot be reached (try again), NotFound for unknown rows, and what the domain refuses. All else is
// a fault of configuration or code.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"huiyin/cases"
	"huiyin/failpoint"
	"huiyin/store/postgres/db"
)

// Vault makes, opens and destroys the keys of cases, and seals to the custodian. A key has two halves: the one that is
// stored here, and one that the vault keeps elsewhere, so that destroying it reaches older copies of this database.
type Vault interface {
	// NewCaseKey makes a key for a case; wrapped is stored beside it. The vault's half is kept on return.
	NewCaseKey(ctx context.Context, caseID string) (wrapped []byte, key CaseKey, err error)
	// OpenCaseKey opens a key; shared is false for one that is stored here whole. Errors: NotFound when it was
	// destroyed; Away.
	OpenCaseKey(ctx context.Context, caseID string, wrapped []byte, shared bool) (CaseKey, error)
	// DestroyCaseKey destroys the vault's half, for good. Doing it twice is no error. Error: Away.
	DestroyCaseKey(ctx context.Context, caseID string) error
	// DestroyFile destroys the sealed bytes of a file. Doing it twice is no error. Error: Away.
	DestroyFile(ctx context.Context, fileID string) error
	// SealIdentity seals to the custodian, OpenIdentity opens that.
	SealIdentity(caseID string, plain []byte) ([]byte, error)
	OpenIdentity(caseID string, sealed []byte) ([]byte, error)
}

// WordKeys gives the key for the words of cases of a department, filed in a month.
type WordKeys func(department, month string) [32]byte

// Role is the part of the house a store works for. The database lets each do what it needs and no more.
type Role string

// The roles; migration 00002 says what each may do.
const (
	Intake  Role = "intake"  // files, and does what reporters and dates do
	Desk    Role = "desk"    // does what officers do, and sees what the officer of the transaction may see
	Postman Role = "postman" // sends notices, and alone reads addresses
)

// CaseKey seals and opens the fields of one case. What was sealed as one field and version opens as
// no other.
type CaseKey interface {
	Seal(field string, version int, plain []byte) ([]byte, error)
	Open(field string, version int, sealed []byte) ([]byte, error)
}

// Options tune a Store. The zero value is right for serving, but for Role, Rules, Procedures, Retentions, Quiet,
// Heads, StandIns, Confidential and Location.
type Options struct {
	// Role is what the store's connections become. Without one they stay what the URL says: for tools and tests.
	Role Role
	// Retentions are the profiles by which words are destroyed, by id.
	Retentions map[string]cases.Retention
	// Quiet says when what anonymous reporters do is told, and when they are; the zero value is at once.
	Quiet cases.Quiet
	// Heads names the heads of a unit and of those around it; nil is nobody.
	Heads func(unit string) []string
	// StandIns names for a department the one that works a case when everybody of it is recused.
	StandIns map[string]string
	// Confidential are the departments marked for confidential matters.
	Confidential map[string]bool
	// Major are the rules by which leaders are called at once, OfficeHours when officers are told of what can wait; the zero
	// values call nobody and let everything go at once.
	Major       []cases.MajorRule
	OfficeHours cases.Hours
	// Procedures names for a department the procedure whose calendar says on which days it works.
	Procedures map[string]string
	// Rules are what the dates of a case come from, by the id of its procedure. A filing that names one not among
	// them is refused; one that names none gets no dates.
	Rules map[string]cases.Rules
	// Reception bounds the booking of leaders' reception days; the zero value is the usual bounds.
	Reception cases.ReceptionRules
	// Words opens the keys under which words of cases are kept to be searched for: one for each department and month
	// (2026-01) of filing, so that equal words look equal within these only. Half of what they come from is to be outside the
	// database and the keyset. nil keeps no words, and nothing is found by them. Error: Away.
	Words func(ctx context.Context) (WordKeys, error)
	// Location is the organisation's time zone, in which days end; nil is UTC.
	Location *time.Location
	// Now replaces the database's clock; for tests.
	Now func() time.Time
	// Reference replaces the drawing of references; for tests.
	Reference func() (cases.Reference, error)
	// Limits bound what one officer carries.
	Limits cases.Limits
	// Log receives what goes wrong in the background; nil drops it. Never words, names or addresses.
	Log *slog.Logger
	// Trace hears of every statement; for benchmarks and tests.
	Trace pgx.QueryTracer
	// Metrics counts what the store does; nil counts nothing.
	Metrics *Metrics
	// Tracer begins a trace for every job; nil begins none.
	Tracer trace.Tracer
	// MaxConns bounds the pool; 0 leaves it to pool_max_conns of the URL, or 16 without it.
	MaxConns int32
	// Timeout bounds every call that has no nearer deadline; 0 is 10 s.
	Timeout time.Duration
	// DraftDelay is how long a checkpoint waits for company; 0 is 150 ms.
	DraftDelay time.Duration
}

// Store is the durable store. It is safe for concurrent use.
type Store struct {
	pool    *pgxpool.Pool
	q       *db.Queries
	vault   Vault
	opts    Options
	log     *slog.Logger
	jobs    *river.Client[pgx.Tx] // inserts only
	jobTime clock
	drafts  *Drafts

	officerKeys officerKeys

	mu     sync.Mutex
	worker *river.Client[pgx.Tx] // between StartNotices and StopNotices
}

// Open makes a store over a pool of connections to the database at url. It does not migrate and does
// not wait for the server: Ping says whether it is there. The caller closes the store.
func Open(ctx context.Context, url string, v Vault, opts Options) (*Store, error) {
	if v == nil {
		return nil, errors.New("open Postgres store: no vault")
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open Postgres store: the database URL cannot be read") // err repeats it
	}
	switch {
	case opts.MaxConns > 0:
		cfg.MaxConns = opts.MaxConns
	case !strings.Contains(url, "pool_max_conns"):
		cfg.MaxConns = 16 // pgx's own 4 would leave 3 beside River's listener
	}
	if opts.Timeout <= 0 {
		opts.Timeout = 10 * time.Second
	}
	if opts.DraftDelay <= 0 {
		opts.DraftDelay = 150 * time.Millisecond
	}
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	// A process that is stopped in the middle of a transaction must not keep a case locked.
	// Departments differ in size, so a plan made for any of them is bad for some of what officers ask. The other parts of the
	// house go by keys and times, and planning takes longer than doing. Compiling a query takes longer than any of ours.
	plans := plannedAnew
	if opts.Role == Intake || opts.Role == Postman {
		plans = plannedAsItPays
	}
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "SET idle_in_transaction_session_timeout = '30s'; SET jit = off; SET plan_cache_mode = "+plans); err != nil || opts.Role == "" {
			return err
		}
		_, err := c.Exec(ctx, "SET ROLE "+pgx.Identifier{"huiyin_" + string(opts.Role)}.Sanitize())
		return err
	}
	cfg.ConnConfig.Tracer = opts.Trace
	if opts.Metrics != nil && opts.Trace == nil {
		cfg.ConnConfig.Tracer = tracer{opts.Metrics, string(opts.Role)}
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, safe("open Postgres store", err)
	}
	s := &Store{pool: pool, q: db.New(), vault: v, opts: opts, log: opts.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.jobs, err = river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: s.log, Test: river.TestConfig{Time: &s.jobTime}})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open Postgres store: %w", err)
	}
	s.drafts = newDrafts(s)
	opts.Metrics.watch(string(opts.Role), pool)
	return s, nil
}

// Close ends the background work of drafts without writing what is pending (Drafts().Close does)
// and closes the pool. Notices must have been stopped before.
func (s *Store) Close() {
	s.drafts.stop()
	s.pool.Close()
}

// Drafts are the checkpoints of drafts.
func (s *Store) Drafts() *Drafts { return s.drafts }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return safe("ping", s.pool.Ping(ctx))
}

// rules are what the dates of a case come from. A procedure that is configured no more brings no dates.
func (s *Store) rules(procedure string) cases.Rules {
	if r, ok := s.opts.Rules[procedure]; ok {
		return r
	}
	return cases.Rules{Location: s.opts.Location}
}

func (s *Store) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.opts.Timeout)
}

// now is the database's clock, read inside a transaction, to the microsecond that it keeps.
func (s *Store) now(ctx context.Context, d db.DBTX) (time.Time, error) {
	if s.opts.Now != nil {
		return s.clock(time.Time{}, time.Time{}), nil
	}
	asked := time.Now()
	t, err := s.q.DatabaseTime(ctx, d)
	if err != nil {
		return time.Time{}, err
	}
	return s.clock(t, asked), nil
}

// clock is the time that a statement sent at asked brought along, or what replaces the database's clock.
func (s *Store) clock(database, asked time.Time) time.Time {
	if s.opts.Now != nil {
		return s.opts.Now().UTC().Truncate(time.Microsecond)
	}
	s.jobTime.saw(database, asked)
	return database.UTC()
}

const (
	tries     = 3
	firstWait = 50 * time.Millisecond
)

// transact runs do in a transaction, and again when the connection or a deadlock ended it. do must
// lock first and then look whether its work is done: when the answer to a COMMIT was lost, the next
// run waits on that lock until the orphan has ended and so learns what became of it. unsure is true
// in such a run: what is found done may be the work of this very call.
func (s *Store) transact(ctx context.Context, doing string, do func(ctx context.Context, tx pgx.Tx, unsure bool) error) (err error) {
	began := time.Now()
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("huiyin").Start(ctx, "postgres")
	defer func() {
		s.opts.Metrics.transacted(began, err)
		span.SetAttributes(attribute.String("outcome", outcomeOf(err)))
		span.End()
	}()
	ctx, cancel := s.limit(ctx)
	defer cancel()
	unsure := false
	for try := 1; ; try++ {
		committing := false
		err := func() error {
			tx, err := s.pool.Begin(ctx)
			if err != nil {
				return err
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
			if err := do(ctx, tx, unsure); err != nil {
				return err
			}
			committing = true
			failpoint.At(failpoint.Commit)
			err = tx.Commit(ctx)
			failpoint.At(failpoint.Committed)
			return err
		}()
		if err == nil {
			return nil
		}
		var pg *pgconn.PgError
		unsure = unsure || committing && !errors.As(err, &pg)
		err = safe(doing, err)
		if cases.CodeOf(err) != cases.Away || try == tries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(firstWait << (try - 1)):
		}
	}
}
