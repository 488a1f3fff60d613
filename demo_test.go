package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"huiyin/sim"
)

// demoPage is a running demo as its page sees it.
type demoPage struct {
	*process
	url string
}

// startDemo runs the demo in a folder and waits until it says where its page is.
func startDemo(t *testing.T, dir string, how *syscall.SysProcAttr, args ...string) demoPage {
	t.Helper()
	environ := map[string]string{"HOME": dir, "TMPDIR": os.TempDir()}
	p := start(t, environ, how, append([]string{"demo", "--dir", filepath.Join(dir, "demo"), "--addr", "127.0.0.1:0"}, args...)...)
	return demoPage{p, p.said(`Open (http://\S+)`)}
}

// openFolder gives a folder that other users can reach; t.TempDir lies where only its owner goes.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "huiyin-demo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the demo's folder: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ask calls the page's own interface (docs/sim.md).
func (d demoPage) ask(method, path string, body string, into any) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s", method, path, err, d.out)
	}
	defer func() { _ = answer.Body.Close() }() // read here
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode/100 != 2 {
		d.t.Fatalf("%s %s: %s %v\n%s", method, path, answer.Status, err, raw)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			d.t.Fatalf("%s %s: %v\n%s", method, path, err, raw)
		}
	}
}

// shows waits until a phone shows words, and gives all that it shows.
func (d demoPage) shows(phone int64, words string) {
	d.t.Helper()
	until(d.t, fmt.Sprintf("%q on phone %d", words, phone), func(context.Context) (bool, error) {
		var raw json.RawMessage
		d.ask(http.MethodGet, fmt.Sprintf("/sim/phones/%d/chats/bot/messages", phone), "", &raw)
		return strings.Contains(string(raw), words), nil
	})
}

func TestDemo(t *testing.T) {
	t.Parallel()
	t.Run("as this user", func(t *testing.T) {
		t.Parallel()
		demo(t, openFolder(t), nil)
	})
	if os.Geteuid() == 0 && runtime.GOOS == "linux" {
		t.Run("as a user without rights", func(t *testing.T) {
			t.Parallel()
			nobody, err := user.Lookup("nobody")
			if err != nil {
				t.Fatal(err)
			}
			uid, _ := strconv.ParseUint(nobody.Uid, 10, 32) // a number on Linux
			gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
			dir := openFolder(t)
			if err := os.Chown(dir, int(uid), int(gid)); err != nil {
				t.Fatal(err)
			}
			demo(t, dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}})
		})
	}
}

func demo(t *testing.T, dir string, how *syscall.SysProcAttr) {
	began := time.Now()
	d := startDemo(t, dir, how)
	if took := time.Since(began); took > 60*time.Second {
		t.Errorf("ready after %s", took)
	}
	var phones []struct {
		ID   int64  `json:"id"`
		Role string `json:"role"`
	}
	d.ask(http.MethodGet, "/sim/phones", "", &phones)
	roles := map[string]int{}
	for _, p := range phones {
		roles[p.Role]++
	}
	if roles["employee"] < 1 || roles["whistleblower"] < 1 || roles["officer"] < 2 {
		t.Errorf("the phones are %v, want an employee, a whistleblower and two officers", roles)
	}
	if page := d.page(); !strings.Contains(page, "<html") {
		t.Errorf("the page is\n%s", page)
	}
	d.shows(1003, "办理台")
	d.shows(1004, "Desk")
	d.file()
	d.stops(dir)

	d = startDemo(t, dir, how)
	d.say(1004, "/queue")
	d.shows(1004, "Queue: 1")
	d.stops(dir)

	d = startDemo(t, dir, how, "--reset")
	d.say(1004, "/queue")
	d.shows(1004, "Queue: 0")
	d.stops(dir)
}

func (d demoPage) page() string {
	d.t.Helper()
	answer, err := http.Get(d.url + "/")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // read here
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(raw)
}

// file makes one case of David's department from Sam's phone, by the page's interface.
func (d demoPage) file() {
	d.t.Helper()
	for _, s := range []struct{ say, tap, then string }{
		{"/start", "", "English"}, {"", "English", "File a grievance"}, {"", "File a grievance", "How do you want to file?"},
		{"", "Named", "I understand"}, {"", "I understand, go on", "What is it about?"},
		{"", "Canteen, dormitory, facilities", "Where is the problem?"}, {"", "Canteen", "What happened?"},
		{"The canteen closes before the late shift can eat.", "", "Done"}, {"", "Done", "Step 6 of 14"},
		{"", "Skip", "Step 7 of 14"}, {"", "Skip", "Step 8 of 14"}, {"", "Skip", "Step 9 of 14"}, {"", "Skip", "Step 10 of 14"},
		{"", "first time", "Step 11 of 14"}, {"", "Skip", "What is your name?"}, {"Sam", "", "Step 13 of 14"},
		{"", "Skip", "Step 14 of 14"}, {"", "Skip", "What it is about"}, {"", "Send", "Your case is"},
	} {
		if s.tap != "" {
			d.tap(1002, s.tap)
		} else {
			d.say(1002, s.say)
		}
		d.settled()
		d.shows(1002, s.then)
	}
}

// settled waits until the bot has answered everything.
func (d demoPage) settled() {
	d.t.Helper()
	until(d.t, "everything answered", func(context.Context) (bool, error) {
		var left struct{ Pending int }
		d.ask(http.MethodGet, "/sim/pending", "", &left)
		return left.Pending == 0, nil
	})
}

func (d demoPage) say(phone int64, words string) {
	d.t.Helper()
	body, err := json.Marshal(map[string]string{"text": words})
	if err != nil {
		d.t.Fatal(err)
	}
	d.ask(http.MethodPost, fmt.Sprintf("/sim/phones/%d/chats/bot/messages", phone), string(body), nil)
}

// tap presses the newest button whose label holds these words.
func (d demoPage) tap(phone int64, label string) {
	d.t.Helper()
	var all []sim.Message
	path := fmt.Sprintf("/sim/phones/%d/chats/bot/messages", phone)
	d.ask(http.MethodGet, path, "", &all)
	for _, m := range slices.Backward(all) {
		if b, ok := m.Button(label); ok && b.Data != "" {
			body, err := json.Marshal(map[string]string{"data": b.Data})
			if err != nil {
				d.t.Fatal(err)
			}
			d.ask(http.MethodPost, fmt.Sprintf("%s/%d/press", path, m.ID), string(body), nil)
			return
		}
	}
	d.t.Fatalf("no button %q on phone %d: %+v", label, phone, all)
}

// stops presses Ctrl-C and looks for what the demo may have left running.
func (d demoPage) stops(dir string) {
	d.t.Helper()
	if code := d.stop(os.Interrupt); code != 0 {
		d.t.Errorf("Ctrl-C ends the demo with code %d:\n%s", code, d.out)
	}
	if runtime.GOOS != "linux" {
		return
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is good
	for _, file := range lines {
		raw, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(raw), dir) {
			d.t.Errorf("the demo left a process running: %s", strings.ReplaceAll(string(raw), "\x00", " "))
		}
	}
}
