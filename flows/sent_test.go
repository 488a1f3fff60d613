package flows_test

import (
	"testing"

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
		if got := s.SentWith(message); got != want {
			t.Errorf("message %d: %q, want %q", message, got, want)
		}
	}
	s.MarkSent(flows.Sent{Case: "e", Messages: []int{9}})
	if len(s.Sent) != flows.MaxSent || s.SentWith(1005) != "" || s.SentWith(9) != "e" {
		t.Errorf("the oldest is not forgotten: %+v", s.Sent)
	}
	if len(copied.Sent) != 1 {
		t.Error("an earlier copy of the session was changed")
	}
}
