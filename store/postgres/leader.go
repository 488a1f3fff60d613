package postgres

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	leaderPing    = 2 * time.Second
	leaderTimeout = 3 * time.Second
	leaderRetry   = 500 * time.Millisecond
	// leaderSilence is after how long without a sign of life the server ends a leader's connection, and
	// with it the lock: a process that is stopped, or whose machine is gone, does not lead for ever.
	leaderSilence = "10s"
)

// Leader is an office that one process holds at a time, by an advisory lock on a connection of its
// own. The URL must lead to Postgres itself or a pooler that keeps sessions.
type Leader struct {
	s    *Store
	lock int64
}

// Leader is the office of that name; the same name is the same office in every process.
func (s *Store) Leader(name string) *Leader {
	h := fnv.New64a()
	_, _ = h.Write([]byte("huiyin/leader/" + name))
	return &Leader{s: s, lock: int64(h.Sum64())}
}

// Acquire waits until this process leads or ctx ends. lost is closed when the lock is gone: the
// connection died, or release was called. Until the holder notices, at most a ping and its timeout
// (5 s), another may lead already, so what leaders do must bear being done by two. release gives the
// office back and may be called more than once; the end of ctx after Acquire has returned changes
// nothing. While Postgres is away Acquire goes on trying; its error is the end of ctx.
func (l *Leader) Acquire(ctx context.Context) (lost <-chan struct{}, release func(), err error) {
	for {
		conn, err := l.try(ctx)
		if err != nil {
			l.s.log.WarnContext(ctx, "cannot ask for the lead", "error", safe("lead", err))
		}
		if conn != nil {
			lost, release = l.hold(conn)
			return lost, release, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, safe("lead", ctx.Err())
		case <-time.After(leaderRetry):
		}
	}
}

// try gives a connection that holds the lock, or none.
func (l *Leader) try(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, leaderTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, l.s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return nil, err
	}
	var ours bool
	_, err = conn.Exec(ctx, "SET idle_session_timeout = '"+leaderSilence+"'")
	if err == nil {
		err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", l.lock).Scan(&ours)
	}
	if err != nil || !ours {
		end(conn)
		return nil, err
	}
	return conn, nil
}

// hold pings until the connection dies or the office is given back. The connection is this
// goroutine's alone.
func (l *Leader) hold(conn *pgx.Conn) (lost <-chan struct{}, release func()) {
	gone, ended := make(chan struct{}), make(chan struct{})
	enough := make(chan struct{})
	go func() {
		defer close(ended)
		defer end(conn) // takes a while on a dead connection, so the loss is told first
		defer close(gone)
		tick := time.NewTicker(leaderPing)
		defer tick.Stop()
		for {
			select {
			case <-enough:
				return
			case <-tick.C:
			}
			ctx, cancel := context.WithTimeout(context.Background(), leaderTimeout)
			err := conn.Ping(ctx)
			cancel()
			if err != nil {
				l.s.log.Warn("the lead is lost", "error", safe("keep the lead", err))
				return
			}
		}
	}()
	var once sync.Once
	return gone, func() {
		once.Do(func() { close(enough) })
		<-ended
	}
}

// end closes a connection, and so gives up what it locked.
func end(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), leaderTimeout)
	defer cancel()
	_ = conn.Close(ctx)
}
