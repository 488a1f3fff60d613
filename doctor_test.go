package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/sim"
	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
	"huiyin/store/redis/redistest"
	"huiyin/store/seal"
)

// sickRoom is an installation in order, as its environment.
type sickRoom struct {
	t       *testing.T
	environ map[string]string
}

func newSickRoom(t *testing.T) sickRoom {
	t.Helper()
	telegram := sim.New(sim.Options{Token: testToken})
	t.Cleanup(telegram.Close)
	api, err := telegram.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	keys := writeKeys(t, filepath.Join(folder, "keyset.json"))
	redisURL, _ := redistest.New(t)
	r := sickRoom{t, map[string]string{
		"TELEGRAM_BOT_TOKEN": testToken, "TELEGRAM_API_URL": api, "REDIS_URL": redisURL, "LISTEN_ADDR": "127.0.0.1:0",
		"DATABASE_URL": pgtest.Template(t, "huiyin", postgres.Migrate), "HUIYIN_KEYSET": filepath.Join(folder, "keyset.json"),
		"HUIYIN_BLOBS": filepath.Join(folder, "blobs"), "HUIYIN_TEMP_DIR": folder,
	}}
	store, err := postgres.Open(t.Context(), r.environ["DATABASE_URL"], vault{}, postgres.Options{Role: postgres.Intake})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.CheckKeyset(t.Context(), keys.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	return r
}

// run gives the exit code of a command and what it said.
func (r sickRoom) run(change map[string]string, args ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	environ := maps.Clone(r.environ)
	maps.Copy(environ, change)
	var lines []string
	for name, value := range environ {
		lines = append(lines, name+"="+value)
	}
	var out, errs bytes.Buffer
	code = run(&surroundings{ctx: ctx, environ: lines, stdout: &out, stderr: &errs}, args)
	return code, out.String(), errs.String()
}

func TestDoctorFindsAHealthyHouseWell(t *testing.T) {
	t.Parallel()
	r := newSickRoom(t)
	code, out, errs := r.run(map[string]string{"CLAMD_ADDR": clamdThatAnswers(t)}, "doctor")
	if code != 0 || errs != "" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	for _, what := range []string{
		"settings", "keyset", "Postgres", "migrations", "database role huiyin_intake", "database role huiyin_desk",
		"database role huiyin_postman", "keyset and database belong together", "blob store", "temporary files", "virus scanner", "Redis",
	} {
		if !strings.Contains(out, "ok    "+what+"\n") {
			t.Errorf("%s is not looked at:\n%s", what, out)
		}
	}
	// A part is asked for what it needs.
	code, out, _ = r.run(nil, "doctor", "--role", "postman")
	if code != 0 || strings.Contains(out, "huiyin_intake") || !strings.Contains(out, "ok    database role huiyin_postman\n") {
		t.Errorf("the postman: exit %d\n%s", code, out)
	}
	code, out, _ = r.run(nil, "doctor", "--role", "desk")
	if code != 1 || !strings.Contains(out, "wrong settings: TELEGRAM_DESK_BOT_TOKEN is not set") {
		t.Errorf("the desk with one bot: exit %d\n%s", code, out)
	}
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := newSickRoom(t)
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, value, want string }{
		{"HUIYIN_BLOBS", file, "wrong blob store: the folder for blobs"},
		{"HUIYIN_BLOBS", "s3://bucket", "wrong blob store: this build has no driver"},
		{"HUIYIN_TEMP_DIR", file, "wrong temporary files: evidence: make temporary file: not a directory"},
		{"CLAMD_ADDR", nobody(t), "wrong virus scanner: "},
		{"TELEGRAM_DESK_BOT_TOKEN", "7000000009:another", "wrong TELEGRAM_DESK_BOT_TOKEN: "},
		{"DATABASE_URL", pgtest.New(t), "wrong migrations: "},
	} {
		code, out, _ := r.run(map[string]string{tt.name: tt.value}, "doctor")
		if code != 1 || !strings.Contains(out, tt.want) {
			t.Errorf("%s: exit %d, want %q in\n%s", tt.name, code, tt.want, out)
		}
	}
}

// Whoever names a wrong keyset, or one that cannot be used, is told in a sentence, by the doctor and at the start.
func TestWrongKeysetIsSaidInASentence(t *testing.T) {
	t.Parallel()
	r := newSickRoom(t)
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	writeKeys(t, in("other.json"))
	whole := openKeys(t, r.environ["HUIYIN_KEYSET"])
	desk, err := whole.For(seal.RoleDesk)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		whole.WriteFile(in("group.json")), os.Chmod(in("group.json"), 0o640), desk.WriteFile(in("desk.json")),
		os.WriteFile(in("nonsense.json"), []byte("nonsense"), 0o600), os.Mkdir(in("folder"), 0o700),
		whole.WriteFile(in("closed.json")), os.Chmod(in("closed.json"), 0),
	); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ file, finding, want string }{
		"another installation's": {in("other.json"), "keyset and database belong together", "the database was written with another keyset than this"},
		"missing":                {in("missing.json"), "keyset", "there is no keyset at " + in("missing.json")},
		"readable by the group":  {in("group.json"), "keyset", "may be read by other users (mode 0640): run chmod 600"},
		"of another part":        {in("desk.json"), "keyset", `the keyset is split for the role "desk" and cannot serve as "all"`},
		"damaged":                {in("nonsense.json"), "keyset", in("nonsense.json") + ": "},
		"a folder":               {in("folder"), "keyset", "is not a file"},
		"unreadable":             {in("closed.json"), "keyset", "permission denied"},
		"none":                   {"", "keyset", "no keyset is named"},
	} {
		if name == "unreadable" && os.Geteuid() == 0 {
			continue // root reads everything
		}
		change := map[string]string{"HUIYIN_KEYSET": tt.file}
		code, out, _ := r.run(change, "doctor")
		if code != 1 || !strings.Contains(out, "wrong "+tt.finding+": ") || !strings.Contains(out, tt.want) {
			t.Errorf("%s: the doctor: exit %d\n%s", name, code, out)
		}
		if name == "none" {
			tt.want = "HUIYIN_KEYSET is not set"
		}
		code, out, errs := r.run(change, "serve")
		if code != 1 || out != "" || !strings.HasPrefix(errs, "huiyin: HUIYIN_KEYSET") || !strings.Contains(errs, tt.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: serve: exit %d, %q, %q", name, code, out, errs)
		}
	}
}

// nobody is an address at which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // that is what is wanted
	return l.Addr().String()
}

// clamdThatAnswers is a scanner that says it is there.
func clamdThatAnswers(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // it ends the loop
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			ask := make([]byte, len("zPING\x00"))
			if _, err := c.Read(ask); err == nil && string(ask) == "zPING\x00" {
				_, _ = c.Write([]byte("PONG\x00")) // whoever asked sees what is missing
			}
			_ = c.Close() // as above
		}
	}()
	return l.Addr().String()
}
