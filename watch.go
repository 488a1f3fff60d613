package main

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"huiyin/store/postgres"
	"huiyin/store/redis"
)

// measure registers what is watched of the stores and of the process itself; what each room counts stands in its own
// metrics.go. Labels are words of closed sets (docs/watching.md lists every name): no ids, and nothing that moves for the
// filing of an anonymous case alone.
func (h *house) measure() error {
	errs := []error{
		h.registry.Register(collectors.NewGoCollector()),
		h.registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		h.registry.Register(h.ready),
		h.registry.Register(backlogs{h}),
		h.blobs.Measure(h.registry),
		redis.Measure(h.redis, h.registry),
	}
	for _, s := range []*postgres.Store{h.post, h.intake} {
		if s != nil { // officers' connections see their officer's notices only
			errs = append(errs, h.registry.Register(s.Backlog()))
			break
		}
	}
	return errors.Join(errs...)
}
