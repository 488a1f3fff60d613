package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"huiyin/cases"
)

// A list is kept under a name that was typed or proposed, opens what it holds, and is one officer's alone.
func TestKeptLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.safety(1, cases.Named, false)
	if got := w.says(officerID, "/queue"); strings.Contains(w.last(officerID), "★") {
		t.Errorf("the plain queue is no list to keep:\n%s", got)
	}
	w.press(officerID, "Whose: all")
	if got := w.press(officerID, "★ Keep this list"); !strings.Contains(got, "How shall this list be called?") {
		t.Fatal(got)
	}
	if got := w.press(officerID, "Call it: nobody's"); !strings.Contains(got, "Kept: nobody&#39;s.") || !strings.Contains(got, "<b>Queue</b>: 1") {
		t.Fatal(got)
	}
	// The same list again is the same list.
	if strings.Contains(w.last(officerID), "★ Keep this list") {
		t.Error(w.last(officerID))
	}
	screen, _ := w.data(officerID, "Whose: nobody's")
	if got := w.pressData(officerID, screen, "d.keep...naao"); !strings.Contains(got, "kept already: nobody&#39;s") {
		t.Error(got)
	}
	w.says(officerID, "/search guard kind:safety")
	w.press(officerID, "★ Keep this list")
	if got := w.says(officerID, "  Li's   <guards> of all the presses in the east "); !strings.Contains(got, "Kept: Li&#39;s &lt;guards&gt;") || !strings.Contains(got, "“guard kind:safety”: 1") {
		t.Fatal(got)
	}
	for _, m := range w.chats[officerID] {
		for _, b := range m.buttons {
			if strings.Contains(b.Data, "guard") {
				t.Errorf("a button carries what was searched for: %s", b.Data)
			}
		}
	}
	w.says(officerID, "/queue")
	if got := w.press(officerID, "★ Li's"); !strings.Contains(got, "“guard kind:safety”: 1") {
		t.Error(got)
	}
	if got := w.says(otherID, "/filters"); !strings.Contains(got, "You keep no list yet") {
		t.Errorf("a colleague's lists are shown:\n%s", got)
	}
	if got := w.says(keeperID, "/filters"); strings.Contains(got, "list") {
		t.Errorf("a custodian has no lists:\n%s", got)
	}
	_, theirs := func() (int, string) { w.says(officerID, "/filters"); return w.data(officerID, "★ nobody's") }()
	if got := w.pressData(otherID, 1, theirs); !strings.Contains(got, "not kept any more") {
		t.Errorf("a colleague opens it:\n%s", got)
	}
	if got := w.press(officerID, "Remove nobody's"); !strings.Contains(got, "Removed: nobody&#39;s.") || strings.Contains(w.last(officerID), "★ nobody's") {
		t.Error(got)
	}
	// An old button of a list that is gone.
	if got := w.pressData(officerID, 1, theirs); !strings.Contains(got, "not kept any more") {
		t.Error(got)
	}
}

func TestNoMoreListsThanFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "zh-Hans")
	w.safety(1, cases.Named, false)
	for i := range cases.MostKept {
		w.says(officerID, fmt.Sprintf("/search guard after:2020-01-%02d", i+1))
		w.press(officerID, "★ 保存这个列表")
		w.press(officerID, "就叫")
	}
	w.says(officerID, "/search guard kind:safety")
	if got := w.press(officerID, "★ 保存这个列表"); !strings.Contains(got, "最多保存 10 个列表") {
		t.Error(got)
	}
	w.says(officerID, "/queue")
	if n := strings.Count(w.last(officerID), "★ guard"); n != 4 {
		t.Errorf("%d lists stand above the queue", n)
	}
	w.press(officerID, "★ 全部保存的列表")
	if n := strings.Count(w.last(officerID), "★ guard"); n != cases.MostKept {
		t.Errorf("%d lists under /filters", n)
	}
}

func TestDigestIsChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(officerID, "/digest")
	if strings.Contains(w.last(officerID), "[Never]") {
		t.Error(w.last(officerID))
	}
	w.press(officerID, "Working days")
	if got := w.press(officerID, "07:00"); !strings.Contains(got, "You get it on working days at 07:00.") {
		t.Fatal(got)
	}
	if d := w.store.digests[officerID]; d != (cases.DigestTime{Days: cases.DigestWorking, Hour: 7}) {
		t.Errorf("%+v", d)
	}
	if got := w.pressData(officerID, 1, "d.digh..j.daily"); w.store.digests[officerID].Hour != 7 {
		t.Errorf("an hour that is not offered:\n%s", got)
	}
	w.says(officerID, "/digest")
	if got := w.press(officerID, "Never"); !strings.Contains(got, "You get none.") || w.store.digests[officerID] != (cases.DigestTime{}) {
		t.Error(got)
	}
	for _, id := range []int64{adminID, keeperID} {
		if got := w.says(id, "/digest"); strings.Contains(got, "On which days") {
			t.Errorf("%d has cases:\n%s", id, got)
		}
	}
}

// The message holds numbers and references: no words of anybody, no name, no line about nothing; and a case that is opened
// from it leaves it where it is.
func TestDigestMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, true)
	w.says(officerID, "/take "+string(ref))
	n := cases.DigestNotice{
		Officer: w.store.officers[officerID], Now: w.store.now.Add(60 * 24 * time.Hour),
		Digest: cases.Digest{New: 2, Own: cases.Pile{Overdue: 1, Waiting: 3}, Nearest: []cases.Case{*w.store.cases[ref]}},
	}
	got := w.desk.Digest(n)
	want := "<b>What there is to do · Friday 1 May 2026</b>\n\n<b>Yours</b>\nOverdue: 1\nThe reporter has the word: 3\n\n" +
		"<b>In the queue, nobody's yet</b>\nNew since the last message: 2\n\n<b>The nearest dates</b>\n<b>" + string(ref) + "</b> · "
	if !strings.HasPrefix(got.HTML, want) || strings.Contains(got.HTML, "Li Na") || strings.Contains(got.HTML, "guard") {
		t.Errorf("%s\nwant\n%s", got.HTML, want)
	}
	before := len(w.chats[officerID])
	w.pressData(officerID, 1, got.Rows[0][0].Data)
	if len(w.chats[officerID]) != before+1 || !strings.Contains(w.last(officerID), string(ref)) {
		t.Errorf("the case does not come as a message of its own:\n%s", w.last(officerID))
	}
	n.Officer.Language, n.Team = "zh-Hans", cases.Pile{Today: 4, Idle: 5}
	if zh := w.desk.Digest(n); !strings.Contains(zh.HTML, "<b>全部门</b>\n今天到期：4 件\n一周没有动过：5 件") || !strings.Contains(zh.HTML, "2026年5月1日（星期五）") {
		t.Error(zh.HTML)
	}
}
