//go:build profile

package main

import (
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
)

// init serves the profiler, in binaries that bench/load builds and in no other: the tag is set nowhere else.
func init() {
	if addr := os.Getenv("HUIYIN_PROFILE_ADDR"); addr != "" {
		go func() { log.Print(http.ListenAndServe(addr, nil)) }()
	}
}
