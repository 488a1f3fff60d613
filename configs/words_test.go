package configs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/cases"
)

// notByHand are the actions that no officer does with a button that says its name.
var notByHand = []cases.Action{
	cases.Open, cases.List, cases.Answer, cases.Add, cases.Satisfy, cases.AskSecondLook, cases.AskFinalReview, cases.Rate,
	cases.SetCheckIn, cases.CheckIn, cases.Withdraw, cases.Reveal, cases.Lower, cases.Shred, cases.Enqueue, cases.Warn,
	cases.Settle, cases.Lapse, cases.LapseTransfer, cases.JoinGuest, cases.Remind, cases.Miss, cases.Relay, cases.AskCheckIn,
	cases.JoinAs, cases.Leave,
}

// TestTheLifeOfACaseHasWords wants words for whatever a case may hold, on both sides, in every language.
func TestTheLifeOfACaseHasWords(t *testing.T) {
	t.Parallel()
	var keys []string
	add := func(prefix string, names ...string) {
		for _, n := range names {
			keys = append(keys, prefix+n)
		}
	}
	for _, s := range cases.Statuses() {
		add("desk.status.", string(s))
		add("status.", string(s))
	}
	for _, k := range cases.EventKinds() {
		add("desk.event.", string(k))
		add("desk.event_name.", string(k))
		add("event.", string(k))
	}
	for _, a := range cases.Actions() {
		if slices.Contains(notByHand, a) {
			continue
		}
		kind, ok := cases.KindOf(a)
		if !ok {
			t.Errorf("%s leaves no event", a)
		}
		add("desk.done.", string(kind))
		if a == cases.AskCustody || a == cases.OpenCustody {
			for _, what := range cases.Custodies() {
				add("desk.move.", string(a)+"_"+what)
			}
			continue
		}
		add("desk.move.", string(a))
	}
	for _, r := range cases.Roles() {
		add("desk.role.", string(r))
		add("desk.whoami.", string(r))
	}
	sides := []string{cases.SideReporter, cases.SideOther}
	missed := []string{"transfer", "unassigned", "panel", "late", "away"}
	add("desk.outcome.", cases.Outcomes()...)
	add("desk.vote.", cases.Votes()...)
	add("desk.way.", cases.Ways()...)
	add("desk.rating.", cases.Ratings()...)
	add("desk.link.", append(cases.LinkCodes(), "split", "merged", "retaliation")...)
	add("desk.guest.", cases.GuestCounsel, cases.GuestOther)
	add("desk.side.", append(slices.Clone(sides), "mediator")...)
	add("desk.checked_in.", cases.Retaliations()...)
	add("desk.missed.", missed...)
	add("desk.whom.", "owner", "lead")
	add("desk.ending.", "satisfied", "time_passed", "no_contact", "settled")
	add("code.proposed.", cases.Outcomes()...)
	add("code.redirected.", cases.Ways()...)
	add("code.rated.", cases.Ratings()...)
	add("code.second_look_answered.", cases.Looks()...)
	add("code.final_review_answered.", cases.Looks()...)
	add("looked.", string(cases.SecondLookAnswered), string(cases.FinalReviewAnswered))
	add("notice.reporter.", "filed", "relayed_"+cases.RelayEnded)
	add("code.consented.", sides...)
	add("code.agreed.", sides...)
	add("code.offered.", append(slices.Clone(sides), "mediator")...)
	add("code.checked_in.", cases.Retaliations()...)
	add("code.missed_reason.", missed...)

	c, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Procedures {
		for _, r := range p.Clocks {
			add("clock.", r.Name)
			add("desk.clock.", r.Name)
		}
	}
	for _, key := range append(keys, noticeKeys()...) {
		for _, lang := range c.Languages {
			if !c.Messages.Has(lang, key) {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
}

// noticeKeys are the words of all notices that events may send.
func noticeKeys() []string {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var keys []string
	for _, k := range cases.EventKinds() {
		for _, party := range []cases.Party{cases.Reporter, cases.Office, cases.System} {
			c := cases.Case{ID: "c", Mode: cases.Named, Owner: 7, Department: "hr", Status: cases.StatusInvestigating}
			c.Mediation.Mediator = 8
			c.Panel = cases.Panel{Members: []cases.OfficerID{8, 9}, Given: []cases.OfficerID{8, 9}, Quorum: 2}
			e := cases.Event{Case: "c", Seq: 2, Kind: k, At: now, By: cases.Actor{Party: party}, To: 9}
			e.Officers = []cases.OfficerID{9}
			for _, n := range cases.Notices(c, e) {
				key := "notice.desk." + string(k)
				switch {
				case n.To == cases.ToReporter:
					key = "notice.reporter." + string(k)
				case k == cases.Queued:
					key = "notice.desk.filed"
				}
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// TestNoticesAreAskedFor keeps the test above from passing because it asks for nothing.
func TestNoticesAreAskedFor(t *testing.T) {
	t.Parallel()
	keys := noticeKeys()
	for _, side := range []string{"notice.desk.", "notice.reporter."} {
		n := 0
		for _, key := range keys {
			if strings.HasPrefix(key, side) {
				n++
			}
		}
		if n < 25 {
			t.Errorf("%d keys under %s", n, side)
		}
	}
}
