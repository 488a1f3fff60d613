package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// binaries is a folder with postgres and initdb in it.
type binaries string

func (b binaries) path(program string) string {
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	return filepath.Join(string(b), program)
}

// whole says that the programs a server needs are there.
func (b binaries) whole() bool {
	for _, program := range []string{"postgres", "initdb"} {
		info, err := os.Stat(b.path(program))
		if err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

var errNoBinaries = errors.New("no Postgres server programs on this machine, and they could not be downloaded: " +
	"run \"apt-get install postgresql\" (Debian, Ubuntu) or \"brew install postgresql\" (macOS), " +
	"or \"docker compose up\" to run everything in containers")

// packagedFolders are where packages put the server programs, which most keep off PATH.
var packagedFolders = []string{
	"/usr/lib/postgresql/*/bin",                               // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                        // Postgres' own RPMs
	"/opt/homebrew/opt/postgresql*/bin",                       // Homebrew, Apple silicon
	"/usr/local/opt/postgresql*/bin",                          // Homebrew, Intel
	"/Applications/Postgres.app/Contents/Versions/[0-9]*/bin", // Postgres.app
}

// findBinaries looks for server programs: on PATH, where packages put them (newest first), and at
// last downloads them. major is the version that an existing data folder needs, 0 for any.
func findBinaries(ctx context.Context, major int) (binaries, error) {
	found := installed()
	if major == 0 && len(found) > 0 {
		return found[0], nil
	}
	for _, b := range found {
		if b.version(ctx) == major {
			return b, nil
		}
	}
	b, err := download(major)
	if err != nil && len(found) > 0 {
		return "", fmt.Errorf("the data folder was made by Postgres %d, and only others are installed: "+
			"install that version or start afresh: %w", major, err)
	}
	return b, err
}

// installed lists the folders with server programs on this machine, best first.
func installed() []binaries {
	var found []binaries
	add := func(folder string) {
		if b := binaries(folder); b.whole() && !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		// The programs find their share folder from where they really are.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			add(filepath.Dir(real))
		}
	}
	for _, pattern := range packagedFolders {
		folders, _ := filepath.Glob(pattern) // the patterns are constant and well-formed
		slices.SortFunc(folders, func(a, b string) int { return cmp.Compare(folderVersion(b), folderVersion(a)) })
		for _, f := range folders {
			add(f)
		}
	}
	return found
}

var number = regexp.MustCompile(`[0-9]+`)

// folderVersion gives the major version that a package's folder is named for, 0 when it is not.
func folderVersion(folder string) int {
	n, _ := strconv.Atoi(number.FindString(folder))
	return n
}

// version asks the server program for its major version; 0 when it does not tell.
func (b binaries) version(ctx context.Context) int {
	out, err := exec.CommandContext(ctx, b.path("postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	return folderVersion(string(out))
}

// downloads names the version taken for each major one, 0 meaning any.
var downloads = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V17,
	17: embeddedpostgres.V17,
	16: embeddedpostgres.V16,
	15: embeddedpostgres.V15,
}

// download fetches server programs into the cache once.
func download(major int) (binaries, error) {
	version, ok := downloads[major]
	if !ok {
		return "", errNoBinaries
	}
	root, err := DefaultDir("postgres-programs-" + string(version))
	if err != nil {
		return "", errors.Join(errNoBinaries, err)
	}
	b := binaries(filepath.Join(root, "bin"))
	if b.whole() {
		return b, nil
	}
	scratch, err := os.MkdirTemp("", "huiyin-download-")
	if err != nil {
		return "", errors.Join(errNoBinaries, err)
	}
	defer os.RemoveAll(scratch)
	file := filepath.Join(scratch, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return "", errors.Join(errNoBinaries, err)
	}
	// The library downloads only on its way to a server of its own, which cannot run as root. A
	// data folder below a file ends that way right after the programs are in place; so the error
	// is normal, and what counts is whether they are.
	err = embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(version).
		BinariesPath(root).
		CachePath(scratch).
		RuntimePath(filepath.Join(scratch, "run")).
		DataPath(filepath.Join(file, "data")).
		Port(uint32(0)).
		Logger(io.Discard)).Start()
	if !b.whole() {
		return "", fmt.Errorf("%w (%w)", errNoBinaries, err)
	}
	// Unpacked for this user only; the server may run as another.
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		return err
	})
	if err != nil {
		return "", errors.Join(errNoBinaries, err)
	}
	return b, nil
}
