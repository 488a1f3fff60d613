// Package local runs a private Postgres server beside the process, for the demo and for tests.
//
// It is a real Postgres, from binaries found on the machine or downloaded once. It listens on
// 127.0.0.1 only, trusts every local user, and must hold nothing that those may not see: made-up
// cases, never real ones.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// userName is the superuser of the cluster and the user of every URL.
const userName = "huiyin"

const (
	startTimeout = 60 * time.Second
	startTries   = 5 // on a port that was taken between choosing and binding it
	pollInterval = 20 * time.Millisecond
	quitTimeout  = 5 * time.Second
)

// Options says how a server is run. The zero value runs a temporary one.
type Options struct {
	// Dir is the folder that holds the cluster and keeps it between runs; it is made when absent.
	// Empty means a temporary one, removed when the server stops or this process ends.
	// When this process is root, the server runs as another user, who must be able to reach Dir:
	// DefaultDir gives a place that fits.
	Dir string
	// Log receives what the server and initdb print; nil drops it. Statements and values are
	// never among it.
	Log io.Writer
	// Durable keeps committed work through a crash of the machine. Without it writes are faster
	// and still survive a crash of the server or of this process.
	Durable bool
	// Settings are added to the server's own, and win.
	Settings map[string]string
}

// Server is a running Postgres server.
type Server struct {
	port      int
	cluster   *cluster
	cmd       *exec.Cmd
	dismiss   func() // ends the guard
	done      chan struct{}
	exitErr   error // of the process; read after done
	stopping  chan struct{}
	stopOnce  sync.Once
	closeOnce sync.Once
	closeErr  error
}

// Start runs a server and returns when it answers. ctx bounds the start only; the server runs
// until Stop, or until this process ends in whatever way.
//
// A data folder that another live process uses is an error. A server left behind in it by a killed
// process is stopped first.
func Start(ctx context.Context, opts Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if opts.Log == nil {
		opts.Log = io.Discard
	}
	log := &tail{to: opts.Log}
	acct, err := serverAccount()
	if err != nil {
		return nil, err
	}
	c, err := openCluster(opts.Dir, acct)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, c, opts, log)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}

func start(ctx context.Context, c *cluster, opts Options, log *tail) (*Server, error) {
	bin, err := findBinaries(ctx, c.majorVersion())
	if err != nil {
		return nil, err
	}
	if err := c.stopOrphan(ctx); err != nil {
		return nil, err
	}
	if err := c.initialise(ctx, bin, log); err != nil {
		return nil, err
	}
	// A loopback port, not a socket in the folder: it has no limit of 104 bytes on its path, needs
	// no folder that two users can enter, and every client, also one in a container, can dial it.
	for range startTries {
		var port int
		if port, err = freePort(ctx); err != nil {
			return nil, err
		}
		var s *Server
		if s, err = c.launch(bin, port, opts, log); err != nil {
			return nil, err
		}
		if err = s.ready(ctx); err == nil {
			return s, nil
		}
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTimeout)
		s.kill(stopCtx)
		cancel()
		if !log.contains("could not bind") && !errors.Is(err, errOtherServer) {
			break
		}
	}
	return nil, fmt.Errorf("%w%s", err, log.quote())
}

// URL gives the address of a database of this server; empty means the one named "postgres".
func (s *Server) URL(database string) string {
	if database == "" {
		database = "postgres"
	}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(userName),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// PID is the id of the server's first process, the parent of all others.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// CreateDatabase makes a database unless it is there already.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// Wait returns a channel that gives one value and closes when the server is gone: nil after Stop,
// an error when it ended by itself.
func (s *Server) Wait() <-chan error {
	out := make(chan error, 1)
	go func() {
		defer close(out)
		<-s.done
		select {
		case <-s.stopping:
			out <- nil
		default:
			out <- fmt.Errorf("the local Postgres server ended by itself: %w", errors.Join(errEnded, s.exitErr))
		}
	}()
	return out
}

var errEnded = errors.New("server process is gone")

// Stop ends the server: connections are cut, work in flight is rolled back, what is committed is
// written. When ctx ends first the server is stopped harder. A temporary folder is removed. Calls
// after the first give the same answer.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	s.kill(ctx)
	s.closeOnce.Do(func() { s.closeErr = s.cluster.close() })
	return s.closeErr
}

// kill ends the process with growing force and returns when it is gone.
func (s *Server) kill(ctx context.Context) {
	for _, signal := range []func(*os.Process){askToStop, tellToQuit} {
		signal(s.cmd.Process)
		select {
		case <-s.done:
			return
		case <-ctx.Done():
		}
		// Past the caller's deadline there is a little time of our own for the harder way.
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTimeout)
		defer cancel()
		ctx = own
	}
	_ = s.cmd.Process.Kill()
	<-s.done
}

var errOtherServer = errors.New("another server answers on the chosen port")

// ready waits until the server answers, and makes sure that it is this one.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		data, err := s.askDataDirectory(ctx)
		if err == nil {
			if data != s.cluster.data() {
				return errOtherServer
			}
			return nil
		}
		select {
		case <-s.done:
			return errors.New("the local Postgres server did not start")
		case <-ctx.Done():
			return fmt.Errorf("the local Postgres server does not answer: %w", errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}

func (s *Server) askDataDirectory(ctx context.Context) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var data string
	err = conn.QueryRow(ctx, "SHOW data_directory").Scan(&data)
	return data, err
}

// freePort asks the system for a port that nobody listens on at the moment.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// environment is what the server's processes are given: enough to run, and none of this process's
// own settings, among which are tokens.
func environment(home string) []string {
	env := []string{"LC_ALL=C", "TZ=UTC", "HOME=" + home}
	for _, name := range []string{"PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "TEMP"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// tail passes output on and keeps the last of it for an error message.
type tail struct {
	mu   sync.Mutex
	to   io.Writer
	last []byte
}

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	if n := len(t.last) - tailSize; n > 0 {
		t.last = append([]byte(nil), t.last[n:]...)
	}
	// What the reader of the log does with it must not stop the server.
	_, _ = t.to.Write(p)
	return len(p), nil
}

func (t *tail) contains(s string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Contains(string(t.last), s)
}

// quote gives what was printed last, to stand after an error.
func (t *tail) quote() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.last) == 0 {
		return ""
	}
	return "\n" + strings.TrimSpace(string(t.last))
}

// DefaultDir gives the folder to keep a named cluster in: below the user's cache folder, or for
// root below /var/lib, because a server that runs as another user cannot enter root's home.
func DefaultDir(name string) (string, error) {
	if isRoot() {
		return filepath.Join("/var/lib/huiyin", name), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w", err)
	}
	return filepath.Join(cache, "huiyin", name), nil
}
