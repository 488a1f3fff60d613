package main

import (
	"log"
	"log/slog"
	"net"
	"net/http"
	"path"
	"time"

	"golang.org/x/net/netutil"
)

// surface bounds what anybody on the network may take of the process. Whoever can reach the listener is a stranger: the
// webhook tells Telegram from others only once a request has been read.
type surface struct {
	header  time.Duration // for a request's head
	read    time.Duration // for a whole request
	write   time.Duration // for the answer, with the work it waits for
	idle    time.Duration // between two requests of a connection
	head    int           // bytes of a head
	body    int64         // bytes of a body
	clients int           // connections at once; more wait in the system's queue
}

// defaultSurface fits Telegram, which keeps at most 100 connections and waits 60 seconds for an answer, and whose updates
// are below 1 MiB.
var defaultSurface = surface{
	header: 5 * time.Second, read: 30 * time.Second, write: 3 * time.Minute, idle: time.Minute,
	head: 16 << 10, body: 1 << 20, clients: 1024,
}

// server serves h within the bounds.
func (s surface) server(h http.Handler, l *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           s.guard(h),
		ReadHeaderTimeout: s.header, ReadTimeout: s.read, WriteTimeout: s.write, IdleTimeout: s.idle,
		MaxHeaderBytes: s.head,
		ErrorLog:       log.New(listenerLog{l}, "", 0),
		// OPTIONS * would be answered before the handler sees it.
		DisableGeneralOptionsHandler: true,
	}
}

// listener bounds the connections of l.
func (s surface) listener(l net.Listener) net.Listener { return netutil.LimitListener(l, s.clients) }

// private are headers, in their canonical form, that keep an answer out of browsers and caches. The values are shared by
// all answers: they are never appended to.
var private = http.Header{
	"Content-Security-Policy":      {"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Embedder-Policy": {"require-corp"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Cache-Control":                {"no-store"},
}

// guard caps bodies, refuses paths that would be redirected, and says in every answer that it is for nobody's browser.
func (s surface) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range private {
			h[name] = value
		}
		if clean := path.Clean(r.URL.Path); r.URL.Path != clean && r.URL.Path != clean+"/" {
			http.NotFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.body)
		next.ServeHTTP(w, r)
	})
}

// listenerLog takes what the HTTP server logs of itself. It names addresses, and a panic's words: none of it is kept.
type listenerLog struct{ log *slog.Logger }

// Write implements io.Writer.
func (l listenerLog) Write(p []byte) (int, error) {
	l.log.Warn("the listener had trouble with a connection")
	return len(p), nil
}

// mux answers those who look after the process; nothing on it tells of people or cases. Everything else is 404, another
// method 405 with Allow.
func (h *house) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.serveHealth)
	mux.Handle("GET /readyz", h.ready)
	mux.Handle("GET /metrics", metricsHandler(h.registry))
	return mux
}
