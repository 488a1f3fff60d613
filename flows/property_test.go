package flows_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/flows"
)

// buttons are all buttons of a prompt, as presses.
func buttons(t interface{ Fatalf(string, ...any) }, p flows.Prompt) []*flows.Press {
	var all []*flows.Press
	take := func(bs ...flows.Button) {
		for _, b := range bs {
			press, ok := flows.ParsePress(b.Data)
			if !ok || len(b.Data) > 64 {
				t.Fatalf("button %q cannot be read", b.Data)
			}
			all = append(all, press)
		}
	}
	take(p.Options...)
	take(p.Ways...)
	for _, l := range p.Review {
		take(l.Edit)
	}
	for _, c := range p.Changes {
		take(c.Edit)
	}
	return all
}

// anything draws what a person may do at a prompt; old are presses of earlier questions.
func anything(t *rapid.T, p flows.Prompt, old []*flows.Press, message int) flows.Input {
	in := flows.Input{Message: message}
	switch rapid.IntRange(0, 11).Draw(t, "deed") {
	case 0, 1, 2, 3, 4, 5:
		in.Press = rapid.SampledFrom(buttons(t, p)).Draw(t, "press")
	case 6:
		if len(old) > 0 {
			in.Press = rapid.SampledFrom(old).Draw(t, "old press")
			break
		}
		in.Text = "1"
	case 7:
		in.Text = rapid.SampledFrom([]string{
			"返回", "skip", "完成", "取消", "是", "yes", "no", "2", "３、", "昨天", "2026-11-03", "3月5日到8日", "明年", "总装车间", "提交", "重写",
			"贪污和舞弊", "一段足够长的经过，写清楚了。", strings.Repeat("长", 4000), "<b>&\u202e", "继续",
		}).Draw(t, "text")
	case 8:
		in.Text = rapid.String().Draw(t, "any text")
	case 9:
		in.File = &flows.File{ID: fmt.Sprint(message), Kind: rapid.SampledFrom([]string{"photo", "voice", "document"}).Draw(t, "file")}
		in.Album = rapid.SampledFrom([]string{"", "album"}).Draw(t, "album")
		in.TooBig = rapid.IntRange(0, 4).Draw(t, "big") == 0
	case 10:
		in.Other = rapid.SampledFrom([]string{"sticker", "poll", "location", "dice"}).Draw(t, "other")
	case 11:
		in.Edited, in.Text = true, rapid.SampledFrom([]string{"改过的话，长一点。", "昨天", ""}).Draw(t, "edit")
		in.Message = rapid.IntRange(1, message).Draw(t, "edited message")
	}
	return in
}

// check looks at what must hold in every session.
func check(t *rapid.T, b bench, s flows.Session) {
	for _, d := range s.Drafts {
		f, ok := b.engine.Flow(d.Flow)
		if !ok {
			t.Fatalf("unknown flow %q", d.Flow)
		}
		if !f.HasState(d.State) {
			t.Fatalf("state %q is not in the table", d.State)
		}
		mode := b.engine.Facts(d)["mode"]
		for _, step := range f.Definition().Steps {
			if _, given := d.Answers[step.ID]; given && !allowed(step, mode) {
				t.Fatalf("%s is answered in mode %s", step.ID, mode)
			}
		}
		for id := range d.Answers {
			if !f.Reaches(d, id) {
				t.Fatalf("%s is answered and cannot be reached", id)
			}
		}
	}
}

// allowed says whether a step may be answered in a mode; dark is a way of being anonymous.
func allowed(s flows.StepDefinition, mode string) bool {
	return mode == "" || len(s.Modes) == 0 || slices.Contains(s.Modes, mode) || mode == "dark" && slices.Contains(s.Modes, "anonymous")
}

// TestAnyInput walks the real complaint with inputs of every kind; after each step the session is stored and read
// back, as if the process had been killed, and must go on exactly like the one that was not.
func TestAnyInput(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rapid.Check(t, func(t *rapid.T) {
		var s flows.Session
		begin := func() []flows.Effect {
			var out []flows.Effect
			s, out = b.engine.Begin(s, "complaint", flows.Seed{ID: "one", Nonce: "none"}, nil, day)
			return out
		}
		begin()
		var old []*flows.Press
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			p, ok := b.engine.Prompt(s)
			if !ok {
				begin()
				p, _ = b.engine.Prompt(s)
			}
			before := s
			kept := stored(t, s)
			in := anything(t, p, old, 100+i)
			old = append(old, buttons(t, p)...)
			var out, outKept []flows.Effect
			s, out = b.engine.Step(s, in, day)
			kept, outKept = b.engine.Step(kept, in, day)
			if diff := cmp.Diff(plainly(t, s, out), plainly(t, kept, outKept)); diff != "" {
				t.Fatalf("after a crash it goes on otherwise: %s", diff)
			}
			if diff := cmp.Diff(stored(t, before), before); diff != "" && len(before.Drafts[0].Answers) > 0 {
				t.Fatalf("the session that went in was changed: %s", diff)
			}
			check(t, b, s)
			if len(out) == 0 && in.Album == "" {
				t.Fatalf("no answer to %+v", in)
			}
			lost(t, before, s, in)
		}
	})
}

// lost finds answers that went without the person asking for it: only a discard, a changed answer and a cleared one may.
func lost(t *rapid.T, before, after flows.Session, in flows.Input) {
	if len(before.Drafts) == 0 || len(after.Drafts) == 0 || in.Press != nil && in.Press.Op != flows.OpBack && in.Press.Op != flows.OpDone {
		return
	}
	was, is := before.Drafts[0], after.Drafts[0]
	for id, a := range was.Answers {
		if a.Open || strings.TrimPrefix(was.State, "edit_") == id {
			continue
		}
		if _, ok := is.Answers[id]; !ok && was.Answers["kind"].Option == is.Answers["kind"].Option && was.Answers["mode"].Option == is.Answers["mode"].Option {
			t.Fatalf("%s is lost; answers %v", id, slices.Collect(maps.Keys(is.Answers)))
		}
	}
}

func stored(t *rapid.T, s flows.Session) flows.Session {
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back flows.Session
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func plainly(t *rapid.T, s flows.Session, out []flows.Effect) string {
	data, err := json.Marshal([]any{s, out})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func FuzzParsePress(f *testing.F) {
	f.Add("f.nonce.1z.o.named")
	f.Add("f.nonce.0.unit")
	f.Add("f..-1.o.")
	f.Fuzz(func(t *testing.T, data string) {
		p, ok := flows.ParsePress(data)
		if ok && (flows.Draft{Nonce: p.Nonce, Turn: p.Turn}).Data(p.Op, p.Arg) != data {
			t.Errorf("%q is read as %+v", data, p)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"昨天", "3月5日到8日", "since 3 Nov", "2026-02-30", "0000-00-00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		span, err := flows.ParseDate(text, day)
		if err == nil && !span.Ongoing && span.From == "" {
			t.Errorf("%q is read as nothing", text)
		}
		if today := day.Format("2006-01-02"); span.From > today || span.To > today || span.To != "" && span.To < span.From {
			t.Errorf("%q is read as %+v", text, span)
		}
	})
}

func BenchmarkStep(bm *testing.B) {
	b := setup(bm)
	p := b.person(bm, "complaint", nil)
	p.press("o.named", "o.ok")
	in := flows.Input{Press: p.button(flows.OpOption, "pay"), Message: 1}
	bm.ReportAllocs()
	for bm.Loop() {
		b.engine.Step(p.s, in, day)
	}
}
