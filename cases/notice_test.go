package cases

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	toReporter := []Notice{{Case: "c1", Seq: 5, To: ToReporter, State: Waiting}}
	toDepartment := []Notice{{Case: "c1", Seq: 5, To: ToDepartment, State: Waiting}}
	toOwner := []Notice{{Case: "c1", Seq: 5, To: ToOwner, Officer: ming.Officer, State: Waiting}}
	toHua := []Notice{{Case: "c1", Seq: 5, To: ToOfficer, Officer: hua.Officer, State: Waiting}}
	toCustodian := []Notice{{Case: "c1", Seq: 5, To: ToCustodian, State: Waiting}}
	type row struct {
		name  string
		event Event
		mode  Mode
		owner OfficerID
		want  []Notice
	}
	rows := []row{
		{"filed", Event{Kind: Filed, By: Actor{Party: System}}, Named, 0, toDepartment},
		{"answered, owned", Event{Kind: Answered, By: reporter}, Named, ming.Officer, toOwner},
		{"answered, nobody's", Event{Kind: Answered, By: reporter}, Named, 0, toDepartment},
		{"added", Event{Kind: Added, By: reporter}, Anonymous, ming.Officer, toOwner},
		{"withdrawn", Event{Kind: WithdrawnBy, By: reporter}, Named, ming.Officer, toOwner},
		{"rated", Event{Kind: Rated, By: reporter}, Named, 0, toDepartment},
		{"assigned", Event{Kind: Assigned, By: lead, To: hua.Officer}, Named, hua.Officer, toHua},
		{"assigned to oneself", Event{Kind: Assigned, By: lead, To: lead.Officer}, Named, lead.Officer, nil},
		{"queued", Event{Kind: Queued, By: system}, Anonymous, 0, toDepartment},
		{"owner recuses themself", Event{Kind: Recused, By: ming, To: ming.Officer}, Named, 0, toDepartment},
		{"colleague recuses themself", Event{Kind: Recused, By: hua, To: hua.Officer}, Named, ming.Officer, nil},
		{"recused by what was said", Event{Kind: Recused, By: system, To: ming.Officer}, Named, 0, nil},
		{"lowered, owned", Event{Kind: Lowered, By: reporter}, Dark, ming.Officer, toOwner},
		{"lowered, nobody's", Event{Kind: Lowered, By: reporter}, Dark, 0, nil},
		{"revealed, owned", Event{Kind: Revealed, By: reporter}, Named, ming.Officer, toOwner},
		{"revealed, nobody's", Event{Kind: Revealed, By: reporter}, Named, 0, nil},
		{"custody asked", Event{Kind: CustodyAsked, By: ming}, Confidential, ming.Officer, toCustodian},
		{"custody granted", Event{Kind: CustodyGranted, By: keeper, To: hua.Officer}, Confidential, ming.Officer, toHua},
		{"custody refused", Event{Kind: CustodyRefused, By: keeper, To: hua.Officer}, Confidential, ming.Officer, toHua},
		{"moved", Event{Kind: Assigned, By: lead, Department: "safety"}, Named, 0, toDepartment},
	}
	to := func(whom ...Notice) []Notice {
		for i := range whom {
			whom[i].Case, whom[i].Seq, whom[i].State = "c1", 5, Waiting
		}
		return whom
	}
	toLead := Notice{To: ToLead}
	rows = append(rows, []row{
		{"satisfied", Event{Kind: Satisfied, By: reporter}, Named, ming.Officer, toOwner},
		{"satisfied, nobody's", Event{Kind: Satisfied, By: reporter}, Dark, 0, toDepartment},
		{"transfer offered", Event{Kind: TransferOffered, By: ming, Department: "safety"}, Named, ming.Officer, toDepartment},
		{"transferred", Event{Kind: Transferred, By: far, Department: "safety"}, Named, 0, to(Notice{To: ToDepartment}, Notice{To: ToReporter})},
		{"transferred, dark", Event{Kind: Transferred, By: far, Department: "safety"}, Dark, 0, toDepartment},
		{"transfer refused", Event{Kind: TransferRefused, By: far, To: hua.Officer}, Named, ming.Officer, to(Notice{To: ToOfficer, Officer: hua.Officer}, toLead)},
		{"transfer lapsed", Event{Kind: TransferLapsed, By: system, To: hua.Officer}, Named, ming.Officer, to(Notice{To: ToOfficer, Officer: hua.Officer}, toLead)},
		{"extension asked", Event{Kind: ExtensionAsked, By: ming}, Named, ming.Officer, to(toLead)},
		{"extension refused", Event{Kind: ExtensionRefused, By: lead, To: hua.Officer}, Named, ming.Officer, toHua},
		{"extension granted", Event{Kind: ExtensionGranted, By: lead, To: hua.Officer}, Named, ming.Officer, to(Notice{To: ToOfficer, Officer: hua.Officer}, Notice{To: ToReporter})},
		{"convened", Event{Kind: Convened, By: ming, More: More{Officers: []OfficerID{ming.Officer, hua.Officer}}}, Named, ming.Officer, to(Notice{To: ToOfficer, Officer: hua.Officer}, Notice{To: ToReporter})},
		{"raised", Event{Kind: Raised, By: ming, More: More{Officers: []OfficerID{hua.Officer}}}, Named, ming.Officer, toHua},
		{"opined, not all", Event{Kind: Opined, By: hua}, Named, ming.Officer, nil},
		{"mediating", Event{Kind: Mediating, By: ming, To: hua.Officer}, Named, ming.Officer, to(Notice{To: ToOfficer, Officer: hua.Officer}, Notice{To: ToReporter})},
		{"mediation failed", Event{Kind: Unsettled, By: hua}, Named, ming.Officer, to(Notice{To: ToReporter}, Notice{To: ToOwner, Officer: ming.Officer})},
		{"settled", Event{Kind: Settled, By: system}, Named, ming.Officer, to(Notice{To: ToReporter}, Notice{To: ToOwner, Officer: ming.Officer})},
		{"consented", Event{Kind: Consented, By: reporter}, Named, ming.Officer, nil},
		{"offered", Event{Kind: Offered, By: hua}, Named, ming.Officer, toReporter},
		{"agreed", Event{Kind: Agreed, By: hua}, Dark, ming.Officer, nil},
		{"reminded", Event{Kind: Reminded, By: system, Code: "answer.owner"}, Named, ming.Officer, toOwner},
		{"reminded, nobody's", Event{Kind: Reminded, By: system, Code: "answer.owner"}, Named, 0, toDepartment},
		{"reminded, the lead", Event{Kind: Reminded, By: system, Code: "answer.lead"}, Named, ming.Officer, to(toLead)},
		{"missed", Event{Kind: Missed, By: system}, Named, ming.Officer, to(Notice{To: ToReporter}, Notice{To: ToOwner, Officer: ming.Officer}, toLead, Notice{To: ToLeader})},
		{"missed, dark, nobody's", Event{Kind: Missed, By: system}, Dark, 0, to(toLead, Notice{To: ToLeader})},
		{"second look", Event{Kind: SecondLookAsked, By: reporter}, Named, 0, toDepartment},
		{"final review", Event{Kind: FinalReviewAsked, By: reporter}, Named, 0, toDepartment},
		{"guest joined", Event{Kind: GuestJoined, By: system}, Named, ming.Officer, toOwner},
		{"joined", Event{Kind: Joined, By: system}, Named, ming.Officer, to(Notice{To: ToOwner, Officer: ming.Officer}, Notice{To: ToReporter})},
		{"joined, dark, nobody's", Event{Kind: Joined, By: system}, Dark, 0, nil},
		{"left, nobody's", Event{Kind: Left, By: system}, Named, 0, nil},
		{"checked in, all is well", Event{Kind: CheckedIn, Code: "ok", By: reporter}, Named, ming.Officer, nil},
		{"checked in, made to pay", Event{Kind: CheckedIn, Code: "bad", By: reporter}, Named, ming.Officer, to(toLead, Notice{To: ToLeader})},
		{"filed, split off", Event{Kind: Filed, By: system, More: More{Other: "c0"}}, Named, 0, []Notice{toDepartment[0], toReporter[0]}},
		{"guest left", Event{Kind: GuestLeft, By: system}, Named, ming.Officer, toOwner},
	}...)
	for _, k := range []EventKind{Accepted, NotAccepted, Redirected, Investigating, Asked, Replied, ClosedEvent, Reopened, CustodyOpened, WarnedEvent, Merged,
		Proposed, Lapsed, SecondLookAnswered, FinalReviewAnswered, Relayed, CheckInAsked} {
		rows = append(rows,
			row{string(k), Event{Kind: k, By: ming}, Confidential, ming.Officer, toReporter},
			row{string(k) + ", anonymous", Event{Kind: k, By: ming}, Anonymous, ming.Officer, toReporter},
			row{string(k) + ", dark", Event{Kind: k, By: ming}, Dark, ming.Officer, nil})
	}
	for _, k := range []EventKind{Taken, Released, Noted, Opened, HeldEvent, HoldLifted, ShreddedEvent, Concluded, SplitOff, Linked,
		Acknowledged, Tagged, Untagged, Undone, MetEvent, Exported, GuestInvited, MajorAcknowledged, CheckInsSet} {
		rows = append(rows, row{string(k), Event{Kind: k, By: hua}, Named, ming.Officer, nil})
	}
	seen := map[EventKind]bool{}
	for _, r := range rows {
		seen[r.event.Kind] = true
		r.event.Case, r.event.Seq = "c1", 5
		if diff := cmp.Diff(r.want, Notices(Case{ID: "c1", Mode: r.mode, Owner: r.owner, Status: StatusAccepted}, r.event)); diff != "" {
			t.Errorf("%s: %s", r.name, diff)
		}
	}
	gone := Case{ID: "c1", Status: StatusClosed, Mode: Named, Owner: ming.Officer, Shredded: true}
	if got := Notices(gone, Event{Case: "c1", Kind: Replied, By: ming}); got != nil {
		t.Errorf("shredded: %v", got)
	}
	ended := Case{ID: "c1", Status: StatusClosed, Mode: Named}
	if got := Notices(ended, Event{Case: "c1", Kind: Recused, By: ming, To: ming.Officer}); got != nil {
		t.Errorf("an ended case needs nobody: %v", got)
	}
	full := Case{ID: "c1", Mode: Named, Owner: ming.Officer, Status: StatusPanel}
	full.Panel = Panel{Members: []OfficerID{2, 5}, Given: []OfficerID{2, 5}, Quorum: 2}
	if diff := cmp.Diff(toOwner, Notices(full, Event{Case: "c1", Seq: 5, Kind: Opined, By: hua})); diff != "" {
		t.Errorf("the last opinion: %s", diff)
	}
	sides := Case{ID: "c1", Mode: Named, Owner: ming.Officer, Status: StatusMediation}
	sides.Mediation = Mediation{Mediator: hua.Officer, Other: 11}
	want := to(Notice{To: ToOfficer, Officer: hua.Officer}, Notice{To: ToOfficer, Officer: 11})
	if diff := cmp.Diff(want, Notices(sides, Event{Case: "c1", Seq: 5, Kind: Agreed, By: reporter})); diff != "" {
		t.Errorf("the reporter agrees: %s", diff)
	}
	for _, k := range EventKinds() {
		if !seen[k] {
			t.Errorf("nothing is said about %s", k)
		}
	}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	var events []Event
	for i, k := range EventKinds() {
		events = append(events, Event{
			Case: "c1", Seq: i + 1, Kind: k, By: lead, To: hua.Officer, Department: "hr", Key: "k", Body: words("w"),
			More: More{Officers: []OfficerID{2}, Other: "c2", Quorum: 2},
		})
	}
	if diff := cmp.Diff(events, Timeline(events, Office)); diff != "" {
		t.Error(diff)
	}
	if got := Timeline(events, System); got != nil {
		t.Errorf("the system sees %v", got)
	}
	inside := map[EventKind]bool{
		Taken: true, Released: true, Assigned: true, Noted: true, Opened: true, Queued: true, Recused: true,
		CustodyAsked: true, CustodyGranted: true, CustodyRefused: true, HeldEvent: true, HoldLifted: true,
		Concluded: true, SplitOff: true, Linked: true, Opined: true, Acknowledged: true, TransferOffered: true, TransferRefused: true,
		TransferLapsed: true, ExtensionAsked: true, ExtensionRefused: true, Tagged: true, Untagged: true, Undone: true,
		Exported: true, GuestInvited: true, GuestJoined: true, GuestLeft: true, Raised: true, MajorAcknowledged: true, Reminded: true,
	}
	wordless := map[EventKind]bool{Convened: true, Merged: true, MetEvent: true} // what colleagues tell each other
	shown := map[EventKind]bool{}
	for _, e := range Timeline(events, Reporter) {
		shown[e.Kind] = true
		if e.By != (Actor{Party: Office}) || e.To != 0 || e.Department != "" || e.Key != "" || (e.Body == nil) != wordless[e.Kind] ||
			e.Officers != nil || e.Other != "" || e.Quorum != 0 {
			t.Errorf("the reporter sees %+v", e)
		}
	}
	for _, k := range EventKinds() {
		if shown[k] == inside[k] || VisibleToReporter(k) == inside[k] {
			t.Errorf("%s: shown %v", k, shown[k])
		}
	}
	if events[0].By != lead {
		t.Error("the events themselves were changed")
	}
}
