package main

import (
	"io"
	"net/http"
	"testing"
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

func TestX(t *testing.T) {
	h := startHouse(t)
	_, b := h.get("/readyz")
	t.Log(b)
	_, b = h.get("/metrics")
	t.Log(b)
}
