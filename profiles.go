package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strconv"
)

// errNotLoopback: profiles are for whoever is on the machine.
var errNotLoopback = errors.New("HUIYIN_PPROF_ADDR: want an address of this machine alone, 127.0.0.1:6060 or [::1]:6060; profiles are not for the network")

// checkProfiles refuses an address that others can reach. A name is refused too: what it means may change.
func checkProfiles(addr string) error {
	if a, err := netip.ParseAddrPort(addr); addr != "" && (err != nil || !a.Addr().IsLoopback()) {
		return errNotLoopback
	}
	return nil
}

// listenProfiles opens the listener of profiles.
func listenProfiles(addr string) (net.Listener, error) {
	if err := checkProfiles(addr); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HUIYIN_PPROF_ADDR: %w", err)
	}
	return l, nil
}

// profilesMux serves Go's profiles. Those hold names of functions and sizes. Stacks in full print the arguments of calls,
// and a chat's id in hex is a chat's id, so these are refused; so is the command line, which is nobody's profile.
func profilesMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", func(w http.ResponseWriter, r *http.Request) {
		if level, err := strconv.Atoi(r.FormValue("debug")); r.FormValue("debug") != "" && (err != nil || level > 1) {
			http.Error(w, "debug is 0 or 1: full stacks hold ids", http.StatusForbidden)
			return
		}
		pprof.Index(w, r)
	})
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	return mux
}
