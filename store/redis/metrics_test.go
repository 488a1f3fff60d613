package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/store/redis/redistest"
)

// What a server says is told from the way to it, and a sign of life is one that was written and read.
func TestMetricsAndSignOfLife(t *testing.T) {
	t.Parallel()
	address, prefix := redistest.New(t)
	c, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // the server goes next
	reg := prometheus.NewRegistry()
	if err := Measure(c, reg); err != nil {
		t.Fatal(err)
	}
	if err := Ready(t.Context(), c); err != nil {
		t.Error(err)
	}
	if err := c.Get(t.Context(), prefix+"nothing").Err(); !errors.Is(err, goredis.Nil) {
		t.Error(err)
	}
	if err := c.LPush(t.Context(), prefix+"list", 1).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), prefix+"list").Err(); err == nil {
		t.Error("a list is no value")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Ready(gone, c); !errors.Is(err, ErrAway) {
		t.Errorf("nobody was asked, and it is ready: %v", err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == "huiyin_redis_commands_total" {
				counts[m.Label[0].GetValue()+" "+m.Label[1].GetValue()] = m.Counter.GetValue()
			}
		}
	}
	for what, want := range map[string]float64{"set ok": 1, "getdel ok": 1, "get refused": 1, "set away": 1, "get away": 0} {
		if counts[what] != want {
			t.Errorf("%s is counted %v times, want %v: %v", what, counts[what], want, counts)
		}
	}
	for want, errs := range map[string][]error{
		"ok": {nil, goredis.Nil}, "away": {context.DeadlineExceeded, &net.OpError{Op: "dial", Err: errors.New("x")}, fmt.Errorf("x: %w", context.Canceled)},
	} {
		for _, err := range errs {
			if got := outcome(err); got != want {
				t.Errorf("%v is counted as %s, want %s", err, got, want)
			}
		}
	}
}
