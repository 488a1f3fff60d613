package sim

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

const (
	maxText      = 4096
	maxCaption   = 1024
	deletableFor = 48 * time.Hour
)

func (s *Server) getMe(context.Context, *params) (any, error) {
	return struct {
		user
		CanJoin    bool `json:"can_join_groups"`
		CanReadAll bool `json:"can_read_all_group_messages"`
		Inline     bool `json:"supports_inline_queries"`
	}{s.me, true, s.opts.SeesAll, false}, nil
}

func (s *Server) sendMessage(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	w := &wireMessage{}
	if w.Text, w.Entities, err = p.text(); err != nil {
		return nil, err
	}
	if raw := p.str("link_preview_options"); raw != "" {
		if !json.Valid([]byte(raw)) {
			return nil, bad("can't parse link preview options JSON object")
		}
		w.LinkPreview = json.RawMessage(raw)
	}
	return s.post(c, p, w)
}

// text reads text with its entities and checks its length.
func (p *params) text() (string, []entity, error) {
	text, ents, err := p.formatted("text", "entities")
	switch {
	case err != nil:
		return "", nil, err
	case text == "":
		return "", nil, bad("message text is empty")
	case len(text) > maxText && units(text) > maxText:
		return "", nil, bad("message is too long")
	}
	return text, ents, nil
}

func (p *params) caption() (string, []entity, error) {
	text, ents, err := p.formatted("caption", "caption_entities")
	if err == nil && len(text) > maxCaption && units(text) > maxCaption {
		err = bad("message caption is too long")
	}
	return text, ents, err
}

// post completes a message of the bot with what all sends share and stores it.
func (s *Server) post(c *chat, p *params, w *wireMessage) (*wireMessage, error) {
	mk, err := p.markup(false)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return w, s.postLocked(c, p, w, mk, "")
}

func (s *Server) postLocked(c *chat, p *params, w *wireMessage, mk *markup, album string) error {
	reply, err := c.reply(p)
	if err != nil {
		return err
	}
	w.From, w.Chat, w.Date = &s.me, c.ref(), s.clock.Now().Unix()
	w.ReplyTo, w.Protected, w.MediaGroupID = reply, p.bool("protect_content"), album
	if mk != nil {
		w.InlineKeyboard = mk.Inline
	}
	c.add(&stored{wire: w, by: s.me.ID, markup: mk, album: album})
	return nil
}

// reply finds the message replied to. Caller holds the chat's mutex.
func (c *chat) reply(p *params) (*wireMessage, error) {
	var to struct {
		MessageID int   `json:"message_id"`
		ChatID    int64 `json:"chat_id"`
		Allow     bool  `json:"allow_sending_without_reply"`
	}
	if err := p.json("reply_parameters", "reply parameters", &to); err != nil {
		return nil, err
	}
	if to.MessageID == 0 {
		to.MessageID, to.Allow = p.int("reply_to_message_id"), p.bool("allow_sending_without_reply")
	}
	if to.MessageID == 0 {
		return nil, nil
	}
	if st := c.msgs[to.MessageID]; st != nil && (to.ChatID == 0 || to.ChatID == c.id) {
		w := *st.wire
		w.ReplyTo = nil // Telegram goes one level deep
		return &w, nil
	}
	if to.Allow {
		return nil, nil
	}
	return nil, bad("message to be replied not found")
}

// editable finds the message of an edit. Caller holds the chat's mutex.
func (c *chat) editable(p *params) (*stored, error) {
	st := c.msgs[p.int("message_id")]
	switch {
	case p.int("message_id") == 0:
		return nil, bad("message identifier is not specified")
	case st == nil:
		return nil, bad("message to edit not found")
	case st.by != c.srv.me.ID, st.wire.ForwardOrigin != nil, st.markup != nil && st.markup.Inline == nil:
		return nil, bad("message can't be edited")
	}
	return st, nil
}

// edit runs change on a copy of the message and stores it, unless nothing changed.
func (s *Server) edit(p *params, change func(*wireMessage) error) (any, error) {
	if p.str("inline_message_id") != "" {
		return nil, bad("MESSAGE_ID_INVALID")
	}
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	mk, err := p.markup(true)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	st, err := c.editable(p)
	if err != nil {
		return nil, err
	}
	w := *st.wire
	if err := change(&w); err != nil {
		return nil, err
	}
	w.InlineKeyboard = nil
	if mk != nil {
		w.InlineKeyboard = mk.Inline
	}
	if w.Text == st.wire.Text && slices.Equal(w.Entities, st.wire.Entities) &&
		w.Caption == st.wire.Caption && slices.Equal(w.CaptionEnts, st.wire.CaptionEnts) &&
		sameInline(w.InlineKeyboard, st.wire.InlineKeyboard) && string(w.LinkPreview) == string(st.wire.LinkPreview) {
		return nil, bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	w.EditDate = s.clock.Now().Unix()
	c.replace(&stored{wire: &w, by: st.by, markup: mk, album: st.album})
	return &w, nil
}

func (s *Server) editMessageText(_ context.Context, p *params) (any, error) {
	text, ents, err := p.text()
	if err != nil {
		return nil, err
	}
	return s.edit(p, func(w *wireMessage) error {
		if w.Text == "" {
			return bad("there is no text in the message to edit")
		}
		w.Text, w.Entities = text, ents
		if p.has("link_preview_options") {
			w.LinkPreview = json.RawMessage(p.str("link_preview_options"))
		}
		return nil
	})
}

func (s *Server) editMessageCaption(_ context.Context, p *params) (any, error) {
	text, ents, err := p.caption()
	if err != nil {
		return nil, err
	}
	return s.edit(p, func(w *wireMessage) error {
		if _, f := w.attachment(); f == nil {
			return bad("there is no caption in the message to edit")
		}
		w.Caption, w.CaptionEnts = text, ents
		return nil
	})
}

func (s *Server) editMessageReplyMarkup(_ context.Context, p *params) (any, error) {
	return s.edit(p, func(*wireMessage) error { return nil })
}

// deletable says why the bot may not delete a message. Caller holds the chat's mutex.
func (c *chat) deletable(st *stored) error {
	if st == nil {
		return bad("message to delete not found")
	}
	if !c.private() && st.by != c.srv.me.ID {
		return bad("message can't be deleted")
	}
	if c.srv.clock.Now().Sub(time.Unix(st.wire.Date, 0)) > deletableFor {
		return bad("message can't be deleted for everyone")
	}
	return nil
}

func (s *Server) deleteMessage(_ context.Context, p *params) (any, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	id := p.int("message_id")
	if id == 0 {
		return nil, bad("message identifier is not specified")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.deletable(c.msgs[id]); err != nil {
		return nil, err
	}
	c.remove(id)
	return true, nil
}

// deleteMessages skips what is not there and refuses all if one is too old.
func (s *Server) deleteMessages(_ context.Context, p *params) (any, error) {
	c, err := s.lookup(p)
	if err != nil {
		return nil, err
	}
	var ids []int
	if err := p.json("message_ids", "message identifiers", &ids); err != nil {
		return nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, bad("message identifiers are not specified")
	case len(ids) > 100:
		return nil, bad("too many message identifiers specified")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var gone []int
	for _, id := range ids {
		if c.msgs[id] == nil {
			continue
		}
		if err := c.deletable(c.msgs[id]); err != nil {
			return nil, err
		}
		gone = append(gone, id)
	}
	if len(gone) > 0 {
		c.remove(gone...)
	}
	return true, nil
}

// source finds the message a copy or forward takes; verb is for the refusal.
func (s *Server) source(p *params, verb, done string) (*stored, error) {
	if p.str("from_chat_id") == "" {
		return nil, bad("chat_id is empty")
	}
	from := s.chat(p.int64("from_chat_id"))
	if from == nil {
		return nil, bad("chat not found")
	}
	from.mu.Lock()
	defer from.mu.Unlock()
	st := from.msgs[p.int("message_id")]
	switch {
	case st == nil:
		return nil, bad("message to %s not found", verb)
	case st.wire.Protected || st.wire.NewMembers != nil || st.wire.LeftMember != nil || st.wire.GroupCreated:
		return nil, bad("message can't be %s", done)
	}
	return st, nil
}

func content(w *wireMessage) *wireMessage {
	c := *w
	c.MessageID, c.ReplyTo, c.InlineKeyboard, c.EditDate, c.SenderChat, c.MediaGroupID, c.Protected = 0, nil, nil, 0, nil, "", false
	return &c
}

// originOf names the author of a message as a forward shows it.
func originOf(w *wireMessage) *forwardOrigin {
	from := *w.From
	from.LanguageCode = "" // a forward does not tell it
	return &forwardOrigin{Type: "user", Date: w.Date, SenderUser: &from}
}

func (s *Server) copyMessage(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	st, err := s.source(p, "copy", "copied")
	if err != nil {
		return nil, err
	}
	w := content(st.wire)
	w.ForwardOrigin = nil
	if p.has("caption") {
		if w.Caption, w.CaptionEnts, err = p.caption(); err != nil {
			return nil, err
		}
	}
	if w, err = s.post(c, p, w); err != nil {
		return nil, err
	}
	return map[string]int{"message_id": w.MessageID}, nil
}

func (s *Server) forwardMessage(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	st, err := s.source(p, "forward", "forwarded")
	if err != nil {
		return nil, err
	}
	w := content(st.wire)
	if w.ForwardOrigin == nil {
		w.ForwardOrigin = originOf(st.wire)
	}
	return s.post(c, p, w)
}
