package flows_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/flows"
)

func TestStayingHidden(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, "complaint", nil)
	p.press("o.anonymous", "o.ok")
	p.at("reach")
	if s := p.s; s.Durable() {
		t.Error("an anonymous draft may be kept")
	}
	p.say("不要，什么都别留")
	p.at("kind")
	if got := b.engine.Facts(p.draft())["mode"]; got != "dark" || p.s.Durable() {
		t.Errorf("mode %q, kept %v", got, p.s.Durable())
	}
	p.press("o.safety", "o.fire")
	p.at("danger")
	p.press("o.yes")
	p.at("hurry")
	p.say("是")
	p.at("what")
	if got := b.engine.Facts(p.draft()); got["prompt"] != "yes" || got["urgent"] != "yes" {
		t.Errorf("facts %v", got)
	}
	// Nobody is in danger: there is nothing to hurry about.
	p.say("返回", "返回")
	p.at("danger")
	p.press("o.no")
	p.at("what")
	if _, ok := p.draft().Answers["hurry"]; ok {
		t.Error("hurry is still answered")
	}
	// By name: nobody asks how to stay hidden, and what was said to that is gone at once.
	p.say("返回")
	p.press("o.yes", "o.no")
	p.at("what")
	p.say("返回", "返回", "返回", "返回", "返回", "返回", "返回")
	p.at("mode")
	p.press("o.named")
	p.at("accept_named")
	for _, gone := range []string{"accept_anonymous", "reach", "hurry"} {
		if p.draft().Answers[gone].Option != "" {
			t.Errorf("%s is still answered", gone)
		}
	}
	if got := b.engine.Facts(p.draft())["mode"]; got != "named" {
		t.Errorf("mode %q", got)
	}
	p.press("o.ok")
	p.at("what")
}

// TestFormsAboutADarkCase: a form about a case takes its mode from there.
func TestFormsAboutADarkCase(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "add", map[string]string{"case": "c", "mode": "dark"})
	if p.s.Durable() {
		t.Error("a draft about a dark case may be kept")
	}
	p.step(flows.Input{File: voice("v")})
	if p.ask().Text != "form.voice.ask" {
		t.Errorf("asked %q", p.ask().Text)
	}
	p.press("keep", "done")
	if got := p.ask().Help; got != "add.files.help_anonymous" {
		t.Errorf("help %q", got)
	}
}

func TestEvidenceHelpFollowsTheMode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for mode, want := range map[string]string{
		"named": "help", "confidential": "help", "anonymous": "help_anonymous", "dark": "help_anonymous",
	} {
		p := b.person(t, "complaint", nil)
		p.toReview(mode)
		p.press("edit.evidence")
		if got := p.ask().Help; got != "complaint.evidence."+want {
			t.Errorf("%s: %s", mode, got)
		}
	}
}

// TestAnOlderAnonymousDraft is asked what its version did not ask, and nothing twice.
func TestAnOlderAnonymousDraft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, "complaint", nil)
	p.toReview("anonymous")
	d := &p.s.Drafts[0]
	d.Version = 1
	delete(d.Answers, "reach")
	was := d.Answers
	p.s, p.out = p.e.Resume(p.s, "one", day)
	p.note("form_changed")
	p.at("accept_anonymous") // it reads differently
	p.press("o.ok")
	p.at("reach")
	p.press("o.dark")
	p.at("review")
	got := p.draft().Answers
	delete(got, "reach")
	if diff := cmp.Diff(was, got); diff != "" {
		t.Error(diff)
	}
	if p.draft().Version != 2 {
		t.Errorf("version %d", p.draft().Version)
	}
	// One about danger is asked about the hour too.
	p = b.person(t, "complaint", nil)
	p.press("o.anonymous", "o.ok", "o.anonymous", "o.safety", "o.fire", "o.no")
	d = &p.s.Drafts[0]
	d.Version = 1
	delete(d.Answers, "reach")
	d.Answers["danger"] = flows.Answer{Option: "yes"}
	p.s, p.out = p.e.Resume(p.s, "one", day)
	p.press("o.ok", "o.anonymous")
	p.at("hurry")
	p.press("o.no")
	p.at("what")
}

// TestNothingStaysThatTheModeForbids goes to and fro between the modes, from a form that is filled in with a name. What
// was ever said to a question about the person is marked, and must be nowhere in a draft that hides them.
func TestNothingStaysThatTheModeForbids(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := b.person(t, "complaint", nil)
		p.toReview("named")
		marks := 0
		who := map[int]bool{} // messages that said who the person is
		secret := func() string { marks++; return fmt.Sprintf("秘密%d号", marks) }
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			ask, ok := b.engine.Prompt(p.s)
			if !ok {
				return
			}
			state := strings.TrimPrefix(ask.Draft.State, "edit_")
			asked := ask.Step != "" && strings.HasPrefix(state, "who_")
			in := flows.Input{Message: p.message + 1}
			switch rapid.IntRange(0, 6).Draw(rt, "deed") {
			case 0, 1:
				in.Press = p.button(flows.OpEdit, rapid.SampledFrom([]string{"mode", "reach", "who_name", "who_unit", "kind"}).Draw(rt, "edit"))
			case 2, 3:
				in.Press = rapid.SampledFrom(buttons(rt, ask)).Draw(rt, "press")
				if in.Press.Op == flows.OpDiscard && ask.Draft.Asking == "cancel" || in.Press.Op == flows.OpExit {
					in.Press = p.button(flows.OpKeep, "")
				}
			case 4:
				in.Text = rapid.SampledFrom([]string{"匿名", "dark", "实名", "confidential", "返回", "1", "yes"}).Draw(rt, "word")
			case 5:
				in.File = &flows.File{ID: "f", Kind: rapid.SampledFrom([]string{"photo", "voice", "video"}).Draw(rt, "kind")}
				in.Album = rapid.SampledFrom([]string{"", "album"}).Draw(rt, "album")
				if strings.HasPrefix(state, "who_") {
					in.Text, in.File.Name = secret(), secret()
				}
			case 6:
				if asked {
					in.Text = secret()
					who[in.Message] = true
					break
				}
				for m := range who {
					in.Message, in.Edited, in.Text = m, true, secret()
					break
				}
			}
			before := p.s
			p.step(in)
			check(rt, b, p.s)
			for _, d := range p.s.Drafts {
				mode := b.engine.Facts(d)["mode"]
				data, err := json.Marshal(d)
				if err != nil {
					rt.Fatal(err)
				}
				if (mode == "anonymous" || mode == "dark") && (strings.Contains(string(data), "秘密") || strings.Contains(string(data), "李四")) {
					rt.Fatalf("in mode %s after %+v: %s", mode, in, data)
				}
				if mode == "named" || mode == "confidential" {
					for _, id := range []string{"reach", "hurry", "accept_anonymous"} {
						if _, ok := d.Answers[id]; ok {
							rt.Fatalf("%s is answered in mode %s", id, mode)
						}
					}
				}
				if was, ok := before.Draft(d.ID); ok && b.engine.Facts(was)["mode"] != mode && (d.Missed != 0 || d.Album != "") {
					rt.Fatalf("after the mode changed: missed %d, album %q", d.Missed, d.Album)
				}
				for id, a := range d.Answers {
					if !strings.HasPrefix(id, "who_") && slices.ContainsFunc(a.Parts, func(p flows.Part) bool { return strings.Contains(p.Text, "秘密") }) {
						rt.Fatalf("what says who the person is stands in %s", id)
					}
				}
			}
		}
	})
}

// TestTheModeIsSetMoreCloselyOnlyWhereItIsAsked: on one straight path, an answer about staying hidden must not outlive
// the wish to hide, nor keep the questions of the other modes away.
func TestTheModeIsSetMoreCloselyOnlyWhereItIsAsked(t *testing.T) {
	t.Parallel()
	next := func(to string) []flows.BranchDefinition { return []flows.BranchDefinition{{Goto: to}} }
	options := func(ids ...string) (o []flows.OptionDefinition) {
		for _, id := range ids {
			o = append(o, flows.OptionDefinition{ID: id})
		}
		return o
	}
	f, err := flows.Compile(flows.Definition{Flow: "straight", Version: 1, Start: "mode", Steps: []flows.StepDefinition{
		{ID: "mode", Kind: flows.Choice, Sets: "mode", Options: options("named", "anonymous"), Next: next("reach")},
		{ID: "reach", Kind: flows.Choice, Sets: "mode", Modes: []string{"anonymous"}, Options: options("anonymous", "dark"), Next: next("who")},
		{ID: "who", Kind: flows.Text, Sets: "identity", Modes: []string{"named"}, Next: next("review")},
		{ID: "review", Kind: flows.Review},
	}}, lexicon{}, []string{"en"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.NewEngine([]*flows.Flow{f}, lexicon{}, tree{})
	if err != nil {
		t.Fatal(err)
	}
	p := bench{engine: e}.person(t, "straight", nil)
	p.press("o.anonymous", "o.dark")
	p.at("review")
	p.press("edit.mode", "o.named")
	p.at("who")
	if got := e.Facts(p.draft())["mode"]; got != "named" || p.draft().Answers["reach"].Option != "" {
		t.Errorf("mode %q, answers %v", got, p.draft().Answers)
	}
	p.say("Sam")
	p.at("review")
}

// TestDarkApart: where the dark have a step of their own, what is asked of the anonymous is not asked of them.
func TestDarkApart(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{"anonymous": "kept", "dark": "nothing"} {
		p := formOfWays(t).person(t, "ways", map[string]string{"mode": mode})
		p.at(want)
		p.press("o.ok")
		p.at("review")
	}
}

func formOfWays(t *testing.T) bench {
	t.Helper()
	f, err := flows.Compile(flows.Definition{Flow: "ways", Version: 1, Start: "kept", Steps: []flows.StepDefinition{
		{ID: "kept", Kind: flows.Info, Modes: []string{"anonymous"}, Next: []flows.BranchDefinition{{Goto: "nothing"}}},
		{ID: "nothing", Kind: flows.Info, Modes: []string{"dark"}, Next: []flows.BranchDefinition{{Goto: "review"}}},
		{ID: "review", Kind: flows.Review},
	}}, lexicon{}, []string{"en"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.NewEngine([]*flows.Flow{f}, lexicon{}, tree{})
	if err != nil {
		t.Fatal(err)
	}
	return bench{engine: e}
}
