package cases

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestStatusTable(t *testing.T) {
	t.Parallel()
	want := map[Status]map[Action]Status{
		StatusReceived: {
			Accept: StatusAccepted, Decline: StatusNotAccepted, Redirect: StatusRedirected, Merge: StatusMerged,
			Withdraw: StatusWithdrawn,
		},
		StatusAccepted: {
			Investigate: StatusInvestigating, Ask: StatusWaiting, Redirect: StatusRedirected, Merge: StatusMerged,
			Mediate: StatusMediation, Convene: StatusPanel, Propose: StatusProposed, Withdraw: StatusWithdrawn,
		},
		StatusInvestigating: {
			Ask: StatusWaiting, Redirect: StatusRedirected, Merge: StatusMerged, Mediate: StatusMediation,
			Convene: StatusPanel, Propose: StatusProposed, Withdraw: StatusWithdrawn,
		},
		StatusWaiting: {
			Answer: StatusInvestigating, Investigate: StatusInvestigating, Propose: StatusProposed, Merge: StatusMerged,
			Close: StatusClosed, Withdraw: StatusWithdrawn,
		},
		StatusMediation: {EndMediation: StatusInvestigating, Settle: StatusClosed, Withdraw: StatusWithdrawn},
		StatusPanel:     {Conclude: StatusInvestigating, Withdraw: StatusWithdrawn},
		StatusProposed: {
			Satisfy: StatusClosed, Lapse: StatusClosed, AskSecondLook: StatusSecondLook, Withdraw: StatusWithdrawn,
		},
		StatusSecondLook:  {AnswerSecondLook: StatusClosed, Withdraw: StatusWithdrawn},
		StatusFinalReview: {AnswerFinalReview: StatusFinal, Withdraw: StatusWithdrawn},
		StatusNotAccepted: {Reopen: StatusInvestigating, AskSecondLook: StatusSecondLook},
		StatusRedirected:  {Reopen: StatusInvestigating},
		StatusMerged:      {},
		StatusClosed: {
			Reopen: StatusInvestigating, AskSecondLook: StatusSecondLook, AskFinalReview: StatusFinalReview,
		},
		StatusFinal:     {},
		StatusWithdrawn: {},
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
	kept, err := os.ReadFile("../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(kept), Diagram()) {
		t.Errorf("docs/flows.md is behind, run `go run . flows graph --out docs`; the table draws\n%s", Diagram())
	}
	for _, s := range Statuses() {
		if !regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(string(s)) {
			t.Errorf("Mermaid cannot name %q", s)
		}
	}
}
