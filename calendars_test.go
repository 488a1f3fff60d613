package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Of a calendar that ends soon the doctor speaks in good time, and of one that was continued no more.
func TestEndings(t *testing.T) {
	t.Parallel()
	if lines := endings("", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)); len(lines) != 0 {
		t.Errorf("too early: %q", lines)
	}
	// In Shanghai it is 1 November already.
	now := time.Date(2026, 10, 31, 16, 0, 0, 0, time.UTC)
	lines := endings("", now)
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "calendar cn: ends with 2026-12-31; add the next year to calendars/cn.yaml.") {
		t.Errorf("%q", lines)
	}
	text, err := os.ReadFile("configs/calendars/cn.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "calendars"), 0o755); err != nil {
		t.Fatal(err)
	}
	longer := strings.NewReplacer("to: 2026", "to: 2027", "\n# 调休", "\n  - 2027-01-01\n# 调休").Replace(string(text))
	if err := os.WriteFile(filepath.Join(dir, "calendars/cn.yaml"), []byte(longer), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines := endings(dir, now); len(lines) != 0 {
		t.Errorf("it was continued: %q", lines)
	}
}
