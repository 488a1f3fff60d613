package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
)

// pgProgram finds a program of Postgres: on PATH, or where packages keep them.
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

// dump gives a backup of the room's database.
func (r *keyRoom) dump() []byte {
	r.t.Helper()
	out, err := exec.CommandContext(r.ctx, pgProgram(r.t, "pg_dump"), "--no-owner", r.url).Output()
	if err != nil {
		r.t.Fatalf("pg_dump: %v", err)
	}
	return out
}

// restored gives a room with a backup in a database of its own, and everything else the same.
func (r *keyRoom) restored(dump []byte) *keyRoom {
	r.t.Helper()
	fresh := *r
	fresh.url = pgtest.New(r.t)
	psql := exec.CommandContext(r.ctx, pgProgram(r.t, "psql"), "-q", "-v", "ON_ERROR_STOP=1", fresh.url)
	psql.Stdin = bytes.NewReader(dump)
	if out, err := psql.CombinedOutput(); err != nil {
		r.t.Fatalf("restore: %v\n%s", err, out)
	}
	return &fresh
}

func (r *keyRoom) verify() auditRun {
	return runAudit(r.ctx, []string{"DATABASE_URL=" + r.url}, "", "verify")
}

// fileInEveryMode files a case in each mode, with real seals, and gives what was said by case id.
func (r *keyRoom) fileInEveryMode(intake *postgres.Store) (ids map[cases.Mode]string, words map[string]string) {
	r.t.Helper()
	keys := openKeys(r.t, r.file)
	ids, words = map[cases.Mode]string{}, map[string]string{}
	for _, mode := range cases.Modes() {
		f := darkFiling(string(mode), "the words of "+string(mode))
		f.Case.Mode, f.Receipt = mode, nil
		receipt := keys.NewReceipt([]byte("a secret of sixteen bytes, " + string(mode)))
		commitment := keys.Commitment(receipt)
		f.Commitment = commitment[:]
		if mode.Nameless() {
			lookup := keys.ReceiptLookup(receipt)
			f.Receipt = lookup[:]
		} else {
			name := keys.Name("reporter", string(mode))
			f.Reporter = name[:]
			f.Identity = &cases.Identity{Fields: []cases.Field{{Step: "who", Title: "step.who", Text: []string{"Wang"}}}}
		}
		if mode.Reachable() {
			address, err := keys.SealAddress([]byte("12345"))
			if err != nil {
				r.t.Fatal(err)
			}
			f.Address = address
		}
		c, _, err := intake.File(r.ctx, f)
		if err != nil {
			r.t.Fatalf("%s: %v", mode, err)
		}
		ids[mode], words[c.ID] = c.ID, f.Body.Text
	}
	return ids, words
}

// reads wants the words of every case but those of gone, which must be not there.
func (r *keyRoom) reads(what string, words map[string]string, gone ...string) {
	r.t.Helper()
	intake := r.process(postgres.Intake, r.file)
	for id, said := range words {
		err := wordsOf(id, said, func(id string) ([]cases.Event, error) { return intake.Events(r.ctx, id) })
		switch {
		case slices.Contains(gone, id):
			if cases.CodeOf(err) != cases.NotFound {
				r.t.Errorf("%s: a destroyed case: %v, want that it is not found", what, err)
			}
		case err != nil:
			r.t.Errorf("%s: %s: %v", what, said, err)
		}
	}
}

// The drill of whoever keeps backups. A backup that is restored is whole, and one that was changed by a byte is found
// out. What was destroyed after a backup stays destroyed when the backup comes back.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	r := newKeyRoom(t)
	intake := r.process(postgres.Intake, r.file)
	ids, words := r.fileInEveryMode(intake)
	tomorrow := r.store(openKeys(t, r.file), postgres.Options{Now: func() time.Time { return time.Now().AddDate(0, 0, 1) }})
	if _, _, err := tomorrow.SealAudit(r.ctx); err != nil {
		t.Fatal(err)
	}
	older := r.dump()

	// A backup comes back whole.
	copied := r.restored(older)
	if v := copied.verify(); v.code != 0 || !strings.Contains(v.out, "4 events of 4 cases") || !strings.Contains(v.out, "all as they were written") {
		t.Errorf("verify the restored: %+v", v)
	}
	copied.reads("restored", words)

	// One byte is found, and where.
	conn, err := pgx.Connect(r.ctx, copied.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }() // the database is dropped next
	if _, err := conn.Exec(r.ctx, "SET session_replication_role = replica"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(r.ctx, "UPDATE events SET body = set_byte(body, 100, get_byte(body, 100) # 1) WHERE case_id = $1", ids[cases.Named]); err != nil {
		t.Fatal(err)
	}
	if v := copied.verify(); v.code != 1 || !strings.Contains(v.out, "changed event: case "+ids[cases.Named]+", event 1\n") || strings.Count(v.out, "changed event") != 1 {
		t.Errorf("verify with a changed byte: %+v", v)
	}

	// A reporter has their words destroyed.
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(r.blobFolder)); err != nil {
		t.Fatal(err)
	}
	me := cases.Actor{Party: cases.Reporter}
	for _, a := range []cases.Action{cases.Withdraw, cases.Shred} {
		if _, _, _, err := intake.ActByID(r.ctx, ids[cases.Dark], cases.Act{Action: a, By: me, Key: string(a)}); err != nil {
			t.Fatal(a, err)
		}
	}
	r.reads("destroyed", words, ids[cases.Dark])
	if v := r.verify(); v.code != 0 {
		t.Errorf("verify after words were destroyed: %+v", v)
	}

	// The backup from before has everything but what was kept elsewhere.
	again := r.restored(older)
	if v := again.verify(); v.code != 0 {
		t.Errorf("verify the older backup: %+v", v)
	}
	again.reads("the older backup", words, ids[cases.Dark])
	who, err := again.store(openKeys(t, r.file), postgres.Options{}).ByReceipt(r.ctx, r.lookup(cases.Dark))
	if err != nil || who.ID != ids[cases.Dark] {
		t.Errorf("the older backup knows no such case: %v", err) // else nothing was shown above
	}
	// It is the share that makes the difference, and not another thing that is wrong with the copy.
	again.blobFolder = kept
	again.reads("with the shares from before", words)
}

// lookup is the name under which the receipt of a mode's case is stored.
func (r *keyRoom) lookup(mode cases.Mode) []byte {
	keys := openKeys(r.t, r.file)
	l := keys.ReceiptLookup(keys.NewReceipt([]byte("a secret of sixteen bytes, " + string(mode))))
	return l[:]
}
