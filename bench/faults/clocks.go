package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"huiyin/sim"
)

// clock is what a process of the build "clocks" goes by: a file that it maps, with the seconds by which its wall clock, and the
// time that passes, are ahead of the machine's.
type clock struct {
	name         string
	wall, passed int64
}

func (h *house) newClock(name string, wall time.Duration) (*clock, error) {
	c := &clock{name: filepath.Join(h.dir, "clock-"+name)}
	return c, c.move(wall, 0)
}

// move puts the wall clock forward, or back, and lets so much time have passed.
func (c *clock) move(wall, passed time.Duration) error {
	c.wall, c.passed = c.wall+int64(wall/time.Second), c.passed+int64(passed/time.Second)
	raw := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, uint64(c.wall)), uint64(c.passed)) //nolint:gosec // read back as signed
	f, err := os.OpenFile(c.name, os.O_CREATE|os.O_WRONLY, 0o600)                                                    // the file that is mapped, and no new one
	if err != nil {
		return fmt.Errorf("move a clock: %w", err)
	}
	_, err = f.WriteAt(raw, 0)
	return errors.Join(err, f.Close())
}

// A Go program asks the kernel for the time and no library, so nothing can be put in between but by the compiler: it is given
// another text of the standard library's time. What is shipped knows nothing of this.
var shifted = []struct{ good, bad string }{
	{"	sec, nsec, mono := runtimeNow()\n	if mono == 0 {", "	sec, nsec, mono := runtimeNow()\n	sec += shift[0]\n	if mono == 0 {"},
	{"	mono -= startNano\n", "	mono += shift[1]*1e9 - startNano\n"},
	{"subMono(runtimeNano()-startNano, t.ext)", "subMono(runtimeNano()+shift[1]*1e9-startNano, t.ext)"},
	{"subMono(t.ext, runtimeNano()-startNano)", "subMono(t.ext, runtimeNano()+shift[1]*1e9-startNano)"},
}

const shift = `package time

import (
	"syscall"
	"unsafe"
)

var shift = mapped()

func mapped() *[2]int64 {
	name, found := syscall.Getenv("HUIYIN_CLOCK")
	if !found {
		return new([2]int64)
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY, 0)
	if err != nil {
		panic("HUIYIN_CLOCK: " + err.Error())
	}
	mem, err := syscall.Mmap(fd, 0, 16, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("HUIYIN_CLOCK: " + err.Error())
	}
	return (*[2]int64)(unsafe.Pointer(&mem[0]))
}
`

// shiftedTime gives the arguments of `go build` for a bot whose clock can be moved.
func shiftedTime(dir string) ([]string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "time").Output()
	if err != nil {
		return nil, fmt.Errorf("find the standard library: %w", err)
	}
	library := strings.TrimSpace(string(out))
	raw, err := os.ReadFile(filepath.Join(library, "time.go"))
	if err != nil {
		return nil, fmt.Errorf("find the standard library: %w", err)
	}
	src := string(raw)
	for _, s := range shifted {
		if strings.Count(src, s.good) != 1 {
			return nil, fmt.Errorf("this version of Go tells the time in another way: %q is not there, or not once", s.good)
		}
		src = strings.Replace(src, s.good, s.bad, 1)
	}
	replace := map[string]string{}
	for name, text := range map[string]string{"time.go": src, "shift.go": shift} {
		replace[filepath.Join(library, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("write another time: %w", err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, fmt.Errorf("write another time: %w", err)
	}
	file := filepath.Join(dir, "overlay.json")
	// With another time everything is compiled anew. Without inlining and debug information that takes two thirds of the time.
	return []string{"-overlay=" + file, "-gcflags=all=-l -dwarf=false", "-ldflags=-s -w"}, os.WriteFile(file, list, 0o600)
}

// withClocks gives the next processes clocks of their own in turn, so much ahead of everything else.
func withClocks(ahead ...time.Duration) func(context.Context, *world) (func(context.Context, *round) error, func(), error) {
	return func(ctx context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
		h := w.house
		shipped, err := h.another(ctx, "clocks", shiftedTime)
		undo = func() { shipped(); h.clocks = nil }
		for n, d := range ahead {
			if err != nil {
				break
			}
			var c *clock
			c, err = h.newClock(fmt.Sprint(n), d)
			h.clocks = append(h.clocks, c)
		}
		return nil, undo, err
	}
}

// steppedAndFlushed lets Redis lose what it holds, twice, and between the two every clock jumps over to the other side.
func steppedAndFlushed(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.15); err != nil {
		return err
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	if err := r.done(ctx, 0.35); err != nil {
		return err
	}
	for _, c := range r.clocks {
		if err := c.move(-2*time.Duration(c.wall)*time.Second, 0); err != nil {
			return err
		}
	}
	if err := r.done(ctx, 0.5); err != nil {
		return err
	}
	return r.flush(ctx)
}

// longest is a retry_after as it has been seen, in seconds.
const longestRetry = 10072

// heldForHours lets Telegram refuse the sendings of several chats for hours, which then pass on every clock.
func heldForHours(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.3); err != nil {
		return err
	}
	end := r.telegram.Fail(sim.Fault{Kind: sim.FaultTooMany, RetryAfter: longestRetry, Method: "sendMessage", Count: 6})
	err := r.lasts(ctx, 4*time.Second)
	end()
	if err != nil {
		return err
	}
	const hours = (longestRetry + 60) * time.Second
	r.telegram.Advance(hours)
	for _, c := range r.clocks {
		if err := c.move(hours, hours); err != nil {
			return err
		}
	}
	_, err = r.db.Exec(ctx, "UPDATE river_job SET scheduled_at = scheduled_at - $1::interval WHERE state IN ('scheduled', 'retryable')", hours)
	if err != nil {
		return fmt.Errorf("let hours pass for what is to be sent: %w", err)
	}
	return nil
}
