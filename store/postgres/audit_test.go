package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/postgres"
)

func (b *bundle) seal() audit.Block {
	b.t.Helper()
	head, sealed, err := b.SealAudit(b.ctx)
	if err != nil || !sealed {
		b.t.Fatalf("SealAudit: %v, %v", sealed, err)
	}
	return head
}

func (b *bundle) verify() audit.Report {
	b.t.Helper()
	r, err := b.VerifyAudit(b.ctx, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bundle) wantIntact(what string) audit.Report {
	b.t.Helper()
	r := b.verify()
	if !r.Intact() {
		b.t.Fatalf("%s: %+v", what, r.Findings)
	}
	return r
}

func at(now *time.Time) func(*postgres.Options) {
	return func(o *postgres.Options) { o.Now = func() time.Time { return *now } }
}

func committed(draft string) cases.Filing {
	f := filing(cases.Anonymous, draft)
	f.Commitment = commitment(draft)
	return f
}

func commitment(draft string) []byte {
	h := audit.BodyHash([]byte("receipt of " + draft))
	return h[:]
}

func TestRecordStaysWholeUnderActsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	replica := b.open()
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	if r := b.wantIntact("nothing written"); r.Events != 0 || r.Head.N != 0 {
		t.Errorf("nothing written: %+v", r)
	}
	if head := b.seal(); head.Size != 2 { // Lin was invited, and joined
		t.Errorf("sealed %v", head)
	}
	if head, sealed, err := b.SealAudit(b.ctx); err != nil || sealed || head.N != 1 {
		t.Errorf("sealed nothing: %v, %v, %v", head, sealed, err)
	}
	together(12, func(i int) {
		store := b.Store
		if i%2 == 1 {
			store = replica
		}
		c, _, err := store.File(b.ctx, filing(cases.Named, fmt.Sprint("d", i)))
		if err != nil {
			t.Error(err)
			return
		}
		for n := range 6 {
			a := cases.Act{Action: cases.Note, By: lin, Key: fmt.Sprint(i, "/", n), Body: &cases.Body{Text: "n"}}
			if _, _, _, err := store.Act(b.ctx, c.Ref, a); err != nil {
				t.Error(err)
			}
			if n == 3 {
				if _, _, err := store.SealAudit(b.ctx); err != nil {
					t.Error(err)
				}
			}
		}
		if err := store.RecordAccount(b.ctx, postgres.AccountEvent{Kind: postgres.AccountKeysRotated}); err != nil {
			t.Error(err)
		}
	})
	if r := b.wantIntact("before the last seal"); r.Waiting == 0 {
		t.Error("nothing waits")
	}
	b.seal()
	r := b.wantIntact("sealed")
	if r.Events != 12*7 || r.Cases != 12 || r.Accounts != 12+2 || r.Leaves != 12*8+2 || r.Waiting != 0 || r.Blocks != r.Head.N {
		t.Errorf("verified %+v", r)
	}
	if head, err := b.Head(b.ctx); err != nil || head.Hash != r.Head.Hash || head.Size != 12*8+2 {
		t.Errorf("head %v, %v", head, err)
	}
}

func TestSealingTwiceAtOnceSealsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	replica := b.open()
	for i := range 20 {
		b.file(filing(cases.Named, fmt.Sprint("d", i)))
	}
	heads := make([]audit.Block, 8)
	together(len(heads), func(i int) {
		store := b.Store
		if i%2 == 1 {
			store = replica
		}
		var err error
		if heads[i], _, err = store.SealAudit(b.ctx); err != nil {
			t.Error(err)
		}
	})
	for _, h := range heads {
		if h.N != 1 || h.Size != 20 || h.Hash != heads[0].Hash {
			t.Errorf("a head of %d in block %d", h.Size, h.N)
		}
	}
	if head, sealed, err := b.SealAudit(b.ctx); err != nil || sealed || head.Hash != heads[0].Hash {
		t.Errorf("sealed again: %v, %v", sealed, err)
	}
	b.wantIntact("sealed")
}

// The database refuses to change the record, whoever asks.
func TestRecordIsAppendOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.file(filing(cases.Named, "d"))
	if err := b.RecordAccount(b.ctx, postgres.AccountEvent{Kind: postgres.AccountRevoked}); err != nil {
		t.Fatal(err)
	}
	b.seal()
	if err := b.PublishHead(b.ctx, postgres.AuditOptions{}); err != nil {
		t.Fatal(err)
	}
	b.file(committed("e"))
	conn := b.conn()
	for table, column := range map[string]string{
		"events": "code = 'x'", "account_events": "code = 'x'", "audit_leaves": "idx = idx + 100", "audit_hashes": "idx = idx + 100",
		"audit_blocks": "n = n + 100", "audit_exports": "day = day + 1", "audit_pending": "due = now()",
	} {
		for _, sql := range []string{"UPDATE " + table + " SET " + column, "DELETE FROM " + table, "TRUNCATE " + table + " CASCADE"} {
			if n := b.count("SELECT count(*) FROM " + table); n == 0 {
				t.Errorf("%s is empty, so %q says nothing", table, sql)
			}
			_, err := conn.Exec(b.ctx, sql)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != "23001" {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	for _, kind := range []string{"event", "commitment"} {
		_, err := conn.Exec(b.ctx, "DELETE FROM audit_pending WHERE kind = $1", kind)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.ConstraintName != "audit_pending_sealed_first" {
			t.Errorf("a waiting %s was deleted: %v", kind, err)
		}
	}
}

// What is dated to the day only, and every commitment, is sealed when the day is over, so that no block tells the
// hour. Within a block the order is that of hashes.
func TestTheDaysRecordsAreSealedTogether(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 8*3600)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, zone)
	b := setup(t, at(&now), func(o *postgres.Options) { o.Location = zone })
	for i := range 9 {
		b.file(committed(fmt.Sprint("rounded", i))) // its time is the start of its day
	}
	now = now.Add(15 * time.Hour)
	b.file(committed("afternoon"))
	b.file(filing(cases.Named, "named"))
	if head := b.seal(); head.Size != 1 {
		t.Errorf("%d records sealed on the day, want the one event with an hour", head.Size)
	}
	_, err := b.ProveCommitment(b.ctx, [32]byte(commitment("afternoon")))
	if !errors.Is(err, postgres.ErrNotSealed) {
		t.Errorf("proven on the day: %v", err)
	}
	now = now.Add(9*time.Hour - time.Microsecond)
	if _, sealed, err := b.SealAudit(b.ctx); sealed || err != nil {
		t.Errorf("sealed before midnight: %v, %v", sealed, err)
	}
	now = now.Add(time.Microsecond)
	if head := b.seal(); head.Size != 1+10+10 || head.N != 2 {
		t.Errorf("after midnight %+v", head)
	}
	if n := b.count("SELECT count(*) FROM audit_leaves WHERE kind = 'commitment' AND (case_id IS NOT NULL OR seq IS NOT NULL)"); n != 0 {
		t.Errorf("%d commitments name a case", n)
	}
	conn := b.conn()
	rows, err := conn.Query(b.ctx, "SELECT hash FROM audit_leaves WHERE idx >= 1 ORDER BY idx")
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil || !slices.IsSortedFunc(hashes, bytes.Compare) {
		t.Errorf("the leaves of a block are not in the order of their hashes, %v", err)
	}
	b.wantIntact("sealed")
}

func TestProofsHoldForEveryLaterDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	b := setup(t, at(&now))
	for i := range 5 {
		b.file(committed(fmt.Sprint("d", i)))
	}
	mine := [32]byte(commitment("d3"))
	now = now.AddDate(0, 0, 1)
	first := b.seal()
	for range 2 { // once a day
		if err := b.PublishHead(b.ctx, postgres.AuditOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	early, err := b.ProveCommitment(b.ctx, mine)
	if err != nil {
		t.Fatal(err)
	}
	if err := audit.CheckProof(early, first); err != nil {
		t.Errorf("against the head of its day: %v", err)
	}
	for i := range 4 {
		b.file(committed(fmt.Sprint("later", i)))
		now = now.AddDate(0, 0, 1)
		last := b.seal()
		growth, err := b.ProveGrowth(b.ctx, first.N, last.N)
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.CheckGrowth(growth, first, last); err != nil {
			t.Errorf("block %d does not begin with what was published: %v", last.N, err)
		}
		if audit.CheckProof(early, last) == nil {
			t.Error("a proof for one head is taken for another")
		}
		again, err := b.ProveCommitment(b.ctx, mine)
		if err != nil || again.Head.Hash != first.Hash || audit.CheckProof(again, first) != nil {
			t.Errorf("proven again after %d blocks: %v", last.N, err)
		}
		if ok, err := b.HasHead(b.ctx, first.Head()); !ok || err != nil {
			t.Errorf("the head is gone: %v", err)
		}
	}
	unpublished, err := b.ProveCommitment(b.ctx, [32]byte(commitment("later0")))
	if head, _ := b.Head(b.ctx); err != nil || audit.CheckProof(unpublished, head) != nil {
		t.Errorf("against a head not published yet: %v", err)
	}
	_, err = b.ProveCommitment(b.ctx, [32]byte(commitment("nobody's")))
	wantCode(t, "a commitment that never was", err, cases.NotFound)
	_, err = b.ProveGrowth(b.ctx, 1, 99)
	wantCode(t, "a block that never was", err, cases.NotFound)
	bad := committed("bad")
	bad.Commitment = []byte("short")
	_, _, err = b.File(b.ctx, bad)
	wantCode(t, "half a commitment", err, cases.Incomplete)
}

// Events from before there was a chain are covered by the first act after.
func TestEventsFromBeforeTheChain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	note := func(c cases.Case) {
		b.act(c.Ref, cases.Act{Action: cases.Note, By: lin, Body: &cases.Body{Text: "n"}})
	}
	old, quiet := b.file(filing(cases.Named, "old")), b.file(filing(cases.Named, "quiet"))
	for range 2 {
		note(old)
	}
	b.tamper(`ALTER TABLE events DROP CONSTRAINT events_hashed; DELETE FROM audit_pending WHERE kind = 'event'; UPDATE events SET hash = NULL;
		ALTER TABLE events ADD CONSTRAINT events_hashed CHECK (hash IS NOT NULL AND octet_length(hash) = 32) NOT VALID`)
	if r := b.wantIntact("nothing chained"); r.Before != 4 || r.Events != 4 {
		t.Errorf("%+v", r)
	}
	for range 2 {
		note(old)
	}
	if r := b.wantIntact("gone on"); r.Before != 4 || r.Waiting != 2+2 {
		t.Errorf("%+v", r)
	}
	b.seal()
	b.wantIntact("sealed")
	b.tamper("ALTER TABLE events DROP CONSTRAINT events_hashed; UPDATE events SET code = 'x' WHERE case_id = '" + quiet.ID + "'")
	b.wantIntact("what no later event covers cannot be told")
	b.tamper("UPDATE events SET code = 'x' WHERE seq = 2 AND case_id = '" + old.ID + "'")
	r := b.verify()
	if want := (audit.Finding{Kind: audit.ChangedEvent, Case: old.ID, Seq: 4}); len(r.Findings) != 1 || r.Findings[0] != want {
		t.Errorf("found %+v", r.Findings)
	}
}

func TestVerifyTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 3 {
		b.file(filing(cases.Named, fmt.Sprint("d", i)))
	}
	b.seal()
	last := 0
	_, err := b.VerifyAudit(b.ctx, func(done, total int) {
		if done < last || total != 6 {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || last != 6 {
		t.Errorf("ended at %d, %v", last, err)
	}
	gone, cancel := context.WithCancel(b.ctx)
	cancel()
	if _, err := b.VerifyAudit(gone, nil); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), b.url) {
		t.Errorf("cancelled: %v", err)
	}
}
