package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// A small run through everything: what is filled is found, every statement has a plan, and more can be filed.
func TestScale(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var out bytes.Buffer
	if err := run(ctx, []string{"-cases", "1000", "-times", "2", "-calls", "10", "-filings", "40"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## 2000 cases", "| /next: take a case |", "| /search, words that stand somewhere |", "case_words_grams", "cases_open", "cases_unowned", "40 filed, 4 at once", "20.0 notices"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing is said of %q:\n%s", want, out.String())
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-cases x", "-cases 5", "-calls 0", "-workers 0", "-filings -1", "-events 0", "-times 0", "-nonsense"} {
		if _, err := read(strings.Fields(args)); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
