package flows_test

import (
	"strings"
	"testing"

	"huiyin/flows"
)

// Who is upset tells the story first, whatever was asked.
func TestWordsBeforeTheirQuestion(t *testing.T) {
	t.Parallel()
	story := func(p *person) flows.Answer { return p.draft().Answers["what"] }

	t.Run("kept from the first question on, and asked for all the same", func(t *testing.T) {
		t.Parallel()
		p := setup(t).person(t, "complaint", nil)
		said := flows.Input{Text: "老板三个月没有发工资，问他就骂人", Message: 50}
		p.step(said)
		p.note("words_taken")
		p.at("mode")
		p.step(said) // delivered again
		p.press("o.confidential", "o.ok")
		p.say("And he has told everybody not to talk.")
		p.note("words_taken")
		if a := story(p); len(a.Parts) != 2 || !a.Open {
			t.Fatalf("kept %+v", a)
		}
		p.step(flows.Input{Edited: true, Message: 50, Text: "老板四个月没有发工资，问他就骂人"})
		if got := story(p).Parts[0].Text; !strings.Contains(got, "四个月") {
			t.Errorf("a change of kept words: %q", got)
		}
		p.press("o.other")
		p.at("what")
		p.press("done")
		p.at("when")
	})
	t.Run("added to a story that is told", func(t *testing.T) {
		t.Parallel()
		p := setup(t).person(t, "complaint", nil)
		p.atStory("confidential")
		p.say("It happened in the yard.", "done")
		p.at("when")
		p.say("He also said that nobody in the yard would ever believe me.")
		p.note("words_taken")
		p.at("when")
		if a := story(p); len(a.Parts) != 2 || a.Open {
			t.Errorf("story %+v", a)
		}
	})
	t.Run("short or too long: not kept", func(t *testing.T) {
		t.Parallel()
		p := setup(t).person(t, "complaint", nil)
		p.say("工资没有发")
		p.note("not_understood")
		p.say(strings.Repeat("长", 60001))
		p.note("too_long")
		if len(p.draft().Answers) != 0 {
			t.Errorf("kept %+v", p.draft().Answers)
		}
	})
}
