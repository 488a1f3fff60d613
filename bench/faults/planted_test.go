package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiyin/bench/crowd"
)

// bug is one planted into the code that is built for the proof of the checks, and into nothing else: the compiler is
// given another text of a file. The process has it when HUIYIN_PLANTED names it.
type bug struct {
	name, file string
	good, bad  string // what stands in the file once, and what stands in its place
	fault      string // that must bring it to light; "" for the second half of a bug
	says       string // what the verdict must say, an expression
}

var bugs = []bug{
	{
		name: "ack", file: "bot/telegram/webhook.go", fault: "Redis away, then killed", says: "acknowledged and had no effect",
		good: "	err = h.lanes.Do(context.WithValue(r.Context(), replyKey{}, slot), u)\n",
		bad: `	if os.Getenv("HUIYIN_PLANTED") == "ack" {
		go func() { _ = h.lanes.Do(context.WithoutCancel(r.Context()), u) }()
		w.WriteHeader(http.StatusOK)
		return
	}
	err = h.lanes.Do(context.WithValue(r.Context(), replyKey{}, slot), u)
`,
	},
	{
		name: "notice", file: "store/postgres/act.go", fault: "killed as soon as a case is stored", says: "no officer was told",
		good: "	return s.tell(ctx, tx, active, c, h.Event, now)\n",
		bad: `	if os.Getenv("HUIYIN_PLANTED") == "notice" {
		time.AfterFunc(200*time.Millisecond, func() {
			_ = s.transact(context.Background(), "tell", func(ctx context.Context, tx pgx.Tx, _ bool) error { return s.tell(ctx, tx, s.roster(ctx, tx), c, h.Event, now) })
		})
		return nil
	}
	return s.tell(ctx, tx, active, c, h.Event, now)
`,
	},
	{
		name: "dedup", file: "bot/router.go", fault: "updates delivered twice", says: "on record 2 times",
		good: "if s.SeenUpdate(in.turn.In.Update) {", bad: `if os.Getenv("HUIYIN_PLANTED") != "dedup" && s.SeenUpdate(in.turn.In.Update) {`,
	},
	{
		name: "dedup", file: "flows/take.go", // a form knows its messages too
		good: "if _, _, ok := t.d.find(t.in.Message); ok {", bad: `if _, _, ok := t.d.find(t.in.Message); ok && os.Getenv("HUIYIN_PLANTED") != "dedup" {`,
	},
	{
		name: "cas", file: "store/redis/sessions.go", fault: "old buttons pressed while writing", says: "are not on record|had no effect",
		good: "	swapped, err := s.r.script(",
		bad: `	if os.Getenv("HUIYIN_PLANTED") == "cas" {
		expected, _ = s.r.c.GetRange(ctx, s.key(name), 0, revSize-1).Result()
	}
	swapped, err := s.r.script(`,
	},
	{
		name: "offset", file: "bot/telegram/poller.go", fault: "Redis away, then killed, polling", says: "acknowledged and had no effect",
		good: "		if !b.add(id) {\n			continue\n		}\n",
		bad: `		if !b.add(id) {
			continue
		}
		if os.Getenv("HUIYIN_PLANTED") == "offset" {
			b.done(id)
		}
`,
	},
}

// overlay writes the changed files and gives the argument of `go build` that puts them in the place of ours.
func overlay(t *testing.T) string {
	t.Helper()
	root, dir := filepath.Join("..", ".."), t.TempDir()
	replace := map[string]string{}
	for _, b := range bugs {
		path, err := filepath.Abs(filepath.Join(root, b.file))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		src := string(raw)
		if strings.Count(src, b.good) != 1 {
			t.Fatalf("%s: the place where the bug %q is planted is not there, or not once", b.file, b.name)
		}
		src = strings.Replace(src, b.good, b.bad, 1)
		src = strings.Replace(src, "import (\n", "import (\n\t\"os\"\n", 1)
		file := filepath.Join(dir, strings.ReplaceAll(b.file, "/", "-"))
		if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = file
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return "-overlay=" + file
}

// TestFaults strikes a healthy bot, in which nothing may be found, and then one with each planted bug, which must be.
func TestFaults(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	binary, err := crowd.Build(ctx, t.TempDir(), overlay(t))
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(ctx, binary)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	w, err := newWorld(h, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.arrange(ctx, 1, false); err != nil {
		t.Fatal(err)
	}
	if err := w.hire(ctx); err != nil {
		t.Fatal(err)
	}
	all := map[string]fault{}
	for _, f := range strikes(1) {
		all[f.name] = f
	}
	check := func(one fault, planted, says string) {
		h.extra = nil
		if planted != "" {
			h.extra = []string{"HUIYIN_PLANTED=" + planted}
		}
		began := time.Now()
		v, err := w.round(ctx, one, options{people: 3, patience: time.Minute})
		t.Logf("%s, planted %q: %s", one.name, planted, time.Since(began).Round(time.Millisecond))
		switch {
		case v == nil:
			t.Fatal(err)
		case planted == "" && (err != nil || !v.ok()):
			t.Errorf("%s finds in a healthy bot: %v %+v", one.name, err, v)
		case planted != "" && !regexp.MustCompile(says).MatchString(fmt.Sprint(v.lost, v.doubled, v.wrong)):
			t.Errorf("%s does not find the planted bug %q: %v, %+v", one.name, planted, err, v)
		}
	}
	healthy := all["killed at random moments, everything twice"]
	healthy.filings = true
	check(healthy, "", "")
	for _, b := range bugs {
		if b.fault == "" {
			continue
		}
		one, ok := all[b.fault]
		if !ok {
			t.Fatalf("there is no fault %q", b.fault)
		}
		one.filings = true
		check(one, b.name, b.says)
	}
}
