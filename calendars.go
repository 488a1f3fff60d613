package main

import (
	"fmt"
	"time"

	"huiyin/cases"
	"huiyin/configs"
)

// endingDays is how long before its end the doctor speaks of a calendar: most dates owed are nearer than that.
const endingDays = 60

// endings says which calendars in use end soon, a line each. It is no fault: after that only weekends are free, and dates
// come early rather than late. A configuration that cannot be read is somebody else's finding.
func endings(dir string, now time.Time) []string {
	c, err := configs.Load(dir)
	if err != nil {
		return nil
	}
	zone, err := c.Org.Location()
	if err != nil {
		return nil
	}
	var lines []string
	for _, e := range c.Ending(cases.DateOf(now, zone), endingDays) {
		lines = append(lines, fmt.Sprintf("calendar %s: ends with %s; add the next year to calendars/%s.yaml. Until then only weekends are free in it.",
			e.Calendar, e.Last, e.Calendar))
	}
	return lines
}
