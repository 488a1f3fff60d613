//go:build !unix

package local

import (
	"errors"
	"os"
	"syscall"
)

// account is unused here: only root on unix runs the server as somebody else.
type account struct{}

func isRoot() bool { return false }

func serverAccount() (*account, error) { return nil, nil }

func (*account) reach(string) error { return nil }

func (*account) own(string) error { return nil }

func ownedByUs(os.FileInfo) bool { return true }

var errLocked = errors.New("folder is locked")

// lockFolder cannot lock here; Postgres' own pid file keeps two servers apart.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }

// askToStop kills: there are no signals to ask with. The server recovers at the next start.
func askToStop(p *os.Process) { _ = p.Kill() }

func tellToQuit(p *os.Process) { _ = p.Kill() }

func guard(int, string) (dismiss func()) { return func() {} }

func processAttributes(*account) *syscall.SysProcAttr { return nil }

// isServer cannot tell here. Postgres looks at its pid file itself and refuses when one runs, but
// it must find the file, so this is only asked before removing it.
func isServer(int, string) bool { return false }
