package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// temporaryCluster makes a locked folder of its own below one folder per user. What killed
// processes left there is removed first.
func temporaryCluster(acct *account) (*cluster, error) {
	base := os.TempDir()
	if acct.reach(filepath.Join(base, "huiyin")) != nil {
		base = "/tmp" // TMPDIR of root may lie where only root can go
	}
	base, err := filepath.EvalSymlinks(base)
	if err != nil {
		return nil, fmt.Errorf("temporary Postgres folder: %w", err)
	}
	parent := filepath.Join(base, "huiyin-postgres-"+strconv.Itoa(os.Geteuid()))
	unlock, err := lockParent(parent)
	if err != nil {
		return nil, err
	}
	defer unlock()
	sweep(parent)
	dir, err := os.MkdirTemp(parent, "run-")
	if err != nil {
		return nil, fmt.Errorf("temporary Postgres folder: %w", err)
	}
	return lockCluster(dir, acct, true)
}

// lockParent makes and locks the user's folder. The last server to stop removes it, maybe between
// making and locking, so the folder locked is compared with the one that is there.
func lockParent(parent string) (unlock func(), err error) {
	deadline := time.Now().Add(startTimeout)
	for time.Now().Before(deadline) {
		// Others may pass through, to where they have a folder, but not list it.
		if err := os.Mkdir(parent, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("temporary Postgres folder: %w", err)
		}
		// In a folder that all may write, someone else could have been first.
		info, err := os.Lstat(parent)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("temporary Postgres folder: %w", err)
		}
		if !info.IsDir() || !ownedByUs(info) {
			return nil, fmt.Errorf("temporary Postgres folder: %s belongs to another user: remove it or set TMPDIR", parent)
		}
		unlock, err := lockFolder(parent)
		if errors.Is(err, errLocked) || errors.Is(err, fs.ErrNotExist) {
			time.Sleep(pollInterval)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("temporary Postgres folder: %w", err)
		}
		if now, err := os.Lstat(parent); err == nil && os.SameFile(info, now) {
			return unlock, nil
		}
		unlock()
	}
	return nil, fmt.Errorf("temporary Postgres folder: %s stays locked", parent)
}

// sweep removes what nobody holds below parent, whose lock is held. What cannot be removed is left
// for the next time.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, "run-*"))
	for _, dir := range dirs {
		unlock, err := lockFolder(dir)
		if err != nil {
			continue
		}
		c := &cluster{dir: dir, temporary: true, unlock: unlock}
		ctx, cancel := context.WithTimeout(context.Background(), 2*quitTimeout)
		if c.stopOrphan(ctx) == nil {
			_ = os.RemoveAll(dir)
		}
		cancel()
		unlock()
	}
}
