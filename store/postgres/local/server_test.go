package local

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// deadline bounds every wait of these tests for a real server, on a busy machine.
const deadline = time.Minute

// childVariable turns this test binary into a process that runs a server and waits to be killed.
const childVariable = "HUIYIN_LOCAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		s, err := Start(context.Background(), Options{})
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Println(s.cmd.Process.Pid, s.cluster.dir)
		select {}
	}
	os.Exit(m.Run())
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	return ctx
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func run(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := Start(testContext(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

// folder gives a place that the server's user can reach, unlike t.TempDir of root.
func folder(t *testing.T) string {
	t.Helper()
	base := os.TempDir()
	dir, err := os.MkdirTemp(base, "huiyin-local-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "cluster")
}

// query runs one statement and gives its first value as text, empty when it has none.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	ctx := testContext(t)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var out string
	err = conn.QueryRow(ctx, sql).Scan(&out)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return out
}

// until polls a condition that another process brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx := testContext(t)
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("in vain waited until %s", what)
		}
	}
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func TestTemporaryServer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer // written by the server's output, read after it is gone
	s, err := Start(testContext(t), Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	wait := s.Wait()
	ctx := testContext(t)
	for range 2 {
		if err := s.CreateDatabase(ctx, `odd "name"`); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateDatabase(ctx, "huiyin"); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		"SELECT current_database()": "huiyin",
		"SHOW server_encoding":      "UTF8",
		"SHOW listen_addresses":     "127.0.0.1",
		"SHOW timezone":             "UTC",
		"SHOW fsync":                "off",
		"SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user": "true",
	} {
		if got := query(t, s.URL("huiyin"), sql); got != want {
			t.Errorf("%s = %q, want %q", sql, got, want)
		}
	}
	// A statement that fails, with words in it and in the row it is about.
	conn, err := pgx.Connect(ctx, s.URL("huiyin"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS t (w text UNIQUE); INSERT INTO t VALUES ('a grievance in words')")
	}
	if err == nil {
		t.Error("the second row was taken")
	}
	_ = conn.Close(ctx)

	stop(t, s)
	stop(t, s) // a second time is harmless
	if err, ok := <-wait; err != nil || !ok {
		t.Errorf("Wait after Stop gave %v, %v", err, ok)
	}
	if _, ok := <-wait; ok {
		t.Error("Wait gave a second value")
	}
	if !gone(s.cluster.dir) {
		t.Errorf("%s is left behind", s.cluster.dir)
	}
	if !strings.Contains(log.String(), "duplicate key") {
		t.Errorf("the log does not show the failure:\n%s", log.String())
	}
	if strings.Contains(log.String(), "in words") {
		t.Error("people's words are in the log")
	}
}

func TestFolderKeepsData(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := run(t, Options{Dir: dir, Durable: true})
	if got := query(t, s.URL(""), "SHOW fsync"); got != "on" {
		t.Errorf("fsync of a durable server = %q", got)
	}
	query(t, s.URL(""), "CREATE TABLE kept AS SELECT 'still here' AS word")

	if again, err := Start(testContext(t), Options{Dir: dir}); err == nil {
		stop(t, again)
		t.Error("a second server on the folder was started")
	} else if !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second server: %v, want a sentence that says the folder is in use", err)
	}
	if got := query(t, s.URL(""), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("after the second start the first server says %q", got)
	}
	stop(t, s)

	s = run(t, Options{Dir: dir})
	if got := query(t, s.URL(""), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("after a restart: %q", got)
	}
}

// TestLeftovers starts on what a killed process can leave in a folder.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := run(t, Options{Dir: dir})
	query(t, s.URL(""), "CREATE TABLE kept AS SELECT 'still here' AS word")
	data := s.cluster.data()

	// A server that lives on without its starter.
	s.cluster.unlock()
	wait := s.Wait()
	next := run(t, Options{Dir: dir})
	if err := <-wait; err == nil {
		t.Error("Wait of a server that was ended from outside gave nil")
	}
	if got := query(t, next.URL(""), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("after an orphan: %q", got)
	}
	stop(t, next)

	// A pid file whose number is now another live process: this one.
	pid := strconv.Itoa(os.Getpid())
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(pid+"\n"+data+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// And a folder that initdb did not finish.
	if err := os.Mkdir(filepath.Join(dir, "data.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	next = run(t, Options{Dir: dir})
	if got := query(t, next.URL(""), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("after a stale pid file: %q", got)
	}
}

func TestServerThatEndsByItself(t *testing.T) {
	t.Parallel()
	s := run(t, Options{})
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-s.Wait(); !errors.Is(err, errEnded) {
		t.Errorf("Wait = %v, want errEnded", err)
	}
}

// TestKilledParent proves that a server and its folder do not outlive their process.
func TestKilledParent(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(testContext(t), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	number, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("the child says %q", line)
	}
	data := filepath.Join(dir, "data")
	if !isServer(pid, data) {
		t.Fatalf("no server %d in %s", pid, data)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	until(t, "the server is gone", func() bool { return !isServer(pid, data) })
	until(t, "the folder is gone", func() bool { return gone(dir) })
}

// TestSweep proves that a start removes what neither process nor guard could.
func TestSweep(t *testing.T) {
	t.Parallel()
	parent := filepath.Dir(folder(t))
	held, stale := filepath.Join(parent, "run-held"), filepath.Join(parent, "run-stale")
	for _, dir := range []string{held, stale} {
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := lockFolder(held)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	sweep(parent)
	if gone(held) {
		t.Error("a folder in use was removed")
	}
	if !gone(stale) {
		t.Error("a stale folder is left")
	}
}

func TestStartStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := Start(ctx, Options{})
	if err == nil {
		stop(t, s)
		t.Fatal("Start with an ended context gave a server")
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want context.Canceled", err)
	}
}

func TestMissingBinaries(t *testing.T) {
	t.Parallel()
	_, err := findBinaries(t.Context(), 9) // a version nobody has and nobody offers
	if !errors.Is(err, errNoBinaries) {
		t.Fatalf("findBinaries = %v, want errNoBinaries", err)
	}
	for _, want := range []string{"apt-get install postgresql", "brew install postgresql", "docker compose up"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q", want)
		}
	}
}

func TestFolderVersion(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]int{
		"/usr/lib/postgresql/9.6/bin":                   9,
		"/usr/lib/postgresql/17/bin":                    17,
		"/opt/homebrew/opt/postgresql@16/bin":           16,
		"/opt/homebrew/opt/postgresql/bin":              0,
		"postgres (PostgreSQL) 15.14 (Debian 15.14-0+)": 15,
	} {
		if got := folderVersion(folder); got != want {
			t.Errorf("folderVersion(%q) = %d, want %d", folder, got, want)
		}
	}
}

func TestEnvironmentHoldsNoSettings(t *testing.T) {
	t.Setenv("TELEGRAM_BOT_TOKEN", "1:secret")
	t.Setenv("PGHOST", "elsewhere")
	env := strings.Join(environment("/home"), "\n")
	for _, not := range []string{"secret", "elsewhere"} {
		if strings.Contains(env, not) {
			t.Errorf("the environment holds %q", not)
		}
	}
	if !strings.Contains(env, "HOME=/home") || !strings.Contains(env, "PATH=") {
		t.Errorf("the environment lacks what the server needs:\n%s", env)
	}
}

func TestTailKeepsTheLast(t *testing.T) {
	t.Parallel()
	l := &tail{to: io.Discard}
	fmt.Fprint(l, "first")
	fmt.Fprint(l, strings.Repeat("x", tailSize-4))
	fmt.Fprint(l, "last")
	if l.contains("first") || !l.contains("last") || len(l.last) != tailSize {
		t.Errorf("%d bytes are kept, the last %q", len(l.last), l.last[len(l.last)-6:])
	}
}
