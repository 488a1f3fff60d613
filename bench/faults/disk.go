package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// room is how much a small disk has beside what Postgres holds already.
const room = 96 << 20

// withSmallDisk moves Postgres to a small disk of its own, and afterwards back.
func withSmallDisk(ctx context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
	h := w.house
	mounted := false
	undo = func() {
		if mounted {
			if err := h.moved(context.WithoutCancel(ctx), func() error { return h.unmount() }); err != nil {
				panic("Postgres is on a small disk and cannot be moved back: " + err.Error()) // nothing can follow
			}
		}
	}
	size, err := exec.CommandContext(ctx, "du", "-sk", h.pgDir).Output()
	if err != nil {
		return nil, undo, fmt.Errorf("measure the database: %w", err)
	}
	kilobytes, _, _ := strings.Cut(string(size), "\t")
	used, err := strconv.Atoi(kilobytes)
	if err != nil {
		return nil, undo, fmt.Errorf("measure the database: %w", err)
	}
	err = h.moved(ctx, func() error {
		small := h.pgDir + "-small"
		if err := os.Mkdir(small, 0o700); err != nil {
			return err
		}
		mount := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", used<<10+room), "tmpfs", small)
		if out, err := mount.CombinedOutput(); err != nil {
			return errors.Join(fmt.Errorf("%w: a disk of its own: %w %s", errNotHere, err, out), os.Remove(small))
		}
		mounted = true
		h.pgDir = small
		return copied(strings.TrimSuffix(small, "-small"), small)
	})
	return fullDisk, undo, err
}

// moved lets something be done with the database's folder while nothing uses it.
func (h *house) moved(ctx context.Context, do func() error) error {
	if err := errors.Join(h.stopAll(), h.stopPostgres(ctx)); err != nil {
		return err
	}
	if err := do(); err != nil {
		return errors.Join(err, h.serveAgain(ctx))
	}
	return h.serveAgain(ctx)
}

// serveAgain starts Postgres where it is now.
func (h *house) serveAgain(ctx context.Context) error {
	if err := h.startPostgres(ctx); err != nil {
		return err
	}
	if err := h.lookAgain(ctx); err != nil {
		return err
	}
	return h.nets.lead("postgres", hostOf(h.pg.URL("")))
}

// unmount copies the database back to where it was.
func (h *house) unmount() error {
	small := h.pgDir
	h.pgDir = strings.TrimSuffix(small, "-small")
	if err := os.RemoveAll(h.pgDir); err != nil {
		return err
	}
	if err := os.Mkdir(h.pgDir, 0o700); err != nil {
		return err
	}
	if err := copied(small, h.pgDir); err != nil {
		return err
	}
	if out, err := exec.Command("umount", small).CombinedOutput(); err != nil {
		return fmt.Errorf("unmount: %w\n%s", err, out)
	}
	return os.Remove(small)
}

func copied(from, to string) error {
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the database: %w\n%s", err, out)
	}
	return nil
}

// fullDisk fills the disk: first no table can grow, then the log cannot either and the server ends itself. Then there is room
// again.
func fullDisk(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.25); err != nil {
		return err
	}
	filler := filepath.Join(r.pgDir, "filler")
	if err := fill(filler); err != nil {
		return err
	}
	_, err := r.db.Exec(ctx, "CREATE TABLE no_room AS SELECT repeat('x', 1000) FROM generate_series(1, 10000)")
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "53100" {
		return fmt.Errorf("the disk is not full: %w", err)
	}
	if err := r.lasts(ctx, 3*time.Second); err != nil {
		return err
	}
	// Files of the log are there in advance; each of these commands uses one up.
	for range 40 {
		if _, err = r.db.Exec(ctx, "SELECT pg_logical_emit_message(false, 'full', 'disk'); SELECT pg_switch_wal()"); err != nil {
			break
		}
	}
	if err == nil {
		return errors.New("the log goes on on a full disk")
	}
	if err := r.lasts(ctx, 3*time.Second); err != nil {
		return err
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	// What ended itself comes back by itself, or is started again by whoever watches over it.
	tick := time.NewTicker(look)
	defer tick.Stop()
	for gone := r.pg.Wait(); ; {
		select {
		case <-gone:
			if err := r.stopPostgres(ctx); err != nil {
				return err
			}
			return r.serveAgain(ctx)
		case <-tick.C:
			if r.db.Ping(ctx) == nil {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// fill makes a file that takes all that a disk has.
func fill(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	for _, size := range []int{1 << 20, 4 << 10} {
		for some := make([]byte, size); err == nil; {
			_, err = f.Write(some)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("fill the disk: %w", errors.Join(err, f.Close(), os.Remove(name)))
		}
		err = nil
	}
	return f.Close()
}
