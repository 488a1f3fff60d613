package cases

import (
	"regexp"
	"slices"
	"testing"
)

func TestStatusTable(t *testing.T) {
	t.Parallel()
	want := map[Status]map[Action]Status{
		StatusReceived: {
			Accept: StatusAccepted, Decline: StatusNotAccepted, Redirect: StatusRedirected, Withdraw: StatusWithdrawn,
		},
		StatusAccepted: {
			Investigate: StatusInvestigating, Ask: StatusWaiting, Close: StatusClosed, Withdraw: StatusWithdrawn,
		},
		StatusInvestigating: {Ask: StatusWaiting, Close: StatusClosed, Withdraw: StatusWithdrawn},
		StatusWaiting:       {Answer: StatusInvestigating, Close: StatusClosed, Withdraw: StatusWithdrawn},
		StatusNotAccepted:   {Reopen: StatusInvestigating},
		StatusRedirected:    {Reopen: StatusInvestigating},
		StatusClosed:        {Reopen: StatusInvestigating},
		StatusWithdrawn:     {},
	}
	for _, s := range Statuses() {
		for _, a := range Actions() {
			got, ok := after(s, a)
			to, legal := want[s][a]
			if ok != legal || ok && got != to || !ok && got != s {
				t.Errorf("%s in %s: got %s, %v", a, s, got, ok)
			}
		}
	}
	if _, ok := after("elsewhere", Accept); ok {
		t.Error("an unknown status may move")
	}
}

func TestNamesAreComplete(t *testing.T) {
	t.Parallel()
	for _, a := range Actions() {
		kind, ok := KindOf(a)
		if ok == (a == List) || ok && !slices.Contains(EventKinds(), kind) {
			t.Errorf("%s leaves %q, %v", a, kind, ok)
		}
	}
	if len(makes) != len(Actions())-1 || len(EventKinds()) != len(makes)+1 {
		t.Errorf("%d actions, %d events, %d pairs", len(Actions()), len(EventKinds()), len(makes))
	}
	// A kind of event leads to one status, or Apply could not check it.
	for _, m := range moves {
		if to, ok := lands(makes[Action(m.Name)]); !ok || to != Status(m.Dst) {
			t.Errorf("%s lands in %q and %q", m.Name, to, m.Dst)
		}
	}
}

func TestDiagram(t *testing.T) {
	t.Parallel()
	want := `stateDiagram-v2
    [*] --> received
    received --> accepted: accept
    received --> not_accepted: decline
    received --> redirected: redirect
    accepted --> investigating: investigate
    accepted --> waiting: ask
    investigating --> waiting: ask
    waiting --> investigating: answer
    accepted --> closed: close
    investigating --> closed: close
    waiting --> closed: close
    closed --> investigating: reopen
    not_accepted --> investigating: reopen
    redirected --> investigating: reopen
    received --> withdrawn: withdraw
    accepted --> withdrawn: withdraw
    investigating --> withdrawn: withdraw
    waiting --> withdrawn: withdraw
    not_accepted --> [*]
    redirected --> [*]
    closed --> [*]
    withdrawn --> [*]
`
	if got := Diagram(); got != want {
		t.Errorf("got\n%s", got)
	}
	for _, s := range Statuses() {
		if !regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(string(s)) {
			t.Errorf("Mermaid cannot name %q", s)
		}
	}
}
