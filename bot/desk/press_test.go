package desk_test

import (
	"strings"
	"testing"
	"time"

	"huiyin/bot"
	"huiyin/cases"
)

func TestStalePress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.says(leadID, "/case "+string(ref))
	at, take := w.data(leadID, "Take it")

	// Another officer reads the case: that makes no button stale. Taking it does.
	w.says(officerID, "/case "+string(ref))
	w.press(officerID, "Take it")
	got := w.pressData(leadID, at, take)
	if !strings.Contains(got, "Li Na was quicker") || !strings.Contains(got, "Owner: Li Na") {
		t.Errorf("a stale press:\n%s", got)
	}
	if w.store.cases[ref].Owner != officerID {
		t.Error("a stale press changed the owner")
	}
}

func TestReadingMakesNoButtonStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.says(leadID, "/case "+string(ref))
	at, take := w.data(leadID, "Take it")
	w.says(officerID, "/case "+string(ref))
	for range 2 { // twice: the second finds it done and is not scolded
		if got := w.pressData(leadID, at, take); strings.Contains(got, "moved on") || !strings.Contains(got, "Owner: you") {
			t.Errorf("the press:\n%s", got)
		}
	}
	n := 0
	for _, e := range w.store.events[w.store.cases[ref].ID] {
		if e.Kind == cases.Taken {
			n++
		}
	}
	if n != 1 {
		t.Errorf("taken %d times", n)
	}
}

func TestForgedPresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	before, staff := *w.store.cases[ref], len(w.store.officers)
	for _, data := range []string{
		"d.", "d.x", "d.take", "d.take..1", "d.take." + short + ".zz", "d.asgo." + short + ".1.1", "d.asgo." + short + ".1.zzz",
		"d.asgp." + short + ".1.nowhere", "d.asg." + short, "d.file." + short + ".1", "d.all." + short + ".zz", "d.past." + short + ".zz",
		"d.do." + short + "..take", "d.do." + short + "..nonsense", "d.lang...xx", "d.draft...nothing", "d.draft", "d.find..zz",
		"d.queue..zzzzzz.zzzz-zz-zz", "d.acc." + short + ".1", "d.list." + short + ".1", "d.open." + short + ".1", "d.with." + short + ".1",
		"d.yes." + short + ".1.recuse", "d.yes." + short + ".1.cgrant", "d.yes." + short + ".1.identity", "d.yes." + short + ".1.zz",
		"d.cask." + short + ".1.identity", "d.cask." + short + ".1.zz", "d.copen." + short + ".1.identity", "d.cgrant." + short + ".1",
		"d.crefuse." + short + ".1", "d.hold." + short + ".1", "d.lift." + short + ".1", "d.orig." + short + ".1", "d.origs." + short,
		"d.offs", "d.off..1", "d.offr..1", "d.offy..1", "d.offf..1", "d.offc..1.admin", "d.inv", "d.inv...admin", "d.inv...officer-zz", "d.coded", "d.reqs",
	} {
		// An officer of another department must not learn that the case exists, let alone change it.
		w.says(otherID, "/start")
		got := w.pressData(otherID, w.chats[otherID][len(w.chats[otherID])-1].id, data)
		if strings.Contains(got, "guard") || strings.Contains(got, "Safety and health") {
			t.Errorf("%s shows the case:\n%s", data, got)
		}
		w.says(stranger, "hello")
		w.pressData(stranger, 1, data)
	}
	if after := *w.store.cases[ref]; after.Version != before.Version {
		t.Errorf("a forged press changed the case to version %d", after.Version)
	}
	for id, o := range w.store.officers {
		if o.Revoked {
			t.Errorf("officer %d lost access", id)
		}
	}
	if len(w.store.officers) != staff || len(w.store.invites) != 0 {
		t.Error("the officers changed")
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.says(leadID, "/case "+string(ref))
	w.press(leadID, "Assign")
	if got := w.press(leadID, "Li Na"); !strings.Contains(got, "Assigned to Li Na.") {
		t.Fatal(got)
	}
	w.store.cases[ref].Transfer.Refused = 2 // so that it is the lead's to decide
	w.press(leadID, "Assign")
	w.press(leadID, "To another department")
	if got := w.press(leadID, "Human Resources"); !strings.Contains(got, "went to Human Resources") {
		t.Fatal(got)
	}
	if c := w.store.cases[ref]; c.Department != "hr" || c.Owner != 0 {
		t.Errorf("department %s, owner %d", c.Department, c.Owner)
	}
	if got := w.says(officerID, "/case "+string(ref)); !strings.Contains(got, w.say("en", "error.not_found")) {
		t.Errorf("its former owner still sees it:\n%s", got)
	}
}

func TestReadingIsRecordedOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	id := w.store.cases[ref].ID
	count := func() (n int) {
		for _, e := range w.store.events[id] {
			if e.Kind == cases.Opened {
				n++
			}
		}
		return n
	}
	for range 3 {
		w.says(officerID, "/case "+string(ref))
	}
	if count() != 1 {
		t.Errorf("three looks left %d events", count())
	}
	w.says(adminID, "/case "+string(ref))
	if count() != 1 {
		t.Error("an admin's look at the outside was recorded as reading")
	}
	w.says(officerID, "/take")
	w.says(officerID, "/take "+string(ref))
	if w.store.cases[ref].Unread || count() != 2 {
		t.Errorf("the owner's first look: unread %v, %d events", w.store.cases[ref].Unread, count())
	}
	w.store.now = start.Add(24 * time.Hour)
	w.says(officerID, "/case "+string(ref))
	if count() != 3 {
		t.Errorf("the next day's look: %d events", count())
	}
}

func TestEvidenceAndWholeWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Anonymous, false)
	long := strings.Repeat("长话 & <more> ", 900)
	e := &w.store.events[w.store.cases[ref].ID][0]
	e.Body.Fields[2].Text = []string{long, "second"}
	w.says(officerID, "/case "+string(ref))
	got := w.press(officerID, "File 1")
	if !strings.Contains(got, string(ref)+"-1.pdf") || strings.Contains(got, "me.pdf") {
		t.Errorf("evidence: %s", got)
	}
	before := len(w.chats[officerID])
	w.press(officerID, "Read it all")
	var words strings.Builder
	for _, m := range w.chats[officerID][before+1:] {
		words.WriteString(m.text)
	}
	if strings.TrimSpace(words.String()) != strings.TrimSpace(long)+"second" && !strings.Contains(words.String(), strings.TrimSpace(long)) {
		t.Errorf("%d bytes of %d came back", words.Len(), len(long))
	}
	if got := w.press(officerID, "Whole timeline"); !strings.Contains(got, "you read it") {
		t.Errorf("timeline:\n%s", got)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, true)
	c := *w.store.cases[ref]
	officer, other := w.store.officers[officerID], w.store.officers[otherID]
	for kind, want := range map[cases.EventKind]string{
		cases.Filed: "came in", cases.Answered: "answered", cases.Added: "added", cases.WithdrawnBy: "withdrew",
		cases.Rated: "it helped", cases.Assigned: "another department", cases.Opened: "", cases.Noted: "calls you",
	} {
		n := bot.Notice{Case: c, Event: cases.Event{Kind: kind, Seq: 3, Code: "helped", Body: &cases.Body{Text: "secret words"}}, Lang: "en", Officer: &officer, Now: start}
		got, err := w.desk.Notice(t.Context(), n)
		switch {
		case err != nil:
			t.Fatal(err)
		case want == "" && len(got) != 0:
			t.Errorf("%s: an officer is told %q", kind, got[0].HTML)
		case want != "":
			html := got[0].HTML
			if !strings.Contains(html, want) || !strings.Contains(html, string(ref)) || !strings.Contains(html, "DANGER") || strings.Contains(html, "secret") {
				t.Errorf("%s: %s", kind, html)
			}
			if len(got[0].Rows[0]) != 2 {
				t.Errorf("%s: %d buttons, want Look and Take", kind, len(got[0].Rows[0]))
			}
		}
		n.Officer = &other
		if got, err := w.desk.Notice(t.Context(), n); err != nil || len(got) != 0 {
			t.Errorf("%s: another department is told %v, %v", kind, got, err)
		}
	}
	if _, err := w.desk.Notice(t.Context(), bot.Notice{Case: c}); err == nil {
		t.Error("a notice for no officer was rendered")
	}
}
