//go:build unix && !linux

package local

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// processAttributes runs a process as the account, in a group of its own so that an interrupt from
// the keyboard reaches it only through Stop.
func processAttributes(a *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true}
}

// isServer says that process pid is alive and a server of the data folder, which its command names.
func isServer(pid int, data string) bool {
	out, err := exec.Command("/bin/ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	program, args, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	return filepath.Base(program) == "postgres" && strings.Contains(args, data)
}
