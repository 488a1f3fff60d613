package flows_test

import (
	"testing"
	"time"

	"huiyin/flows"
)

func TestSentMessagesFindTheirCase(t *testing.T) {
	t.Parallel()
	var s flows.Session
	s.MarkSent(flows.Sent{Case: "none"}) // nothing came from the chat
	many := make([]int, flows.MaxSentMessages+5)
	for i := range many {
		many[i] = 1000 + i
	}
	s.MarkSent(flows.Sent{Case: "a", Messages: many})
	copied := s
	for i, id := range []string{"b", "c", "d"} {
		s.MarkSent(flows.Sent{Case: id, Messages: []int{i + 1, 0}})
	}
	for message, want := range map[int]string{
		0: "", 1: "b", 2: "c", 3: "d", 4: "", 1004: "", 1005: "a", many[len(many)-1]: "a",
	} {
		if got := s.SentWith(message).Case; got != want {
			t.Errorf("message %d: %q, want %q", message, got, want)
		}
	}
	s.MarkSent(flows.Sent{Case: "e", Messages: []int{9}})
	if len(s.Sent) != flows.MaxSent || s.SentWith(1005).Case != "" || s.SentWith(9).Case != "e" {
		t.Errorf("the oldest is not forgotten: %+v", s.Sent)
	}
	if len(copied.Sent) != 1 {
		t.Error("an earlier copy of the session was changed")
	}
}

func TestForgetSent(t *testing.T) {
	t.Parallel()
	var s flows.Session
	s.MarkSent(flows.Sent{Case: "a", Messages: []int{1}})
	s.MarkSent(flows.Sent{Case: "b", Messages: []int{2}})
	copied := s
	s.ForgetSent("a")
	if s.SentWith(1).Case != "" || s.SentWith(2).Case != "b" || copied.SentWith(1).Case != "a" {
		t.Errorf("left %+v, the earlier copy has %+v", s.Sent, copied.Sent)
	}
}

// What was opened ends with its time, and with it what showed it.
func TestExpire(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	open := func() flows.Session {
		return flows.Session{Opened: &flows.Opened{Case: "c", Until: at}, Screen: flows.Screen{Name: "case", Arg: "HY"}}
	}
	early, late, none := open(), open(), flows.Session{Screen: flows.Screen{Name: "cases"}}
	early.Expire(at.Add(-time.Second))
	late.Expire(at)
	none.Expire(at)
	if early.Opened == nil || early.Screen.Arg != "HY" || late.Opened != nil || late.Screen != (flows.Screen{}) || none.Screen.Name != "cases" {
		t.Errorf("early %+v, late %+v, none %+v", early, late, none)
	}
}

// A form about a case that has lost its name is not kept outside Redis any more; forms about others are.
func TestAbout(t *testing.T) {
	t.Parallel()
	draft := func(id string) flows.Draft {
		return flows.Draft{ID: id, Context: map[string]string{"case": id, "mode": "named"}}
	}
	s := flows.Session{Drafts: []flows.Draft{draft("a"), draft("b")}}
	copied := s
	s.About("a", "anonymous")
	if s.Drafts[0].Context["mode"] != "anonymous" || s.Drafts[1].Context["mode"] != "named" || s.Durable() {
		t.Errorf("%+v", s.Drafts)
	}
	if !copied.Durable() {
		t.Error("an earlier copy of the session was changed")
	}
}
