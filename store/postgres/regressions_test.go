package postgres_test

import (
	"strings"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// Each reminder comes once, however many replicas look at the same moment and however often.
func TestEachReminderComesOnce(t *testing.T) {
	t.Parallel()
	c := gathered(t)
	rules := map[string]cases.Rules{"default": {Procedure: cases.Procedure{ID: "default", Clocks: []cases.Rule{
		{Name: "close", Days: 30, Until: []cases.EventKind{cases.Proposed}, Remind: cases.Reminder{Days: 5}},
	}}}}
	with := func(o *postgres.Options) { o.Now, o.Rules = c.time, rules }
	stores := []*postgres.Store{c.open(with), c.open(with), c.open(with)}
	for i := range 3 {
		f := filing(cases.Named, string(rune('a'+i)))
		if _, _, err := stores[0].File(c.ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	for range 40 { // days
		c.now.Add(24 * time.Hour.Microseconds())
		together(6, func(i int) {
			if _, err := stores[i%3].Tick(c.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	for what, sql := range map[string]string{
		"the owner's":   "SELECT count(*) FROM events WHERE kind = 'reminded' AND code = 'close.owner'",
		"the lead's":    "SELECT count(*) FROM events WHERE kind = 'reminded' AND code = 'close.lead'",
		"a missed date": "SELECT count(*) FROM (SELECT 1 FROM events WHERE kind = 'missed' GROUP BY case_id HAVING count(*) >= 1) m",
	} {
		if n := c.count(sql); n < 3 {
			t.Errorf("%s: %d", what, n)
		}
	}
	twice := `SELECT count(*) FROM (SELECT 1 FROM events e WHERE kind = 'reminded'
		GROUP BY case_id, code, (SELECT count(*) FROM events m WHERE m.case_id = e.case_id AND m.kind = 'missed' AND m.seq < e.seq)
		HAVING count(*) > 1) again`
	if n := c.count(twice); n != 0 {
		t.Errorf("%d reminders came again", n)
	}
}

// A hold that is put on a case at the moment in which its words are to be destroyed either comes in time, or too late: the
// case is never both.
func TestHoldBeatsShredding(t *testing.T) {
	t.Parallel()
	c := gathered(t)
	lead := c.actors[4]
	for i := range 12 {
		filed := c.file(filing(cases.Named, "d"+string(rune('a'+i))))
		body := &cases.Body{Text: "words"}
		for _, a := range []cases.Act{
			{Action: cases.Open, By: lead}, {Action: cases.Decline, By: lead, Code: "other", Body: body},
			{Action: cases.Warn, By: cases.Actor{Party: cases.System}},
		} {
			a.Key = string(a.Action)
			c.act(filed.Ref, a)
		}
		together(2, func(i int) {
			a := cases.Act{Action: cases.Hold, By: lead, Key: "hold", Body: body}
			if i == 1 {
				a = cases.Act{Action: cases.Shred, By: cases.Actor{Party: cases.System}, Key: "shred"}
			}
			_, _, _, _ = c.ActByID(c.ctx, filed.ID, a) // who came first is seen below
		})
		if n := c.count("SELECT count(*) FROM cases WHERE id::text = $1 AND held AND shredded", filed.ID); n != 0 {
			t.Fatal("held and destroyed")
		}
	}
}

// Words that do not open are an error, and neither nothing nor their cipher.
func TestWhatDoesNotOpenIsAnError(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.file(filing(cases.Named, "d"))
	b.exec("ALTER TABLE events DISABLE TRIGGER events_append_only")
	b.exec("UPDATE events SET body = '\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'")
	events, err := b.Events(b.ctx, c.ID)
	if err == nil || events != nil {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if strings.Contains(err.Error(), "0011") {
		t.Errorf("the error shows what is stored: %v", err)
	}
}
