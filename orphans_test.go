package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
)

// What a filing that was broken off left in the blob store goes after two days; what belongs to a case stays, and what is
// not ours.
func TestOrphanSharesAreSwept(t *testing.T) {
	t.Parallel()
	r := newKeyRoom(t)
	ring, err := openKeyring(r.file, "intake")
	if err != nil {
		t.Fatal(err)
	}
	shares := openBlobs(t, r.blobFolder)
	var log lockedBuffer
	h := &house{ring: ring, blobs: shares, log: slog.New(slog.NewTextHandler(&log, nil))}
	intake := r.process(postgres.Intake, r.file)
	share := func(id string, days int) string {
		if err := shares.PutShare(r.ctx, id, []byte("a share of some bytes")); err != nil && !errors.Is(err, blobs.ErrExists) {
			t.Fatal(err)
		}
		then := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
		if err := os.Chtimes(filepath.Join(r.blobFolder, "keys", id[:2], id), then, then); err != nil {
			t.Fatal(err)
		}
		return id
	}
	orphan := func(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", n) }
	c, _, err := intake.File(r.ctx, darkFiling("a", "words"))
	if err != nil {
		t.Fatal(err)
	}
	kept := []string{share(c.ID, 9), share(orphan(1), 0), share(orphan(2), 1), share("somebody-elses", 9)}
	gone := []string{share(orphan(3), 3), share(orphan(4), 300)}

	swept := make(chan postgres.Known, 1)
	opts := postgres.HouseOptions{
		Fetch: func(context.Context, postgres.File, string, cases.Mode, postgres.CaseKey) (postgres.File, error) {
			return postgres.File{}, errors.New("nothing is fetched here")
		},
		Orphans: func(ctx context.Context, known postgres.Known) error {
			err := h.sweepOrphans(ctx, known)
			select {
			case swept <- known:
			default:
			}
			return err
		},
	}
	if err := intake.StartHouse(r.ctx, opts); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := intake.StopHouse(context.WithoutCancel(r.ctx)); err != nil {
			t.Error(err)
		}
	}()
	var known postgres.Known
	select {
	case known = <-swept:
	case <-r.ctx.Done():
		t.Fatal("the house never swept")
	}
	there := func(what string, ids []string, want bool) {
		t.Helper()
		for _, id := range ids {
			if ok, err := shares.Exists(r.ctx, "keys/"+id[:2]+"/"+id); err != nil || ok != want {
				t.Errorf("%s: %s is there: %v, %v", what, id, ok, err)
			}
		}
	}
	there("kept", kept, true)
	there("orphans", gone, false)
	if _, err := intake.Events(r.ctx, c.ID); err != nil {
		t.Errorf("the case: %v", err)
	}

	// Many at once are no accident of a filing: the blob store is another database's.
	var many []string
	for n := range mostOrphans + 1 {
		many = append(many, share(orphan(100+n), 3))
	}
	if err := h.sweepOrphans(r.ctx, known); err != nil || !strings.Contains(log.String(), "left alone") {
		t.Errorf("many: %v, log %s", err, log.String())
	}
	there("many", many, true)
}
