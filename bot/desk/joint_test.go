package desk_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiyin/bot"
	"huiyin/cases"
)

// joins has a colleague join a case, with a name where the mode holds one.
func (w *world) joins(ref cases.Reference, n int, a cases.Act) {
	w.t.Helper()
	if a.Action == "" {
		a.Action = cases.JoinAs
	}
	a.By, a.Colleague, a.Key = cases.Actor{Party: cases.System}, n, fmt.Sprint(a.Action, n)
	if a.Action == cases.Add {
		a.By.Party = cases.Reporter
	}
	if _, _, _, err := w.store.Act(w.t.Context(), ref, a); err != nil {
		w.t.Fatal(err)
	}
	if !cases.Mode(a.Code).Nameless() {
		w.store.joined[fmt.Sprint(w.store.cases[ref].ID, n)] = &cases.Identity{
			Fields: []cases.Field{{Step: "who_name", Title: "complaint.who_name.title", Text: []string{fmt.Sprintf("Joiner <%d>", n)}}},
		}
	}
}

// joint is a named case with a colleague of each mode, the last of whom has left.
func (w *world) joint() cases.Reference {
	w.t.Helper()
	ref := w.safety(1, cases.Named, false)
	for i, m := range cases.Modes() {
		a := cases.Act{Code: string(m)}
		if m.Nameless() {
			a.Slot = start // which has come
		}
		w.joins(ref, i+1, a)
	}
	w.joins(ref, 3, cases.Act{Action: cases.Add, Slot: start, Body: &cases.Body{Text: "I saw it too."}})
	w.joins(ref, 4, cases.Act{Action: cases.Leave, Slot: start, Code: string(cases.Dark)})
	return ref
}

// Officers see numbers and modes, and a name where the colleague's mode allows it.
func TestWhoJoined(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lang)
			ref := w.joint()
			card := w.says(officerID, "/case "+string(ref))
			if strings.Contains(card, "Joiner") {
				t.Errorf("names on the card:\n%s", card)
			}
			page := w.press(officerID, w.say(lang, "joint.desk.button", "Count", 3))
			golden(t, "joint_"+lang, card+"\n\n----\n\n"+page+"\n")
			w.says(officerID, "/case "+string(ref))
			w.pressData(officerID, 0, fmt.Sprintf("d.all.%s.6", strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")))
			if m := w.chats[officerID][len(w.chats[officerID])-1]; !m.protected || m.text != "I saw it too." {
				t.Errorf("a nameless colleague's words, protected %v: %s", m.protected, m.text)
			}
			for _, id := range []int64{adminID, otherID, keeperID, stranger} {
				at, _ := w.data(officerID, w.say(lang, "desk.button.card"))
				if got := w.pressData(id, at, fmt.Sprintf("d.joint.%s", strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", ""))); strings.Contains(got, "Joiner") {
					t.Errorf("%d reads a name:\n%s", id, got)
				}
			}
		})
	}
}

// A sealed colleague's name opens like a reporter's: a reason, a custodian's yes, and on record; of a named case nothing
// else opens by it.
func TestCustodyOfColleagues(t *testing.T) {
	t.Parallel()
	for _, mode := range []cases.Mode{cases.Named, cases.Confidential} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "en")
			ref := w.safety(1, mode, false)
			w.joins(ref, 1, cases.Act{Code: string(cases.Named)})
			if got, ok := w.tap(leadID, "identity"); ok && mode == cases.Named {
				t.Errorf("nobody is sealed:\n%s", got)
			}
			w.joins(ref, 2, cases.Act{Code: string(cases.Confidential)})
			w.ask("en", ref, "desk.move.custody_ask_identity")
			w.says(keeperID, "/requests")
			if got := w.press(keeperID, string(ref)); !strings.Contains(got, "joined") || strings.Contains(got, "Joiner") {
				t.Errorf("what the custodian is asked:\n%s", got)
			}
			w.press(keeperID, "Grant")
			w.press(keeperID, "Yes, grant it")
			w.says(leadID, "/case "+string(ref))
			if got := w.press(leadID, "Who joined (2)"); strings.Contains(got, "Joiner &lt;2&gt;") || !strings.Contains(got, "Joiner &lt;1&gt;") {
				t.Errorf("before it is opened:\n%s", got)
			}
			w.press(leadID, "Open the identity")
			w.press(leadID, "Yes, open it")
			m := w.chats[leadID][len(w.chats[leadID])-1]
			if !m.protected || !strings.Contains(m.text, "Joiner &lt;2&gt;") || strings.Contains(m.text, "Joiner &lt;1&gt;") ||
				strings.Contains(m.text, "Jing") != (mode == cases.Confidential) {
				t.Errorf("opened, protected %v:\n%s", m.protected, m.text)
			}
			if n := len(w.kinds(ref, cases.CustodyOpened)); n != 1 {
				t.Errorf("on record %d times", n)
			}
		})
	}
}

// What has a slot is on no screen before it, and then without its hour.
func TestColleaguesComeInTheirSlot(t *testing.T) {
	t.Parallel()
	hour := regexp.MustCompile(`\d\d?:\d\d`)
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	looks := func() string {
		w.says(leadID, "/case "+string(ref))
		card := w.last(leadID)
		for _, b := range w.chats[leadID][len(w.chats[leadID])-1].buttons {
			card += "\n" + b.Text + " " + b.Data
		}
		return card + "\n" + w.press(leadID, "Whole timeline") + "\n" + w.says(leadID, "/queue") + w.last(leadID)
	}
	w.says(leadID, "/start")
	looks()
	before := looks()
	slot := start.Add(20 * time.Hour)
	w.joins(ref, 1, cases.Act{Code: string(cases.Dark), Slot: slot, Body: &cases.Body{Text: "I saw it too."}})
	if after := looks(); after != before {
		t.Errorf("the desk changes at once:\n%s\n\nwas\n%s", after, before)
	}
	opened := len(w.kinds(ref, cases.Opened))
	w.store.now = slot
	card := looks()
	if !strings.Contains(card, "Colleagues who joined: 1") || !strings.Contains(card, "I saw it too.") {
		t.Errorf("not in its slot:\n%s", card)
	}
	if n := len(w.kinds(ref, cases.Opened)); n != opened+1 {
		t.Errorf("reading the words is on record %d times more", n-opened)
	}
	for _, line := range strings.Split(card, "\n") {
		if strings.Contains(line, "colleague 1") && hour.MatchString(line) {
			t.Errorf("tells the hour: %s", line)
		}
	}
	lead := w.store.officers[leadID]
	for i, e := range append(w.kinds(ref, cases.Joined), cases.Event{Kind: cases.Added, More: cases.More{Colleague: 1}}) {
		replies, err := w.desk.Notice(t.Context(), bot.Notice{Case: *w.store.cases[ref], Event: e, Lang: "en", Officer: &lead, Now: slot})
		if err != nil || len(replies) != 1 || !strings.Contains(strings.ToLower(replies[0].HTML), "colleague") || hour.MatchString(replies[0].HTML) {
			t.Errorf("notice %d: %+v, %v", i, replies, err)
		}
	}
}
