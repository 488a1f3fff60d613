package telegram

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts calls and updates. Labels are method names, kinds and classes
// only. A nil *Metrics counts nothing.
type Metrics struct {
	calls       *prometheus.CounterVec
	callTime    *prometheus.HistogramVec
	updates     *prometheus.CounterVec
	updateTime  *prometheus.HistogramVec
	outstanding prometheus.Gauge
}

// NewMetrics makes the metrics and registers them on reg; the error is reg's
// (something of the same name is there already).
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_telegram_calls_total",
			Help: "Bot API calls by method and outcome (ok, in_body, or the class of the error).",
		}, []string{"method", "outcome"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "huiyin_telegram_call_seconds",
			Help:    "Time of a Bot API call with its waits and retries.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"method"}),
		updates: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_telegram_updates_total",
			Help: "Attempts at updates by kind and outcome (done, away, failed, panic, aside, undecodable).",
		}, []string{"kind", "outcome"}),
		updateTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "huiyin_telegram_update_seconds",
			Help:    "Time of one attempt at an update, without its wait in the lane.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 90},
		}, []string{"kind"}),
		outstanding: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "huiyin_telegram_updates_outstanding",
			Help: "Updates accepted into the lanes and not done yet.",
		}),
	}
	for _, c := range []prometheus.Collector{m.calls, m.callTime, m.updates, m.updateTime, m.outstanding} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) call(method, outcome string, took time.Duration) {
	if m == nil {
		return
	}
	m.calls.WithLabelValues(method, outcome).Inc()
	m.callTime.WithLabelValues(method).Observe(took.Seconds())
}

func (m *Metrics) update(kind, outcome string, took time.Duration) {
	if m == nil {
		return
	}
	m.updates.WithLabelValues(kind, outcome).Inc()
	m.updateTime.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *Metrics) setOutstanding(n int) {
	if m != nil {
		m.outstanding.Set(float64(n))
	}
}
