package desk_test

import (
	"strings"
	"testing"
	"time"

	"huiyin/bot"
	"huiyin/cases"
)

const why = "The court asks who can bear witness."

// ask lets the lead ask for something sealed.
func (w *world) ask(lang string, ref cases.Reference, move string) string {
	w.t.Helper()
	w.says(leadID, "/case "+string(ref))
	w.press(leadID, w.say(lang, move))
	w.says(leadID, why)
	w.press(leadID, w.say(lang, "way.done"))
	return w.press(leadID, w.say(lang, "way.send"))
}

func (w *world) kinds(ref cases.Reference, kind cases.EventKind) (out []cases.Event) {
	for _, e := range w.store.events[w.store.cases[ref].ID] {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func TestCustodyOfIdentity(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lang)
			ref := w.safety(1, cases.Confidential, false)
			if got := w.says(leadID, "/case "+string(ref)); strings.Contains(got, "Jing") || !strings.Contains(got, "Guo &amp; Co") {
				t.Errorf("the card before:\n%s", got)
			}
			if got := w.ask(lang, ref, "desk.move.custody_ask_identity"); !strings.Contains(got, w.say(lang, "desk.done.custody_asked")) {
				t.Fatal(got)
			}

			home := w.says(keeperID, "/start") + w.last(keeperID)
			card := w.press(keeperID, string(ref))
			for _, got := range []string{home, card} {
				if strings.Contains(got, "guard of press") || strings.Contains(got, "Jing") || strings.Contains(got, w.say(lang, "complaint.matter_safety.machine")) {
					t.Errorf("a custodian reads:\n%s", got)
				}
			}
			if !strings.Contains(card, why) || !strings.Contains(card, "Wang &lt;Wei&gt;") {
				t.Errorf("a custodian must know who asks and why:\n%s", card)
			}
			w.press(keeperID, w.say(lang, "desk.move.custody_grant"))
			if got := w.press(keeperID, w.say(lang, "desk.yes.custody_grant")); !strings.Contains(got, w.say(lang, "desk.done.custody_granted")) || strings.Contains(got, string(ref)) {
				t.Errorf("after the grant:\n%s", got)
			}

			w.says(leadID, "/case "+string(ref))
			if got := w.last(leadID); strings.Contains(got, "Jing") || !strings.Contains(got, w.book.Moment(lang, start.Add(24*time.Hour))) {
				t.Errorf("the card with a grant:\n%s", got)
			}
			w.press(leadID, w.say(lang, "desk.move.custody_open_identity"))
			if len(w.kinds(ref, cases.CustodyOpened)) != 0 {
				t.Fatal("opened without asking once")
			}
			at, yes := w.data(leadID, w.say(lang, "desk.yes.custody_open"))
			w.pressData(leadID, at, yes)
			m := w.chats[leadID][len(w.chats[leadID])-1]
			if !strings.Contains(m.text, "Chen &lt;b&gt;Jing") || !m.protected {
				t.Errorf("the identity, protected %v:\n%s", m.protected, m.text)
			}
			opened := w.kinds(ref, cases.CustodyOpened)
			if len(opened) != 1 || opened[0].Body == nil || opened[0].Body.Text != why || opened[0].Code != cases.CustodyIdentity {
				t.Errorf("the record: %+v", opened)
			}

			// Twice the same tap is one opening; an old button opens nothing.
			w.pressData(leadID, at, yes)
			if len(w.kinds(ref, cases.CustodyOpened)) != 1 {
				t.Error("a press delivered twice opened twice")
			}
			w.store.now = start.Add(time.Hour)
			before := len(w.chats[leadID])
			w.pressData(leadID, at, yes)
			for _, m := range w.chats[leadID][before:] {
				if strings.Contains(m.text, "Jing") {
					t.Errorf("an old button shows who it is without a record:\n%s", m.text)
				}
			}
			w.store.now = start.Add(25 * time.Hour)
			if got := w.pressData(leadID, at, yes); strings.Contains(got, "Jing") || !strings.Contains(got, w.say(lang, "desk.custody_over")) {
				t.Errorf("after the grant has run out:\n%s", got)
			}
		})
	}
}

func TestCustodyRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Confidential, false)
	w.ask("en", ref, "desk.move.custody_ask_identity")
	w.says(keeperID, "/requests")
	w.press(keeperID, string(ref))
	if got := w.press(keeperID, "Refuse"); !strings.Contains(got, "Refused.") {
		t.Fatal(got)
	}
	w.says(leadID, "/case "+string(ref))
	w.press(leadID, w.say("en", "tools.button.more"))
	if got := w.last(leadID); strings.Contains(got, "[Open the identity]") || !strings.Contains(got, "[Ask for the identity]") {
		t.Error(got)
	}
	short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	if got := w.pressData(leadID, 1, "d.yes."+short+".9.identity"); strings.Contains(got, "Jing") {
		t.Errorf("a forged press opened it:\n%s", got)
	}
}

func TestCustodyOfOriginals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.ask("en", ref, "desk.move.custody_ask_originals")
	w.says(leadID, "/case "+string(ref))
	short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	newest := func() int { return w.chats[leadID][len(w.chats[leadID])-1].id }
	for _, forged := range []string{"d.orig." + short + ".1", "d.origs." + short} {
		if got := w.pressData(leadID, newest(), forged); !strings.Contains(got, w.say("en", "desk.custody_over")) {
			t.Errorf("%s without a grant:\n%s", forged, got)
		}
	}
	w.says(keeperID, "/start")
	w.press(keeperID, string(ref))
	w.press(keeperID, "Grant")
	w.press(keeperID, "Yes, grant it")
	w.says(leadID, "/case "+string(ref))
	if got := w.pressData(leadID, newest(), "d.orig."+short+".1"); !strings.Contains(got, w.say("en", "desk.custody_over")) {
		t.Errorf("granted and not opened:\n%s", got)
	}
	w.press(leadID, "Open the originals")
	if got := w.press(leadID, "Yes, open it"); !strings.Contains(got, "as they came") {
		t.Fatal(got)
	}
	if got := w.press(leadID, "File 2"); !strings.Contains(got, string(ref)+"-2") || len(w.kinds(ref, cases.CustodyOpened)) != 1 {
		t.Errorf("an original:\n%s", got)
	}
	dark := w.safety(2, cases.Dark, false)
	w.says(leadID, "/case "+string(dark))
	if got := w.last(leadID); strings.Contains(got, "originals") {
		t.Errorf("no original of a dark case is kept:\n%s", got)
	}
}

// A custodian has requests and nothing else, whatever is typed or pressed.
func TestCustodianReadsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref, other := w.safety(1, cases.Confidential, true), w.safety(2, cases.Named, true)
	w.ask("en", ref, "desk.move.custody_ask_identity")
	short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	var all strings.Builder
	for _, lead := range w.desk.Commands("en", cases.RoleLead) {
		for _, arg := range []string{"", " " + string(ref), " " + string(other)} {
			all.WriteString(w.says(keeperID, "/"+lead.Name+arg) + w.last(keeperID))
		}
	}
	for _, what := range []string{"all", "file", "files", "past", "do", "asg", "reply", "note", "orig", "origs", "yes", "copen", "recuse", "hold"} {
		w.says(keeperID, "/start")
		all.WriteString(w.pressData(keeperID, w.chats[keeperID][len(w.chats[keeperID])-1].id, "d."+what+"."+short+".1.identity"))
	}
	for _, secret := range []string{"guard of press", "Jing", "me.pdf", "Machines", "DANGER", string(other), "East plant"} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("a custodian is shown %q", secret)
		}
	}
	if c := w.store.cases[ref]; c.Owner != 0 || c.Held || c.Recused != nil || !c.Custody.Asked() {
		t.Errorf("a custodian changed the case: %+v", c)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lang)
			ref := w.safety(1, cases.Dark, false)
			w.says(officerID, "/case "+string(ref))
			if strings.Contains(w.last(officerID), w.say(lang, "desk.move.hold")) {
				t.Error("an officer is offered what only leads may do")
			}
			w.ask(lang, ref, "desk.move.hold")
			if got := w.last(leadID); !w.store.cases[ref].Held || !strings.Contains(got, w.book.T(lang, "desk.card.held")) {
				t.Fatalf("held %v:\n%s", w.store.cases[ref].Held, got)
			}
			if got := w.press(leadID, w.say(lang, "desk.move.lift_hold")); w.store.cases[ref].Held || !strings.Contains(got, w.say(lang, "desk.done.hold_lifted")) {
				t.Error(got)
			}
		})
	}
}

// Notices about custody go to whom they concern, and hold no reason and no name.
func TestCustodyNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Confidential, false)
	w.ask("en", ref, "desk.move.custody_ask_identity")
	keeper, lead := w.store.officers[keeperID], w.store.officers[leadID]
	c := *w.store.cases[ref]
	events := w.store.events[c.ID]
	asked := events[len(events)-2]
	if asked.Kind != cases.CustodyAsked {
		asked = w.kinds(ref, cases.CustodyAsked)[0]
	}
	got, err := w.desk.Notice(t.Context(), bot.Notice{Case: c, Event: asked, Lang: "en", Officer: &keeper, Now: start})
	if err != nil || len(got) != 1 || !strings.Contains(got[0].HTML, string(ref)) || strings.Contains(got[0].HTML, "court") || strings.Contains(got[0].HTML, "Machines") {
		t.Errorf("to the custodian: %v, %v", got, err)
	}
	for _, kind := range []cases.EventKind{cases.CustodyGranted, cases.CustodyRefused} {
		got, err := w.desk.Notice(t.Context(), bot.Notice{Case: c, Event: cases.Event{Kind: kind, Seq: 4}, Lang: "en", Officer: &lead, Now: start})
		if err != nil || len(got) != 1 || !strings.Contains(got[0].HTML, "custodian") || strings.Contains(got[0].HTML, "Guo") {
			t.Errorf("%s to the one who asked: %v, %v", kind, got, err)
		}
		if got, err := w.desk.Notice(t.Context(), bot.Notice{Case: cases.Case{ID: "x", Department: "safety"}, Event: cases.Event{Kind: kind}, Officer: &keeper}); err != nil || len(got) != 0 {
			t.Errorf("%s to a custodian: %v, %v", kind, got, err)
		}
	}
}
