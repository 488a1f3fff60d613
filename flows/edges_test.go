package flows_test

import (
	"fmt"
	"strings"
	"testing"

	"huiyin/flows"
)

// tree is a place of many units; twins share a name with their neighbours when the lexicon says so.
type tree struct{ top []string }

func (t tree) Children(unit string) []string {
	if unit == "" {
		return t.top
	}
	return nil
}

func (t tree) Parent(unit string) (string, bool) {
	for _, u := range t.top {
		if u == unit {
			return "", true
		}
	}
	return "", false
}

func (tree) Size(string) int { return 0 }

// twins gives every unit the same name.
type twins struct{ lexicon }

func (twins) Label(_, key string) string {
	if strings.HasPrefix(key, "unit.") {
		return "twin"
	}
	return key
}

func TestLongListsAndUnits(t *testing.T) {
	t.Parallel()
	var top []string
	var options []flows.OptionDefinition
	for i := range 20 {
		top = append(top, fmt.Sprintf("u%d", i))
		options = append(options, flows.OptionDefinition{ID: fmt.Sprintf("o%d", i)})
	}
	next := func(to string) []flows.BranchDefinition { return []flows.BranchDefinition{{Goto: to}} }
	f, err := flows.Compile(flows.Definition{Flow: "long", Version: 1, Start: "pick", Steps: []flows.StepDefinition{
		{ID: "pick", Kind: flows.Choice, Options: options, Next: next("spot")},
		{ID: "spot", Kind: flows.Place, Next: next("review")},
		{ID: "review", Kind: flows.Review},
	}}, twins{}, []string{"en"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.NewEngine([]*flows.Flow{f}, twins{}, tree{top: top})
	if err != nil {
		t.Fatal(err)
	}
	p := bench{engine: e}.person(t, "long", nil)
	p.press("page.1")
	if o := p.ask().Options; len(o) != 10 || o[0].Key != "long.pick.o8" {
		t.Errorf("page 1: %+v", o)
	}
	p.press("page.99")
	p.press("o.o19")
	p.press("page.2")
	if o := p.ask().Options; len(o) != 5 || o[0].Key != "unit.u16" {
		t.Errorf("page 2: %+v", o)
	}
	p.say("twin") // a name that several share is kept as words
	p.at("review")
	if a := p.draft().Answers["spot"]; a.Option != "" || a.Parts[0].Text != "twin" {
		t.Errorf("spot %+v", a)
	}
	if got := strings.Join(e.Path(p.draft()), " "); got != "pick spot review" {
		t.Errorf("path %s", got)
	}
	for step, want := range map[string]string{"pick": "long.pick.o1", "spot": "unit.o1", "review": "", "none": ""} {
		if got := f.OptionKey(step, "o1"); got != want {
			t.Errorf("%s: %q", step, got)
		}
	}
	if len(f.Keys()) < 20 {
		t.Errorf("keys %v", f.Keys())
	}
	if _, err := flows.NewEngine([]*flows.Flow{f, f}, twins{}, tree{}); err == nil {
		t.Error("two flows of one name")
	}
	for _, bad := range [][]string{{"a b"}, {"a", "a"}, {strings.Repeat("u", 40)}} {
		if _, err := flows.NewEngine(nil, twins{}, tree{top: bad}); err == nil {
			t.Errorf("units %v", bad)
		}
	}
}

func TestParsePressRefuses(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		"", "f", "x.n.1.done", "f..1.done", "f.n.-1.done", "f.n.01.done", "f.n.zzzzz.done", "f.n.1.fly", "f.n.1.o.", "f.n.1.o.a b",
		"f.seventeen_letters.1.done", "f.n.1.o." + strings.Repeat("a", 64),
	} {
		if p, ok := flows.ParsePress(data); ok {
			t.Errorf("%q is read as %+v", data, p)
		}
	}
}

func TestLeavingAnEditKeepsWhatWasAdded(t *testing.T) {
	t.Parallel()
	p := setup(t).person(t, "complaint", nil)
	p.toReview("named")
	p.press("edit.what")
	p.say("再补充一句话。")
	p.press("back")
	p.at("review")
	p.press("edit.people")
	p.say("赵六", "跳过")
	p.at("review")
	p.press("edit.evidence")
	p.step(flows.Input{File: photo("one"), Message: 70})
	p.press("done")
	p.step(flows.Input{File: photo("two"), Message: 70, Edited: true})
	p.note("edited")
	p.step(flows.Input{File: photo("three"), Message: 70, Edited: true, TooBig: true})
	p.note("file_too_big")
	if got := p.draft().Answers["evidence"].Parts[0].File.ID; got != "two" {
		t.Errorf("file %s", got)
	}
	p.say("不是序号")
	p.note("use_buttons")
	p.say("提交")
	p.submitted()
}
