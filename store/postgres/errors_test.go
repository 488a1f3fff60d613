package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// through makes a store that reaches the bundle's database through a proxy.
func (b *bundle) through() (*postgres.Store, *proxy) {
	b.t.Helper()
	p := startProxy(b.t, b.url)
	s, err := postgres.Open(b.ctx, p.url, newVault(), postgres.Options{
		Rules: rules(), Timeout: 10 * time.Second, DraftDelay: time.Millisecond,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(s.Close)
	return s, p
}

func TestLostCommitIsFoundAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	s, p := b.through()

	p.loseCommits.Store(1)
	c, again, err := s.File(b.ctx, filing(cases.Named, "d"))
	if err != nil || again || c.Version != 1 {
		t.Errorf("file: again %v, %v", again, err)
	}
	p.loseCommits.Store(1)
	taken, ok, err := s.Next(b.ctx, lin, "next")
	if err != nil || !ok || taken.ID != c.ID || taken.Owner != lin.Officer {
		t.Errorf("next: %+v, %v, %v", taken, ok, err)
	}
	p.loseCommits.Store(1)
	_, e, again, err := s.Act(b.ctx, c.Ref, cases.Act{Action: cases.Note, By: lin, Key: "note", Body: &cases.Body{Text: "n"}})
	if err != nil || again || e.Seq != 3 || e.Body == nil {
		t.Errorf("act: %+v, again %v, %v", e, again, err)
	}
	token, err := s.Invite(b.ctx, house, cases.Invite{Name: "Z", Role: cases.RoleLead, Department: "hr", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	p.loseCommits.Store(1)
	if _, err := s.Join(b.ctx, token, []byte("z"), []byte("sealed"), "en"); err != nil {
		t.Errorf("join: %v", err)
	}
	if p.lost.Load() != 4 {
		t.Errorf("%d answers were lost", p.lost.Load())
	}
	if n := b.count("SELECT count(*) FROM events"); n != 3 {
		t.Errorf("%d events", n)
	}
}

func TestAwayIsSaidAndEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.file(filing(cases.Named, "d"))
	s, p := b.through()
	if err := s.Ping(b.ctx); err != nil {
		t.Fatal(err)
	}
	p.away.Store(true)
	p.cut()
	reporter := cases.Actor{Party: cases.Reporter}
	for what, do := range map[string]func() error{
		"ping": func() error { return s.Ping(b.ctx) },
		"file": func() error { _, _, err := s.File(b.ctx, filing(cases.Named, "e")); return err },
		"act": func() error {
			_, _, _, err := s.Act(b.ctx, c.Ref, cases.Act{Action: cases.Withdraw, By: reporter})
			return err
		},
		"case":    func() error { _, err := s.CaseByID(b.ctx, c.ID); return err },
		"events":  func() error { _, err := s.Events(b.ctx, c.ID); return err },
		"officer": func() error { _, _, err := s.OfficerByKey(b.ctx, []byte("k"), false); return err },
		"draft":   func() error { _, _, err := s.Drafts().Get(b.ctx, []byte("k")); return err },
		"drop":    func() error { return s.Drafts().Drop(b.ctx, []byte("dropped"), 1) }, // another name: a drop that waits answers for its own
		"settled": func() error { _, err := s.Settled(b.ctx); return err },
	} {
		wantCode(t, what, do(), cases.Away)
	}
	p.away.Store(false)
	if err := s.Ping(b.ctx); err != nil {
		t.Errorf("back again: %v", err)
	}
}

func TestReadOnlyIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET default_transaction_read_only = on'; END $$")
	_, _, err := b.open().File(b.ctx, filing(cases.Named, "d"))
	wantCode(t, "File", err, cases.Away)
}

func TestTooSlowIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.file(filing(cases.Named, "d"))
	hasty := b.open(func(o *postgres.Options) { o.Timeout = 200 * time.Millisecond })
	tx, err := b.conn().Begin(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(b.ctx) }()
	if _, err := tx.Exec(b.ctx, "SELECT * FROM cases FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = hasty.Act(b.ctx, c.Ref, cases.Act{Action: cases.Withdraw, By: cases.Actor{Party: cases.Reporter}})
	wantCode(t, "Act", err, cases.Away)
	ended, cancel := context.WithCancel(b.ctx)
	cancel()
	_, err = b.CaseByID(ended, c.ID)
	if !errors.Is(err, context.Canceled) || cases.CodeOf(err) == cases.Away {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestErrorsHoldNoValues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const marker = "MARKER 标记"
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	c := b.file(filing(cases.Named, "d"))
	f := filing(cases.Named, "e")
	f.Case.Unit = marker
	_, _, unit := b.File(b.ctx, f)
	f = filing(cases.Anonymous, "f")
	f.Receipt = []byte(marker)
	b.file(f)
	f.Case.Draft = "g"
	_, _, duplicate := b.File(b.ctx, f)
	_, _, _, key := b.Act(b.ctx, c.Ref, cases.Act{Action: cases.Open, By: lin, Key: marker})
	_, byID := b.CaseByID(b.ctx, marker)
	_, openErr := postgres.Open(b.ctx, "postgres://user:"+marker+"@/?x=%zz", newVault(), postgres.Options{})
	_, nul := b.CaseByRef(b.ctx, lin, cases.Reference(marker+"\x00"))
	for what, err := range map[string]error{
		"a facet": unit, "a duplicate": duplicate, "a key": key, "an id": byID, "a URL": openErr, "a NUL": nul,
		"a language": b.SetOfficerLanguage(b.ctx, lin.Officer, marker), "migrate": postgres.Migrate(b.ctx, "postgres://"+marker+"@:x/%zz"),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, "MARKER") {
				t.Errorf("%s: %s", what, text)
			}
		}
	}
	wantCode(t, "an id", byID, cases.NotFound)
}

func TestDraftsOutliveAnOutage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s, p := b.through()
	p.away.Store(true)
	d := s.Drafts()
	d.Put([]byte("a"), 1, []byte("old"))
	d.Put([]byte("a"), 2, []byte("new"))
	d.Put([]byte("b"), 1, []byte("gone"))
	wantCode(t, "flush", d.Flush(b.ctx), cases.Away)
	wantCode(t, "drop", d.Drop(b.ctx, []byte("b"), 1), cases.Away)
	if got, found, err := d.Get(b.ctx, []byte("a")); !found || err != nil || string(got) != "new" {
		t.Errorf("during the outage: %q, %v, %v", got, found, err)
	}
	p.away.Store(false)
	b.until("the drafts are written", func() bool {
		return b.count("SELECT count(*) FROM drafts WHERE (name = 'a' AND body = 'new') OR (name = 'b' AND body IS NULL)") == 2
	})
	if d := cmp.Diff(2, b.count("SELECT count(*) FROM drafts")); d != "" {
		t.Error(d)
	}
}
