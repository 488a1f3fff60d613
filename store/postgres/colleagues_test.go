package postgres_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"huiyin/cases"
)

// TestOneLinkOneColleague lets twenty people use one link at once.
func TestOneLinkOneColleague(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.file(filing(cases.Named, "first"))
	token := cases.JoinToken([]byte("secret"))
	if err := b.MakeJoinLink(b.ctx, c.ID, token); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	together(20, func(i int) {
		draft := fmt.Sprintf("joiner%d", i)
		got, again, err := b.JoinCase(b.ctx, token, cases.Joining{
			Draft: draft, Mode: cases.Dark, Language: "en", Way: cases.Way{Receipt: []byte("receipt of " + draft)},
		})
		switch {
		case err == nil && !again && got.Colleague == 1 && got.Mode == cases.Dark:
			won.Add(1)
		case cases.CodeOf(err) != cases.UsedUp:
			t.Errorf("join: %v, again %v, as %d", err, again, got.Colleague)
		}
	})
	if n := b.count("SELECT count(*) FROM co_reporters"); won.Load() != 1 || n != 1 {
		t.Errorf("%d won, %d joined", won.Load(), n)
	}
}

// TestLeavingDestroysTheWayBack joins by name, is told of an answer, finds the case, and leaves.
func TestLeavingDestroysTheWayBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Dark, "first"))
	token := cases.JoinToken([]byte("secret"))
	if err := b.MakeJoinLink(b.ctx, c.ID, token); err != nil {
		t.Fatal(err)
	}
	way := filing(cases.Named, "colleague").Way
	if _, _, err := b.JoinCase(b.ctx, token, cases.Joining{Draft: "joiner", Mode: cases.Named, Language: "en", Way: way}); err != nil {
		t.Fatal(err)
	}
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor()})
	b.act(c.Ref, cases.Act{Action: cases.Accept, By: lin.Actor()})
	if n := b.count("SELECT count(*) FROM notices WHERE recipient = 'reporter' AND colleague = 1"); n != 1 {
		t.Errorf("%d notices to the colleague", n)
	}
	mine, err := b.ByReporter(b.ctx, way.Reporter)
	if err != nil || len(mine) != 1 || mine[0].Colleague != 1 || mine[0].Mode != cases.Named {
		t.Errorf("finds %v, %v", mine, err)
	}
	who, err := b.Desk().Colleagues(b.ctx, lin.Actor(), c.ID)
	if err != nil || len(who) != 1 || who[0].Identity == nil {
		t.Errorf("the officer sees %v, %v", who, err)
	}
	if err := b.LeaveCase(b.ctx, c.ID, 1); err != nil {
		t.Fatal(err)
	}
	if n := b.count("SELECT (SELECT count(*) FROM co_reporters) + (SELECT count(*) FROM co_identities)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}
