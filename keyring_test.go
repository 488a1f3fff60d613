package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"huiyin/cases"
	"huiyin/store/seal"
)

func writeKeys(t *testing.T, file string) *seal.Keyset {
	t.Helper()
	keys, err := seal.Generate()
	if err == nil {
		err = keys.WriteFile(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestKeyringFollowsItsFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keyset.json")
	keys := writeKeys(t, file)
	ring, err := openKeyring("file://"+file, seal.RoleDesk)
	if err != nil {
		t.Fatal(err)
	}
	if role := ring.keys.Load().Role(); role != seal.RoleDesk {
		t.Errorf("it holds the keys of %s", role)
	}
	const id = "case-1"
	wrapped, share, _, err := ring.NewCaseKey(id)
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := keys.Rotate()
	if err == nil {
		err = rotated.ReplaceFile(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	// What another process wraps by the fresh key opens, and so does what was wrapped before.
	other, otherShare, _, err := rotated.NewCaseKey(id)
	if err != nil {
		t.Fatal(err)
	}
	for what, halves := range map[string][2][]byte{"before": {wrapped, share}, "after": {other, otherShare}} {
		if _, err := ring.OpenCaseKey(id, halves[0], halves[1]); err != nil {
			t.Errorf("wrapped %s: %v", what, err)
		}
	}
	if ring.keys.Load().Role() != seal.RoleDesk || ring.keys.Load().Primary() != rotated.Primary() {
		t.Error("it holds other keys than the file's for its role")
	}
	// Nothing is wrapped by a key that is about to be retired.
	if rotated, err = rotated.Rotate(); err == nil {
		err = rotated.ReplaceFile(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	if wrapped, share, _, err = ring.NewCaseKey(id); err != nil {
		t.Fatal(err)
	}
	retired, err := rotated.Retire()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := retired.OpenCaseKey(id, wrapped, share); err != nil {
		t.Errorf("wrapped by an older key: %v", err)
	}
	// What opens with no key is told at once, without reading the file.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.OpenCaseKey("case-2", wrapped, share); !errors.Is(err, seal.ErrCannotOpen) || cases.CodeOf(err) == cases.Away {
		t.Errorf("another case's: %v", err)
	}
}

// A slip with the file does not change the keys of a process that runs, and makes no case that cannot be read.
func TestKeyringKeepsItsInstallation(t *testing.T) {
	t.Parallel()
	for name, slip := range map[string]func(file string) error{
		"another installation's": func(file string) error {
			keys, err := seal.Generate()
			if err != nil {
				return err
			}
			return keys.WriteFile(file)
		},
		"nonsense": func(file string) error { return os.WriteFile(file, []byte("nonsense"), 0o600) },
		"readable by the group": func(file string) error {
			keys, err := seal.Generate()
			if err == nil {
				err = keys.WriteFile(file)
			}
			return errors.Join(err, os.Chmod(file, 0o640))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "keyset.json")
			writeKeys(t, file)
			ring, err := openKeyring(file, seal.RoleAll)
			if err != nil {
				t.Fatal(err)
			}
			wrapped, share, _, err := ring.NewCaseKey("case-1")
			if err != nil {
				t.Fatal(err)
			}
			had := ring.keys.Load()
			if err := errors.Join(os.Remove(file), slip(file)); err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := ring.NewCaseKey("case-2"); cases.CodeOf(err) != cases.Away {
				t.Errorf("a key is made: %v", err)
			}
			if _, err := ring.OpenCaseKey("case-2", wrapped, share); cases.CodeOf(err) != cases.Away {
				t.Errorf("a key that does not open: %v", err)
			}
			if _, err := ring.OpenCaseKey("case-1", wrapped, share); err != nil || ring.keys.Load() != had {
				t.Errorf("reading what it could read: %v", err)
			}
		})
	}
}
