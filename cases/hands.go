package cases

// Hands are the officers who worked a case, in ascending order, as all its events tell: who owned it, answered, decided or
// mediated it, sat on its panel, stood in for somebody or had a part in what it came to. Who only read it, kept it moving or
// let something be done is not among them: a matter of their own would find nobody left.
func (c Case) Hands(events []Event) []OfficerID {
	out := c.Deciders()
	for _, e := range events {
		if e.By.Party == Office && e.By.Role != RoleGuest && HasHandIn(e.Kind) {
			out = append(out, e.By.Officer)
		}
		switch e.Kind {
		case Convened:
			out = append(out, e.Officers...)
		case Mediating:
			out = append(out, e.To)
		}
	}
	return sorted(out)
}

// HasHandIn says whether an officer who does what leaves an event of a kind works the case.
func HasHandIn(k EventKind) bool {
	switch k {
	case Taken, Acknowledged, Accepted, NotAccepted, Redirected, Merged, SplitOff, Investigating, Asked, Replied, Proposed,
		ClosedEvent, Mediating, Unsettled, Settled, Convened, Opined, Concluded, SecondLookAnswered, FinalReviewAnswered, Noted,
		MetEvent:
		return true
	}
	return false
}
