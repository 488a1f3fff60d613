package blobs

import (
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what is done with blobs. Of shares, the halves of cases' keys, failures alone are counted: a count that
// moves when one is written would tell the minute in which an anonymous case was filed.
type metrics struct {
	calls *prometheus.CounterVec
	time  *prometheus.HistogramVec
}

// Measure counts what this store does from here on and registers that on reg; the error is reg's. It is called before the
// store is used.
func (s *Store) Measure(reg prometheus.Registerer) error {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_blobs_calls_total",
			Help: "Calls to the blob store by what is done (file_read, file_write, file_delete, share) and outcome (ok, missing, exists, away, failed); of shares the failures only.",
		}, []string{"call", "outcome"}),
		time: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiyin_blobs_call_seconds", Help: "Time of such a call; of a read, until its first byte.",
			Buckets: []float64{.001, .005, .025, .1, .25, 1, 5, 30},
		}, []string{"call"}),
	}
	for _, call := range []string{"file_read", "file_write", "file_delete", "share"} {
		m.calls.WithLabelValues(call, "away")
		m.time.WithLabelValues(call)
	}
	s.metrics = m
	return errors.Join(reg.Register(m.calls), reg.Register(m.time))
}

func (m *metrics) done(key, did string, began time.Time, err *error) {
	if m == nil {
		return
	}
	call, share := "file_"+did, strings.HasPrefix(key, "keys/")
	if share {
		call = "share"
	}
	outcome := "failed"
	switch {
	case *err == nil:
		outcome = "ok"
	case errors.Is(*err, ErrNotFound):
		outcome = "missing"
	case errors.Is(*err, ErrExists):
		outcome = "exists"
	case errors.Is(*err, ErrAway):
		outcome = "away"
	}
	if share && outcome != "away" && outcome != "failed" {
		return
	}
	m.calls.WithLabelValues(call, outcome).Inc()
	m.time.WithLabelValues(call).Observe(time.Since(began).Seconds())
}
