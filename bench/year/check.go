package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/cases"
)

// shown is how many wrongs of a kind are told: one says what is broken, a thousand say nothing more.
const shown = 5

// findings collects what is wrong.
type findings struct {
	all   []string
	count map[string]int
}

func (f *findings) add(what, format string, args ...any) {
	if f.count[what]++; f.count[what] <= shown {
		f.all = append(f.all, what+": "+fmt.Sprintf(format, args...))
	}
}

// story is a case with all that happened to it.
type story struct {
	c      cases.Case
	events []cases.Event
	told   map[int]bool // numbers of the events that the reporter is told of
}

// check holds the promises against what is stored.
func (y *year) check(ctx context.Context) ([]string, error) {
	f := &findings{count: map[string]int{}}
	ids, err := y.ids(ctx, "SELECT id::text FROM cases ORDER BY id")
	if err != nil {
		return nil, err
	}
	stories := make([]story, len(ids))
	var group errgroup.Group
	group.SetLimit(4)
	for i, id := range ids {
		group.Go(func() (err error) {
			stories[i], err = y.read(ctx, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, s := range stories {
		y.judge(f, s)
	}
	if int64(len(stories)) != y.filed.Load() {
		f.add("lost", "%d were filed, %d are stored", y.filed.Load(), len(stories))
	}
	return f.all, nil
}

func (y *year) read(ctx context.Context, id string) (s story, err error) {
	if s.c, err = y.store.CaseByID(ctx, id); err != nil {
		return s, err
	}
	if s.events, err = y.store.Events(ctx, id); err != nil {
		return s, err
	}
	rows, err := y.db.Query(ctx, "SELECT seq FROM notices WHERE case_id = $1 AND recipient = 'reporter'", id)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	s.told = map[int]bool{}
	for rows.Next() {
		var seq int
		if err := rows.Scan(&seq); err != nil {
			return s, err
		}
		s.told[seq] = true
	}
	return s, rows.Err()
}

// judge holds one case against the promises.
func (y *year) judge(f *findings, s story) {
	c, now := s.c, y.time()
	folded, err := cases.Fold(c, s.events)
	if err != nil || !reflect.DeepEqual(folded, c) {
		f.add("events", "%s: they do not make the case: %v", c.Ref, err)
	}
	if c.Status.Open() && !c.Unqueued {
		if wake, ok := c.Wake(); !ok || wake.Before(now.Add(-24*time.Hour)) {
			f.add("no next date", "%s is %s and sleeps", c.Ref, c.Status)
		}
		for _, k := range c.Clocks {
			if k.Met.IsZero() && k.Missed.IsZero() && k.Over.IsZero() && k.Paused.IsZero() && k.Due.Before(now.Add(-24*time.Hour)) {
				f.add("silence", "%s: %s was due on %s and nobody said so", c.Ref, k.Name, k.Due.Format(time.DateOnly))
			}
		}
	}
	if c.Status.Open() && c.Owner == 0 && c.Department == "" {
		f.add("nobody", "%s has neither owner nor queue", c.Ref)
	}
	y.judgeEvents(f, s)
}

func (y *year) judgeEvents(f *findings, s story) {
	round := map[string]int{} // how many clocks of a name have begun
	reminded := map[string]bool{}
	for _, e := range s.events {
		switch e.Kind {
		case cases.Reminded:
			name, _ := cutCode(e.Code)
			key := fmt.Sprintf("%s/%d", e.Code, round[name])
			if reminded[key] {
				f.add("reminded twice", "%s: %s", s.c.Ref, e.Code)
			}
			reminded[key] = true
		case cases.Missed:
			if s.c.Mode.Reachable() && !s.told[e.Seq] {
				f.add("untold", "%s: %s was missed and the reporter is not told", s.c.Ref, e.Code)
			}
			if len(e.Clocks) == 0 {
				f.add("no new date", "%s: %s was missed and no date was promised", s.c.Ref, e.Code)
			}
		case cases.Proposed, cases.NotAccepted, cases.Redirected, cases.SecondLookAnswered, cases.FinalReviewAnswered:
			if s.c.Mode.Reachable() && !s.told[e.Seq] {
				f.add("untold", "%s: an answer (%s) that the reporter is not told of", s.c.Ref, e.Kind)
			}
		}
		for _, k := range e.Clocks {
			round[k.Name]++
		}
	}
}
