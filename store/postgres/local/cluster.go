package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// cluster is the folder of a server, held by this process alone.
type cluster struct {
	dir       string
	acct      *account // who runs the server; nil means this user
	temporary bool
	unlock    func()
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// openCluster makes dir if need be and locks it; empty means a temporary folder.
func openCluster(dir string, acct *account) (*cluster, error) {
	if dir == "" {
		return temporaryCluster(acct)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("local Postgres folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("local Postgres folder: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("local Postgres folder: %w", err)
	}
	// The server is told its real path, so that what it reports can be compared.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("local Postgres folder: %w", err)
	}
	return lockCluster(dir, acct, false)
}

func lockCluster(dir string, acct *account, temporary bool) (*cluster, error) {
	unlock, err := lockFolder(dir)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("the Postgres folder %s is in use by another running process: stop that one first", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the local Postgres folder: %w", err)
	}
	c := &cluster{dir: dir, acct: acct, temporary: temporary, unlock: unlock}
	err = acct.reach(dir)
	if err == nil {
		err = acct.own(dir)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// close gives the folder up and removes it if it is temporary. The server must be gone.
func (c *cluster) close() error {
	defer c.unlock()
	if !c.temporary {
		return nil
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("remove the temporary Postgres folder: %w", err)
	}
	_ = os.Remove(filepath.Dir(c.dir)) // works for the last one out
	return nil
}

// majorVersion gives the version that made the data folder, 0 when there is none yet.
func (c *cluster) majorVersion() int {
	b, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return n
}

// initialise makes the data folder unless it is there. A half-made one never takes its name.
func (c *cluster) initialise(ctx context.Context, bin binaries, log *tail) error {
	if c.majorVersion() != 0 {
		return nil
	}
	fresh := filepath.Join(c.dir, "data.new")
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("clear a half-made Postgres folder: %w", err)
	}
	cmd := exec.CommandContext(ctx, bin.path("initdb"),
		"-D", fresh, "-A", "trust", "--no-sync", "-U", userName, "-E", "UTF8", "--locale=C")
	c.prepare(cmd, log)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make a Postgres folder: %w%s", err, log.quote())
	}
	if err := os.Rename(fresh, c.data()); err != nil {
		return fmt.Errorf("make a Postgres folder: %w", err)
	}
	return nil
}

func (c *cluster) prepare(cmd *exec.Cmd, log *tail) {
	cmd.Dir = c.dir // this process's own folder may be closed to the server's user
	cmd.Env = environment(c.dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = processAttributes(c.acct)
	cmd.WaitDelay = quitTimeout
}

// launch starts the server process and the guard that ends it should this process vanish.
func (c *cluster) launch(bin binaries, port int, opts Options, log *tail) (*Server, error) {
	set := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"shared_buffers":          "64MB",
		"timezone":                "UTC",
		"logging_collector":       "off",
		// People's words stand in statements, and values of rows in an error's detail: neither
		// belongs in a log.
		"log_statement":           "none",
		"log_min_error_statement": "panic",
		"log_error_verbosity":     "terse",
	}
	if !opts.Durable {
		set["fsync"], set["synchronous_commit"], set["full_page_writes"] = "off", "off", "off"
	}
	maps.Copy(set, opts.Settings)
	args := []string{"-D", c.data()}
	for name, value := range set {
		args = append(args, "-c", name+"="+value)
	}
	cmd := exec.Command(bin.path("postgres"), args...)
	c.prepare(cmd, log)

	s := &Server{port: port, cluster: c, cmd: cmd, done: make(chan struct{}), stopping: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux sends the death signal when the thread that started the process ends, so that
		// thread stays with this goroutine until the process is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		<-started // the guard is set before the process can be reaped
		s.exitErr = cmd.Wait()
		s.dismiss()
		close(s.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("run Postgres: %w", err)
	}
	var remove string
	if c.temporary {
		remove = c.dir
	}
	s.dismiss = guard(cmd.Process.Pid, remove)
	started <- nil
	return s, nil
}

// stopOrphan ends a server that a killed process left in the folder, and clears the pid file of
// one that is gone: its number may since belong to another process, for which Postgres would wait.
// The folder's lock is held, so no live process of ours owns a server here.
func (c *cluster) stopOrphan(ctx context.Context) error {
	pidFile := filepath.Join(c.data(), "postmaster.pid")
	b, err := os.ReadFile(pidFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the pid file of a former Postgres: %w", err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err == nil && pid > 1 && isServer(pid, c.data()) {
		p, err := os.FindProcess(pid)
		if err != nil {
			return fmt.Errorf("stop a former Postgres: %w", err)
		}
		askToStop(p)
		tick := time.NewTicker(pollInterval)
		defer tick.Stop()
		for harder := time.After(quitTimeout); isServer(pid, c.data()); {
			select {
			case <-tick.C:
			case <-harder:
				tellToQuit(p)
			case <-ctx.Done():
				return fmt.Errorf("a Postgres left over from a former run (process %d) does not stop: %w", pid, ctx.Err())
			}
		}
	}
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clear the pid file of a former Postgres: %w", err)
	}
	return nil
}
