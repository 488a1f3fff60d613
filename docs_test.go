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

// Whoever checks a claim of the threat model must find its test, in both languages the same ones.
func TestDocsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	var proofs [][]string
	for _, name := range []string{"docs/threat-model.md", "docs/threat-model.zh.md"} {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		missing, named := missingProofs(t, string(page))
		for _, m := range missing {
			t.Errorf("%s names a test that is not there: %s", name, m)
		}
		found := proof.FindAllString(string(page), -1)
		if runs := strings.Count(string(page), "go test"); named < 50 || len(found) != runs {
			t.Errorf("%s: %d tests are named, in %d commands that can be read of %d", name, named, len(found), runs)
		}
		proofs = append(proofs, found)
	}
	if !slices.Equal(proofs[0], proofs[1]) {
		t.Error("docs/threat-model.md and docs/threat-model.zh.md do not name the same tests in the same order")
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

// Whoever reads Chinese finds every alarm at the same anchor, with as much to read and to do.
func TestDocsHaveEveryAlarmInChinese(t *testing.T) {
	t.Parallel()
	alarms := func(page, means, first string) (names []string) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range strings.Split(string(text), "\n### ")[1:] {
			name, rest, _ := strings.Cut(section, "\n")
			if !strings.Contains(rest, means) || !strings.Contains(rest, first) {
				t.Errorf("%s does not say what %s means and what to do first", page, name)
			}
			names = append(names, name)
		}
		return names
	}
	en := alarms("docs/runbook.md", "**What it means.** ", "**What to do first.** ")
	zh := alarms("docs/runbook.zh.md", "**什么意思。** ", "**先做什么。** ")
	if !slices.Equal(en, zh) {
		t.Errorf("docs/runbook.md has %q, docs/runbook.zh.md %q", en, zh)
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
