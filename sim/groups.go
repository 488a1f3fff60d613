package sim

import (
	"context"
	"slices"
	"strings"
)

// Group is a supergroup with the bot in it as a plain member.
type Group struct {
	srv  *Server
	chat *chat
}

// Group makes a group of these phones and the bot. The first one is its admin.
func (s *Server) Group(title string, members ...*Phone) *Group {
	s.reg.Lock()
	s.nextGr--
	c := &chat{srv: s, id: s.nextGr, title: title, botIn: true}
	for i, m := range members {
		c.members = append(c.members, &member{phone: m, admin: i == 0})
	}
	g := &Group{s, c}
	s.groups = append(s.groups, g)
	s.chats.Store(c.id, c)
	s.reg.Unlock()
	if len(members) > 0 {
		g.membership(members[0], "left", "member")
	}
	return g
}

// ID returns the group's chat id.
func (g *Group) ID() int64 { return g.chat.id }

// Title returns the group's title.
func (g *Group) Title() string { return g.chat.title }

// Anonymous lets an admin write as the group: the bot sees user 1087968824.
// The phone becomes an admin. Presses still carry the real user.
func (g *Group) Anonymous(p *Phone, on bool) {
	g.chat.mu.Lock()
	defer g.chat.mu.Unlock()
	if m := g.chat.member(p.ID()); m != nil {
		m.admin, m.anonymous = true, on
	}
}

// Add adds a phone to the group; the bot sees the service message.
func (g *Group) Add(p *Phone) {
	c := g.chat
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.member(p.ID()) != nil {
		return
	}
	c.members = append(c.members, &member{phone: p})
	st := &stored{by: p.ID(), wire: &wireMessage{From: p.user(), Chat: c.ref(), Date: g.srv.clock.Now().Unix(), NewMembers: []*user{p.user()}}}
	c.add(st)
	c.toBot("message", st)
}

// Remove takes a phone out of the group; the bot sees the service message.
func (g *Group) Remove(p *Phone) {
	c := g.chat
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.member(p.ID()) == nil {
		return
	}
	c.members = slices.DeleteFunc(c.members, func(m *member) bool { return m.phone == p })
	st := &stored{by: p.ID(), wire: &wireMessage{From: p.user(), Chat: c.ref(), Date: g.srv.clock.Now().Unix(), LeftMember: p.user()}}
	c.add(st)
	c.toBot("message", st)
}

// Kick takes the bot out of the group, by one of its members.
func (g *Group) Kick(by *Phone) {
	g.chat.mu.Lock()
	g.chat.botIn = false
	g.chat.mu.Unlock()
	g.membership(by, "member", "kicked")
}

func (g *Group) membership(by *Phone, old, now string) {
	g.srv.updates.send("my_chat_member", queueKey{'b', g.ID()}, g.ID(), by.ID(), memberUpdated{
		Chat: g.chat.ref(), From: by.user(), Date: g.srv.clock.Now().Unix(),
		Old: chatMember{Status: old, User: &g.srv.me}, New: chatMember{Status: now, User: &g.srv.me},
	})
}

// commandFor says whether "/cmd" or "/cmd@name" is meant for this bot.
func commandFor(command, username string) bool {
	_, name, named := strings.Cut(command, "@")
	return !named || strings.EqualFold(name, username)
}

func (s *Server) getChat(_ context.Context, p *params) (any, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	if c.private() && !c.phone.started.Load() && !s.knows(c.phone) {
		return nil, bad("chat not found")
	}
	return struct {
		*chatRef
		AccentColor  int             `json:"accent_color_id"`
		MaxReactions int             `json:"max_reaction_count"`
		Gifts        map[string]bool `json:"accepted_gift_types"`
	}{c.ref(), 0, 11, map[string]bool{}}, nil
}

func (s *Server) statusIn(c *chat, id int64) (chatMember, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == s.me.ID {
		if c.private() || c.botIn {
			return chatMember{Status: "member", User: &s.me}, true
		}
		return chatMember{Status: "left", User: &s.me}, true
	}
	if c.private() {
		return chatMember{Status: "member", User: c.phone.user()}, id == c.id
	}
	ph := s.Phone(id)
	if ph == nil {
		return chatMember{}, false
	}
	m := c.member(id)
	switch {
	case m == nil:
		return chatMember{Status: "left", User: ph.user()}, true
	case m.admin:
		return chatMember{Status: "administrator", User: ph.user(), Anonymous: &m.anonymous}, true
	}
	return chatMember{Status: "member", User: ph.user()}, true
}

func (s *Server) getChatMember(_ context.Context, p *params) (any, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	if p.str("user_id") == "" {
		return nil, bad("invalid user_id specified")
	}
	m, ok := s.statusIn(c, p.int64("user_id"))
	if !ok {
		return nil, bad("PARTICIPANT_ID_INVALID")
	}
	return m, nil
}

func (s *Server) getChatAdministrators(_ context.Context, p *params) (any, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, bad("there are no administrators in the private chat")
	}
	out := []chatMember{}
	for _, ph := range c.viewers() {
		if m, _ := s.statusIn(c, ph.ID()); m.Status == "administrator" {
			out = append(out, m)
		}
	}
	return out, nil
}

func (s *Server) leaveChat(_ context.Context, p *params) (any, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, bad("chat member status can't be changed in private chats")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.botIn = false
	return true, nil
}

func (s *Server) pinChatMessage(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.msgs[p.int("message_id")] == nil:
		return nil, bad("message to pin not found")
	case !c.private():
		return nil, bad("not enough rights to manage pinned messages in the chat")
	}
	return true, nil
}
