package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// crowd is everybody who may try something with a case at the same moment.
type crowd struct {
	*bundle
	now    atomic.Int64
	actors []cases.Actor
	ids    []cases.OfficerID
}

func gathered(t *testing.T) *crowd {
	c := &crowd{}
	c.now.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	c.bundle = setup(t, func(o *postgres.Options) {
		o.Now = c.time
		o.MaxConns = 12
		later := cases.Extend{Days: 30, By: cases.RoleLead, Times: 1}
		o.Rules = map[string]cases.Rules{"default": {Procedure: cases.Procedure{ID: "default", Clocks: []cases.Rule{
			{Name: "acknowledge", Days: 0, Until: []cases.EventKind{cases.Filed}},
			{Name: "accept", Days: 15, Until: []cases.EventKind{cases.Accepted, cases.NotAccepted, cases.Redirected, cases.Merged}, Extend: later},
			{
				Name: "close", Days: 60, Again: []cases.EventKind{cases.Reopened}, Pause: []cases.Status{cases.StatusMediation},
				Until: []cases.EventKind{
					cases.Proposed, cases.ClosedEvent, cases.Settled, cases.NotAccepted, cases.Redirected, cases.Merged,
				},
				Extend: later,
			},
			{
				Name: "mediation", Days: 30, From: []cases.EventKind{cases.Mediating}, Again: []cases.EventKind{cases.Mediating},
				Until: []cases.EventKind{cases.Settled, cases.Unsettled, cases.WithdrawnBy},
			},
			{Name: "second_look", Days: 30, From: []cases.EventKind{cases.SecondLookAsked}, Until: []cases.EventKind{cases.SecondLookAnswered}, Extend: later},
			{Name: "final_review", Days: 30, From: []cases.EventKind{cases.FinalReviewAsked}, Until: []cases.EventKind{cases.FinalReviewAnswered}},
		}}}}
	})
	c.actors = []cases.Actor{{Party: cases.Reporter}, {Party: cases.Reporter}}
	for _, o := range []struct {
		role cases.Role
		at   string
	}{
		{cases.RoleOfficer, "hr"}, {cases.RoleOfficer, "hr"}, {cases.RoleLead, "hr"}, {cases.RoleLead, "hr"}, {cases.RoleOfficer, "safety"},
		{cases.RoleLead, "safety"}, {cases.RoleAdmin, ""}, {cases.RoleCustodian, ""}, {cases.RoleLeader, ""},
	} {
		officer := c.officer(fmt.Sprint("officer ", len(c.ids)), o.role, o.at)
		c.actors, c.ids = append(c.actors, officer.Actor()), append(c.ids, officer.ID)
	}
	return c
}

func (c *crowd) time() time.Time { return time.UnixMicro(c.now.Load()).UTC() }

// ways are the acts by which a case comes through its life.
var ways = []cases.Action{
	cases.Take, cases.Accept, cases.Investigate, cases.Ask, cases.Answer, cases.Mediate, cases.EndMediation, cases.Convene,
	cases.Opine, cases.Conclude, cases.Propose, cases.AskSecondLook, cases.AnswerSecondLook, cases.AskFinalReview,
	cases.AnswerFinalReview, cases.OfferTransfer, cases.AcceptTransfer, cases.AskExtension, cases.GrantExtension,
}

// draw makes an act of somebody's that is good more often than not.
func (c *crowd) draw(t *rapid.T, of cases.Case, other string) cases.Act {
	by := rapid.SampledFrom(c.actors).Draw(t, "by")
	onward := slices.DeleteFunc(cases.Moves(of, by, c.time()), func(a cases.Action) bool { return !slices.Contains(ways, a) })
	for range 8 { // somebody who can bring it further, as a rule
		if len(onward) > 0 || rapid.IntRange(0, 9).Draw(t, "whoever") == 0 {
			break
		}
		by = rapid.SampledFrom(c.actors).Draw(t, "or by")
		onward = slices.DeleteFunc(cases.Moves(of, by, c.time()), func(a cases.Action) bool { return !slices.Contains(ways, a) })
	}
	a := cases.Act{By: by, Body: &cases.Body{Text: "words"}, Other: other, Until: c.time().AddDate(0, 0, 3)}
	skip := []cases.Action{cases.List, cases.Lower, cases.Reveal, cases.Shred}
	good := slices.DeleteFunc(cases.Moves(of, by, c.time()), func(a cases.Action) bool { return slices.Contains(skip, a) })
	if len(onward) > 0 && rapid.Bool().Draw(t, "onward") {
		a.Action = rapid.SampledFrom(onward).Draw(t, "way")
	} else if len(good) > 0 && rapid.IntRange(0, 4).Draw(t, "good") > 0 {
		a.Action = rapid.SampledFrom(good).Draw(t, "move")
	} else {
		a.Action = rapid.SampledFrom(slices.DeleteFunc(cases.Actions(), func(a cases.Action) bool { return slices.Contains(skip, a) })).Draw(t, "action")
	}
	a.Key = rapid.StringMatching(`k[0-9]{2}`).Draw(t, "key")
	a.To = rapid.SampledFrom(c.ids).Draw(t, "to")
	a.ToDepartment = rapid.SampledFrom([]string{"hr", "hr", "safety", "", "integrity"}).Draw(t, "department")
	a.Officers = []cases.OfficerID{a.To, rapid.SampledFrom(c.ids).Draw(t, "and"), c.ids[0]}
	a.Tag = rapid.SampledFrom([]string{"a", "加班费"}).Draw(t, "tag")
	codes := map[cases.Action][]string{
		cases.Decline: {"outside"}, cases.Redirect: cases.Ways(), cases.Propose: cases.Outcomes(), cases.Rate: cases.Ratings(),
		cases.AskCustody: cases.Custodies(), cases.OpenCustody: cases.Custodies(), cases.AnswerSecondLook: cases.Looks(),
		cases.AnswerFinalReview: cases.Looks(), cases.LinkTo: cases.LinkCodes(), cases.Opine: cases.Votes(),
		cases.Conclude: cases.Outcomes(), cases.InviteGuest: {cases.GuestCounsel, cases.GuestOther}, cases.DismissGuest: {cases.GuestCounsel},
		cases.AskExtension: {"accept", "close", "second_look"}, cases.Meet: {"held"},
		cases.SetCheckIn: {"on", "off"}, cases.CheckIn: cases.Retaliations(), cases.Raise: {"danger"},
	}[a.Action]
	if len(codes) > 0 {
		a.Code = rapid.SampledFrom(codes).Draw(t, "code")
	}
	return a
}

// Whatever everybody tries at the same moment, twice and in any order, while time goes on: no event is lost, each act
// happens once, dates stay, and the case is somebody's or in a queue, with a date on which something comes next.
func TestAnyoneAtOnce(t *testing.T) {
	t.Parallel()
	c := gathered(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		c.exec("UPDATE cases SET wake_at = NULL") // of earlier runs: their time is over
		first := c.file(filing(rapid.SampledFrom(cases.Modes()).Draw(t, "mode"), fmt.Sprint("first-", run)))
		other := c.file(filing(cases.Named, fmt.Sprint("other-", run)))
		due := map[string]time.Time{} // of every clock, by the number of its event and its name
		for round := range rapid.IntRange(1, 16).Draw(t, "rounds") {
			now, err := c.CaseByID(c.ctx, first.ID)
			if err != nil {
				t.Fatal(err)
			}
			var acts []cases.Act
			for range rapid.IntRange(1, 3).Draw(t, "at once") {
				a := c.draw(t, now, other.ID)
				acts = append(acts, a, a)
			}
			var mu sync.Mutex
			done := map[string]int{}
			together(len(acts), func(i int) {
				_, e, again, err := c.ActByID(c.ctx, first.ID, acts[i])
				mu.Lock()
				defer mu.Unlock()
				switch code := cases.CodeOf(err); {
				case err == nil && !again:
					done[fmt.Sprint(e.Key, e.By)]++
				case err != nil && (code == "" || code == cases.Away):
					t.Errorf("round %d: %s: %v", round, acts[i].Action, err)
				}
			})
			for key, n := range done {
				if n != 1 {
					t.Fatalf("%s was done %d times", key, n)
				}
			}
			c.now.Add(int64(rapid.IntRange(0, 12*24).Draw(t, "hours")) * time.Hour.Microseconds())
			if _, err := c.Tick(c.ctx); err != nil {
				t.Fatal(err)
			}
			c.whole(t, first.ID, due)
		}
	})
	// The runs together must have been somewhere.
	if n := c.count("SELECT count(DISTINCT status) FROM events"); n < len(cases.Statuses())-4 {
		t.Errorf("only %d statuses were reached", n)
	}
	if n := c.count("SELECT count(DISTINCT kind) FROM events"); n < 30 {
		t.Errorf("only %d kinds of events happened", n)
	}
}

// whole holds a stored case to being one that may exist.
func (c *crowd) whole(t *rapid.T, id string, due map[string]time.Time) {
	got, err := c.CaseByID(c.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := c.Events(c.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if e.Seq != i+1 {
			t.Fatalf("event %d stands at %d", e.Seq, i+1)
		}
		for _, k := range e.Clocks {
			at := fmt.Sprint(e.Seq, k.Name)
			if was, known := due[at]; known && !was.Equal(k.Due) {
				t.Fatalf("a date moved from %v to %v", was, k.Due)
			}
			due[at] = k.Due
		}
	}
	folded, err := cases.Fold(got, events)
	if diff := cmp.Diff(got, folded, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)); err != nil || diff != "" {
		t.Fatalf("the events do not make the case: %v %s", err, diff)
	}
	for what, wrong := range map[string]bool{
		"version":                 got.Version != len(events),
		"owned by a recused":      got.Owner != 0 && slices.Contains(got.Recused, got.Owner),
		"owned by who decided it": got.Status.Again() && slices.Contains(got.Barred, got.Owner),
		"owned from elsewhere":    got.Owner != 0 && got.Status.Open() && !c.works(got.Owner, got.Department),
		"transfer to itself":      got.Transfer.To == got.Department,
		"ended and owing":         !got.Status.Open() && !got.Transfer.Until.IsZero(),
	} {
		if wrong {
			t.Fatalf("%s: %+v", what, got)
		}
	}
	if next, ok := got.Wake(); got.Status.Open() && !got.Unqueued && (!ok || !next.After(c.time())) {
		t.Fatalf("an open case sleeps for ever: %+v", got)
	}
}

func (c *crowd) works(id cases.OfficerID, department string) bool {
	return slices.ContainsFunc(c.actors, func(a cases.Actor) bool { return a.Officer == id && a.Department == department })
}

// A second look is by somebody else: where everybody has decided the case before, the department that stands in looks.
func TestSecondLookLandsWithSomebodyElse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		officers int
		want     string
	}{"a colleague is left": {2, "hr"}, "nobody is left": {1, "safety"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *postgres.Options) { o.StandIns = map[string]string{"hr": "safety"} })
			var owner cases.Officer
			for i := range tt.officers {
				owner = b.officer(fmt.Sprint("officer ", i), cases.RoleOfficer, "hr")
			}
			c := b.file(filing(cases.Named, "d"))
			body := &cases.Body{Text: "words"}
			for _, a := range []cases.Act{
				{Action: cases.Take, By: owner.Actor()}, {Action: cases.Accept, By: owner.Actor()},
				{Action: cases.Propose, By: owner.Actor(), Code: "partly", Body: body},
				{Action: cases.AskSecondLook, By: cases.Actor{Party: cases.Reporter}, Body: body},
			} {
				a.Key = string(a.Action)
				c = b.act(c.Ref, a)
			}
			if c.Department != tt.want || c.Owner != 0 || !slices.Contains(c.Barred, owner.ID) {
				t.Errorf("in %s, owned by %d, barred %v", c.Department, c.Owner, c.Barred)
			}
			if _, _, _, err := b.Act(b.ctx, c.Ref, cases.Act{Action: cases.Take, By: owner.Actor(), Key: "again"}); err == nil {
				t.Error("who decided it looks again")
			}
		})
	}
}

// One case that cannot be read keeps time from nobody else.
func TestTimeGoesOnBesideABrokenCase(t *testing.T) {
	t.Parallel()
	c := gathered(t)
	broken, whole := c.file(filing(cases.Named, "broken")), c.file(filing(cases.Named, "whole"))
	c.exec(`UPDATE cases SET clocks = '["no clock"]' WHERE id = '` + broken.ID + `'`)
	c.now.Add(20 * 24 * time.Hour.Microseconds())
	for range 3 {
		if _, err := c.Tick(c.ctx); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]int{broken.ID: 0, whole.ID: 1} {
		if n := c.count("SELECT count(*) FROM events WHERE kind = 'missed' AND case_id::text = $1", id); n != want {
			t.Errorf("%d missed dates are told, want %d", n, want)
		}
	}
}
