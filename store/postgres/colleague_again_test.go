package postgres_test

import (
	"testing"
	"time"

	"huiyin/cases"
)

// TestColleagueActsOnceAsThemself sends the same words twice: both times the case comes as the colleague has it, and
// nobody else's key passes for theirs. That somebody without a name joined, the first reporter hears on the next day.
func TestColleagueActsOnceAsThemself(t *testing.T) {
	t.Parallel()
	b, _ := quietSetup(t, time.Date(2026, 3, 3, 14, 21, 7, 0, shanghai()))
	c := b.file(filing(cases.Named, "first"))
	token := cases.JoinToken([]byte("secret"))
	if err := b.MakeJoinLink(b.ctx, c.ID, token); err != nil {
		t.Fatal(err)
	}
	joining := cases.Joining{Draft: "joiner", Mode: cases.Anonymous, Language: "zh-Hans", Way: filing(cases.Anonymous, "joiner").Way}
	for n := range 2 {
		got, again, err := b.JoinCase(b.ctx, token, joining)
		if err != nil || again != (n == 1) || got.Colleague != 1 || got.Mode != cases.Anonymous || got.Language != "zh-Hans" {
			t.Errorf("joined the %dth time: %v, again %v, as %d in %s", n+1, err, again, got.Colleague, got.Mode)
		}
	}
	add := cases.Act{
		Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Colleague: 1, Key: "words", Body: &cases.Body{Text: "I saw it too."},
	}
	for n := range 2 {
		got, e, again, err := b.ActByID(b.ctx, c.ID, add)
		if err != nil || again != (n == 1) || got.Colleague != 1 || got.Mode != cases.Anonymous || e.Colleague != 1 {
			t.Errorf("added the %dth time: %v, again %v, as %d in %s", n+1, err, again, got.Colleague, got.Mode)
		}
	}
	add.Colleague = 0
	if _, _, _, err := b.ActByID(b.ctx, c.ID, add); cases.CodeOf(err) != cases.Changed {
		t.Errorf("the first reporter with a colleague's key: %v", err)
	}
	from := time.Date(2026, 3, 4, 9, 0, 0, 0, shanghai())
	if n := b.count("SELECT count(*) FROM notices WHERE recipient = 'reporter' AND colleague = 0"); n != 1 {
		t.Errorf("the first reporter is told %d times that somebody joined", n)
	}
	if n := b.count("SELECT count(*) FROM notices WHERE recipient = 'reporter' AND due_at >= $1 AND due_at < $2", from, from.Add(12*time.Hour)); n != 1 {
		t.Error("the first reporter's notice tells the hour in which somebody without a name joined")
	}
}
