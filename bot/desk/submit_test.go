package desk_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"huiyin/cases"
)

// Every form from its button to the reporter, in both languages.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		move   string
		option string // key of the option to choose first
		kind   cases.EventKind
		code   string
	}{
		{"reply", "", cases.Replied, ""},
		{"note", "", cases.Noted, ""},
		{"ask", "", cases.Asked, ""},
		{"propose", "desk_propose.outcome.settled", cases.Proposed, "settled"},
		{"close", "", cases.ClosedEvent, ""},
		{"answer_second_look", "desk_second_look.verdict.changed", cases.SecondLookAnswered, "changed"},
		{"answer_final_review", "desk_final_review.verdict.upheld", cases.FinalReviewAnswered, "upheld"},
		{"decline", "desk_decline.reason.twice", cases.NotAccepted, "twice"},
		{"redirect", "desk_redirect.way.court", cases.Redirected, "court"},
	} {
		for _, lang := range []string{"en", "zh-Hans"} {
			for _, mode := range []cases.Mode{cases.Named, cases.Anonymous, cases.Dark} {
				t.Run(lang+"_"+c.move+"_"+string(mode), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, lang)
					ref := w.safety(1, mode, false)
					if !strings.HasPrefix(c.move, "answer_") {
						w.says(officerID, "/next")
					}
					if c.move == "ask" || c.move == "propose" {
						w.press(officerID, w.say(lang, "desk.move.accept"))
					}
					w.bring(ref, c.move)
					w.press(officerID, w.say(lang, "desk.move."+c.move))
					if c.option != "" {
						w.press(officerID, w.say(lang, c.option))
					}
					if c.code == "changed" {
						w.press(officerID, w.say(lang, "desk_second_look.finding.partly"))
					}
					w.says(officerID, "First <part> of the words.")
					w.says(officerID, "Second part & more.")
					w.press(officerID, w.say(lang, "way.done"))
					got := w.press(officerID, w.say(lang, "way.send"))

					events := w.store.events[w.store.cases[ref].ID]
					var last cases.Event
					n := 0
					for _, e := range events {
						if e.Kind == c.kind {
							last = e
							n++
						}
					}
					if n != 1 || last.Body == nil || last.Body.Text != "First <part> of the words.\n\nSecond part & more." || last.Code != c.code {
						t.Fatalf("%d events, the last %+v; the chat:\n%s", n, last, got)
					}
					sent := "desk.sent.reporter"
					switch mode {
					case cases.Anonymous:
						sent = "desk.sent.quiet"
					case cases.Dark:
						sent = "desk.sent.anonymous"
					}
					if want := w.say(lang, sent); strings.Contains(got, want) == (c.kind == cases.Noted) {
						t.Errorf("%q is said or not said wrongly:\n%s", want, got)
					}
					if s := w.sessions[w.Name("session", "7", "1")]; len(s.Drafts) != 0 {
						t.Error("the draft is still there")
					}
				})
			}
		}
	}
}

// bring takes a case to where a move is possible for the officer, by the hands of the lead and the reporter.
func (w *world) bring(ref cases.Reference, move string) {
	w.t.Helper()
	body := &cases.Body{Text: "words"}
	steps := map[string][]cases.Action{
		"close":              {cases.Accept, cases.Ask},
		"answer_second_look": {cases.Accept, cases.Propose, cases.AskSecondLook},
	}
	steps["answer_final_review"] = append(slices.Clone(steps["answer_second_look"]), cases.Take, cases.AnswerSecondLook, cases.AskFinalReview)
	lead := w.store.officers[leadID].Actor()
	code := map[cases.Action]string{cases.Propose: "partly", cases.AnswerSecondLook: "upheld"}
	if len(steps[move]) == 0 {
		return
	}
	for i, a := range steps[move] {
		by := lead
		if a == cases.AskSecondLook || a == cases.AskFinalReview {
			by = cases.Actor{Party: cases.Reporter}
		}
		act := cases.Act{Action: a, By: by, Code: code[a], Body: body, Key: fmt.Sprintf("bring.%d", i)}
		if _, _, _, err := w.store.Act(w.t.Context(), ref, act); err != nil {
			w.t.Fatalf("%s: %v", a, err)
		}
	}
	if strings.HasPrefix(move, "answer_") {
		// The officer never owned it, so may look at it again.
		take := cases.Act{Action: cases.Take, By: w.store.officers[officerID].Actor(), Key: "bring.take"}
		if _, _, _, err := w.store.Act(w.t.Context(), ref, take); err != nil {
			w.t.Fatal(err)
		}
	}
	w.says(officerID, "/case "+string(ref))
}

// A form whose act is refused keeps its words, says why, and can be sent when the way is free again.
func TestRefusedFormKeepsItsWords(t *testing.T) {
	t.Parallel()
	for _, code := range []cases.Code{cases.NotNow, cases.AlreadyTaken, cases.Changed, cases.NotFound, cases.NotAllowed, cases.Incomplete} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "en")
			ref := w.safety(1, cases.Named, false)
			w.says(officerID, "/next")
			w.press(officerID, "Reply")
			w.says(officerID, "Words that took an hour.")
			w.press(officerID, w.say("en", "way.done"))
			w.store.fail = &cases.Error{Code: code}
			got := w.press(officerID, w.say("en", "way.send"))
			if !strings.Contains(got, w.say("en", "error."+string(code))) || !strings.Contains(got, "kept") {
				t.Fatalf("the refusal:\n%s", got)
			}
			w.press(officerID, "Show the case")
			w.press(officerID, "Go on: Reply")
			got = w.press(officerID, w.say("en", "way.send"))
			if !strings.Contains(got, "sent as the office") {
				t.Fatalf("the second try:\n%s", got)
			}
			for _, e := range w.store.events[w.store.cases[ref].ID] {
				if e.Kind == cases.Replied && e.Body.Text == "Words that took an hour." {
					return
				}
			}
			t.Error("the words are lost")
		})
	}
}

// A store that is away is not told as a refusal: the update comes again and finds the draft.
func TestAwayIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.safety(1, cases.Named, false)
	w.says(officerID, "/start")
	at, data := w.data(officerID, "Take the most urgent")
	w.store.fail = errors.New("connection refused")
	w.update++
	if err := w.router.Handle(t.Context(), pressUpdate(w.update, officerID, at, data)); err == nil {
		t.Fatal("the update was acknowledged")
	}
	if got := w.pressData(officerID, at, data); !strings.Contains(got, "Owner: you") {
		t.Error(got)
	}
}

// Words typed under a case never run into a letter that is out of sight.
func TestScreenPutsAFormAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	first := w.safety(1, cases.Named, false)
	second := w.safety(2, cases.Named, false)
	w.says(officerID, "/take "+string(first))
	w.says(officerID, "/reply")
	w.says(officerID, "To the first.")
	w.says(officerID, "/case "+string(second))
	if got := w.says(officerID, "Not for the first."); !strings.Contains(got, "Nothing was sent") {
		t.Fatal(got)
	}
	w.says(officerID, "/start")
	w.press(officerID, "Go on: Reply to the reporter, "+string(first))
	w.press(officerID, w.say("en", "way.done"))
	w.press(officerID, w.say("en", "way.send"))
	events := w.store.events[w.store.cases[first].ID]
	if last := events[len(events)-1]; last.Body == nil || last.Body.Text != "To the first." {
		t.Errorf("sent: %+v", last.Body)
	}
}
