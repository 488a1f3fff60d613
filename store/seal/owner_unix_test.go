//go:build unix

package seal

import (
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
