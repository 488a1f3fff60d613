package flows_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/flows"
)

var knownSeed = flows.Seed{ID: "one", Nonce: "none", Secret: []byte("secret")}

// TestBeginKnowing: a known answer is passed over on the way, stands in the review and changes like any other.
func TestBeginKnowing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, mode := range []string{"named", "confidential", "anonymous"} {
		p := &person{t: t, e: b.engine, message: 100, s: flows.Session{Lang: "zh-Hans"}}
		var known bool
		p.s, p.out, known = b.engine.BeginKnowing(p.s, "complaint", knownSeed, "kind", "facilities", day)
		if !known {
			t.Fatal("the kind is not known")
		}
		p.at("mode")
		p.press("o."+mode, "o.ok")
		if mode == "anonymous" {
			p.press("o.dark")
		}
		p.at("matter_facilities")
		p.press("o.canteen")
		p.at("what")
		if got := b.engine.Facts(p.draft()); got["kind"] != "facilities" || got["matter"] != "canteen" || mode != "anonymous" && got["mode"] != mode {
			t.Errorf("%s: facts %v", mode, got)
		}
		// Another kind takes with it what hung on the first.
		p.say("返回", "返回")
		p.at("kind")
		p.press("o.pay")
		p.at("matter_pay")
		if got := b.engine.Facts(p.draft()); got["kind"] != "pay" || got["matter"] != "" {
			t.Errorf("%s: facts %v", mode, got)
		}
	}
}

// TestBeginKnowingNothing: what no choice takes, and the mode, are not known, and an open form stays as it is.
func TestBeginKnowingNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ flow, fact, option string }{
		{"complaint", "kind", "weather"}, {"complaint", "kind", "ask_first"}, {"complaint", "kind", ""}, {"complaint", "mode", "named"},
		{"complaint", "matter", "canteen"}, {"complaint", "colour", "red"}, {"complaint", "urgent", "yes"}, {"complaint", "", "pay"},
	} {
		s, effects, known := b.engine.BeginKnowing(flows.Session{Lang: "en"}, c.flow, knownSeed, c.fact, c.option, day)
		want, wantEffects := b.engine.Begin(flows.Session{Lang: "en"}, c.flow, knownSeed, nil, day)
		if known || cmp.Diff(want, s) != "" || cmp.Diff(wantEffects, effects) != "" {
			t.Errorf("%+v: known %v\n%s%s", c, known, cmp.Diff(want, s), cmp.Diff(wantEffects, effects))
		}
	}
	if _, effects, known := b.engine.BeginKnowing(flows.Session{}, "no such flow", knownSeed, "kind", "pay", day); known || effects != nil {
		t.Error("an unknown flow is begun")
	}
	p := b.person(t, "complaint", nil)
	p.press("o.named", "o.ok")
	before := p.s
	after, _, known := b.engine.BeginKnowing(p.s, "complaint", flows.Seed{ID: "two", Nonce: "ntwo"}, "kind", "pay", day)
	if known || len(after.Drafts) != 1 || len(after.Drafts[0].Answers) != len(before.Drafts[0].Answers) || after.Drafts[0].State != "kind" {
		t.Errorf("an open form is changed: %+v", after.Drafts)
	}
}
