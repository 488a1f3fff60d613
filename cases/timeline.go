package cases

import (
	"slices"
	"time"
)

// VisibleToReporter says whether the reporter is shown events of a kind.
// Who works a case and what officers tell each other stays inside.
func VisibleToReporter(k EventKind) bool {
	switch k {
	case Filed, Accepted, NotAccepted, Redirected, Investigating, Asked, Answered, ClosedEvent, Reopened, WithdrawnBy,
		Replied, Added, Rated, Lowered, Revealed, CustodyOpened, WarnedEvent, ShreddedEvent,
		Merged, Mediating, Unsettled, Settled, Convened, Proposed, Satisfied, Lapsed, SecondLookAsked, SecondLookAnswered,
		FinalReviewAsked, FinalReviewAnswered, Consented, Offered, Agreed, Transferred, ExtensionGranted, MetEvent, Missed,
		Relayed, CheckInsSet, CheckInAsked, CheckedIn, Joined, Left:
		return true
	}
	return false
}

// ReporterTimeline gives what the first reporter may see of a case's events at an instant, in their order. That a colleague
// without a name came or went they learn in the slot in which the office does, or the count would tell its hour.
func ReporterTimeline(events []Event, now time.Time) []Event {
	return Timeline(slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.Colleague > 0 && !e.Known(now) }), Reporter)
}

// Timeline gives what a side may see of a case's events, in their order: officers all of it; the reporter
// the visible kinds without the officer, the departments and the keys; the system nothing.
// Sequence numbers are those of the case, so they may have gaps for the reporter.
func Timeline(events []Event, eyes Party) []Event {
	var out []Event
	for _, e := range events {
		switch {
		case eyes == Office:
			out = append(out, e)
		case eyes == Reporter && VisibleToReporter(e.Kind):
			e = bare(e)
			if e.Colleague > 0 {
				if e.Kind == Added || e.changesColleague() {
					continue // what a colleague says, and how they are known, is for the office
				}
				e.Code, e.Body = "", nil
			}
			if e.Kind == Convened || e.Kind == Merged || e.Kind == MetEvent {
				e.Body = nil // what colleagues tell each other
			}
			out = append(out, e)
		}
	}
	return out
}
