package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

var (
	proof    = regexp.MustCompile("`go test -run '?([A-Za-z|]+)'? (\\.[a-z/]*)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	setting  = regexp.MustCompile("`env:\"([A-Z_]+)\"")
)

// missingProofs lists the tests that a text names and that are not in the package it names, and counts those named.
func missingProofs(t *testing.T, text string) (missing []string, named int) {
	t.Helper()
	for _, p := range proof.FindAllStringSubmatch(text, -1) {
		files, err := filepath.Glob(filepath.Join(p[2], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var there []string
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range testFunc.FindAllSubmatch(raw, -1) {
				there = append(there, string(m[1]))
			}
		}
		for _, name := range strings.Split(p[1], "|") {
			named++
			if !slices.Contains(there, name) {
				missing = append(missing, name+" in "+p[2])
			}
		}
	}
	return missing, named
}

// Whoever checks a claim of the threat model must find its test.
func TestDocsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	missing, named := missingProofs(t, string(page))
	for _, m := range missing {
		t.Errorf("docs/threat-model.md names a test that is not there: %s", m)
	}
	if runs := strings.Count(string(page), "go test"); named < 50 || len(proof.FindAllString(string(page), -1)) != runs {
		t.Errorf("docs/threat-model.md: %d tests are named, in %d commands that can be read of %d", named, len(proof.FindAllString(string(page), -1)), runs)
	}
	if missing, _ := missingProofs(t, "`go test -run 'TestModes|TestNobodyWroteThis' ./cases`"); len(missing) != 1 {
		t.Errorf("a test that is not there is not found: %q", missing)
	}
}

// Each thing that went wrong elsewhere has a test here that would notice.
func TestRegressionsOfOthersHaveTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/regressions.md")
	if err != nil {
		t.Fatal(err)
	}
	missing, named := missingProofs(t, string(page))
	for _, m := range missing {
		t.Errorf("docs/regressions.md names a test that is not there: %s", m)
	}
	for _, row := range strings.Split(string(page), "\n") {
		if strings.HasPrefix(row, "| ") && !strings.HasPrefix(row, "| there") && !strings.Contains(row, "go test -run") {
			t.Errorf("docs/regressions.md: no test: %s", row)
		}
	}
	if named < 25 {
		t.Errorf("docs/regressions.md: %d tests are named", named)
	}
}

// Every setting is explained to whoever deploys, in both languages.
func TestDocsExplainEverySetting(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("settings.go")
	if err != nil {
		t.Fatal(err)
	}
	names := setting.FindAllSubmatch(source, -1)
	if len(names) < 15 {
		t.Fatalf("only %d settings are seen", len(names))
	}
	for _, page := range []string{"docs/deploy.md", "docs/deploy.zh.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if !strings.Contains(string(text), "\n| `"+string(n[1])+"` |") {
				t.Errorf("%s does not explain %s", page, n[1])
			}
		}
	}
}
