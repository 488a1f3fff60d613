package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

const sam = 42

// parts names what a case keeps of its reporter.
func parts(w cases.Way) string {
	var held []string
	for name, is := range map[string]bool{
		"identity": w.Identity != nil, "reporter": w.Reporter != nil, "address": w.Address != nil, "receipt": w.Receipt != nil,
	} {
		if is {
			held = append(held, name)
		}
	}
	slices.Sort(held)
	return strings.Join(held, " ")
}

// held is what each mode keeps.
var held = map[cases.Mode]string{
	cases.Named: "address identity reporter", cases.Confidential: "address identity reporter",
	cases.Anonymous: "address receipt", cases.Dark: "receipt",
}

func eachLanguage(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, lang))
		})
	}
}

func TestFilingKeepsWhatItsModeKeeps(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		seen := map[string]string{} // the promise of a mode → mode
		chat := int64(sam)
		for _, mode := range cases.Modes() {
			for _, prompt := range []bool{false, true} {
				if prompt && !mode.Nameless() {
					continue
				}
				chat++
				name := fmt.Sprintf("%s, prompt %v", mode, prompt)
				c, receipt := w.file(chat, mode, prompt)
				if got := parts(w.store.ways[c.ID]); got != held[mode] {
					t.Errorf("%s keeps %s", name, got)
				}
				if (receipt != "") != mode.Nameless() || c.Prompt != prompt || c.Unqueued != (mode.Nameless() && !prompt) {
					t.Errorf("%s: receipt %q, %+v", name, receipt, c)
				}
				proof := string(w.store.proofs[c.ID])
				if mode.Nameless() && proof != "commitment of "+receipt || !mode.Nameless() && proof != "" {
					t.Errorf("%s commits to %q", name, proof)
				}
				if !c.Restricted || c.Retention != "integrity" {
					t.Errorf("%s: restricted %v, retention %q", name, c.Restricted, c.Retention)
				}
				for _, f := range w.store.events[c.ID][0].Body.Fields {
					if f.Step == "mode" || f.Step == "prompt" {
						t.Errorf("%s: officers read the answer to %s among the words", name, f.Step)
					}
				}
				s := w.session(chat)
				if (len(s.Sent) > 0) == mode.Nameless() {
					t.Errorf("%s: the session remembers %v", name, s.Sent)
				}
				shown := w.shows(chat)
				if slot := w.book.Moment(w.lang, c.Queued); strings.Contains(shown, slot) != c.Unqueued {
					t.Errorf("%s: when the office will see it is said wrongly:\n%s", name, shown)
				}
				next := "intake.filed_next_" + string(mode)
				if prompt && mode == cases.Anonymous {
					next = "intake.filed_next_prompt"
				}
				if !strings.Contains(shown, w.book.Label(w.lang, next)) {
					t.Errorf("%s does not say what comes next:\n%s", name, shown)
				}
				seen[w.book.Label(w.lang, next)] = name
				if mode.Nameless() && strings.Contains(fmt.Sprint(s.Drafts), c.ID) {
					t.Errorf("%s: a draft leads to the case", name)
				}
			}
		}
		if len(seen) != 5 {
			t.Errorf("modes make the same promises: %v", seen)
		}
	})
}

// TestWhoMayKnow: each mode says its own truth and offers what leads down or up, and nothing else.
func TestWhoMayKnow(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		for n, mode := range cases.Modes() {
			chat := int64(sam + n)
			c, receipt := w.saved(chat, mode)
			w.shown(chat, c, receipt)
			got := w.press(chat, "intake.button.who")
			if !strings.Contains(got, w.book.T(w.lang, "intake.who_"+string(mode), "Ref", string(c.Ref))) {
				t.Errorf("%s:\n%s", mode, got)
			}
			newest := w.chats[chat][len(w.chats[chat])-1]
			for key, want := range map[string]bool{
				"forget": mode != cases.Dark, "reveal": mode != cases.Named, "reach": mode == cases.Dark, "shred": false,
			} {
				label := w.book.Label(w.lang, "intake.button."+key)
				if slices.ContainsFunc(newest.buttons, func(b text.Button) bool { return b.Text == label }) != want {
					t.Errorf("%s: button %s", mode, key)
				}
			}
		}
	})
}

func TestForget(t *testing.T) {
	t.Parallel()
	for _, from := range cases.Modes() {
		for _, to := range cases.Modes() {
			if !to.Below(from) {
				continue
			}
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, "en")
				c, receipt := w.saved(sam, from)
				w.shown(sam, c, receipt)
				if !from.Nameless() { // an addition is begun by name and waits
					w.press(sam, "intake.button.add")
					w.says(sam, "Half an addition.", "/exit")
					w.shown(sam, c, receipt)
				}
				w.press(sam, "intake.button.who")
				w.press(sam, "intake.button.forget")
				got := w.press(sam, "intake.button.forget_"+string(to))
				if want := w.book.T("en", "forget."+string(to)+".ask", "Ref", string(c.Ref)); !strings.Contains(got, want) {
					t.Fatalf("asked something else:\n%s", got)
				}
				if to.Nameless() && w.session(sam).Durable() {
					t.Error("the draft with the receipt's secret may be kept outside Redis")
				}
				w.press(sam, "forget."+string(to)+".ok")
				if c.Mode != from {
					t.Fatal("done before it was sent")
				}
				w.press(sam, "way.send")
				if c.Mode != to || parts(w.store.ways[c.ID]) != held[to] {
					t.Fatalf("is %s and keeps %s", c.Mode, parts(w.store.ways[c.ID]))
				}
				if !strings.Contains(w.shows(sam), w.book.T("en", "intake.forgotten_"+string(to), "Ref", string(c.Ref))) {
					t.Errorf("does not say what is destroyed:\n%s", w.shows(sam))
				}
				s := w.session(sam)
				for _, d := range s.Drafts {
					if d.Context["case"] == c.ID && d.Context["mode"] != string(to) {
						t.Errorf("a form about the case is kept as %s", d.Context["mode"])
					}
				}
				if (s.SentWith(0).Case != "" || len(s.Sent) > 0) && to.Nameless() {
					t.Errorf("messages still lead to the case: %v", s.Sent)
				}
				if !to.Nameless() {
					return
				}
				if s.Durable() {
					t.Error("the session may be kept outside Redis")
				}
				if made := receiptIn.FindString(w.shows(sam)); !from.Nameless() {
					receipt = made
					w.press(sam, "intake.button.saved")
				}
				if list := w.says(sam, "/status"); strings.Contains(list, string(c.Ref)) {
					t.Errorf("it is still in the list:\n%s", list)
				}
				if card := w.says(sam+1, receipt); !strings.Contains(card, string(c.Ref)) {
					t.Errorf("the receipt does not open it:\n%s", card)
				}
			})
		}
	}
}

// TestForgetIsDoneOnce: played again after a crash, the same receipt is shown and nothing is done twice.
func TestForgetIsDoneOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	c, _ := w.saved(sam, cases.Named)
	w.shown(sam, c, "")
	w.says(sam, "/forget")
	w.press(sam, "intake.button.forget_anonymous")
	w.press(sam, "forget.anonymous.ok")
	before := w.session(sam)
	w.press(sam, "way.send")
	first := receiptIn.FindString(w.shows(sam))
	w.sessions[w.names[sam]] = before
	w.chats[sam] = nil
	w.pressData(sam, 1, before.Drafts[0].Data(flows.OpSubmit, ""))
	if second := receiptIn.FindString(w.shows(sam)); first == "" || second != first || c.Version != 2 {
		t.Errorf("receipts %q and %q, version %d", first, second, c.Version)
	}
}

func TestForgetCommand(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		if got := w.says(sam, "/forget"); !strings.Contains(got, w.book.T(w.lang, "intake.forget_none")) {
			t.Errorf("with no case:\n%s", got)
		}
		first, _ := w.saved(sam, cases.Named)
		second, _ := w.saved(sam, cases.Confidential)
		hidden, receipt := w.saved(sam, cases.Dark)
		w.says(sam, "/start")
		w.says(sam, "/forget")
		shown := w.chats[sam][len(w.chats[sam])-1]
		labels := fmt.Sprint(shown.buttons)
		if !strings.Contains(labels, string(first.Ref)) || !strings.Contains(labels, string(second.Ref)) || strings.Contains(labels, string(hidden.Ref)) {
			t.Errorf("offers %v", shown.buttons)
		}
		w.says(sam, receipt)
		if got := w.says(sam, "/forget"); !strings.Contains(got, w.book.T(w.lang, "intake.forget_nothing", "Ref", string(hidden.Ref))) {
			t.Errorf("of a dark case on the screen:\n%s", got)
		}
	})
}

func TestReveal(t *testing.T) {
	t.Parallel()
	for _, from := range []cases.Mode{cases.Confidential, cases.Anonymous, cases.Dark} {
		for _, to := range []cases.Mode{cases.Named, cases.Confidential} {
			if !from.Below(to) {
				continue
			}
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, "en")
				c, receipt := w.saved(sam, from)
				w.shown(sam, c, receipt)
				w.press(sam, "intake.button.who")
				w.press(sam, "intake.button.reveal")
				step := "to"
				if from == cases.Confidential {
					step = "to_named"
				}
				w.press(sam, "reveal."+step+"."+string(to))
				w.press(sam, "reveal.show_"+string(to)+".ok")
				w.says(sam, "Sam <Marker> Lee", "Night shift")
				if from.Nameless() && w.session(sam).Durable() {
					t.Error("a name typed for a case without one may be kept outside Redis")
				}
				preview := w.says(sam, "skip")
				for _, want := range []string{"reveal." + step + "." + string(to), "reveal.review.ask"} {
					if !strings.Contains(preview, w.book.Label("en", want)) {
						t.Errorf("the preview lacks %s:\n%s", want, preview)
					}
				}
				if !strings.Contains(preview, "Sam &lt;Marker&gt; Lee") || !strings.Contains(preview, "Night shift") {
					t.Errorf("the preview does not show what is shown:\n%s", preview)
				}
				if parts(w.store.ways[c.ID]) != held[from] {
					t.Fatal("something was kept before it was sent")
				}
				w.press(sam, "way.send")
				way := w.store.ways[c.ID]
				if c.Mode != to || parts(way) != held[to] || string(way.Address) != address(sam) {
					t.Fatalf("is %s, keeps %s", c.Mode, parts(way))
				}
				if len(way.Identity.Fields) != 3 || way.Identity.Fields[0].Text[0] != "Sam <Marker> Lee" {
					t.Errorf("identity %+v", way.Identity)
				}
				for _, e := range w.store.events[c.ID] {
					if strings.Contains(fmt.Sprintf("%+v", e.Body), "Marker") {
						t.Error("the name stands among the words for officers")
					}
				}
				if s := w.session(sam); s.Opened != nil || strings.Contains(fmt.Sprint(s.Sent), "Marker") {
					t.Errorf("%+v", s)
				}
				if list := w.says(sam, "/status"); !strings.Contains(list, string(c.Ref)) {
					t.Errorf("it is not in the list:\n%s", list)
				}
				if from.Nameless() {
					if !strings.Contains(w.shows(sam), w.book.Label("en", "intake.receipt_over")) {
						t.Error("nothing is said of the receipt")
					}
					if got := w.says(sam+1, receipt); !strings.Contains(got, w.book.Label("en", "intake.receipt_unknown")) {
						t.Errorf("the receipt still opens it:\n%s", got)
					}
				}
			})
		}
	}
}

func TestReachMeQuietly(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, receipt := w.saved(sam, cases.Dark)
		w.shown(sam, c, receipt)
		w.press(sam, "intake.button.who")
		w.press(sam, "intake.button.reach")
		if c.Mode != cases.Dark {
			t.Fatal("done without asking")
		}
		w.press(sam, "intake.button.reach_yes")
		if c.Mode != cases.Anonymous || parts(w.store.ways[c.ID]) != held[cases.Anonymous] {
			t.Fatalf("is %s, keeps %s", c.Mode, parts(w.store.ways[c.ID]))
		}
		if got := w.press(sam, "intake.button.open_case"); !strings.Contains(got, string(c.Ref)) {
			t.Errorf("the case is not open:\n%s", got)
		}
		if got := w.says(sam+1, receipt); !strings.Contains(got, string(c.Ref)) {
			t.Errorf("the receipt is no longer good:\n%s", got)
		}
	})
}

func TestDestroyWhatIWrote(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, receipt := w.saved(sam, cases.Anonymous)
		w.shown(sam, c, receipt)
		w.press(sam, "intake.button.withdraw")
		w.says(sam, "skip", "send")
		w.press(sam, "intake.button.open_case")
		w.press(sam, "intake.button.who")
		w.press(sam, "intake.button.shred")
		if c.Shredded {
			t.Fatal("done without asking")
		}
		got := w.press(sam, "intake.button.shred_yes")
		if !c.Shredded || !strings.Contains(got, w.book.T(w.lang, "intake.shredded", "Ref", string(c.Ref))) {
			t.Errorf("shredded %v:\n%s", c.Shredded, got)
		}
		if s := w.session(sam); s.Opened != nil || s.Screen != (flows.Screen{}) {
			t.Errorf("something lingers: %+v", s)
		}
		if got := w.says(sam, receipt); !strings.Contains(got, w.book.Label(w.lang, "intake.receipt_unknown")) {
			t.Errorf("the receipt opens something:\n%s", got)
		}
	})
}

// TestOneReceiptAtATime: a receipt that is not saved is never replaced by another one.
func TestOneReceiptAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	named, _ := w.saved(sam, cases.Named)
	w.shown(sam, named, "")
	w.says(sam, "/forget")
	w.press(sam, "intake.button.forget_dark")
	w.press(sam, "forget.dark.ok")
	forget := w.session(sam).Drafts[0]
	w.says(sam, "/exit")
	_, receipt := w.file(sam, cases.Dark, false)
	w.pressData(sam, 1, forget.Data(flows.OpSubmit, ""))
	if named.Mode != cases.Named || w.session(sam).Filed.Receipt != receipt {
		t.Errorf("the case is %s and the receipt that waits %q", named.Mode, w.session(sam).Filed.Receipt)
	}
	w.press(sam, "intake.button.saved")
	w.pressData(sam, w.next, "h.resume."+forget.Nonce)
	w.press(sam, "way.send")
	if named.Mode != cases.Dark {
		t.Errorf("is %s afterwards:\n%s", named.Mode, w.shows(sam))
	}
}

// TestOpenedEnds: what a receipt opened is forgotten when its time is over.
func TestOpenedEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	c, receipt := w.saved(sam, cases.Anonymous)
	w.shown(sam, c, receipt)
	if s := w.session(sam); s.Opened == nil {
		t.Fatal("the receipt opened nothing")
	}
	w.store.now = w.store.now.Add(31 * time.Minute)
	if got := w.says(sam, "Are you there?"); strings.Contains(got, string(c.Ref)) {
		t.Errorf("shows the case:\n%s", got)
	}
	if s := w.session(sam); s.Opened != nil || s.Screen.Arg != "" {
		t.Errorf("something lingers: %+v", s)
	}
}
