package flows_test

import (
	"testing"

	"huiyin/flows"
)

func TestAVoiceIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"anonymous", "dark"} {
		p := setup(t).person(t, "complaint", nil)
		p.toReview(mode)
		p.press("edit.what")
		p.step(flows.Input{File: voice("v"), Message: 7})
		if a := p.ask(); a.Text != "form.voice.ask" || a.Step != "" || len(a.Options) != 2 {
			t.Fatalf("asked %+v", a)
		}
		if n := len(p.draft().Answers["what"].Parts); n != 2 {
			t.Fatalf("%d parts: it was taken in", n)
		}
		drop := p.button(flows.OpDiscard, "")
		p.step(flows.Input{File: voice("v"), Message: 7}) // delivered again
		p.step(flows.Input{File: voice("w"), Message: 8})
		if n := len(p.draft().Held); n != 2 {
			t.Fatalf("%d held", n)
		}
		p.press("o.ok", "done", "keep")
		p.note("received")
		p.step(flows.Input{Press: drop}) // a late press
		p.toast("already_answered")
		if a := p.draft().Answers["what"]; len(a.Parts) != 4 || a.Parts[3].File.ID != "w" {
			t.Errorf("parts %+v", a.Parts)
		}
		p.step(flows.Input{File: voice("x")})
		p.note("received")
		if d := p.draft(); d.Held != nil || d.Asking != "" || len(d.Answers["what"].Parts) != 5 {
			t.Errorf("it is asked again: %+v", d)
		}
	}
}

func TestAVoiceIsLeftOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, leave := range map[string]func(p *person){
		"button": func(p *person) { p.press("drop"); p.note("voice_left_out") },
		"word":   func(p *person) { p.say("不要了"); p.note("voice_left_out") },
		"number": func(p *person) { p.say("2"); p.note("voice_left_out") },
		"writes": func(p *person) {
			p.say("还是写下来吧。")
			if p.out[0] != (flows.Alert{Key: "note.voice_left_out"}) {
				t.Errorf("not said: %+v", p.out)
			}
			p.note("received")
		},
		"after thinking of cancelling": func(p *person) {
			p.press("cancel", "keep")
			if p.ask().Text != "form.voice.ask" {
				t.Errorf("asked %+v", p.ask())
			}
			p.press("drop")
		},
		"after a while": func(p *person) {
			p.press("exit")
			p.s, p.out = p.e.Resume(p.s, "one", day)
			if p.ask().Text != "form.voice.ask" {
				t.Errorf("asked %+v", p.ask())
			}
			p.press("drop")
		},
	} {
		p := b.person(t, "complaint", nil)
		p.atStory("anonymous")
		p.step(flows.Input{File: voice("v")})
		leave(p)
		d := p.draft()
		for id, a := range d.Answers {
			for _, part := range a.Parts {
				if part.File != nil {
					t.Errorf("%s: the voice is in %s", name, id)
				}
			}
		}
		if d.Held != nil || d.Asking != "" {
			t.Errorf("%s: still held", name)
		}
		p.step(flows.Input{File: voice("v")})
		if p.ask().Text != "form.voice.ask" {
			t.Errorf("%s: the next one is not asked about: %+v", name, p.ask())
		}
	}
}

// TestVideosElsewhere: a video goes to the evidence from any question, but not unasked; a picture is no voice.
func TestVideosElsewhere(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.atStory("anonymous")
	video := func(id string) *flows.File { return &flows.File{ID: id, Kind: "video"} }
	p.step(flows.Input{File: photo("p"), Album: "x", Message: 20})
	p.note("file_taken")
	p.step(flows.Input{File: video("v"), Album: "x"})
	if p.ask().Text != "form.voice.ask" {
		t.Fatalf("asked %+v", p.ask())
	}
	p.step(flows.Input{File: video("w"), Album: "x"})
	if p.out != nil {
		t.Errorf("the rest of the album is not quiet: %+v", p.out)
	}
	p.step(flows.Input{File: &flows.File{ID: "d", Kind: "document", MIME: "audio/mpeg"}, Message: 30})
	p.step(flows.Input{File: &flows.File{ID: "e", Kind: "document", MIME: "audio/mpeg"}, Message: 30, Text: "改过", Edited: true})
	p.note("edited")
	p.step(flows.Input{Other: "sticker"})
	p.note("not_this_kind")
	p.say("返回")
	p.note("not_understood")
	p.press("keep")
	p.at("what")
	e := p.draft().Answers["evidence"].Parts
	if len(e) != 4 || e[3].File.ID != "e" || e[3].Text != "改过" {
		t.Errorf("evidence %+v", e)
	}
	// By name nobody is asked.
	p = setup(t).person(t, "complaint", nil)
	p.atStory("confidential")
	p.step(flows.Input{File: voice("v")})
	p.note("received")
	// A picture that is changed into a video is asked about, and then takes the picture's place.
	p = setup(t).person(t, "complaint", nil)
	p.atStory("anonymous")
	p.step(flows.Input{File: photo("p"), Message: 20})
	p.step(flows.Input{File: video("v"), Message: 20, Edited: true})
	if p.ask().Text != "form.voice.ask" || p.draft().Answers["evidence"].Parts[0].File.ID != "p" {
		t.Fatalf("asked %+v", p.ask())
	}
	p.press("keep")
	if e := p.draft().Answers["evidence"].Parts; len(e) != 1 || e[0].File.ID != "v" {
		t.Errorf("evidence %+v", e)
	}
}

// TestFilesThatSayWhoTheReporterIs must not get among what officers read.
func TestFilesThatSayWhoTheReporterIs(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.toReview("confidential")
	p.press("edit.who_name")
	p.step(flows.Input{File: photo("card"), Text: "我的工作证"})
	p.note("file_not_here")
	if a := p.draft().Answers["evidence"]; len(a.Parts) != 0 {
		t.Errorf("evidence %+v", a)
	}
}
