//go:build unix

package local

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that runs the server in root's place, because Postgres refuses root.
// A nil account is the user of this process.
type account struct {
	name     string
	uid, gid int
}

func isRoot() bool { return os.Geteuid() == 0 }

// serverAccount gives the account to run the server as.
func serverAccount() (*account, error) {
	if !isRoot() {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.Atoi(u.Uid)
		gid, gerr := strconv.Atoi(u.Gid)
		if uerr == nil && gerr == nil && uid > 0 {
			return &account{name: name, uid: uid, gid: gid}, nil
		}
	}
	return nil, errors.New("a Postgres server does not run as root, and there is no user \"postgres\" or \"nobody\" to run it as: run this as another user")
}

// reach makes sure that every folder above dir lets the account pass.
func (a *account) reach(dir string) error {
	if a == nil {
		return nil
	}
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		info, err := os.Stat(up)
		if err != nil {
			return fmt.Errorf("local Postgres folder: %w", err)
		}
		if !a.passes(info) {
			return fmt.Errorf("local Postgres runs as user %q, who cannot go through %s to %s: choose another folder", a.name, up, dir)
		}
		if up == filepath.Dir(up) {
			return nil
		}
	}
}

func (a *account) passes(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		switch {
		case int(st.Uid) == a.uid:
			return mode&0o100 != 0
		case int(st.Gid) == a.gid:
			return mode&0o010 != 0
		}
	}
	return mode&0o001 != 0
}

// credential is for SysProcAttr.
func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}

// own gives dir to the account.
func (a *account) own(dir string) error {
	if a == nil {
		return nil
	}
	if err := os.Chown(dir, a.uid, a.gid); err != nil {
		return fmt.Errorf("give the Postgres folder to user %q: %w", a.name, err)
	}
	return nil
}

func ownedByUs(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

var errLocked = errors.New("folder is locked")

// lockFolder takes the folder for this process, or returns errLocked. The system frees it when the
// process ends; there is no file to leave behind.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// askToStop asks for a fast shutdown: clients are cut, what is committed is written.
func askToStop(p *os.Process) { _ = p.Signal(syscall.SIGINT) }

// tellToQuit ends the server at once; it recovers at the next start.
func tellToQuit(p *os.Process) { _ = p.Signal(syscall.SIGQUIT) }

// guardScript waits until its input ends, which happens when this process is gone in whatever way,
// then ends the server and removes the folder. A line on its input means that all is done already.
const guardScript = `if read -r _; then exit 0; fi
kill -INT "$1" 2>/dev/null
n=0
while kill -0 "$1" 2>/dev/null && [ "$n" -lt 50 ]; do sleep 0.1; n=$((n+1)); done
kill -KILL "$1" 2>/dev/null
if [ -n "$2" ]; then rm -rf -- "$2"; rmdir -- "$(dirname -- "$2")" 2>/dev/null; fi
exit 0`

// guard starts a shell that outlives this process by a moment, to end server pid and to remove the
// folder if one is given. It covers systems without death signals, and tests, which have no end
// of their own to clean up at. Without a shell there is no guard, and the next start cleans up.
func guard(pid int, remove string) (dismiss func()) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "huiyin-postgres-guard", strconv.Itoa(pid), remove)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt from the keyboard is not for it
	in, err := cmd.StdinPipe()
	if err != nil {
		return func() {}
	}
	if err := cmd.Start(); err != nil {
		_ = in.Close()
		return func() {}
	}
	return func() {
		_, _ = io.WriteString(in, "done\n")
		_ = in.Close()
		_ = cmd.Wait()
	}
}
