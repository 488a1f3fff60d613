//go:build !linux

package local

import (
	"os"
	"syscall"
)

func processAttributes() *syscall.SysProcAttr { return nil }

// askToStop kills: the server holds nothing worth writing.
func askToStop(p *os.Process) { _ = p.Kill() }
