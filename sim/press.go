package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

func jsonText(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return string(raw), nil
}

// query is a button press the bot has not answered.
type query struct {
	id    string
	phone *Phone
	chat  *chat
	at    time.Time
}

// queries forgets a press when it is answered, and all older than pressLife.
type queries struct {
	clock *Clock
	mu    sync.Mutex
	open  map[string]*query
	age   []*query
}

func (qs *queries) add(ph *Phone, c *chat) *query {
	q := &query{id: strconv.FormatUint(rand.Uint64()>>1, 10), phone: ph, chat: c, at: qs.clock.Now()}
	qs.mu.Lock()
	defer qs.mu.Unlock()
	for len(qs.age) > 0 && q.at.Sub(qs.age[0].at) > pressLife {
		delete(qs.open, qs.age[0].id)
		qs.age = qs.age[1:]
	}
	qs.open[q.id] = q
	qs.age = append(qs.age, q)
	return q
}

func (qs *queries) take(id string) *query {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	q := qs.open[id]
	delete(qs.open, id)
	if q == nil || qs.clock.Now().Sub(q.at) > pressLife {
		return nil
	}
	return q
}

// chatOf returns the chat of an open press, 0 for an unknown one.
func (qs *queries) chatOf(id string) int64 {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if q := qs.open[id]; q != nil {
		return q.chat.id
	}
	return 0
}

func (s *Server) answerCallbackQuery(_ context.Context, p *params) (any, error) {
	text := p.str("text")
	if units(text) > 200 {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	q := s.queries.take(p.str("callback_query_id"))
	if q == nil {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	a := Answer{Query: q.id, Text: text, Alert: p.bool("show_alert"), URL: p.str("url")}
	q.phone.answered(a)
	return true, nil
}
