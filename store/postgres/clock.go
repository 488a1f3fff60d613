package postgres

import (
	"sync/atomic"
	"time"
)

// wrongClock is from how much on a clock counts as wrong. What is less comes from the way to the database and back.
const wrongClock = time.Second

// clock is the time by which River plans jobs. River plans them by the clock of the process that stores or puts off a job and
// takes them by the database's, so that one machine with a clock ahead would make every notice late by as much. This one goes
// by the database's, as it was last seen. It implements rivertype.TimeGenerator.
type clock struct{ ahead atomic.Int64 } // nanoseconds of the database's clock before this machine's

// saw takes in what the database's clock showed between asked and now.
func (c *clock) saw(database, asked time.Time) {
	switch now := time.Now(); {
	case database.Before(asked.Add(-wrongClock)):
		c.ahead.Store(int64(database.Sub(asked)))
	case database.After(now.Add(wrongClock)):
		c.ahead.Store(int64(database.Sub(now)))
	default:
		c.ahead.Store(0)
	}
}

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// NowOrNil is nil as long as this machine's clock is right: then River lets the database tell the time where it can.
func (c *clock) NowOrNil() *time.Time {
	if c.ahead.Load() == 0 {
		return nil
	}
	now := c.Now()
	return &now
}
