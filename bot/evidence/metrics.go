package evidence

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ScanMetrics counts what the virus scanner says. A nil *ScanMetrics counts nothing.
type ScanMetrics struct {
	scans *prometheus.CounterVec
	time  prometheus.Histogram
}

// NewScanMetrics makes the metrics and registers them on reg; the error is reg's.
func NewScanMetrics(reg prometheus.Registerer) (*ScanMetrics, error) {
	m := &ScanMetrics{
		scans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_scanner_scans_total", Help: "Files given to the virus scanner by what it said (clean, infected), away, or failed: the file could not be read.",
		}, []string{"outcome"}),
		time: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "huiyin_scanner_scan_seconds", Help: "Time of a scan.", Buckets: []float64{.01, .05, .25, 1, 5, 15, 60},
		}),
	}
	for _, outcome := range []string{"clean", "infected", "away", "failed"} {
		m.scans.WithLabelValues(outcome)
	}
	return m, errors.Join(reg.Register(m.scans), reg.Register(m.time))
}

func (m *ScanMetrics) scanned(began time.Time, hit *bool, err *error) {
	if m == nil {
		return
	}
	outcome := "clean"
	switch {
	case errors.Is(*err, ErrScanner):
		outcome = "away"
	case *err != nil:
		outcome = "failed" // the file could not be read
	case *hit:
		outcome = "infected"
	}
	m.scans.WithLabelValues(outcome).Inc()
	m.time.Observe(time.Since(began).Seconds())
}
