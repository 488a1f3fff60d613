package main

import (
	"context"
	"fmt"
	"time"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/postgres"
)

// unled says which leaders of the rules for major matters do not exist, a line each. It is no fault that keeps the house from
// serving: the next level is called, and the administrators when there is none. What cannot be read is somebody else's finding.
func unled(ctx context.Context, s settings) []string {
	c, err := configs.Load(s.ConfigDir)
	if err != nil || len(c.Org.Major) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if migrated(ctx, s.DatabaseURL) != nil {
		return nil
	}
	store, err := postgres.Open(ctx, s.DatabaseURL, vault{}, postgres.Options{})
	if err != nil {
		return nil
	}
	defer store.Close()
	officers, err := store.Officers(ctx, "")
	if err != nil {
		return nil
	}
	var lines []string
	for _, name := range (cases.Staff{Officers: officers, Major: c.Org.Major}).Lacking() {
		lines = append(lines, fmt.Sprintf("leader %s: org.yaml calls them for major matters, and nobody of that name is a leader or a lead. Invite them: `huiyin officers invite --role leader`, or change `major` in org.yaml.", name))
	}
	return lines
}
