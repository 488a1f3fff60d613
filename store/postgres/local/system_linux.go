package local

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// processAttributes runs a process as the account, in a group of its own so that an interrupt from
// the keyboard reaches it only through Stop, and ends it when the thread that started it ends.
func processAttributes(a *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// isServer says that process pid is alive and a server of the data folder, in which it works.
func isServer(pid int, data string) bool {
	cwd, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	return err == nil && cwd == data
}
