package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"

	"huiyin/store/seal"
)

// keysRun gives the exit code of a `huiyin keys` command and what it said.
func keysRun(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(&surroundings{ctx: context.Background(), stdout: &out, stderr: &errs}, append([]string{"keys"}, args...))
	return code, out.String(), errs.String()
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := keysRun(args...)
	if code != 0 {
		t.Fatalf("keys %s: exit %d: %s", args[0], code, errs)
	}
	return out
}

func openKeys(t *testing.T, path string) *seal.Keyset {
	t.Helper()
	k, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeysSplit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole, parts := filepath.Join(dir, "all.json"), filepath.Join(dir, "made", "parts")
	mustRun(t, "new", whole)
	keys := openKeys(t, whole)
	mustRun(t, "split", whole, parts)
	for _, role := range []string{seal.RoleIntake, seal.RoleDesk, seal.RolePostman} {
		part := openKeys(t, filepath.Join(parts, role+".json"))
		if part.Role() != role || part.Fingerprint() != keys.Fingerprint() {
			t.Errorf("%s.json is for %s", role, part.Role())
		}
	}

	// What is there stays, and no half of a set is left beside it.
	second := filepath.Join(dir, "second")
	if err := os.Mkdir(second, 0o700); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(second, "postman.json")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := keysRun("split", whole, second); code != 1 || !strings.Contains(errs, "not overwritten") {
		t.Errorf("over a file: exit %d, %s", code, errs)
	}
	if b, err := os.ReadFile(taken); err != nil || string(b) != "mine" {
		t.Errorf("the file that was there: %q, %v", b, err)
	}
	if entries, err := os.ReadDir(second); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}

	// A part cannot be split again.
	if code, _, errs := keysRun("split", filepath.Join(parts, "desk.json"), filepath.Join(dir, "third")); code != 1 || !strings.Contains(errs, "split for the role") {
		t.Errorf("a part: exit %d, %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "third")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder is there: %v", err)
	}
}

func TestKeysWrap(t *testing.T) {
	t.Parallel()
	kek, err := fakekms.NewKeyURI()
	if err != nil {
		t.Fatal(err)
	}
	client, err := fakekms.NewClient(kek)
	if err != nil {
		t.Fatal(err)
	}
	registry.RegisterKMSClient(client)
	dir := t.TempDir()
	file, wrapped, parts := filepath.Join(dir, "all.json"), filepath.Join(dir, "wrapped.json"), filepath.Join(dir, "parts")
	mustRun(t, "new", file)
	mustRun(t, "wrap", file, kek, wrapped)
	keys := openKeys(t, wrapped)
	if keys.KEK() != kek || keys.Fingerprint() != openKeys(t, file).Fingerprint() {
		t.Error("another keyset was wrapped")
	}
	// Parts of a wrapped keyset do not lie in the open.
	mustRun(t, "split", wrapped, parts)
	if part := openKeys(t, filepath.Join(parts, "desk.json")); part.KEK() != kek || part.Role() != seal.RoleDesk {
		t.Errorf("desk.json is for %s, wrapped: %v", part.Role(), part.KEK() != "")
	}
	if code, _, errs := keysRun("wrap", file, kek, wrapped); code != 1 || !strings.Contains(errs, "not overwritten") {
		t.Errorf("over a file: exit %d, %s", code, errs)
	}
	if code, _, errs := keysRun("wrap", file, "nonsense", filepath.Join(dir, "x.json")); code != 1 || !strings.Contains(errs, "URI") {
		t.Errorf("without a URI: exit %d, %s", code, errs)
	}
}

func TestKeysUpgrade(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile("store/seal/testdata/version1.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "keyset.json")
	if err := os.WriteFile(file, old, 0o600); err != nil {
		t.Fatal(err)
	}
	before := openKeys(t, file)
	if code, _, errs := keysRun("split", file, filepath.Join(dir, "parts")); code != 1 || !strings.Contains(errs, "keys upgrade") {
		t.Errorf("split before: exit %d, %s", code, errs)
	}
	if out := mustRun(t, "upgrade", file); !strings.Contains(out, "copy again") {
		t.Errorf("upgrade said %q", out)
	}
	after := openKeys(t, file)
	if after.Fingerprint() != before.Fingerprint() {
		t.Error("the upgrade is another installation's")
	}
	if sealed, err := after.SealIdentity("case", []byte("who")); err != nil {
		t.Errorf("seal to the custodian: %v", err)
	} else if plain, err := after.OpenIdentity("case", sealed); err != nil || string(plain) != "who" {
		t.Errorf("open by the custodian: %q, %v", plain, err)
	}
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, "upgrade", file); !strings.Contains(out, "lacks nothing") {
		t.Errorf("a second upgrade said %q", out)
	}
	if second, err := os.ReadFile(file); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the second upgrade changed the file, %v", err)
	}
}
