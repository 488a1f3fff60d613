package text_test

import (
	"testing"
	"time"

	"huiyin/flows"
)

// BenchmarkPrompt renders a question of the complaint with its buttons.
func BenchmarkPrompt(b *testing.B) {
	book, c := realBook(b)
	engine, err := flows.NewEngine(c.Flows, c.Messages, c.Org)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, book.Zone())
	s, _ := engine.Begin(flows.Session{}, "complaint", flows.Seed{ID: "draft", Nonce: "nonce"}, nil, now)
	p, ok := engine.Prompt(s)
	if !ok {
		b.Fatal("there is no question")
	}
	b.ReportAllocs()
	for b.Loop() {
		if book.Prompt("en", p).HTML == "" {
			b.Fatal("nothing is said")
		}
	}
}
