package desk_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
)

var update = flag.Bool("update", false, "write the golden texts anew")

// The card as an officer reads it: three modes, two languages, after a question, a note and three days.
func TestCardGolden(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		for _, mode := range cases.Modes() {
			t.Run(lang+"_"+string(mode), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, lang)
				ref := w.safety(1, mode, mode == cases.Named)
				w.says(officerID, "/take "+string(ref))
				w.says(officerID, "/status")
				w.press(officerID, w.say(lang, "desk.move.accept"))
				by := w.store.officers[officerID].Actor()
				for i, a := range []cases.Act{
					{Action: cases.Note, Body: &cases.Body{Text: "Called the shift lead."}},
					{Action: cases.Ask, Body: &cases.Body{Text: "Which shift?\nDay or night?"}},
				} {
					a.By, a.Key = by, string(rune('a'+i))
					if _, _, _, err := w.store.Act(t.Context(), ref, a); err != nil {
						t.Fatal(err)
					}
				}
				id := w.store.cases[ref].ID
				for i := range w.store.notices[id] {
					w.store.notices[id][i].State = []cases.Delivery{cases.Sent, cases.Blocked}[i%2]
				}
				w.store.now = start.Add(72 * time.Hour)
				w.says(officerID, "/case")
				golden(t, "card_"+lang+"_"+string(mode), w.last(officerID)+"\n")
			})
		}
	}
}

// However much was written, a card is one message, and all of it can be read.
func TestLongCaseFitsOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, true)
	filing := &w.store.events[w.store.cases[ref].ID][0]
	long := strings.Repeat("<&> \U0001F600 字 ", 2000)
	for range 16 {
		filing.Body.Fields = append(filing.Body.Fields, cases.Field{Step: "want", Title: "complaint.want.title", Text: []string{long}})
	}
	for range 60 {
		filing.Body.Files = append(filing.Body.Files, cases.File{ID: "x", Kind: "photo"})
	}
	w.says(leadID, "/take "+string(ref))
	for i := range 30 {
		act := cases.Act{Action: cases.Note, By: w.store.officers[leadID].Actor(), Key: fmt.Sprint(i), Body: &cases.Body{Text: long}}
		if _, _, _, err := w.store.Act(t.Context(), ref, act); err != nil {
			t.Fatal(err)
		}
	}
	w.says(leadID, "/case "+string(ref))
	if got := w.last(leadID); !strings.Contains(got, "Read it all: what was filed") || !strings.Contains(got, "Read it all: note") {
		t.Error(got)
	}
	w.press(leadID, "All 62 files")
	w.press(leadID, "More (2 of 2)")
	if got := w.press(leadID, "File 62 (photo)"); !strings.Contains(got, string(ref)+"-62") {
		t.Error(got)
	}
	w.press(leadID, "« Back")
	w.press(leadID, "Show the case")
	w.press(leadID, "Whole timeline")
	for _, turn := range []string{"Older", "Older", "Newer"} {
		w.press(leadID, turn)
	}
	if n := len(w.chats[leadID]); n != 3 {
		t.Errorf("%d messages, want two cards and a file", n)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// The card says what looking again came to, and what is found now in the place of a finding that was changed.
func TestCardSaysWhatLookingAgainCameTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.bring(ref, "answer_final_review")
	if got := w.says(officerID, "/case "+string(ref)); !strings.Contains(got, "final review, found partly true; second look: the answer stands<") {
		t.Fatalf("after the second look:\n%s", got)
	}
	act := cases.Act{Action: cases.AnswerFinalReview, By: w.store.officers[officerID].Actor(), Code: "changed", Finding: "not_substantiated", Body: &cases.Body{Text: "words"}, Key: "changed"}
	if _, _, _, err := w.store.Act(t.Context(), ref, act); err != nil {
		t.Fatal(err)
	}
	got := w.says(officerID, "/case "+string(ref))
	head, _, _ := strings.Cut(got, "Owner:")
	if !strings.Contains(head, "finally decided, could not be substantiated; second look: the answer stands; final review: the second look is changed<") || strings.Contains(head, "partly") {
		t.Errorf("after the final review:\n%s", got)
	}
}
