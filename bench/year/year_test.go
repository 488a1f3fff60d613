package main

import (
	"slices"
	"strings"
	"testing"

	"huiyin/cases"
)

// A small company's spring keeps every promise.
func TestSpring(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if code := run(t.Context(), []string{"-people", "400", "-days", "75", "-seed", "7"}, &out); code != 0 {
		t.Fatalf("code %d:\n%s", code, out.String())
	}
}

// The checks see what they are there to see.
func TestJudge(t *testing.T) {
	t.Parallel()
	y, err := live(t.Context(), options{people: 400, days: 40, seed: 3, from: "2026-03-02"})
	if err != nil {
		t.Fatal(err)
	}
	defer y.close()
	if found, err := y.check(t.Context()); err != nil || len(found) > 0 {
		t.Fatalf("%v %v", found, err)
	}
	ids, err := y.ids(t.Context(), "SELECT id::text FROM cases WHERE mode <> 'dark' AND id IN (SELECT case_id FROM events WHERE kind = 'proposed') ORDER BY id")
	if err != nil || len(ids) == 0 {
		t.Fatalf("no case to be harmed: %v", err)
	}
	reminded := cases.Event{Kind: cases.Reminded, Code: "close.owner"}
	for what, harm := range map[string]func(*story){
		"events: they do not make": func(s *story) { s.events = s.events[:len(s.events)-1] },
		"untold: an answer":        func(s *story) { s.told = nil },
		"untold: close was missed": func(s *story) { s.events = append(s.events, cases.Event{Seq: 99, Kind: cases.Missed, Code: "close"}) },
		"no new date":              func(s *story) { s.events = append(s.events, cases.Event{Seq: 99, Kind: cases.Missed, Code: "close"}) },
		"reminded twice":           func(s *story) { s.events = append(s.events, reminded, reminded) },
		"no next date": func(s *story) {
			s.c.Clocks, s.c.Status, s.c.Transfer, s.c.Work, s.c.Unqueued = nil, cases.StatusAccepted, cases.Transfer{}, cases.Work{}, false
		},
		"silence: close was due on": func(s *story) {
			s.c.Status, s.c.Clocks = cases.StatusAccepted, []cases.Clock{{Name: "close", Due: y.time().AddDate(0, 0, -3)}}
		},
	} {
		s, err := y.read(t.Context(), ids[0])
		if err != nil {
			t.Fatal(err)
		}
		harm(&s)
		f := &findings{count: map[string]int{}}
		y.judge(f, s)
		if !slices.ContainsFunc(f.all, func(found string) bool {
			of, says, _ := strings.Cut(what, ": ")
			return strings.HasPrefix(found, of) && strings.Contains(found, says)
		}) {
			t.Errorf("%s: not seen among %q", what, f.all)
		}
	}
	y.filed.Add(1)
	if found, err := y.check(t.Context()); err != nil || len(found) != 1 || !strings.HasPrefix(found[0], "lost") {
		t.Errorf("a lost case is not missed: %v %v", found, err)
	}
	if svg, err := y.draw(); err != nil || !strings.Contains(string(svg), "<svg") {
		t.Errorf("no picture: %v", err)
	}
}
