package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiyin/bot/telegram"
	"huiyin/store/postgres"
	"huiyin/store/redis"
)

const (
	readyTimeout = 3 * time.Second
	// Whoever asks again sooner gets the same answer: the listener is open to whoever reaches it, and asking costs the stores
	// something.
	readyLife = time.Second
)

// readiness says whether this process can do its part, part by part, by asking and not by remembering.
type readiness struct {
	h *house

	mu    sync.Mutex
	asked time.Time
	last  verdict
}

// verdict is what /readyz answers. A part is a word of a closed set, which tells nothing of people or cases.
type verdict struct {
	Ready bool              `json:"ready"`
	Parts map[string]string `json:"parts"`
}

// wellWords are what parts say that are well.
var wellWords = map[string]bool{"ok": true, string(telegram.Leads): true, string(telegram.Follows): true}

func (r *readiness) now(ctx context.Context) verdict {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.asked) > readyLife {
		// Not bounded by who asks: their hanging up would be an answer for the next.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
		defer cancel()
		r.last, r.asked = r.h.ask(ctx), time.Now()
	}
	return r.last
}

// ask looks at all parts at once.
func (h *house) ask(ctx context.Context) verdict {
	type said struct{ part, word string }
	answers := make(chan said)
	parts := 0
	look := func(part string, word func() string) {
		parts++
		go func() { answers <- said{part, word()} }()
	}
	for name, s := range map[string]*postgres.Store{"postgres_intake": h.intake, "postgres_desk": h.office, "postgres_postman": h.post} {
		if s == nil {
			continue
		}
		look(name, func() string {
			err := s.Ready(ctx)
			switch {
			case errors.Is(err, postgres.ErrBehind):
				return "behind"
			case err != nil:
				return "away"
			}
			return "ok"
		})
	}
	look("redis", func() string {
		if redis.Ready(ctx, h.redis) != nil {
			return "away"
		}
		return "ok"
	})
	for _, l := range h.lines {
		look(l.prefix()+"bot", func() string {
			if !l.wire.Accepted(ctx) {
				return "refused"
			}
			return "ok"
		})
		if l.lanes != nil {
			look(l.prefix()+"updates", l.receives)
		}
	}
	v := verdict{Ready: true, Parts: map[string]string{}}
	for range parts {
		a := <-answers
		v.Parts[a.part] = a.word
		v.Ready = v.Ready && wellWords[a.word]
	}
	return v
}

// prefix tells the parts of officers' own bot from those of the other.
func (l *line) prefix() string {
	if l.desk && !l.both {
		return "desk_"
	}
	return ""
}

// receives says how updates come: by the poller's state, or whether the webhook is set.
func (l *line) receives() string {
	switch {
	case l.poller != nil:
		return string(l.poller.State())
	case l.hooked.Load():
		return "ok"
	}
	return "not_set"
}

// ServeHTTP implements http.Handler: 200 or 503, and in JSON which part is not well.
func (r *readiness) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	v := r.now(q.Context())
	w.Header().Set("Content-Type", "application/json")
	if !v.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

var (
	readyPart   = prometheus.NewDesc("huiyin_ready_part", "1 when a part that /readyz asks after is well, else 0.", []string{"part"}, nil)
	pollerLeads = prometheus.NewDesc("huiyin_telegram_poller_leads",
		"1 in the process that leads polling for a bot, 0 in those that follow; absent with webhooks.", []string{"bot"}, nil)
)

// Describe implements prometheus.Collector.
func (r *readiness) Describe(out chan<- *prometheus.Desc) { out <- readyPart; out <- pollerLeads }

// Collect implements prometheus.Collector.
func (r *readiness) Collect(out chan<- prometheus.Metric) {
	for part, word := range r.now(context.Background()).Parts {
		well := 0.0
		if wellWords[word] {
			well = 1
		}
		out <- prometheus.MustNewConstMetric(readyPart, prometheus.GaugeValue, well, part)
	}
	for _, l := range r.h.lines {
		if l.poller == nil {
			continue
		}
		leads := 0.0
		if s := l.poller.State(); s == telegram.Leads || s == telegram.Troubled {
			leads = 1
		}
		out <- prometheus.MustNewConstMetric(pollerLeads, prometheus.GaugeValue, leads, l.prefix()+"bot")
	}
}
