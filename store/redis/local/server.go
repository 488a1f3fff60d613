package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 5 * time.Second
	startTries   = 5
	pollInterval = 20 * time.Millisecond
)

// Databases is how many databases a redis-server started here has, counted from 0.
const Databases = 1024

var errNoServer = errors.New("no redis-server on PATH: run \"apt-get install redis-server\" (Debian, Ubuntu) " +
	"or \"brew install redis\" (macOS)")

// StartServer runs a real redis-server on a free port and returns when it answers. ctx bounds the
// start only; the server runs until Stop, and on Linux no longer than this process.
func StartServer(ctx context.Context) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errNoServer
	}
	for range startTries { // the port may be taken between choosing and binding it
		var s *Server
		if s, err = startServer(ctx, program); err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("start redis-server: %w", err)
}

func startServer(ctx context.Context, program string) (*Server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "huiyin-redis-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", strconv.Itoa(port),
		"--databases", strconv.Itoa(Databases), "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", dir)
	cmd.Dir = dir
	cmd.SysProcAttr = processAttributes()

	started, done := make(chan error), make(chan struct{})
	go func() {
		// Linux sends the death signal when the starting thread ends; keep it until then.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(done)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is of no interest, only that it did
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	s := &Server{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), stop: func() { end(cmd.Process, done) }}
	if err := s.ready(ctx, cmd.Process.Pid, done); err != nil {
		s.Stop()
		return nil, err
	}
	// The server writes nothing by itself, so its folder can go as soon as it stands in it: a
	// killed process then leaves nothing behind. Where it cannot go yet, the deferred call fails
	// and an empty folder stays.
	return s, nil
}

// end stops the process and returns when it is gone.
func end(p *os.Process, done <-chan struct{}) {
	askToStop(p)
	select {
	case <-done:
	case <-time.After(stopTimeout):
		_ = p.Kill()
		<-done
	}
}

var processID = regexp.MustCompile(`process_id:([0-9]+)`)

// ready waits until the server answers, and makes sure that it is process pid.
func (s *Server) ready(ctx context.Context, pid int, done <-chan struct{}) error {
	client := redis.NewClient(&redis.Options{Addr: s.addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	defer client.Close()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		info, err := client.Info(ctx, "server").Result()
		if err == nil {
			if m := processID.FindStringSubmatch(info); m == nil || m[1] != strconv.Itoa(pid) {
				return errors.New("another server answers on the chosen port")
			}
			return nil
		}
		select {
		case <-tick.C:
		case <-done:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", errors.Join(ctx.Err(), err))
		}
	}
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
