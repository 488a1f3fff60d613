package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"huiyin/configs"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

// wordShare is the name among the blobs of what the keys of words are mixed with.
const wordShare = "words"

// wordKeys makes the keys under which words of cases are kept to be searched for. They come from the part of the keyset
// that is never rotated and from a share among the blobs: a dump of the database with the keyset, and without the blobs,
// tells nothing of words.
func wordKeys(keys *seal.Keyset, shares *blobs.Store) func(context.Context) (postgres.WordKeys, error) {
	return func(ctx context.Context) (postgres.WordKeys, error) {
		share, err := shares.Share(ctx, wordShare)
		if errors.Is(err, blobs.ErrNotFound) {
			fresh := make([]byte, 32)
			_, _ = rand.Read(fresh) // never fails
			if err = shares.PutShare(ctx, wordShare, fresh); err == nil || errors.Is(err, blobs.ErrExists) {
				share, err = shares.Share(ctx, wordShare) // whoever was first
			}
		}
		if err != nil {
			return nil, away("read what keys of words are mixed with", err)
		}
		return func(department, month string) [32]byte {
			return keys.Name("words/1", department, month, string(share))
		}, nil
	}
}

type searchCommand struct {
	Reindex searchReindex `cmd:"" help:"Make cases searchable by their words that were filed before there was such a search."`
}

type searchReindex struct {
	All bool `help:"Read every case anew, also those that are searchable already."`
}

// Run reads every case that is not searchable yet, while others serve. It may be stopped at any moment: run again, it
// goes on.
func (c searchReindex) Run(s *surroundings) error {
	settings, err := needDatabase(s)
	if err != nil {
		return err
	}
	keys, err := seal.Open(settings.Keyset)
	if err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	shares, err := blobs.Open(s.ctx, settings.Blobs)
	if err != nil {
		return fmt.Errorf("HUIYIN_BLOBS: %w", err)
	}
	config, err := configs.Load(settings.ConfigDir)
	if err != nil {
		return err
	}
	opts := storeOptions(config, time.UTC)
	// In the intake's role every case is seen, whoever the URL's user is.
	opts.Role, opts.Words = postgres.Intake, wordKeys(keys, shares)
	store, err := postgres.Open(s.ctx, settings.DatabaseURL, vault{keys, shares}, opts)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.KeysetFits(s.ctx, keys.Fingerprint()); err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	next := time.Now()
	done, err := store.IndexWords(s.ctx, c.All, func(done int) {
		if now := time.Now(); now.After(next) {
			s.say("%d cases read", done)
			next = now.Add(10 * time.Second)
		}
	})
	if err != nil && s.ctx.Err() != nil {
		return errors.New("search reindex: stopped; run it again, it goes on from there")
	}
	if err != nil {
		return err
	}
	s.say("%d cases can be searched by their words now", done)
	return nil
}
