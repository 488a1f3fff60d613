package cases

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

var (
	reporter = Actor{Party: Reporter}
	ming     = Officer{ID: 1, Role: RoleOfficer, Department: "hr"}.Actor()
	hua      = Officer{ID: 2, Role: RoleOfficer, Department: "hr"}.Actor()
	lead     = Officer{ID: 3, Role: RoleLead, Department: "hr"}.Actor()
	admin    = Officer{ID: 4, Role: RoleAdmin, Department: "office"}.Actor()
	stranger = Officer{ID: 5, Role: RoleOfficer, Department: "safety"}.Actor()
	far      = Officer{ID: 6, Role: RoleLead, Department: "safety"}.Actor()
	keeper   = Officer{ID: 7, Role: RoleCustodian}.Actor()
	warden   = Officer{ID: 8, Role: RoleCustodian, Department: "hr"}.Actor()
	system   = Actor{Party: System}
)

// day is noon of a day of March 2026, in UTC.
func day(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }

func rules() Procedure {
	return Procedure{ID: "default", Clocks: []Rule{
		{Name: "acknowledge", Days: 0, Until: []EventKind{Filed}},
		{Name: "accept", Days: 15, Until: []EventKind{Accepted, NotAccepted, Redirected}},
		{Name: "answer", Days: 30, Until: []EventKind{Replied, ClosedEvent}, Extend: Extend{Days: 10, By: RoleLead, Times: 1}},
	}}
}

// book are the rules with the days of UTC.
func book() Rules { return Rules{Procedure: rules()} }

func filing(mode Mode) Filing {
	f := Filing{
		Case: Case{
			ID: "c1", Ref: "HY-0000-0000", Draft: "d1", Mode: mode, Kind: "pay",
			Department: "hr", Language: "en",
		},
		Body: Body{Text: "what happened"},
	}
	f.Way = way(mode)
	return f
}

// way is all that a mode holds.
func way(mode Mode) Way {
	switch mode {
	case Anonymous:
		return Way{Address: []byte("sealed"), Receipt: []byte("receipt")}
	case Dark:
		return Way{Receipt: []byte("receipt")}
	}
	return Way{Identity: &Identity{}, Reporter: []byte("chat"), Address: []byte("sealed")}
}

// begun is a case filed on the first.
func begun(t testing.TB, mode Mode) (Case, Event) {
	t.Helper()
	f := filing(mode)
	e, err := f.Begin(book(), Quiet{}, day(1))
	if err != nil {
		t.Fatal(err)
	}
	return f.Case, e
}

func words(s string) *Body { return &Body{Text: s} }

// ready holds everything that an action needs.
func ready(a Action, by Actor) Act {
	act := Act{Action: a, By: by, Body: words("words"), Key: "k"}
	switch a {
	case Decline:
		act.Code = "outside"
	case Redirect:
		act.Code = "court"
	case Propose:
		act.Code = "settled"
	case Rate:
		act.Code = "helped"
	case Assign:
		act.To, act.ToDepartment = hua.Officer, "hr"
	case Lower:
		act.Code, act.Way = string(Dark), way(Dark)
	case Reveal:
		act.Code, act.Way = string(Named), way(Named)
	case Recuse:
		act.To = hua.Officer
	case AskCustody, OpenCustody:
		act.Code = CustodyOriginals
	case AnswerSecondLook, AnswerFinalReview:
		act.Code = "upheld"
	case OfferTransfer:
		act.ToDepartment = "safety"
	case Merge, Split, Relay:
		act.Other = "c2"
	case LinkTo:
		act.Other, act.Code = "c2", "same_event"
	case Convene, Raise:
		act.Officers, act.Code, act.Until = []OfficerID{hua.Officer, lead.Officer, stranger.Officer}, "danger", day(4)
	case Opine, Conclude:
		act.Code = "partly"
	case Mediate:
		act.To = far.Officer
	case InviteGuest, JoinGuest, DismissGuest:
		act.To, act.Code, act.Until = 11, GuestCounsel, day(9)
	case AskExtension, Miss:
		act.Code, act.Reason = "answer", "late"
	case Tag, Untag:
		act.Tag = "tag"
	case Meet:
		act.Code = "held"
	case SetCheckIn:
		act.Code = "on"
	case CheckIn:
		act.Code = "ok"
	case AskCheckIn:
		act.Code = "30"
	case JoinAs, Leave:
		act.Code, act.Colleague = string(Named), 1
	case Remind:
		act.Code = "answer.owner"
	}
	return act
}

// at is a case brought to a status, owned by ming when it has got that far.
func at(t testing.TB, s Status) Case {
	t.Helper()
	c, _ := begun(t, Named)
	ways := map[Status][]Action{
		StatusAccepted:      {Accept},
		StatusInvestigating: {Accept, Investigate},
		StatusWaiting:       {Accept, Ask},
		StatusNotAccepted:   {Decline},
		StatusRedirected:    {Redirect},
		StatusMediation:     {Accept, Mediate},
		StatusPanel:         {Accept, Convene},
		StatusProposed:      {Accept, Propose},
		StatusClosed:        {Accept, Propose, Satisfy},
		StatusSecondLook:    {Accept, Propose, AskSecondLook},
		StatusFinalReview:   {Accept, Propose, AskSecondLook, Take, AnswerSecondLook, AskFinalReview},
		StatusFinal:         {Accept, Propose, AskSecondLook, Take, AnswerSecondLook, AskFinalReview, Take, AnswerFinalReview},
		StatusMerged:        {Merge},
		StatusWithdrawn:     {Withdraw},
	}
	must(t, &c, ready(Take, ming))
	for _, a := range ways[s] {
		by := ming
		switch {
		case slices.Contains([]Action{Withdraw, Satisfy, AskSecondLook, AskFinalReview}, a):
			by = reporter
		case c.Status == StatusSecondLook:
			by = hua
		case c.Status == StatusFinalReview:
			by = lead
		}
		must(t, &c, ready(a, by))
	}
	if c.Status != s {
		t.Fatalf("is %s, want %s", c.Status, s)
	}
	return c
}

func must(t testing.TB, c *Case, a Act) Event {
	t.Helper()
	e, err := c.Do(a, book(), day(2))
	if err != nil {
		t.Fatalf("%s by %+v in %s: %v", a.Action, a.By, c.Status, err)
	}
	return e
}

// wantCode also holds every domain error to being of the one type.
func wantCode(t testing.TB, err error, want Code) {
	t.Helper()
	var e *Error
	if CodeOf(err) != want || err != nil && !errors.As(err, &e) {
		t.Errorf("got %v, want code %q", err, want)
	}
}

func zeros() *bytes.Reader { return bytes.NewReader(make([]byte, 5)) }
