package cases

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	c := at(t, StatusAccepted)
	fits := Event{Case: c.ID, Seq: c.Version + 1, Kind: Noted, At: day(3), By: ming, Status: c.Status}
	if err := new(c).Apply(fits); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Event){
		"seq again":      func(e *Event) { e.Seq-- },
		"seq gap":        func(e *Event) { e.Seq++ },
		"other case":     func(e *Event) { e.Case = "c2" },
		"unknown kind":   func(e *Event) { e.Kind = "danced" },
		"filed again":    func(e *Event) { e.Kind = Filed; e.Status = StatusReceived },
		"unknown status": func(e *Event) { e.Status = "lost" },
		"status moved":   func(e *Event) { e.Status = StatusClosed },
		"wrong target":   func(e *Event) { e.Kind = ClosedEvent; e.Status = StatusAccepted },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, got := fits, c
			change(&e)
			err := got.Apply(e)
			if err == nil || (CodeOf(err) == Changed) != (name == "seq again" || name == "seq gap") {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(c, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Fold(c, nil); CodeOf(err) != NotFound {
		t.Errorf("no events: %v", err)
	}
	if _, err := Fold(c, []Event{fits}); CodeOf(err) != Changed {
		t.Errorf("no filing: %v", err)
	}
}
