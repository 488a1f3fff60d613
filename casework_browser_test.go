package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"huiyin/cases"
	"huiyin/sim"
)

// The office of the whole life of a case, by the phone that each holds: 陈静 files, Grace works it in English, 王芳 leads their
// department, 赵敏 is their colleague there, David is of another department, and 林岚 answers for the house.
const (
	grace   = 1012
	zhaoMin = 1013
	linLan  = 1015
)

// openOffice opens the page of a house with these people in it, each with the desk on their phone.
func openOffice(t *testing.T, name string) *browser {
	t.Helper()
	needBrowser(t)
	h := startHouseIn(t, sim.New(sim.Options{Token: testToken}), func(*settings) {})
	h.telegram.AddPhone(sim.Profile{ID: chenJing, Name: "陈静", Language: "zh-hans", Role: "employee"})
	for _, o := range []struct {
		phone            int64
		name, lang, post string
		role             cases.Role
		department       string
	}{
		{grace, "Grace", "en", "officer", cases.RoleOfficer, "hr"},
		{zhaoMin, "赵敏", "zh-hans", "officer", cases.RoleOfficer, "hr"},
		{wangFang, "王芳", "zh-hans", "lead", cases.RoleLead, "hr"},
		{david, "David", "en", "officer", cases.RoleOfficer, "safety"},
		{linLan, "林岚", "zh-hans", "leader", cases.RoleLeader, ""},
	} {
		h.telegram.AddPhone(sim.Profile{ID: o.phone, Name: o.name, Language: o.lang, Role: o.post}).
			Start(h.invite(o.name, o.role, o.department))
	}
	h.settle()
	return openPage(t, demoPage{&process{t: t, out: newWatched()}, h.settings.APIURL}, name, 390, 844, "zh")
}

// does taps a move of the case whose card was shown last on a phone, also one that stands behind "More".
func (b *browser) does(phone int, label string) {
	b.t.Helper()
	b.settled(phone)
	more, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(() => {
		const last = [...document.querySelectorAll('[data-phone="%d"] .message')].findLast(m => m.querySelector('button[data-button="data"]'));
		const labels = last ? [...last.querySelectorAll('button[data-button="data"]')].map(x => x.innerText.trim()) : [];
		return labels.includes(%s) ? '' : labels.find(x => ['More…', '更多…'].includes(x)) || '';
	})()`, phone, quote(label))))
	if err != nil {
		b.t.Fatalf("look at the buttons: %v", err)
	}
	if more != "" {
		b.tap(phone, more)
	}
	b.tap(phone, label)
}

// looks keeps what a phone shows last, from its beginning to its end: two pictures when it is longer than the screen.
func (b *browser) looks(phone int, what string) {
	b.t.Helper()
	b.settled(phone)
	long, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
		const log = document.querySelector('[data-phone="%d"] [data-log]');
		const last = [...log.querySelectorAll('.message')].at(-1);
		last.scrollIntoView({block: 'start', behavior: 'instant'});
		return last.getBoundingClientRect().height > log.clientHeight;
	})()`, phone)))
	if err != nil {
		b.t.Fatalf("look at the phone: %v", err)
	}
	if long {
		b.picture(what + "_top")
	}
	b.do("scroll to the end", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`(() => { const log = document.querySelector('[data-phone="%d"] [data-log]'); log.scrollTop = log.scrollHeight; })()`, phone)))
	b.picture(what)
}

// told takes a phone to hand, reads what has come, and opens the case from there.
func (b *browser) told(phone int, words, look, what string) {
	b.t.Helper()
	b.takes(phone)
	b.reads(phone, words)
	b.looks(phone, what)
	b.tap(phone, look)
}

// said is everything that the bot has said on a phone.
func (b *browser) said(phone int) string {
	b.t.Helper()
	b.demo.settled()
	var all []sim.Message
	b.demo.ask(http.MethodGet, fmt.Sprintf("/sim/phones/%d/chats/bot/messages", phone), "", &all)
	var s strings.Builder
	for _, m := range all {
		if m.From == "bot" {
			s.WriteString(m.Text + "\n")
			for _, row := range m.Buttons {
				for _, button := range row {
					s.WriteString(button.Text + "\n")
				}
			}
		}
	}
	return s.String()
}

// date is the sentence with a date that a phone shows last.
func (b *browser) date(phone int, pattern string) string {
	b.t.Helper()
	all := regexp.MustCompile(pattern).FindAllString(b.said(phone), -1)
	if len(all) == 0 {
		b.t.Fatalf("phone %d shows no %s", phone, pattern)
	}
	return all[len(all)-1]
}

// TestACasesWholeLifeInTheBrowser takes one grievance through everything that a house owes it: a panel, a mediation that
// fails, an answer, a second look by somebody else, and the final review by the lead.
func TestACasesWholeLifeInTheBrowser(t *testing.T) {
	t.Parallel()
	b := openOffice(t, "life")
	b.begin()
	b.files()

	// Grace takes it and looks into it.
	b.told(grace, "A case came in.", "Look at it", "told")
	b.looks(grace, "card")
	b.does(grace, "Take it")
	b.reads(grace, "It is yours.")
	b.does(grace, "Accept")
	b.reads(grace, "Status: accepted")
	b.does(grace, "Start looking into it")
	b.reads(grace, "Status: being looked into")
	b.looks(grace, "investigating")

	// A panel: a leader and somebody of another department, each with a vote and an opinion of their own.
	b.does(grace, "Call a panel")
	b.tap(grace, "林岚")
	b.tap(grace, "Other departments")
	b.tap(grace, "Safety and Environment")
	b.tap(grace, "David")
	b.looks(grace, "panel_members")
	b.tap(grace, "Ask them")
	b.looks(grace, "panel_question")
	b.says(grace, "Which of the two time sheets is right?")
	b.tap(grace, "Done")
	b.tap(grace, "Send")
	b.reads(grace, "The panel is called.")
	b.looks(grace, "panel_called")
	b.told(david, "You are on the panel", "Look at it", "panel_told")
	b.looks(david, "panel_card")
	b.does(david, "Give my opinion")
	b.looks(david, "vote")
	b.tap(david, "It is true in part")
	b.says(david, "The gate's record counts, but it stops in August.")
	b.tap(david, "Done")
	b.looks(david, "opinion_preview")
	b.tap(david, "Send")
	b.reads(david, "Your opinion is on record.")
	b.told(linLan, "请您参加集体研判", "看一看", "leader_told")
	b.looks(linLan, "leader_card")
	b.does(linLan, "发表意见")
	b.tap(linLan, "属实")
	b.says(linLan, "门禁记录可信，九月的也应补发。")
	b.tap(linLan, "完成")
	b.tap(linLan, "提交")
	b.reads(linLan, "您的意见已记录")
	b.looks(linLan, "leader_opined")
	b.told(grace, "The panel is complete.", "Look at it", "panel_complete")
	b.looks(grace, "opinions")
	b.does(grace, "Write the panel's finding")
	b.tap(grace, "Partly substantiated")
	b.says(grace, "Both trust the gate's record. 林岚 would pay September too, David not.")
	b.tap(grace, "Done")
	b.looks(grace, "finding_preview")
	b.tap(grace, "Send")
	b.reads(grace, "The panel's finding is on record.")

	// Mediation, to which the reporter says yes and which fails.
	b.does(grace, "Mediate")
	b.looks(grace, "mediator")
	b.tap(grace, "I do it myself")
	b.says(grace, "班长愿意谈一谈怎么补算晚班的时间。")
	b.tap(grace, "Done")
	b.looks(grace, "mediation_preview")
	b.tap(grace, "Send")
	b.reads(grace, "The mediation has begun.")
	b.looks(grace, "mediation")
	b.takes(chenJing)
	b.reads(chenJing, "单位希望通过调解解决")
	b.looks(chenJing, "mediation_asked")
	b.tap(chenJing, "调解：是什么，愿不愿意")
	b.looks(chenJing, "mediation_explained")
	b.tap(chenJing, "愿意，试试看")
	b.reads(chenJing, "您愿意调解")
	b.looks(chenJing, "mediation_yes")
	b.told(grace, "wants to try", "Look at it", "mediation_wanted")
	b.does(grace, "End the mediation")
	b.says(grace, "对方这几天没有时间，谈不成了。我们接着查。")
	b.tap(grace, "Done")
	b.looks(grace, "mediation_end_preview")
	b.tap(grace, "Send")
	b.reads(grace, "The mediation has ended.")
	b.takes(chenJing)
	b.reads(chenJing, "调解没有达成一致")
	b.looks(chenJing, "mediation_failed")

	// The answer, which the reporter takes for what it is at first.
	b.takes(grace)
	b.does(grace, "Answer the case")
	b.tap(grace, "Partly substantiated")
	b.says(grace, "七月、八月的加班费随下月工资补发。九月没有门禁记录，不能补。")
	b.tap(grace, "Done")
	b.looks(grace, "answer_preview")
	shown := b.date(grace, `请在[^之]*之前告诉我们`)
	b.tap(grace, "Send")
	b.reads(grace, "The answer is given.")
	b.looks(grace, "answered")
	b.takes(chenJing)
	b.reads(chenJing, "单位对您反映的事作出答复意见")
	if read := b.date(chenJing, `请在[^之]*之前告诉我们`); read != shown {
		t.Errorf("the reporter reads %q, the officer was shown %q", read, shown)
	}
	b.looks(chenJing, "answer")
	b.tap(chenJing, "我满意")
	b.reads(chenJing, "办结")
	b.looks(chenJing, "satisfied")
	b.takes(grace)
	b.reads(grace, "The reporter is satisfied with the answer.")
	b.takes(chenJing)

	// It did not help after all: somebody else looks again.
	b.tap(chenJing, "有没有帮到您")
	b.tap(chenJing, "没帮到")
	b.tap(chenJing, "跳过") // more words
	b.tap(chenJing, "提交")
	b.reads(chenJing, "您可以请别的人再查一次")
	b.looks(chenJing, "rated_low")
	b.tap(chenJing, "请再查一次")
	b.looks(chenJing, "second_look_asked_why")
	b.says(chenJing, "九月的门禁坏了，可是班长签过字。")
	b.tap(chenJing, "完成")
	b.looks(chenJing, "second_look_review")
	b.tap(chenJing, "提交")
	b.reads(chenJing, "进入复查")
	b.looks(chenJing, "second_look")
	b.takes(grace)
	b.reads(grace, "The reporter asks for a second look.")
	b.looks(grace, "second_look_not_hers")
	b.told(zhaoMin, "反映人申请复查", "看一看", "second_look_told")
	b.does(zhaoMin, "我来接手")
	b.reads(zhaoMin, "现在由您负责")
	b.looks(zhaoMin, "second_look_card")
	b.does(zhaoMin, "作出复查意见")
	b.tap(zhaoMin, "维持原答复")
	b.says(zhaoMin, "看了班长的签字表，九月的几页没有日期，不能作数。")
	b.tap(zhaoMin, "完成")
	b.looks(zhaoMin, "second_look_preview")
	shown = b.date(zhaoMin, `可以在[^之]*之前申请复核`)
	b.tap(zhaoMin, "提交")
	b.reads(zhaoMin, "复查意见已作出")
	b.takes(chenJing)
	b.reads(chenJing, "换人复查后")
	if read := b.date(chenJing, `可以在[^之]*之前申请复核`); read != shown {
		t.Errorf("the reporter reads %q, the officer was shown %q", read, shown)
	}
	b.looks(chenJing, "second_look_answered")

	// The last word is the lead's.
	b.tap(chenJing, "申请复核")
	b.says(chenJing, "请看九月的工资条：晚班补贴发了，说明我在上班。")
	b.tap(chenJing, "完成")
	b.looks(chenJing, "final_review_review")
	b.tap(chenJing, "提交")
	b.reads(chenJing, "进入复核")
	b.told(wangFang, "反映人申请复核", "看一看", "final_review_told")
	b.does(wangFang, "我来接手")
	b.reads(wangFang, "现在由您负责")
	b.looks(wangFang, "final_review_card")
	b.does(wangFang, "作出复核意见")
	b.tap(wangFang, "改变复查意见")
	b.tap(wangFang, "属实")
	b.says(wangFang, "晚班补贴说明九月确实在岗，九月的加班费一并补发。")
	b.tap(wangFang, "完成")
	b.looks(wangFang, "final_review_preview")
	b.tap(wangFang, "提交")
	b.reads(wangFang, "这是最终意见")
	b.looks(wangFang, "final_review_done")
	b.takes(chenJing)
	b.reads(chenJing, "这是单位的最终意见")
	b.looks(chenJing, "final")
	b.tap(chenJing, "打开这件事")
	b.reads(chenJing, "已终结，复查维持原答复，复核改变复查意见")
	b.looks(chenJing, "final_card")
	for _, phone := range []int{chenJing, grace, zhaoMin, wangFang, david, linLan} {
		if key := unfinished(b.said(phone)); key != "" {
			t.Errorf("phone %d shows %q where words should stand", phone, key)
		}
	}
	if strings.Contains(b.said(chenJing), "Grace") || strings.Contains(b.said(chenJing), "赵敏") {
		t.Error("the reporter learns who works the case")
	}
}
