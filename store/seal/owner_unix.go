//go:build unix

package seal

import (
	"os"
	"slices"
	"syscall"
)

// keepOwner gives the file at path the owner of the one at like: an administrator replaces what the
// bot's own user must read.
func keepOwner(path, like string) error {
	want, err := os.Stat(like)
	if err != nil {
		return err
	}
	have, err := os.Stat(path)
	if err != nil {
		return err
	}
	uid, gid, ok := ownerOf(want)
	// Another group does no harm: it may not read anyway.
	if has, _, _ := ownerOf(have); !ok || uid == has {
		return nil
	}
	return os.Chown(path, uid, gid)
}

func ownerOf(info os.FileInfo) (uid, gid int, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(s.Uid), int(s.Gid), true
}

// lent says that root lets a group of this process read a file, and nobody else: so Kubernetes mounts a secret for a user
// other than root. Who belongs to a group is root's to say, as who reads the file is.
func lent(info os.FileInfo) bool {
	groups, err := os.Getgroups()
	return err == nil && lentTo(info, os.Geteuid(), append(groups, os.Getegid()))
}

func lentTo(info os.FileInfo, user int, groups []int) bool {
	uid, gid, ok := ownerOf(info)
	return ok && uid == 0 && user != 0 && info.Mode().Perm()&^0o740 == 0 && slices.Contains(groups, gid)
}
