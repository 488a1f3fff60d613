package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/bench/crowd"
)

// madeUp are complaints and replies with everything in them that has ever been lost between a phone and a database.
var madeUp = [][]string{
	{"食堂卫生", "食堂二楼的饭菜连续三天吃出头发和虫子，\n反映给管理员没有人理。\n\n请公司派人查一下，谢谢！", "您好，来信收悉。\n\n我们已派人到食堂检查，责令整改。"},
	{"Overtime", "They said \"nobody is paid for Saturdays\", and since May nobody was. <b>This</b> & that; 1 < 2 &amp; so on.", "<i>Thank you.</i> Your \"Saturdays\" & hours will be paid."},
	{"车间高温 🥵", "总装车间 40°C 👩‍👩‍👧 没有人管 🇨🇳🇨🇳\t第二行在制表符后面。", "已经装了风扇 🙏🏽。"},
	{"A very long letter", strings.Repeat("这一句话说了很多遍，因为没有人听。", 400) + "\n\n" + strings.Repeat("And nobody answered. ", 120), strings.Repeat("我们逐条答复如下：一、情况属实。", 320) + "\n二、正在处理。"},
	{"", "没有标题的一条：工资条上写着“*基本工资* _3000_ [元](http://example.com)”，实发 2,500。", ""},
	{"RTL", "هذا نص من اليمين إلى اليسار with English and 中文 in one line; {{.Ref}} %s %d \\n {\"a\":1}", strings.Repeat("长答复，七百字以上，匿名的人也要读到每一个字。", 60)},
}

// writeCSV writes n rows of them, each a little different.
func writeCSV(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{{"id", "title", "text", "reply"}}
	for i := range n {
		r := madeUp[i%len(madeUp)]
		rows = append(rows, []string{fmt.Sprint(i), r[0], fmt.Sprintf("%s (%d)", r[1], i), r[2]})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "complaints.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReplay files made-up rows through the real bot, over both ways; then changes what was sent, and the check must
// find every change.
func TestReplay(t *testing.T) {
	t.Parallel()
	const rows = 15 // the fifth and the fifteenth are asked a question, by name and behind a receipt
	binary, err := crowd.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, polling := range []bool{false, true} {
		t.Run(fmt.Sprintf("polling=%v", polling), func(t *testing.T) {
			t.Parallel()
			o, err := parse([]string{"-csv", writeCSV(t, rows), "-people", "8", "-officers", "2", "-binary", binary, "-log-level", "debug",
				"-timeout", "4m", fmt.Sprintf("-polling=%v", polling)}, os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			got, err := replay(ctx, o, t.Logf)
			if got == nil {
				t.Fatal(err)
			}
			var printed strings.Builder
			if !report(&printed, got.figures, got.found) || err != nil {
				t.Fatalf("%v\n%s", err, &printed)
			}
			if n := got.figures.calls["sendMessage"]; len(got.world.matters) != rows || n < rows || got.figures.peakKB < 0 {
				t.Errorf("%d matters and %d messages", len(got.world.matters), n)
			}
			for _, f := range got.found {
				if f.made == 0 {
					t.Errorf("nothing was checked: %s", f.name)
				}
			}
			spoil(t, got.world)
		})
	}
}

// spoil changes one byte of every text that was sent, one after another; each must be missed on the other side.
func spoil(t *testing.T, w *world) {
	t.Helper()
	change := func(s string) string {
		b := []byte(s)
		b[len(b)/2] ^= 1
		return string(b)
	}
	failed := func() (n int) {
		for _, f := range judge(w) {
			n += len(f.failed)
		}
		return n
	}
	for _, m := range w.matters {
		sent := *m
		for name, spoilt := range map[string]func(){
			"complaint": func() { m.words = change(m.words); m.filing = append([]string{change(m.filing[0])}, m.filing[1:]...) },
			"reply":     func() { m.reply = append([]string{change(m.reply[0])}, m.reply[1:]...) },
			"closing":   func() { m.closing = change(m.closing) },
		} {
			spoilt()
			if n := failed(); n != 1 {
				t.Errorf("row %d (%s): a byte of the %s was changed, and %d checks fail", m.number, m.mode, name, n)
			}
			*m = sent
		}
		if !m.asked {
			continue
		}
		m.question, m.respond = change(m.question), change(m.respond)
		if n := failed(); n != 2 {
			t.Errorf("row %d (%s): question and answer were changed, and %d checks fail", m.number, m.mode, n)
		}
		*m = sent
	}
}
