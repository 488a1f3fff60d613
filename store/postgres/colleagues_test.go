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
