package intake

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What is counted of an article.
const (
	readShown  = "shown"
	readHelped = "helped"
	readNot    = "not_helped"
)

// Read counts which articles are read and whether they help, and nothing else. The counts of a day come out when the day
// is over: an article is read right before an anonymous case about it, and a count that moved at once would tell its hour.
// What a process counted of a day and had not shown when it ended is lost.
type Read struct {
	desc *prometheus.Desc
	now  func() time.Time

	mu    sync.Mutex
	day   time.Time             // of pending
	past  map[[2]string]float64 // article and outcome, to the end of yesterday
	today map[[2]string]float64
}

// NewRead makes the counts of articles and registers them on reg; the error is reg's. Days are those of now's location.
func NewRead(reg prometheus.Registerer, articles []string, now func() time.Time) (*Read, error) {
	r := &Read{
		desc: prometheus.NewDesc("huiyin_guide_total",
			"Articles of the guide by article and outcome (shown, helped, not_helped), to the end of yesterday.",
			[]string{"article", "outcome"}, nil),
		now: now, day: dayOf(now()), past: map[[2]string]float64{}, today: map[[2]string]float64{},
	}
	for _, a := range articles {
		for _, outcome := range []string{readShown, readHelped, readNot} {
			r.past[[2]string{a, outcome}] = 0
		}
	}
	return r, reg.Register(r)
}

func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// count takes an article of the guide only: a label is never what somebody sent.
func (r *Read) count(article, outcome string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turnDay()
	if key := [2]string{article, outcome}; r.has(key) {
		r.today[key]++
	}
}

func (r *Read) has(key [2]string) bool { _, ok := r.past[key]; return ok }

func (r *Read) turnDay() {
	day := dayOf(r.now())
	if !day.After(r.day) {
		return
	}
	for key, n := range r.today {
		r.past[key] += n
	}
	r.day, r.today = day, map[[2]string]float64{}
}

// Describe implements prometheus.Collector.
func (r *Read) Describe(out chan<- *prometheus.Desc) { out <- r.desc }

// Collect implements prometheus.Collector.
func (r *Read) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turnDay()
	for key, n := range r.past {
		out <- prometheus.MustNewConstMetric(r.desc, prometheus.CounterValue, n, key[0], key[1])
	}
}
