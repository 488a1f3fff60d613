package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
	"huiyin/store/seal"
)

// keyRoom is a database, a blob store and the keyset file of an installation that was made by an earlier build.
type keyRoom struct {
	t                     *testing.T
	ctx                   context.Context
	url, file, blobFolder string
}

func newKeyRoom(t *testing.T) *keyRoom {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	folder := t.TempDir()
	r := &keyRoom{t: t, ctx: ctx, url: pgtest.Template(t, "huiyin", postgres.Migrate), file: filepath.Join(folder, "keyset.json"), blobFolder: filepath.Join(folder, "blobs")}
	old, err := os.ReadFile("store/seal/testdata/version1.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.file, old, 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "upgrade", r.file)
	return r
}

// process opens a store as a process of that role does.
func (r *keyRoom) process(role postgres.Role, file string) *postgres.Store {
	r.t.Helper()
	ring, err := openKeyring(file, string(role))
	if err != nil {
		r.t.Fatal(err)
	}
	return r.store(ring, postgres.Options{Role: role})
}

func (r *keyRoom) store(keys caseKeys, o postgres.Options) *postgres.Store {
	r.t.Helper()
	shares, err := blobs.Open(r.ctx, r.blobFolder)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = shares.Close() }) // nothing is written on closing
	o.MaxConns, o.Timeout = 6, 30*time.Second
	s, err := postgres.Open(r.ctx, r.url, vault{keys, shares}, o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(s.Close)
	return s
}

func (r *keyRoom) sql(order string, args ...any) (n int) {
	r.t.Helper()
	c, err := pgx.Connect(r.ctx, r.url)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }() // only asked
	if err := c.QueryRow(r.ctx, order, args...).Scan(&n); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		r.t.Fatalf("%s: %v", order, err)
	}
	return n
}

// rotate is `huiyin keys rotate`.
func (r *keyRoom) rotate(ctx context.Context, k keysRotate) (said string, err error) {
	var out bytes.Buffer
	err = k.Run(&surroundings{ctx: ctx, environ: []string{"DATABASE_URL=" + r.url, "HUIYIN_KEYSET=" + r.file}, stdout: &out, stderr: &out})
	return out.String(), err
}

const wholeWords = "words" // of the case in store/seal's testdata

// whole puts a case there as an earlier build left it: its key is in the database alone.
func (r *keyRoom) whole(s *postgres.Store) string {
	r.t.Helper()
	var old struct {
		ID    string `json:"case_id"`
		Key   string `json:"case_key"`
		Field string `json:"case_field"`
	}
	b, err := os.ReadFile("store/seal/testdata/version1.values.json")
	if err != nil {
		r.t.Fatal(err)
	}
	if err := json.Unmarshal(b, &old); err != nil {
		r.t.Fatal(err)
	}
	f := darkFiling("whole", "x")
	f.Case.ID = old.ID
	if _, _, err := s.File(r.ctx, f); err != nil {
		r.t.Fatal(err)
	}
	key, err := hex.DecodeString(old.Key)
	if err != nil {
		r.t.Fatal(err)
	}
	field, err := hex.DecodeString(old.Field)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := (vault{blobs: openBlobs(r.t, r.blobFolder)}).DestroyCaseKey(r.ctx, old.ID); err != nil {
		r.t.Fatal(err)
	}
	r.sql("WITH c AS (UPDATE cases SET wrapped_key = $2, shared_key = false WHERE id = $1 RETURNING 1) SELECT count(*) FROM c", old.ID, key)
	c, err := pgx.Connect(r.ctx, r.url)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }() // done below
	if _, err := c.Exec(r.ctx, "SET session_replication_role = replica"); err != nil {
		r.t.Fatal(err)
	}
	if _, err := c.Exec(r.ctx, "UPDATE events SET body = $2 WHERE case_id = $1", old.ID, field); err != nil {
		r.t.Fatal(err)
	}
	return old.ID
}

func openBlobs(t *testing.T, folder string) *blobs.Store {
	t.Helper()
	b, err := blobs.Open(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // nothing is written on closing
	return b
}

// darkFiling is a filing that keeps nothing of its reporter.
func darkFiling(draft, words string) cases.Filing {
	f := cases.Filing{
		Case: cases.Case{Draft: draft, Mode: cases.Dark, Kind: "pay", Department: "hr", Language: "en"},
		Body: cases.Body{Text: words},
	}
	f.Receipt = []byte("receipt of " + draft)
	return f
}

// caseload files and reads until it is told to stop.
type caseload struct {
	mu    sync.Mutex
	words map[string]string // by case id
	ids   []string
	reads atomic.Int64
	wrong atomic.Int64
	stop  chan struct{}
	wg    sync.WaitGroup
}

func (l *caseload) put(id, words string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words[id], l.ids = words, append(l.ids, id)
}

func (l *caseload) get(n int) (id, words string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id = l.ids[n%len(l.ids)]
	return id, l.words[id]
}

func (l *caseload) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ids)
}

func (l *caseload) file(ctx context.Context, s *postgres.Store, draft string) error {
	words := "what " + draft + " says"
	c, _, err := s.File(ctx, darkFiling(draft, words))
	if err == nil {
		l.put(c.ID, words)
	}
	return err
}

// keep does it every so often until the load is stopped; errors fail the test. As fast as it goes would keep all processors
// busy while the rotation waits, and every case filed is read again at the end.
func (l *caseload) keep(t *testing.T, every time.Duration, what string, do func(n int) error) {
	l.wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-l.stop:
				return
			case <-tick.C:
			}
			if err := do(n); err != nil && l.wrong.Add(1) < 5 {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// wordsOf fails unless a case says these words.
func wordsOf(id, words string, read func(id string) ([]cases.Event, error)) error {
	events, err := read(id)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].Body == nil || events[0].Body.Text != words {
		return errors.New("other words")
	}
	return nil
}

// Keys change while cases are filed and read, with a rotation that is broken off, gone on with, repeated and finished.
// No reading fails; in the end every case opens with the new keyset, and none with the one from before.
func TestKeysRotateUnderLoad(t *testing.T) {
	t.Parallel()
	r := newKeyRoom(t)
	before := filepath.Join(t.TempDir(), "before.json")
	old, err := os.ReadFile(r.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(before, old, 0o600); err != nil {
		t.Fatal(err)
	}
	intake, desk := r.process(postgres.Intake, r.file), r.process(postgres.Desk, r.file)
	fingerprint := openKeys(t, r.file).Fingerprint()
	if err := intake.CheckKeyset(r.ctx, fingerprint); err != nil {
		t.Fatal(err)
	}
	owner := r.store(openKeys(t, r.file), postgres.Options{})
	token, err := owner.Invite(r.ctx, commandLine, cases.Invite{Name: "Li", Role: cases.RoleOfficer, Department: "hr", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	li, err := owner.Join(r.ctx, token, []byte("key"), []byte("address"), "en")
	if err != nil {
		t.Fatal(err)
	}
	load := &caseload{words: map[string]string{}, stop: make(chan struct{})}
	load.put(r.whole(intake), wholeWords)
	for n := range 30 {
		if err := load.file(r.ctx, intake, fmt.Sprintf("first-%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	readers := map[string]func(string) ([]cases.Event, error){
		"a reporter reads":    func(id string) ([]cases.Event, error) { return intake.Events(r.ctx, id) },
		"an officer reads":    func(id string) ([]cases.Event, error) { return desk.Desk().Events(r.ctx, li.Actor(), id) },
		"and another at once": func(id string) ([]cases.Event, error) { return desk.Desk().Events(r.ctx, li.Actor(), id) },
	}
	for what, read := range readers {
		load.keep(t, 5*time.Millisecond, what, func(n int) error {
			id, words := load.get(n * 7)
			load.reads.Add(1)
			return wordsOf(id, words, read)
		})
	}
	for _, name := range []string{"a", "b"} {
		load.keep(t, 20*time.Millisecond, "file", func(n int) error { return load.file(r.ctx, intake, fmt.Sprintf("%s-%d", name, n)) })
	}

	// Broken off after its first batch.
	stopped, stop := context.WithCancel(r.ctx)
	defer stop()
	said, err := r.rotate(stopped, keysRotate{pace: pace{batch: 5, told: func(done, _ int) { stop() }}})
	if err == nil || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("broken off: %v, said %q", err, said)
	}
	half := openKeys(t, r.file)
	if half.Older() != 1 {
		t.Errorf("after it was broken off the keyset has %d older keys", half.Older())
	}
	// Gone on with, and once more.
	for range 2 {
		said, err := r.rotate(r.ctx, keysRotate{pace: pace{batch: 50}})
		if err != nil || !strings.Contains(said, "rewrapped ") {
			t.Fatalf("rotate: %v, said %q", err, said)
		}
	}
	if again := openKeys(t, r.file); again.Primary() != half.Primary() {
		t.Error("going on with a rotation began another one")
	}
	said, err = r.rotate(r.ctx, keysRotate{Retire: true, pace: pace{settle: 3 * time.Second}})
	if err != nil || !strings.Contains(said, "are retired") {
		t.Fatalf("retire: %v, said %q", err, said)
	}
	// The same processes go on.
	more := load.reads.Load() + 50
	for tick := time.NewTicker(10 * time.Millisecond); load.reads.Load() < more && r.ctx.Err() == nil; <-tick.C {
	}
	close(load.stop)
	load.wg.Wait()
	if load.wrong.Load() != 0 || load.reads.Load() < 100 || load.size() < 40 {
		t.Errorf("%d wrong of %d readings of %d cases", load.wrong.Load(), load.reads.Load(), load.size())
	}
	t.Logf("%d readings of %d cases", load.reads.Load(), load.size())

	after, past := r.process(postgres.Intake, r.file), r.process(postgres.Intake, before)
	if n := openKeys(t, r.file).Older(); n != 0 {
		t.Errorf("%d older keys", n)
	}
	for n := range load.size() {
		id, words := load.get(n)
		for _, s := range []*postgres.Store{intake, after} {
			if err := wordsOf(id, words, func(id string) ([]cases.Event, error) { return s.Events(r.ctx, id) }); err != nil {
				t.Errorf("with the new keyset: %v", err)
			}
		}
		if _, err := past.Events(r.ctx, id); !errors.Is(err, seal.ErrCannotOpen) {
			t.Errorf("with the keyset from before: %v", err)
		}
	}
	if n := r.sql("SELECT count(*) FROM account_events WHERE kind = 'keys_rotated'"); n != 2 {
		t.Errorf("%d records of it", n)
	}
	if n := r.sql("SELECT count(*) FROM cases WHERE version <> 1"); n != 0 {
		t.Errorf("%d cases have another version", n)
	}
	said, err = r.rotate(r.ctx, keysRotate{Retire: true})
	if err != nil || !strings.Contains(said, "no older keys") {
		t.Errorf("retired again: %v, said %q", err, said)
	}
}
