package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"huiyin/sim"
)

// The people of the demo, by the phone they hold.
const (
	chenJing = 1001
	sam      = 1002
	wangFang = 1003
	david    = 1004
)

// browser is the demo's page in a real browser, used as a person uses it: by looking, tapping and typing.
type browser struct {
	t    *testing.T
	ctx  context.Context
	shot int
	name string // begins the names of its pictures
	demo demoPage
}

// needBrowser gives the system's browser. Only where tests were asked to leave it out may there be none; never in CI.
func needBrowser(t *testing.T) string {
	t.Helper()
	if os.Getenv("HUIYIN_NO_BROWSER") == "1" && os.Getenv("CI") != "true" {
		t.Skip("LEFT OUT: HUIYIN_NO_BROWSER=1, so nobody looks at the page (.ci/setup says how to get a browser)")
	}
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium or Chrome: .ci/setup installs one, or says how")
	return ""
}

// openBrowser opens the page of a demo of its own in a window of that size.
func openBrowser(t *testing.T, name string, width, height int, language string) *browser {
	t.Helper()
	needBrowser(t)
	return openPage(t, startDemo(t, openFolder(t), nil), name, width, height, language)
}

// openPage opens the page of a running stand-in in a window of that size.
func openPage(t *testing.T, d demoPage, name string, width, height int, language string) *browser {
	t.Helper()
	path := needBrowser(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(cancelTab)
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as the context of its first call
		t.Fatalf("start the browser: %v", err)
	}
	b := &browser{t: t, ctx: ctx, name: name, demo: d}
	b.do("open the page",
		chromedp.EmulateViewport(int64(width), int64(height), chromedp.EmulateScale(2)),
		chromedp.Navigate(d.url),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf("localStorage.setItem('huiyin.lang', %q)", language)),
		chromedp.Reload(),
	)
	b.sees("html[data-ready]")
	return b
}

func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.picture("failed")
		b.t.Fatalf("%s: %v\n%s", what, err, b.demo.out)
	}
}

// sees waits until something is on the screen.
func (b *browser) sees(selector string) {
	b.t.Helper()
	b.do("look for "+selector, chromedp.WaitVisible(selector))
}

// poll waits until an expression of the page is true.
func (b *browser) poll(what, js string) {
	b.t.Helper()
	b.do(what, chromedp.Poll[chromedp.Void](js, chromedp.WithPollingTimeout(patience)))
}

// reads waits until the bot says words on a phone.
func (b *browser) reads(phone int, words string) {
	b.t.Helper()
	b.poll("read "+words, fmt.Sprintf(
		`[...document.querySelectorAll('[data-phone="%d"] .message[data-from="bot"]')].some(m => m.innerText.includes(%s))`, phone, quote(words)))
}

func quote(s string) string {
	raw, _ := json.Marshal(s) // a string can always be written
	return string(raw)
}

// settled waits until the bot has answered everything and the page shows the phone as it is: nobody taps a button
// that is just being taken away. What the phone shows is read anew for every look, because a tap that was still on its
// way to the bot changes it.
func (b *browser) settled(phone int) {
	b.t.Helper()
	end := time.Now().Add(patience)
	for !b.shows(phone, b.buttons(phone)) {
		if time.Now().After(end) {
			b.picture("failed")
			b.t.Fatalf("the page does not catch up with the phone\n%s", b.demo.out)
		}
	}
}

// buttons are the callback data of all buttons on a phone, when the bot has answered everything.
func (b *browser) buttons(phone int) []string {
	b.t.Helper()
	b.demo.settled()
	var all []sim.Message
	b.demo.ask(http.MethodGet, fmt.Sprintf("/sim/phones/%d/chats/bot/messages", phone), "", &all)
	data := []string{}
	for _, m := range all {
		for _, row := range m.Buttons {
			for _, button := range row {
				if button.Data != "" {
					data = append(data, button.Data)
				}
			}
		}
	}
	return data
}

// shows says whether the page has come to show those buttons within a moment.
func (b *browser) shows(phone int, buttons []string) bool {
	b.t.Helper()
	raw, err := json.Marshal(buttons)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err = chromedp.Do(ctx, chromedp.Poll[chromedp.Void](fmt.Sprintf(
		`JSON.stringify([...document.querySelectorAll('[data-phone="%d"] button[data-button="data"]')].map(x => x.dataset.callback)) === %s`,
		phone, quote(string(raw))), chromedp.WithPollingTimeout(2*time.Second)))
	if err != nil && !errors.Is(err, chromedp.ErrPollingTimeout) {
		b.t.Fatalf("look at the page: %v\n%s", err, b.demo.out)
	}
	return err == nil
}

// tap presses the newest button with that label where a person would: scrolled into view no further than needed, in its
// middle, and not before it has stood still for a moment, because a chat that gets news scrolls.
func (b *browser) tap(phone int, label string) {
	b.t.Helper()
	b.settled(phone)
	b.poll("find the button "+label, fmt.Sprintf(`(() => {
		const label = %s;
		const all = [...document.querySelectorAll('[data-phone="%d"] button[data-button="data"]')].filter(x => !x.disabled);
		const it = all.findLast(x => x.innerText.trim() === label) || all.findLast(x => x.innerText.includes(label));
		if (!it) return false;
		if (!it.hasAttribute('data-aim')) {
			for (const old of document.querySelectorAll('[data-aim]')) old.removeAttribute('data-aim');
			it.setAttribute('data-aim', '');
			window.aimed = 0;
		}
		it.scrollIntoView({block: 'nearest', behavior: 'instant'});
		const top = it.getBoundingClientRect().top;
		window.aimed = top === window.aimedAt ? window.aimed + 1 : 0;
		window.aimedAt = top;
		return window.aimed > 5;
	})()`, quote(label), phone))
	b.do("tap "+label, chromedp.Click("[data-aim]"))
	b.settled(phone)
	b.confirm()
}

// confirm closes a box of the bot that covers the page.
func (b *browser) confirm() {
	b.t.Helper()
	open, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`!!document.querySelector('dialog[open] [data-confirm]')`))
	if err != nil {
		b.t.Fatalf("look for a box: %v", err)
	}
	if open {
		b.do("confirm", chromedp.Click("dialog[open] [data-confirm]"))
	}
}

// says types words and taps Send.
func (b *browser) says(phone int, words string) {
	b.t.Helper()
	b.settled(phone)
	in := fmt.Sprintf(`[data-phone="%d"] `, phone)
	b.do("type "+words,
		chromedp.SendKeys(in+"[data-composer]", words),
		chromedp.Click(in+"[data-send]"),
	)
	b.poll("see what was said", fmt.Sprintf(
		`[...document.querySelectorAll('[data-phone="%d"] .message[data-from="me"]')].some(m => m.innerText.includes(%s))`, phone, quote(words)))
	b.settled(phone)
}

// takes brings a phone to the front on a narrow screen.
func (b *browser) takes(phone int) {
	b.t.Helper()
	b.do("take another phone", chromedp.Click(fmt.Sprintf(`[data-tab="%d"]`, phone)))
	b.sees(fmt.Sprintf(`[data-phone="%d"] [data-log]`, phone))
}

// picture keeps what the screen shows, for people to look at.
func (b *browser) picture(what string) {
	b.t.Helper()
	dir := os.Getenv("HUIYIN_ARTIFACTS")
	if dir == "" {
		dir = "artifacts"
	}
	b.shot++
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Errorf("picture %s: %v", what, err)
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s_%02d_%s.png", b.name, b.shot, what)), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// begin dismisses the welcome and starts the bot on 陈静's phone.
func (b *browser) begin() {
	b.t.Helper()
	b.sees("[data-dismiss]")
	b.picture("welcome")
	b.do("dismiss the welcome", chromedp.Click("[data-dismiss]"))
	b.do("start", chromedp.Click(fmt.Sprintf(`[data-phone="%d"] [data-start]`, chenJing)))
	b.reads(chenJing, "选择语言")
}

// files files 陈静's grievance in Chinese.
func (b *browser) files() {
	b.t.Helper()
	b.tap(chenJing, "简体中文")
	b.picture("home")
	b.tap(chenJing, "我要反映问题")
	b.reads(chenJing, "第 1 步")
	b.picture("mode")
	b.tap(chenJing, "保密")
	b.picture("who_sees_what")
	b.tap(chenJing, "知道了，继续")
	b.picture("kinds")
	b.tap(chenJing, "工资")
	b.tap(chenJing, "加班")
	b.tap(chenJing, "跳过") // which period
	b.tap(chenJing, "跳过") // how much
	b.says(chenJing, "从七月起，我们车间晚班的加班费一直没有足额发。")
	b.says(chenJing, "问过班长两次，都说再等等。")
	b.picture("words")
	b.tap(chenJing, "完成")
	b.tap(chenJing, "一直在发生")
	b.tap(chenJing, "跳过") // where
	b.tap(chenJing, "跳过") // who is involved
	b.says(chenJing, "按规定补发加班费，并说明以后怎么算。")
	b.tap(chenJing, "第一次说")
	b.tap(chenJing, "跳过") // evidence
	b.says(chenJing, "陈静")
	b.tap(chenJing, "跳过") // her unit
	b.tap(chenJing, "跳过") // how to reach her
	b.picture("review")
	b.tap(chenJing, "提交")
	b.reads(chenJing, "您的编号是")
	b.picture("receipt")
}

// TestOneGrievanceInTheBrowser is the main way on a narrow screen: filed, taken, accepted, asked, answered, closed, rated.
func TestOneGrievanceInTheBrowser(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, "narrow", 390, 844, "zh")
	b.begin()
	b.files()
	b.takes(wangFang)
	b.reads(wangFang, "来了一件新的事项")
	b.picture("officer_told")
	b.says(wangFang, "/queue")
	b.reads(wangFang, "待办队列：1")
	b.picture("queue")
	b.says(wangFang, "/next")
	b.reads(wangFang, "现在由您负责")
	b.picture("card")
	b.tap(wangFang, "受理")
	b.reads(wangFang, "已受理。")
	b.tap(wangFang, "向反映人提问")
	b.says(wangFang, "请问涉及哪几个月？")
	b.tap(wangFang, "完成")
	b.picture("question_preview")
	b.tap(wangFang, "提交")
	b.reads(wangFang, "等反映人回答")
	b.takes(chenJing)
	b.reads(chenJing, "请问涉及哪几个月？")
	b.picture("asked")
	b.says(chenJing, "七月、八月和九月。")
	b.tap(chenJing, "完成")
	b.tap(chenJing, "跳过") // files
	b.tap(chenJing, "提交")
	b.takes(wangFang)
	b.reads(wangFang, "反映人回答了")
	b.picture("answered")
	b.says(wangFang, "/propose")
	b.tap(wangFang, "属实")
	b.says(wangFang, "经核实，三个月的加班费将随下月工资一并补发。")
	b.tap(wangFang, "完成")
	b.picture("closing_preview")
	b.tap(wangFang, "提交")
	b.reads(wangFang, "答复已作出")
	b.takes(chenJing)
	b.reads(chenJing, "三个月的加班费将随下月工资一并补发")
	b.picture("proposed")
	b.tap(chenJing, "我满意")
	b.takes(chenJing)
	b.reads(chenJing, "办结")
	b.picture("closed")
	b.tap(chenJing, "有没有帮到您")
	b.tap(chenJing, "帮到了")
	b.tap(chenJing, "跳过") // more words
	b.tap(chenJing, "提交")
	b.reads(chenJing, "谢谢您的评价")
	b.picture("rated")
}

// TestPhonesSideBySide takes the picture of the page as it looks on a desk, in the middle of work.
func TestPhonesSideBySide(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, "wide", 1440, 900, "en")
	b.demo.file() // Sam's, for David's department
	b.begin()
	b.files()
	b.reads(wangFang, "来了一件新的事项")
	b.says(wangFang, "/next")
	b.reads(wangFang, "现在由您负责")
	b.tap(wangFang, "受理")
	b.reads(chenJing, "已受理")
	b.says(david, "/queue")
	b.reads(david, "Queue: 1")
	b.reads(sam, "Your case is")
	b.poll("wait until the short answers are gone", `!document.querySelector('[data-toast]')`)
	b.picture("phones")
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "undefined") || strings.Contains(text, "[object") {
		t.Errorf("the page shows a programmer's word:\n%s", text)
	}
}
