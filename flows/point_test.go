package flows_test

import (
	"strings"
	"testing"

	"huiyin/flows"
)

// titles are the steps that the page leads to.
func changes(p flows.Prompt) string {
	var steps []string
	for _, c := range p.Changes {
		press, _ := flows.ParsePress(c.Edit.Data)
		steps = append(steps, press.Arg)
	}
	return strings.Join(steps, " ")
}

// toldMuch fills in a form that could point to the person.
func (p *person) toldMuch(mode string) {
	p.t.Helper()
	p.toReview(mode)
	p.press("edit.what")
	p.say("打我手机13812345678，我叫张大山，工号是A20417。")
	p.press("done", "edit.want")
	p.say("找我：13912345678")
	p.at("review")
}

func TestPassagesAreShownBeforeSending(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, "complaint", nil)
	p.toldMuch("named")
	p.press("send")
	p.submitted()
	for _, mode := range []string{"confidential", "anonymous", "dark"} {
		p := b.person(t, "complaint", nil)
		p.toldMuch(mode)
		send := p.button(flows.OpSubmit, "")
		p.step(flows.Input{Press: send})
		page := p.ask()
		if page.Text != "pointers.ask" || changes(page) != "what want" || len(page.Pointers) != 4 {
			t.Fatalf("%s: asked %+v", mode, page)
		}
		if l := page.Pointers[1]; l.Hit != "我叫张大山" || l.Rule != "pointers.rule.name" || l.Title != "complaint.what.title" || !strings.HasPrefix(l.Before, "…") {
			t.Errorf("line %+v", l)
		}
		p.step(flows.Input{Press: send}) // a double of the tap is no consent
		p.toast("already_answered")
		if p.ask().Text != "pointers.ask" {
			t.Fatalf("asked %+v", p.ask())
		}
		p.press("o.ok", "edit.mode_of_nothing", "done", "drop")
		p.toast("already_answered")
		p.press("back")
		p.at("review")
		p.press("send") // the same passages were shown
		p.submitted()
		p.press("edit.what") // the answer to the submission was lost, and they think again
		p.say("还有，打010-12345678。", "完成")
		p.at("review")
		p.say("提交")
		if changes(p.ask()) != "what want" || p.ask().PointersMore != 0 || len(p.ask().Pointers) != 5 {
			t.Errorf("asked %+v", p.ask())
		}
		p.say("没有这个")
		p.note("use_buttons")
		p.say("2")
		p.at("want")
		p.say("不用找我了。")
		p.at("review")
		p.press("send", "send") // what is left was not shown like this
		p.submitted()
	}
}

func TestThePageOfPassagesIsLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, leave := range map[string]struct {
		do   func(p *person)
		step string
	}{
		"change": {func(p *person) { p.press("edit.want") }, "want"},
		"save": {func(p *person) {
			p.press("exit")
			p.s, p.out = b.engine.Resume(p.s, "one", day)
		}, "review"},
		"cancel": {func(p *person) { p.press("cancel", "keep") }, "review"},
		"word":   {func(p *person) { p.say("返回") }, "review"},
		"file":   {func(p *person) { p.step(flows.Input{File: photo("p")}); p.note("file_taken") }, "review"},
		"edited": {func(p *person) {
			p.step(flows.Input{Text: "不用找我了。", Message: p.message - 1, Edited: true})
		}, "review"},
		"another version": {func(p *person) {
			p.s.Drafts[0].Version = 1
			p.s, p.out = b.engine.Resume(p.s, "one", day)
		}, "accept_anonymous"},
	} {
		p := b.person(t, "complaint", nil)
		p.toldMuch("anonymous")
		p.press("send")
		leave.do(p)
		if got := p.ask().Step; got != leave.step {
			t.Errorf("%s: at %q, note %q", name, got, p.ask().Note)
		}
	}
}

func TestManyPassages(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "add", map[string]string{"case": "c", "mode": "confidential"})
	p.say("13812345678，13812345679，13812345670，13812345671，13812345672，13812345673，13812345674，13812345675")
	p.press("done", "skip", "send")
	if a := p.ask(); len(a.Pointers) != 6 || a.PointersMore != 2 || changes(a) != "words" {
		t.Errorf("asked %+v", a)
	}
	p.say("send")
	p.submitted()
}

// TestANameThatWasTakenBackIsStillFound: the name went with its mode, but the story still holds it.
func TestANameThatWasTakenBackIsStillFound(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.toReview("named")
	p.press("edit.what")
	p.step(flows.Input{Text: "班长当着大家说李四活该。", Message: 500})
	p.press("done", "edit.mode", "o.anonymous", "o.ok", "o.anonymous", "send")
	if a := p.ask(); len(a.Pointers) != 1 || a.Pointers[0].Hit != "李四" || a.Pointers[0].Rule != "pointers.rule.name" {
		t.Fatalf("asked %+v", a)
	}
	if _, ok := p.draft().Answers["who_name"]; ok {
		t.Error("the name is kept")
	}
	p.press("back")
	p.step(flows.Input{Text: "班长当着大家说我活该。", Message: 500, Edited: true})
	p.press("send")
	p.submitted()
}
