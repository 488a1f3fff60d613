package desk_test

import (
	"strings"
	"testing"
	"time"

	"huiyin/cases"
)

func limitedTo(n int) func(*cases.Organisation) {
	return func(o *cases.Organisation) { o.Limits = cases.Limits{OpenCases: n} }
}

func TestNobodyTakesMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		w := newWorldOf(t, lang, limitedTo(1))
		one, two, three := w.safety(1, cases.Named, false), w.safety(2, cases.Named, false), w.safety(3, cases.Named, false)
		w.says(officerID, "/take "+string(one))
		full := w.say(lang, "desk.full", "Count", 1)
		for _, words := range []string{"/take " + string(two), "/next"} {
			if got := w.says(officerID, words); !strings.Contains(got, full) {
				t.Errorf("%s %s:\n%s", lang, words, got)
			}
		}
		if w.store.cases[two].Owner != 0 {
			t.Errorf("%s: taken beyond the limit", lang)
		}
		// A lead is asked once more, and may.
		w.says(leadID, "/assign "+string(two))
		if got := w.press(leadID, "Li Na"); !strings.Contains(got, "1") || w.store.cases[two].Owner != 0 {
			t.Errorf("%s: given at once:\n%s", lang, got)
		}
		w.press(leadID, w.say(lang, "desk.assign.over"))
		if c := w.store.cases[two]; c.Owner != officerID || !c.Handed {
			t.Errorf("%s: not given: %+v", lang, c.Work)
		}
		// With words it is the same, asked before anything is written.
		w.says(leadID, "/assign "+string(three))
		w.press(leadID, w.say(lang, "desk.assign.with_words"))
		w.press(leadID, "Li Na")
		w.press(leadID, w.say(lang, "desk.assign.over"))
		w.says(leadID, "Please be quick.")
		w.press(leadID, w.say(lang, "way.done"))
		w.press(leadID, w.say(lang, "way.send"))
		if c := w.store.cases[three]; c.Owner != officerID {
			t.Errorf("%s: not given with words:\n%s", lang, w.last(leadID))
		}
		events := w.store.events[w.store.cases[three].ID]
		if e := events[len(events)-1]; e.Kind == cases.Assigned && (e.Body == nil || e.Body.Text != "Please be quick.") {
			t.Errorf("%s: the words are lost: %+v", lang, e)
		}
	}
}

// A case whose owner has as many as one may have is reopened when a lead says so twice, or for the queue.
func TestReopeningKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		for button, owner := range map[string]cases.OfficerID{"desk.reopen.over": officerID, "desk.reopen.queue": 0} {
			w := newWorldOf(t, lang, limitedTo(1))
			ended, other := w.safety(1, cases.Named, false), w.safety(2, cases.Named, false)
			w.says(officerID, "/take "+string(ended))
			for _, a := range []cases.Act{
				{Action: cases.Accept, By: w.store.officers[officerID].Actor()},
				{Action: cases.Propose, By: w.store.officers[officerID].Actor(), Code: "partly"},
				{Action: cases.Satisfy, By: cases.Actor{Party: cases.Reporter}},
			} {
				a.Key, a.Body = "end."+string(a.Action), &cases.Body{Text: "words"}
				if _, _, _, err := w.store.Act(t.Context(), ended, a); err != nil {
					t.Fatal(err)
				}
			}
			w.says(officerID, "/take "+string(other))
			w.says(leadID, "/case "+string(ended))
			if got := w.press(leadID, w.say(lang, "desk.move.reopen")); w.store.cases[ended].Status.Open() {
				t.Errorf("%s: reopened at once:\n%s", lang, got)
			}
			w.press(leadID, w.say(lang, button))
			if c := w.store.cases[ended]; !c.Status.Open() || c.Owner != owner {
				t.Errorf("%s %s: %s, owned by %d:\n%s", lang, button, c.Status, c.Owner, w.last(leadID))
			}
		}
	}
}

func TestOnlyLeadsAndThemselvesSayWhoIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(leadID, "/team")
	w.press(leadID, "Li Na")
	at, data := w.data(leadID, "Away until")
	for who, id := range map[string]int64{"another department's": otherID, "an admin": adminID, "a custodian": keeperID, "another lead": probityID} {
		w.says(id, "/start")
		w.pressData(id, at, data)
		if strings.Contains(w.last(id), "Li Na") {
			t.Errorf("%s officer:\n%s", who, w.last(id))
		}
	}
	w.pressData(officerID, at, data)
	for _, forged := range []string{"d.awayx..1.1-2", "d.awayx..zzzzzz.1-2", "d.awayx...1", "d.skill...1-xxx-1", "d.spready...1-5-x", "d.mate", "d.mate...2"} {
		w.pressData(officerID, at, forged)
	}
	o := w.store.officers[officerID]
	if !o.AwayUntil.IsZero() || len(o.Skills) != 0 {
		t.Errorf("forged presses did something: %+v", o)
	}
	w.says(officerID, "/away")
	w.press(officerID, "3 days")
	w.press(officerID, "Wang")
	o = w.store.officers[officerID]
	if want := time.Date(2026, 3, 5, 15, 59, 59, 0, time.UTC); !o.AwayUntil.Equal(want) || o.Deputy != leadID {
		t.Errorf("away until %v, deputy %d", o.AwayUntil, o.Deputy)
	}
}
