package cases

import "time"

// Urgency ranks a case for the eye: 2 when somebody is in danger now, 1 when a date has passed, otherwise 0.
func Urgency(c Case, now time.Time) int {
	switch {
	case c.Urgent:
		return 2
	case c.Overdue(now):
		return 1
	}
	return 0
}

// Before is the order of the queue: urgent first, then overdue, then by the next date owed, then by filing.
// A passed date is before every other, so it is the order "urgent DESC, next_due ASC NULLS LAST, filed ASC, id ASC".
func Before(a, b Case, now time.Time) bool {
	if a.Urgent != b.Urgent {
		return a.Urgent
	}
	if ua, ub := Urgency(a, now), Urgency(b, now); ua != ub {
		return ua > ub
	}
	na, owedA := a.Next()
	nb, owedB := b.Next()
	switch {
	case owedA != owedB:
		return owedA
	case !na.Due.Equal(nb.Due):
		return na.Due.Before(nb.Due)
	case !a.Filed.Equal(b.Filed):
		return a.Filed.Before(b.Filed)
	}
	return a.ID < b.ID
}
