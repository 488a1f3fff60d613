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
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/sim"
)

// Marks of a person. None may be found where it is not sealed.
const (
	markName  = "Zhanghua-Mark"
	markUser  = "mark_user_7391"
	markWords = "the-marked-forklift-words"
	markFile  = "marked-photo-name.pdf"
	markReply = "the-marked-reply-words"
	markID    = 7391739155
)

// TestServe takes one grievance through the program as a process of its own, from the first tap to the rating,
// over a webhook and over long polling.
func TestServe(t *testing.T) {
	t.Parallel()
	for name, webhook := range map[string]bool{"webhook": true, "polling": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, webhook)
			w.serve()
			ref := w.wholeWay()
			w.health(ref)
			if webhook {
				w.forged()
			}
			if code := w.process.stop(syscall.SIGTERM); code != 0 {
				t.Errorf("SIGTERM ends the program with code %d:\n%s", code, w.process.out)
			}
			w.leaksNothing()
		})
	}
}

// wholeWay files, works, asks, answers, replies, closes and rates; it gives the case's reference.
func (w *world) wholeWay() string {
	t := w.t
	t.Helper()
	officer := w.person(sim.Profile{ID: 990010, Name: "Li Na", Username: "lina", Language: "en"})
	officer.Start(w.invite("Li Na", cases.RoleOfficer, "safety"))
	officer.wants("Welcome, Li Na.")
	p := w.person(sim.Profile{ID: markID, Name: markName, Username: markUser, Language: "en"})
	for _, s := range []filingStep{
		{say: "/start"}, {tap: "h.lang.en"}, {tap: "h.file"}, {tap: "o.named"}, {tap: "o.ok"}, {tap: "o.safety"},
		{tap: "o.machine"}, {tap: "o.yes"}, {say: markWords}, {tap: "done"}, {tap: "o.today"}, {tap: "skip"}, {tap: "skip"},
		{say: "Mend the brakes."}, {tap: "o.first_time"}, {file: markFile}, {tap: "done"}, {say: markName}, {tap: "skip"},
		{tap: "skip"}, {tap: "send"},
	} {
		s.do(p)
		w.settle()
	}
	p.wants("Your case is")
	ref := refPattern.FindString(p.wholeChat())
	officer.wants("A case came in.")
	say := func(who person, words ...string) {
		for _, s := range words {
			who.Send(s)
			w.settle()
		}
	}
	tap := func(who person, ops ...string) {
		for _, op := range ops {
			who.tap(op)
			w.settle()
		}
	}
	say(officer, "/next")
	officer.wants("It is yours.")
	officer.wants(markWords)
	officer.wants(markName) // a named reporter's officer may know
	officer.label("File 1")
	w.settle()
	officer.wants(ref + ", file 1 of 1")
	officer.label("Accept")
	p.wants("has accepted your case")
	w.settle()
	say(officer, "/ask "+ref, "Which truck is it?")
	tap(officer, "done", "send")
	p.wants("Which truck is it?")
	say(p, "Number 7, the red one.")
	tap(p, "done", "skip", "send")
	officer.wants("The reporter answered.")
	say(officer, "/reply "+ref, markReply)
	tap(officer, "done", "send")
	p.wants(markReply)
	say(officer, "/propose "+ref)
	tap(officer, "o.substantiated")
	say(officer, "The brakes are mended, see for yourself.")
	tap(officer, "done", "send")
	p.wants("The brakes are mended, see for yourself.")
	p.label("I am satisfied")
	p.wants("Thank you. Case " + ref + " is closed.")
	officer.wants("The reporter is satisfied with the answer.")
	p.label("Did it help?")
	w.settle()
	tap(p, "o.helped", "skip", "send")
	officer.wants("The reporter says: it helped.")
	if strings.Contains(p.wholeChat(), "Li Na") {
		t.Errorf("the reporter learns the officer's name:\n%s", p.reads())
	}
	c, err := w.store.ByReporter(t.Context(), w.reporter(p.ID()))
	if err != nil || len(c) != 1 || c[0].Status != cases.StatusClosed || c[0].Rating != "helped" {
		t.Errorf("the case at the end: %+v, %v", c, err)
	}
	return ref
}

func (w *world) get(path string) (int, string) {
	w.t.Helper()
	r, err := http.Get("http://" + w.addr + path)
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	defer func() { _ = r.Body.Close() }() // read below
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	return r.StatusCode, string(body)
}

// health asks what a keeper of the process asks; nothing there tells of people or cases.
func (w *world) health(ref string) {
	w.t.Helper()
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		code, body := w.get(path)
		if code != http.StatusOK || body == "" {
			w.t.Errorf("%s answers %d %q", path, code, body)
		}
		for _, mark := range append(w.marks(), ref) {
			if strings.Contains(body, mark) {
				w.t.Errorf("%s tells %q", path, mark)
			}
		}
		if path == "/metrics" && !strings.Contains(body, "# TYPE ") {
			w.t.Errorf("/metrics has no metrics:\n%s", body)
		}
	}
	asks := start(w.t, map[string]string{"LISTEN_ADDR": w.addr}, nil, "healthcheck")
	<-asks.done
	if asks.err != nil {
		w.t.Errorf("healthcheck: %v\n%s", asks.err, asks.out)
	}
}

// forged sends updates that do not come from Telegram.
func (w *world) forged() {
	w.t.Helper()
	before := len(w.telegram.Log())
	for _, secret := range []string{"", "wrong", worldSecret + "x", strings.ToUpper(worldSecret)} {
		body := fmt.Sprintf(`{"update_id":99,"message":{"message_id":1,"date":1,"text":"/start","chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"x"}}}`, markID, markID)
		r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.environ["WEBHOOK_URL"], strings.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		if secret != "" {
			r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			w.t.Fatal(err)
		}
		_ = answer.Body.Close() // only the status counts
		if answer.StatusCode != http.StatusUnauthorized {
			w.t.Errorf("a forged update with secret %q is answered %d, want 401", secret, answer.StatusCode)
		}
	}
	if after := len(w.telegram.Log()); after != before {
		w.t.Errorf("forged updates caused %d calls", after-before)
	}
}

// marks are what may stand nowhere in the clear.
func (w *world) marks() []string {
	marks := []string{markName, markUser, markWords, markFile, markReply, strconv.Itoa(markID), worldToken, "process-token-marker"}
	for _, m := range w.telegram.Phone(markID).Messages() {
		if m.Media != nil && m.Media.FileID != "" {
			marks = append(marks, m.Media.FileID)
		}
	}
	return marks
}

// leaksNothing looks for the marks in the log, in every column of Postgres, in every key of Redis and in every file of the
// blob store, names included.
func (w *world) leaksNothing() {
	t := w.t
	t.Helper()
	var row string
	if err := w.db.QueryRow(t.Context(), "SELECT r::text FROM (SELECT 1, convert_to($1, 'UTF8')) r", markWords).Scan(&row); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(w.binary(row), []byte(markWords)) {
		t.Fatalf("a mark in a binary column is not seen: %s", row)
	}
	if dump := w.dumpPostgres(); !refPattern.Match(dump) {
		t.Error("Postgres is not looked through: no case's reference is found")
	}
	for place, content := range map[string][]byte{
		"the log": []byte(w.process.out.String()), "Postgres": w.dumpPostgres(), "Redis": w.dumpRedis(),
		"the blob store": w.dumpBlobs(),
	} {
		for _, mark := range append(w.marks(), worldSecret) {
			if at := bytes.Index(content, []byte(mark)); at >= 0 {
				t.Errorf("%s holds %q: …%s", place, mark, content[max(0, at-120):min(len(content), at+120)])
			}
		}
		if len(content) < 100 {
			t.Errorf("%s: only %d bytes to look through", place, len(content))
		}
	}
}

// dumpBlobs is every file of the blob store, with its name.
func (w *world) dumpBlobs() []byte {
	w.t.Helper()
	var all bytes.Buffer
	kinds := map[string]int{}
	root := w.environ["HUIYIN_BLOBS"]
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		kinds[strings.Split(filepath.ToSlash(name), "/")[0]]++
		raw, err := os.ReadFile(path)
		all.WriteString(name + "\n" + string(raw) + "\n")
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if kinds["keys"] == 0 || len(kinds) < 2 {
		w.t.Errorf("the blob store is not looked through: %v", kinds)
	}
	return all.Bytes()
}

// dumpPostgres is every value of every table: as text, and the bytes of binary columns as they are.
func (w *world) dumpPostgres() []byte {
	t, ctx := w.t, w.t.Context()
	t.Helper()
	rows, err := w.db.Query(ctx, `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 6 {
		t.Fatalf("tables %v, %v", tables, err)
	}
	var all bytes.Buffer
	for _, table := range tables {
		rows, err := w.db.Query(ctx, "SELECT r::text FROM "+table+" r")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			all.WriteString(line + "\n")
			all.Write(w.binary(line))
		}
	}
	return all.Bytes()
}

// binary gives the bytes of the binary columns of a row written as text: two backslashes, x and hexadecimal digits.
func (w *world) binary(row string) []byte {
	w.t.Helper()
	var all []byte
	for _, part := range strings.Split(row, `\\x`)[1:] {
		end := strings.IndexFunc(part, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
		if end < 0 {
			end = len(part)
		}
		raw, err := hex.DecodeString(part[:end/2*2])
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(append(all, raw...), '\n')
	}
	return all
}

// dumpRedis is every key with its value.
func (w *world) dumpRedis() []byte {
	t, ctx := w.t, context.Background()
	t.Helper()
	keys, err := w.redis.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, key := range keys {
		all.WriteString(key + "\n")
		kind, err := w.redis.Type(ctx, key).Result()
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "string":
			v, err := w.redis.Get(ctx, key).Result()
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(v + "\n")
		case "hash":
			v, err := w.redis.HGetAll(ctx, key).Result()
			if err != nil {
				t.Fatal(err)
			}
			for field, value := range v {
				all.WriteString(field + "\n" + value + "\n")
			}
		case "list":
			v, err := w.redis.LRange(ctx, key, 0, -1).Result()
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(strings.Join(v, "\n") + "\n")
		default:
			t.Fatalf("a key of kind %s: teach this test to read it", kind)
		}
	}
	return all.Bytes()
}
