package main

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"huiyin/bot"
)

// health is what /healthz answers. It tells how many wait, and nothing of people or cases.
type health struct {
	OK bool `json:"ok"`
	// Answers says, by bot, what waits because Telegram takes no more; it is left out as long as answers leave at once.
	Answers map[string]waits `json:"answers,omitempty"`
}

// waits is a backlog in whole seconds.
type waits struct {
	Waiting int     `json:"waiting"`
	Wait    float64 `json:"wait_seconds"`
	Ends    float64 `json:"ends_in_seconds"`
}

func seconds(b bot.Backlog) waits {
	return waits{Waiting: b.Waiting, Wait: math.Round(b.Wait.Seconds()), Ends: math.Round(b.Ends.Seconds())}
}

// serveHealth answers 200 as long as the process serves.
func (h *house) serveHealth(w http.ResponseWriter, _ *http.Request) {
	v := health{OK: true}
	for _, l := range h.lines {
		if l.router == nil {
			continue
		}
		if b := l.router.Backlog(); b != (bot.Backlog{}) {
			if v.Answers == nil {
				v.Answers = map[string]waits{}
			}
			v.Answers[l.prefix()+"bot"] = seconds(b)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

// backlogs tells Prometheus what waits.
type backlogs struct{ h *house }

var (
	answersWaiting = prometheus.NewDesc("huiyin_answers_waiting", "Chats whose answer waits because Telegram takes no more.", []string{"bot"}, nil)
	answersWait    = prometheus.NewDesc("huiyin_answers_wait_seconds", "How long an answer waits that joins now.", []string{"bot"}, nil)
	answersEnd     = prometheus.NewDesc("huiyin_answers_end_seconds",
		"After how long nobody is expected to wait any more, 0 when nobody waits: by what waits, the questions still before those who wait, and the rate.",
		[]string{"bot"}, nil)
)

// Describe implements prometheus.Collector.
func (c backlogs) Describe(out chan<- *prometheus.Desc) {
	out <- answersWaiting
	out <- answersWait
	out <- answersEnd
}

// Collect implements prometheus.Collector.
func (c backlogs) Collect(out chan<- prometheus.Metric) {
	for _, l := range c.h.lines {
		if l.router == nil {
			continue
		}
		b, name := l.router.Backlog(), l.prefix()+"bot"
		out <- prometheus.MustNewConstMetric(answersWaiting, prometheus.GaugeValue, float64(b.Waiting), name)
		out <- prometheus.MustNewConstMetric(answersWait, prometheus.GaugeValue, b.Wait.Seconds(), name)
		out <- prometheus.MustNewConstMetric(answersEnd, prometheus.GaugeValue, b.Ends.Seconds(), name)
	}
}
