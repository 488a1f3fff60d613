package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huiyin/cases"
)

// dbError is what is said of an error of the database: the statement's purpose, the SQLSTATE and the
// name of a broken constraint. The server's own message, detail and context can hold row values, so
// they are dropped and cannot be unwrapped.
type dbError struct {
	doing      string
	state      string // SQLSTATE, or ""
	constraint string
	cause      string // without SQLSTATE: the class of what went wrong on the way
	ctx        error  // context.Canceled or context.DeadlineExceeded, or nil
}

func (e *dbError) Error() string {
	var b strings.Builder
	b.WriteString(e.doing)
	switch {
	case e.state != "":
		b.WriteString(": SQLSTATE " + e.state)
		if e.constraint != "" {
			b.WriteString(" (" + e.constraint + ")")
		}
	case e.cause != "":
		b.WriteString(": " + e.cause)
	}
	return b.String()
}

func (e *dbError) Unwrap() error { return e.ctx }

// safe makes an error that may leave this package out of one that pgx gave. Errors of the domain and
// of this package stay as they are.
func safe(doing string, err error) error {
	if err == nil {
		return nil
	}
	var domain *cases.Error
	var ours *dbError
	switch {
	case errors.As(err, &domain), errors.As(err, &ours):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return &cases.Error{Code: cases.NotFound}
	}
	out := &dbError{doing: doing}
	switch {
	case errors.Is(err, context.Canceled):
		out.ctx = context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		out.ctx = context.DeadlineExceeded
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		out.state, out.constraint = pg.Code, pg.ConstraintName
		if unavailable(pg.Code) {
			return &cases.Error{Code: cases.Away, Err: out}
		}
		return out
	}
	out.cause = causeOf(err)
	if errors.Is(err, context.Canceled) {
		return out
	}
	if out.cause != "" {
		return &cases.Error{Code: cases.Away, Err: out}
	}
	// Neither the server nor the way to it: a value that does not fit its Go type, or a slip of ours.
	out.cause = fmt.Sprintf("%T", err)
	return out
}

// causeOf names what went wrong on the way to the server, or is "" when the way is not to blame.
func causeOf(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	var dial *pgconn.ConnectError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &dns):
		return "host name not found"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "connection closed"
	case errors.As(err, &dial):
		return "cannot connect"
	case strings.Contains(err.Error(), "conn closed"), strings.Contains(err.Error(), "closed pool"),
		strings.Contains(err.Error(), "conn busy"):
		return "connection closed" // pgx has no values for these
	}
	return ""
}

// unavailable says whether a SQLSTATE means "try again later" and not "this is wrong".
func unavailable(state string) bool {
	switch state {
	case "25006", // read-only: a standby after a failover
		"40001", "40P01", // serialization, deadlock
		"55P03",                   // lock not available
		"57014",                   // cancelled
		"57P01", "57P02", "57P03", // shutting down, crashed, starting up
		"25P03", "57P05": // idle for too long
		return true
	}
	// 08: the connection; 53: no room on the disk, in memory, for connections; 58: outside of Postgres.
	return slices.Contains([]string{"08", "53", "58"}, state[:min(2, len(state))])
}

// brokeUnique says whether err is a duplicate under a constraint.
func brokeUnique(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && pg.ConstraintName == constraint
}

func notFound() error { return &cases.Error{Code: cases.NotFound} }
