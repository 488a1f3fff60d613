package seal

import (
	"bytes"
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	fileVersion = 1
	fileKind    = "huiyin keyset"
	// maxFile bounds what is read: a keyset, even one with many rotated keys, is a few kilobytes.
	maxFile = 1 << 20
)

// document is the stored form of a keyset: versioned JSON with the tink keysets inside as JSON.
type document struct {
	Kind          string          `json:"kind"`
	Version       int             `json:"version"`
	Sessions      json.RawMessage `json:"sessions"`
	Cases         json.RawMessage `json:"cases"`
	Names         []byte          `json:"names"`
	ReceiptLookup []byte          `json:"receipt_lookup"`
	ReceiptKey    []byte          `json:"receipt_key"`
	Postman       []byte          `json:"postman"`
}

// Marshal gives the stored form of k. It holds every secret in clear: it belongs in a file only
// the bot may read, never in a log.
func (k *Keyset) Marshal() ([]byte, error) {
	sessions, err := handleJSON(k.s().sessionsHandle)
	if err != nil {
		return nil, fmt.Errorf("write session keys: %w", err)
	}
	cases, err := handleJSON(k.s().casesHandle)
	if err != nil {
		return nil, fmt.Errorf("write case keys: %w", err)
	}
	out, err := json.MarshalIndent(document{
		Kind: fileKind, Version: fileVersion,
		Sessions: sessions, Cases: cases,
		Names:         k.s().names[:],
		ReceiptLookup: k.s().receiptLookup[:],
		ReceiptKey:    k.s().receiptKey[:],
		Postman:       k.s().postman.Bytes(),
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write keyset: %w", err)
	}
	return append(out, '\n'), nil
}

// Parse reads what Marshal wrote. Its errors are sentences for the person who runs the bot and
// hold nothing of the content: causes are dropped, because decoders quote what they read.
func Parse(b []byte) (*Keyset, error) {
	var head struct {
		Kind    string `json:"kind"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, errors.New("keyset is damaged: it is not JSON")
	}
	if head.Kind != fileKind {
		return nil, errors.New("this is not a Huiyin keyset: make one with \"huiyin keys new\"")
	}
	if head.Version != fileVersion {
		return nil, fmt.Errorf("keyset has format version %d, this build reads version %d", head.Version, fileVersion)
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, errors.New("keyset is damaged: a field is unknown or has the wrong form")
	}
	var s secrets
	for _, f := range []struct {
		name string
		from []byte
		to   *[keySize]byte
	}{
		{"names", d.Names, &s.names},
		{"receipt_lookup", d.ReceiptLookup, &s.receiptLookup},
		{"receipt_key", d.ReceiptKey, &s.receiptKey},
	} {
		if len(f.from) != keySize || bytes.Equal(f.from, make([]byte, keySize)) {
			return nil, fmt.Errorf("keyset is damaged: %q is not a key of %d bytes", f.name, keySize)
		}
		copy(f.to[:], f.from)
	}
	if s.receiptLookup == s.receiptKey || s.names == s.receiptLookup || s.names == s.receiptKey {
		return nil, errors.New("keyset is damaged: one key is used for two things")
	}
	var err error
	if s.postman, err = ecdh.X25519().NewPrivateKey(d.Postman); err != nil {
		return nil, fmt.Errorf("keyset is damaged: \"postman\" is not a key of %d bytes", keySize)
	}
	if s.sessionsHandle, err = handleFromJSON(d.Sessions); err != nil {
		return nil, errors.New("keyset is damaged: its session keys cannot be read")
	}
	if s.casesHandle, err = handleFromJSON(d.Cases); err != nil {
		return nil, errors.New("keyset is damaged: its case keys cannot be read")
	}
	return assemble(&s)
}

// Open reads the keyset at uri: a path or file:///path. On unix it refuses a file that the group
// or others may read. URIs of key services are recognised and refused as unsupported.
func Open(uri string) (*Keyset, error) {
	path, err := pathOf(uri)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no keyset at %s: make one with \"huiyin keys new\": %w", path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("open keyset: %w", err)
	}
	defer f.Close()
	// The open file is asked, not the path, so that nothing can be swapped in between.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open keyset: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("keyset %s is not a file", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keyset %s may be read by other users (mode %04o): run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read keyset: %w", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("keyset %s is longer than any keyset", path)
	}
	k, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// pathOf gives the file path that uri names.
func pathOf(uri string) (string, error) {
	if uri == "" {
		return "", errors.New("no keyset is named: set HUIYIN_KEYSET to the file that \"huiyin keys new\" made")
	}
	scheme, _, found := strings.Cut(uri, "://")
	if !found {
		return uri, nil
	}
	switch strings.ToLower(scheme) {
	case "file":
		u, err := url.Parse(uri)
		if err != nil || (u.Host != "" && u.Host != "localhost") || u.Path == "" {
			return "", errors.New("keyset: a file URI has the form file:///path/to/keyset.json")
		}
		return filepath.FromSlash(u.Path), nil
	case "aws-kms", "gcp-kms", "hcvault":
		return "", fmt.Errorf("keyset: %s:// is not supported by this build: use a file", strings.ToLower(scheme))
	default:
		// The scheme is not repeated: a secret pasted into the wrong variable may look like one.
		return "", errors.New("keyset: this kind of URI is not known: use a path or file:///path")
	}
}

// WriteFile stores k at path with mode 0600. It never overwrites: when something is there, the
// error matches fs.ErrExist. The file appears whole or not at all, and is on disk on return.
func (k *Keyset) WriteFile(path string) (err error) {
	b, err := k.Marshal()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".keyset-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write keyset: %w", err)
	}
	defer os.Remove(tmp.Name())
	if err := writeSync(tmp, b); err != nil {
		return fmt.Errorf("write keyset: %w", err)
	}
	// A hard link, unlike a rename, fails when the name is taken.
	if err := os.Link(tmp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("write keyset: %s is there already and is not overwritten: %w", path, fs.ErrExist)
		}
		// Some file systems have no hard links. Exclusive creation keeps the promise not to
		// overwrite; a crash in the middle leaves a file that Parse refuses.
		if err := writeExclusive(path, b); err != nil {
			return fmt.Errorf("write keyset: %w", err)
		}
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every file system can sync a folder
		_ = d.Close()
	}
	return nil
}

func writeExclusive(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := writeSync(f, b); err != nil {
		_ = os.Remove(path)
		return err
	}
	return nil
}

// writeSync writes b, syncs and closes f, whatever happens.
func writeSync(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
