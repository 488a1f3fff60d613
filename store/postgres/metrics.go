package postgres

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"huiyin/cases"
)

// Metrics counts statements, transactions, connections and jobs. One Metrics serves all stores of a process. A nil
// *Metrics counts nothing.
//
// An operation is the name of a query in queries/, never a statement: that could hold what somebody wrote. A histogram for
// each of them would be thousands of series, so each has a sum and a count, and each pool a histogram.
type Metrics struct {
	queries       *prometheus.CounterVec
	operationTime *prometheus.SummaryVec
	queryTime     *prometheus.HistogramVec
	transactions  *prometheus.CounterVec
	transactTime  prometheus.Histogram
	jobs          *prometheus.CounterVec
	jobTime       *prometheus.HistogramVec
	notices       *prometheus.CounterVec

	mu    sync.Mutex
	pools map[string]*pgxpool.Pool // by role
}

// What became of a statement, a transaction or a job.
const (
	wentWell  = "ok"
	refused   = "refused" // by a rule of ours or the server's: trying again does not help
	wentAway  = "away"    // the server, or the way to it
	cancelled = "cancelled"
	putOff    = "put_off"
	failed    = "failed"
)

// NewMetrics makes the metrics and registers them on reg; the error is reg's.
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	quick := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}
	m := &Metrics{
		pools: map[string]*pgxpool.Pool{},
		queries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_postgres_queries_total",
			Help: "Statements by operation (the query's name) and outcome (ok, refused, away, cancelled).",
		}, []string{"operation", "outcome"}),
		operationTime: prometheus.NewSummaryVec(prometheus.SummaryOpts{
			Name: "huiyin_postgres_operation_seconds", Help: "Time of statements by operation: sum and count.",
		}, []string{"operation"}),
		queryTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiyin_postgres_query_seconds", Help: "Time of one statement by pool (intake, desk, postman).", Buckets: quick,
		}, []string{"pool"}),
		transactions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_postgres_transactions_total",
			Help: "Transactions that change something, with all their tries, by outcome (ok, refused, away, cancelled).",
		}, []string{"outcome"}),
		transactTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "huiyin_postgres_transaction_seconds", Help: "Time of such a transaction with all its tries.", Buckets: append(quick, 10),
		}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_jobs_worked_total", Help: "Jobs worked by kind and outcome (ok, put_off, failed).",
		}, []string{"kind", "outcome"}),
		jobTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiyin_jobs_work_seconds", Help: "Time of working one job by kind.", Buckets: []float64{.005, .025, .1, .5, 2.5, 10, 45, 120},
		}, []string{"kind"}),
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_notices_settled_total", Help: "Notices by what became of them (sent, unknown, blocked, failed).",
		}, []string{"outcome"}),
	}
	for _, c := range []prometheus.Collector{
		m.queries, m.operationTime, m.queryTime, m.transactions, m.transactTime, m.jobs, m.jobTime, m.notices, poolGauges{m},
	} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	// What an alarm waits for is there from the start: a series that begins with its first count has no increase.
	for _, outcome := range []string{wentWell, refused, wentAway, cancelled} {
		m.transactions.WithLabelValues(outcome)
		m.queries.WithLabelValues(otherOperation, outcome)
	}
	for _, args := range []interface{ Kind() string }{
		noticeArgs{}, receptionArgs{}, enqueueArgs{}, retainArgs{}, tickArgs{}, relayArgs{}, sweepArgs{}, sealArgs{}, fetchArgs{},
	} {
		for _, outcome := range []string{wentWell, putOff, failed} {
			m.jobs.WithLabelValues(args.Kind(), outcome)
		}
		m.jobTime.WithLabelValues(args.Kind())
	}
	for _, state := range []cases.Delivery{cases.Sent, cases.Unknown, cases.Blocked, cases.Failed} {
		m.notices.WithLabelValues(string(state))
	}
	return m, nil
}

// tracer hears of a pool's statements.
type tracer struct {
	m    *Metrics
	pool string
}

type statementKey struct{}

type statementBegan struct {
	operation string
	at        time.Time
}

// TraceQueryStart implements pgx.QueryTracer.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, statementKey{}, statementBegan{operationOf(d.SQL), time.Now()})
}

// TraceQueryEnd implements pgx.QueryTracer.
func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryEndData) {
	began, ok := ctx.Value(statementKey{}).(statementBegan)
	if !ok {
		return
	}
	took := time.Since(began.at).Seconds()
	t.m.queries.WithLabelValues(began.operation, outcomeOf(safe("", d.Err))).Inc()
	t.m.operationTime.WithLabelValues(began.operation).Observe(took)
	t.m.queryTime.WithLabelValues(t.pool).Observe(took)
}

var queryName = regexp.MustCompile(`^-- name: (\w{1,60}) :`)

// otherOperation is every statement without a name of its own here.
const otherOperation = "other"

// operationOf is the name of a statement's query. What only a filing uses has none: with few cases a day, a count of it
// would tell to whoever sees the dashboards the minute in which an anonymous case was filed.
func operationOf(sql string) string {
	if m := queryName.FindStringSubmatch(sql); m != nil && !onlyFiling[m[1]] {
		return m[1]
	}
	switch word, _, _ := strings.Cut(sql, " "); word {
	case "begin", "commit", "rollback":
		return word
	}
	return otherOperation
}

// onlyFiling are the queries that nothing but a filing uses; a test of the whole house finds what is missing here.
var onlyFiling = map[string]bool{"CaseByDraft": true, "BeforeFiling": true, "FileCase": true, "InsertCommitment": true}

func outcomeOf(err error) string {
	switch {
	case err == nil, cases.CodeOf(err) == cases.NotFound:
		return wentWell
	case errors.Is(err, context.Canceled):
		return cancelled
	case cases.CodeOf(err) == cases.Away, errors.Is(err, context.DeadlineExceeded):
		return wentAway
	}
	return refused
}

func (m *Metrics) transacted(began time.Time, err error) {
	if m == nil {
		return
	}
	m.transactions.WithLabelValues(outcomeOf(err)).Inc()
	m.transactTime.Observe(time.Since(began).Seconds())
}

func (m *Metrics) settled(state cases.Delivery) {
	if m != nil {
		m.notices.WithLabelValues(string(state)).Inc()
	}
}

func (m *Metrics) watch(pool string, p *pgxpool.Pool) {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.pools[pool] = p
	}
}

// jobMeter counts jobs around their work, and begins their traces.
type jobMeter struct {
	m      *Metrics
	tracer trace.Tracer
}

// IsMiddleware implements rivertype.Middleware.
func (jobMeter) IsMiddleware() bool { return true }

// Work implements rivertype.WorkerMiddleware.
func (j jobMeter) Work(ctx context.Context, job *rivertype.JobRow, do func(context.Context) error) (err error) {
	began, outcome := time.Now(), failed // a panic passes through here
	ctx, span := j.tracer.Start(ctx, "job", trace.WithAttributes(attribute.String("kind", job.Kind)))
	defer func() {
		span.SetAttributes(attribute.String("outcome", outcome))
		span.End()
		j.m.jobs.WithLabelValues(job.Kind, outcome).Inc()
		j.m.jobTime.WithLabelValues(job.Kind).Observe(time.Since(began).Seconds())
	}()
	err = do(ctx)
	var later *rivertype.JobSnoozeError
	switch {
	case err == nil:
		outcome = wentWell
	case errors.As(err, &later):
		outcome = putOff
	}
	return err
}

func (s *Store) jobMiddleware() []rivertype.Middleware {
	if s.opts.Metrics == nil {
		return nil
	}
	tracer := s.opts.Tracer
	if tracer == nil {
		tracer = noop.Tracer{}
	}
	return []rivertype.Middleware{jobMeter{s.opts.Metrics, tracer}}
}

// poolGauges reads the pools when it is asked.
type poolGauges struct{ m *Metrics }

var (
	connections = prometheus.NewDesc("huiyin_postgres_connections",
		"Connections by pool and state (busy, idle, opening).", []string{"pool", "state"}, nil)
	connectionsMax  = prometheus.NewDesc("huiyin_postgres_connections_max", "How many connections a pool may have.", []string{"pool"}, nil)
	connectionWaits = prometheus.NewDesc("huiyin_postgres_connection_waits_total",
		"How often somebody waited for a connection because none was free.", []string{"pool"}, nil)
	connectionWait = prometheus.NewDesc("huiyin_postgres_connection_wait_seconds_total",
		"Time spent waiting for a connection because none was free.", []string{"pool"}, nil)
)

// Describe implements prometheus.Collector.
func (poolGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, connectionsMax, connectionWaits, connectionWait} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g poolGauges) Collect(out chan<- prometheus.Metric) {
	g.m.mu.Lock()
	defer g.m.mu.Unlock()
	for name, p := range g.m.pools {
		s := p.Stat()
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{name}, labels...)...)
		}
		gauge(connections, float64(s.AcquiredConns()), "busy")
		gauge(connections, float64(s.IdleConns()), "idle")
		gauge(connections, float64(s.ConstructingConns()), "opening")
		gauge(connectionsMax, float64(s.MaxConns()))
		out <- prometheus.MustNewConstMetric(connectionWaits, prometheus.CounterValue, float64(s.EmptyAcquireCount()), name)
		out <- prometheus.MustNewConstMetric(connectionWait, prometheus.CounterValue, s.EmptyAcquireWaitTime().Seconds(), name)
	}
}
