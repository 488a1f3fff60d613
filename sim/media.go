package sim

import (
	"context"
	"crypto/rand"
	"strings"
)

// sendFile makes the method that sends one attachment of a kind.
func sendFile(kind string) method {
	return func(s *Server, _ context.Context, p *params) (any, error) {
		c, err := s.writable(p)
		if err != nil {
			return nil, err
		}
		w := &wireMessage{}
		if w.Caption, w.CaptionEnts, err = p.caption(); err != nil {
			return nil, err
		}
		if err := s.attachTo(w, p, kind, p.str(kind), kind); err != nil {
			return nil, err
		}
		return s.post(c, p, w)
	}
}

// attachTo puts an attachment on a message: an upload in the field of that
// name, attach://NAME, or the file_id of an earlier one.
func (s *Server) attachTo(w *wireMessage, p *params, kind, value, field string) error {
	up := p.files[field]
	if name, ok := strings.CutPrefix(value, "attach://"); ok {
		if up = p.files[name]; up == nil {
			return bad("can't find field \"%s\" with the attached file", name)
		}
	}
	if up == nil {
		return s.attachKnown(w, p, kind, value)
	}
	if len(up.data) == 0 {
		return bad("file must be non-empty")
	}
	if len(up.data) > 50<<20 {
		return &apiError{Code: 413, Desc: "Request Entity Too Large"}
	}
	if kind == "photo" {
		sizes, err := s.files.addPhoto(up.data)
		if err != nil {
			return err
		}
		w.attach(kind, nil, sizes)
		return nil
	}
	f := s.files.add(kind, up.name, up.mime, up.data, "")
	f.Duration, f.Width, f.Height = p.int("duration"), p.int("width"), p.int("height")
	m := f.media
	w.attach(kind, &m, nil)
	return nil
}

func (s *Server) attachKnown(w *wireMessage, p *params, kind, value string) error {
	switch {
	case value == "":
		return bad("there is no %s in the request", strings.ReplaceAll(kind, "_", " "))
	case strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://"):
		return bad("failed to get HTTP URL content") // the stand-in never goes out
	}
	f := s.files.get(value)
	if f == nil {
		return bad("wrong file identifier/HTTP URL specified")
	}
	if f.kind != kind && (f.kind == "photo" || kind == "photo" || f.kind == "voice" || kind == "voice") {
		return bad("can't use file of type %s as %s", title(f.kind), title(kind))
	}
	if kind == "photo" {
		w.attach(kind, nil, []media{f.media})
		return nil
	}
	m := f.media
	w.attach(kind, &m, nil)
	return nil
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

type inputMedia struct {
	Type      string   `json:"type"`
	Media     string   `json:"media"`
	Caption   string   `json:"caption"`
	ParseMode string   `json:"parse_mode"`
	Entities  []entity `json:"caption_entities"`
}

func (s *Server) sendMediaGroup(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	var items []inputMedia
	if err := p.json("media", "media", &items); err != nil {
		return nil, err
	}
	switch {
	case len(items) == 0:
		return nil, bad("there are no messages to send")
	case len(items) < 2:
		return nil, bad("too few messages to send as an album")
	case len(items) > 10:
		return nil, bad("too many messages to send as an album")
	}
	made := make([]*wireMessage, len(items))
	for i, it := range items {
		switch it.Type {
		case "photo", "video":
			it.Type = "photo"
		case "document", "audio":
		default:
			return nil, bad("type \"%s\" can't be used in sendMediaGroup", it.Type)
		}
		first := items[0].Type
		if first == "video" {
			first = "photo"
		}
		if it.Type != first {
			return nil, bad("%s can't be mixed with other media types", it.Type)
		}
		made[i] = &wireMessage{}
		sub := &params{v: map[string]string{"caption": it.Caption, "parse_mode": it.ParseMode}}
		if sub.v["caption_entities"], err = jsonText(it.Entities); err != nil {
			return nil, err
		}
		if made[i].Caption, made[i].CaptionEnts, err = sub.caption(); err != nil {
			return nil, err
		}
		if err := s.attachTo(made[i], p, items[i].Type, it.Media, ""); err != nil {
			return nil, err
		}
	}
	album := rand.Text()[:13]
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range made {
		if err := s.postLocked(c, p, w, nil, album); err != nil {
			return nil, err
		}
	}
	return made, nil
}

var chatActions = " typing upload_photo record_video upload_video record_voice upload_voice record_audio upload_audio upload_document choose_sticker find_location record_video_note upload_video_note cancel "

func (s *Server) sendChatAction(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	act := p.str("action")
	if act == "" || !strings.Contains(chatActions, " "+act+" ") {
		return nil, bad("wrong parameter action in request")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(Event{Kind: "action", Chat: c.key(), Action: act})
	return true, nil
}

func (s *Server) setMessageReaction(_ context.Context, p *params) (any, error) {
	c, err := s.writable(p)
	if err != nil {
		return nil, err
	}
	var list []struct{ Type, Emoji string }
	if err := p.json("reaction", "reaction", &list); err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.Type != "emoji" || !strings.Contains(reactions, " "+r.Emoji+" ") {
			return nil, bad("REACTION_INVALID")
		}
	}
	if len(list) > 1 {
		return nil, bad("REACTIONS_TOO_MANY")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.msgs[p.int("message_id")] == nil {
		return nil, bad("message to react not found")
	}
	return true, nil
}

const reactions = " ❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡 "
