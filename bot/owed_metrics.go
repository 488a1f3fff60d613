package bot

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// OwedMetrics counts the answers that had to wait for Telegram. A nil *OwedMetrics counts nothing.
type OwedMetrics struct {
	owed *prometheus.CounterVec
	took prometheus.Histogram
}

// NewOwedMetrics makes the metrics and registers them on reg; the error is reg's.
func NewOwedMetrics(reg prometheus.Registerer) (*OwedMetrics, error) {
	m := &OwedMetrics{
		owed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_answers_owed_total",
			Help: "Answers that had to wait for Telegram by outcome (paid, merged into a later one, tried again, taken_over from another process).",
		}, []string{"outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "huiyin_answers_owed_seconds",
			Help:    "How long answers waited that had to wait for Telegram.",
			Buckets: []float64{.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 240, 300, 600, 1800},
		}),
	}
	for _, c := range []prometheus.Collector{m.owed, m.took} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	for _, outcome := range []string{"paid", "merged", "again", "taken_over"} {
		m.owed.WithLabelValues(outcome) // there from the start
	}
	return m, nil
}

func (m *OwedMetrics) count(outcome string) {
	if m != nil {
		m.owed.WithLabelValues(outcome).Inc()
	}
}

func (m *OwedMetrics) merge(n int) {
	if m != nil {
		m.owed.WithLabelValues("merged").Add(float64(n))
	}
}

func (m *OwedMetrics) paid(took time.Duration) {
	m.count("paid")
	if m != nil {
		m.took.Observe(took.Seconds())
	}
}
