// Package local runs a Redis beside the process: one inside it for the demo and most tests, or a
// real redis-server for tests that want one. Both listen on 127.0.0.1 and forget everything at the
// end.
package local

import (
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Server is a running Redis.
type Server struct {
	addr string
	stop func()
	once sync.Once
}

// tickEvery is how often keys of the server inside the process age.
const tickEvery = time.Second

// Start runs a Redis inside this process. It knows no keyspace notifications and no FUNCTION, and
// keys expire up to a second late.
func Start() (*Server, error) {
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start Redis inside the process: %w", err)
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		age(m, done)
	}()
	return &Server{addr: m.Addr(), stop: func() {
		close(done)
		<-stopped
		m.Close()
	}}, nil
}

// age moves the server's times to live, which stand still of themselves, until done.
func age(m *miniredis.Miniredis, done <-chan struct{}) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-tick.C:
			now := time.Now() // monotonic: a changed wall clock ages nothing
			m.FastForward(now.Sub(last))
			last = now
		case <-done:
			return
		}
	}
}

// URL gives the server's address, redis://127.0.0.1:port/0.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.addr, Path: "/0"}
	return u.String()
}

// Stop ends the server and returns when it is gone. Calls after the first do nothing.
func (s *Server) Stop() { s.once.Do(s.stop) }
