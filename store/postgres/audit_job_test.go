package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/postgres"
)

// A running process seals by itself and publishes the head: in the log, a file and wherever the caller says.
func TestARunningProcessSealsAndPublishes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.file(filing(cases.Named, "d"))
	file := filepath.Join(t.TempDir(), "heads")
	var announced atomic.Int64
	announce := func(_ context.Context, head audit.Block) error {
		announced.Store(head.Size)
		return nil
	}
	err := b.StartHouse(b.ctx, postgres.HouseOptions{Audit: postgres.AuditOptions{HeadFile: file, Announce: announce}})
	if err != nil {
		t.Fatal(err)
	}
	b.until("the head is published", func() bool { return b.count("SELECT count(*) FROM audit_exports") == 1 })
	if err := b.StopNotices(b.ctx); err != nil {
		t.Fatal(err)
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, err := audit.ParseHead(string(lines))
	if err != nil || head.Size != 1 || announced.Load() != 1 {
		t.Errorf("file %q, %v; announced a tree of %d", lines, err, announced.Load())
	}
	if there, err := b.HasHead(b.ctx, head); !there || err != nil {
		t.Errorf("the published head is not in the record: %v", err)
	}
}

func TestTheHeadIsPublishedOnceADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	b := setup(t, at(&now), func(o *postgres.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	file := filepath.Join(t.TempDir(), "heads")
	calls, fails := 0, errors.New("the chat is away")
	opts := postgres.AuditOptions{HeadFile: file, Announce: func(context.Context, audit.Block) error {
		calls++
		return fails
	}}
	if err := b.PublishHead(b.ctx, opts); err != nil || calls != 0 {
		t.Errorf("without a head: %d calls, %v", calls, err)
	}
	b.file(filing(cases.Named, "d"))
	head := b.seal()
	if err := b.PublishHead(b.ctx, opts); !errors.Is(err, fails) {
		t.Errorf("the error of Announce: %v", err)
	}
	fails = nil
	for day := range 3 {
		for range 2 {
			if err := b.PublishHead(b.ctx, opts); err != nil {
				t.Fatal(err)
			}
		}
		if n := b.count("SELECT count(*) FROM audit_exports"); n != day+1 {
			t.Errorf("%d days published after %d", n, day+1)
		}
		now = now.AddDate(0, 0, 1)
	}
	lines, err := os.ReadFile(file)
	if err != nil || strings.Count(string(lines), head.Hash.String()+"\n") != 3 || calls != 4 {
		t.Errorf("%d calls, file %q, %v", calls, lines, err)
	}
	if n := strings.Count(log.String(), "audit head"); n != 3 || !strings.Contains(log.String(), head.Hash.String()) {
		t.Errorf("%d lines in the log", n)
	}
	opts.HeadFile = filepath.Join(file, "no folder")
	if err := b.PublishHead(b.ctx, opts); err == nil {
		t.Error("a file that cannot be written is no error")
	}
	if n := b.count("SELECT count(*) FROM audit_exports"); n != 3 {
		t.Error("a day counts as published without its file")
	}
}
