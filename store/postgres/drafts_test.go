package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"huiyin/store/postgres"
)

func TestDraftsAreWrittenBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 250 {
		b.Drafts().Put(fmt.Append(nil, "name ", i%125), int64(i+1), fmt.Append(nil, "body ", i))
	}
	b.until("all are written", func() bool { return b.count("SELECT count(*) FROM drafts WHERE rev > 125") == 125 })
	other := b.open().Drafts()
	if got, found, err := other.Get(b.ctx, []byte("name 0")); !found || err != nil || string(got) != "body 125" {
		t.Errorf("another process reads %q, %v, %v", got, found, err)
	}
	if _, found, err := other.Get(b.ctx, []byte("else")); found || err != nil {
		t.Errorf("a name never put: %v, %v", found, err)
	}
}

func TestNewestRevisionWins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.Drafts(), b.open().Drafts()
	name := []byte("n")
	one.Put(name, 7, []byte("seven"))
	if err := one.Flush(b.ctx); err != nil {
		t.Fatal(err)
	}
	two.Put(name, 5, []byte("five"))
	if got, _, err := two.Get(b.ctx, name); err != nil || string(got) != "seven" {
		t.Errorf("before writing: %q, %v", got, err)
	}
	if err := two.Flush(b.ctx); err != nil {
		t.Fatal(err)
	}
	if got, _, err := two.Get(b.ctx, name); err != nil || string(got) != "seven" {
		t.Errorf("after writing: %q, %v", got, err)
	}
	two.Put(name, 9, []byte("nine"))
	two.Put(name, 8, []byte("eight"))
	two.Put(name, 10, nil)
	two.Put(nil, 10, []byte("nameless"))
	if got, _, err := two.Get(b.ctx, name); err != nil || string(got) != "nine" {
		t.Errorf("its own puts: %q, %v", got, err)
	}
}

func TestDropBeatsWhatCameBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.Drafts(), b.open().Drafts()
	name := []byte("n")
	one.Put(name, 3, []byte("three")) // pending, and of a higher revision than is dropped
	if err := one.Drop(b.ctx, name, 2); err != nil {
		t.Fatal(err)
	}
	two.Put(name, 3, []byte("late"))
	for _, d := range []*postgres.Drafts{one, two} {
		if err := d.Flush(b.ctx); err != nil {
			t.Fatal(err)
		}
		if _, found, err := d.Get(b.ctx, name); found || err != nil {
			t.Errorf("dropped, and found %v, %v", found, err)
		}
		if rev, err := d.Rev(b.ctx, name); rev != 3 || err != nil {
			t.Errorf("revision %d, %v", rev, err)
		}
	}
	two.Put(name, 4, []byte("a fresh draft"))
	if err := two.Flush(b.ctx); err != nil {
		t.Fatal(err)
	}
	if err := one.Drop(b.ctx, name, 3); err != nil { // the same drop, delivered late
		t.Fatal(err)
	}
	if got, found, err := one.Get(b.ctx, name); !found || err != nil || string(got) != "a fresh draft" {
		t.Errorf("a late drop took a newer draft: %q, %v, %v", got, found, err)
	}
	if rev, err := one.Rev(b.ctx, []byte("never")); rev != 0 || err != nil {
		t.Errorf("revision of a name never put: %d, %v", rev, err)
	}
}

// TestPutsAndDropsAtOnce lets batches and drops of the same names overtake each other: a name dropped at its last revision
// is gone, whatever order they arrive in.
func TestPutsAndDropsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *postgres.Options) { o.DraftDelay = time.Millisecond })
	stores := []*postgres.Drafts{b.Drafts(), b.open(func(o *postgres.Options) { o.DraftDelay = time.Millisecond }).Drafts()}
	const names, last = 12, 40
	together(names*len(stores), func(i int) {
		d, name := stores[i%len(stores)], fmt.Append(nil, "name ", i/len(stores))
		for rev := range int64(last) {
			d.Put(name, rev+1, fmt.Append(nil, rev+1))
			if rev%10 == 0 {
				if _, _, err := d.Get(b.ctx, name); err != nil {
					t.Error(err)
				}
			}
		}
		if i/len(stores)%2 == 0 {
			if err := d.Drop(b.ctx, name, last); err != nil {
				t.Error(err)
			}
		}
	})
	for _, d := range stores {
		if err := d.Close(b.ctx); err != nil {
			t.Fatal(err)
		}
		d.Put([]byte("too late"), 1, []byte("x"))
	}
	if n := b.count("SELECT count(*) FROM drafts WHERE body IS NULL AND rev = $1", last); n != names/2 {
		t.Errorf("%d tombstones", n)
	}
	if n := b.count("SELECT count(*) FROM drafts WHERE body = $1", []byte(fmt.Sprint(last))); n != names/2 {
		t.Errorf("%d bodies", n)
	}
	if n := b.count("SELECT count(*) FROM drafts"); n != names {
		t.Errorf("%d rows", n)
	}
}

func TestStaleDraftsAreSwept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`INSERT INTO drafts (name, rev, body, updated_at) VALUES
		('old', 1, 'b', now() - interval '31 days'), ('kept', 1, 'b', now() - interval '29 days'),
		('old stone', 1, NULL, now() - interval '3 days'), ('kept stone', 1, NULL, now() - interval '1 day')`)
	b.house()
	b.until("the stale ones are gone", func() bool { return b.count("SELECT count(*) FROM drafts") == 2 })
	if n := b.count("SELECT count(*) FROM drafts WHERE convert_from(name, 'UTF8') LIKE 'kept%'"); n != 2 {
		t.Error("others were swept")
	}
}
