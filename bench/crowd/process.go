package crowd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// StopWithin is how long a process or a store may take to stop.
const StopWithin = 40 * time.Second

// Build makes the bot as it is shipped, with more arguments of `go build` if given, and gives its path in dir.
func Build(ctx context.Context, dir string, args ...string) (string, error) {
	binary := filepath.Join(dir, "huiyin")
	build := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", binary}, args...), "huiyin")...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build huiyin: %w\n%s", err, out)
	}
	return binary, nil
}

// Command runs one of huiyin's short commands and gives what it printed.
func Command(ctx context.Context, binary string, environ []string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, binary, args...)
	c.Env = environ
	var wrong bytes.Buffer
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("huiyin %s: %w\n%s", strings.Join(args[:min(len(args), 2)], " "), err, wrong.String())
	}
	return string(out), nil
}

// Invite gives the token of a one-time link for an officer.
func Invite(ctx context.Context, binary string, environ []string, name, department string) (string, error) {
	out, err := Command(ctx, binary, environ, "officers", "invite", "--role", "officer", "--name", name, "--dept", department)
	if err != nil {
		return "", err
	}
	_, token, ok := strings.Cut(strings.TrimSpace(out), "?start=")
	if !ok {
		return "", errors.New("huiyin officers invite printed no link")
	}
	return token, nil
}

// FreeAddress is an address of this machine that nobody listens on at the moment.
func FreeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// Process is `huiyin serve` as a process of its own.
type Process struct {
	cmd  *exec.Cmd
	log  string
	seen chan struct{} // closed when it has said that it serves
	gone chan struct{} // closed when it has ended
	exit error         // how it ended; read after gone
}

// Serve starts the bot; what it prints is appended to logFile.
func Serve(binary string, environ []string, logFile string) (*Process, error) {
	// Appended to, because the bot writes its standard error and this process its standard output.
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the bot's log: %w", err)
	}
	p := &Process{cmd: exec.Command(binary, "serve"), log: logFile, seen: make(chan struct{}), gone: make(chan struct{})}
	ready := &awaited{to: log, word: []byte("huiyin is serving"), seen: p.seen}
	p.cmd.Env, p.cmd.Stderr = environ, log
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start huiyin serve: %w", err), log.Close())
	}
	go func() {
		defer close(p.gone)
		defer func() { _ = log.Close() }() // what was written is read back
		_, _ = io.Copy(ready, out)         // ends with the process
		p.exit = p.cmd.Wait()
	}()
	return p, nil
}

// Ready returns when the bot says that it serves.
func (p *Process) Ready(ctx context.Context) error {
	select {
	case <-p.seen:
		return nil
	case <-p.gone:
		raw, _ := os.ReadFile(p.log) // an empty log says little, and the exit says the rest
		return fmt.Errorf("huiyin serve ended at once: %w\n%s", p.exit, raw[max(0, len(raw)-4000):])
	case <-ctx.Done():
		return fmt.Errorf("huiyin serve is not ready: %w", context.Cause(ctx))
	}
}

// Pid is the number of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Gone is closed when the process has ended, in whatever way.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Signal sends a signal; a process that is gone hears nothing.
func (p *Process) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// Kill ends the process at once and returns when it is gone.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.gone
}

// Stop asks the bot to stop, as an operator would, and gives the CPU time it took. A bot that does not stop, or stops
// with an error, is an error.
func (p *Process) Stop() (time.Duration, error) {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(StopWithin):
		p.Kill()
		return 0, fmt.Errorf("huiyin serve did not stop within %s", StopWithin)
	}
	if p.exit != nil {
		return 0, fmt.Errorf("huiyin serve ended badly: %w", p.exit)
	}
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime(), nil
}

// awaited passes output on and tells when a word has come. It is written to by one goroutine.
type awaited struct {
	to   io.Writer
	word []byte
	kept []byte
	seen chan struct{}
	done bool
}

func (a *awaited) Write(p []byte) (int, error) {
	if !a.done {
		if a.kept = append(a.kept, p...); bytes.Contains(a.kept, a.word) {
			a.done, a.kept = true, nil
			close(a.seen)
		}
	}
	return a.to.Write(p)
}
