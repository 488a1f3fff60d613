package postgres

import (
	"testing"
	"time"
)

// TestJobsGoByTheDatabasesClock: what lies within the way there and back, however slow, is no wrong clock.
func TestJobsGoByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	var c clock
	now := time.Now()
	for _, row := range []struct {
		database, asked, want time.Duration // against this machine's clock
	}{
		{database: 0, asked: 0, want: 0},
		{database: -2 * time.Second, asked: -3 * time.Second, want: 0},
		{database: 10 * time.Minute, asked: 0, want: 10 * time.Minute},
		{database: -10 * time.Minute, asked: 0, want: -10 * time.Minute},
		{database: 0, asked: 0, want: 0},
	} {
		c.saw(now.Add(row.database), now.Add(row.asked))
		if got := time.Until(c.Now()); (got-row.want).Abs() > time.Minute || (c.NowOrNil() == nil) != (row.want == 0) {
			t.Errorf("%+v: %s ahead, %v", row, got, c.NowOrNil())
		}
	}
}
