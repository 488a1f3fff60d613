package postgres_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestOneLeads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	replica := b.open()
	lost, release, err := b.Leader("poll").Acquire(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, releaseOther, err := replica.Leader("another office").Acquire(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	releaseOther()

	asked, cancel := context.WithCancel(b.ctx)
	var stop atomic.Bool
	done := make(chan error)
	go func() {
		_, _, err := replica.Leader("poll").Acquire(asked)
		if !stop.Load() {
			t.Error("two lead")
		}
		done <- err
	}()
	b.until("the other asks", func() bool {
		return b.count("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid() AND datname = current_database()") > 0
	})
	stop.Store(true)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("an ended wait: %v", err)
	}

	if isClosed(lost) {
		t.Error("lost before it was given back")
	}
	release()
	release()
	if !isClosed(lost) {
		t.Error("given back, and not lost")
	}
	_, release, err = replica.Leader("poll").Acquire(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestLeaderLearnsOfItsLoss(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s, p := b.through()
	lost, release, err := s.Leader("poll").Acquire(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	p.away.Store(true)
	p.cut()
	// The server sees the connection end and gives the lock to who asks.
	_, releaseNext, err := b.Leader("poll").Acquire(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer releaseNext()
	select {
	case <-lost:
	case <-b.ctx.Done():
		t.Error("never told")
	}
}

// A process that is stopped, or whose network is gone, says nothing and closes nothing.
func TestSilentLeaderIsDeposed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s, p := b.through()
	lost, release, err := s.Leader("poll").Acquire(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	p.silent.Store(true)
	_, releaseNext, err := b.Leader("poll").Acquire(b.ctx) // once the server's patience is over
	if err != nil {
		t.Fatal(err)
	}
	defer releaseNext()
	if !isClosed(lost) {
		t.Error("another leads, and the silent one was not told within its ping")
	}
}
