package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for another process; it only matters when something is broken.
const patience = 4 * time.Minute

// binaryFolder is where binary put the program, for TestMain to take away.
var binaryFolder atomic.Pointer[string]

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := binaryFolder.Load(); dir != nil {
		_ = os.RemoveAll(*dir) // what is left of it does no harm
	}
	os.Exit(code)
}

// binary is the program as it is shipped, built once. Its folder is open to other users.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "huiyin-binary-")
	if err != nil {
		return "", err
	}
	binaryFolder.Store(&dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "huiyin")
	build := exec.Command("go", "build", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return file, nil
})

// process is the program running beside the test.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *watched // what it printed and logged
	done chan struct{}
	err  error // how it ended; read after done
}

// start runs the program with only these variables in its environment. What still runs when the test ends is killed.
func start(t *testing.T, environ map[string]string, how *syscall.SysProcAttr, args ...string) *process {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(file, args...), out: newWatched(), done: make(chan struct{})}
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		p.cmd.Env = append(p.cmd.Env, name+"="+environ[name])
	}
	p.cmd.Dir = filepath.Dir(file)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.SysProcAttr = how
	started := make(chan error)
	go func() {
		// Linux would send a death signal when the starting thread ends, so it stays until the process is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start the program: %v", err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() && os.Getenv("HUIYIN_TEST_LOG") != "" {
			t.Logf("the process said:\n%s", p.out)
		}
	})
	return p
}

// said waits until the process has printed something that fits and gives what the pattern's group caught.
func (p *process) said(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	after := time.After(patience)
	for {
		m, more := p.out.find(re)
		if m != nil {
			return string(m[len(m)-1])
		}
		select {
		case <-more:
		case <-p.done:
			if m, _ := p.out.find(re); m != nil {
				return string(m[len(m)-1])
			}
			p.t.Fatalf("the process ended (%v) and never said %s:\n%s", p.err, pattern, p.out)
		case <-after:
			p.t.Fatalf("the process never said %s:\n%s", pattern, p.out)
		}
	}
}

// kill ends the process as a power cut would, and returns when it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	<-p.done
}

// stop asks the process to end and gives its exit code.
func (p *process) stop(with os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(with); err != nil {
		p.t.Fatalf("signal the process: %v\n%s", err, p.out)
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("the process does not stop:\n%s", p.out)
	}
	return p.cmd.ProcessState.ExitCode()
}

// watched collects output and wakes those who wait for more of it.
type watched struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{}
}

func newWatched() *watched { return &watched{more: make(chan struct{})} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Write(p)
	close(w.more)
	w.more = make(chan struct{})
	return len(p), nil
}

func (w *watched) find(re *regexp.Regexp) ([][]byte, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return re.FindSubmatch(bytes.Clone(w.b.Bytes())), w.more
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// until asks again and again for a condition of another process that nothing announces.
func until(t *testing.T, what string, ok func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := ok(ctx)
		if yes {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: never came (last error: %v)", what, err)
		}
	}
}
