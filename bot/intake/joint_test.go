package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"

	"huiyin/bot"
	"huiyin/cases"
)

var linkIn = regexp.MustCompile(`\?start=(join_[A-Za-z0-9_-]+)`)

// link has the first reporter of a case make a link to it and gives what it starts with.
func (w *world) link(chat int64, c *cases.Case, receipt string) string {
	w.t.Helper()
	w.shown(chat, c, receipt)
	w.press(chat, "joint.button.ask")
	m := linkIn.FindStringSubmatch(w.press(chat, "joint.button.link"))
	if m == nil || len(m[1]) > 64 {
		w.t.Fatalf("no link of at most 64 characters:\n%s", w.shows(chat))
	}
	return m[1]
}

// joins goes through the form behind a link and gives the receipt, if one was shown.
func (w *world) joins(chat int64, start string, mode cases.Mode, words string) string {
	w.t.Helper()
	steps := []string{"/start " + start, string(mode), "ok", words, "done", "skip", "Marker Name", "skip", "skip"}
	if mode.Nameless() {
		steps = []string{"/start " + start, "anonymous", "ok", string(mode), words, "done", "skip"}
	}
	w.says(chat, steps...)
	receipt := receiptIn.FindString(w.says(chat, "send"))
	if mode.Nameless() != (receipt != "") {
		w.t.Fatalf("joined %s, receipt %q:\n%s", mode, receipt, w.shows(chat))
	}
	if receipt != "" {
		w.press(chat, "intake.button.keep_chat")
		w.press(chat, "intake.button.saved")
	}
	return receipt
}

// TestColleagueReadsTheirsAlone: who joined reads what the office answers and their own words; nobody reads what another
// reporter said, on a page or in a notice.
func TestColleagueReadsTheirsAlone(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, _ := w.saved(sam, cases.Named)
		w.joins(sam+1, w.link(sam, c, ""), cases.Confidential, "MARKER of the sealed one")
		receipt := w.joins(sam+2, w.link(sam, c, ""), cases.Dark, "MARKER of the dark one")
		quiet := w.joins(sam+3, w.link(sam, c, ""), cases.Anonymous, "MARKER of the quiet one")
		w.store.office(c.ID, cases.Act{Action: cases.Accept})
		w.store.office(c.ID, cases.Act{Action: cases.Ask, Body: &cases.Body{Text: "MARKER of the question"}})
		w.says(sam, "/status")
		w.shown(sam, c, "")
		w.press(sam, "intake.button.answer")
		w.says(sam, "MARKER of the first one", "done", "skip", "send")
		w.store.office(c.ID, cases.Act{Action: cases.Reply, Body: &cases.Body{Text: "MARKER of the office"}})
		marker := regexp.MustCompile(`MARKER of the (\w+)|Marker Name`)
		for chat, want := range map[int64]string{
			sam: "question first office", sam + 1: "sealed office", sam + 2: "dark office", sam + 3: "quiet office",
		} {
			page := w.shown(chat, c, map[int64]string{sam + 2: receipt, sam + 3: quiet}[chat])
			var got []string
			for _, m := range marker.FindAllStringSubmatch(page, -1) {
				got = append(got, m[1])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("chat %d reads of %q, want %q:\n%s", chat-sam, got, want, page)
			}
		}
		if page := w.shown(sam, c, ""); !strings.Contains(page, w.book.Label(w.lang, "joint.card", "Count", 3)) {
			t.Errorf("the first reporter does not see how many joined:\n%s", page)
		}
		// What a notice would tell, were it to be sent, of every event.
		for n, who := range []cases.Colleague{{Number: 1, Mode: cases.Confidential}, {Number: 3, Mode: cases.Anonymous}} {
			for _, e := range w.store.events[c.ID] {
				replies, err := w.intake.Notice(context.Background(), bot.Notice{
					Case: c.As(who), Event: e, Lang: w.lang, Token: func(id string) string { return w.NewsToken(id, who.Number, address(sam+1)) },
				})
				if shown := fmt.Sprint(replies); err == nil && !cases.VisibleToColleague(e.Kind) && e.Colleague != who.Number ||
					marker.MatchString(strings.ReplaceAll(shown, "MARKER of the office", "")) && e.Colleague != who.Number {
					t.Errorf("notice %d to colleague %d tells of %s: %v\n%s", n, who.Number, e.Kind, err, shown)
				}
			}
		}
	})
}

// TestColleagueSaysNothingForTheFirst presses, as somebody who joined, every button that is the first reporter's.
func TestColleagueSaysNothingForTheFirst(t *testing.T) {
	t.Parallel()
	body := &cases.Body{Text: "The office's words."}
	for name, steps := range map[string][]cases.Act{
		"received": nil,
		"waiting":  {{Action: cases.Accept}, {Action: cases.Ask, Body: body}},
		"proposed": {{Action: cases.Accept}, {Action: cases.Propose, Code: "partly", Body: body}},
		"ended":    {{Action: cases.Decline, Code: "not_ours", Body: body}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "en")
			c, _ := w.saved(sam, cases.Named)
			w.joins(sam+1, w.link(sam, c, ""), cases.Named, "I saw it too.")
			for _, a := range steps {
				w.store.office(c.ID, a)
			}
			before, ref := len(w.store.events[c.ID]), strings.ReplaceAll(string(c.Ref)[3:], "-", "")
			for _, what := range []string{
				"answer", "withdraw", "rate", "second_look", "final_review", "reveal", "reach", "reach_yes", "shred", "shred_yes", "checks.on", "checked.ok", "checked.bad", "offer", "join", "link.1", "letter",
			} {
				w.pressData(sam+1, w.next, "h."+what+"."+ref)
			}
			for seq := range before + 1 {
				for _, what := range []string{"satisfy", "consent", "consent_yes", "agree", "agree_yes", "end_mediation", "end_yes"} {
					w.pressData(sam+1, w.next, fmt.Sprintf("h.%s.%s.%d", what, ref, seq))
				}
			}
			if after := w.store.events[c.ID]; len(after) != before {
				t.Errorf("events: %+v", after[before:])
			}
			if s := w.session(sam + 1); len(s.Drafts) > 0 || len(w.store.links) != 1 {
				t.Errorf("begun: %+v; %d links", s.Drafts, len(w.store.links))
			}
		})
	}
}

// TestJoinLinks: a screen makes one link however often it is tapped, ten wait at most, and wrong ones are tried as seldom
// as receipts.
func TestJoinLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	c, receipt := w.saved(sam, cases.Dark)
	first := w.link(sam, c, receipt)
	data := ""
	for range cases.MaxJoinLinks - 1 {
		w.press(sam, "joint.button.another")
		m := w.chats[sam][len(w.chats[sam])-1]
		for _, shown := range w.chats[sam] {
			for _, b := range shown.buttons {
				if strings.HasPrefix(b.Data, "h.link.") {
					m, data = shown, b.Data
				}
			}
		}
		again := w.pressData(sam, m.id, data)
		if twice := w.pressData(sam, m.id, data); linkIn.FindString(again) == "" || linkIn.FindString(again) != linkIn.FindString(twice) {
			t.Fatalf("tapped twice it makes two links:\n%s\n%s", again, twice)
		}
	}
	w.press(sam, "joint.button.another")
	if got := w.press(sam, "joint.button.link"); len(w.store.links) != cases.MaxJoinLinks || linkIn.MatchString(got) ||
		!strings.Contains(got, w.book.Label("en", "joint.links_wait", "Count", 10, "Days", 7)) {
		t.Errorf("%d links:\n%s", len(w.store.links), got)
	}
	if got := w.says(sam, "/start "+first); !strings.Contains(got, "part of this matter already") {
		t.Errorf("the first reporter, who has no name, may join too:\n%s", got)
	}

	for range 4 {
		w.says(sam+1, "/start join_nonsense")
	}
	if got := w.says(sam+1, "/start "+first); !strings.Contains(got, w.book.Label("en", "join.mode.named")) {
		t.Errorf("a right link after wrong ones:\n%s", got)
	}
	if s := w.session(sam + 1); s.Durable() {
		t.Error("a session with a link may be kept outside Redis before a mode is chosen")
	}
	w.says(sam+1, "/start join_nonsense")
	if got := w.says(sam+1, "/start "+first); !strings.Contains(got, w.book.Label("en", "joint.link_wait", "Minutes", 2)) {
		t.Errorf("the sixth wrong one:\n%s", got)
	}
}

// TestJoiningAndLeavingOnce: a turn that is played again joins once, shows the same receipt, and leaves once.
func TestJoiningAndLeavingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	c, _ := w.saved(sam, cases.Named)
	w.says(sam+1, "/start "+w.link(sam, c, ""), "anonymous", "ok", "anonymous", "skip", "skip")
	w.conflicts = 2
	receipt := receiptIn.FindString(w.says(sam+1, "send"))
	if f := w.session(sam + 1).Filed; f == nil || f.Colleague != 1 || f.Receipt != receipt || len(w.store.joined[c.ID]) != 1 {
		t.Fatalf("filed %+v, receipt %q, joined %d", f, receipt, len(w.store.joined[c.ID]))
	}
	unsaved := w.session(sam + 1)
	w.press(sam+1, "intake.button.keep_chat")
	w.press(sam+1, "intake.button.saved")
	if s := w.session(sam + 1); s.Sent != nil {
		t.Errorf("of somebody without a name is kept what they sent: %+v", s.Sent)
	}
	w.store.office(c.ID, cases.Act{Action: cases.Accept})
	who := cases.Colleague{Number: 1, Mode: cases.Anonymous, Language: "en"}
	joined := c.As(who)
	m := w.buzz(sam+1, &joined)
	if stolen := w.pressData(sam, 1, m.buttons[0].Data); strings.Contains(stolen, string(c.Ref)) {
		t.Errorf("another chat opens it:\n%s", stolen)
	}
	w.tap(sam+1, m)
	if o := w.session(sam + 1).Opened; o == nil || o.Colleague != 1 || !strings.Contains(m.text, w.book.Label("en", "joint.card_anonymous")) {
		t.Fatalf("opened %+v:\n%s", o, m.text)
	}
	w.press(sam+1, "joint.button.leave")
	yes := m.buttons[0].Data
	gone := w.book.Label("en", "joint.left", "Ref", string(c.Ref))
	w.pressData(sam+1, m.id, "h.shut")
	for chat, why := range map[int64]string{sam + 1: "closed here", sam: "of another chat"} {
		if got := w.pressData(chat, m.id, yes); strings.Contains(got, gone) || w.store.joined[c.ID][0] == nil {
			t.Errorf("%s, it is left:\n%s", why, got)
		}
	}
	w.says(sam+1, receipt)
	w.press(sam+1, "joint.button.leave")
	w.conflicts = 1
	if got := w.press(sam+1, "joint.button.leave_yes"); !strings.Contains(got, gone) || w.store.joined[c.ID][0] != nil ||
		len(yes) > 64 || !strings.HasPrefix(yes, "h.leave_yes.") {
		t.Errorf("left by %q:\n%s", yes, got)
	}
	for _, back := range []string{w.says(sam+1, receipt), w.pressData(sam+1, m.id, "n.news."+w.NewsToken(c.ID, 1, address(sam+1)))} {
		if strings.Contains(back, string(c.Ref)) {
			t.Errorf("who left is led back:\n%s", back)
		}
	}
	// A receipt that was never saved holds nobody up when there is nothing more to it.
	unsaved.Rev = w.session(sam + 1).Rev
	w.sessions[w.names[sam+1]] = unsaved
	if got := w.says(sam+1, "/start"); !strings.Contains(got, w.book.T("en", "intake.home")) {
		t.Errorf("held up by a receipt that opens nothing:\n%s", got)
	}
	left, err := json.Marshal(w.session(sam + 1))
	if err != nil || strings.Contains(string(left), c.ID) {
		t.Errorf("the chat remembers: %s, %v", left, err)
	}
}

// TestColleagueCorrects: who joined changes a message afterwards, and the change is theirs; a name goes nowhere that way.
func TestColleagueCorrects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	c, _ := w.saved(sam, cases.Named)
	w.joins(sam+1, w.link(sam, c, ""), cases.Confidential, "I saw it too.")
	edit := func(from, to string) {
		for _, m := range w.chats[sam+1] {
			if m.mine && m.text == from {
				u := w.types(sam+1, to)
				u.ID = m.id
				w.handle(&models.Update{ID: w.update, EditedMessage: u})
			}
		}
	}
	edit("Marker Name", "Another Name")
	edit("I saw it too.", "I saw it twice.")
	events := w.store.events[c.ID]
	if e := events[len(events)-1]; len(events) != 3 || e.Kind != cases.Added || e.Colleague != 1 || e.Body.Text != "I saw it twice." {
		t.Errorf("events: %+v", events)
	}
	if list := w.says(sam+1, "/status"); !strings.Contains(list, w.book.Label("en", "joint.card_confidential")) {
		t.Errorf("the list does not say how they have the case:\n%s", list)
	}
}
