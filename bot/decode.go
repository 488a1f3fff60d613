package bot

import (
	"context"
	"time"

	"github.com/go-telegram/bot/models"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"huiyin/bot/telegram"
	"huiyin/flows"
)

// fetchLimit is the largest file a bot may fetch, in bytes (https://core.telegram.org/bots/api#getfile).
const fetchLimit = 20 << 20

// anonymousAdmin writes for group admins who hide; who it is cannot be known (FIELD: their presses carry the real id).
const anonymousAdmin = 1087968824

// incoming is an update with everything taken off that the rooms behind the router must not see.
type incoming struct {
	chat, user int64
	private    bool
	queryID    string
	hint       string
	sent       time.Time // when Telegram took a message or an edit in; zero for a press
	turn       Turn      // In, Command, Args, Data, Pressed
	// shown is the message of a pressed button as it stood then; nil where Telegram does not tell.
	shown *models.Message
}

// read is decode, and names the command in the trace. The exporter lets only those of our menus through.
func (r *Router) read(ctx context.Context, u *models.Update) (incoming, bool) {
	in, ok := decode(u, r.Bot.Username)
	if in.turn.Command != "" {
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("command", in.turn.Command))
	}
	return in, ok
}

// decode reads an update; false when there is nothing in it to act on.
func decode(u *models.Update, username string) (incoming, bool) {
	switch {
	case u.Message != nil:
		return decodeMessage(u, u.Message, username, false)
	case u.EditedMessage != nil:
		return decodeMessage(u, u.EditedMessage, username, true)
	case u.CallbackQuery != nil:
		q := u.CallbackQuery
		in := incoming{chat: q.From.ID, user: q.From.ID, private: true, queryID: q.ID, hint: q.From.LanguageCode}
		in.turn.Pressed = true
		in.turn.Data = q.Data
		in.turn.In = flows.Input{Update: u.ID}
		switch {
		case q.Message.Message != nil:
			m := q.Message.Message
			in.chat, in.turn.In.Message, in.shown = m.Chat.ID, m.ID, m
			in.turn.In.Protected = m.HasProtectedContent
			in.private = m.Chat.Type == models.ChatTypePrivate
		case q.Message.InaccessibleMessage != nil:
			in.chat = q.Message.InaccessibleMessage.Chat.ID
			in.private = in.chat == in.user
		}
		if p, ok := flows.ParsePress(q.Data); ok {
			in.turn.In.Press = p
		}
		return in, true
	}
	return incoming{}, false
}

func decodeMessage(u *models.Update, m *models.Message, username string, edited bool) (incoming, bool) {
	if m.From == nil {
		return incoming{}, false
	}
	in := incoming{
		chat: m.Chat.ID, user: m.From.ID, hint: m.From.LanguageCode,
		private: m.Chat.Type == models.ChatTypePrivate,
		sent:    time.Unix(int64(max(m.Date, m.EditDate)), 0),
	}
	in.turn.In = content(m)
	in.turn.In.Update, in.turn.In.Message, in.turn.In.Edited = u.ID, m.ID, edited
	if name, args, ok := telegram.Command(m, username); ok && !edited {
		in.turn.Command, in.turn.Args = name, args
	}
	i := in.turn.In
	if i.Text == "" && i.File == nil && i.Other == "" {
		return incoming{}, false // a service message: somebody joined, a title changed
	}
	return in, true
}

// content takes what a flow can use out of a message.
func content(m *models.Message) flows.Input {
	in := flows.Input{Text: m.Text, Album: m.MediaGroupID}
	file := func(kind, id, name, mime string, size int64, seconds int) {
		in.Text = m.Caption
		in.File = &flows.File{ID: id, Kind: kind, Name: name, MIME: mime, Size: size, Duration: seconds}
		in.TooBig = size > fetchLimit
	}
	switch {
	case len(m.Photo) > 0:
		p := m.Photo[len(m.Photo)-1]
		file("photo", p.FileID, "", "image/jpeg", int64(p.FileSize), 0)
	case m.Animation != nil:
		in.Other = "animation"
	case m.Document != nil:
		d := m.Document
		file("document", d.FileID, d.FileName, d.MimeType, d.FileSize, 0)
	case m.Voice != nil:
		v := m.Voice
		file("voice", v.FileID, "", v.MimeType, v.FileSize, v.Duration)
	case m.Video != nil:
		v := m.Video
		file("video", v.FileID, v.FileName, v.MimeType, v.FileSize, v.Duration)
	case m.Audio != nil:
		a := m.Audio
		file("audio", a.FileID, a.FileName, a.MimeType, a.FileSize, a.Duration)
	case m.VideoNote != nil:
		v := m.VideoNote
		file("video", v.FileID, "", "video/mp4", int64(v.FileSize), v.Duration)
	case m.Sticker != nil:
		in.Other = "sticker"
	case m.Poll != nil:
		in.Other = "poll"
	case m.Dice != nil:
		in.Other = "dice"
	case m.Location != nil, m.Venue != nil:
		in.Other = "location"
	case m.Contact != nil:
		in.Other = "contact"
	case m.Story != nil, m.Game != nil, m.PaidMedia != nil, m.Checklist != nil:
		in.Other = "other"
	}
	return in
}
