package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// Profile describes a person. ID 0 takes the next free one; Role is a label for the phones page.
type Profile struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	LastName string `json:"last_name,omitempty"`
	Username string `json:"username"`
	Language string `json:"language"` // IETF tag such as zh-hans, as the client reports it
	Role     string `json:"role"`
}

// Errors of phones, for errors.Is.
var (
	ErrNoMessage  = errors.New("no such message")
	ErrNoButton   = errors.New("the button is not on the message any more")
	ErrNotYours   = errors.New("the message is not this phone's")
	ErrProtected  = errors.New("the message may not be forwarded")
	ErrNotMember  = errors.New("the phone is not in that group")
	ErrEmpty      = errors.New("the message is empty")
	ErrTooLarge   = errors.New("the file is larger than 2 GB or empty")
	ErrNoSuchKind = errors.New("no such kind of message")
)

// Phone is one person's client: it sees what that person would see.
type Phone struct {
	srv         *Server
	profile     Profile
	chat        *chat
	started     atomic.Bool
	blocked     atomic.Bool
	deactivated atomic.Bool

	mu       sync.Mutex
	lastID   int64
	events   []Event // the latest, for streams that come back
	answers  []Answer
	on       []func(Event)
	queue    []Event
	draining bool
	changed  chan struct{} // closed at the next event, made when somebody waits
	read     map[string]int
}

// AddPhone adds a person. It panics when the id is taken, as a test would.
func (s *Server) AddPhone(p Profile) *Phone {
	ph, err := s.addPhone(p)
	if err != nil {
		panic("sim: " + err.Error())
	}
	return ph
}

func (s *Server) addPhone(p Profile) (*Phone, error) {
	s.reg.Lock()
	if p.ID == 0 {
		for taken := true; taken; {
			s.nextID++
			p.ID = s.nextID
			_, taken = s.phones.Load(p.ID)
		}
	}
	if p.ID < 0 || p.ID == s.me.ID || p.ID == anonymousAdmin {
		s.reg.Unlock()
		return nil, fmt.Errorf("user id %d is not free", p.ID)
	}
	ph := &Phone{srv: s, profile: p, read: map[string]int{}}
	ph.chat = &chat{srv: s, id: p.ID, phone: ph}
	if _, taken := s.phones.LoadOrStore(p.ID, ph); taken {
		s.reg.Unlock()
		return nil, fmt.Errorf("user id %d is not free", p.ID)
	}
	s.chats.Store(p.ID, ph.chat)
	s.order = append(s.order, ph)
	few := len(s.order) <= 50 // a page shows few phones; load runs add thousands
	others := s.order
	s.reg.Unlock()
	if few {
		for _, o := range others {
			o.emit(Event{Kind: "phone"})
		}
	}
	return ph, nil
}

// Profile returns who the phone belongs to.
func (p *Phone) Profile() Profile { return p.profile }

// ID returns the person's user id, which is also the id of their private chat.
func (p *Phone) ID() int64 { return p.profile.ID }

func (p *Phone) user() *user {
	pr := &p.profile
	return &user{ID: pr.ID, FirstName: pr.Name, LastName: pr.LastName, Username: pr.Username, LanguageCode: pr.Language}
}

// Messages returns what the phone shows in the chat with the bot, oldest first.
func (p *Phone) Messages() []Message { return p.chat.messages(p) }

// MessagesIn is Messages for a group.
func (p *Phone) MessagesIn(g *Group) []Message { return g.chat.messages(p) }

// Last returns the newest message in the chat with the bot, or a zero one.
func (p *Phone) Last() Message {
	c := p.chat
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.order); n > 0 {
		return c.view(p, c.msgs[c.order[n-1]])
	}
	return Message{}
}

// Answers returns the callback answers this phone got, oldest first.
func (p *Phone) Answers() []Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Answer(nil), p.answers...)
}

// Commands returns the menu the phone shows in the chat with the bot.
func (p *Phone) Commands() []Command { return p.srv.resolve(p, p.chat) }

// Await returns once ok says yes to the messages of the chat with the bot. It
// looks again at every event of the phone, and fails when ctx ends.
func (p *Phone) Await(ctx context.Context, ok func([]Message) bool) error {
	return p.wait(ctx, func() bool { return ok(p.Messages()) })
}

// AwaitAnswer returns the answer to a press once it has come.
func (p *Phone) AwaitAnswer(ctx context.Context, queryID string) (Answer, error) {
	var found Answer
	err := p.wait(ctx, func() bool {
		for _, a := range p.Answers() {
			if a.Query == queryID {
				found = a
				return true
			}
		}
		return false
	})
	return found, err
}

func (p *Phone) wait(ctx context.Context, ok func() bool) error {
	for {
		p.mu.Lock()
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("phone %d waits: %w", p.profile.ID, ctx.Err())
		}
	}
}

// Block blocks the bot: it is told, and what it sends is refused.
func (p *Phone) Block() { p.setBlocked(true) }

// Unblock takes the bot back.
func (p *Phone) Unblock() { p.setBlocked(false) }

func (p *Phone) setBlocked(blocked bool) {
	if p.blocked.Swap(blocked) == blocked {
		return
	}
	old, now := chatMember{Status: "member", User: &p.srv.me}, chatMember{Status: "kicked", User: &p.srv.me, UntilDate: new(int64)}
	if !blocked {
		old, now = now, old
	}
	p.srv.updates.send("my_chat_member", queueKey{'b', p.profile.ID}, p.profile.ID, p.profile.ID,
		memberUpdated{Chat: p.chat.ref(), From: p.user(), Date: p.srv.clock.Now().Unix(), Old: old, New: now})
}

// Deactivate deletes the account: the bot's sends are refused from then on.
func (p *Phone) Deactivate() { p.deactivated.Store(true) }

// Tap presses the newest visible button whose text equals label or, if none
// does, contains it: inline buttons first, then the reply keyboard.
func (p *Phone) Tap(label string) error {
	_, err := p.TapQuery(label)
	return err
}

// TapQuery is Tap and returns the query id ("" for a reply keyboard), for AwaitAnswer.
func (p *Phone) TapQuery(label string) (string, error) {
	id, data, key := tapTarget(p.Messages(), label)
	switch {
	case data != "":
		return p.Press(id, data)
	case key != "":
		p.Send(key)
		return "", nil
	}
	return "", fmt.Errorf("tap: %w", ErrNoButton)
}

// tapTarget finds what a label means: an inline button (message id and data)
// or a key of the reply keyboard.
func tapTarget(all []Message, label string) (id int, data, key string) {
	for _, fits := range []func(string) bool{
		func(s string) bool { return s == label },
		func(s string) bool { return strings.Contains(s, label) },
	} {
		for i := len(all) - 1; i >= 0; i-- {
			for _, row := range all[i].Buttons {
				for _, b := range row {
					if b.Data != "" && fits(b.Text) {
						return all[i].ID, b.Data, ""
					}
				}
			}
		}
		for _, row := range keyboardOf(all) {
			for _, key := range row {
				if fits(key) {
					return 0, "", key
				}
			}
		}
	}
	return 0, "", ""
}

// keyboardOf returns the reply keyboard that is up after these messages.
func keyboardOf(all []Message) [][]string {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].RemoveKeys {
			return nil
		}
		if all[i].Keyboard != nil {
			return all[i].Keyboard
		}
	}
	return nil
}

// Press presses the inline button with that data. It fails with ErrNoButton
// when the message does not carry it any more.
func (p *Phone) Press(messageID int, data string) (queryID string, err error) {
	return p.press(p.chat, messageID, data, false)
}

// PressIn is Press in a group.
func (p *Phone) PressIn(g *Group, messageID int, data string) (queryID string, err error) {
	return p.press(g.chat, messageID, data, false)
}

// PressStale presses a button whether it is still there or not, as a client
// does that has not heard of the edit. For a deleted message the bot sees an
// inaccessible one with date 0.
func (p *Phone) PressStale(messageID int, data string) (queryID string, err error) {
	return p.press(p.chat, messageID, data, true)
}

func (p *Phone) press(c *chat, messageID int, data string, stale bool) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.private() && c.member(p.profile.ID) == nil {
		return "", fmt.Errorf("press: %w", ErrNotMember)
	}
	st := c.msgs[messageID]
	if st == nil && !stale {
		return "", fmt.Errorf("press: %w", ErrNoMessage)
	}
	if !stale && !hasData(st.wire.InlineKeyboard, data) {
		return "", fmt.Errorf("press: %w", ErrNoButton)
	}
	q := p.srv.queries.add(p, c)
	cq := callbackQuery{ID: q.id, From: p.user(), ChatInstance: itoa(int(c.id) ^ 0x5eed), Data: data}
	if st != nil {
		cq.Message = st.wire
	} else {
		cq.Message = inaccessibleMessage{Chat: c.ref(), MessageID: messageID}
	}
	p.srv.updates.send("callback_query", queueKey{'q', p.profile.ID}, c.id, p.profile.ID, cq)
	return q.id, nil
}

func hasData(k *inlineKeyboard, data string) bool {
	if k == nil {
		return false
	}
	for _, row := range k.InlineKeyboard {
		for _, b := range row {
			if b.CallbackData == data && data != "" {
				return true
			}
		}
	}
	return false
}
