package cases

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDoRefuses(t *testing.T) {
	t.Parallel()
	without := func(a Act, change func(*Act)) Act { change(&a); return a }
	noWords := func(a *Act) { a.Body = words(" \n") }
	noCode := func(a *Act) { a.Code = "" }
	for name, tt := range map[string]struct {
		status Status
		act    Act
		want   Code
	}{
		"stranger":              {StatusReceived, ready(Accept, stranger), NotFound},
		"permission first":      {StatusClosed, Act{Action: Accept, By: hua}, NotAllowed},
		"status before fields":  {StatusClosed, Act{Action: Close, By: ming}, NotNow},
		"list is no act":        {StatusReceived, Act{Action: List, By: ming}, NotNow},
		"unknown action":        {StatusReceived, Act{Action: "dance", By: ming}, NotAllowed},
		"take another's":        {StatusReceived, ready(Take, hua), AlreadyTaken},
		"take one's own":        {StatusReceived, ready(Take, ming), NotNow},
		"take a closed one":     {StatusClosed, ready(Take, hua), NotNow},
		"release another's":     {StatusReceived, ready(Release, hua), NotAllowed},
		"assign by officer":     {StatusReceived, ready(Assign, ming), NotAllowed},
		"assign closed":         {StatusClosed, ready(Assign, lead), NotNow},
		"assign to whom":        {StatusReceived, Act{Action: Assign, By: lead, ToDepartment: "hr"}, Incomplete},
		"assign where":          {StatusReceived, Act{Action: Assign, By: lead, To: 2}, Incomplete},
		"assign to the owner":   {StatusReceived, Act{Action: Assign, By: lead, To: 1, ToDepartment: "hr"}, NotNow},
		"decline why":           {StatusReceived, without(ready(Decline, ming), noCode), Incomplete},
		"decline, not a code":   {StatusReceived, without(ready(Decline, ming), func(a *Act) { a.Code = "Not ours" }), Incomplete},
		"decline words":         {StatusReceived, without(ready(Decline, ming), noWords), Incomplete},
		"redirect where":        {StatusReceived, without(ready(Redirect, ming), func(a *Act) { a.Code = "moon" }), Incomplete},
		"redirect words":        {StatusReceived, without(ready(Redirect, ming), noWords), Incomplete},
		"propose what":          {StatusAccepted, Act{Action: Propose, By: ming, Body: words("w")}, Incomplete},
		"close, who can answer": {StatusAccepted, ready(Close, ming), NotNow},
		"close words":           {StatusWaiting, without(ready(Close, ming), func(a *Act) { a.Body = nil }), Incomplete},
		"ask what":              {StatusAccepted, without(ready(Ask, ming), noWords), Incomplete},
		"ask twice":             {StatusWaiting, ready(Ask, ming), NotNow},
		"reply nothing":         {StatusAccepted, without(ready(Reply, ming), noWords), Incomplete},
		"reply to the gone":     {StatusWithdrawn, ready(Reply, lead), NotNow},
		"answer unasked":        {StatusInvestigating, ready(Answer, reporter), NotNow},
		"answer nothing":        {StatusWaiting, Act{Action: Answer, By: reporter}, Incomplete},
		"add after withdrawing": {StatusWithdrawn, ready(Add, reporter), NotNow},
		"rate too early":        {StatusAccepted, ready(Rate, reporter), NotNow},
		"rate how":              {StatusClosed, without(ready(Rate, reporter), noCode), Incomplete},
		"reopen by owner":       {StatusClosed, ready(Reopen, ming), NotAllowed},
		"reopen withdrawn":      {StatusWithdrawn, ready(Reopen, lead), NotNow},
		"reporter accepts":      {StatusReceived, ready(Accept, reporter), NotAllowed},
		"ask custody of what":   {StatusAccepted, without(ready(AskCustody, ming), noCode), Incomplete},
		"ask custody why":       {StatusAccepted, without(ready(AskCustody, ming), noWords), Incomplete},
		"ask for a known name":  {StatusAccepted, without(ready(AskCustody, ming), func(a *Act) { a.Code = CustodyIdentity }), NotNow},
		"open what":             {StatusAccepted, ready(OpenCustody, ming), NotNow},
		"hold why":              {StatusAccepted, without(ready(Hold, lead), noWords), Incomplete},
		"hold by officer":       {StatusAccepted, ready(Hold, ming), NotAllowed},
		"lift what":             {StatusAccepted, ready(LiftHold, lead), NotNow},
		"enqueue again":         {StatusAccepted, ready(Enqueue, system), NotNow},
		"recuse whom":           {StatusAccepted, Act{Action: Recuse, By: system}, Incomplete},
		"lower to more":         {StatusAccepted, Act{Action: Lower, By: reporter, Code: string(Named), Way: way(Named)}, Incomplete},
		"lower to what":         {StatusAccepted, Act{Action: Lower, By: reporter, Code: "dim", Way: way(Dark)}, Incomplete},
		"reveal what is known":  {StatusAccepted, ready(Reveal, reporter), NotNow},
		"warn of an open one":   {StatusAccepted, ready(Warn, system), NotNow},
		"warn, unread":          {StatusClosed, ready(Warn, system), NotNow},
		"shred an open one":     {StatusAccepted, ready(Shred, system), NotNow},
		"shred unwarned":        {StatusClosed, ready(Shred, system), NotNow},
		"shred unasked":         {StatusClosed, ready(Shred, reporter), NotNow},
		"officer shreds":        {StatusClosed, ready(Shred, lead), NotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := at(t, tt.status)
			before := c
			e, err := c.Do(tt.act, book(), day(3))
			wantCode(t, err, tt.want)
			if diff := cmp.Diff(before, c); diff != "" || !cmp.Equal(e, Event{}) {
				t.Errorf("an error changed the case: %s", diff)
			}
		})
	}
}

func TestReleaseNobodys(t *testing.T) {
	t.Parallel()
	c, _ := begun(t, Named)
	_, err := c.Do(ready(Release, lead), book(), day(2))
	wantCode(t, err, NotNow)
}

func TestWholeLife(t *testing.T) {
	t.Parallel()
	c, first := begun(t, Named)
	if c.Status != StatusReceived || c.Version != 1 || !c.Unread || c.Procedure != "default" || !c.Filed.Equal(day(1)) {
		t.Fatalf("filed as %+v", c)
	}
	if first.Kind != Filed || first.Key != "d1" || first.Body.Text != "what happened" || first.By.Party != System {
		t.Errorf("first event %+v", first)
	}
	e := must(t, &c, ready(Take, ming))
	if c.Owner != ming.Officer || e.Seq != 2 || e.Key != "k" || e.By != ming || e.Status != StatusReceived {
		t.Errorf("taken: %+v", e)
	}
	must(t, &c, ready(Open, hua))
	if !c.Unread {
		t.Error("a colleague's look counts as reading")
	}
	if e := must(t, &c, ready(Open, ming)); c.Unread || e.Body != nil {
		t.Errorf("opened: unread %v, %+v", c.Unread, e)
	}
	must(t, &c, ready(Accept, ming))
	must(t, &c, ready(Ask, ming))
	must(t, &c, ready(Answer, reporter))
	if !c.Unread || c.Status != StatusInvestigating {
		t.Errorf("answered: %+v", c)
	}
	must(t, &c, ready(Open, lead))
	if c.Unread {
		t.Error("the lead read it")
	}
	must(t, &c, ready(Add, reporter))
	must(t, &c, ready(Release, lead))
	must(t, &c, Act{Action: Assign, By: admin, To: stranger.Officer, ToDepartment: "safety"})
	if c.Department != "safety" || c.Owner != stranger.Officer || !c.Unread {
		t.Errorf("assigned: %+v", c)
	}
	_, err := c.Do(ready(Note, ming), book(), day(2))
	wantCode(t, err, NotFound)
	must(t, &c, Act{Action: Assign, By: admin, ToDepartment: "hr"})
	if c.Department != "hr" || c.Owner != 0 {
		t.Errorf("moved: %+v", c)
	}
	must(t, &c, ready(Reply, lead))
	must(t, &c, ready(Propose, lead))
	if c.Outcome != "settled" || !c.Status.Open() || !c.Until.After(day(2)) {
		t.Errorf("proposed: outcome %q, %s until %v", c.Outcome, c.Status, c.Until)
	}
	must(t, &c, ready(Satisfy, reporter))
	if c.Ending != "satisfied" || c.Status != StatusClosed || !c.Ended.Equal(day(2)) {
		t.Errorf("closed: %s, %s at %v", c.Ending, c.Status, c.Ended)
	}
	must(t, &c, ready(Rate, reporter))
	_, err = c.Do(ready(Rate, reporter), book(), day(2))
	wantCode(t, err, NotNow)
	must(t, &c, Act{Action: Rate, By: reporter, Code: "not_helped"})
	if c.Rating != "not_helped" {
		t.Errorf("rating %q", c.Rating)
	}
	must(t, &c, ready(Reopen, lead))
	if c.Outcome != "" || c.Rating != "" || c.Status != StatusInvestigating {
		t.Errorf("reopened: %+v", c)
	}
	must(t, &c, Act{Action: Withdraw, By: reporter})
	if c.Status != StatusWithdrawn || c.Status.Open() {
		t.Errorf("withdrawn: %+v", c)
	}
}

// A case copied by value must not share clocks with the original.
func TestDoLeavesCopiesAlone(t *testing.T) {
	t.Parallel()
	c := at(t, StatusReceived)
	copied := c
	must(t, &c, ready(Accept, ming))
	if !copied.Clocks[1].Met.IsZero() || c.Clocks[1].Met.IsZero() {
		t.Error("clocks are shared")
	}
}

func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*Filing){
		"id":         func(f *Filing) { f.Case.ID = "" },
		"reference":  func(f *Filing) { f.Case.Ref = "HY-0000-0001" },
		"draft":      func(f *Filing) { f.Case.Draft = "" },
		"mode":       func(f *Filing) { f.Case.Mode = "loud" },
		"kind":       func(f *Filing) { f.Case.Kind = "" },
		"department": func(f *Filing) { f.Case.Department = "" },
		"language":   func(f *Filing) { f.Case.Language = "" },
		"body":       func(f *Filing) { f.Body = Body{} },
		"reporter":   func(f *Filing) { f.Reporter = nil },
		"address":    func(f *Filing) { f.Address = nil },
		"receipt":    func(f *Filing) { f.Receipt = []byte("r") },
		"identity":   func(f *Filing) { *f = filing(Anonymous); f.Identity = &Identity{} },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			f := filing(Named)
			spoil(&f)
			_, err := f.Begin(book(), Quiet{}, day(1))
			var e *Error
			if !errors.As(err, &e) || e.Code != Incomplete || e.Detail != "file: "+field {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	filed := time.Date(2026, 3, 28, 22, 30, 0, 7, time.UTC) // 23:30 of the 28th in Berlin; clocks go forward on the 29th
	slot, start := time.Date(2026, 3, 29, 6, 0, 0, 0, time.UTC), time.Date(2026, 3, 27, 23, 0, 0, 0, time.UTC)
	exact := filed.Truncate(time.Microsecond)
	for name, tt := range map[string]struct {
		mode     Mode
		prompt   bool
		quiet    Quiet
		filed    time.Time
		queued   time.Time
		unqueued bool
	}{
		"named":             {Named, false, hours, exact, exact, false},
		"confidential":      {Confidential, true, hours, exact, exact, false},
		"anonymous":         {Anonymous, false, hours, start, slot, true},
		"anonymous, prompt": {Anonymous, true, hours, start, start, false},
		"anonymous, loud":   {Anonymous, false, Quiet{}, start, start, false},
		"dark":              {Dark, false, hours, start, slot, true},
		"dark, prompt":      {Dark, true, hours, start, start, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := filing(tt.mode)
			f.Case.Prompt = tt.prompt
			e, err := f.Begin(Rules{Procedure: rules(), Location: berlin}, tt.quiet, filed)
			c := f.Case
			if err != nil || !c.Filed.Equal(tt.filed) || !e.At.Equal(tt.filed) || !c.Queued.Equal(tt.queued) || c.Unqueued != tt.unqueued {
				t.Errorf("filed %v, queued %v, unqueued %v: %v", c.Filed, c.Queued, c.Unqueued, err)
			}
			if c.Prompt != (tt.prompt && tt.mode.Nameless()) || e.Code != string(tt.mode) || c.Reachable() != (tt.mode != Dark) {
				t.Errorf("%+v, %+v", c, e)
			}
			// Dates owed are those of the day, whatever the hour.
			want := Rules{Procedure: rules(), Location: berlin}.brings(Case{}, Event{Kind: Filed, At: filed})
			if !c.Clocks[1].Due.Equal(want[1].Due) {
				t.Errorf("due %v", c.Clocks[1].Due)
			}
			if told := Notices(c, e); (len(told) == 0) != tt.unqueued {
				t.Errorf("told: %v", told)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	err := &Error{Code: Away, Detail: "case", Err: cause}
	if err.Error() != "cases: away: case: cause" || err.Key() != "error.away" || !errors.Is(err, cause) {
		t.Errorf("got %v, %s", err, err.Key())
	}
	if CodeOf(cause) != "" {
		t.Error("a stranger's error has no code")
	}
}
