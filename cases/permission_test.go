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
		Acknowledge, Merge, Split, LinkTo, Propose, Mediate, EndMediation, Convene, Conclude, AnswerSecondLook, AnswerFinalReview,
		OfferTransfer, AskExtension, Tag, Untag, Undo, InviteGuest, DismissGuest, Raise, Meet,
	}
	look := []Action{List, Open, Take, Note, Recuse, Tag, Untag, LinkTo, Raise, Undo}
	leads := append(slices.Clone(work), Assign, Reopen, Hold, LiftHold, GrantExtension, RefuseExtension, Export)
	boss := Officer{ID: 12, Role: RoleLeader}.Actor()
	guest := Officer{ID: 11, Role: RoleGuest}.Actor()
	const free, mings, leaders = 0, 1, 3
	for name, tt := range map[string]struct {
		by      Actor
		owner   OfficerID
		allowed []Action
		refused Code
	}{
		"officer, own":            {ming, mings, work, NotAllowed},
		"officer, a colleague's":  {hua, mings, look, NotAllowed},
		"officer, nobody's":       {ming, free, look, NotAllowed},
		"officer, elsewhere":      {stranger, free, nil, NotFound},
		"owner moved away":        {stranger, stranger.Officer, nil, NotFound},
		"lead, own":               {lead, leaders, leads, NotAllowed},
		"lead, an officer's":      {lead, mings, leads, NotAllowed},
		"lead, elsewhere":         {far, free, nil, NotFound},
		"admin":                   {admin, mings, []Action{List, Assign, Release}, NotAllowed},
		"admin of the department": {Actor{Party: Office, Officer: 9, Role: RoleAdmin, Department: "hr"}, 9, []Action{List, Assign, Release}, NotAllowed},
		"reporter": {reporter, mings, []Action{
			Answer, Add, Withdraw, Rate, Lower, Reveal, Shred, Satisfy, AskSecondLook, AskFinalReview, Consent, Offer, Agree,
			EndMediation, SetCheckIn, CheckIn,
		}, NotAllowed},
		"system": {system, mings, []Action{
			Enqueue, Recuse, Warn, Shred, Settle, Lapse, LapseTransfer, JoinGuest, DismissGuest, Remind, Miss, Relay, AskCheckIn,
			JoinAs, Leave, Raise, LinkTo, Note, Assign,
		}, NotAllowed},
		"leader, not called":        {boss, free, nil, NotFound},
		"guest, not let in":         {guest, free, nil, NotFound},
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

// Beside the department, others may know of a case, each for what they are there for and no longer.
func TestCanForATime(t *testing.T) {
	t.Parallel()
	boss := Officer{ID: 12, Role: RoleLeader}.Actor()
	local := Officer{ID: 13, Role: RoleLeader, Department: "hr"}.Actor()
	elsewhere := Officer{ID: 14, Role: RoleLeader, Department: "safety"}.Actor()
	guest := Officer{ID: 11, Role: RoleGuest}.Actor()
	leads := []Action{List, Open, Note, Assign, GrantExtension, RefuseExtension, Meet}
	called := func(c *Case) { c.Major.Leaders = []OfficerID{3, 5, 6, 12} }
	watched := func(c *Case) { c.Watched = true }
	panel := func(c *Case) { c.Status, c.Panel.Members = StatusPanel, []OfficerID{5, 12} }
	mediation := func(c *Case) {
		c.Status, c.Mediation = StatusMediation, Mediation{Mediator: stranger.Officer, Other: guest.Officer}
	}
	deputy := func(c *Case) { c.Deputy = hua.Officer }
	inPlace := []Action{
		List, Open, Take, Acknowledge, Note, Reply, Accept, Decline, Redirect, Merge, Split, LinkTo, Investigate, Ask, Propose, Close,
		Mediate, EndMediation, Convene, Conclude, AnswerSecondLook, AnswerFinalReview, OfferTransfer, AskExtension, Tag, Untag, Undo,
		InviteGuest, DismissGuest, Raise, Meet, AskCustody, OpenCustody, Recuse,
	}
	colleague := []Action{List, Open, Take, Note, Recuse, Tag, Untag, LinkTo, Raise, Undo}
	counsel := func(c *Case) { c.Counsel.Officer = guest.Officer }
	for name, tt := range map[string]struct {
		by      Actor
		change  func(*Case)
		allowed []Action
	}{
		"offered":                      {stranger, func(c *Case) { c.Transfer.To = "safety" }, []Action{List, Open, Note, AcceptTransfer, RefuseTransfer}},
		"on the panel":                 {stranger, panel, []Action{List, Open, Opine}},
		"leader on the panel":          {boss, panel, []Action{List, Open, Opine}},
		"was on the panel":             {stranger, func(c *Case) { panel(c); c.Status = StatusInvestigating }, nil},
		"mediator":                     {stranger, mediation, []Action{List, Open, Offer, EndMediation, InviteGuest, DismissGuest}},
		"was mediator":                 {stranger, func(c *Case) { mediation(c); c.Status = StatusInvestigating }, nil},
		"other side":                   {guest, mediation, []Action{List, Consent, Offer, Agree, EndMediation}},
		"was other side":               {guest, func(c *Case) { mediation(c); c.Status = StatusClosed }, nil},
		"deputy":                       {hua, deputy, inPlace},
		"deputy who is a lead":         {lead, func(c *Case) { c.Deputy = lead.Officer }, append(slices.Clone(inPlace), Release, Assign, Reopen, GrantExtension, RefuseExtension, Hold, LiftHold, Export)},
		"deputy, recused":              {hua, func(c *Case) { deputy(c); c.Recused = []OfficerID{hua.Officer} }, nil},
		"deputy of nobody's case":      {hua, func(c *Case) { deputy(c); c.Owner = 0 }, colleague},
		"deputy, elsewhere":            {stranger, func(c *Case) { c.Deputy = stranger.Officer }, nil},
		"deputy who decided it":        {hua, func(c *Case) { deputy(c); c.Status, c.Barred = StatusSecondLook, []OfficerID{hua.Officer} }, colleague},
		"counsel":                      {guest, counsel, []Action{List, Open}},
		"counsel, recused":             {guest, func(c *Case) { counsel(c); c.Recused = []OfficerID{guest.Officer} }, nil},
		"leader called":                {boss, called, append(slices.Clone(leads), AckMajor)},
		"lead called":                  {far, called, []Action{List, Open, Note, AckMajor}},
		"officer cannot be called":     {stranger, called, nil},
		"leader of the house, watched": {boss, watched, leads},
		"leader of it, watched":        {local, watched, leads},
		"leader of another, watched":   {elsewhere, watched, nil},
		"leader, watched, restricted":  {boss, func(c *Case) { watched(c); c.Restricted = true }, nil},
		"leader called, unqueued":      {boss, func(c *Case) { called(c); c.Unqueued = true }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Case{Department: "hr", Owner: ming.Officer, Status: StatusInvestigating}
			tt.change(&c)
			for _, a := range Actions() {
				want := NotAllowed
				switch {
				case tt.allowed == nil:
					want = NotFound
				case slices.Contains(tt.allowed, a):
					want = ""
				}
				if got := CodeOf(Can(tt.by, a, c)); got != want {
					t.Errorf("%s: got %q, want %q", a, got, want)
				}
			}
		})
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status Status
		by     Actor
		want   []Action
	}{
		"owner, received":        {StatusReceived, ming, []Action{Open, Accept, Decline, Redirect, Reply, Note, Release, OfferTransfer, AskExtension, Merge, Split, LinkTo, Tag, Untag, InviteGuest, Raise, Meet, AskCustody, Recuse}},
		"owner, investigating":   {StatusInvestigating, ming, []Action{Open, Redirect, Ask, Reply, Propose, Convene, Mediate, Note, Release, OfferTransfer, AskExtension, Merge, Split, LinkTo, Tag, Untag, InviteGuest, Raise, Meet, AskCustody, Recuse}},
		"owner, closed":          {StatusClosed, ming, []Action{Open, Reply, Note, LinkTo, Tag, Untag, Meet, AskCustody, Recuse}},
		"colleague, waiting":     {StatusWaiting, hua, []Action{Open, Note, LinkTo, Tag, Untag, Raise, Recuse}},
		"lead, accepted":         {StatusAccepted, lead, []Action{Open, Redirect, Investigate, Ask, Reply, Propose, Convene, Mediate, Note, Assign, Release, OfferTransfer, AskExtension, Merge, Split, LinkTo, Tag, Untag, InviteGuest, Raise, Meet, Export, AskCustody, Hold, Recuse}},
		"lead, closed":           {StatusClosed, lead, []Action{Open, Reply, Reopen, Note, LinkTo, Tag, Untag, Meet, Export, AskCustody, Hold, Recuse}},
		"lead, withdrawn":        {StatusWithdrawn, lead, []Action{Open, Note, LinkTo, Tag, Untag, Meet, Export, AskCustody, Hold, Recuse}},
		"admin, received":        {StatusReceived, admin, []Action{Assign, Release}},
		"admin, closed":          {StatusClosed, admin, nil},
		"reporter, proposed":     {StatusProposed, reporter, []Action{Add, Satisfy, AskSecondLook, SetCheckIn, Withdraw, Lower}},
		"reporter, final":        {StatusFinal, reporter, []Action{Add, Rate, SetCheckIn, Lower}},
		"decided, second look":   {StatusSecondLook, ming, []Action{Open, Note, LinkTo, Tag, Untag, Raise, Recuse}},
		"other, second look":     {StatusSecondLook, hua, []Action{Open, Take, Note, LinkTo, Tag, Untag, Raise, Recuse}},
		"stranger":               {StatusReceived, stranger, nil},
		"custodian":              {StatusReceived, keeper, nil},
		"system, received":       {StatusReceived, system, []Action{Note, Assign, LinkTo, Raise, Recuse, JoinGuest, Remind, Miss, JoinAs}},
		"system, unread":         {StatusClosed, system, []Action{Note, LinkTo, Recuse}},
		"reporter, received":     {StatusReceived, reporter, []Action{Add, SetCheckIn, Withdraw, Lower}},
		"reporter, waiting":      {StatusWaiting, reporter, []Action{Answer, Add, SetCheckIn, Withdraw, Lower}},
		"reporter, closed":       {StatusClosed, reporter, []Action{Add, AskSecondLook, Rate, SetCheckIn, Lower}},
		"reporter, withdrawn":    {StatusWithdrawn, reporter, []Action{Lower, Shred}},
		"reporter, redirected":   {StatusRedirected, reporter, []Action{Add, Rate, SetCheckIn, Lower}},
		"reporter, not accepted": {StatusNotAccepted, reporter, []Action{Add, AskSecondLook, Rate, SetCheckIn, Lower}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Moves(at(t, tt.status), tt.by, day(3)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	c, _ := begun(t, Named)
	if got := Moves(c, hua, day(3)); !slices.Equal(got, []Action{Open, Take, Note, LinkTo, Tag, Untag, Raise, Recuse}) {
		t.Errorf("nobody's case: %v", got)
	}
	for mode, want := range map[Mode][]Action{
		Named: {Add, SetCheckIn, Withdraw, Lower}, Confidential: {Add, SetCheckIn, Withdraw, Reveal, Lower},
		Anonymous: {Add, SetCheckIn, Withdraw, Reveal, Lower}, Dark: {Add, SetCheckIn, Withdraw, Reveal},
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
			c.Transfer.Refused = maxRefused // whether it may go elsewhere at all is asked elsewhere
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
	if got := Moves(c, system, day(3)); !slices.Equal(got, []Action{Note, Assign, LinkTo, Raise, Recuse, Enqueue, JoinGuest, Remind, Miss, JoinAs}) {
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

func TestMayAskIn(t *testing.T) {
	t.Parallel()
	officer := func(id OfficerID, role Role, department string) Officer {
		return Officer{ID: id, Role: role, Department: department}
	}
	gone := officer(40, RoleOfficer, "hr")
	gone.Revoked = true
	for name, tt := range map[string]struct {
		o                Officer
		marked           bool
		panel, mediation bool // into an ordinary matter
		sealed           bool // into a confidential one's panel
	}{
		"colleague":                      {officer(2, RoleOfficer, "hr"), false, true, true, true},
		"lead":                           {officer(3, RoleLead, "hr"), false, true, true, true},
		"officer elsewhere":              {officer(5, RoleOfficer, "safety"), false, true, true, false},
		"officer of a marked department": {officer(5, RoleOfficer, "integrity"), true, true, true, true},
		"leader over all":                {officer(20, RoleLeader, ""), false, true, false, true},
		"leader of the department":       {officer(21, RoleLeader, "hr"), false, true, false, true},
		"leader of another":              {officer(22, RoleLeader, "safety"), false, true, false, false},
		"who convenes":                   {officer(8, RoleLead, "hr"), false, false, true, false},
		"owner":                          {officer(1, RoleOfficer, "hr"), false, false, true, false},
		"recused":                        {officer(9, RoleOfficer, "hr"), true, false, false, false},
		"revoked":                        {gone, true, false, false, false},
		"admin":                          {officer(4, RoleAdmin, "hr"), true, false, false, false},
		"guest":                          {officer(11, RoleGuest, ""), true, false, false, false},
	} {
		c := Case{Department: "hr", Owner: ming.Officer, Status: StatusInvestigating, Recused: []OfficerID{9}}
		by := officer(8, RoleLead, "hr").Actor()
		panel, mediation := c.MayAskIn(Convene, by, tt.o, tt.marked), c.MayAskIn(Mediate, by, tt.o, tt.marked)
		c.Restricted = true
		if sealed := c.MayAskIn(Convene, by, tt.o, tt.marked); panel != tt.panel || mediation != tt.mediation || sealed != tt.sealed {
			t.Errorf("%s: panel %v, mediation %v, panel of a confidential matter %v", name, panel, mediation, sealed)
		}
	}
}
