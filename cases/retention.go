package cases

import (
	"fmt"
	"slices"
	"time"
)

// Retention says how long the words of a case are kept after its end.
type Retention struct {
	ID string `yaml:"id"`
	// Keep is how many days after the end the key is destroyed; Warn how many days before that the reporter is told.
	Keep int `yaml:"keep_days"`
	Warn int `yaml:"warn_days"`
}

// Next says what retention asks for now: Warn, Shred, or "" for nothing. The clock runs from the end of the case; it
// starts anew with reopening, and waits while the case is on legal hold or holds words of the reporter that nobody has
// read. Nothing is destroyed before the reporter has been told for the whole time of warning.
func (r Retention) Next(c Case, now time.Time) Action {
	const day = 24 * time.Hour
	warn := time.Duration(r.Warn) * day
	due := c.Ended.Add(time.Duration(r.Keep) * day)
	told := c.Warned
	if c.Mode.Nameless() {
		// The warning is dated to the start of its day, and reaches the reporter by the end of the next, one of which
		// may have 25 hours.
		told = told.Add(2*day + time.Hour)
	}
	switch {
	case c.Ended.IsZero(), c.Status.Open(), c.Held, c.unheard(), c.Shredded:
		return ""
	case c.Warned.IsZero():
		if !now.Before(due.Add(-warn)) {
			return Warn
		}
	case !now.Before(due) && !now.Before(told.Add(warn)):
		return Shred
	}
	return ""
}

// unheard says whether words wait for a reader. Nobody need read what was taken back.
func (c Case) unheard() bool {
	return c.Status != StatusWithdrawn && (c.Unread || slices.ContainsFunc(c.Veiled, func(v Veil) bool { return v.Words }))
}

// Check says what is wrong, or nil.
func (r Retention) Check() error {
	switch {
	case !isID(r.ID):
		return fmt.Errorf("retention %q: an id is letters a-z, digits and underscores", r.ID)
	case r.Warn < 1 || r.Keep <= r.Warn || r.Keep > maxDays:
		return fmt.Errorf("retention %q: want 1 <= warn_days < keep_days <= %d", r.ID, maxDays)
	}
	return nil
}
