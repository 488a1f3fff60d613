package desk_test

import (
	"hash/fnv"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/bot"
	"huiyin/cases"
)

func TestRecuse(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lang)
			ref := w.safety(1, cases.Named, false)
			w.says(officerID, "/take "+string(ref))
			w.says(officerID, "/reply")
			w.says(officerID, "Half a letter.")
			if got := w.says(officerID, "/recuse "+string(ref)); !strings.Contains(got, w.book.T(lang, "desk.sure.recuse", "Ref", string(ref))) {
				t.Errorf("it does not ask once:\n%s", got)
			}
			if w.store.cases[ref].Recused != nil {
				t.Fatal("it did not wait for the answer")
			}
			got := w.press(officerID, w.say(lang, "desk.yes.recuse"))
			if !strings.Contains(got, w.say(lang, "desk.done.recused")) || strings.Contains(got, string(ref)) {
				t.Errorf("afterwards:\n%s", got)
			}
			if strings.Contains(w.last(officerID), string(ref)) {
				t.Errorf("the letter is still offered:\n%s", w.last(officerID))
			}
			c := *w.store.cases[ref]
			if len(c.Recused) != 1 || c.Recused[0] != officerID || c.Owner != 0 {
				t.Errorf("recused %v, owner %d", c.Recused, c.Owner)
			}
			told := false
			for _, n := range w.store.notices[c.ID] {
				if e := w.store.events[c.ID][n.Seq-1]; e.Kind == cases.Recused && n.To == cases.ToDepartment {
					told = true
				}
			}
			if !told {
				t.Error("colleagues are not told")
			}
		})
	}
}

// TestRecusedCaseDoesNotExist compares everything that an officer may ask with the answers of a house where the case
// never was.
func TestRecusedCaseDoesNotExist(t *testing.T) {
	t.Parallel()
	with, without := newWorld(t, "en"), newWorld(t, "en")
	ref := with.safety(1, cases.Named, true)
	for _, w := range []*world{with, without} {
		w.safety(2, cases.Anonymous, false) // something else to see
	}
	act := cases.Act{Action: cases.Recuse, By: cases.Actor{Party: cases.System}, To: officerID, Key: "names them"}
	if _, _, _, err := with.store.Act(t.Context(), ref, act); err != nil {
		t.Fatal(err)
	}
	short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	var words []string
	for _, c := range with.desk.Commands("en", cases.RoleLead) { // more than the role has
		words = append(words, "/"+c.Name, "/"+c.Name+" "+string(ref))
	}
	words = append(words, "/search "+short[:4], "/search safety", string(ref), "/start", "/officers", "/requests")
	for _, said := range words {
		a, b := with.says(officerID, said)+with.last(officerID), without.says(officerID, said)+without.last(officerID)
		if diff := cmp.Diff(b, a); diff != "" {
			t.Errorf("%s tells the case (-without +with):\n%s", said, diff)
		}
	}
	for _, what := range []string{
		"case", "all", "file", "files", "past", "do", "asg", "asgd", "asgo", "asgp", "take", "rel", "acc", "begin", "reo", "reply", "ask",
		"note", "close", "decl", "redir", "cask", "copen", "cgrant", "crefuse", "hold", "lift", "recuse", "orig", "origs", "yes",
	} {
		for _, word := range []string{"", ".1", ".1.1", ".1.take", ".1.recuse", ".1.identity"} {
			press := "d." + what + "." + short + word
			with.says(officerID, "/start")
			without.says(officerID, "/start")
			newest := func(w *world) int { return w.chats[officerID][len(w.chats[officerID])-1].id }
			a, b := with.pressData(officerID, newest(with), press), without.pressData(officerID, newest(without), press)
			if diff := cmp.Diff(b+without.last(officerID), a+with.last(officerID)); diff != "" {
				t.Errorf("%s tells the case (-without +with):\n%s", press, diff)
			}
		}
	}
	officer := with.store.officers[officerID]
	for _, kind := range cases.EventKinds() {
		n := bot.Notice{Case: *with.store.cases[ref], Event: cases.Event{Kind: kind, Seq: 2}, Lang: "en", Officer: &officer, Now: start}
		if got, err := with.desk.Notice(t.Context(), n); err != nil || len(got) != 0 {
			t.Errorf("%s: a notice tells %v, %v", kind, got, err)
		}
	}
}

// Whom the words name is not for an admin, who does not read the words.
func TestAdminDoesNotSeeWhoIsRecused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, false)
	act := cases.Act{Action: cases.Recuse, By: cases.Actor{Party: cases.System}, To: leadID, Key: "k"}
	if _, _, _, err := w.store.Act(t.Context(), ref, act); err != nil {
		t.Fatal(err)
	}
	for _, show := range []func() string{
		func() string { return w.says(adminID, "/case "+string(ref)) },
		func() string { return w.press(adminID, "Whole timeline") },
	} {
		if got := show(); strings.Contains(got, "Wei") {
			t.Errorf("an admin sees who is recused:\n%s", got)
		}
	}
	if got := w.says(officerID, "/case "+string(ref)); !strings.Contains(got, "Wei") {
		t.Errorf("a colleague who reads the case does not:\n%s", got)
	}
}

func TestConfidentialMatters(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "en", func(o *cases.Organisation) {
		o.Departments = append(o.Departments, cases.Department{ID: "audit", Name: map[string]string{"en": "Audit"}, Confidential: true})
	})
	ref := w.corruption(1, cases.Named)
	if got := w.says(adminID, "/case "+string(ref)); !strings.Contains(got, w.say("en", "error.not_found")) {
		t.Errorf("an admin:\n%s", got)
	}
	if got := w.says(adminID, "/queue"); strings.Contains(got, string(ref)) || !strings.Contains(got, "Queue</b>: 0") {
		t.Errorf("an admin's queue:\n%s", got)
	}
	w.says(probityID, "/assign "+string(ref))
	w.press(probityID, "To another department")
	if got := w.last(probityID); !strings.Contains(got, "[Audit]") || strings.Contains(got, "Human Resources") {
		t.Errorf("which department may be asked:\n%s", got)
	}
	asked, offer := w.data(probityID, "Audit")
	w.pressData(probityID, asked, offer[:strings.LastIndex(offer, ".")+1]+tagOf("hr"))
	if strings.Contains(w.last(probityID), "Why does the case belong") {
		t.Errorf("a forged offer:\n%s", w.last(probityID))
	}
	w.store.cases[ref].Transfer.Refused = 2
	w.says(probityID, "/assign "+string(ref))
	w.press(probityID, "To another department")
	if got := w.last(probityID); !strings.Contains(got, "[Audit]") || strings.Contains(got, "Human Resources") || !strings.Contains(got, w.say("en", "desk.assign.restricted")) {
		t.Errorf("where it may go:\n%s", got)
	}
	at, data := w.data(probityID, "Audit")
	forged := data[:strings.LastIndex(data, ".")+1] + tagOf("hr")
	if got := w.pressData(probityID, at, forged); !strings.Contains(got, w.say("en", "desk.assign.restricted")) || w.store.cases[ref].Department != "integrity" {
		t.Errorf("a forged press:\n%s", got)
	}
	if w.pressData(probityID, at, data); w.store.cases[ref].Department != "audit" {
		t.Errorf("it is with %s", w.store.cases[ref].Department)
	}
}

// tagOf is the tag of a department, as a button carries it.
func tagOf(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}
