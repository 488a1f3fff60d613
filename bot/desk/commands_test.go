package desk_test

import (
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/flows"
)

// Every command for every role, in both languages. want is a key whose text must be in the answer;
// REF stands for a case of the safety department that the officer owns.
func TestCommands(t *testing.T) {
	t.Parallel()
	const officer, lead, admin, other, none = int64(officerID), int64(leadID), int64(adminID), int64(otherID), int64(stranger)
	for _, c := range []struct {
		words string
		want  map[int64]string
	}{
		{"/queue", map[int64]string{officer: "desk.queue.yours", lead: "desk.queue.taken", admin: "desk.queue.taken", other: "desk.queue.empty", none: "error.unknown_command"}},
		{"/mine", map[int64]string{officer: "desk.queue.yours", lead: "desk.queue.empty", other: "desk.queue.empty", none: "error.unknown_command"}},
		{"/due", map[int64]string{officer: "desk.queue.empty", admin: "desk.queue.empty", none: "error.unknown_command"}},
		{"/next", map[int64]string{officer: "desk.next.none", lead: "desk.next.none", admin: "error.not_allowed", other: "desk.next.none", none: "error.unknown_command"}},
		{"/case REF", map[int64]string{officer: "desk.card.said", lead: "desk.card.said", admin: "desk.card.outside", other: "error.not_found", none: "error.unknown_command"}},
		{"/case nonsense", map[int64]string{officer: "desk.not_a_reference", admin: "desk.not_a_reference", none: "error.unknown_command"}},
		{"/case", map[int64]string{officer: "desk.button.case", lead: "desk.offer.none", other: "desk.offer.none", none: "error.unknown_command"}},
		{"/take REF", map[int64]string{officer: "error.not_now", lead: "desk.taken_by", admin: "error.not_allowed", other: "error.not_found", none: "error.unknown_command"}},
		{"/release REF", map[int64]string{officer: "desk.done.released", lead: "desk.done.released", admin: "desk.done.released", other: "error.not_found", none: "error.unknown_command"}},
		{"/assign REF", map[int64]string{officer: "error.not_allowed", lead: "desk.assign.department", admin: "desk.assign.department", other: "error.not_found", none: "error.unknown_command"}},
		{"/reply REF", map[int64]string{officer: "desk_reply.words.ask", lead: "desk_reply.words.ask", admin: "error.not_allowed", other: "error.not_found", none: "error.unknown_command"}},
		{"/note REF", map[int64]string{officer: "desk_note.words.ask", lead: "desk_note.words.ask", admin: "error.not_allowed", other: "error.not_found", none: "error.unknown_command"}},
		{"/ask REF", map[int64]string{officer: "desk_ask.words.ask", admin: "error.not_allowed", other: "error.not_found", none: "error.unknown_command"}},
		{"/propose REF", map[int64]string{officer: "desk_propose.outcome.ask", lead: "desk_propose.outcome.ask", admin: "error.not_allowed", other: "error.not_found", none: "error.unknown_command"}},
		{"/close REF", map[int64]string{officer: "desk.not_as_it_stands", lead: "desk.not_as_it_stands", admin: "error.not_allowed", other: "error.not_found", none: "error.unknown_command"}},
		{"/status REF", map[int64]string{officer: "desk.standing.moves", lead: "desk.standing.moves", admin: "desk.standing.moves", other: "error.not_found", none: "error.unknown_command"}},
		{"/search 49P", map[int64]string{officer: "desk.queue.yours", other: "desk.button.search", none: "error.unknown_command"}},
		{"/search", map[int64]string{officer: "desk.search.ask", admin: "desk.search.ask_no_words", none: "error.unknown_command"}},
		{"/whoami", map[int64]string{officer: "desk.whoami.officer", lead: "desk.whoami.lead", admin: "desk.whoami.admin", none: "error.unknown_command"}},
		{"/help", map[int64]string{officer: "desk.help.rules", lead: "command.assign", admin: "command.assign", none: "error.unknown_command"}},
		{"/language", map[int64]string{officer: "desk.language.which", none: "error.unknown_command"}},
		{"/start", map[int64]string{officer: "desk.button.own", admin: "desk.button.own", none: "error.unknown_command"}},
	} {
		for _, lang := range []string{"en", "zh-Hans"} {
			for id, want := range c.want {
				t.Run(strings.ReplaceAll(lang+c.words, "/", "_")+"_"+string(rune('0'+id%10)), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, lang)
					ref := w.safety(1, cases.Named, false)
					w.says(officerID, "/next")
					w.press(officerID, w.say(lang, "desk.move.accept"))
					w.press(officerID, w.say(lang, "desk.button.home"))
					if id == none {
						w.sessions[w.Name("session", "7", "99")] = flowsSession(lang)
					}
					got := w.says(id, strings.ReplaceAll(c.words, "REF", strings.ToLower(string(ref))))
					got += w.last(id)
					text := w.book.T(lang, want, "Ref", string(ref), "Matter", w.say(lang, "complaint.kind.safety"),
						"Name", w.store.officers[officerID].Name, "Move", w.say(lang, "desk.move.close"), "Status", w.say(lang, "desk.status.accepted"))
					if !strings.Contains(html.UnescapeString(got), html.UnescapeString(text)) {
						t.Errorf("%s should say %s: %q\n%s", c.words, want, text, got)
					}
					if id == none && !slices.Contains(w.intake.asked, strings.Fields(c.words)[0][1:]) {
						t.Error("a stranger's command did not reach the reporters' side")
					}
				})
			}
		}
	}
}

func flowsSession(lang string) flows.Session { return flows.Session{Lang: lang} }

func TestCommandMenus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	for _, lang := range []string{"en", "zh-Hans"} {
		count := map[cases.Role]int{}
		for _, role := range cases.Roles() {
			for _, c := range w.desk.Commands(lang, role) {
				count[role]++
				if c.Description == "" || strings.Contains(c.Description, "command.") || len(c.Description) > 256 {
					t.Errorf("%s %s: /%s is described as %q", lang, role, c.Name, c.Description)
				}
			}
		}
		want := map[cases.Role]int{cases.RoleOfficer: 26, cases.RoleLead: 30, cases.RoleAdmin: 15, cases.RoleCustodian: 5,
			cases.RoleLeader: 11, cases.RoleGuest: 3}
		if diff := cmp.Diff(want, count); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

func TestNextTakesTheMostUrgentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.safety(1, cases.Named, false)
	urgent := w.safety(2, cases.Anonymous, true)
	w.says(officerID, "/start")
	at, data := w.data(officerID, "Take the most urgent")
	for range 2 { // the client sent the press again under another update id
		if got := w.pressData(officerID, at, data); !strings.Contains(got, string(urgent)) {
			t.Fatalf("not the urgent one:\n%s", got)
		}
	}
	if got := w.says(officerID, "/mine"); !strings.Contains(got, "My cases</b>: 1") {
		t.Errorf("one press took more than one case:\n%s", got)
	}
}

func TestQueueFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	for n := range 8 {
		w.safety(n+1, cases.Named, false)
	}
	if got := w.says(leadID, "/queue"); !strings.Contains(got, "Queue</b>: 8") {
		t.Fatal(got)
	}
	if got := w.press(leadID, "More (2 of 2)"); strings.Count(got, "HY-") != 2 {
		t.Errorf("the second page should hold two cases:\n%s", got)
	}
	w.says(leadID, "/take "+string(w.store.order[0]))
	w.says(leadID, "/queue")
	for _, step := range []struct{ press, want string }{
		{"Whose: all", "Queue</b>: 7"},
		{"Whose: nobody's", "My cases</b>: 1"},
		{"Whose: mine", "Queue</b>: 8"},
		{"Age: any", "Queue</b>: 0"},
		{"Age: 3 days", "Queue</b>: 0"},
		{"Age: 7 days", "Queue</b>: 0"},
		{"Age: 30 days", "Queue</b>: 8"},
		{"Due: any time", "Due</b>: 0"},
		{"Due: overdue", "Due</b>: 0"},
		{"Due: within", "Queue</b>: 8"},
		{"Kind: all", "Which kind"},
		{"Pay", "Queue</b>: 0"},
		{"Kind: Pay", "Which kind"},
		{"Safety", "Queue</b>: 8"},
		{"Show: open", "Queue</b>: 8"},
	} {
		if got := w.press(leadID, step.press); !strings.Contains(got, step.want) {
			t.Fatalf("%s should give %q:\n%s", step.press, step.want, got)
		}
	}
	if n := len(w.chats[leadID]); n != 3 {
		t.Errorf("filters made %d messages; they change the one", n)
	}
	w.says(adminID, "/queue")
	w.press(adminID, "Department: all")
	if got := w.press(adminID, "Human Resources"); !strings.Contains(got, "Queue</b>: 0") {
		t.Error(got)
	}
}

func TestListsHoldNoWordsAndNoNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.safety(1, cases.Named, true)
	w.store.now = start.Add(400 * 24 * time.Hour)
	for _, words := range []string{"/queue", "/due", "/search safety", "/take"} {
		got := w.says(officerID, words) + w.last(officerID)
		if strings.Contains(got, "Chen") || strings.Contains(got, "guard") || !strings.Contains(got, "DANGER") {
			t.Errorf("%s:\n%s", words, got)
		}
	}
	if got := w.says(officerID, "/queue"); !strings.Contains(got, "days late") {
		t.Errorf("a date that passed is not said:\n%s", got)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	const token = "abcdefghijklmnopqrstuvwxyz-_0123"
	w := newWorld(t, "en")
	w.store.invites[token] = cases.Officer{ID: 50, Name: "Sun", Role: cases.RoleOfficer, Department: "safety"}
	if got := w.says(98, "/start "+token); !strings.Contains(got, "Welcome, Sun. You are officer in Safety and Environment.") {
		t.Fatal(got)
	}
	for _, words := range []string{"/start " + token, "/start"} {
		if got := w.says(98, words); !strings.Contains(got, "Desk") {
			t.Errorf("%s again: %s", words, got)
		}
	}
	if len(w.menus) != 1 || w.menus[0] != "officer en" {
		t.Errorf("one menu is to be set, the role's: %q", w.menus)
	}
	if got := w.says(stranger, "/start "+token); !strings.Contains(got, "used already") {
		t.Error(got)
	}
	if got := w.says(stranger, "/start junk"); !strings.Contains(got, w.say(w.config.Languages[0], "error.unknown_command")) {
		t.Errorf("junk is the reporters' side's: %s", got)
	}
	if w.says(stranger, "/queue") != w.says(stranger, "/nonsense") {
		t.Error("an officer's command looks different from an unknown one")
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(officerID, "/language")
	if got := w.press(officerID, "简体中文"); !strings.Contains(got, "好的，用中文。") || w.store.officers[officerID].Language != "zh-Hans" {
		t.Error(got)
	}
	if len(w.menus) != 2 || w.menus[1] != "officer zh-Hans" {
		t.Errorf("the menu is to change its language: %q", w.menus)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Confidential, false)
	w.says(officerID, "/start")
	for _, c := range []struct{ words, want string }{
		{"hello", "Nothing was sent"},
		{strings.ToLower(strings.ReplaceAll(string(ref), "-", " ")), "What was said"},
		{"hello", "choose first"},
		{"/search", "Search"},
		{"安全", "HY-"},
		{"no such thing", "Nothing found"},
	} {
		if got := w.says(officerID, c.words); !strings.Contains(got, c.want) {
			t.Errorf("%q should give %q:\n%s", c.words, c.want, got)
		}
	}
}
