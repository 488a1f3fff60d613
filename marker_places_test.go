package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"huiyin/sim"
	"huiyin/store/redis"
)

// Places where the marker run looks, beside the phone of every officer ("phone: …").
const (
	inPostgres  = "Postgres"
	inRedis     = "Redis"
	inBlobs     = "blobs"
	inBlobNames = "names of blobs"
	inLog       = "log"
	inMetrics   = "metrics"
	inTemporary = "temporary files"
)

// places reads everything that is kept, said to the operator, or was ever sent to an officer.
func (r *markerRun) places() map[string][]byte {
	t := r.h.t
	t.Helper()
	all := map[string][]byte{
		inPostgres: dumpPostgres(t, r.h.settings.DatabaseURL), inRedis: dumpRedis(t, r.h.settings.RedisURL),
		inLog: []byte(r.h.log.String()), inMetrics: []byte(get(t, r.metrics)),
	}
	all[inBlobNames], all[inBlobs] = readFolder(t, r.h.settings.Blobs)
	names, contents := readFolder(t, r.h.settings.TempDir)
	all[inTemporary] = append(names, contents...)
	for role, p := range r.officers {
		all[onPhone(role)] = r.received(p)
	}
	for place := range all {
		if blobs := place == inBlobs || place == inBlobNames; blobs && (r.stage < stageFiled || r.stage == stageShredded) || place == inTemporary {
			continue // they may be empty
		}
		if len(all[place]) < 50 {
			t.Errorf("%s: only %d bytes to look through", place, len(all[place]))
		}
	}
	return all
}

func onPhone(role string) string { return "phone: " + role }

// received is every message that the bot ever sent to a phone, also those that were changed or are gone, what it answered
// to presses, and every file.
func (r *markerRun) received(p person) []byte {
	t := r.h.t
	t.Helper()
	var all bytes.Buffer
	for _, call := range r.h.telegram.Log() {
		if call.Chat != p.ID() {
			continue
		}
		for name, value := range call.Params {
			fmt.Fprintf(&all, "%s %s=%s\n", call.Method, name, value)
		}
	}
	for _, a := range p.Answers() {
		all.WriteString(a.Text + "\n")
	}
	for _, m := range p.Messages() {
		if m.From != "bot" {
			continue
		}
		fmt.Fprintf(&all, "%+v\n", m)
		if m.Media != nil {
			all.Write(r.file(m))
		}
	}
	return all.Bytes()
}

// file gives the bytes of a message's file, as a phone saves it.
func (r *markerRun) file(m sim.Message) []byte {
	return []byte(get(r.h.t, r.h.settings.APIURL+"/sim/files/"+m.Media.FileID))
}

func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }() // read below
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, r.Status, err)
	}
	return string(body)
}

var binaryColumn = regexp.MustCompile(`\\\\?x([0-9a-f]{2,})`)

// dumpPostgres is a pg_dump as an operator makes it, and after it the bytes of every binary column as they are.
func dumpPostgres(t *testing.T, url string) []byte {
	t.Helper()
	program, err := exec.LookPath("pg_dump")
	if err != nil {
		var found []string
		for _, folder := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/", "/opt/homebrew/opt/*/bin/", "/usr/local/opt/*/bin/"} {
			more, _ := filepath.Glob(folder + "pg_dump") // the patterns are constant and well-formed
			found = append(found, more...)
		}
		if len(found) == 0 {
			t.Fatal("no pg_dump on this machine")
		}
		program = slices.Max(found)
	}
	dump, err := exec.CommandContext(t.Context(), program, "--no-owner", url).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	all := bytes.NewBuffer(slices.Clone(dump))
	for _, m := range binaryColumn.FindAllSubmatch(dump, -1) {
		raw := make([]byte, len(m[1])/2)
		if _, err := hex.Decode(raw, m[1][:len(raw)*2]); err != nil {
			t.Fatal(err)
		}
		all.Write(append(raw, '\n'))
	}
	return all.Bytes()
}

// dumpRedis is every key with its value.
func dumpRedis(t *testing.T, url string) []byte {
	t.Helper()
	ctx := context.Background()
	c, err := redis.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }() // only read
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	var all bytes.Buffer
	for _, key := range keys {
		kind, err := c.Type(ctx, key).Result()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		switch kind {
		case "string":
			value, err = c.Get(ctx, key).Result()
		case "hash":
			value, err = c.HGetAll(ctx, key).Result()
		case "zset":
			value, err = c.ZRangeWithScores(ctx, key, 0, -1).Result()
		case "list":
			value, err = c.LRange(ctx, key, 0, -1).Result()
		case "set":
			value, err = c.SMembers(ctx, key).Result()
		case "none": // it ended meanwhile
		default:
			t.Fatalf("a key of kind %s: teach this test to read it", kind)
		}
		if err != nil && !strings.Contains(err.Error(), "nil") {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %s %v\n", key, kind, value)
	}
	return all.Bytes()
}

// readFolder gives the names of all files below a folder, and what they hold.
func readFolder(t *testing.T, folder string) (names, contents []byte) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		names = append(names, path+"\n"...)
		raw, err := os.ReadFile(path)
		contents = append(append(contents, raw...), '\n')
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, contents
}
