package telegram

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// opened is a server that counts its connections.
func opened(t *testing.T, secure bool, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			n.Add(1)
		}
	}
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv, &n
}

// directly is a client that trusts the server.
func directly(t *testing.T, srv *httptest.Server) *Client {
	t.Helper()
	d := newDirect()
	if srv.TLS != nil {
		d.tls.Config.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	c, err := New(testToken, srv.URL, Options{HTTP: &http.Client{Transport: d}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// One connection carries call after call, with TLS and without. One that the server closed meanwhile is not used: no message is
// lost in it, and none is sent twice.
func TestDirect(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			srv, conns := opened(t, secure, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusEarlyHints)
				_, _ = io.WriteString(w, sentOK)
			})
			c := directly(t, srv)
			send := func() {
				t.Helper()
				if m, err := c.SendMessage(t.Context(), hi(int64(42))); err != nil || m.ID != 7 {
					t.Fatal(m, err)
				}
			}
			for range 5 {
				send()
			}
			if conns.Load() != 1 {
				t.Errorf("5 calls took %d connections", conns.Load())
			}
			srv.CloseClientConnections()
			send()
			if conns.Load() != 2 || calls.Load() != 6 {
				t.Errorf("6 calls took %d connections and came %d times", conns.Load(), calls.Load())
			}
		})
	}
}

// A call ends when its context does, and its connection is used for no other.
func TestDirectEndsWithItsContext(t *testing.T) {
	t.Parallel()
	came, held := make(chan struct{}, 1), make(chan struct{})
	var first atomic.Bool
	srv, conns := opened(t, false, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if !first.Swap(true) {
			came <- struct{}{}
			<-held
		}
		_, _ = io.WriteString(w, sentOK)
	})
	t.Cleanup(func() { close(held) })
	c := directly(t, srv)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-came; cancel() }()
	began := time.Now()
	_, err := c.SendMessage(ctx, hi(int64(42)))
	if !errors.Is(err, context.Canceled) || ClassOf(err) != Unknown || time.Since(began) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if _, err := c.SendMessage(t.Context(), hi(int64(42))); err != nil || conns.Load() != 2 {
		t.Errorf("%v; %d connections", err, conns.Load())
	}
}
