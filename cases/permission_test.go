package cases

import (
	"slices"
	"testing"
)

func TestCan(t *testing.T) {
	t.Parallel()
	work := []Action{
		List, Open, Take, Note, Release, Reply, Accept, Decline, Redirect, Investigate, Ask, Close,
		AskCustody, OpenCustody, Recuse,
	}
	look := []Action{List, Open, Take, Note, Recuse}
	leads := append(slices.Clone(work), Assign, Reopen, Hold, LiftHold)
	const free, mings, leaders = 0, 1, 3
	for name, tt := range map[string]struct {
		by      Actor
		owner   OfficerID
		allowed []Action
		refused Code
	}{
		"officer, own":              {ming, mings, work, NotAllowed},
		"officer, a colleague's":    {hua, mings, look, NotAllowed},
		"officer, nobody's":         {ming, free, look, NotAllowed},
		"officer, elsewhere":        {stranger, free, nil, NotFound},
		"owner moved away":          {stranger, stranger.Officer, nil, NotFound},
		"lead, own":                 {lead, leaders, leads, NotAllowed},
		"lead, an officer's":        {lead, mings, leads, NotAllowed},
		"lead, elsewhere":           {far, free, nil, NotFound},
		"admin":                     {admin, mings, []Action{List, Assign, Release}, NotAllowed},
		"admin of the department":   {Actor{Party: Office, Officer: 9, Role: RoleAdmin, Department: "hr"}, 9, []Action{List, Assign, Release}, NotAllowed},
		"reporter":                  {reporter, mings, []Action{Answer, Add, Withdraw, Rate, Lower, Reveal, Shred}, NotAllowed},
		"system":                    {system, mings, []Action{Enqueue, Recuse, Warn, Shred}, NotAllowed},
		"custodian, unasked":        {keeper, free, nil, NotFound},
		"custodian, placed":         {warden, warden.Officer, nil, NotFound},
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
		"owner, received":        {StatusReceived, ming, []Action{Open, Accept, Decline, Redirect, Reply, Note, Release, AskCustody, Recuse}},
		"owner, investigating":   {StatusInvestigating, ming, []Action{Open, Ask, Reply, Close, Note, Release, AskCustody, Recuse}},
		"owner, closed":          {StatusClosed, ming, []Action{Open, Reply, Note, AskCustody, Recuse}},
		"colleague, waiting":     {StatusWaiting, hua, []Action{Open, Note, Recuse}},
		"lead, accepted":         {StatusAccepted, lead, []Action{Open, Investigate, Ask, Reply, Close, Note, Assign, Release, AskCustody, Hold, Recuse}},
		"lead, closed":           {StatusClosed, lead, []Action{Open, Reply, Reopen, Note, AskCustody, Hold, Recuse}},
		"lead, withdrawn":        {StatusWithdrawn, lead, []Action{Open, Note, AskCustody, Hold, Recuse}},
		"admin, received":        {StatusReceived, admin, []Action{Assign, Release}},
		"admin, closed":          {StatusClosed, admin, nil},
		"stranger":               {StatusReceived, stranger, nil},
		"custodian":              {StatusReceived, keeper, nil},
		"system, received":       {StatusReceived, system, []Action{Recuse}},
		"system, unread":         {StatusClosed, system, []Action{Recuse}},
		"reporter, received":     {StatusReceived, reporter, []Action{Add, Withdraw, Lower}},
		"reporter, waiting":      {StatusWaiting, reporter, []Action{Answer, Add, Withdraw, Lower}},
		"reporter, closed":       {StatusClosed, reporter, []Action{Add, Rate, Lower}},
		"reporter, withdrawn":    {StatusWithdrawn, reporter, []Action{Lower, Shred}},
		"reporter, redirected":   {StatusRedirected, reporter, []Action{Add, Rate, Lower}},
		"reporter, not accepted": {StatusNotAccepted, reporter, []Action{Add, Rate, Lower}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Moves(at(t, tt.status), tt.by, day(3)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	c, _ := begun(t, Named)
	if got := Moves(c, hua, day(3)); !slices.Equal(got, []Action{Open, Take, Note, Recuse}) {
		t.Errorf("nobody's case: %v", got)
	}
	for mode, want := range map[Mode][]Action{
		Named: {Add, Withdraw, Lower}, Confidential: {Add, Withdraw, Reveal, Lower},
		Anonymous: {Add, Withdraw, Reveal, Lower}, Dark: {Add, Withdraw, Reveal},
	} {
		if c, _ := begun(t, mode); !slices.Equal(Moves(c, reporter, day(3)), want) {
			t.Errorf("%s: %v", mode, Moves(c, reporter, day(3)))
		}
	}
}

// A confidential matter stays with the departments marked for such, and admins do not learn that it exists.
func TestRestricted(t *testing.T) {
	t.Parallel()
	f := filing(Named)
	f.Case.Restricted = true
	if _, err := f.Begin(book(), Quiet{}, day(1)); err != nil {
		t.Fatal(err)
	}
	local := Actor{Party: Office, Officer: 9, Role: RoleAdmin, Department: "hr"}
	for _, by := range []Actor{admin, local, stranger, far} {
		for _, a := range Actions() {
			if got := CodeOf(Can(by, a, f.Case)); got != NotFound {
				t.Errorf("%s by %+v: %q", a, by, got)
			}
		}
		if got := Moves(f.Case, by, day(3)); got != nil {
			t.Errorf("%+v may %v", by, got)
		}
	}
	for name, tt := range map[string]struct {
		act  Act
		want Code
	}{
		"inside":               {Act{Action: Assign, By: lead, To: hua.Officer, ToDepartment: "hr"}, ""},
		"to a marked one":      {Act{Action: Assign, By: lead, ToDepartment: "integrity", Marked: true}, ""},
		"to an unmarked one":   {Act{Action: Assign, By: lead, ToDepartment: "safety"}, NotAllowed},
		"to somebody unmarked": {Act{Action: Assign, By: lead, To: stranger.Officer, ToDepartment: "safety"}, NotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := f.Case
			_, err := c.Do(tt.act, book(), day(2))
			wantCode(t, err, tt.want)
		})
	}
}

// Before its slot has come, the case exists for its reporter alone.
func TestUnqueued(t *testing.T) {
	t.Parallel()
	f := filing(Anonymous)
	if _, err := f.Begin(book(), hours, day(1)); err != nil {
		t.Fatal(err)
	}
	c := f.Case
	for _, by := range []Actor{ming, lead, admin, keeper, far} {
		for _, a := range Actions() {
			if got := CodeOf(Can(by, a, c)); got != NotFound {
				t.Errorf("%s by %+v: %q", a, by, got)
			}
		}
	}
	if got := Moves(c, system, day(3)); !slices.Equal(got, []Action{Recuse, Enqueue}) {
		t.Errorf("the system may %v", got)
	}
	for _, a := range []Act{ready(Add, reporter), ready(Reveal, reporter), ready(Add, reporter), ready(Withdraw, reporter)} {
		if e := must(t, &c, a); len(Notices(c, e)) != 0 {
			t.Errorf("%s: the office is told %v", a.Action, Notices(c, e))
		}
	}
	if e := must(t, &c, Act{Action: Enqueue, By: system}); c.Unqueued || !slices.Equal(Notices(c, e), []Notice{
		{Case: c.ID, Seq: e.Seq, To: ToDepartment, State: Waiting},
	}) {
		t.Errorf("queued: %+v, %v", c, Notices(c, e))
	}
	if CodeOf(Can(ming, Open, c)) != "" {
		t.Error("the department does not see it")
	}
	_, err := c.Do(Act{Action: Enqueue, By: system}, book(), day(2))
	wantCode(t, err, NotNow)
}
