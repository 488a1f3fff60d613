package desk_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"huiyin/bot"
	"huiyin/cases"
)

const (
	guestID  = 7
	adviceID = 8
)

// mediated is a world with a case in mediation: the officer owns it, somebody of another department mediates, and the
// other side is a guest. Counsel reads along.
func mediated(t *testing.T, lang string) (*world, cases.Case) {
	t.Helper()
	w := newWorld(t, lang)
	for _, id := range []cases.OfficerID{guestID, adviceID} {
		w.store.officers[id] = cases.Officer{ID: id, Name: "Guest", Role: cases.RoleGuest, Language: lang}
		key := w.Name("officer", idOf(id))
		w.store.keys[string(key[:])] = id
	}
	c := *w.store.cases[w.safety(1, cases.Named, false)]
	w.store.events[c.ID][0].Body.Text = "a secret word"
	by := func(id cases.OfficerID) cases.Actor { return w.store.officers[id].Actor() }
	system := cases.Actor{Party: cases.System}
	words := &cases.Body{Text: "words"}
	for i, a := range []cases.Act{
		{Action: cases.Take, By: by(officerID)}, {Action: cases.Accept, By: by(officerID)},
		{Action: cases.Note, By: by(officerID), Body: &cases.Body{Text: "an inside word"}},
		{Action: cases.Mediate, By: by(officerID), To: otherID, Body: words},
		{Action: cases.JoinGuest, By: system, To: guestID, Code: cases.GuestOther, Until: start.AddDate(0, 1, 0)},
		{Action: cases.JoinGuest, By: system, To: adviceID, Code: cases.GuestCounsel, Until: start.AddDate(0, 0, 7)},
		{Action: cases.Consent, By: cases.Actor{Party: cases.Reporter}}, {Action: cases.Consent, By: by(guestID)},
		{Action: cases.Offer, By: by(otherID), Body: &cases.Body{Text: "a settlement"}},
	} {
		a.Key = "set up " + idOf(cases.OfficerID(i))
		if _, _, _, err := w.store.Act(t.Context(), c.Ref, a); err != nil {
			t.Fatalf("%s: %v", a.Action, err)
		}
	}
	return w, *w.store.cases[c.Ref]
}

// Whatever a guest types or presses, nothing of the case shows but what is on the table, and nothing is done.
func TestTheTableIsAllThereIs(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		w, c := mediated(t, lang)
		ref := strings.ReplaceAll(strings.TrimPrefix(string(c.Ref), "HY-"), "-", "")
		version := w.store.cases[c.Ref].Version
		see := func(what, got string) {
			t.Helper()
			for _, secret := range []string{"secret", "inside", "Li Na", "Zhao", "Wang", w.say(lang, "desk.button.queue"), w.say(lang, "desk.button.next")} {
				if strings.Contains(got, secret) {
					t.Errorf("%s shows %q:\n%s", what, secret, got)
				}
			}
		}
		for _, words := range []string{
			"/start", "/queue", "/next", "/mine", "/due", "/search secret", "/case " + string(c.Ref), "/take " + string(c.Ref),
			"/note " + string(c.Ref), "/status " + string(c.Ref), "/assign " + string(c.Ref), "/officers", "/invite", "/whoami", "/help", string(c.Ref), "secret",
		} {
			see(words, w.says(guestID, words))
		}
		for _, p := range []string{
			"queue", "next..5", "kinds", "deps", "find", "offs", "inv", "all." + ref + ".1", "file." + ref + ".1", "files." + ref, "past." + ref,
			"take." + ref + ".9", "rel." + ref + ".9", "note." + ref, "reply." + ref, "asg." + ref, "asgd." + ref, "conv." + ref, "med." + ref,
			"col." + ref + "..c-", "colx." + ref + "..c-4-", "guest." + ref + ".9.counsel", "gstx." + ref + ".9.other_side", "do." + ref + "..take",
			"yes." + ref + ".9.recuse", "copen." + ref + ".9.identity", "orig." + ref + ".1", "hold." + ref, "concl." + ref,
		} {
			w.says(guestID, "/start")
			see(p, w.pressData(guestID, w.chats[guestID][len(w.chats[guestID])-1].id, "d."+p))
		}
		if now := w.store.cases[c.Ref].Version; now != version {
			t.Errorf("%d things were done", now-version)
		}
		// What is theirs to do, they can.
		w.says(guestID, "/start")
		got := w.press(guestID, w.say(lang, "together.button.agree"))
		if !strings.Contains(got, w.say(lang, "together.table.you_agree")) || !slices.Contains(w.store.cases[c.Ref].Mediation.Agreed, cases.SideOther) {
			t.Errorf("agreeing:\n%s", got)
		}
	}
}

// Counsel reads the case, is not told who filed it, and does nothing.
func TestCounselReadsOnly(t *testing.T) {
	t.Parallel()
	w, c := mediated(t, "en")
	w.says(adviceID, "/start")
	got := w.press(adviceID, string(c.Ref))
	if !strings.Contains(got, "a secret word") || !strings.Contains(got, w.say("en", "desk.card.who_elsewhere")) {
		t.Errorf("the card:\n%s", got)
	}
	events := w.store.events[c.ID]
	if e := events[len(events)-1]; e.Kind != cases.Opened || e.By.Officer != adviceID {
		t.Errorf("the reading is not on record: %+v", e)
	}
	for _, row := range w.chats[adviceID][len(w.chats[adviceID])-1].buttons {
		if strings.HasPrefix(row.Data, "d.note") || strings.HasPrefix(row.Data, "d.queue") {
			t.Errorf("counsel has the button %s", row.Text)
		}
	}
	if !w.chats[adviceID][len(w.chats[adviceID])-1].protected {
		t.Error("counsel can pass the card on")
	}
}

// Guests are told what concerns the table, with its words, and nothing of anything else.
func TestGuestsNotices(t *testing.T) {
	t.Parallel()
	w, c := mediated(t, "en")
	guest, adviser, mediator := w.store.officers[guestID], w.store.officers[adviceID], w.store.officers[otherID]
	notice := func(o cases.Officer, c cases.Case, e cases.Event) string {
		t.Helper()
		replies, err := w.desk.Notice(t.Context(), bot.Notice{Case: c, Event: e, Officer: &o, Lang: "en", Now: start})
		if err != nil {
			t.Fatal(err)
		}
		if len(replies) == 0 {
			return ""
		}
		return replies[0].HTML
	}
	for _, e := range w.store.events[c.ID] {
		got := notice(guest, c, e)
		if e.Kind == cases.Offered && !strings.Contains(got, "a settlement") {
			t.Errorf("what is offered is not told: %q", got)
		}
		if strings.Contains(got, "secret") || strings.Contains(got, "inside") || (e.Kind == cases.Filed || e.Kind == cases.Noted) && got != "" {
			t.Errorf("of %s the other side is told %q", e.Kind, got)
		}
		if got := notice(adviser, c, e); got != "" {
			t.Errorf("of %s counsel is told %q", e.Kind, got)
		}
	}
	// It ends without them: the reporter takes the case back.
	if _, _, _, err := w.store.Act(t.Context(), c.Ref, cases.Act{Action: cases.Withdraw, By: cases.Actor{Party: cases.Reporter}, Key: "back"}); err != nil {
		t.Fatal(err)
	}
	after := *w.store.cases[c.Ref]
	e := w.store.events[c.ID][after.Version-1]
	var told []cases.OfficerID
	for _, n := range cases.Notices(after, e) {
		told = append(told, n.Officer)
	}
	if !slices.Contains(told, guestID) || !slices.Contains(told, otherID) || !slices.Contains(told, officerID) {
		t.Errorf("told: %v", told)
	}
	if got := notice(guest, after, e); !strings.Contains(got, "has ended") || strings.Contains(got, "withdr") {
		t.Errorf("the other side: %q", got)
	}
	if got := notice(mediator, after, e); !strings.Contains(got, "has ended") {
		t.Errorf("the mediator: %q", got)
	}
}

// Who is recused is not offered for a panel, of a confidential matter nobody outside marked departments is, and an old
// keyboard goes on after the session is gone.
func TestChoosingAPanel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.store.officers[50] = cases.Officer{ID: 50, Name: "Chief", Role: cases.RoleLeader, Language: "en"}
	w.store.officers[51] = cases.Officer{ID: 51, Name: "Named One", Role: cases.RoleOfficer, Department: "safety", Language: "en"}
	c := *w.store.cases[w.safety(1, cases.Named, false)]
	system := cases.Actor{Party: cases.System}
	for i, a := range []cases.Act{
		{Action: cases.Recuse, By: system, To: 51}, {Action: cases.Take, By: w.store.officers[officerID].Actor()},
		{Action: cases.Accept, By: w.store.officers[officerID].Actor()},
	} {
		a.Key = "set up " + idOf(cases.OfficerID(i))
		if _, _, _, err := w.store.Act(t.Context(), c.Ref, a); err != nil {
			t.Fatal(err)
		}
	}
	w.says(officerID, "/case "+string(c.Ref))
	got := w.press(officerID, w.say("en", "desk.move.convene"))
	for name, want := range map[string]bool{"Chief": true, "Wang": true, "Named One": false, "Li Na": false, "Zhao": false} {
		if strings.Contains(got+labels(w, officerID), name) != want {
			t.Errorf("%s is offered: %v\n%s", name, !want, labels(w, officerID))
		}
	}
	w.press(officerID, "Chief, leader")
	if strings.Contains(labels(w, officerID), w.say("en", "together.askin.go")) {
		t.Error("one is no panel")
	}
	w.press(officerID, "Wang <Wei>")
	if got := labels(w, officerID); !strings.Contains(got, w.say("en", "together.askin.go")) {
		t.Errorf("two are:\n%s", got)
	}
	w.press(officerID, w.say("en", "together.askin.go"))
	if got := w.last(officerID); !strings.Contains(got, "What shall they look at") {
		t.Errorf("the form:\n%s", got)
	}
	w.says(officerID, "Which of the two records is right?")
	w.press(officerID, "Done")
	w.press(officerID, "Send")
	if p := w.store.cases[c.Ref].Panel; !slices.Equal(p.Members, []cases.OfficerID{leadID, 50}) {
		t.Errorf("on the panel: %v", p.Members)
	}
}

func labels(w *world, id int64) string {
	var out []string
	for _, b := range w.chats[id][len(w.chats[id])-1].buttons {
		out = append(out, b.Text)
	}
	return strings.Join(out, "\n")
}

func idOf(id cases.OfficerID) string { return strconv.Itoa(int(id)) }
