package desk_test

import (
	"strings"
	"testing"

	"huiyin/cases"
)

func TestInvite(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		for _, role := range cases.Roles() {
			if role == cases.RoleGuest {
				continue // invited into a case, not to the house
			}
			t.Run(lang+"_"+string(role), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, lang)
				w.says(adminID, "/invite")
				w.press(adminID, w.say(lang, "desk.role."+string(role)))
				dept := ""
				if role == cases.RoleLeader {
					w.press(adminID, w.say(lang, "desk.every_department"))
				}
				if role.Placed() {
					dept = "hr"
					w.press(adminID, map[string]string{"en": "Human Resources", "zh-Hans": "人力资源部"}[lang])
				}
				if got := w.says(adminID, strings.Repeat("x", 65)); !strings.Contains(got, w.say(lang, "desk.staff.bad_name", "Max", 64)) {
					t.Errorf("a name too long:\n%s", got)
				}
				w.says(adminID, "Sun <Li>")
				m := w.chats[adminID][len(w.chats[adminID])-1]
				_, token, ok := strings.Cut(m.text, "https://t.me/b?start=")
				if !ok || !m.protected || !strings.Contains(m.text, "Sun &lt;Li&gt;") {
					t.Fatalf("the link, protected %v:\n%s", m.protected, m.text)
				}
				token, _, _ = strings.Cut(token, "\n")
				if o := w.store.invites[token]; o.Name != "Sun <Li>" || o.Role != role || o.Department != dept {
					t.Errorf("invited is %+v", o)
				}
				if got := w.says(adminID, "Somebody else"); strings.Contains(got, "t.me") {
					t.Errorf("words after the link made another:\n%s", got)
				}
				w.says(98, "/start "+token)
				if got := w.last(98); !strings.Contains(got, "Sun") {
					t.Errorf("they did not get in:\n%s", got)
				}
			})
		}
	}
}

func TestOnlyAdminsKeepAccounts(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{officerID, leadID, keeperID} {
		w := newWorld(t, "en")
		for _, words := range []string{"/officers", "/invite"} {
			if got := w.says(id, words); !strings.Contains(got, w.say("en", "error.not_allowed")) {
				t.Errorf("%s of %d:\n%s", words, id, got)
			}
		}
		for _, press := range []string{"d.offs", "d.off..4", "d.offr..4", "d.offy..4", "d.offf..4", "d.offc..4.admin", "d.inv", "d.inv...admin"} {
			w.says(id, "/start")
			if got := w.pressData(id, w.chats[id][len(w.chats[id])-1].id, press); !strings.Contains(got, w.say("en", "error.not_allowed")) {
				t.Errorf("%s of %d:\n%s", press, id, got)
			}
		}
		if o := w.store.officers[otherID]; o.Revoked || o.Role != cases.RoleOfficer {
			t.Errorf("%d changed an account", id)
		}
	}
}

func TestAdminsKeepTheirOwnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(adminID, "/officers")
	w.press(adminID, "Admin")
	if got := w.last(adminID); strings.Contains(got, "End access") || strings.Contains(got, "Change role") {
		t.Errorf("offered:\n%s", got)
	}
	for _, press := range []string{"d.offr..3", "d.offy..3", "d.offc..3.custodian"} {
		w.pressData(adminID, w.chats[adminID][len(w.chats[adminID])-1].id, press)
	}
	if o := w.store.officers[adminID]; o.Revoked || o.Role != cases.RoleAdmin {
		t.Errorf("the last administrator is %+v", o)
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.says(otherID, "/start")
	w.says(adminID, "/officers")
	w.press(adminID, "Zhao")
	w.press(adminID, "Change role or department")
	w.press(adminID, "lead")
	if got := w.press(adminID, "Safety and Environment"); !strings.Contains(got, "Zhao: lead · Safety and Environment.") {
		t.Fatal(got)
	}
	if got := w.says(otherID, "/case "+string(ref)); !strings.Contains(got, "guard of press") {
		t.Errorf("it does not hold at once:\n%s", got)
	}
	if w.menus[len(w.menus)-1] != "lead en" {
		t.Errorf("the menu did not follow: %q", w.menus)
	}
}

// Whoever has lost access finds nothing of the desk left: no case, no letter, no menu.
func TestRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	w.says(officerID, "/take "+string(ref))
	at, read := w.data(officerID, "Whole timeline")
	w.says(officerID, "/reply")
	w.says(officerID, "Half a letter.")
	form := w.chats[officerID][len(w.chats[officerID])-1]
	w.says(adminID, "/officers")
	w.press(adminID, "Li Na")
	w.press(adminID, "End access")
	if w.store.officers[officerID].Revoked {
		t.Fatal("it did not ask once")
	}
	if got := w.press(adminID, "Yes, end it"); !strings.Contains(got, "Li Na has no access any more.") || !w.store.officers[officerID].Revoked {
		t.Fatal(got)
	}
	for _, m := range w.chats[officerID] {
		m.text = "" // what stands in the chat stays there; nothing of it may come again
	}
	var got strings.Builder
	got.WriteString(w.pressData(officerID, at, read))
	for _, b := range form.buttons {
		got.WriteString(w.pressData(officerID, form.id, b.Data))
	}
	for _, words := range []string{"/case " + string(ref), "/queue", "/start", "/reply", "more words", string(ref)} {
		got.WriteString(w.says(officerID, words))
	}
	for _, secret := range []string{"guard of press", "Half a letter", "Safety and health", "Desk"} {
		if strings.Contains(got.String(), secret) {
			t.Errorf("shown after the access has ended: %q in\n%s", secret, got.String())
		}
	}
	s := w.sessions[w.Name("session", "7", "1")]
	if len(s.Drafts) != 0 || s.Office != nil || s.Active != "" || strings.HasPrefix(s.Screen.Name, "desk") {
		t.Errorf("left in the session: %+v", s)
	}
	if w.menus[len(w.menus)-1] != "none" || strings.Count(strings.Join(w.menus, " "), "none") != 1 {
		t.Errorf("menus: %q", w.menus)
	}
	if got := w.says(adminID, "/officers"); strings.Contains(got, "Li Na") {
		t.Errorf("still in the list:\n%s", got)
	}
}
