package telegram

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what is received, what the lanes do with it, and the calls
// that go out. Labels are method names, kinds and classes only. One Metrics
// serves all lines of a process. A nil *Metrics counts nothing.
type Metrics struct {
	received     *prometheus.CounterVec
	receivedTime *prometheus.HistogramVec
	calls        *prometheus.CounterVec
	callTime     *prometheus.HistogramVec
	updates      *prometheus.CounterVec
	updateTime   *prometheus.HistogramVec
	waitTime     prometheus.Histogram
	outstanding  prometheus.Gauge
	working      prometheus.Gauge
	slots        prometheus.Gauge
}

// How an update came, and what the way it came was answered.
const (
	byWebhook = "webhook"
	byPolling = "polling"

	receivedDone    = "done"
	receivedAway    = "away"    // to be delivered again: a store is away, or the lanes are full
	receivedFailed  = "failed"  // to be delivered again, and counted as an attempt
	receivedForged  = "forged"  // without the webhook's secret
	receivedRefused = "refused" // what Telegram would not send
)

// NewMetrics makes the metrics and registers them on reg; the error is reg's
// (something of the same name is there already).
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_telegram_received_total",
			Help: "Updates received by way (webhook, polling) and outcome (done, away, failed, forged, refused).",
		}, []string{"way", "outcome"}),
		receivedTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "huiyin_telegram_received_seconds",
			Help:    "Time from an update's arrival until it was done, with its wait in the lane and its attempts.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 30, 120},
		}, []string{"way"}),
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
		waitTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "huiyin_telegram_update_wait_seconds",
			Help:    "Time an update waited for those of its chat before it and for a free slot.",
			Buckets: []float64{.001, .01, .05, .1, .25, .5, 1, 5, 30, 90},
		}),
		outstanding: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "huiyin_telegram_updates_outstanding",
			Help: "Updates accepted into the lanes and not done yet.",
		}),
		working: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "huiyin_telegram_updates_working",
			Help: "Updates that hold a slot: those of updates_outstanding that are worked on and do not wait.",
		}),
		slots: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "huiyin_telegram_updates_slots",
			Help: "How many updates can be worked on at once.",
		}),
	}
	for _, c := range []prometheus.Collector{
		m.received, m.receivedTime, m.calls, m.callTime, m.updates, m.updateTime, m.waitTime, m.outstanding, m.working, m.slots,
	} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	// What an alarm waits for is there from the start: a series that begins with its first count has no increase.
	for _, way := range []string{byWebhook, byPolling} {
		for _, outcome := range []string{receivedDone, receivedAway, receivedFailed, receivedForged, receivedRefused} {
			m.received.WithLabelValues(way, outcome)
		}
		m.receivedTime.WithLabelValues(way)
	}
	for _, kind := range append(allowedUpdates(), "other") {
		m.updates.WithLabelValues(kind, "aside")
		m.updates.WithLabelValues(kind, "panic")
		m.updateTime.WithLabelValues(kind)
	}
	for _, class := range []Class{Unauthorized, Conflict} {
		m.calls.WithLabelValues("getUpdates", string(class))
		m.calls.WithLabelValues("sendMessage", string(class))
	}
	return m, nil
}

func (m *Metrics) receive(way, outcome string, took time.Duration) {
	if m == nil {
		return
	}
	m.received.WithLabelValues(way, outcome).Inc()
	if outcome == receivedDone {
		m.receivedTime.WithLabelValues(way).Observe(took.Seconds())
	}
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

// The gauges are moved and not set: each line has lanes of its own.

func (m *Metrics) enter(n float64) {
	if m != nil {
		m.outstanding.Add(n)
	}
}

func (m *Metrics) work(n float64) {
	if m != nil {
		m.working.Add(n)
	}
}

func (m *Metrics) waited(d time.Duration) {
	if m != nil {
		m.waitTime.Observe(d.Seconds())
	}
}

func (m *Metrics) room(slots int) {
	if m != nil {
		m.slots.Add(float64(slots))
	}
}
