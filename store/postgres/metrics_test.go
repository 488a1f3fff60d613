package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huiyin/cases"
)

// An operation is a query's name and nothing of what a statement asks for; what only a filing uses has none.
func TestOperationsHoldNoWords(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"-- name: CaseByID :one\nSELECT 'zhang'": "CaseByID",
		"-- name: FileCase :one\nWITH":           otherOperation,
		"-- name: zhang li :one\nSELECT":         otherOperation,
		"-- name: zhang":                         otherOperation,
		"SELECT 'zhang'":                         otherOperation,
		"begin":                                  "begin",
		"begin isolation level serializable":     "begin",
		"commit":                                 "commit",
		"zhang":                                  otherOperation,
		"":                                       otherOperation,
		"SELECT 1 /*\n-- name: CaseByID :one\n*/":  otherOperation,
		"-- name: JobGetAvailable :many\nWITH ...": "JobGetAvailable",
	} {
		if got := operationOf(sql); got != want {
			t.Errorf("%q is counted as %q, want %q", sql, got, want)
		}
	}
}

func TestOutcomesOfStatements(t *testing.T) {
	t.Parallel()
	for want, errs := range map[string][]error{
		wentWell:  {nil, pgx.ErrNoRows},
		refused:   {&pgconn.PgError{Code: "23505"}, &cases.Error{Code: cases.NotNow}, errors.New("x")},
		wentAway:  {&pgconn.PgError{Code: "57P01"}, context.DeadlineExceeded, &cases.Error{Code: cases.Away}},
		cancelled: {context.Canceled, fmt.Errorf("x: %w", context.Canceled)},
	} {
		for _, err := range errs {
			if got := outcomeOf(safe("", err)); got != want {
				t.Errorf("%v is counted as %s, want %s", err, got, want)
			}
		}
	}
}
