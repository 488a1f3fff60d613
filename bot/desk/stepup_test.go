package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"huiyin/cases"
)

func stepUp(o *cases.Organisation) { o.StepUp = true }

// app is the code app of an officer.
func (w *world) app(id cases.OfficerID) string {
	w.t.Helper()
	plain, err := lockbox{}.Open(id, w.store.apps[id])
	if err != nil {
		w.t.Fatal(err)
	}
	return string(plain)
}

func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.store.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// setUp lets an officer set a code app up and gives its secret.
func (w *world) setUp(lang string, id int64) string {
	w.t.Helper()
	w.says(id, "/code")
	m := w.chats[id][len(w.chats[id])-1]
	secret := m.buttons[0].Copy
	if secret == "" || !strings.Contains(m.text, secret) || !strings.Contains(m.text, "otpauth://totp/") || !m.protected {
		w.t.Fatalf("the secret, protected %v: %s", m.protected, m.text)
	}
	w.press(id, w.say(lang, "desk.button.stored"))
	for _, left := range w.chats[id] {
		if strings.Contains(left.text, secret) {
			w.t.Fatal("the message with the secret is still there")
		}
	}
	if w.store.apps[cases.OfficerID(id)] != nil {
		w.t.Fatal("kept before a code was typed")
	}
	if got := w.says(id, w.code(secret)); !strings.Contains(got, w.say(lang, "desk.code.done")) || strings.Contains(got, w.say(lang, "desk.code.delete")) {
		w.t.Fatal(got)
	}
	if got := w.app(cases.OfficerID(id)); got != secret {
		w.t.Fatalf("kept is %q", got)
	}
	return secret
}

// What is protected stays protected however it is edited, so the desk does not come in its place.
func TestTheDeskIsNotProtected(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "en", stepUp)
	w.says(officerID, "/code")
	secret := w.chats[officerID][len(w.chats[officerID])-1]
	w.press(officerID, w.say("en", "desk.button.home"))
	if now := w.chats[officerID][len(w.chats[officerID])-1]; now.protected || !slices.Contains(w.deleted, secret.id) {
		t.Errorf("deleted %v, want %d; the desk, protected %v:\n%s", w.deleted, secret.id, now.protected, now.text)
	}
}

func TestStepUp(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, lang, stepUp)
			if n, m := len(w.desk.Commands(lang, cases.RoleLead)), len(newWorld(t, lang).desk.Commands(lang, cases.RoleLead)); n != m+1 {
				t.Errorf("%d commands with codes, %d without", n, m)
			}
			ref := w.corruption(1, cases.Named)
			shows := func(got string) bool { return strings.Contains(got, "takes bribes") || strings.Contains(got, "Jing") }

			if got := w.says(probityID, "/case "+string(ref)); shows(got) || !strings.Contains(got, w.say(lang, "desk.code.none")) {
				t.Fatalf("without an app:\n%s", got)
			}
			if len(w.kinds(ref, cases.Opened)) != 0 {
				t.Error("a locked case is recorded as read")
			}
			secret := w.setUp(lang, probityID)
			if got := w.says(probityID, "/case "+string(ref)); !shows(got) {
				t.Errorf("right after a code:\n%s", got)
			}

			w.store.now = start.Add(15 * time.Minute)
			for _, show := range []string{"/case " + string(ref), string(ref), "/take " + string(ref)} {
				if got := w.says(probityID, show); shows(got) || !strings.Contains(got, w.say(lang, "desk.code.ask")[:9]) {
					t.Errorf("%s after 15 minutes:\n%s", show, got)
				}
			}
			short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
			for _, what := range []string{"case", "all", "past", "files", "file", "orig"} {
				if got := w.pressData(probityID, 1, "d."+what+"."+short+".1"); shows(got) {
					t.Errorf("%s after 15 minutes:\n%s", what, got)
				}
			}
			code := w.code(secret)
			typed := int(w.update) + 1
			if got := w.says(probityID, code[:3]+" "+code[3:]); !shows(got) {
				t.Errorf("a right code goes on to the case:\n%s", got)
			}
			if w.deleted[len(w.deleted)-1] != typed {
				t.Errorf("the code stands in the chat: deleted are %v, want %d", w.deleted, typed)
			}
		})
	}
}

func TestCodesAreNotGoodTwice(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "en", stepUp)
	secret := w.setUp("en", probityID)
	used := w.code(secret)
	w.says(probityID, "/code") // sure already: another app may be set up
	if w.says(probityID, "/start"); w.app(probityID) != secret {
		t.Fatal("an app that was not confirmed took the place of the old one")
	}
	if got := w.says(probityID, "/code "+used); !strings.Contains(got, "used already") {
		t.Errorf("a code used again:\n%s", got)
	}
	w.store.now = start.Add(30 * time.Second)
	if got := w.says(probityID, "/code "+used); !strings.Contains(got, "used already") {
		t.Errorf("half a minute later:\n%s", got)
	}
	if got := w.says(probityID, "/code "+w.code(secret)); !strings.Contains(got, "Right.") {
		t.Errorf("the next code:\n%s", got)
	}
}

func TestWrongCodes(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "en", stepUp)
	secret := w.setUp("en", probityID)
	ref := w.corruption(1, cases.Named)
	w.store.now = start.Add(time.Hour)
	w.says(probityID, "/case "+string(ref))
	wrong := "000000"
	for n := range 5 {
		got := w.says(probityID, wrong)
		if strings.Contains(got, "bribes") || strings.Contains(got, "No code is looked at") != (n == 4) {
			t.Fatalf("wrong code %d:\n%s", n+1, got)
		}
	}
	if got := w.says(probityID, w.code(secret)); strings.Contains(got, "bribes") {
		t.Errorf("a right code while codes are not looked at:\n%s", got)
	}
	w.store.now = w.store.now.Add(15 * time.Minute)
	if got := w.says(probityID, w.code(secret)); !strings.Contains(got, "bribes") {
		t.Errorf("a right code after the wait:\n%s", got)
	}
	if len(w.deleted) != 9 { // the key, and every code
		t.Errorf("%d messages left the chat", len(w.deleted))
	}
}

// A chat left open sets up no other app, and an administrator can have a lost one forgotten.
func TestAnotherApp(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "en", stepUp)
	secret := w.setUp("en", probityID)
	w.store.now = start.Add(time.Hour)
	if got := w.says(probityID, "/code"); strings.Contains(got, "otpauth") || !strings.Contains(got, "already") {
		t.Fatalf("without a code:\n%s", got)
	}
	w.says(probityID, w.code(secret))
	if m := w.chats[probityID][len(w.chats[probityID])-1]; !strings.Contains(m.text, "otpauth") {
		t.Fatalf("with one:\n%s", m.text)
	}
	w.says(adminID, "/officers")
	w.press(adminID, "Zhou")
	if got := w.press(adminID, "Forget the code app"); !strings.Contains(got, "is forgotten") || w.store.apps[probityID] != nil {
		t.Error(got)
	}
}

// Without being asked for by the organisation, nobody needs a code; and a stray one leaves the chat.
func TestNoStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.corruption(1, cases.Named)
	if got := w.says(probityID, "/case "+string(ref)); !strings.Contains(got, "bribes") {
		t.Error(got)
	}
	if got := w.says(probityID, "123 456"); !strings.Contains(got, "Nobody asked") || len(w.deleted) != 1 {
		t.Errorf("a stray code:\n%s", got)
	}
}

// Granting and opening what is sealed ask for a code too.
func TestStepUpForCustody(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "en", stepUp)
	ref := w.safety(1, cases.Confidential, false)
	w.ask("en", ref, "desk.move.custody_ask_identity")
	w.says(keeperID, "/start")
	w.press(keeperID, string(ref))
	w.press(keeperID, "Grant")
	if got := w.press(keeperID, "Yes, grant it"); len(w.kinds(ref, cases.CustodyGranted)) != 0 || !strings.Contains(got, "code app") && !strings.Contains(got, "app on your phone") {
		t.Fatalf("granted without a code:\n%s", got)
	}
	w.setUp("en", keeperID)
	w.says(keeperID, "/start")
	w.press(keeperID, string(ref))
	w.press(keeperID, "Grant")
	w.press(keeperID, "Yes, grant it")
	w.says(leadID, "/case "+string(ref))
	w.press(leadID, "Open the identity")
	if got := w.press(leadID, "Yes, open it"); strings.Contains(got, "Jing") || len(w.kinds(ref, cases.CustodyOpened)) != 0 {
		t.Errorf("opened without a code:\n%s", got)
	}
}
