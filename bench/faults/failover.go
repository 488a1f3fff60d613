package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/bench/crowd"
	"huiyin/store/postgres/local"
)

// redisServer is a redis-server with arguments of its own: a replica, a sentinel, a member of a cluster.
type redisServer struct {
	addr string
	cmd  *exec.Cmd
	*goredis.Client
}

func (h *house) startRedis(ctx context.Context, name string, args ...string) (*redisServer, error) {
	addr, err := crowd.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(h.dir, name)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("redis-server", append([]string{"--bind", "127.0.0.1", "--save", "", "--dir", dir, "--port", port}, args...)...)
	if len(args) > 0 && args[0] == "--sentinel" {
		file := filepath.Join(dir, "sentinel.conf")
		if err := os.WriteFile(file, []byte("bind 127.0.0.1\nport "+port+"\n"+strings.Join(args[1:], "\n")+"\n"), 0o600); err != nil {
			return nil, err
		}
		cmd = exec.Command("redis-server", file, "--sentinel")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	s := &redisServer{addr: addr, cmd: cmd, Client: goredis.NewClient(&goredis.Options{Addr: addr, MaxRetries: -1})}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for s.Ping(ctx).Err() != nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.end()
			return nil, context.Cause(ctx)
		}
	}
	return s, nil
}

func (s *redisServer) end() {
	_ = s.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
}

// withSentinel gives the house a Redis with a replica and a sentinel, and the fault: the master dies.
func withSentinel(ctx context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
	h := w.house
	var all []*redisServer
	undo = func() {
		for _, s := range all {
			s.end()
		}
	}
	add := func(name string, args ...string) *redisServer {
		if err != nil {
			return nil
		}
		var s *redisServer
		if s, err = h.startRedis(ctx, name, args...); err == nil {
			all = append(all, s)
		}
		return s
	}
	master := add("master")
	if err != nil {
		return nil, undo, err
	}
	host, port, _ := net.SplitHostPort(master.addr) // it was made of both
	add("replica", "--replicaof", host, port)
	sentinel := add("sentinel", "--sentinel", fmt.Sprintf("sentinel monitor m %s %s 1", host, port),
		"sentinel down-after-milliseconds m 1000", "sentinel failover-timeout m 6000")
	if err != nil {
		return nil, undo, err
	}
	h.extra = []string{"REDIS_URL=redis+sentinel://" + sentinel.addr + "/0?master_name=m"}
	return func(ctx context.Context, r *round) error {
		// A sentinel promotes only a replica that it knows of and that is in step.
		known := func() bool {
			list, err := sentinel.Do(ctx, "SENTINEL", "REPLICAS", "m").Slice()
			return err == nil && len(list) > 0
		}
		if err := errors.Join(r.done(ctx, 0.3), r.until(ctx, known)); err != nil {
			return err
		}
		r.forgets() // what was not copied yet is gone
		if err := master.cmd.Process.Kill(); err != nil {
			return err
		}
		r.forgets()
		return r.until(ctx, func() bool {
			now, err := sentinel.Do(ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "m").StringSlice()
			return err == nil && len(now) == 2 && now[1] != port
		})
	}, undo, nil
}

// withCluster gives the house a cluster of three masters, and the fault: slots are moved from one to another and back.
func withCluster(ctx context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
	h := w.house
	var all []*redisServer
	undo = func() {
		for _, s := range all {
			s.end()
		}
	}
	var addrs []string
	for range 3 {
		s, err := h.startRedis(ctx, "cluster", "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf")
		if err != nil {
			return nil, undo, err
		}
		all, addrs = append(all, s), append(addrs, s.addr)
	}
	cli := func(ctx context.Context, args ...string) error {
		out, err := exec.CommandContext(ctx, "redis-cli", append(append([]string{"--cluster"}, args...), "--cluster-yes")...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("redis-cli --cluster %s: %w\n%s", args[0], err, out)
		}
		return nil
	}
	if err := cli(ctx, append([]string{"create"}, addrs...)...); err != nil {
		return nil, undo, err
	}
	var ids []string
	for _, s := range all {
		id, err := s.Do(ctx, "CLUSTER", "MYID").Text()
		if err != nil {
			return nil, undo, err
		}
		ids = append(ids, id)
	}
	h.extra = []string{"REDIS_URL=redis+cluster://" + addrs[0] + "?addr=" + addrs[1]}
	return func(ctx context.Context, r *round) error {
		for n, move := range [][2]int{{0, 1}, {1, 2}, {2, 0}} {
			if err := r.done(ctx, 0.1+0.2*float64(n)); err != nil {
				return err
			}
			if err := cli(ctx, "reshard", addrs[0], "--cluster-from", ids[move[0]], "--cluster-to", ids[move[1]], "--cluster-slots", "2500"); err != nil {
				return err
			}
		}
		return nil
	}, undo, nil
}

// withStandby gives Postgres a streaming replica, and the fault: the server is killed and the replica promoted.
func withStandby(ctx context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
	standby, err := w.standby(ctx)
	if err != nil {
		return nil, func() {}, err
	}
	undo = func() {
		if w.pg != standby { // it was not promoted
			_, _ = w.db.Exec(context.WithoutCancel(ctx), "ALTER SYSTEM RESET synchronous_standby_names")
			_, _ = w.db.Exec(context.WithoutCancel(ctx), "SELECT pg_reload_conf()")
			_ = standby.Stop(context.WithoutCancel(ctx)) // the round failed, and says why
		}
	}
	return func(ctx context.Context, r *round) error { return r.failOver(ctx, standby) }, undo, nil
}

func (r *round) failOver(ctx context.Context, standby *local.Server) error {
	if err := r.done(ctx, 0.35); err != nil {
		return err
	}
	old, at := r.pg, context.WithoutCancel(ctx)
	short, stop := context.WithCancel(at)
	stop() // no time to shut down: SIGQUIT
	if err := old.Stop(short); err != nil {
		return err
	}
	r.pg, r.pgDir = standby, r.pgDir+"-promoted"
	if err := r.lookAgain(ctx); err != nil {
		return err
	}
	if _, err := r.db.Exec(ctx, "SELECT pg_promote()"); err != nil {
		return fmt.Errorf("promote the replica: %w", err)
	}
	return r.nets.lead("postgres", hostOf(r.pg.URL("")))
}

// standby starts a streaming replica without which nothing is committed from then on.
func (h *house) standby(ctx context.Context) (*local.Server, error) {
	info, err := os.Stat(filepath.Join(h.pgDir, "data"))
	if err != nil {
		return nil, err
	}
	version, err := os.ReadFile(filepath.Join(h.pgDir, "data", "PG_VERSION"))
	if err != nil {
		return nil, err
	}
	program := filepath.Join("/usr/lib/postgresql", strings.TrimSpace(string(version)), "bin", "pg_basebackup")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pg_basebackup"); err != nil {
			return nil, fmt.Errorf("a streaming replica needs pg_basebackup: %w", err)
		}
	}
	dir := h.pgDir + "-promoted"
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, program, "-d", h.pg.URL(""), "-D", filepath.Join(dir, "data"), "-R", "-X", "stream", "-c", "fast").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("copy the database: %w\n%s", err, out)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, int(owner.Uid), int(owner.Gid)))
		})
		if err != nil {
			return nil, err
		}
	}
	s, err := local.Start(ctx, local.Options{Dir: dir, Settings: h.pgSettings})
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		if _, err := h.db.Exec(ctx, sql); err != nil {
			return nil, errors.Join(fmt.Errorf("commit on the replica too: %w", err), s.Stop(ctx))
		}
	}
	if err := h.inStep(ctx); err != nil {
		return nil, errors.Join(err, s.Stop(ctx))
	}
	return s, nil
}

// inStep returns when commits wait for the replica, and it has all that was committed before they did.
func (h *house) inStep(ctx context.Context) error {
	var at string
	for _, step := range []struct {
		ask  string
		args []any
		then string
	}{
		// The process that makes the checkpoint tells all others whether to wait, before anything else.
		{ask: "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'", then: "CHECKPOINT"},
		{ask: "SELECT count(*) = 1 FROM pg_stat_replication WHERE flush_lsn >= $1::text::pg_lsn", args: []any{&at}},
	} {
		if err := h.db.QueryRow(ctx, "SELECT pg_current_wal_lsn()::text").Scan(&at); err != nil {
			return fmt.Errorf("wait for the replica: %w", err)
		}
		for ok := false; !ok; {
			if err := h.db.QueryRow(ctx, step.ask, step.args...).Scan(&ok); err != nil {
				return fmt.Errorf("wait for the replica: %w", err)
			}
			select {
			case <-time.After(look / 4):
			case <-ctx.Done():
				return fmt.Errorf("wait for the replica: %w", context.Cause(ctx))
			}
		}
		if step.then == "" {
			continue
		}
		if _, err := h.db.Exec(ctx, step.then); err != nil {
			return fmt.Errorf("wait for the replica: %w", err)
		}
	}
	return nil
}
