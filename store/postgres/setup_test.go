package postgres_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
)

// bundle is what a test works with: a store over a database of its own.
type bundle struct {
	*postgres.Store
	t   *testing.T
	ctx context.Context
	url string

	lent sync.Mutex
	side *pgx.Conn // what beside lends; guarded by lent
}

func setup(t *testing.T, change ...func(*postgres.Options)) *bundle {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	b := &bundle{t: t, ctx: ctx, url: pgtest.Template(t, "store", postgres.Migrate)}
	b.Store = b.open(change...)
	return b
}

// open makes one more store over the same database, as another replica has.
func (b *bundle) open(change ...func(*postgres.Options)) *postgres.Store {
	b.t.Helper()
	opts := postgres.Options{MaxConns: 6, Timeout: 30 * time.Second, Rules: rules()}
	for _, f := range change {
		f(&opts)
	}
	for id, r := range opts.Rules {
		r.Location = opts.Location // as configuration makes them
		opts.Rules[id] = r
	}
	s, err := postgres.Open(b.ctx, b.url, newVault(), opts)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(s.Close)
	return s
}

// conn is a connection beside the store.
func (b *bundle) conn() *pgx.Conn {
	b.t.Helper()
	c, err := pgx.Connect(b.ctx, b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	b.beside(func(c *pgx.Conn) error {
		_, err := c.Exec(b.ctx, sql, args...)
		return err
	})
}

func (b *bundle) count(sql string, args ...any) (n int) {
	b.t.Helper()
	b.beside(func(c *pgx.Conn) error { return c.QueryRow(b.ctx, sql, args...).Scan(&n) })
	return n
}

// beside lends a connection for one order: the one that the test keeps for that, or, while somebody has it, another.
func (b *bundle) beside(use func(*pgx.Conn) error) {
	b.t.Helper()
	if !b.lent.TryLock() {
		c, err := pgx.Connect(b.ctx, b.url)
		if err != nil {
			b.t.Fatal(err)
		}
		defer func() { _ = c.Close(context.Background()) }() // what it was for is done
		if err := use(c); err != nil {
			b.t.Fatal(err)
		}
		return
	}
	defer b.lent.Unlock()
	if b.side == nil || b.side.Ping(b.ctx) != nil { // a test may have cut it off
		b.side = b.conn()
	}
	if err := use(b.side); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) officer(name string, role cases.Role, department string) cases.Officer {
	b.t.Helper()
	token, err := b.Invite(b.ctx, house, cases.Invite{Name: name, Role: role, Department: department, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		b.t.Fatal(err)
	}
	o, err := b.Join(b.ctx, token, []byte("key of "+name), []byte("address of "+name), "en")
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// house works the jobs that dates ask for, until the test ends.
func (b *bundle) house() {
	b.t.Helper()
	fetch := func(context.Context, postgres.File, string, cases.Mode, postgres.CaseKey) (postgres.File, error) {
		return postgres.File{}, errors.New("nothing is fetched here")
	}
	if err := b.StartHouse(b.ctx, postgres.HouseOptions{Fetch: fetch}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.StopHouse(ctx); err != nil {
			b.t.Error(err)
		}
	})
}

func (b *bundle) file(f cases.Filing) cases.Case {
	b.t.Helper()
	c, again, err := b.File(b.ctx, f)
	if err != nil || again {
		b.t.Fatalf("File: again %v, %v", again, err)
	}
	return c
}

func (b *bundle) act(ref cases.Reference, a cases.Act) cases.Case {
	b.t.Helper()
	c, _, again, err := b.Act(b.ctx, ref, a)
	if err != nil || again {
		b.t.Fatalf("Act %s: again %v, %v", a.Action, again, err)
	}
	return c
}

func rules() map[string]cases.Rules {
	return map[string]cases.Rules{"default": {Procedure: cases.Procedure{ID: "default", Clocks: []cases.Rule{
		{Name: "acknowledge", Days: 7, Until: []cases.EventKind{cases.Accepted, cases.NotAccepted, cases.Redirected}},
		{Name: "answer", Days: 60, Until: []cases.EventKind{cases.ClosedEvent}},
	}}}}
}

// filing is a complete filing of a mode to the department "hr"; draft makes it unique.
func filing(mode cases.Mode, draft string) cases.Filing {
	f := cases.Filing{
		Case: cases.Case{
			Draft: draft, Mode: mode, Kind: "pay", Matter: "overtime", Unit: "plant_2", Department: "hr", Language: "zh-Hans",
			Procedure: "default",
		},
		Body: cases.Body{Fields: []cases.Field{{Step: "what", Title: "step.what", Text: []string{"三个月没有加班费"}}}},
	}
	if mode.Reachable() {
		f.Address = []byte("address of " + draft)
	}
	if mode.Nameless() {
		f.Receipt = []byte("receipt of " + draft)
		return f
	}
	f.Identity = &cases.Identity{Fields: []cases.Field{{Step: "who", Title: "step.who", Text: []string{"王小明"}}}}
	f.Reporter = []byte("reporter of " + draft)
	return f
}

// house acts for whoever has the command line.
var house = cases.Actor{Party: cases.System}

func wantCode(t *testing.T, what string, err error, code cases.Code) {
	t.Helper()
	if cases.CodeOf(err) != code {
		t.Errorf("%s: error %v, want code %q", what, err, code)
	}
}

// until polls until ok is true or the test's time is up.
func (b *bundle) until(what string, ok func() bool) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-b.ctx.Done():
			b.t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

// together runs f n times at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// vault seals with AES-GCM under keys wrapped by a key of its own; the halves it keeps are in memory.
type vault struct {
	aead   cipher.AEAD
	halves *sync.Map
}

type caseKey struct {
	aead cipher.AEAD
	id   string
}

func newVault() vault {
	return vault{gcm([]byte("a key for tests that is 32 bytes")), &halves}
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// halves are by case id, which is random: no two tests share one.
var halves sync.Map

func (v vault) NewCaseKey(_ context.Context, id string) ([]byte, postgres.CaseKey, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	v.halves.Store(id, true)
	return v.aead.Seal(nil, nil, raw, []byte(id)), caseKey{gcm(raw), id}, nil
}

func (v vault) DestroyCaseKey(_ context.Context, id string) error {
	v.halves.Delete(id)
	return nil
}

func (v vault) DestroyFile(context.Context, string) error { return nil }

func (v vault) SealIdentity(id string, plain []byte) ([]byte, error) {
	return v.aead.Seal(nil, nil, plain, []byte("identity"+id)), nil
}

func (v vault) OpenIdentity(id string, sealed []byte) ([]byte, error) {
	return v.aead.Open(nil, nil, sealed, []byte("identity"+id))
}

func (v vault) OpenCaseKey(_ context.Context, id string, wrapped []byte, _ bool) (postgres.CaseKey, error) {
	if _, ok := v.halves.Load(id); !ok {
		return nil, &cases.Error{Code: cases.NotFound}
	}
	raw, err := v.aead.Open(nil, nil, wrapped, []byte(id))
	if err != nil {
		return nil, errors.New("cannot open the case key")
	}
	return caseKey{gcm(raw), id}, nil
}

func (k caseKey) place(field string, version int) []byte {
	return fmt.Appendf(nil, "%s|%s|%d", k.id, field, version)
}

func (k caseKey) Seal(field string, version int, plain []byte) ([]byte, error) {
	return k.aead.Seal(nil, nil, plain, k.place(field, version)), nil
}

func (k caseKey) Open(field string, version int, sealed []byte) ([]byte, error) {
	return k.aead.Open(nil, nil, bytes.Clone(sealed), k.place(field, version))
}

// Deliveries gives the notices of a case as they stand in the table, oldest first.
func (b *bundle) Deliveries(ctx context.Context, caseID string) (out []cases.Notice, err error) {
	b.beside(func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, `SELECT id, case_id, seq, recipient, coalesce(officer, 0), state FROM notices
			WHERE case_id::text = $1 ORDER BY id`, caseID)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n cases.Notice, err error) {
			return n, row.Scan(&n.ID, &n.Case, &n.Seq, &n.To, &n.Officer, &n.State)
		})
		return err
	})
	return out, err
}
