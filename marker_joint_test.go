package main

import (
	"strconv"
	"strings"

	"huiyin/cases"
	"huiyin/sim"
	"huiyin/store/postgres"
)

// What the colleagues are marked with who join the case of a run.
const (
	plantedJoiner       = "Joinername Openmark"   // who joined by name
	plantedSealedJoiner = "Joinername Sealedmark" // who joined in confidence
	plantedJoinerID     = 7391739200              // the account of the first; the others' follow
	plantedJoined       = "I saw the joinedwords-mark too."
)

func joinMarkers() []marker {
	out := []marker{
		marked("colleague's name", plantedJoiner), marked("sealed colleague's name", plantedSealedJoiner), marked("colleague's words", "joinedwords-mark"),
	}
	for i := range cases.Modes() {
		out = append(out, markedID("colleague's id", int64(plantedJoinerID+i)))
	}
	return out
}

// join has a colleague of each mode join the case, and the officer look at who they are. They come through the store, with
// what their mode holds.
func (r *markerRun) join(own person) {
	t := r.h.t
	t.Helper()
	id := r.caseID()
	r.asIntake(func(store *postgres.Store) {
		for i, m := range cases.Modes() {
			token := cases.JoinToken([]byte("secret of the " + string(m) + " colleague"))
			if err := store.MakeJoinLink(t.Context(), id, token); err != nil {
				t.Fatal(err)
			}
			j := r.joining(m, int64(plantedJoinerID+i))
			if _, _, err := store.JoinCase(t.Context(), token, j); err != nil {
				t.Fatal(err)
			}
		}
	})
	r.say(own, "/case "+r.ref)
	r.press(own, "More", "Who joined (4)")
	r.others()
}

// joining is what a marked person brings who joins from a phone.
func (r *markerRun) joining(m cases.Mode, account int64) cases.Joining {
	t, keys := r.h.t, r.h.keys
	t.Helper()
	r.h.telegram.AddPhone(sim.Profile{ID: account, Name: "Joiner", Language: "en"}).Start("")
	bot, _, _ := strings.Cut(testToken, ":")
	chat := strconv.FormatInt(account, 10)
	j := cases.Joining{Draft: "joins-" + string(m), Mode: m, Language: "en", Body: &cases.Body{Text: plantedJoined}}
	if m.Reachable() {
		var err error
		if j.Address, err = keys.SealAddress([]byte(bot + "|" + chat)); err != nil {
			t.Fatal(err)
		}
	}
	if m.Nameless() {
		receipt := keys.NewReceipt([]byte("of the " + string(m) + " colleague"))
		lookup := keys.ReceiptLookup(receipt)
		j.Receipt = lookup[:]
		r.known = append(r.known, marked("colleague's receipt", receipt.String()))
		return j
	}
	name := keys.Name("reporter", bot, chat)
	j.Reporter = name[:]
	said := map[cases.Mode]string{cases.Named: plantedJoiner, cases.Confidential: plantedSealedJoiner}[m]
	j.Identity = &cases.Identity{Fields: []cases.Field{{Step: "who_name", Title: "complaint.who_name.title", Text: []string{said}}}}
	return j
}
