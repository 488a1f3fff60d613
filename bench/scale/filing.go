package main

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/bench/loop"
	"huiyin/cases"
	"huiyin/store/postgres"
)

// atOnce is how many people press "send" at the same time.
const atOnce = 4

// fileNew files new cases in the intake's role, several at once, and says what one costs: the caller's time, the server's
// CPU, and what it writes. Nobody sends the notices that come of it.
func (m *measure) fileNew(ctx context.Context) error {
	if m.o.filings == 0 {
		return nil
	}
	rules := cases.Rules{Procedure: cases.Procedure{ID: "default", Clocks: []cases.Rule{
		{Name: "acknowledge", Days: 7, Until: []cases.EventKind{cases.Accepted, cases.NotAccepted, cases.Redirected}},
		{Name: "answer", Days: 60, Until: []cases.EventKind{cases.ClosedEvent}},
	}}}
	opts := postgres.Options{Role: postgres.Intake, MaxConns: atOnce + 1, Timeout: time.Minute, Rules: map[string]cases.Rules{"default": rules}}
	if m.o.words > 0 {
		opts.Words = func(context.Context) (postgres.WordKeys, error) { return m.f.vault.wordKey, nil }
	}
	store, err := postgres.Open(ctx, m.f.url, m.f.vault, opts)
	if err != nil {
		return err
	}
	defer store.Close()
	if _, err := m.fileSome(ctx, store, atOnce*5); err != nil { // connections and plans are made
		return err
	}
	before, err := m.f.taken(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	took, err := m.fileSome(ctx, store, m.o.filings)
	if err != nil {
		return err
	}
	span := time.Since(began)
	after, err := m.f.taken(ctx)
	if err != nil {
		return err
	}
	each := func(of int64) float64 { return float64(of) / float64(len(took)) / 1024 }
	say(m.out, "\n%d filed, %d at once: %.0f a second, p50 %s, p99 %s; of each the server takes %s of CPU, "+
		"writes %.1f KB of log, and keeps %.1f KB, of them %.1f KB for %.1f notices and their jobs.", len(took), atOnce, float64(len(took))/span.Seconds(),
		ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms((after.cpu-before.cpu)/time.Duration(len(took))),
		each(after.log-before.log), each(after.size-before.size), each(after.told-before.told), float64(after.notices-before.notices)/float64(len(took)))
	return nil
}

// fileSome files n cases and gives how long each took, the quickest first.
func (m *measure) fileSome(ctx context.Context, store *postgres.Store, n int) (took []time.Duration, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range atOnce {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(m.o.seed, uint64(w)))
			for range n / atOnce {
				f := m.filing(r)
				began := time.Now()
				_, _, failed := store.File(ctx, f)
				d := time.Since(began)
				mu.Lock()
				took = append(took, d)
				if failed != nil {
					err = fmt.Errorf("file: %w", failed)
				}
				stop := err != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took, err
}

// filing is what somebody sends, in any mode.
func (m *measure) filing(r *rand.Rand) cases.Filing {
	secret := func(n int) []byte {
		b := make([]byte, n)
		_, _ = crand.Read(b) // never fails
		return b
	}
	d := departments[0]
	for pick := r.IntN(100); pick >= d.share; d = departments[slices.IndexFunc(departments, func(x department) bool { return x.id == d.id })+1] {
		pick -= d.share
	}
	mode := cases.Modes()[r.IntN(len(cases.Modes()))]
	f := cases.Filing{
		Case: cases.Case{
			Draft: crand.Text(), Mode: mode, Kind: []string{"pay", "safety", "conduct", "facilities", "other"}[r.IntN(5)],
			Unit: "east_line_1", Department: d.id, Language: "zh-Hans", Procedure: "default", Urgent: r.IntN(33) == 0,
		},
		Body: cases.Body{Fields: []cases.Field{{Step: "what", Title: "step.what", Text: []string{m.f.said.text(r, 3, 7)}}}},
	}
	if mode.Reachable() {
		f.Address = secret(112)
	}
	if mode.Nameless() {
		f.Receipt, f.Commitment = secret(32), secret(32)
		return f
	}
	f.Reporter, f.Identity = secret(32), &cases.Identity{Fields: []cases.Field{{Step: "who", Title: "step.who", Text: []string{"somebody"}}}}
	return f
}

// taken is what a server and one of its databases have taken.
type taken struct {
	cpu     time.Duration
	log     int64 // bytes of the write-ahead log
	size    int64 // bytes of the database, indexes too
	told    int64 // bytes of notices and jobs among them
	notices int64 // how many there are
}

func (f *filler) taken(ctx context.Context) (t taken, err error) {
	conn, err := pgx.Connect(ctx, f.url)
	if err != nil {
		return t, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var process int
	if err := conn.QueryRow(ctx, `SELECT pg_backend_pid(), (pg_current_wal_lsn() - '0/0')::bigint, pg_database_size(current_database()),
		pg_total_relation_size('notices') + pg_total_relation_size('river_job'), coalesce(pg_sequence_last_value(pg_get_serial_sequence('notices', 'id')), 0)`).
		Scan(&process, &t.log, &t.size, &t.told, &t.notices); err != nil {
		return t, err
	}
	t.cpu, err = loop.ServerCPU(process)
	return t, err
}
