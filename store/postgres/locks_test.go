package postgres_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	comments = regexp.MustCompile(`--[^\n]*`)
	creates  = regexp.MustCompile(`(?is)create\s+(?:unique\s+)?index\s+(concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:\w+\s+)?on\s+(?:only\s+)?(?:\w+\.)?(\w+)`)
	drops    = regexp.MustCompile(`(?is)drop\s+index\s+(concurrently)?`)
)

// locks says what in a migration would lock a big table.
func locks(sql string) (faults []string) {
	outside := strings.Contains(sql, "-- +goose NO TRANSACTION")
	if up, _, ok := strings.Cut(sql, "-- +goose Down"); ok {
		sql = up
	}
	sql = comments.ReplaceAllString(sql, "")
	for _, m := range creates.FindAllStringSubmatch(sql, -1) {
		if !slices.Contains(bigTables, strings.ToLower(m[2])) {
			continue
		}
		if m[1] == "" {
			faults = append(faults, "an index of "+m[2]+" is made without CONCURRENTLY")
		} else if !outside {
			faults = append(faults, "CONCURRENTLY needs -- +goose NO TRANSACTION")
		}
	}
	for _, m := range drops.FindAllStringSubmatch(sql, -1) {
		if m[1] == "" {
			faults = append(faults, "an index is dropped without CONCURRENTLY")
		}
	}
	return faults
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
