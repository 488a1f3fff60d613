package postgres

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// Backlog tells how much waits: notices and jobs whose time has come. What is due later is left out: a row appears for it
// when an anonymous case is filed, and a count would tell the minute. Every replica tells the same, since all ask the same
// database. While that is away, everything is NaN.
type Backlog struct {
	s *Store

	mu    sync.Mutex
	asked time.Time
	last  backlog
}

type backlog struct {
	notices, oldest float64
	jobs            map[[2]string]float64 // by queue and state
}

const (
	// Who asks more often gets the same numbers again: the listener is open to whoever reaches it.
	backlogLife    = 5 * time.Second
	backlogTimeout = 2 * time.Second
	// A job that should have been started is late after more than River takes to notice it.
	lateAfter = 30 * time.Second
)

// Backlog is what waits in this store's database. The store's role must see every notice: Intake or Postman.
func (s *Store) Backlog() *Backlog { return &Backlog{s: s} }

var (
	noticesWaiting = prometheus.NewDesc("huiyin_notices_waiting", "Notices whose time has come and that are not sent.", nil, nil)
	noticesOldest  = prometheus.NewDesc("huiyin_notices_oldest_seconds", "For how long the oldest of them has been due; 0 when none waits.", nil, nil)
	jobsDepth      = prometheus.NewDesc("huiyin_jobs_depth",
		"Jobs by queue and state: available, running, retryable, discarded (given up, kept for a week), late (due for 30 seconds and not begun).",
		[]string{"queue", "state"}, nil)
)

var (
	jobQueues = []string{"default", houseQueue}
	jobStates = []string{"available", "running", "retryable", "discarded", "late"}
)

// Describe implements prometheus.Collector.
func (b *Backlog) Describe(out chan<- *prometheus.Desc) {
	out <- noticesWaiting
	out <- noticesOldest
	out <- jobsDepth
}

// Collect implements prometheus.Collector.
func (b *Backlog) Collect(out chan<- prometheus.Metric) {
	n := b.now()
	out <- prometheus.MustNewConstMetric(noticesWaiting, prometheus.GaugeValue, n.notices)
	out <- prometheus.MustNewConstMetric(noticesOldest, prometheus.GaugeValue, n.oldest)
	for _, queue := range jobQueues {
		for _, state := range jobStates {
			v := math.NaN()
			if n.jobs != nil {
				v = n.jobs[[2]string{queue, state}]
			}
			out <- prometheus.MustNewConstMetric(jobsDepth, prometheus.GaugeValue, v, queue, state)
		}
	}
}

func (b *Backlog) now() backlog {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.asked) > backlogLife {
		ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
		defer cancel()
		n, err := b.s.backlog(ctx)
		if err != nil {
			n = backlog{notices: math.NaN(), oldest: math.NaN()}
		}
		b.last, b.asked = n, time.Now()
	}
	return b.last
}

func (s *Store) backlog(ctx context.Context) (backlog, error) {
	row, err := s.q.NoticesDue(ctx, s.pool)
	if err != nil {
		return backlog{}, safe("count notices", err)
	}
	n := backlog{notices: float64(row.Waiting), oldest: row.Oldest, jobs: map[[2]string]float64{}}
	// sqlc does not know River's tables.
	rows, err := s.pool.Query(ctx, `-- name: JobsDepth :many
SELECT queue, CASE state WHEN 'scheduled' THEN 'late' ELSE state::text END, count(*)::float8 FROM river_job
WHERE state IN ('available', 'running', 'retryable', 'discarded') OR state = 'scheduled' AND scheduled_at < clock_timestamp() - $1::interval
GROUP BY 1, 2`, lateAfter)
	if err != nil {
		return backlog{}, safe("count jobs", err)
	}
	var queue, state string
	var count float64
	_, err = pgx.ForEachRow(rows, []any{&queue, &state, &count}, func() error {
		n.jobs[[2]string{queue, state}] = count
		return nil
	})
	return n, safe("count jobs", err)
}
