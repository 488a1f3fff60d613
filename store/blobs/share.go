package blobs

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"regexp"
	"sync"
	"time"

	"gocloud.dev/blob"

	"huiyin/failpoint"
)

// A share is random bytes that a case key is mixed with. It is kept here and nowhere else: who destroys it makes the
// case unreadable, in every old copy of the database too.

const (
	// maxShare bounds what is read as a share.
	maxShare = 64
	// shareLife is how long another process may go on reading a case whose share was destroyed.
	shareLife = time.Minute
	// maxShares bounds the shares in memory: a screen of officers, not the whole house.
	maxShares = 1024
)

var caseForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{2,63}$`)

func shareKey(caseID string) (string, error) {
	if !caseForm.MatchString(caseID) {
		return "", ErrKey
	}
	return "keys/" + caseID[:2] + "/" + caseID, nil
}

// PutShare keeps the share (1 to 64 bytes, not all zero) of a case. Putting the same one again is no error; another one
// is ErrExists, because it would end the case: the share there stays.
func (s *Store) PutShare(ctx context.Context, caseID string, share []byte) error {
	key, err := shareKey(caseID)
	if err != nil {
		return err
	}
	if len(share) > maxShare || erased(share) {
		return errors.New("store/blobs: share of a wrong form")
	}
	failpoint.At(failpoint.ShareWrite)
	err = s.putShare(ctx, key, share)
	failpoint.At(failpoint.ShareWritten)
	if !errors.Is(err, ErrExists) {
		return err
	}
	switch there, err := s.readShare(ctx, key); {
	case err != nil && !errors.Is(err, ErrNotFound):
		return err
	case !bytes.Equal(there, share): // one that is being destroyed included
		return ErrExists
	}
	return nil
}

func (s *Store) putShare(ctx context.Context, key string, share []byte) (err error) {
	if s.folder == nil {
		return s.put(ctx, key, func(w io.Writer) error {
			_, err := w.Write(share)
			return err
		}, true)
	}
	defer s.metrics.done(key, "write", time.Now(), &err)
	if err := ctx.Err(); err != nil {
		return away("write", err)
	}
	return s.folder.keep(key, share)
}

// Share gives the share of a case, or ErrNotFound when the case never had one or it was destroyed. It may come from
// memory for a minute; the caller may change what it gets.
func (s *Store) Share(ctx context.Context, caseID string) ([]byte, error) {
	key, err := shareKey(caseID)
	if err != nil {
		return nil, err
	}
	share, deletions := s.shares.get(caseID, time.Now())
	if share != nil {
		return share, nil
	}
	if share, err = s.readShare(ctx, key); err != nil {
		return nil, err
	}
	s.shares.put(caseID, share, time.Now(), deletions)
	return share, nil
}

// SharesBefore lists the cases whose shares were put before a time, in order. In a local folder times are rounded down to
// their day. It ends with the first error.
func (s *Store) SharesBefore(ctx context.Context, then time.Time) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		before := func(o *blob.ListObject) bool { return o.ModTime.Before(then) }
		for key, err := range s.keys(ctx, "keys/", before) {
			if err != nil {
				yield("", err)
				return
			}
			if !yield(path.Base(key), nil) {
				return
			}
		}
	}
}

func (s *Store) readShare(ctx context.Context, key string) ([]byte, error) {
	r, err := s.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	share, err := io.ReadAll(io.LimitReader(r, maxShare+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read share: %w", err)
	}
	if len(share) > maxShare {
		return nil, errors.New("store/blobs: what is kept is no share")
	}
	if erased(share) {
		return nil, ErrNotFound // DeleteShare was cut short: its bytes are gone
	}
	return share, nil
}

func erased(share []byte) bool { return len(bytes.Trim(share, "\x00")) == 0 }

// DeleteShare destroys the share of a case, for ever. That there is none is no error. This process forgets it at once,
// others within a minute.
func (s *Store) DeleteShare(ctx context.Context, caseID string) error {
	key, err := shareKey(caseID)
	if err != nil {
		return err
	}
	if s.folder != nil {
		if err := s.folder.erase(key); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	err = s.Delete(ctx, key)
	s.shares.delete(caseID) // after the removal, so that no reader in between puts it back
	return err
}

// shareCache holds the shares used last, each for shareLife.
type shareCache struct {
	mu        sync.Mutex
	byCase    map[string]*list.Element
	used      *list.List // of *cachedShare, the last used first
	deletions uint64
}

type cachedShare struct {
	caseID string
	share  []byte
	until  time.Time
}

func newShareCache() *shareCache {
	return &shareCache{byCase: map[string]*list.Element{}, used: list.New()}
}

// get gives a copy, or nil and the count that put wants back.
func (c *shareCache) get(caseID string, now time.Time) (share []byte, deletions uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byCase[caseID]
	if !ok {
		return nil, c.deletions
	}
	held := e.Value.(*cachedShare)
	if !now.Before(held.until) {
		c.drop(e)
		return nil, c.deletions
	}
	c.used.MoveToFront(e)
	return bytes.Clone(held.share), c.deletions
}

// put keeps a copy, unless something was deleted since the share was asked for: it may have been this one.
func (c *shareCache) put(caseID string, share []byte, now time.Time, deletions uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deletions != deletions {
		return
	}
	if e, ok := c.byCase[caseID]; ok {
		c.drop(e)
	}
	c.byCase[caseID] = c.used.PushFront(&cachedShare{caseID, bytes.Clone(share), now.Add(shareLife)})
	if c.used.Len() > maxShares {
		c.drop(c.used.Back())
	}
}

func (c *shareCache) delete(caseID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deletions++
	if e, ok := c.byCase[caseID]; ok {
		c.drop(e)
	}
}

func (c *shareCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deletions++
	for c.used.Len() > 0 {
		c.drop(c.used.Front())
	}
}

// drop wants the lock held.
func (c *shareCache) drop(e *list.Element) {
	held := c.used.Remove(e).(*cachedShare)
	clear(held.share)
	delete(c.byCase, held.caseID)
}
