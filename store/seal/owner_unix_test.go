//go:build unix

package seal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestReplaceFileKeepsTheOwner is what an administrator needs who upgrades the bot's keyset.
func TestReplaceFileKeepsTheOwner(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "keyset.json")
	k := generate(t)
	if err := k.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	const bot = 65532
	if err := os.Chown(path, bot, bot); err != nil {
		t.Fatal(err)
	}
	if err := k.ReplaceFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if uid, gid, _ := ownerOf(info); uid != bot || gid != bot {
		t.Errorf("the file belongs to %d:%d, want %d", uid, gid, bot)
	}
}

// A secret that Kubernetes mounts belongs to root and is read by the container's group. Every other file that a group may read
// is refused.
func TestLentByRoot(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can give a file away")
	}
	const bot = 65532
	path := filepath.Join(t.TempDir(), "keyset.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		mode      os.FileMode
		uid, gid  int
		user, its int
		want      bool
	}{
		{"a mounted secret", 0o440, 0, bot, bot, bot, true},
		{"and one that root may write", 0o640, 0, bot, bot, bot, true},
		{"a group of somebody else", 0o440, 0, bot + 1, bot, bot, false},
		{"others read it too", 0o444, 0, bot, bot, bot, false},
		{"the group writes it", 0o660, 0, bot, bot, bot, false},
		{"its own file, opened to a group", 0o440, bot, bot, bot, bot, false},
		{"root's own", 0o440, 0, 0, 0, 0, false},
	} {
		if err := errors.Join(os.Chown(path, tt.uid, tt.gid), os.Chmod(path, tt.mode)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := lentTo(info, tt.user, []int{7, tt.its}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
