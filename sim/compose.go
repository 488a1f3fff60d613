package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Send sends a text to the bot as a client does: trimmed, and in parts of 4096
// units when it is longer. It returns the last part; an empty text sends
// nothing and returns a zero Message. It unblocks the bot first, as a client would.
func (p *Phone) Send(text string) Message {
	m, _ := p.compose(p.chat, text, 0)
	return m
}

// SendIn is Send in a group.
func (p *Phone) SendIn(g *Group, text string) Message {
	m, _ := p.compose(g.chat, text, 0)
	return m
}

// Reply sends a text in reply to a message of the chat with the bot.
func (p *Phone) Reply(to int, text string) Message {
	m, _ := p.compose(p.chat, text, to)
	return m
}

// ReplyIn is Reply in a group.
func (p *Phone) ReplyIn(g *Group, to int, text string) Message {
	m, _ := p.compose(g.chat, text, to)
	return m
}

// Start presses the Start button or a deep link with a payload.
func (p *Phone) Start(payload string) Message {
	return p.Send(strings.TrimSpace("/start " + payload))
}

func (p *Phone) compose(c *chat, text string, replyTo int) (Message, error) {
	text, _ = tidy(strings.ToValidUTF8(text, "\uFFFD"), nil)
	if text == "" {
		return Message{}, ErrEmpty
	}
	var last Message
	for text != "" {
		part := text
		if len(text) > maxText && units(text) > maxText {
			part = text[:cutAt(text, maxText)]
		}
		text = strings.TrimLeft(text[len(part):], " \n")
		part = strings.TrimRight(part, " \n")
		if part == "" {
			continue
		}
		m, err := p.send(c, &wireMessage{Text: part, Entities: addFound(part, nil)}, replyTo, "")
		if err != nil {
			return Message{}, err
		}
		last, replyTo = m, 0
	}
	return last, nil
}

// cutAt returns the byte where a text reaches n units, at a line or word end when one is near.
func cutAt(text string, n int) int {
	at, end := 0, 0
	for i, r := range text {
		if at+runeUnits(r) > n {
			break
		}
		at += runeUnits(r)
		end = i + utf8.RuneLen(r)
	}
	for _, sep := range []string{"\n", " "} {
		if i := strings.LastIndex(text[:end], sep); i > end/2 {
			return i
		}
	}
	return end
}

// send stores a person's message and queues it for the bot.
func (p *Phone) send(c *chat, w *wireMessage, replyTo int, album string) (Message, error) {
	if c.private() {
		p.started.Store(true)
		p.Unblock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.From, w.Chat, w.Date, w.MediaGroupID = p.user(), c.ref(), p.srv.clock.Now().Unix(), album
	if !c.private() {
		m := c.member(p.profile.ID)
		if m == nil {
			return Message{}, ErrNotMember
		}
		if m.anonymous {
			w.From = &user{ID: anonymousAdmin, IsBot: true, FirstName: "Group", Username: "GroupAnonymousBot"}
			w.SenderChat = c.ref()
		}
	}
	if st := c.msgs[replyTo]; st != nil {
		to := *st.wire
		to.ReplyTo = nil
		w.ReplyTo = &to
	}
	st := &stored{wire: w, by: p.profile.ID, album: album}
	c.add(st)
	c.toBot("message", st)
	return c.view(p, st), nil
}

// SendFile sends a file to the bot. kind is photo, document, voice, video,
// audio, animation, video_note or sticker; photos must be images. Equal albums
// in a row are one album. It panics when Telegram's client would refuse the file.
func (p *Phone) SendFile(kind, name string, data []byte, caption, album string) Message {
	m, err := p.sendFile(p.chat, kind, name, "", data, caption, album, 0)
	if err != nil {
		panic("sim: send file: " + err.Error())
	}
	return m
}

// SendFileIn is SendFile in a group.
func (p *Phone) SendFileIn(g *Group, kind, name string, data []byte, caption, album string) Message {
	m, err := p.sendFile(g.chat, kind, name, "", data, caption, album, 0)
	if err != nil {
		panic("sim: send file: " + err.Error())
	}
	return m
}

func (p *Phone) sendFile(c *chat, kind, name, mime string, data []byte, caption, album string, replyTo int) (Message, error) {
	if kindFolder[kind] == "" {
		return Message{}, ErrNoSuchKind
	}
	if len(data) == 0 {
		return Message{}, ErrTooLarge
	}
	caption, _ = tidy(strings.ToValidUTF8(caption, "\uFFFD"), nil)
	if units(caption) > maxCaption {
		caption = caption[:cutAt(caption, maxCaption)]
	}
	w := &wireMessage{Caption: caption, CaptionEnts: addFound(caption, nil)}
	data = slices.Clone(data)
	if kind == "photo" {
		sizes, err := p.srv.files.addPhoto(data)
		if err != nil {
			return Message{}, fmt.Errorf("a photo must be an image: %w", err)
		}
		w.attach(kind, nil, sizes)
	} else {
		f := p.srv.files.add(kind, name, mime, data, "")
		switch kind {
		case "voice", "video", "audio", "animation", "video_note":
			f.Duration = max(1, len(data)/4000)
		}
		if kind == "video_note" {
			f.Length = 240
		}
		m := f.media
		w.attach(kind, &m, nil)
	}
	if album != "" {
		album = fmt.Sprintf("%d%s", p.profile.ID, album)
	}
	return p.send(c, w, replyTo, album)
}

var otherBodies = map[string]string{
	"location": `{"latitude":31.2304,"longitude":121.4737}`,
	"contact":  `{"phone_number":"+8613800000000","first_name":"A contact"}`,
	"poll":     `{"id":"1","question":"?","options":[{"persistent_id":"0","text":"a","voter_count":0},{"persistent_id":"1","text":"b","voter_count":0}],"total_voter_count":0,"is_closed":false,"is_anonymous":true,"type":"regular","allows_multiple_answers":false}`,
	"dice":     `{"emoji":"🎲","value":4}`,
}

// SendOther sends a message of a kind that carries no words: sticker, location,
// contact, poll, dice, video_note, animation, voice, or forwarded (a text of somebody hidden).
// It panics on another kind.
func (p *Phone) SendOther(kind string) Message {
	m, err := p.sendOther(p.chat, kind, 0)
	if err != nil {
		panic("sim: send other: " + err.Error())
	}
	return m
}

func (p *Phone) sendOther(c *chat, kind string, replyTo int) (Message, error) {
	w := &wireMessage{}
	switch kind {
	case "location":
		w.Location = json.RawMessage(otherBodies[kind])
	case "contact":
		w.Contact = json.RawMessage(otherBodies[kind])
	case "poll":
		w.Poll = json.RawMessage(otherBodies[kind])
	case "dice":
		w.Dice = json.RawMessage(otherBodies[kind])
	case "forwarded":
		w.Text = "A forwarded message"
		w.ForwardOrigin = &forwardOrigin{Type: "hidden_user", Date: p.srv.clock.Now().Unix(), SenderUserName: "Somebody"}
	case "sticker", "video_note", "animation", "voice", "video", "audio":
		return p.sendFile(c, kind, kind, "", []byte("a "+kind), "", "", replyTo)
	default:
		return Message{}, ErrNoSuchKind
	}
	return p.send(c, w, replyTo, "")
}

// Edit changes the text, or the caption, of the phone's own message to the bot.
func (p *Phone) Edit(id int, text string) error { return p.edit(p.chat, id, text) }

// EditIn is Edit in a group.
func (p *Phone) EditIn(g *Group, id int, text string) error { return p.edit(g.chat, id, text) }

func (p *Phone) edit(c *chat, id int, text string) error {
	text, _ = tidy(strings.ToValidUTF8(text, "\uFFFD"), nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.msgs[id]
	switch {
	case st == nil:
		return ErrNoMessage
	case st.by != p.profile.ID:
		return ErrNotYours
	case text == "" || units(text) > maxText:
		return ErrEmpty
	}
	w := *st.wire
	if w.Text != "" {
		w.Text, w.Entities = text, addFound(text, nil)
	} else {
		w.Caption, w.CaptionEnts = text, addFound(text, nil)
	}
	w.EditDate = p.srv.clock.Now().Unix()
	edited := &stored{wire: &w, by: st.by, album: st.album}
	c.replace(edited)
	c.toBot("edited_message", edited)
	return nil
}

// Delete deletes a message of the chat with the bot on both sides. The bot is not told: Telegram does not either.
func (p *Phone) Delete(id int) error { return p.erase(p.chat, id) }

func (p *Phone) erase(c *chat, id int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.msgs[id]
	if st == nil {
		return ErrNoMessage
	}
	if !c.private() && st.by != p.profile.ID {
		return ErrNotYours
	}
	c.remove(id)
	return nil
}

// Forward forwards a message of the chat with the bot to a group, or with nil
// back to the bot. Protected messages fail with ErrProtected.
func (p *Phone) Forward(id int, to *Group) (Message, error) {
	p.chat.mu.Lock()
	st := p.chat.msgs[id]
	p.chat.mu.Unlock()
	switch {
	case st == nil:
		return Message{}, ErrNoMessage
	case st.wire.Protected:
		return Message{}, ErrProtected
	}
	w := content(st.wire)
	if w.ForwardOrigin == nil {
		w.ForwardOrigin = originOf(st.wire)
	}
	c := p.chat
	if to != nil {
		c = to.chat
	}
	return p.send(c, w, 0, "")
}
