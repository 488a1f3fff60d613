package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
)

func (h *testHouse) get(path string) (int, string) {
	h.t.Helper()
	r, err := http.Get("http://" + h.addr + path)
	if err != nil {
		h.t.Fatalf("%s: %v", path, err)
	}
	defer func() { _ = r.Body.Close() }() // read below
	body, err := io.ReadAll(r.Body)
	if err != nil {
		h.t.Fatalf("%s: %v", path, err)
	}
	return r.StatusCode, string(body)
}

// series are the values of a scrape that count people's acts, by name and labels.
func (h *testHouse) series() map[string]string {
	h.t.Helper()
	code, body := h.get("/metrics")
	if code != http.StatusOK {
		h.t.Fatalf("/metrics answers %d", code)
	}
	all := map[string]string{}
	for line := range strings.Lines(body) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if ok && strings.HasPrefix(name, "huiyin_") && !strings.Contains(name, "_bucket{") {
			all[name+"}"] = value
		}
	}
	return all
}

// moved are the series that have another value after than before.
func moved(before, after map[string]string) map[string]bool {
	set := map[string]bool{}
	for name, v := range after {
		if before[name] != v {
			set[name] = true
		}
	}
	return set
}

// ofAnyFile are the series that tell that a file came, whatever for, and those of one more connection to Redis.
var ofAnyFile = regexp.MustCompile(`"(fetch|download|getFile|file_write|FileByID|InsertFile|KeepFile|PGNotifyMany|hello|pipeline)"|_dials_`)
