package postgres_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
)

// tamper does what only a superuser can: it changes rows with the triggers and foreign keys off.
func (b *bundle) tamper(sql string) {
	b.t.Helper()
	b.beside(func(c *pgx.Conn) error {
		_, err := c.Exec(b.ctx, "SET LOCAL session_replication_role = replica; "+sql) // one transaction
		return err
	})
}

// recorded is a store over a copy of a database with a record: cases "a" to "e" of several events, sealed in two blocks,
// a commitment among them; the newest events of "a" and case "f" wait.
func recorded(t *testing.T) *bundle {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	b := &bundle{t: t, ctx: ctx}
	b.url = pgtest.Template(t, "recorded", func(ctx context.Context, url string) error {
		if err := postgres.Migrate(ctx, url); err != nil {
			return err
		}
		return writeRecord(ctx, url)
	})
	b.Store = b.open()
	return b
}

func writeRecord(ctx context.Context, url string) error {
	now := time.Now().AddDate(0, 0, -3).UTC()
	opts := postgres.Options{MaxConns: 2, Rules: rules(), Now: func() time.Time { return now }}
	s, err := postgres.Open(ctx, url, newVault(), opts)
	if err != nil {
		return err
	}
	defer s.Close()
	token, err := s.Invite(ctx, house, cases.Invite{Name: "Lin", Role: cases.RoleOfficer, Department: "hr", Expires: now.AddDate(1, 0, 0)})
	if err != nil {
		return err
	}
	lin, err := s.Join(ctx, token, []byte("key"), []byte("address"), "en")
	if err != nil {
		return err
	}
	notes := func(c cases.Case, n int) error {
		for range n {
			now = now.Add(time.Minute)
			_, _, _, err := s.Act(ctx, c.Ref, cases.Act{Action: cases.Note, By: lin.Actor(), Body: &cases.Body{Text: "words"}})
			if err != nil {
				return err
			}
		}
		return s.RecordAccount(ctx, postgres.AccountEvent{Kind: postgres.AccountJoined, Officer: lin.ID, Role: lin.Role})
	}
	var first cases.Case
	for i, draft := range []string{"a", "b", "c", "d", "e", "f"} {
		f := filing(cases.Named, draft)
		if draft == "c" {
			f = committed(draft)
		}
		c, _, err := s.File(ctx, f)
		if err != nil {
			return err
		}
		if i == 0 {
			first = c
		}
		if err := notes(c, 3); err != nil {
			return err
		}
		if draft == "c" || draft == "e" {
			now = now.AddDate(0, 0, 1)
			if _, _, err := s.SealAudit(ctx); err != nil {
				return err
			}
		}
	}
	return notes(first, 2)
}

const (
	ofA = " WHERE case_id = (SELECT id FROM cases WHERE draft = 'a')"
)

// flip gives SQL for a column with one bit changed.
func flip(column string) string {
	return column + " = set_byte(" + column + ", 3, get_byte(" + column + ", 3) # 1)"
}

func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	recorded(t).wantIntact("untouched") // else every finding below would say nothing
	for name, c := range map[string]struct {
		sql  string
		want audit.FindingKind
		one  bool // and nothing else is accused
	}{
		"body":                  {"UPDATE events SET " + flip("body") + ofA + " AND seq = 2", audit.ChangedEvent, true},
		"body of the filing":    {"UPDATE events SET " + flip("body") + ofA + " AND seq = 1", audit.ChangedEvent, true},
		"body of one waiting":   {"UPDATE events SET " + flip("body") + ofA + " AND seq = 6", audit.ChangedEvent, true},
		"body removed":          {"UPDATE events SET body = NULL" + ofA + " AND seq = 2", audit.ChangedEvent, true},
		"bodies swapped":        {"UPDATE events e SET body = o.body FROM events o WHERE o.case_id = e.case_id AND e.seq + o.seq = 5 AND e.seq IN (2, 3)", audit.ChangedEvent, false},
		"time":                  {"UPDATE events SET at = at + interval '1 microsecond'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"kind":                  {"UPDATE events SET kind = 'replied'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"officer":               {"UPDATE events SET officer = NULL, party = 'system', role = ''" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"role":                  {"UPDATE events SET role = 'lead'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"by_department":         {"UPDATE events SET by_department = 'x'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"status":                {"UPDATE events SET status = 'waiting'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"to":                    {"UPDATE events SET to_officer = 1" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"department":            {"UPDATE events SET department = 'x'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"code":                  {"UPDATE events SET code = 'x'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"details":               {"UPDATE events SET more = '{\"reason\": \"late\"}'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"details removed":       {"UPDATE events SET more = NULL" + ofA + " AND seq = 1", audit.ChangedEvent, true},
		"key":                   {"UPDATE events SET action_key = 'x'" + ofA + " AND seq = 3", audit.ChangedEvent, true},
		"hash":                  {"UPDATE events SET " + flip("hash") + ofA + " AND seq = 3", audit.ChangedEvent, false},
		"hash removed":          {"ALTER TABLE events DROP CONSTRAINT events_hashed; UPDATE events SET hash = NULL" + ofA, audit.ChangedEvent, false},
		"event deleted":         {"DELETE FROM events" + ofA + " AND seq = 3", audit.MissingEvent, true},
		"filing deleted":        {"DELETE FROM events" + ofA + " AND seq = 1", audit.MissingEvent, true},
		"newest deleted":        {"DELETE FROM events WHERE seq = 4 AND case_id = (SELECT id FROM cases WHERE draft = 'b')", audit.MissingEvent, true},
		"newest not counted":    {"DELETE FROM events WHERE seq = 4 AND case_id = (SELECT id FROM cases WHERE draft = 'b'); UPDATE cases SET version = 3 WHERE draft = 'b'", audit.MissingEvent, true},
		"newest waiting":        {"DELETE FROM events" + ofA + " AND seq = 6", audit.MissingEvent, true},
		"newest and its wait":   {"DELETE FROM events" + ofA + " AND seq = 6; DELETE FROM audit_pending" + ofA + " AND seq = 6", audit.MissingEvent, true},
		"newest wait uncounted": {"DELETE FROM events" + ofA + " AND seq = 6; UPDATE cases SET version = 5 WHERE draft = 'a'", audit.MissingEvent, true},
		"case deleted":          {"DELETE FROM events" + ofA + "; DELETE FROM cases WHERE draft = 'a'", audit.MissingCase, false},
		"case without events":   {"DELETE FROM events" + ofA, audit.MissingEvent, false},
		"events without case":   {"DELETE FROM cases WHERE draft = 'b'", audit.MissingCase, true},
		"waiting case deleted":  {"DELETE FROM events WHERE case_id = (SELECT id FROM cases WHERE draft = 'f'); DELETE FROM cases WHERE draft = 'f'", audit.MissingEvent, false},
		"case counts too few":   {"UPDATE cases SET version = 2 WHERE draft = 'b'", audit.ChangedCase, true},
		"event made up": {`INSERT INTO events SELECT case_id, 5, kind, at, party, officer, role, by_department, status, to_officer, department,
			code, body, 'forged', sha256('x') FROM events WHERE seq = 4 AND case_id = (SELECT id FROM cases WHERE draft = 'b');
			UPDATE cases SET version = 5 WHERE draft = 'b'`, audit.UnknownEvent, false},
		"wait deleted":          {"DELETE FROM audit_pending" + ofA + " AND seq = 6", audit.UnknownEvent, true},
		"wait changed":          {"UPDATE audit_pending SET " + flip("hash") + ofA + " AND seq = 6", audit.ChangedEvent, true},
		"leaf":                  {"UPDATE audit_leaves SET " + flip("hash") + " WHERE idx = 2", audit.ChangedLeaf, false},
		"leaf of a commitment":  {"UPDATE audit_leaves SET " + flip("hash") + " WHERE kind = 'commitment'", audit.ChangedLeaf, true},
		"leaf's kind":           {"UPDATE audit_leaves SET kind = 'account', account_event = 99, case_id = NULL, seq = NULL" + ofA + " AND seq = 3", audit.ChangedLeaf, false},
		"leaf's case":           {"UPDATE audit_leaves SET seq = 9" + ofA + " AND seq = 3", audit.UnknownEvent, false},
		"leaves swapped":        {"UPDATE audit_leaves SET idx = 1003 - idx WHERE idx IN (1, 2); UPDATE audit_leaves SET idx = idx - 1000 WHERE idx > 1000", audit.ChangedLeaf, false},
		"leaf deleted":          {"DELETE FROM audit_leaves WHERE kind = 'commitment'", audit.MissingLeaf, true},
		"newest leaf deleted":   {"DELETE FROM audit_leaves WHERE idx = (SELECT max(idx) FROM audit_leaves)", audit.MissingLeaf, false},
		"all leaves deleted":    {"DELETE FROM audit_leaves", audit.MissingLeaf, false},
		"leaf far away":         {"INSERT INTO audit_leaves (idx, kind, hash) VALUES (1::bigint << 60, 'commitment', sha256('x'))", audit.MissingLeaf, false},
		"leaf after the blocks": {"INSERT INTO audit_leaves (idx, kind, hash) SELECT max(idx) + 1, 'commitment', sha256('x') FROM audit_leaves", audit.MissingBlock, false},
		"lowest tree hash":      {"UPDATE audit_hashes SET " + flip("hash") + " WHERE idx = 1", audit.ChangedLeaf, true},
		"upper tree hash":       {"UPDATE audit_hashes SET " + flip("hash") + " WHERE idx = 2", audit.ChangedNode, true},
		"tree hash deleted":     {"DELETE FROM audit_hashes WHERE idx = 4", audit.ChangedNode, true},
		"tree hash too many":    {"INSERT INTO audit_hashes SELECT max(idx) + 1, sha256('x') FROM audit_hashes", audit.ChangedNode, true},
		"leaf and tree hash":    {"UPDATE audit_leaves SET " + flip("hash") + " WHERE kind = 'commitment'; UPDATE audit_hashes SET " + flip("hash") + " WHERE idx > 4", audit.ChangedNode, false},
		"block's root":          {"UPDATE audit_blocks SET " + flip("root") + " WHERE n = 1", audit.ChangedBlock, true},
		"block's time":          {"UPDATE audit_blocks SET sealed_at = sealed_at + interval '1 microsecond' WHERE n = 2", audit.ChangedBlock, true},
		"block's size":          {"UPDATE audit_blocks SET size = size - 1 WHERE n = 1", audit.ChangedBlock, false},
		"block's hash":          {"UPDATE audit_blocks SET " + flip("hash") + " WHERE n = 2", audit.ChangedBlock, true},
		"block's prev":          {"UPDATE audit_blocks SET " + flip("prev") + " WHERE n = 2", audit.ChangedBlock, true},
		"first block deleted":   {"DELETE FROM audit_blocks WHERE n = 1", audit.MissingBlock, true},
		"newest block deleted":  {"DELETE FROM audit_blocks WHERE n = 2", audit.MissingBlock, true},
		"account event":         {"UPDATE account_events SET role = 'admin' WHERE seq = 2", audit.ChangedAccount, true},
		"account event deleted": {"DELETE FROM account_events WHERE seq = 2", audit.MissingAccount, true},
		"newest account event":  {"DELETE FROM account_events WHERE seq = (SELECT max(seq) FROM account_events)", audit.MissingAccount, true},
		"account event made up": {"INSERT INTO account_events SELECT max(seq) + 1, 'joined', now(), NULL, NULL, '', '', '', sha256('x') FROM account_events", audit.UnknownAccount, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := recorded(t)
			b.tamper(c.sql)
			r := b.verify()
			if r.Counts[c.want] == 0 || c.one && (len(r.Counts) != 1 || r.Counts[c.want] != 1) {
				t.Errorf("want %q, found %v: %+v", c.want, r.Counts, r.Findings)
			}
		})
	}
}

// Who makes an event anew together with its hash is found by the leaf; who makes everything anew, by a head that was
// published.
func TestForgersAreFound(t *testing.T) {
	t.Parallel()
	b := recorded(t)
	published, err := b.Head(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var e audit.Event
	var prev, forged audit.Hash
	b.beside(func(c *pgx.Conn) error {
		var before []byte
		err := c.QueryRow(b.ctx, `SELECT e.case_id::text, e.seq, e.at, p.hash FROM events e
			JOIN events p ON p.case_id = e.case_id AND p.seq = e.seq - 1
			JOIN cases c ON c.id = e.case_id WHERE c.draft = 'b' AND e.seq = 4`).Scan(&e.Case, &e.Seq, &e.At, &before)
		copy(prev[:], before)
		return err
	})
	e.Kind, e.Party, e.Officer, e.Role, e.ByDepartment, e.Status, e.Key = "noted", "office", 1, "officer", "hr", "received", "forged"
	forged = audit.EventHash(prev, e)
	b.beside(func(c *pgx.Conn) error {
		if _, err := c.Exec(b.ctx, "SET session_replication_role = replica"); err != nil {
			return err
		}
		_, err := c.Exec(b.ctx, "UPDATE events SET body = NULL, action_key = 'forged', hash = $1 WHERE case_id = $2 AND seq = 4", forged[:], e.Case)
		return err
	})
	if r := b.verify(); r.Counts[audit.ChangedEvent] != 1 || len(r.Counts) != 1 {
		t.Errorf("an event made anew: %+v", r.Findings)
	}

	b.tamper(`INSERT INTO audit_pending (hash, kind, case_id, seq, due) SELECT hash, 'event', case_id, seq, at FROM events ON CONFLICT DO NOTHING;
		INSERT INTO audit_pending (hash, kind, account_event, due) SELECT hash, 'account', seq, at FROM account_events ON CONFLICT DO NOTHING;
		DELETE FROM audit_leaves; DELETE FROM audit_hashes; DELETE FROM audit_blocks`)
	b.seal()
	b.wantIntact("everything made anew")
	if there, err := b.HasHead(b.ctx, published.Head()); there || err != nil {
		t.Errorf("the published head is still there: %v, %v", there, err)
	}
}

// program finds a program of Postgres: on PATH, or where packages keep them.
func pgProgram(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	var found []string
	for _, folder := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/", "/opt/homebrew/opt/*/bin/", "/usr/local/opt/*/bin/"} {
		more, _ := filepath.Glob(folder + name) // the patterns are constant and well-formed
		found = append(found, more...)
	}
	if len(found) == 0 {
		t.Fatalf("no %s on this machine", name)
	}
	return slices.Max(found)
}

// The drill of whoever keeps backups: dumped, restored into a new database, verified.
func TestRestoredRecordVerifies(t *testing.T) {
	t.Parallel()
	b := recorded(t)
	head, err := b.Head(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	dump, err := exec.CommandContext(b.ctx, pgProgram(t, "pg_dump"), "--no-owner", b.url).Output()
	if err != nil {
		t.Fatal(err)
	}
	fresh := &bundle{t: t, ctx: b.ctx, url: pgtest.New(t)}
	restore := exec.CommandContext(b.ctx, pgProgram(t, "psql"), "-q", "-v", "ON_ERROR_STOP=1", fresh.url)
	restore.Stdin = bytes.NewReader(dump)
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	fresh.Store = fresh.open()
	before, after := b.wantIntact("before the dump"), fresh.wantIntact("restored")
	if after.Events != before.Events || after.Leaves != before.Leaves || after.Waiting != before.Waiting || after.Head.Hash != head.Hash {
		t.Errorf("restored %+v of %+v", after, before)
	}
	if there, err := fresh.HasHead(b.ctx, head.Head()); !there || err != nil {
		t.Errorf("the head is not restored: %v", err)
	}
	c, err := fresh.CaseByRef(b.ctx, cases.Actor{Party: cases.Office, Officer: 1, Role: cases.RoleLead, Department: "hr"}, fresh.refOf("b"))
	if err != nil {
		t.Fatal(err)
	}
	lin := cases.Actor{Party: cases.Office, Officer: 1, Role: cases.RoleOfficer, Department: "hr"}
	fresh.act(c.Ref, cases.Act{Action: cases.Note, By: lin, Body: &cases.Body{Text: "life goes on"}})
	fresh.seal()
	fresh.wantIntact("gone on after the restore")
	fresh.tamper("UPDATE events SET " + flip("body") + ofA + " AND seq = 2")
	if r := fresh.verify(); r.Counts[audit.ChangedEvent] != 1 || len(r.Counts) != 1 {
		t.Errorf("one byte after the restore: %+v", r.Findings)
	}
	for _, table := range []string{"events", "audit_leaves", "audit_blocks"} {
		fresh.beside(func(c *pgx.Conn) error {
			if _, err := c.Exec(b.ctx, "DELETE FROM "+table); err == nil {
				t.Errorf("%s is not append-only after the restore", table)
			}
			return nil
		})
	}
}

func (b *bundle) refOf(draft string) (ref cases.Reference) {
	b.t.Helper()
	b.beside(func(c *pgx.Conn) error {
		return c.QueryRow(b.ctx, "SELECT ref FROM cases WHERE draft = $1", draft).Scan(&ref)
	})
	return ref
}
