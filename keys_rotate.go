package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"huiyin/store/postgres"
	"huiyin/store/seal"
)

type keysRotate struct {
	KeyOnly bool `xor:"step" help:"Only put a fresh key into the keyset. For processes that read copies of the file: replace those (desk and postman before intake), then run again."`
	Retire  bool `xor:"step" help:"Afterwards remove the older keys from the keyset. Takes a minute or two, because it waits for what is on its way."`

	pace pace
}

// pace is for tests, which are in a hurry.
type pace struct {
	settle time.Duration // replaces settled
	batch  int           // keys in a transaction; 0 leaves it to the store
	told   func(done, total int)
}

// settled is after how long nothing is on its way any more that was begun with an older keyset: a filing, or a reading of a
// row that has been wrapped anew since. The store's longest call is far shorter.
const settled = time.Minute

// Run rotates the key that wraps case keys in HUIYIN_KEYSET, and wraps every case's key in DATABASE_URL anew, while others
// serve. It may be stopped at any moment: run again, it goes on.
func (k keysRotate) Run(s *surroundings) error {
	settings, err := needDatabase(s)
	if err != nil {
		return err
	}
	// In the intake's role every case is seen, whoever the URL's user is: one that were overlooked would be lost.
	store, err := postgres.Open(s.ctx, settings.DatabaseURL, vault{}, postgres.Options{Role: postgres.Intake})
	if err != nil {
		return err
	}
	defer store.Close()
	if k.pace.settle == 0 {
		k.pace.settle = settled
	}
	if k.pace.told == nil {
		k.pace.told = s.progress(time.Now, "rewrapped")
	}
	err = store.Alone(s.ctx, func(ctx context.Context) error {
		return rotation{k, s, store, settings.Keyset}.run(ctx)
	})
	if err != nil && s.ctx.Err() != nil {
		return errors.New("keys rotate: stopped; run it again, it goes on from there")
	}
	return err
}

// rotation is one run.
type rotation struct {
	keysRotate
	s     *surroundings
	store *postgres.Store
	uri   string // of the keyset
}

func (r rotation) run(ctx context.Context) error {
	keys, err := seal.Open(r.uri)
	if err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	if keys.Role() != seal.RoleAll {
		return fmt.Errorf("HUIYIN_KEYSET: this is the keyset of %s alone: rotate the whole one, and split it again", keys.Role())
	}
	if err := r.store.KeysetFits(ctx, keys.Fingerprint()); err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	switch {
	case keys.Older() > 0 && r.KeyOnly:
		r.s.say("the keyset has a fresh key already")
		return nil
	case keys.Older() == 0 && r.Retire:
		r.s.say("the keyset has no older keys")
		return nil
	case keys.Older() == 0:
		fresh, err := keys.Rotate()
		if err != nil {
			return err
		}
		if err := r.replace(ctx, fresh, "fresh_key"); err != nil {
			return err
		}
		keys = fresh
		r.s.say("the keyset has a fresh key. Make a copy again: an older one does not open what is wrapped from here on.")
	}
	switch {
	case r.KeyOnly:
		r.s.say("replace every copy of the file that a process reads, those of desk and postman before intake's; then: huiyin keys rotate")
		return nil
	case r.Retire:
		return r.retire(ctx, keys)
	}
	if _, err := r.rewrap(ctx, keys); err != nil {
		return err
	}
	r.s.say("the older keys are in the keyset still. When every process reads this file, or a copy of it: huiyin keys rotate --retire")
	return nil
}

// replace puts keys in the file's place. It is recorded before: a record too many misleads nobody, one too few does.
func (r rotation) replace(ctx context.Context, keys *seal.Keyset, what string) error {
	if err := r.store.RecordAccount(ctx, postgres.AccountEvent{Kind: postgres.AccountKeysRotated, Code: what}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err // nobody else is to be kept from doing the same at this moment
	}
	return keys.ReplaceFile(r.uri)
}

// rewrap gives how many keys were not wrapped by the newest key yet.
func (r rotation) rewrap(ctx context.Context, keys *seal.Keyset) (int, error) {
	wrap := func(caseID string, wrapped []byte, shared bool) ([]byte, bool, error) {
		if shared {
			return keys.Rewrap(caseID, wrapped)
		}
		return keys.RewrapWhole(caseID, wrapped)
	}
	found, err := r.store.RewrapKeys(ctx, wrap, r.pace.batch, r.pace.told)
	if err != nil {
		return 0, err
	}
	r.s.say("rewrapped %d of %d; the others were already", found.Changed, found.Keys)
	if found.Unopened > 0 {
		return 0, fmt.Errorf("the keys of %d cases do not open with this keyset and are left as they are; no key is retired", found.Unopened)
	}
	return found.Changed, nil
}

// retire removes the older keys when nothing can be on its way under one: after a pass that found nothing to do, with the
// file, and all that was wrapped anew, older than settle.
func (r rotation) retire(ctx context.Context, keys *seal.Keyset) error {
	path, err := seal.Path(r.uri)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	for wait := r.pace.settle - time.Since(info.ModTime()); ; wait = r.pace.settle {
		if err := r.pause(ctx, min(wait, r.pace.settle)); err != nil {
			return err
		}
		changed, err := r.rewrap(ctx, keys)
		if err != nil {
			return err
		}
		if changed == 0 {
			break
		}
	}
	retired, err := keys.Retire()
	if err != nil {
		return err
	}
	if err := r.replace(ctx, retired, "retired"); err != nil {
		return err
	}
	r.s.say("the older keys are retired. A backup of the database from before opens only with a copy of the keyset from before.")
	return nil
}

func (r rotation) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	r.s.say("waiting %s for what is on its way", d.Round(time.Second))
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
