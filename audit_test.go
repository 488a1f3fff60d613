package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
	"huiyin/store/seal"
)

// auditRun is what a command line said.
type auditRun struct {
	code     int
	out, err string
}

func runAudit(ctx context.Context, environ []string, stdin string, args ...string) auditRun {
	var out, err bytes.Buffer
	code := run(&surroundings{
		ctx: ctx, environ: environ, stdin: strings.NewReader(stdin), stdout: &out, stderr: &err,
	}, append([]string{"audit"}, args...))
	return auditRun{code, out.String(), err.String()}
}

// The record from the command line: verified, its head kept, a case proven to whoever holds its receipt, and
// tampering told.
func TestAuditCommands(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	folder := t.TempDir()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	keyset := filepath.Join(folder, "keyset.json")
	if err := keys.WriteFile(keyset); err != nil {
		t.Fatal(err)
	}
	url := pgtest.Template(t, "audit", postgres.Migrate)
	environ := []string{"DATABASE_URL=" + url, "HUIYIN_KEYSET=" + keyset}
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	shares, err := blobs.Open(ctx, filepath.Join(folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = shares.Close() }() // nothing is written on closing
	store, err := postgres.Open(ctx, url, vault{keys, shares}, postgres.Options{MaxConns: 2, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if r := runAudit(ctx, environ, "", "head"); r.code != 1 || !strings.Contains(r.err, "nothing is sealed yet") {
		t.Errorf("no head: %+v", r)
	}

	receipt := keys.NewReceipt([]byte("a secret of sixteen bytes or more"))
	stranger := keys.NewReceipt([]byte("another secret of sixteen bytes"))
	commitment, lookup := keys.Commitment(receipt), keys.ReceiptLookup(receipt)
	f := cases.Filing{
		Case: cases.Case{Draft: "d", Mode: cases.Dark, Kind: "pay", Department: "hr", Language: "en"},
		Body: cases.Body{Text: "words"},
	}
	f.Receipt, f.Commitment = lookup[:], commitment[:]
	if _, _, err := store.File(ctx, f); err != nil {
		t.Fatal(err)
	}
	if r := runAudit(ctx, environ, receipt.String(), "prove"); r.code != 1 || !strings.Contains(r.err, "tomorrow") {
		t.Errorf("proven on the day: %+v", r)
	}
	now = now.AddDate(0, 0, 1)
	if _, _, err := store.SealAudit(ctx); err != nil {
		t.Fatal(err)
	}

	if r := runAudit(ctx, environ, "", "verify"); r.code != 0 || r.out != "1 events of 1 cases, 1 blocks: all as they were written\n" || r.err != "" {
		t.Errorf("verify: %+v", r)
	}
	head := runAudit(ctx, environ, "", "head")
	if _, err := audit.ParseHead(head.out); head.code != 0 || err != nil {
		t.Errorf("head: %+v, %v", head, err)
	}
	heads := filepath.Join(folder, "heads")
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(heads, head.out+"\n"+head.out)
	if r := runAudit(ctx, environ, "", "verify", "--heads", heads); r.code != 0 {
		t.Errorf("verify with heads: %+v", r)
	}

	proven := runAudit(ctx, environ, " "+strings.ToLower(receipt.String())+"\n", "prove")
	if again := runAudit(ctx, environ, "", "prove", receipt.String()); proven.code != 0 || again != proven {
		t.Errorf("prove: %+v, then %+v", proven, again)
	}
	file := filepath.Join(folder, "proof.json")
	write(file, proven.out)
	checked := runAudit(ctx, nil, "", "check", file) // no database, no keys
	if checked.code != 0 || !strings.Contains(checked.out, "existed by 2026-11-25 09:00 UTC") || !strings.HasSuffix(checked.out, head.out) {
		t.Errorf("check: %+v", checked)
	}
	write(file, strings.Replace(proven.out, `"index":`, `"index":1`, 1))
	if r := runAudit(ctx, nil, "", "check", file); r.code != 1 || r.out != "" {
		t.Errorf("a changed proof: %+v", r)
	}
	for _, r := range []auditRun{proven, checked} {
		if strings.Contains(r.out+r.err, receipt.String()) || strings.Contains(r.out+r.err, string(receipt)) {
			t.Errorf("the receipt is told: %+v", r)
		}
	}
	if r := runAudit(ctx, environ, stranger.String(), "prove"); r.code != 1 || !strings.Contains(r.err, "knows of no case") {
		t.Errorf("a stranger's receipt: %+v", r)
	}
	if r := runAudit(ctx, environ, "nonsense", "prove"); r.code != 1 || strings.Contains(r.err, "nonsense") {
		t.Errorf("no receipt: %+v", r)
	}

	write(heads, head.out+strings.Replace(head.out, "size 2", "size 3", 1))
	if r := runAudit(ctx, environ, "", "verify", "--heads", heads); r.code != 1 || !strings.Contains(r.out, "a published head is not in the record: 2026-11-25T09:00:00Z block 1 size 3") {
		t.Errorf("a head that never was: %+v", r)
	}
	write(heads, "no head")
	if r := runAudit(ctx, environ, "", "verify", "--heads", heads); r.code != 1 || !strings.Contains(r.err, "line 1") {
		t.Errorf("a file of no heads: %+v", r)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(ctx, "SET session_replication_role = replica; UPDATE events SET code = 'x'"); err != nil {
		t.Fatal(err)
	}
	if r := runAudit(ctx, environ, "", "verify"); r.code != 1 || !strings.Contains(r.out, "NOT as they were written\nchanged event: case ") || !strings.Contains(r.out, ", event 1\n") {
		t.Errorf("tampered: %+v", r)
	}
}

func TestProgressIsToldWhenItTakesLong(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	now := time.Now()
	progress := (&surroundings{stderr: &said}).progress(func() time.Time { return now }, "verified")
	for done := range 10 {
		progress(done, 10)
		now = now.Add(500 * time.Millisecond)
	}
	if said.String() != "verified 5 of 10\nverified 8 of 10\n" {
		t.Errorf("said %q", said.String())
	}
}
