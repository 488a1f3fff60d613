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

// TestEveryReadingIsRecorded walks every way to a reporter's words, files and identity: each leaves a record, and
// where the record cannot be made nothing is shown.
func TestEveryReadingIsRecorded(t *testing.T) {
	t.Parallel()
	press := func(data string) func(*world, cases.Reference) string {
		return func(w *world, ref cases.Reference) string {
			short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
			return w.pressData(leadID, 0, fmt.Sprintf(data, short))
		}
	}
	say := func(words string) func(*world, cases.Reference) string {
		return func(w *world, ref cases.Reference) string {
			return w.says(leadID, strings.ReplaceAll(words, "REF", string(ref)))
		}
	}
	for name, open := range map[string]func(*world, cases.Reference) string{
		"command": say("/case REF"), "typed": say("REF"), "search": say("/search REF"), "take": say("/take REF"), "next": say("/next"),
		"card": press("d.case.%s"), "whole": press("d.all.%s.1"), "file": press("d.file.%s.1"), "files": press("d.files.%s"),
		"past": press("d.past.%s"), "do": press("d.do.%s..case"), "taken by a button": press("d.take.%s.1"),
		"shown again": func(w *world, ref cases.Reference) string {
			s := w.sessions[w.Name("session", "7", "2")]
			s.Screen.Name, s.Screen.Arg, s.Lang = "desk.case", string(ref), "en"
			s.MarkSeen(w.update + 1) // stored, and never answered
			w.sessions[w.Name("session", "7", "2")] = s
			return w.says(leadID, "anything")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "en")
			ref := w.safety(1, cases.Named, false)
			w.says(leadID, "/start")
			got := open(w, ref)
			if !regexp.MustCompile("guard of press|Chen|Second message|-1.pdf|File 1|filed").MatchString(got + w.last(leadID)) {
				t.Fatalf("this is no way to the words:\n%s", got)
			}
			opened := w.kinds(ref, cases.Opened)
			if len(opened) != 1 || opened[0].By.Officer != leadID {
				t.Errorf("the record: %+v", opened)
			}

			w = newWorld(t, "en")
			ref = w.safety(1, cases.Named, false)
			w.says(leadID, "/start")
			w.store.mute = func(a cases.Act) error {
				if a.Action == cases.Open {
					return &cases.Error{Code: cases.Changed}
				}
				return nil
			}
			if got := open(w, ref); regexp.MustCompile("guard of press|Chen|Second message|-1.pdf|File 1").MatchString(got + w.last(leadID)) {
				t.Errorf("shown without a record:\n%s", got)
			}
		})
	}

	t.Run("identity", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "en")
		ref := w.safety(1, cases.Confidential, false)
		w.ask("en", ref, "desk.move.custody_ask_identity")
		w.says(keeperID, "/start")
		w.press(keeperID, string(ref))
		w.press(keeperID, "Grant")
		w.press(keeperID, "Yes, grant it")
		w.says(leadID, "/case "+string(ref))
		w.press(leadID, "Open the identity")
		w.store.mute = func(a cases.Act) error {
			if a.Action == cases.OpenCustody {
				return &cases.Error{Code: cases.Changed}
			}
			return nil
		}
		if got := w.press(leadID, "Yes, open it"); strings.Contains(got, "Jing") {
			t.Errorf("shown without a record:\n%s", got)
		}
	})
}

// Of what an anonymous reporter did, no officer sees the hour, wherever they look; colleagues' own hours they see.
func TestHoursOfAnonymousReporters(t *testing.T) {
	t.Parallel()
	hour := regexp.MustCompile(`\d\d?:\d\d`)
	for _, mode := range cases.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "en")
			ref := w.safety(1, mode, true)
			w.store.now = start.Add(26 * time.Hour)
			add := cases.Act{Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Key: "add", Body: &cases.Body{Text: strings.Repeat("more ", 200)}}
			if _, _, _, err := w.store.Act(t.Context(), ref, add); err != nil {
				t.Fatal(err)
			}
			var seen strings.Builder
			for _, words := range []string{"/case " + string(ref), "/queue", "/due", "/search safety", "/status " + string(ref)} {
				seen.WriteString(w.says(leadID, words) + w.last(leadID))
			}
			w.says(leadID, "/case "+string(ref))
			seen.WriteString(w.press(leadID, "Whole timeline") + w.last(leadID))
			lead := w.store.officers[leadID]
			for i, e := range w.store.events[w.store.cases[ref].ID] {
				n := bot.Notice{Case: *w.store.cases[ref], Event: e, Lang: "en", Officer: &lead, Now: w.store.now}
				replies, err := w.desk.Notice(t.Context(), n)
				if err != nil {
					t.Fatal(i, err)
				}
				for _, r := range replies {
					seen.WriteString(r.HTML)
				}
			}
			// The lead's own readings keep their hour.
			rest := regexp.MustCompile(`[^\n]*you read it`).ReplaceAllString(seen.String(), "")
			if got := hour.FindString(rest); (got != "") == mode.Nameless() {
				t.Errorf("an hour in %q:\n%s", got, rest)
			}
			if !hour.MatchString(seen.String()) {
				t.Error("an office's own act has lost its hour")
			}
		})
	}
}

// What was dated to the day while its reporter was anonymous is not shown as midnight after they revealed themself.
func TestRevealedCaseKeepsItsDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Anonymous, false)
	c := w.store.cases[ref]
	c.Mode = cases.Named
	if got := w.says(leadID, "/case "+string(ref)); strings.Contains(got, "0:00") || !strings.Contains(got, "Filed: 2 March 2026,") {
		t.Error(got)
	}
}

// Every kind of event, act and delivery has words in both languages, in every mode.
func TestEveryEventHasWords(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		w := newWorld(t, lang)
		for _, k := range cases.EventKinds() {
			keys := []string{"desk.event." + string(k), "desk.event_name." + string(k)}
			for _, key := range keys {
				if !w.book.Has(lang, key) {
					t.Errorf("%s: no %s", lang, key)
				}
			}
		}
		for _, m := range cases.Modes() {
			for _, key := range []string{"desk.mode.", "desk.card.mode."} {
				if !w.book.Has(lang, key+string(m)) {
					t.Errorf("%s: no %s%s", lang, key, m)
				}
			}
		}
		for _, what := range cases.Custodies() {
			for _, key := range []string{"desk.custody.", "desk.move.custody_ask_", "desk.move.custody_open_", "desk.requests.then_"} {
				if !w.book.Has(lang, key+what) {
					t.Errorf("%s: no %s%s", lang, key, what)
				}
			}
		}
		for _, r := range cases.Roles() {
			for _, key := range []string{"desk.role.", "desk.whoami."} {
				if !w.book.Has(lang, key+string(r)) {
					t.Errorf("%s: no %s%s", lang, key, r)
				}
			}
		}
	}
}

// After half an hour away a case is not put up again by itself.
func TestIdle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		away time.Duration
		want bool
	}{{29 * time.Minute, true}, {31 * time.Minute, false}} {
		w := newWorld(t, "en")
		ref := w.safety(1, cases.Named, false)
		w.says(leadID, "/case "+string(ref))
		w.store.now = start.Add(c.away)
		s := w.sessions[w.Name("session", "7", "2")]
		s.MarkSeen(w.update + 1) // stored, and never answered
		w.sessions[w.Name("session", "7", "2")] = s
		if got := w.says(leadID, "anything"); strings.Contains(got, "guard of press") != c.want {
			t.Errorf("after %v:\n%s", c.away, got)
		}
	}
}

// Waiting and sent notices to anonymous reporters are told as what they are.
func TestQuietDeliveries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   cases.Mode
		prompt bool
		state  cases.Delivery
		want   string
	}{
		{cases.Anonymous, false, cases.Waiting, "goes out tomorrow at a drawn hour"},
		{cases.Anonymous, false, cases.Sent, "was told that there is news"},
		{cases.Anonymous, false, cases.Blocked, "not delivered: the reporter blocked the chat"},
		{cases.Anonymous, true, cases.Waiting, "on its way to the reporter"},
		{cases.Dark, false, cases.Waiting, "waits for the reporter to come back"},
		{cases.Named, false, cases.Waiting, "on its way to the reporter"},
	} {
		w := newWorld(t, "en")
		ref := w.safety(1, c.mode, true)
		w.store.cases[ref].Prompt = c.prompt
		w.says(leadID, "/take "+string(ref))
		w.press(leadID, "Accept")
		for i := range w.store.notices[w.store.cases[ref].ID] {
			w.store.notices[w.store.cases[ref].ID][i].State = c.state
		}
		got := w.says(leadID, "/case "+string(ref))
		if !strings.Contains(got, c.want) || strings.Contains(got, w.say("en", "desk.card.prompt")) != c.prompt {
			t.Errorf("%+v:\n%s", c, got)
		}
	}
}
