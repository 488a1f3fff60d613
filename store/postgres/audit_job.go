package postgres

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/riverqueue/river"

	"huiyin/store/audit"
)

// AuditOptions say where the head of the record is published once a day, beside the log. The zero value publishes
// it in the log only, which is worth as much as the log is out of reach of whoever can change the database.
type AuditOptions struct {
	// HeadFile is a file that gets a line a day; "" is none.
	HeadFile string
	// Announce publishes it elsewhere; nil is nowhere. After an error it is called again, and it may be called twice
	// for a day. Its error is logged and kept with the job, so it holds no token.
	Announce func(ctx context.Context, head audit.Block) error
}

const sealEvery = time.Hour

type sealArgs struct{}

func (sealArgs) Kind() string { return "seal_audit" }

// sealWorker seals the record and publishes its head once a day.
type sealWorker struct {
	river.WorkerDefaults[sealArgs]
	s    *Store
	opts AuditOptions
}

// Work seals what is due; the first time on a day that there is a head, it publishes the head.
func (w *sealWorker) Work(ctx context.Context, _ *river.Job[sealArgs]) error {
	if _, _, err := w.s.SealAudit(ctx); err != nil {
		return err
	}
	return w.s.PublishHead(ctx, w.opts)
}

// PublishHead publishes the newest block, unless one was published this day or there is none. Errors: Away, and those
// of the file and of Announce; it may then be called again.
func (s *Store) PublishHead(ctx context.Context, opts AuditOptions) error {
	now, err := s.now(ctx, s.pool)
	if err != nil {
		return safe("publish the head", err)
	}
	y, m, d := now.In(s.opts.Location).Date()
	day := pgtype.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Valid: true}
	done, err := s.q.ExportedOn(ctx, s.pool, day)
	if err != nil || done {
		return safe("publish the head", err)
	}
	head, err := s.Head(ctx)
	if err != nil || head.N == 0 {
		return err
	}
	if opts.Announce != nil {
		if err := opts.Announce(ctx, head); err != nil {
			return fmt.Errorf("announce the head: %w", err)
		}
	}
	if opts.HeadFile != "" {
		if err := appendLine(opts.HeadFile, head.Head().String()); err != nil {
			return fmt.Errorf("write the head: %w", err)
		}
	}
	s.log.InfoContext(ctx, "audit head", "block", head.N, "size", head.Size, "hash", head.Hash.String())
	return safe("publish the head", s.q.InsertExport(ctx, s.pool, day, head.N))
}

// appendLine adds a line to a file, which is on disk on return.
func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
