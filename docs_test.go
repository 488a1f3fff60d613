package main

import (
	"os"
	"testing"

	"huiyin/configs"
)

// The diagrams in docs are the flows and the life of a case as they are.
func TestDiagramsAreInStep(t *testing.T) {
	t.Parallel()
	c, err := configs.Load("")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != diagrams(c) {
		t.Error("docs/flows.md is behind: run `go run . flows graph --out docs`")
	}
}
