package intake_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"huiyin/bot/letter"
	"huiyin/bot/paper"
	"huiyin/cases"
)

// typefaces have the font for Chinese that .ci/setup installs, or none. They are read once: that is slow, and nothing
// changes them.
var typefaces = sync.OnceValues(func() (*paper.Fonts, error) {
	raw, err := os.ReadFile("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
	if err != nil && os.Getenv("CI") == "true" {
		return nil, err
	}
	return paper.NewFonts(bytes.NewReader(raw))
})

// printer prints with the font for Chinese; without one in English alone.
func printer(t *testing.T) letter.Printer {
	t.Helper()
	f, err := typefaces()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// answer has the office answer a case.
func (w *world) answer(c *cases.Case) {
	w.t.Helper()
	by := cases.Actor{Party: cases.Office, Officer: 7, Role: cases.RoleOfficer, Department: c.Department}
	for _, a := range []cases.Act{
		{Action: cases.Enqueue, By: cases.Actor{Party: cases.System}},
		{Action: cases.Take}, {Action: cases.Accept},
		{Action: cases.Note, Body: &cases.Body{Text: "Between colleagues."}},
		{Action: cases.Propose, Code: "partly", Body: &cases.Body{Text: "He gave it back. 钱已退回。"}},
	} {
		if a.Action == cases.Enqueue && !c.Unqueued {
			continue
		}
		if a.By.Party == "" {
			a.By = by
		}
		a.Key = "answer " + string(a.Action)
		if _, _, _, err := w.store.ActByID(w.t.Context(), c.ID, a); err != nil {
			w.t.Fatal(err)
		}
	}
}

// newestFile is the newest file in a chat.
func (w *world) newestFile(chat int64) *message {
	w.t.Helper()
	for _, m := range slices.Backward(w.chats[chat]) {
		if m.file != "" {
			return m
		}
	}
	return &message{}
}

func TestReporterGetsTheLetter(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("HUIYIN_NO_PRINT") == "" || os.Getenv("CI") == "true" {
			t.Fatal("no pdftotext: .ci/setup installs it")
		}
		t.Skip("LEFT OUT: HUIYIN_NO_PRINT=1 (.ci/setup says how to get a font for Chinese and pdftotext)")
	}
	for _, lang := range []string{"en", "zh-Hans"} {
		for _, mode := range cases.Modes() {
			t.Run(lang+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, lang)
				c, receipt := w.saved(1, mode)
				w.shown(1, c, receipt)
				if w.offers(1, "letter.button") {
					t.Error("a letter before there is an answer")
				}
				w.answer(c)
				w.shown(1, c, receipt)
				w.press(1, "letter.button")
				m := w.newestFile(1)
				if !strings.HasPrefix(m.file, string(c.Ref)+"-") || m.protect {
					t.Fatalf("sends %q, protected %v:\n%s", m.file, m.protect, w.shows(1))
				}
				caption := "letter.caption"
				if mode.Nameless() {
					caption = "letter.caption_careful"
				}
				if m.text != w.book.Label(lang, caption, "Ref", string(c.Ref), "Day", w.book.Day(lang, w.store.now)) {
					t.Errorf("says %q", m.text)
				}
				file := filepath.Join(t.TempDir(), "x.pdf")
				if err := os.WriteFile(file, m.raw, 0o600); err != nil {
					t.Fatal(err)
				}
				out, err := exec.Command("pdftotext", "-enc", "UTF-8", file, "-").Output()
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Join(strings.Fields(string(out)), "")
				for _, want := range []string{string(c.Ref), "Hegaveitback.", "钱已退回。", strings.Join(strings.Fields(w.book.Day(lang, w.store.now)), "")} {
					if !strings.Contains(got, want) {
						t.Errorf("lacks %q:\n%s", want, got)
					}
				}
				for _, wrong := range []string{"Someonetakesmoney", "ChenJing", "colleagues.", w.store.now.In(w.book.Zone()).Format("15:04")} {
					if strings.Contains(got, wrong) {
						t.Errorf("holds %q:\n%s", wrong, got)
					}
				}

				// In another chat there is no such case.
				w.says(2, "/start")
				bare := strings.ReplaceAll(strings.TrimPrefix(string(c.Ref), "HY-"), "-", "")
				w.pressData(2, w.next, "h.letter."+bare)
				if m := w.newestFile(2); m.file != "" {
					t.Errorf("another chat gets %s", m.file)
				}
			})
		}
	}
}

// What looking again came to stands on the reporter's page of the case and in the list of their cases.
func TestReporterReadsWhatLookingAgainCameTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "zh-Hans")
	c, receipt := w.saved(1, cases.Named)
	w.answer(c)
	other := cases.Actor{Party: cases.Office, Officer: 8, Role: cases.RoleOfficer, Department: c.Department}
	for _, a := range []cases.Act{
		{Action: cases.AskSecondLook, By: cases.Actor{Party: cases.Reporter}}, {Action: cases.Take, By: other},
		{Action: cases.AnswerSecondLook, By: other, Code: "changed", Finding: "partly"},
	} {
		a.Key, a.Body = "again "+string(a.Action), &cases.Body{Text: "words"}
		if _, _, _, err := w.store.ActByID(t.Context(), c.ID, a); err != nil {
			t.Fatal(err)
		}
	}
	w.shown(1, c, receipt)
	if got := w.shows(1); !strings.Contains(got, "已办结，复查改变原答复") {
		t.Errorf("the page of the case:\n%s", got)
	}
	w.says(1, "/status")
	if got := w.shows(1); !strings.Contains(got, "已办结，复查改变原答复") {
		t.Errorf("the list:\n%s", got)
	}
}

func TestReporterIsToldThatNoFontIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "zh-Hans")
	none, err := paper.NewFonts(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.intake.Print = none
	c, receipt := w.saved(1, cases.Named)
	w.answer(c)
	w.shown(1, c, receipt)
	if got := w.press(1, "letter.button"); !strings.Contains(got, w.book.Label("zh-Hans", "letter.no_font")) || w.newestFile(1).file != "" {
		t.Error(got)
	}
}
