package local

import (
	"os"
	"syscall"
)

// processAttributes keeps the keyboard's interrupt from the server and ends it with the thread
// that started it.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func askToStop(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
