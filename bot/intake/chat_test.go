package intake_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"

	"huiyin/bot"
	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
)

// buzz renders the newest notice of a case and puts it into a chat, as the postman does.
func (w *world) buzz(chat int64, c *cases.Case) *message {
	w.t.Helper()
	events := w.store.events[c.ID]
	replies, err := w.intake.Notice(context.Background(), bot.Notice{
		Case: *c, Event: events[len(events)-1], Lang: w.lang, Quiet: c.Mode.Nameless() && !c.Prompt,
		Token: func(id string) string { return w.NewsToken(id, c.Colleague, address(chat)) },
	})
	if err != nil || len(replies) != 1 {
		w.t.Fatalf("%d messages, %v", len(replies), err)
	}
	w.next++
	m := &message{id: w.next, text: replies[0].HTML, protect: replies[0].Protect, buttons: slices.Concat(replies[0].Rows...)}
	w.chats[chat] = append(w.chats[chat], m)
	return m
}

// tap presses the only button of a message.
func (w *world) tap(chat int64, m *message) string {
	w.t.Helper()
	if len(m.buttons) != 1 || len(m.buttons[0].Data) > 64 {
		w.t.Fatalf("buttons %v", m.buttons)
	}
	return w.pressData(chat, m.id, m.buttons[0].Data)
}

// TestQuietNotice: the message on the lock screen tells nothing, is the same whatever happened, and turns into the case
// in its own chat only.
func TestQuietNotice(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, _ := w.saved(sam, cases.Anonymous)
		other, _ := w.saved(sam+1, cases.Anonymous)
		w.store.office(c.ID, cases.Act{Action: cases.Accept})
		first := w.buzz(sam, c)
		w.store.office(c.ID, cases.Act{Action: cases.Ask, Body: &cases.Body{Text: "MARKER of the office"}})
		second := w.buzz(sam, c)
		if first.text != second.text || first.text != w.book.Label(w.lang, "notice.quiet") || !second.protect {
			t.Errorf("%q, then %q, protected %v", first.text, second.text, second.protect)
		}
		all := second.text + second.buttons[0].Text + second.buttons[0].Data
		for _, tells := range []string{string(c.Ref), strings.ReplaceAll(string(c.Ref)[3:], "-", ""), c.ID, "MARKER", w.book.Label(w.lang, "complaint.kind."+c.Kind)} {
			if strings.Contains(all, tells) {
				t.Errorf("the quiet message tells %q", tells)
			}
		}

		stolen := w.pressData(sam+1, 1, second.buttons[0].Data)
		if strings.Contains(stolen, string(c.Ref)) || !strings.Contains(stolen, w.book.Label(w.lang, "intake.news_gone")) {
			t.Errorf("another chat opens it:\n%s", stolen)
		}
		before := len(w.chats[sam])
		w.tap(sam, second)
		if !strings.Contains(second.text, string(c.Ref)) || !strings.Contains(second.text, "MARKER of the office") || len(w.chats[sam]) != before {
			t.Errorf("the message did not turn into the case:\n%s", w.shows(sam))
		}
		if s := w.session(sam); s.Opened == nil || s.Opened.Case != c.ID {
			t.Errorf("opened %+v", s.Opened)
		}
		if got := w.press(sam, "intake.button.answer"); !strings.Contains(got, w.book.Label(w.lang, "answer.words.ask")) {
			t.Errorf("it cannot be answered:\n%s", got)
		}
		if got := w.pressData(sam, first.id, "n.news.junk"); strings.Contains(got, string(other.Ref)) {
			t.Errorf("junk opens something:\n%s", got)
		}
	})
}

// TestNewsAfterAChange: what a quiet message opens depends on what is kept when it is tapped.
func TestNewsAfterAChange(t *testing.T) {
	t.Parallel()
	for mode, opens := range map[cases.Mode]bool{cases.Dark: false, cases.Named: true} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "en")
			c, _ := w.saved(sam, cases.Anonymous)
			m := w.buzz(sam, c)
			act := cases.Act{Action: cases.Lower, Code: string(mode), Key: "k", By: cases.Actor{Party: cases.Reporter}}
			if mode == cases.Named {
				reporter := w.Name("reporter", "7", "42")
				act.Action, act.Way = cases.Reveal, cases.Way{Identity: &cases.Identity{}, Reporter: reporter[:], Address: []byte(address(sam))}
			}
			if _, _, _, err := w.store.ActByID(t.Context(), c.ID, act); err != nil {
				t.Fatal(err)
			}
			got := w.tap(sam, m)
			if strings.Contains(got, string(c.Ref)) != opens || w.session(sam).Opened != nil {
				t.Errorf("shows:\n%s", got)
			}
		})
	}
}

// TestPromptNotice: who chose that all goes at once reads what happened at once, and can answer.
func TestPromptNotice(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, _ := w.file(sam, cases.Anonymous, true)
		w.press(sam, "intake.button.saved")
		w.store.office(c.ID, cases.Act{Action: cases.Reply, Body: &cases.Body{Text: "Get out of there."}})
		m := w.buzz(sam, c)
		if !strings.Contains(m.text, "Get out of there.") || !m.protect {
			t.Errorf("%v %s", m.protect, m.text)
		}
		if got := w.tap(sam, m); !strings.Contains(got, string(c.Ref)) || !w.offers(sam, "intake.button.add") {
			t.Errorf("the case is not open:\n%s", got)
		}
	})
}

// TestDestructionIsAnnounced where no message can be sent: on the card, with the day.
func TestDestructionIsAnnounced(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, receipt := w.saved(sam, cases.Dark)
		w.store.office(c.ID, cases.Act{Action: cases.Open}) // words that nobody has read are not destroyed
		w.store.office(c.ID, cases.Act{Action: cases.Decline, Code: "not_ours", Body: &cases.Body{Text: "Ask elsewhere."}})
		ended := w.store.now
		r, _ := w.config.Org.Retention(c.Retention)
		w.store.now = ended.AddDate(0, 0, r.Keep-r.Warn)
		warn := cases.Act{Action: cases.Warn, By: cases.Actor{Party: cases.System}, Key: "warn"}
		if _, _, _, err := w.store.ActByID(t.Context(), c.ID, warn); err != nil {
			t.Fatal(err)
		}
		day := w.book.Day(w.lang, ended.AddDate(0, 0, r.Keep))
		if got := w.says(sam, receipt); !strings.Contains(got, w.book.T(w.lang, "intake.card_warned", "Day", day)) {
			t.Errorf("the card does not say %s:\n%s", day, got)
		}
	})
}

func TestClear(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		c, _ := w.saved(sam, cases.Named)
		w.says(sam+1, "/start")
		other := len(w.chats[sam+1])
		w.buzz(sam, c) // not remembered: the postman did not send it here
		if err := w.Add(t.Context(), w.Name("messages", "7", "42"), w.next); err != nil {
			t.Fatal(err)
		}
		before := len(w.chats[sam])
		w.says(sam, "/clear")
		left := w.chats[sam]
		if len(left) != 1 || left[0].text != w.book.Label(w.lang, "intake.cleared", "Count", before+1) {
			t.Errorf("left of %d and the command:\n%s", before, w.shows(sam))
		}
		if len(w.chats[sam+1]) != other {
			t.Error("another chat was touched")
		}
		w.press(sam, "intake.button.home") // the message turns into home
		w.says(sam, "/status")
		w.says(sam, "/clear")
		if len(w.chats[sam]) != 1 {
			t.Errorf("what came after the first time stays:\n%s", w.shows(sam))
		}
	})
}

// TestClearSparesTheReceipt: as long as nobody has saved it, it stays; then it goes with all the rest.
func TestClearSparesTheReceipt(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, w *world) {
		_, receipt := w.file(sam, cases.Dark, false)
		w.says(sam, "/clear")
		left := w.chats[sam]
		if len(left) != 2 || !strings.Contains(left[0].text, receipt) || !left[0].protect {
			t.Fatalf("left:\n%s", w.shows(sam))
		}
		w.press(sam, "intake.button.show_receipt")
		w.says(sam, "/clear")
		if n := strings.Count(w.shows(sam), receipt); n != 2 {
			t.Fatalf("%d receipts:\n%s", n, w.shows(sam))
		}
		w.press(sam, "intake.button.saved")
		if shown := w.shows(sam); strings.Contains(shown, receipt) || len(w.chats[sam]) != 2 {
			t.Errorf("left:\n%s", shown)
		}
		if w.session(sam).Filed != nil {
			t.Error("the receipt still waits")
		}
	})
}

func TestKeepTheChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	_, receipt := w.file(sam, cases.Anonymous, false)
	before := len(w.chats[sam])
	w.press(sam, "intake.button.keep_chat")
	if !w.session(sam).Filed.Keep || len(w.chats[sam]) != before || !w.offers(sam, "intake.button.keep_chat_not") {
		t.Fatalf("not turned in place:\n%s", w.shows(sam))
	}
	w.press(sam, "intake.button.keep_chat_not")
	w.press(sam, "intake.button.keep_chat")
	old := w.chats[sam][before-1]
	data := ""
	for _, b := range old.buttons {
		if strings.HasPrefix(b.Data, "h.saved.") {
			data = b.Data
		}
	}
	w.press(sam, "intake.button.saved")
	if shown := w.shows(sam); strings.Contains(shown, receipt) || !strings.Contains(shown, "Someone takes money") {
		t.Errorf("left:\n%s", shown)
	}
	// The button of an old receipt does not end a newer one.
	_, second := w.file(sam, cases.Dark, false)
	w.pressData(sam, 1, data)
	if f := w.session(sam).Filed; f == nil || f.Receipt != second || !strings.Contains(w.shows(sam), second) {
		t.Errorf("the newer receipt is gone:\n%s", w.shows(sam))
	}
}

// TestClearRefused: what Telegram does not let go is tried again by the next tap.
func TestClearRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(sam, "/start", "/status")
	before := len(w.chats[sam])
	w.refuse = &telegram.Error{Method: "deleteMessages", Class: telegram.RateLimited}
	if got := w.says(sam, "/clear"); !strings.Contains(got, "not all") || len(w.chats[sam]) != before+2 {
		t.Fatalf("says:\n%s", got)
	}
	w.says(sam, "/clear")
	if len(w.chats[sam]) != 1 {
		t.Errorf("left:\n%s", w.shows(sam))
	}
}

// TestReceiptNeverStays: wherever a receipt is typed, it leaves the chat at once.
func TestReceiptNeverStays(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string]func(w *world, receipt string) *models.Update{
		"words": func(w *world, r string) *models.Update {
			return &models.Update{Message: w.types(sam, "it is "+r+" I think")}
		},
		"an edited message": func(w *world, r string) *models.Update {
			return &models.Update{EditedMessage: w.types(sam, r)}
		},
		"a caption": func(w *world, r string) *models.Update {
			m := w.types(sam, r)
			m.Text, m.Caption, m.Photo = "", r, []models.PhotoSize{{FileID: "f"}}
			return &models.Update{Message: m}
		},
		"a command": func(w *world, r string) *models.Update {
			m := w.types(sam, "/receipt "+r)
			m.Entities = []models.MessageEntity{{Type: models.MessageEntityTypeBotCommand, Length: 8}}
			return &models.Update{Message: m}
		},
	} {
		for _, good := range []bool{true, false} {
			for _, form := range []bool{true, false} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, "en")
					c, receipt := w.saved(sam, cases.Anonymous)
					if !good {
						receipt = "R999999999999"
					}
					if form {
						w.says(sam, "/file", "anonymous", "no", "corruption")
					}
					u := typed(w, receipt)
					w.update++
					u.ID = w.update
					id := w.next
					w.handle(u)
					if slices.ContainsFunc(w.chats[sam], func(m *message) bool { return m.id == id }) {
						t.Errorf("it stays:\n%s", w.shows(sam))
					}
					if strings.Contains(w.since(sam, id), string(c.Ref)) != good {
						t.Errorf("form %v, good %v: says\n%s", form, good, w.since(sam, id))
					}
					for _, d := range w.session(sam).Drafts {
						for _, a := range d.Answers {
							for _, p := range a.Parts {
								if strings.Contains(p.Text, receipt) {
									t.Error("a form took it in")
								}
							}
						}
					}
				})
			}
		}
	}
}

// TestClearIsOffered after every submission and when a case is shut.
func TestClearIsOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	c, receipt := w.saved(sam, cases.Anonymous)
	w.shown(sam, c, receipt)
	w.press(sam, "intake.button.add")
	w.says(sam, "More of it.", "done", "skip", "send")
	newest := w.chats[sam][len(w.chats[sam])-1]
	clear := w.book.Label("en", "intake.button.clear")
	has := func(m *message) bool {
		return slices.ContainsFunc(m.buttons, func(b text.Button) bool { return b.Text == clear })
	}
	if !has(newest) {
		t.Errorf("not after an addition:\n%s", w.shows(sam))
	}
	w.press(sam, "intake.button.open_case")
	w.press(sam, "intake.button.shut")
	if !has(newest) {
		t.Errorf("not after closing:\n%s", w.shows(sam))
	}
	w.saved(sam+1, cases.Named)
	if all := w.chats[sam+1]; !has(all[len(all)-1]) {
		t.Errorf("not after filing:\n%s", w.shows(sam+1))
	}
}
