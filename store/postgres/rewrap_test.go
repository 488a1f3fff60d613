package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// keysOf gives the stored keys by case id.
func (b *bundle) keysOf() map[string]string {
	b.t.Helper()
	keys := map[string]string{}
	rows, err := b.conn().Query(b.ctx, "SELECT id::text, wrapped_key FROM cases")
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var key []byte
		if err := rows.Scan(&id, &key); err != nil {
			b.t.Fatal(err)
		}
		keys[id] = string(key)
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return keys
}

var newest = []byte("newest: ")

func wrapNewest(_ string, wrapped []byte, _ bool) ([]byte, bool, error) {
	if bytes.HasPrefix(wrapped, newest) {
		return wrapped, false, nil
	}
	return append(bytes.Clone(newest), wrapped...), true, nil
}

func TestKeysAreRewrapped(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *postgres.Options) { o.Role = postgres.Intake })
	for n := range 7 {
		b.file(filing(cases.Dark, fmt.Sprint(n)))
	}
	before := b.keysOf()

	// Ended between two batches, then gone on with.
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	r, err := b.RewrapKeys(ctx, wrapNewest, 2, func(done, total int) {
		if total != 7 {
			t.Errorf("told %d of %d", done, total)
		}
		if done == 4 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || r.Changed != 4 {
		t.Errorf("ended: %+v, %v", r, err)
	}
	if r, err = b.RewrapKeys(b.ctx, wrapNewest, 2, nil); err != nil || r != (postgres.Rewrapped{Keys: 7, Changed: 3}) {
		t.Errorf("gone on with: %+v, %v", r, err)
	}
	for id, key := range b.keysOf() {
		if key != string(newest)+before[id] {
			t.Errorf("%s is wrapped as %q", id, key)
		}
	}
	if n := b.count("SELECT count(*) FROM cases WHERE version = 1"); n != 7 {
		t.Errorf("%d cases have their version", n)
	}

	// What somebody else writes while a key is being wrapped is not written over.
	r, err = b.RewrapKeys(b.ctx, func(id string, _ []byte, _ bool) ([]byte, bool, error) {
		b.exec("UPDATE cases SET wrapped_key = 'theirs' WHERE id = $1", id)
		return []byte("ours"), true, nil
	}, 0, nil)
	if err != nil {
		t.Errorf("with another writer: %+v, %v", r, err)
	}
	for id, key := range b.keysOf() {
		if key != "theirs" {
			t.Errorf("%s is %q", id, key)
		}
	}

	// What does not open is counted, and stays.
	r, err = b.RewrapKeys(b.ctx, func(string, []byte, bool) ([]byte, bool, error) { return nil, false, errors.New("no") }, 3, nil)
	if err != nil || r != (postgres.Rewrapped{Keys: 7, Unopened: 7}) {
		t.Errorf("what does not open: %+v, %v", r, err)
	}
}

func TestOneRotatesAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.open()
	err := b.Alone(b.ctx, func(ctx context.Context) error {
		if err := other.Alone(b.ctx, func(context.Context) error { return errors.New("two at once") }); !errors.Is(err, postgres.ErrRotating) {
			t.Errorf("the second: %v", err)
		}
		// Whoever holds it learns that it is gone.
		b.exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		<-ctx.Done()
		return ctx.Err()
	})
	if err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("the lock was lost: %v", err)
	}
	if err := other.Alone(b.ctx, func(context.Context) error { return nil }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A case from before keys had two halves is destroyed with the whole of its key.
func TestAWholeKeyIsDestroyed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	whole, half := b.file(filing(cases.Dark, "whole")), b.file(filing(cases.Dark, "half"))
	b.exec("UPDATE cases SET shared_key = false WHERE id = $1", whole.ID)
	if _, err := b.Events(b.ctx, whole.ID); err != nil {
		t.Fatal(err)
	}
	before := b.keysOf()
	for _, c := range []cases.Case{whole, half} {
		for _, a := range []cases.Action{cases.Withdraw, cases.Shred} {
			if _, _, _, err := b.ActByID(b.ctx, c.ID, cases.Act{Action: a, By: cases.Actor{Party: cases.Reporter}, Key: string(a)}); err != nil {
				t.Fatal(a, err)
			}
		}
		_, err := b.Events(b.ctx, c.ID)
		wantCode(t, "the words of "+c.Draft, err, cases.NotFound)
	}
	// Nothing but the half in the database is destroyed there.
	if after := b.keysOf(); after[whole.ID] != "\x00" || after[half.ID] != before[half.ID] {
		t.Errorf("keys %q", after)
	}
	// The vault of these tests would still open it.
	halves.Store(whole.ID, true)
	_, err := b.Events(b.ctx, whole.ID)
	wantCode(t, "with the other half back", err, cases.NotFound)
	if r, err := b.RewrapKeys(b.ctx, wrapNewest, 0, nil); err != nil || r.Keys != 1 {
		t.Errorf("a destroyed key is wrapped: %+v, %v", r, err)
	}
}
