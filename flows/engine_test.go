package flows_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/configs"
	"huiyin/flows"
)

// bench is the real configuration with an engine on it.
type bench struct {
	config *configs.Config
	engine *flows.Engine
}

// shared is read once: nothing changes it.
var shared = sync.OnceValues(func() (bench, error) {
	c, err := configs.Load("")
	if err != nil {
		return bench{}, err
	}
	e, err := flows.NewEngine(c.Flows, c.Messages, c.Org)
	return bench{config: c, engine: e}, err
})

func setup(t testing.TB) bench {
	t.Helper()
	b, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// day is a Sunday in the organisation's time zone.
var day = time.Date(2026, 11, 22, 23, 30, 0, 0, time.FixedZone("CST", 8*3600))

// person is one chat going through a form.
type person struct {
	t       testing.TB
	e       *flows.Engine
	s       flows.Session
	out     []flows.Effect
	message int
}

func (b bench) person(t testing.TB, flow string, about map[string]string) *person {
	p := &person{t: t, e: b.engine, message: 100}
	p.s.Lang = "zh-Hans"
	p.begin(flow, "one", about)
	return p
}

func (p *person) begin(flow, id string, about map[string]string) {
	p.s, p.out = p.e.Begin(p.s, flow, flows.Seed{ID: id, Nonce: "n" + id, Secret: []byte("secret")}, about, day)
}

func (p *person) step(in flows.Input) {
	p.message++
	if in.Message == 0 {
		in.Message = p.message
	}
	p.s, p.out = p.e.Step(p.s, in, day)
}

// say sends messages; press presses buttons, "op" or "op.arg", under the present question.
func (p *person) say(texts ...string) {
	for _, text := range texts {
		p.step(flows.Input{Text: text})
	}
}

func (p *person) press(buttons ...string) {
	for _, b := range buttons {
		op, arg, _ := strings.Cut(b, ".")
		p.step(flows.Input{Press: p.button(flows.Op(op), arg)})
	}
}

func (p *person) button(op flows.Op, arg string) *flows.Press {
	p.t.Helper()
	press, ok := flows.ParsePress(p.draft().Data(op, arg))
	if !ok {
		p.t.Fatalf("button %s.%s cannot be read back", op, arg)
	}
	return press
}

func (p *person) draft() flows.Draft {
	p.t.Helper()
	for _, d := range p.s.Drafts {
		if d.ID == p.s.Active {
			return d
		}
	}
	p.t.Fatal("no form is open")
	return flows.Draft{}
}

func (p *person) ask() flows.Prompt {
	p.t.Helper()
	for _, e := range p.out {
		if a, ok := e.(flows.Ask); ok {
			return a.Prompt
		}
	}
	p.t.Fatalf("nothing was asked: %#v", p.out)
	return flows.Prompt{}
}

func (p *person) at(step string) {
	p.t.Helper()
	if got := p.ask().Step; got != step {
		p.t.Fatalf("asked %q with note %q, want %q", got, p.ask().Note, step)
	}
}

func (p *person) note(note string) {
	p.t.Helper()
	if got := p.ask().Note; got != "note."+note {
		p.t.Fatalf("note %q, want note.%s", got, note)
	}
}

func (p *person) toast(key string) {
	p.t.Helper()
	for _, e := range p.out {
		if e == (flows.Toast{Key: "note." + key}) {
			return
		}
	}
	p.t.Fatalf("no toast %s in %#v", key, p.out)
}

func (p *person) submitted() flows.Draft {
	p.t.Helper()
	for _, e := range p.out {
		if s, ok := e.(flows.Submit); ok {
			return s.Draft
		}
	}
	p.t.Fatalf("not submitted: %#v", p.out)
	return flows.Draft{}
}

// toReview fills in a pay complaint in a mode.
func (p *person) toReview(mode string) {
	p.t.Helper()
	if mode == "dark" {
		p.press("o.anonymous", "o.ok", "o.dark", "o.pay", "o.unpaid")
	} else if mode == "anonymous" {
		p.press("o.anonymous", "o.ok", "o.anonymous", "o.pay", "o.unpaid")
	} else {
		p.press("o."+mode, "o.ok", "o.pay", "o.unpaid")
	}
	p.say("2026年8月", "每月少800元", "三个月没有发工资了，每次都说下个月。", "还有加班费。")
	p.press("done", "o.yesterday", "page.0", "unit.east_plant", "o.east_plant")
	p.say("王主任", "完成", "把钱补上", "第一次说", "跳过")
	if mode == "named" || mode == "confidential" {
		p.say("李四", "总装车间", "跳过")
	}
	p.at("review")
}

func TestEveryModeReachesTheReview(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, mode := range []string{"named", "confidential", "anonymous", "dark"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := b.person(t, "complaint", nil)
			p.toReview(mode)
			lines := p.ask().Review
			chosen := lines[0].OptionKey
			if lines[1].Step == "reach" {
				chosen = strings.Replace(lines[1].OptionKey, "reach", "mode", 1)
				lines = lines[1:]
			}
			if chosen != "complaint.mode."+mode || lines[2].Step != "matter_pay" {
				t.Errorf("review begins %+v", lines[:3])
			}
			p.press("send")
			d := p.submitted()
			want := map[string]string{"mode": mode, "kind": "pay", "matter": "unpaid", "unit": "east_plant", "raised": "first_time"}
			if diff := cmp.Diff(want, b.engine.Facts(d)); diff != "" {
				t.Error(diff)
			}
			if _, kept := d.Answers["who_name"]; kept == (mode == "anonymous" || mode == "dark") {
				t.Errorf("name kept: %v", kept)
			}
			p.press("send") // the answer to the first was lost
			p.submitted()
			if s := b.engine.Close(p.s, d.ID); len(s.Drafts) != 0 || s.Active != "" {
				t.Error("the draft stays after Close")
			}
		})
	}
}

func TestBranches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for kind, want := range map[string][]string{
		"contract":   {"matter_contract", "what"},
		"safety":     {"matter_safety", "danger", "what"},
		"harassment": {"matter_harassment", "still", "what"},
		"corruption": {"matter_corruption", "involved", "what"},
		"conduct":    {"matter_conduct", "involved", "what"},
		"other":      {"what", "when"},
		"pay":        {"matter_pay", "period", "amount", "what"},
	} {
		p := b.person(t, "complaint", nil)
		p.press("o.named", "o.ok", "o."+kind)
		var got []string
		for _, step := range want {
			got = append(got, p.ask().Step)
			switch step {
			case "danger", "still":
				p.press("o.yes")
			case "involved":
				p.say("张三", "done")
			case "period", "amount":
				p.say("skip")
			case "what":
				p.say("这是一段足够长的事情经过。", "说完了")
			default:
				p.say("1")
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

func TestEditKeepsAndAsksOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.toReview("named")
	p.press("edit.want")
	p.at("want")
	p.say("赔礼道歉")
	p.at("review")
	if got := p.draft().Answers["want"].Parts[0].Text; got != "赔礼道歉" {
		t.Errorf("want is %q", got)
	}
	// Another kind: its second level and its question are missing; the story is not asked again.
	p.press("edit.kind", "o.safety")
	p.at("matter_safety")
	p.press("o.fire")
	p.at("danger")
	p.press("o.no")
	p.at("review")
	for _, gone := range []string{"matter_pay", "period", "amount"} {
		if _, ok := p.draft().Answers[gone]; ok {
			t.Errorf("%s is still there", gone)
		}
	}
	// Down to anonymous: the name goes at once, before anything else is asked.
	p.press("edit.mode", "o.anonymous")
	p.at("accept_anonymous")
	for id := range p.draft().Answers {
		if strings.HasPrefix(id, "who_") {
			t.Errorf("%s is still there", id)
		}
	}
	p.press("o.ok")
	p.at("reach")
	p.press("o.anonymous")
	p.at("review")
	p.press("edit.want", "back")
	p.at("review")
	p.say("1")
	p.at("mode")
	p.press("done")
	p.at("review")
	p.press("edit.what", "clear", "back")
	p.at("what")
	p.press("done")
	p.note("nothing_yet")
}

func TestBackAndForth(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.say("返回")
	p.note("first_step")
	p.say("skip")
	p.note("required")
	p.press("o.named", "o.ok", "o.safety", "back")
	p.at("kind")
	if a := p.ask(); a.Current.Option != "safety" || a.At != 3 {
		t.Errorf("current %+v at %d of %d", a.Current, a.At, a.Of)
	}
	p.press("o.safety")
	p.at("matter_safety")
	p.press("o.fire", "o.no")
	p.say("消防通道被堵住很久了。")
	p.say("返回", "返回", "返回")
	p.at("kind")
	p.press("o.safety") // over what is answered, to the story that was left open
	p.at("what")
	if p.ask().Received != 1 {
		t.Error("the words are gone")
	}
}

func TestCancelExitResume(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, "complaint", nil)
	p.press("o.named", "o.ok")
	p.say("取消")
	if a := p.ask(); a.Step != "" || len(a.Options) != 2 {
		t.Errorf("asked %+v", a)
	}
	p.press("keep")
	p.at("kind")
	p.press("cancel", "exit")
	left := p.s
	if l, ok := p.out[0].(flows.Left); !ok || !l.Saved || left.Active != "" || len(left.Drafts) != 1 {
		t.Fatalf("left %+v", p.out)
	}
	p.s, p.out = b.engine.Resume(p.s, "one", day)
	p.at("kind")
	p.note("resumed")
	p.say("cancel", "yes")
	if l, ok := p.out[0].(flows.Left); !ok || l.Saved || len(p.s.Drafts) != 0 {
		t.Fatalf("left %+v", p.out)
	}
	p.step(flows.Input{Text: "hello"})
	if p.out != nil {
		t.Errorf("without a form: %+v", p.out)
	}
	// Typing on is no wish to discard.
	p = b.person(t, "withdraw", nil)
	p.press("cancel")
	p.say("改主意了")
	p.at("review")
}

func TestStaleForeignAndDoubledPresses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, "complaint", nil)
	old := p.button(flows.OpOption, "anonymous")
	p.press("o.named")
	before := p.s
	p.step(flows.Input{Press: old})
	p.at("accept_named")
	p.toast("already_answered")
	if diff := cmp.Diff(before.Drafts[0].Answers, p.s.Drafts[0].Answers); diff != "" {
		t.Error(diff)
	}
	p.step(flows.Input{Press: &flows.Press{Nonce: "strange", Op: flows.OpDone}})
	if p.out[0] != (flows.Closed{}) {
		t.Errorf("foreign press: %+v", p.out)
	}
	exit := p.button(flows.OpExit, "")
	p.step(flows.Input{Press: exit})
	p.step(flows.Input{Press: exit})
	p.toast("parked")
	if p.s.Active != "" {
		t.Error("a doubled exit brought the form back")
	}
	// A form that another one has put aside is resumed by its own button.
	p.s, _ = b.engine.Resume(p.s, "one", day)
	ok := p.button(flows.OpOption, "ok")
	p.begin("withdraw", "two", map[string]string{"case": "c"})
	p.step(flows.Input{Press: ok})
	p.at("kind")
	for _, bad := range []string{"drop", "keep", "send", "o.nothing", "edit.what", "unit.east_plant", "page.x", "aside.none", "clear"} {
		p.press(bad)
		p.at("kind")
		p.toast("already_answered")
	}
	p.s = b.engine.Park(p.s)
	if _, ok := b.engine.Prompt(p.s); ok {
		t.Error("a parked form is on the screen")
	}
}

func TestAtMostThreeForms(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.begin("withdraw", "two", map[string]string{"case": "a"})
	p.begin("withdraw", "three", map[string]string{"case": "b"})
	p.begin("withdraw", "four", map[string]string{"case": "a"})
	if p.s.Active != "two" {
		t.Errorf("active %s, want the same form about the same case", p.s.Active)
	}
	p.begin("add", "five", map[string]string{"case": "c"})
	p.note("forms_full")
	if p.s.Active != "one" || len(p.s.Drafts) != flows.MaxDrafts {
		t.Errorf("active %s of %d", p.s.Active, len(p.s.Drafts))
	}
	was := p.s
	p.begin("no_such", "six", nil)
	if diff := cmp.Diff(was, p.s); diff != "" || p.out != nil {
		t.Error(diff)
	}
}

func TestAside(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.press("o.named", "o.ok", "o.ask_first")
	if a := p.ask(); a.Text != "complaint.aside.consult.ask" || len(a.Options) != 8 {
		t.Errorf("aside %+v", a)
	}
	for _, way := range []string{"2", "加班费怎么算？", "How is overtime paid?"} {
		p.say(way)
		if a := p.ask(); a.Text != "complaint.aside.consult.overtime.text" {
			t.Errorf("%s: %s", way, a.Text)
		}
		p.press("aside.consult")
	}
	p.press("aside.consult.leave")
	p.say("返回")
	p.at("kind")
	if _, ok := p.draft().Answers["kind"]; ok {
		t.Error("an aside answered the question")
	}
	p.press("o.ask_first", "aside")
	p.at("kind")
	p.press("o.ask_first")
	p.say("pay") // words are an answer to the question all the same
	p.at("matter_pay")
}
