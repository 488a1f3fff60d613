package redis

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// metrics hears of every command, by its name: keys and values are no labels, and in no trace.
type metrics struct {
	commands *prometheus.CounterVec
	time     *prometheus.HistogramVec
	dials    *prometheus.CounterVec
	pool     func() *goredis.PoolStats
}

// Measure counts what c does from here on and registers that on reg; the error is reg's.
func Measure(c goredis.UniversalClient, reg prometheus.Registerer) error {
	m := &metrics{
		pool: c.PoolStats,
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_redis_commands_total", Help: "Commands by name and outcome (ok, refused, away).",
		}, []string{"command", "outcome"}),
		time: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiyin_redis_command_seconds", Help: "Time of a command by name, with its wait for a connection and its retries.",
			Buckets: []float64{.0005, .001, .0025, .005, .025, .1, .5, 2.5},
		}, []string{"command"}),
		dials: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_redis_dials_total", Help: "Connections opened by outcome (ok, away).",
		}, []string{"outcome"}),
	}
	m.dials.WithLabelValues("away")
	m.commands.WithLabelValues("get", "away")
	c.AddHook(m)
	return errors.Join(reg.Register(m.commands), reg.Register(m.time), reg.Register(m.dials), reg.Register(poolGauges{m}))
}

// DialHook implements goredis.Hook.
func (m *metrics) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := next(ctx, network, addr)
		m.dials.WithLabelValues(outcome(err)).Inc()
		return c, err
	}
}

// ProcessHook implements goredis.Hook.
func (m *metrics) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		began := time.Now()
		ctx, end := traced(ctx, cmd)
		err := next(ctx, cmd)
		end(err)
		m.did(cmd.Name(), err, began)
		return err
	}
}

// traced begins a span of a command, to be ended with what became of that. Where nothing is traced it takes nothing.
func traced(ctx context.Context, cmd goredis.Cmder) (_ context.Context, end func(error)) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, func(error) {}
	}
	ctx, span := parent.TracerProvider().Tracer("huiyin").Start(ctx, "redis", trace.WithAttributes(attribute.String("call", cmd.Name())))
	return ctx, func(err error) {
		span.SetAttributes(attribute.String("outcome", outcome(err)))
		span.End()
	}
}

// ProcessPipelineHook implements goredis.Hook.
func (m *metrics) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmds) // its traces are with Rounds: every caller has one
		for _, cmd := range cmds {
			m.did(cmd.Name(), cmd.Err(), began)
		}
		return err
	}
}

func (m *metrics) did(command string, err error, began time.Time) {
	m.commands.WithLabelValues(command, outcome(err)).Inc()
	m.time.WithLabelValues(command).Observe(time.Since(began).Seconds())
}

func outcome(err error) string {
	var answer goredis.Error // what a server says, and not the way to it
	switch {
	case err == nil, errors.Is(err, goredis.Nil):
		// What is asked for before it is first there is asked for when a form begins: that alone would tell of a filing.
		return "ok"
	case errors.As(err, &answer):
		return "refused"
	}
	return "away"
}

type poolGauges struct{ m *metrics }

var (
	connections     = prometheus.NewDesc("huiyin_redis_connections", "Connections by state (busy, idle).", []string{"state"}, nil)
	connectionWaits = prometheus.NewDesc("huiyin_redis_connection_waits_total", "How often a command waited for a connection because none was free.", nil, nil)
	connectionWait  = prometheus.NewDesc("huiyin_redis_connection_wait_seconds_total", "Time spent waiting for a connection because none was free.", nil, nil)
	connectionNone  = prometheus.NewDesc("huiyin_redis_connection_timeouts_total", "How often none became free in time.", nil, nil)
)

// Describe implements prometheus.Collector.
func (poolGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, connectionWaits, connectionWait, connectionNone} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g poolGauges) Collect(out chan<- prometheus.Metric) {
	s := g.m.pool()
	out <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(s.TotalConns-min(s.IdleConns, s.TotalConns)), "busy")
	out <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(s.IdleConns), "idle")
	out <- prometheus.MustNewConstMetric(connectionWaits, prometheus.CounterValue, float64(s.WaitCount))
	out <- prometheus.MustNewConstMetric(connectionWait, prometheus.CounterValue, time.Duration(s.WaitDurationNs).Seconds())
	out <- prometheus.MustNewConstMetric(connectionNone, prometheus.CounterValue, float64(s.Timeouts))
}
