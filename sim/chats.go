package sim

import (
	"strconv"
	"sync"
)

func itoa(n int) string { return strconv.Itoa(n) }

// anonymousAdmin is the user that stands for every anonymous group admin.
const anonymousAdmin = 1087968824

// chat is a private chat with the bot (phone set) or a group. Its mutex is
// held only for memory work, and never together with another chat's.
type chat struct {
	srv   *Server
	id    int64
	phone *Phone // nil in groups
	title string

	mu      sync.Mutex
	next    int
	msgs    map[int]*stored
	order   []int
	members []*member // groups
	botIn   bool
}

type member struct {
	phone     *Phone
	admin     bool
	anonymous bool
}

// stored is a message as the server keeps it; wire is never changed in place, an edit replaces it.
type stored struct {
	wire   *wireMessage
	by     int64 // user id of the real sender, the bot's for its own
	markup *markup
	album  string
}

func (c *chat) private() bool { return c.phone != nil }

func (c *chat) key() string {
	if c.private() {
		return "bot"
	}
	return strconv.FormatInt(c.id, 10)
}

func (c *chat) ref() *chatRef {
	if c.private() {
		pr := &c.phone.profile
		return &chatRef{ID: c.id, Type: "private", Username: pr.Username, FirstName: pr.Name, LastName: pr.LastName}
	}
	return &chatRef{ID: c.id, Type: "supergroup", Title: c.title}
}

func (c *chat) isAdmin(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.member(id)
	return m != nil && m.admin
}

// member finds a person in a group. Caller holds mu.
func (c *chat) member(id int64) *member {
	for _, m := range c.members {
		if m.phone.profile.ID == id {
			return m
		}
	}
	return nil
}

// add stores a message under the next id and shows it on the phones. Caller holds mu.
func (c *chat) add(st *stored) {
	c.next++
	st.wire.MessageID = c.next
	if c.msgs == nil {
		c.msgs = map[int]*stored{}
	}
	c.msgs[c.next] = st
	c.order = append(c.order, c.next)
	if n := c.srv.opts.History; n > 0 && len(c.order) > n {
		delete(c.msgs, c.order[0])
		c.order = c.order[1:]
	}
	c.show("message", st)
}

// replace puts an edited message in place. Caller holds mu.
func (c *chat) replace(st *stored) {
	c.msgs[st.wire.MessageID] = st
	c.show("edited", st)
}

// remove deletes messages on all sides. Caller holds mu.
func (c *chat) remove(ids ...int) {
	gone := map[int]bool{}
	for _, id := range ids {
		delete(c.msgs, id)
		gone[id] = true
	}
	kept := c.order[:0:0]
	for _, id := range c.order {
		if !gone[id] {
			kept = append(kept, id)
		}
	}
	c.order = kept
	c.tell(Event{Kind: "deleted", Chat: c.key(), IDs: ids})
}

// show tells every phone in the chat about a message as that phone sees it. Caller holds mu.
func (c *chat) show(kind string, st *stored) {
	for _, ph := range c.viewers() {
		m := c.view(ph, st)
		ph.emit(Event{Kind: kind, Chat: c.key(), Message: &m})
	}
}

// tell gives one event to every phone in the chat. Caller holds mu.
func (c *chat) tell(e Event) {
	for _, ph := range c.viewers() {
		ph.emit(e)
	}
}

func (c *chat) viewers() []*Phone {
	if c.private() {
		return []*Phone{c.phone}
	}
	out := make([]*Phone, len(c.members))
	for i, m := range c.members {
		out[i] = m.phone
	}
	return out
}

// messages returns what the phone sees, oldest first.
func (c *chat) messages(ph *Phone) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Message, 0, len(c.order))
	for _, id := range c.order {
		out = append(out, c.view(ph, c.msgs[id]))
	}
	return out
}

// toBot queues a person's message for the bot, unless privacy mode hides it. Caller holds mu.
func (c *chat) toBot(kind string, st *stored) {
	if !c.private() && (!c.botIn || !c.srv.opts.SeesAll && !c.visibleToBot(st.wire)) {
		return
	}
	c.srv.updates.send(kind, queueKey{'m', c.id}, c.id, st.by, st.wire)
}

// visibleToBot is privacy mode: commands for this bot, replies to it, service messages.
func (c *chat) visibleToBot(m *wireMessage) bool {
	if m.ReplyTo != nil && m.ReplyTo.From != nil && m.ReplyTo.From.ID == c.srv.me.ID {
		return true
	}
	if m.NewMembers != nil || m.LeftMember != nil || m.GroupCreated {
		return true
	}
	for _, e := range m.Entities {
		if e.Type == "bot_command" && e.Offset == 0 {
			return commandFor(m.Text[:e.Length], c.srv.me.Username)
		}
	}
	return false
}

// lookup finds the chat of a send and says why the bot may not write there.
func (s *Server) lookup(p *params) (*chat, error) {
	raw := p.str("chat_id")
	if raw == "" {
		return nil, bad("chat_id is empty")
	}
	c := s.chat(p.int64("chat_id"))
	if c == nil {
		return nil, bad("chat not found")
	}
	return c, nil
}

// writable is lookup for methods that write into the chat.
func (s *Server) writable(p *params) (*chat, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	if !c.private() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.botIn {
			return nil, forbidden("bot is not a member of the supergroup chat")
		}
		return c, nil
	}
	switch ph := c.phone; {
	case ph.deactivated.Load():
		return nil, forbidden("user is deactivated")
	case ph.blocked.Load():
		return nil, forbidden("bot was blocked by the user")
	case !ph.started.Load():
		if s.knows(ph) {
			return nil, forbidden("bot can't initiate conversation with a user")
		}
		return nil, bad("chat not found")
	}
	return c, nil
}

// knows says whether the bot has met a person in a group.
func (s *Server) knows(ph *Phone) bool {
	for _, g := range s.Groups() {
		g.chat.mu.Lock()
		m := g.chat.member(ph.profile.ID)
		g.chat.mu.Unlock()
		if m != nil {
			return true
		}
	}
	return false
}
