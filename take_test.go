package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"huiyin/cases"
	"huiyin/sim"
)

// Twenty officers press Take on one case at the same moment: one has it, and the others read who.
func TestTwentyTakeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.serve()
	var officers []person
	for i := range 20 {
		name := fmt.Sprintf("Officer %c", 'A'+i)
		o := w.person(sim.Profile{ID: 881000 + int64(i), Name: name, Language: "en"})
		o.Start(w.invite(name, cases.RoleOfficer, "safety"))
		officers = append(officers, o)
	}
	w.settle()
	p := w.person(sim.Profile{ID: 881900, Name: "Zhao", Language: "en"})
	for _, s := range []filingStep{
		{say: "/start"}, {tap: "h.lang.en"}, {tap: "h.file"}, {tap: "o.named"}, {tap: "o.ok"}, {tap: "o.safety"},
		{tap: "o.machine"}, {tap: "o.yes"}, {say: "The guard of the press is off."}, {tap: "done"}, {tap: "o.today"}, {tap: "skip"},
		{tap: "skip"}, {say: "Put it back."}, {tap: "o.first_time"}, {tap: "skip"}, {say: "Zhao"}, {tap: "skip"}, {tap: "skip"}, {tap: "send"},
	} {
		s.do(p)
		w.settle()
	}
	var all sync.WaitGroup
	for _, o := range officers {
		o.wants("A case came in.")
		all.Go(func() {
			if err := o.Tap("Take it"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.settle()
	winner := ""
	for _, o := range officers {
		if strings.Contains(o.wholeChat(), "It is yours.") {
			if winner != "" {
				t.Errorf("%s and %s have it", winner, o.Profile().Name)
			}
			winner = o.Profile().Name
		}
	}
	if winner == "" {
		t.Fatal("nobody has it")
	}
	for _, o := range officers {
		if o.Profile().Name == winner {
			continue
		}
		told := slices.ContainsFunc(o.Answers(), func(a sim.Answer) bool { return strings.Contains(a.Text, winner+" was quicker") })
		if !told {
			t.Errorf("%s is not told who: %+v", o.Profile().Name, o.Answers())
		}
	}
	if n := w.count("SELECT count(*) FROM events WHERE kind = 'taken'"); n != 1 {
		t.Errorf("%d takings", n)
	}
}
