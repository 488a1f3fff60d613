package cases

import (
	"slices"
	"testing"
)

func TestCan(t *testing.T) {
	t.Parallel()
	work := []Action{List, Open, Take, Note, Release, Reply, Accept, Decline, Redirect, Investigate, Ask, Close}
	leads := append(slices.Clone(work), Assign, Reopen)
	const free, mings, leaders = 0, 1, 3
	for name, tt := range map[string]struct {
		by      Actor
		owner   OfficerID
		allowed []Action
		refused Code
	}{
		"officer, own":              {ming, mings, work, NotAllowed},
		"officer, a colleague's":    {hua, mings, []Action{List, Open, Take, Note}, NotAllowed},
		"officer, nobody's":         {ming, free, []Action{List, Open, Take, Note}, NotAllowed},
		"officer, elsewhere":        {stranger, free, nil, NotFound},
		"owner moved away":          {stranger, stranger.Officer, nil, NotFound},
		"lead, own":                 {lead, leaders, leads, NotAllowed},
		"lead, an officer's":        {lead, mings, leads, NotAllowed},
		"lead, elsewhere":           {far, free, nil, NotFound},
		"admin":                     {admin, mings, []Action{List, Assign, Release}, NotAllowed},
		"admin of the department":   {Actor{Party: Office, Officer: 9, Role: RoleAdmin, Department: "hr"}, 9, []Action{List, Assign, Release}, NotAllowed},
		"reporter":                  {reporter, mings, []Action{Answer, Add, Withdraw, Rate}, NotAllowed},
		"system":                    {Actor{Party: System}, mings, nil, NotAllowed},
		"nobody":                    {Actor{}, free, nil, NotFound},
		"officer without account":   {Actor{Party: Office, Role: RoleLead, Department: "hr"}, free, nil, NotFound},
		"officer without role":      {Actor{Party: Office, Officer: 7, Department: "hr"}, free, nil, NotFound},
		"officer without any place": {Actor{Party: Office, Officer: 7, Role: RoleLead}, free, nil, NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Case{Department: "hr", Owner: tt.owner, Status: StatusReceived}
			for _, a := range Actions() {
				want := tt.refused
				if slices.Contains(tt.allowed, a) {
					want = ""
				}
				if got := CodeOf(Can(tt.by, a, c)); got != want {
					t.Errorf("%s: got %q, want %q", a, got, want)
				}
			}
		})
	}
	if CodeOf(Can(Actor{Party: Office, Officer: 7, Role: RoleLead}, Open, Case{})) != NotFound {
		t.Error("no department is not the same department")
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status Status
		by     Actor
		want   []Action
	}{
		"owner, received":        {StatusReceived, ming, []Action{Open, Accept, Decline, Redirect, Reply, Note, Release}},
		"owner, investigating":   {StatusInvestigating, ming, []Action{Open, Ask, Reply, Close, Note, Release}},
		"owner, closed":          {StatusClosed, ming, []Action{Open, Reply, Note}},
		"colleague, waiting":     {StatusWaiting, hua, []Action{Open, Note}},
		"lead, accepted":         {StatusAccepted, lead, []Action{Open, Investigate, Ask, Reply, Close, Note, Assign, Release}},
		"lead, closed":           {StatusClosed, lead, []Action{Open, Reply, Reopen, Note}},
		"lead, withdrawn":        {StatusWithdrawn, lead, []Action{Open, Note}},
		"admin, received":        {StatusReceived, admin, []Action{Assign, Release}},
		"admin, closed":          {StatusClosed, admin, nil},
		"stranger":               {StatusReceived, stranger, nil},
		"reporter, received":     {StatusReceived, reporter, []Action{Add, Withdraw}},
		"reporter, waiting":      {StatusWaiting, reporter, []Action{Answer, Add, Withdraw}},
		"reporter, closed":       {StatusClosed, reporter, []Action{Add, Rate}},
		"reporter, withdrawn":    {StatusWithdrawn, reporter, nil},
		"reporter, redirected":   {StatusRedirected, reporter, []Action{Add, Rate}},
		"reporter, not accepted": {StatusNotAccepted, reporter, []Action{Add, Rate}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Moves(at(t, tt.status), tt.by); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	c, _ := begun(t, Named)
	if got := Moves(c, hua); !slices.Equal(got, []Action{Open, Take, Note}) {
		t.Errorf("nobody's case: %v", got)
	}
}
