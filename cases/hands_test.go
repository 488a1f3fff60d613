package cases

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHands(t *testing.T) {
	t.Parallel()
	by := func(id OfficerID, role Role, k EventKind) Event {
		return Event{Kind: k, By: Actor{Party: Office, Officer: id, Role: role}}
	}
	convened := by(4, RoleOfficer, Convened)
	convened.Officers = []OfficerID{6, 5}
	mediating := by(4, RoleOfficer, Mediating)
	mediating.To = 8
	for name, tt := range map[string]struct {
		c      Case
		events []Event
		want   []OfficerID
	}{
		"nobody":              {Case{}, []Event{{Kind: Filed, By: system}, {Kind: Lapsed, By: system}}, nil},
		"owners and deputies": {Case{Work: Work{Owners: []OfficerID{3, 4}, Others: []OfficerID{2}}}, nil, []OfficerID{2, 3, 4}},
		"who answered":        {Case{}, []Event{by(4, RoleOfficer, Replied), by(4, RoleOfficer, Proposed)}, []OfficerID{4}},
		"a panel":             {Case{}, []Event{convened, by(6, RoleOfficer, Opined)}, []OfficerID{4, 5, 6}},
		"a mediator":          {Case{}, []Event{mediating}, []OfficerID{4, 8}},
		"who looked again":    {Case{}, []Event{by(7, RoleLead, SecondLookAnswered)}, []OfficerID{7}},
		"who met them":        {Case{}, []Event{by(9, RoleLeader, MetEvent)}, []OfficerID{9}},
		"who only read it": {Case{}, []Event{
			by(1, RoleLead, Opened), by(1, RoleLead, Assigned), by(2, RoleCustodian, CustodyGranted), by(3, RoleLeader, ExtensionGranted),
		}, nil},
		"the other side of a mediation": {Case{}, []Event{by(5, RoleGuest, Unsettled)}, nil},
	} {
		if got := tt.c.Hands(tt.events); !slices.Equal(tt.want, got) {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(tt.want, got))
		}
	}
}
