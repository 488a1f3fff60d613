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
	for _, k := range []EventKind{Accepted, NotAccepted, Redirected, Investigating, Asked, Replied, ClosedEvent, Reopened, CustodyOpened, WarnedEvent} {
		rows = append(rows,
			row{string(k), Event{Kind: k, By: ming}, Confidential, ming.Officer, toReporter},
			row{string(k) + ", anonymous", Event{Kind: k, By: ming}, Anonymous, ming.Officer, toReporter},
			row{string(k) + ", dark", Event{Kind: k, By: ming}, Dark, ming.Officer, nil})
	}
	for _, k := range []EventKind{Taken, Released, Noted, Opened, HeldEvent, HoldLifted, ShreddedEvent} {
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
	}
	shown := map[EventKind]bool{}
	for _, e := range Timeline(events, Reporter) {
		shown[e.Kind] = true
		if e.By != (Actor{Party: Office}) || e.To != 0 || e.Department != "" || e.Key != "" || e.Body == nil {
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
