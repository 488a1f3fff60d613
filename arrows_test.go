package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"os"
)

// rooms says what each room may import of ours (docs/architecture.md). A room is a folder and what lies below it,
// unless a longer path has a line of its own.
var rooms = map[string][]string{
	"":                      {"*"}, // main wires the rest
	"bench":                 {"*"},
	"cases":                 nil,
	"flows":                 nil,
	"guide":                 nil,
	"failpoint":             nil,
	"configs":               {"cases", "flows", "guide"},
	"sim":                   {"configs"},
	"store/seal":            nil,
	"store/audit":           nil,
	"store/postgres":        {"cases", "failpoint", "store/audit", "store/postgres/db"},
	"store/blobs":           {"failpoint"},
	"store/postgres/db":     nil,
	"store/postgres/local":  nil,
	"store/postgres/pgtest": {"store/postgres/local"},
	"store/redis":           {"failpoint", "flows"},
	"store/redis/local":     nil,
	"store/redis/redistest": {"store/redis/local"},
	"bot":                   {"cases", "flows", "bot/telegram", "bot/text"},
	"bot/telegram":          {"failpoint"},
	"bot/evidence":          nil,
	"bot/paper":             nil,
	"deploy/k8s":            nil,
	"bot/parcel":            nil,
	"bot/letter":            {"bot/paper", "bot/text", "cases"},
	"bot/text":              {"cases", "flows"},
	"bot/intake":            {"bot", "bot/letter", "bot/paper", "bot/text", "cases", "flows", "guide"},
	"bot/desk":              {"bot", "bot/letter", "bot/paper", "bot/parcel", "bot/text", "cases", "flows"},
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Imports,GoFiles", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == "huiyin" || strings.HasPrefix(p.ImportPath, "huiyin/") {
			all = append(all, p)
		}
	}
	if len(all) < len(rooms) {
		t.Fatalf("go list shows %d packages of ours", len(all))
	}
	return all
}

func short(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, "huiyin"), "/") }

// room finds the line of rooms for a package.
func room(path string) (string, bool) {
	for p := path; ; p = filepath.Dir(p) {
		if _, ok := rooms[p]; ok && (p != "" || path == "") {
			return p, true
		}
		if p == "." || p == "" {
			return "", false
		}
	}
}

// wrongArrows lists the imports that rooms does not allow.
func wrongArrows(all []listed) []string {
	var wrong []string
	for _, p := range all {
		from, ok := room(short(p.ImportPath))
		if !ok {
			wrong = append(wrong, p.ImportPath+" is in no room")
			continue
		}
		for _, to := range p.Imports {
			if to != "huiyin" && !strings.HasPrefix(to, "huiyin/") {
				continue
			}
			if !slices.Contains(rooms[from], "*") && !slices.Contains(rooms[from], short(to)) && short(to) != from {
				wrong = append(wrong, p.ImportPath+" imports "+to)
			}
		}
	}
	return wrong
}

func TestArrows(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for _, w := range wrongArrows(all) {
		t.Error(w)
	}
	forbidden := []listed{
		{ImportPath: "huiyin/cases", Imports: []string{"huiyin/store/postgres"}},
		{ImportPath: "huiyin/flows", Imports: []string{"huiyin/cases"}},
		{ImportPath: "huiyin/bot/desk", Imports: []string{"huiyin/bot/intake"}},
		{ImportPath: "huiyin/store/redis", Imports: []string{"huiyin/store/postgres"}},
		{ImportPath: "huiyin/new/room"},
	}
	if n := len(wrongArrows(forbidden)); n != len(forbidden) {
		t.Errorf("of %d forbidden arrows %d are found", len(forbidden), n)
	}
}

// longFiles may have more than 400 lines, each for the reason given.
var longFiles = map[string]string{"flows/session_json.go": "generated"}

func TestFilesAreShortAndNamed(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		path := short(p.ImportPath)
		if slices.Contains([]string{"utils", "util", "common", "helpers", "types", "misc"}, filepath.Base(path)) {
			t.Errorf("%s: a folder is named for what it holds", path)
		}
		if path == "store/postgres/db" {
			continue // generated
		}
		for _, name := range p.GoFiles {
			raw, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.Count(raw, []byte("\n"))
			if _, ok := longFiles[path+"/"+name]; !ok && lines > 400 {
				t.Errorf("%s/%s has %d lines: split it by what it holds", path, name, lines)
			}
		}
	}
}
