package loop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is a bot under test. What it writes goes into a file.
type Process struct {
	cmd  *exec.Cmd
	log  string
	gone chan struct{}
}

// Start runs a program with nothing in its environment but environ and what any program needs.
func Start(dir, logFile string, environ []string, program string, args ...string) (*Process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open a log: %w", err)
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	p := &Process{cmd: exec.Command(program, args...), log: logFile, gone: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, log, log
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, environ...)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is asked of ProcessState
		close(p.gone)
	}()
	return p, nil
}

// Stop ends the process as an operator would, and by force when that does not help.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // a process that is gone is found gone below
	select {
	case <-p.gone:
		return nil
	case <-time.After(40 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.gone
		return errors.New("the bot did not stop")
	}
}

// Tail is the end of what the process wrote.
func (p *Process) Tail() string {
	raw, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return string(raw[max(0, len(raw)-2000):])
}

// Usage is what a process has taken.
type Usage struct {
	CPU      time.Duration // of all its threads, since it began
	Resident int64         // bytes
	Peak     int64         // bytes
}

// tick is the unit of /proc/<pid>/stat: USER_HZ, which is 100 on every Linux.
const tick = 10 * time.Millisecond

// Usage reads /proc.
func (p *Process) Usage() (Usage, error) { return usage(p.cmd.Process.Pid) }

func usage(pid int) (u Usage, err error) {
	_, own, _, err := times(pid)
	if err != nil {
		return u, err
	}
	u.CPU = own
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, fmt.Errorf("what the process takes: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // other lines hold no number
		switch name {
		case "VmRSS":
			u.Resident = kb << 10
		case "VmHWM":
			u.Peak = kb << 10
		}
	}
	return u, nil
}

// times reads who the parent of a process is, and what CPU it has taken itself and by those of its children that are gone.
func times(pid int) (parent int, own, gone time.Duration, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, 0, fmt.Errorf("what the process takes: %w", err)
	}
	// The name may hold spaces; the fields after it are counted from its closing parenthesis.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var n [15]int64
	for _, i := range []int{1, 11, 12, 13, 14} { // ppid, utime, stime, cutime, cstime
		if n[i], err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return 0, 0, 0, fmt.Errorf("what the process takes: %w", err)
		}
	}
	return int(n[1]), time.Duration(n[11]+n[12]) * tick, time.Duration(n[13]+n[14]) * tick, nil
}

// family is the CPU that a process and its children have taken, those that are gone too.
func family(pid int) (time.Duration, error) {
	_, own, gone, err := times(pid)
	if err != nil {
		return 0, err
	}
	all := own + gone
	there, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	for _, name := range there {
		child, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue // no process
		}
		// One that ended meanwhile is counted by its parent the next time.
		if parent, own, _, err := times(child); err == nil && parent == pid {
			all += own
		}
	}
	return all, nil
}

// ServerCPU is the CPU that a Postgres server of this machine has taken, of which one of its backends is known.
func ServerCPU(backend int) (time.Duration, error) {
	server, _, _, err := times(backend)
	if err != nil {
		return 0, err
	}
	return family(server)
}

// run runs a short command to its end.
func run(ctx context.Context, environ []string, program string, args ...string) error {
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, environ...)
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return nil
}

// Build compiles a program of this module: static, as it is shipped.
func Build(ctx context.Context, to, pkg string) error {
	c := exec.CommandContext(ctx, "go", "build", "-o", to, pkg)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}
