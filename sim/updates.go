package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	pressLife  = 150 * time.Second
	updateLife = 24 * time.Hour
)

// queueKey names one of the queues in which Telegram keeps order on webhooks:
// messages and edits of a chat, presses of a person, membership, the rest.
type queueKey struct {
	class byte
	id    int64
}

type update struct {
	id         int64
	kind       string
	queue      queueKey
	chat, user int64
	body       json.RawMessage // the value under the key kind
	expires    time.Time
	after      <-chan struct{} // deliver only once this is closed
	done       chan struct{}   // closed when delivered, if somebody waits for it
	again      bool            // deliver once more
}

func (u *update) wire() []byte {
	b := make([]byte, 0, len(u.body)+len(u.kind)+40)
	b = append(b, `{"update_id":`...)
	b = strconv.AppendInt(b, u.id, 10)
	b = append(b, `,"`...)
	b = append(b, u.kind...)
	b = append(b, `":`...)
	b = append(b, u.body...)
	return append(b, '}')
}

// updates holds what the bot has not confirmed. Without a webhook it is one
// list in order of ids; with one, a queue per queueKey with its own worker.
type updates struct {
	s *Server

	mu      sync.Mutex
	lastID  int64
	allowed map[string]bool // nil: everything but the kinds that must be asked for
	list    []*update
	poller  *poller
	wake    chan struct{}
	hook    *hook
	held    map[int64]*update // person → update waiting for its partner
	pending int
	owed    map[int64]int // by person: updates of theirs that wait
	lapsed  map[int64]int // by person: updates that grew too old before the bot confirmed them
	idle    []chan struct{}
}

type poller struct{ ended chan error }

func newUpdates(s *Server) *updates {
	return &updates{s: s, lastID: 700_000_000, wake: make(chan struct{}), held: map[int64]*update{}, owed: map[int64]int{}, lapsed: map[int64]int{}}
}

// send queues one update of the given kind for the bot.
func (us *updates) send(kind string, key queueKey, chat, person int64, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("sim: marshal %s: %v", kind, err)) // our own types: cannot fail
	}
	u := &update{kind: kind, queue: key, chat: chat, user: person, body: body, expires: us.s.clock.Now().Add(updateLife)}
	if kind == "callback_query" {
		u.expires = us.s.clock.Now().Add(pressLife)
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	if !us.wanted(kind) {
		return
	}
	if first := us.held[person]; first != nil && first.queue != u.queue {
		delete(us.held, person)
		u.done = make(chan struct{})
		us.push(u)
		first.after = u.done
		us.finished(first)
		us.push(first)
		return
	}
	if us.s.faults.forUpdate(FaultSwap, u) && us.held[person] == nil {
		us.hold(person, u)
		return
	}
	us.push(u)
	if kind == "callback_query" && us.s.faults.forUpdate(FaultRepress, u) {
		again := *u
		again.id = 0
		us.push(&again)
	}
}

// hold keeps an update back until one of another queue comes, or SwapWait has passed.
func (us *updates) hold(person int64, u *update) {
	us.held[person] = u
	us.owe(u)
	time.AfterFunc(us.s.opts.SwapWait, func() {
		us.mu.Lock()
		defer us.mu.Unlock()
		if us.held[person] == u {
			delete(us.held, person)
			us.push(u)
			us.finished(u) // it waits once, not twice
		}
	})
}

func (us *updates) wanted(kind string) bool {
	if us.allowed != nil {
		return us.allowed[kind]
	}
	switch kind {
	case "chat_member", "message_reaction", "message_reaction_count":
		return false
	}
	return true
}

// push gives the update its id and makes it deliverable. Caller holds mu.
func (us *updates) push(u *update) {
	if u.id == 0 {
		us.lastID++
		u.id = us.lastID
	}
	if us.s.ctx.Err() != nil {
		return // closing: nobody will take it
	}
	u.again = us.s.faults.forUpdate(FaultDuplicate, u)
	us.owe(u)
	if us.hook != nil {
		us.hook.push(u)
		return
	}
	us.list = append(us.list, u)
	close(us.wake)
	us.wake = make(chan struct{})
}

// finished counts updates as delivered or dropped. Caller holds mu.
func (us *updates) finished(done ...*update) {
	us.pending -= len(done)
	for _, u := range done {
		if us.owed[u.user]--; us.owed[u.user] == 0 {
			delete(us.owed, u.user)
		}
	}
	if us.pending == 0 {
		for _, c := range us.idle {
			close(c)
		}
		us.idle = nil
	}
}

// Settled returns when no update waits: each was answered 2xx by the webhook,
// or confirmed by the offset of a later getUpdates. It returns ctx's error when that comes first.
func (s *Server) Settled(ctx context.Context) error {
	us := s.updates
	for {
		us.mu.Lock()
		if us.pending == 0 {
			us.mu.Unlock()
			return nil
		}
		c := make(chan struct{})
		us.idle = append(us.idle, c)
		n := us.pending
		us.mu.Unlock()
		select {
		case <-c:
		case <-ctx.Done():
			return fmt.Errorf("%d updates not settled: %w", n, ctx.Err())
		}
	}
}

// Pending counts the updates the bot has not confirmed.
func (s *Server) Pending() int {
	s.updates.mu.Lock()
	defer s.updates.mu.Unlock()
	return s.updates.pending
}

// Deliver puts a raw update (forged, old, of an unknown kind) through the same
// queues as any other. Its update_id is kept when it has one. It returns the id.
func (s *Server) Deliver(raw []byte) (int64, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return 0, fmt.Errorf("decode raw update: %w", err)
	}
	u := &update{expires: s.clock.Now().Add(updateLife)}
	if id, ok := fields["update_id"]; ok {
		if err := json.Unmarshal(id, &u.id); err != nil {
			return 0, fmt.Errorf("decode raw update: update_id: %w", err)
		}
		delete(fields, "update_id")
	}
	if len(fields) != 1 {
		return 0, fmt.Errorf("decode raw update: want exactly one field beside update_id, have %d", len(fields))
	}
	for kind, body := range fields {
		u.kind, u.body = kind, body
	}
	var who struct {
		Chat    struct{ ID int64 }
		From    struct{ ID int64 }
		Message struct{ Chat struct{ ID int64 } }
	}
	_ = json.Unmarshal(u.body, &who) // an unknown shape goes into the queue of chat 0
	u.chat, u.user = cmp.Or(who.Chat.ID, who.Message.Chat.ID), who.From.ID
	u.queue = queueFor(u.kind, u.chat, u.user)
	us := s.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	us.push(u)
	return u.id, nil
}

func queueFor(kind string, chat, person int64) queueKey {
	switch kind {
	case "callback_query":
		return queueKey{'q', person}
	case "my_chat_member":
		return queueKey{'b', chat}
	case "chat_member":
		return queueKey{'c', chat}
	}
	return queueKey{'m', chat}
}

func (s *Server) getUpdates(ctx context.Context, p *params) (any, error) {
	limit := 100
	if n := p.int("limit"); p.has("limit") && n >= 1 && n <= 100 {
		limit = n
	}
	timeout := time.Duration(min(max(p.int("timeout"), 0), 50)) * time.Second
	us := s.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.hook != nil {
		return nil, conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	if err := us.setAllowed(p); err != nil {
		return nil, err
	}
	us.endPoller(conflict("terminated by other getUpdates request; make sure that only one bot instance is running"))
	me := &poller{ended: make(chan error, 1)}
	us.poller = me
	defer func() {
		if us.poller == me {
			us.poller = nil
		}
	}()
	us.confirm(p.int64("offset"))
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		us.dropExpired()
		if batch := us.batch(limit); len(batch) > 0 || timeout == 0 {
			return batch, nil
		}
		wake := us.wake
		us.mu.Unlock()
		var err error
		select {
		case <-wake:
		case <-timer.C:
			timeout = 0
		case err = <-me.ended:
		case <-ctx.Done():
			err = conflict("the client went away")
		case <-s.ctx.Done():
			err = &apiError{Code: 500, Desc: "Internal Server Error: restart"}
		}
		us.mu.Lock()
		if err != nil {
			return nil, err
		}
		if us.poller != me {
			return nil, <-me.ended
		}
	}
}

func (us *updates) endPoller(why error) {
	if us.poller != nil {
		us.poller.ended <- why
		us.poller = nil
	}
}

func (us *updates) batch(limit int) []json.RawMessage {
	out := []json.RawMessage{}
	for _, u := range us.list[:min(limit, len(us.list))] {
		out = append(out, u.wire())
	}
	return out
}

// confirm forgets what comes before offset; a negative one keeps only that many of the last.
func (us *updates) confirm(offset int64) {
	gone := 0
	if offset < 0 {
		gone = max(0, len(us.list)+int(offset))
	} else {
		for gone < len(us.list) && us.list[gone].id < offset {
			gone++
		}
	}
	if gone == 0 {
		return
	}
	var again []*update
	for _, u := range us.list[:gone] {
		if u.done != nil {
			close(u.done)
			u.done = nil
		}
		if u.again {
			u.again = false
			again = append(again, u)
		}
	}
	for _, u := range us.list[:gone] {
		if !slices.Contains(again, u) {
			us.finished(u)
		}
	}
	us.list = us.list[gone:]
	if len(again) > 0 {
		us.list = append(again, us.list...)
	}
}

func (us *updates) dropExpired() {
	now := us.s.clock.Now()
	var old []*update
	us.list = slices.DeleteFunc(us.list, func(u *update) bool {
		if !now.After(u.expires) {
			return false
		}
		old = append(old, u)
		us.lapsed[u.user]++
		return true
	})
	us.finished(old...)
}

// setAllowed changes which kinds are queued; leaving the parameter out keeps
// them, an empty list means the default. Caller holds mu.
func (us *updates) setAllowed(p *params) error {
	if !p.has("allowed_updates") {
		return nil
	}
	var kinds []string
	if err := p.json("allowed_updates", "allowed_updates", &kinds); err != nil {
		return err
	}
	us.allowed = nil
	if len(kinds) > 0 {
		us.allowed = map[string]bool{}
		for _, k := range kinds {
			us.allowed[k] = true
		}
	}
	return nil
}

// Polling says whether a getUpdates call waits at this moment.
func (s *Server) Polling() bool {
	s.updates.mu.Lock()
	defer s.updates.mu.Unlock()
	return s.updates.poller != nil
}
