package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"huiyin/store/seal"
)

type keysCommand struct {
	New     keysNew     `cmd:"" help:"Make a new keyset. Keep a copy where the database's backups are not."`
	Split   keysSplit   `cmd:"" help:"Write a keyset for each role that is served apart: intake.json, desk.json, postman.json."`
	Wrap    keysWrap    `cmd:"" help:"Write a copy that only a key of AWS, Google Cloud or Vault opens; needs a build with -tags kms."`
	Upgrade keysUpgrade `cmd:"" help:"Add the keys that a keyset of an earlier format lacks."`
	Rotate  keysRotate  `cmd:"" help:"Change the key that wraps the cases' keys, while others serve; safe to stop and run again."`
}

type keysNew struct {
	File string `arg:"" help:"Where to write it; an existing file is never overwritten." type:"path"`
}

// Run writes a keyset that only its owner can read.
func (k keysNew) Run(s *surroundings) error {
	keys, err := seal.Generate()
	if err != nil {
		return err
	}
	if err := keys.WriteFile(k.File); err != nil {
		return err
	}
	s.say("keyset written. Without it nothing that is stored can be read again: keep a copy apart from the database's backups.")
	return nil
}

type keysSplit struct {
	File string `arg:"" help:"The whole keyset. It stays as it is; keep it away from the machines that serve." type:"path"`
	Dir  string `arg:"" help:"Folder to write into; it is made when it is missing. Nothing in it is overwritten." type:"path"`
}

// Run writes the three files or none. Those of a wrapped keyset are wrapped by the same key.
func (k keysSplit) Run(s *surroundings) (err error) {
	keys, err := seal.Open(k.File)
	if err != nil {
		return err
	}
	roles := []string{seal.RoleIntake, seal.RoleDesk, seal.RolePostman}
	file := func(role string) string { return filepath.Join(k.Dir, role+".json") }
	var parts []*seal.Keyset
	for _, role := range roles {
		part, err := keys.For(role)
		if err != nil {
			return err
		}
		parts = append(parts, part)
		if _, err := os.Lstat(file(role)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keys split: %s is there already and is not overwritten: %w", file(role), fs.ErrExist)
		}
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return fmt.Errorf("keys split: %w", err)
	}
	var written []string
	defer func() {
		if err != nil {
			for _, f := range written {
				err = errors.Join(err, os.Remove(f))
			}
		}
	}()
	for _, part := range parts {
		path := file(part.Role())
		if kek := part.KEK(); kek != "" {
			err = part.WriteWrapped(path, kek)
		} else {
			err = part.WriteFile(path)
		}
		if err != nil {
			return err
		}
		written = append(written, path)
	}
	s.say("written: intake.json, desk.json, postman.json. Give each process its own as HUIYIN_KEYSET, and keep the whole keyset away from them.")
	return nil
}

type keysWrap struct {
	File string `arg:"" help:"The keyset." type:"path"`
	KEK  string `arg:"" name:"kek-uri" help:"The key: aws-kms://arn:aws:kms:…, gcp-kms://projects/… or hcvault://host:port/transit/keys/…."`
	Out  string `arg:"" help:"Where to write the wrapped keyset; an existing file is never overwritten." type:"path"`
}

// Run writes the wrapped keyset and opens it again, so that what cannot be opened is known while the other is there.
func (k keysWrap) Run(s *surroundings) error {
	keys, err := seal.Open(k.File)
	if err != nil {
		return err
	}
	if err := keys.WriteWrapped(k.Out, k.KEK); err != nil {
		return err
	}
	again, err := seal.Open(k.Out)
	if err != nil {
		return err
	}
	if again.Fingerprint() != keys.Fingerprint() {
		return fmt.Errorf("keys wrap: %s does not hold what was written", k.Out)
	}
	s.say("wrapped keyset written; it opens. The file in clear is still there: move it to where the copy is kept.")
	return nil
}

type keysUpgrade struct {
	File string `arg:"" help:"The keyset; it is replaced whole or not at all." type:"path"`
}

// Run replaces the file. Doing it again does nothing.
func (k keysUpgrade) Run(s *surroundings) error {
	keys, err := seal.Open(k.File)
	if err != nil {
		return err
	}
	upgraded, changed, err := keys.Upgrade()
	if err != nil {
		return err
	}
	if !changed {
		s.say("the keyset lacks nothing")
		return nil
	}
	if err := upgraded.ReplaceFile(k.File); err != nil {
		return err
	}
	s.say("keyset upgraded: it has a custodian's keys. Make a copy again: an older one cannot open what they seal.")
	return nil
}
