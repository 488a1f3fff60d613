package intake

import (
	"testing"

	"huiyin/cases"
)

func TestReplied(t *testing.T) {
	t.Parallel()
	at := func(seq int, k cases.EventKind) cases.Event { return cases.Event{Seq: seq, Kind: k} }
	for name, tt := range map[string]struct {
		events []cases.Event
		want   string
	}{
		"nothing yet":       {[]cases.Event{at(5, cases.Proposed), at(6, cases.Noted)}, ""},
		"the same press":    {[]cases.Event{at(5, cases.Proposed), at(6, cases.Satisfied), at(7, cases.Rated)}, "intake.replied_satisfied"},
		"a look was wanted": {[]cases.Event{at(5, cases.Proposed), at(6, cases.SecondLookAsked)}, "intake.replied_second_look_asked"},
		"time passed":       {[]cases.Event{at(5, cases.Proposed), at(6, cases.Lapsed)}, "intake.replied_lapsed"},
		"taken back":        {[]cases.Event{at(5, cases.Proposed), at(6, cases.WithdrawnBy)}, "intake.replied_withdrawn"},
		"another answer":    {[]cases.Event{at(5, cases.Proposed), at(6, cases.Proposed), at(7, cases.Satisfied)}, ""},
		"an end before":     {[]cases.Event{at(3, cases.Lapsed), at(5, cases.Proposed)}, ""},
	} {
		if got := replied(tt.events, 5); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
