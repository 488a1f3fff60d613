package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// receptionBegins moves all reception days that are still to come to where their second slot has just begun.
func (h *testHouse) receptionBegins() error {
	conn, err := pgx.Connect(h.t.Context(), h.settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }() // nothing is written on closing
	_, err = conn.Exec(h.t.Context(), `UPDATE reception_days
		SET starts_at = now() - make_interval(mins => minutes + 1), ends_at = now() - make_interval(mins => minutes + 1) + (ends_at - starts_at)
		WHERE starts_at > now()`)
	return err
}
