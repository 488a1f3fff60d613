package flows_test

import (
	"slices"
	"strings"
	"testing"

	"huiyin/flows"
)

func voice(id string) *flows.File { return &flows.File{ID: id, Kind: "voice"} }

func photo(id string) *flows.File { return &flows.File{ID: id, Kind: "photo"} }

// atStory brings an open form to the question what happened.
func (p *person) atStory(mode string) {
	p.t.Helper()
	p.press("o."+mode, "o.ok")
	if mode == "anonymous" {
		p.press("o.anonymous")
	}
	p.press("o.other")
	p.at("what")
}

func TestWordsVoiceAndFiles(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.step(flows.Input{Other: "sticker"})
	p.note("not_this_kind")
	p.atStory("anonymous")
	p.say("短")
	p.press("done")
	p.note("too_short")
	p.step(flows.Input{File: voice("v"), Message: 7})
	p.press("keep")
	p.note("received")
	p.step(flows.Input{File: voice("v"), Message: 7}) // delivered again
	if n := len(p.draft().Answers["what"].Parts); n != 2 {
		t.Fatalf("%d parts", n)
	}
	p.step(flows.Input{File: photo("p"), Text: "caption", Album: "x"})
	p.note("file_taken")
	p.step(flows.Input{File: photo("q"), Album: "x"})
	if p.out != nil {
		t.Errorf("a part of an album is not quiet: %+v", p.out)
	}
	p.step(flows.Input{File: photo("big"), TooBig: true})
	p.note("file_too_big")
	e := p.draft().Answers["evidence"]
	if len(e.Parts) != 2 || e.Parts[0].Text != "caption" || !e.Open {
		t.Errorf("evidence %+v", e)
	}
	p.say(strings.Repeat("长", 60001))
	p.note("too_long")
	p.press("clear")
	p.note("cleared")
	p.say("重写")
	p.note("nothing_yet")
	p.say(strings.Repeat("写", 4096), strings.Repeat("写", 904), "说完了")
	p.at("when")
}

func TestEditedMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, "complaint", nil)
	p.atStory("named")
	p.step(flows.Input{Text: "原来写的一段事情经过。", Message: 50})
	p.press("done")
	p.step(flows.Input{Text: "改过的一段事情经过，更清楚。", Message: 50, Edited: true})
	p.note("edited")
	if got := p.draft().Answers["what"].Parts[0].Text; !strings.HasPrefix(got, "改过的") {
		t.Errorf("what is %q", got)
	}
	p.step(flows.Input{Text: "2026-13-40", Message: 60})
	p.note("date_unclear")
	p.step(flows.Input{Text: "2026-10-04", Message: 60, Edited: true})
	p.at("where")
	p.step(flows.Input{Text: "明天也许", Message: 60, Edited: true})
	p.note("date_unclear")
	p.step(flows.Input{Text: "2026-10-05", Message: 60, Edited: true})
	if got := p.draft().Answers["when"].From; got != "2026-10-05" {
		t.Errorf("when is %q", got)
	}
	p.step(flows.Input{Text: "谁", Message: 999, Edited: true})
	if p.out[0] != (flows.Corrected{Message: 999}) {
		t.Errorf("got %+v", p.out)
	}
	p.begin("withdraw", "two", nil)
	p.step(flows.Input{Text: "第三次改过的事情经过，更清楚。", Message: 50, Edited: true})
	p.note("edited_elsewhere")
	p.s = b.engine.Park(p.s)
	p.step(flows.Input{Text: "第四次改过的事情经过，更清楚。", Message: 50, Edited: true})
	p.at("where")
}

func TestDatesPlacesAndMisses(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.say("?", "??", "???")
	p.note("help_offer")
	p.atStory("named")
	p.say("足够长的一段事情经过。", "done", "明年3月")
	p.note("date_unclear")
	p.say("2030-01-01")
	p.note("date_future")
	p.say("xx")
	p.note("help_offer_skip")
	p.press("o.other")
	p.note("date_how")
	p.say("3")
	p.at("where")
	p.press("unit.east_plant")
	if o := p.ask().Options; o[0].Key != "way.unit_here" || o[len(o)-1].Key != "way.unit_up" {
		t.Errorf("options %+v", o)
	}
	p.say("1", "2")
	p.at("people")
	p.press("back")
	for text, unit := range map[string]string{"Paint shop": "east_paint", "canteen": "canteen"} {
		p.say(text)
		if got := p.draft().Answers["where"].Option; got != unit {
			t.Errorf("%s is %q", text, got)
		}
		p.press("back")
	}
	p.say("三号门旁边的小仓库")
	p.at("people")
	p.press("skip")
	p.at("want")
}

func TestOlderVersionsAreReread(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.toReview("named")
	d := &p.s.Drafts[0]
	d.Version = 0
	d.Answers["gone"] = flows.Answer{Option: "x"}
	d.Answers["matter_pay"] = flows.Answer{Option: "no_such"}
	d.Answers["where"] = flows.Answer{Option: "no_such_unit"}
	p.s, p.out = p.e.Resume(p.s, "one", day)
	p.note("form_changed")
	p.at("accept_named")
	p.press("o.ok", "o.unpaid")
	p.at("where")
	p.press("skip")
	p.at("review")
	p.s.Drafts[0].State = "no_such_state"
	p.step(flows.Input{Text: "hello"})
	p.at("review")
	p.s.Drafts[0].Flow = "no_such_flow"
	if _, ok := p.e.Prompt(p.s); ok || len(p.e.Path(p.s.Drafts[0]))+len(p.e.Facts(p.s.Drafts[0])) != 0 {
		t.Error("a flow that is gone is asked")
	}
	p.step(flows.Input{Text: "hello"})
	if p.out[0] != (flows.Closed{}) {
		t.Errorf("got %+v", p.out)
	}
}

// TestWordsToTheFormBeforeAreKept: the form changed while somebody wrote. The note says that what was written is kept, and so
// must be the message that brought it about, wherever the changed form begins again.
func TestWordsToTheFormBeforeAreKept(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.atStory("named")
	for _, part := range []string{"the guard of the press is off", "since spring"} {
		p.s.Drafts[0].Version = 0
		p.step(flows.Input{Message: 1000 + len(part), Text: part})
		p.note("form_changed")
		p.at("accept_named") // what was accepted may read differently
		p.press("o.ok")
		p.at("what")
	}
	p.s.Drafts[0].Version = 0
	p.step(flows.Input{Message: 1000 + len("since spring"), Text: "since spring"}) // delivered again
	p.at("accept_named")
	var parts []string
	for _, part := range p.draft().Answers["what"].Parts {
		parts = append(parts, part.Text)
	}
	if !slices.Equal(parts, []string{"the guard of the press is off", "since spring"}) {
		t.Errorf("got %q", parts)
	}
	// Words for a question that is asked no more change nothing.
	p.press("o.ok", "done", "skip")
	p.at("where")
	p.s.Drafts[0].Version, p.s.Drafts[0].State = 0, "no_such_state"
	p.say("hall B")
	if p.at("accept_named"); len(p.draft().Answers["where"].Parts) != 0 {
		t.Error("the words went to another question")
	}
}

func TestEvidenceLimitsAndSeen(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "add", map[string]string{"case": "c", "mode": "anonymous"})
	p.press("skip")
	for range 31 {
		p.step(flows.Input{File: photo("p")})
	}
	p.note("files_full")
	p.press("done")
	p.step(flows.Input{File: photo("late")})
	p.note("files_full")
	p = setup(t).person(t, "withdraw", nil)
	p.step(flows.Input{File: photo("p")})
	p.note("file_not_here")
	var s flows.Session
	for id := range int64(flows.MaxSeen + 3) {
		s.MarkSeen(id)
		s.MarkSeen(id)
	}
	if s.SeenUpdate(2) || !s.SeenUpdate(3) || len(s.Seen) != flows.MaxSeen {
		t.Errorf("seen %v", s.Seen)
	}
}
