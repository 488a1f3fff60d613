package flows_test

import (
	"testing"

	"github.com/mailru/easyjson"

	"huiyin/flows"
)

// halfway is a session a few questions into a complaint.
func halfway(tb testing.TB) flows.Session {
	b := setup(tb)
	p := b.person(tb, "complaint", nil)
	p.press("o.named", "o.ok", "o.facilities", "o.canteen")
	for i := range 12 {
		p.s.MarkSeen(int64(870123400 + 37*i))
	}
	return p.s
}

func BenchmarkSessionToJSON(b *testing.B) {
	s := halfway(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := easyjson.Marshal(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSessionFromJSON(b *testing.B) {
	raw, err := easyjson.Marshal(halfway(b))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		var s flows.Session
		if err := easyjson.Unmarshal(raw, &s); err != nil {
			b.Fatal(err)
		}
	}
}
