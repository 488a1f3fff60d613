package flows_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/flows"
)

var storyPath = []flows.StepDefinition{
	{ID: "who", Kind: flows.Text, Sets: "identity"}, {ID: "reach", Kind: flows.Text, Sets: "identity"},
	{ID: "story", Kind: flows.Text, Many: true}, {ID: "where", Kind: flows.Place}, {ID: "files", Kind: flows.Files},
}

// story is a draft that says one thing, by a person whose name is known.
func story(text string) flows.Draft {
	say := func(s string) flows.Answer { return flows.Answer{Parts: []flows.Part{{Message: 1, Text: s}}} }
	return flows.Draft{Answers: map[string]flows.Answer{
		"who": say("李晓梅"), "reach": say("总装车间，电话 8840 1122，Mei@Example.org"), "story": say(text),
	}}
}

// flagged writes what was found as "rule:passage".
func flagged(d flows.Draft) []string {
	var out []string
	for _, p := range flows.Pointers(d, storyPath, flows.About{}) {
		a := d.Answers[p.Step]
		text := ""
		switch {
		case p.Part < 0, p.Rule == flows.RuleVoice:
		case p.Rule == flows.RuleFile:
			text = string([]rune(a.Parts[p.Part].File.Name)[p.From:p.To])
		default:
			text = string([]rune(a.Parts[p.Part].Text)[p.From:p.To])
		}
		out = append(out, string(p.Rule)+":"+text)
	}
	return out
}

func TestPointers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// The person's own name and numbers, as the identity steps have them.
		"李晓梅每天加班，没有人管。":                          "name:李晓梅",
		"问过财务，说 MEI@example.org 收不到邮件":           "email:MEI@example.org",
		"在总装车间，每天加班":                             "",
		"Li Xiaomei was not there, 李晓 was":       "",
		"我的内线是 1122，是 8840，打不通":                  "name:1122|name:8840",
		"单号88401122不是电话":                         "",
		"The sender is mei@example.org, I think": "email:mei@example.org",

		// Telephones.
		"打我手机138 1234 5678，随时":     "phone:138 1234 5678",
		"tel １３８１２３４５６７８":          "phone:１３８１２３４５６７８",
		"打+86-13812345678":         "phone:+86-13812345678",
		"单位座机0735-6621655没人接":      "phone:0735-6621655",
		"call +44 20 7946 0958":    "phone:+44 20 7946 0958",
		"订单 2013812345678901 没付":   "",
		"拨打12345和12333都没用":         "",
		"电话0731-00000000（已隐去）":     "",
		"扣了13800元":                 "",
		"x 13812345678a is a part": "",
		"从2019-2020年，13-15号":       "",

		// Accounts.
		"加我微信：mei_88a":              "handle:mei_88a",
		"VX mei88abc":               "handle:mei88abc",
		"我的QQ是 1234567":             "handle:1234567",
		"my wechat: xiaomei_88":     "handle:xiaomei_88",
		"他用微信转账给主任":                 "",
		"QQ群12345678里都在说":           "",
		"she sent a wechat message": "",

		// Employees' numbers and ID cards.
		"我的工号是A20417":              "staff:A20417",
		"staff no. 20417 was me":   "staff:20417",
		"Employee ID: EP-2041":     "staff:EP-2041",
		"staff of 200 people":      "",
		"BX204817 signed it":       "staff:BX204817",
		"车牌湘A12345，湘AB123456":      "",
		"身份证11010519491231002X，没给": "id_card:11010519491231002X",
		"身份证110105194912310021，错的": "",

		// Times.
		"11月3日下午3点20分，他进来":          "time:11月3日下午3点20分",
		"昨天 14:35 机器停了":             "time:昨天 14:35",
		"On 3 Nov at 14:35 he came": "time:3 Nov at 14:35",
		"at 2:35 pm on Monday it":   "time:2:35 pm on Monday",
		"上班时间是8:00到17:30":           "",
		"每周一早上7点半开会":                "",
		"11月3日下班以后":                 "",

		// The only one.
		"我是唯一的女电工":                    "only:我是唯一",
		"当时只有我在场":                     "only:只有我",
		"夜里就我一个人":                     "only:就我一个",
		"只有我们车间没发":                    "",
		"不止我一个人知道":                    "",
		"我一个人带孩子":                     "",
		"I am the only woman here":    "only:I am the only",
		"Only I have the key":         "only:Only I",
		"if only I had known":         "",
		"nobody but me saw it happen": "only:nobody but me",

		// Names and where one works.
		"大家好，我叫张大山，干了三年":                       "name:我叫张大山",
		"我叫他过来看":                               "",
		"我叫王主任过来看":                             "",
		"本人陈立，司机":                              "name:本人陈立",
		"本人于今年三月入职":                            "",
		"我是二车间的，工资没发":                          "work:我是二车间的",
		"我在铸造车间上班":                             "work:我在铸造车间上班",
		"My name is Sam Lee. It hurts":         "name:My name is Sam Lee",
		"I work on the night shift":            "work:I work on the night shift",
		"I am a welder in the paint shop, and": "work:I am a welder in the paint shop",

		// Signatures.
		"机器一直没修。\n请你们查。\n\n张大山\n2026年3月1日":          "signature:张大山",
		"以上情况请核实。举报人：张大山":                           "signature:张大山",
		"请处理，谢谢\n谢谢":                                "",
		"此致敬礼！张大山 2026年":                            "signature:张大山",
		"The roof leaks.\n\nBest regards,\nSam Lee": "signature:Sam Lee",
		"The roof leaks.\n- Sam":                    "signature:Sam",
		"Broken things:\nRoof\nDoor":                "",
		"车间里\n都是粉尘":                                 "",
	} {
		if diff := cmp.Diff(want, strings.Join(flagged(story(text)), "|")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestPointersInFilesPlacesAndIdentity(t *testing.T) {
	t.Parallel()
	file := func(name, kind string) flows.Part {
		return flows.Part{File: &flows.File{ID: "f", Kind: kind, Name: name}}
	}
	d := story("没有。")
	d.Answers["files"] = flows.Answer{Parts: []flows.Part{
		file("李晓梅工资条.jpg", "document"), file("张大山的合同.pdf", "document"), file("13812345678.m4a", "audio"),
		file("IMG_20261103_143512.jpg", "document"), file("高清照片.jpg", "document"), file("", "voice"),
		{Text: "张三 13912345678", File: &flows.File{ID: "f", Kind: "photo"}},
	}}
	d.Answers["where"] = flows.Answer{Option: "lab"}
	want := []string{
		"file:李晓梅", "file:张大山", "file:13812345678", "voice:", "voice:", "phone:13912345678",
	}
	if diff := cmp.Diff(want, flagged(d)); diff != "" {
		t.Error(diff)
	}
	d.Voiced = true
	for _, w := range flagged(d) {
		if w == "voice:" {
			t.Error("a voice that the person keeps is flagged")
		}
	}
	for size, flag := range map[int]bool{0: false, 1: true, 9: true, 10: false} {
		found := flows.Pointers(d, storyPath, flows.About{Size: func(string) int { return size }})
		if got := len(found) > 0 && found[0] == (flows.Pointer{Step: "where", Part: -1, Rule: flows.RuleSmall}); got != flag {
			t.Errorf("%d people: %+v", size, found)
		}
	}
	// A step that is off the path says nothing, and what the identity steps hold is never flagged.
	if got := flows.Pointers(d, storyPath[:2], flows.About{}); got != nil {
		t.Errorf("identity is flagged: %+v", got)
	}
	// Passages that were marked count while they fit.
	d = story("都怪小周。")
	d.Marks = []flows.Mark{{Step: "story", Message: 1, From: 2, To: 4}, {Step: "story", Message: 1, From: 3, To: 90}, {Step: "story", Message: 2, From: 0, To: 1}}
	if diff := cmp.Diff([]string{"name:小周"}, flagged(d)); diff != "" {
		t.Error(diff)
	}
}

// valid says whether pointers fit the draft they were found in.
func valid(t interface{ Fatalf(string, ...any) }, d flows.Draft, found []flows.Pointer) {
	for _, p := range found {
		if p.Part < 0 {
			continue
		}
		parts := d.Answers[p.Step].Parts
		if p.Part >= len(parts) {
			t.Fatalf("there is no part %d: %+v", p.Part, p)
		}
		text := parts[p.Part].Text
		if p.Rule == flows.RuleFile {
			text = parts[p.Part].File.Name
		}
		if n := utf8.RuneCountInString(text); p.From < 0 || p.From > p.To || p.To > n || p.From == p.To && p.Rule != flows.RuleVoice {
			t.Fatalf("%+v does not fit %d characters of %q", p, n, text)
		}
	}
}

// scraps are pieces that rules look at, to be strung together.
var scraps = []string{
	"我叫", "张大山", "李晓梅", "138", "12345678", "0731-", "+86", "工号", "A2041", "微信", "QQ", "：", ":", "11月3日", "下午3点20分", "14:35", "，", " ",
	"\n", "只有我", "我是唯一", "I am the only", "My name is Sam", "Regards,\nSam", "举报人", "１３８", "\xff", "\u0000", "👩‍👩‍👧", "@", "a.b", "x", "11010519491231002X", "敬礼",
}

func TestPointersFitAndRepeat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.SampledFrom(scraps), rapid.String())).Draw(t, "pieces"), "")
		d := story(text)
		who := d.Answers["who"]
		who.Parts[0].Text = rapid.OneOf(rapid.SampledFrom(scraps), rapid.String()).Draw(t, "name")
		d.Answers["files"] = flows.Answer{Parts: []flows.Part{{Text: text, File: &flows.File{Kind: "document", Name: text}}}}
		first := flows.Pointers(d, storyPath, flows.About{})
		valid(t, d, first)
		if diff := cmp.Diff(first, flows.Pointers(d, storyPath, flows.About{})); diff != "" {
			t.Fatalf("the same draft, another list: %s", diff)
		}
		for i, p := range first[min(1, len(first)):] {
			if q := first[i]; q.Step == p.Step && q.Part == p.Part && p.Rule != flows.RuleFile && p.From < q.To {
				t.Fatalf("%+v and %+v overlap", q, p)
			}
		}
	})
}

func FuzzPointers(f *testing.F) {
	for _, s := range scraps {
		f.Add(s+s, s)
	}
	f.Add("我叫张大山，13812345678，11月3日14:35。\n张大山", "张大山")
	f.Fuzz(func(t *testing.T, text, name string) {
		d := story(text)
		d.Answers["who"].Parts[0].Text = name
		d.Answers["files"] = flows.Answer{Parts: []flows.Part{{File: &flows.File{Kind: "document", Name: text}}}}
		valid(t, d, flows.Pointers(d, storyPath, flows.About{}))
	})
}
