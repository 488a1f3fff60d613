package desk

import (
	"strings"

	"huiyin/cases"
)

// codeKeys are where the codes of events have their words.
var codeKeys = map[cases.EventKind]string{
	cases.ClosedEvent: "desk.outcome.", cases.Proposed: "desk.outcome.", cases.Concluded: "desk.outcome.",
	cases.NotAccepted: "desk_decline.reason.", cases.Redirected: "desk.way.", cases.Rated: "desk.rating.",
	cases.Lowered: "desk.mode.", cases.Revealed: "desk.mode.", cases.Joined: "desk.mode.", cases.Left: "desk.mode.",
	cases.CustodyAsked: "desk.custody.", cases.CustodyGranted: "desk.custody.",
	cases.CustodyRefused: "desk.custody.", cases.CustodyOpened: "desk.custody.",
	cases.SecondLookAnswered: "code.second_look_answered.", cases.FinalReviewAnswered: "code.final_review_answered.", cases.Opined: "desk.vote.",
	cases.Consented: "desk.side.", cases.Offered: "desk.side.", cases.Agreed: "desk.side.",
	cases.GuestInvited: "desk.guest.", cases.GuestJoined: "desk.guest.", cases.GuestLeft: "desk.guest.",
	cases.Linked: "desk.link.", cases.MetEvent: "desk.met.", cases.Undone: "desk.event_name.",
	cases.CheckInsSet: "desk.check_ins.", cases.CheckedIn: "desk.checked_in.",
}

// code says the code of an event in words. Codes come from flows too: an unknown one is said as it is.
func (r room) code(lang string, k cases.EventKind, code string) string {
	switch k {
	case cases.Missed, cases.ExtensionAsked, cases.ExtensionGranted, cases.ExtensionRefused:
		return r.clock(lang, code)
	case cases.Reminded:
		name, whom, _ := strings.Cut(code, ".")
		if key := "desk.whom." + whom; r.book.Has(lang, key) {
			return r.book.Label(lang, key, "Clock", r.clock(lang, name))
		}
		return r.clock(lang, name)
	case cases.Tagged, cases.Untagged:
		return code
	}
	if key := codeKeys[k] + code; codeKeys[k] != "" && r.book.Has(lang, key) {
		return r.book.Label(lang, key)
	}
	return strings.ReplaceAll(code, "_", " ")
}

// missed says why a date was missed, "" for no reason.
func (r room) missed(lang, reason string) string {
	if key := "desk.missed." + reason; reason != "" && r.book.Has(lang, key) {
		return r.book.Label(lang, key)
	}
	return strings.ReplaceAll(reason, "_", " ")
}
