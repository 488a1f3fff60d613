package sim

import (
	"strings"
	"time"
)

// Message is what one phone sees of a message.
type Message struct {
	ID          int        `json:"id"`
	From        string     `json:"from"` // bot, me, other
	Sender      string     `json:"sender"`
	Date        time.Time  `json:"date"`
	Edited      bool       `json:"edited"`
	Text        string     `json:"text"`
	HTML        string     `json:"html"` // escaped, safe to insert; of Caption when there is no text
	Caption     string     `json:"caption,omitempty"`
	Media       *Media     `json:"media,omitempty"`
	Album       string     `json:"album,omitempty"`
	ReplyTo     int        `json:"reply_to,omitempty"`
	Protected   bool       `json:"protected,omitempty"`
	Forwarded   string     `json:"forwarded,omitempty"` // name of the origin
	Buttons     [][]Button `json:"buttons,omitempty"`
	Keyboard    [][]string `json:"keyboard,omitempty"`
	Placeholder string     `json:"placeholder,omitempty"`
	ForceReply  bool       `json:"force_reply"`
	RemoveKeys  bool       `json:"remove_keyboard"`
}

// Media is an attachment; Size in bytes, Duration in seconds.
type Media struct {
	Kind     string `json:"kind"`
	FileID   string `json:"file_id"`
	Name     string `json:"name"`
	Mime     string `json:"mime"`
	Size     int    `json:"size"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Duration int    `json:"duration"`
}

// Button is one inline button: Data presses, URL opens, Copy copies.
type Button struct {
	Text string `json:"text"`
	Data string `json:"data,omitempty"`
	URL  string `json:"url,omitempty"`
	Copy string `json:"copy,omitempty"`
}

// Labels returns the texts of the message's inline buttons, row by row.
func (m Message) Labels() []string {
	var out []string
	for _, row := range m.Buttons {
		for _, b := range row {
			out = append(out, b.Text)
		}
	}
	return out
}

// Button returns the first inline button whose text equals label, or else contains it.
func (m Message) Button(label string) (Button, bool) {
	for _, fits := range []func(string) bool{
		func(s string) bool { return s == label },
		func(s string) bool { return strings.Contains(s, label) },
	} {
		for _, row := range m.Buttons {
			for _, b := range row {
				if fits(b.Text) {
					return b, true
				}
			}
		}
	}
	return Button{}, false
}

// view shows a stored message to a phone. Caller holds the chat's mutex.
func (c *chat) view(ph *Phone, st *stored) Message {
	w := st.wire
	m := Message{
		ID: w.MessageID, Date: time.Unix(w.Date, 0).UTC(), Edited: w.EditDate != 0,
		Text: w.Text, Caption: w.Caption, Album: st.album, Protected: w.Protected,
	}
	switch {
	case st.by == c.srv.me.ID:
		m.From = "bot"
	case st.by == ph.profile.ID:
		m.From = "me"
	default:
		m.From = "other"
	}
	switch {
	case w.SenderChat != nil:
		m.Sender = w.SenderChat.Title
	case w.From != nil:
		m.Sender = strings.TrimSpace(w.From.FirstName + " " + w.From.LastName)
	}
	if w.ReplyTo != nil {
		m.ReplyTo = w.ReplyTo.MessageID
	}
	if o := w.ForwardOrigin; o != nil {
		m.Forwarded = o.SenderUserName
		if o.SenderUser != nil {
			m.Forwarded = strings.TrimSpace(o.SenderUser.FirstName + " " + o.SenderUser.LastName)
		}
	}
	if !c.srv.opts.NoHTML {
		if w.Text != "" {
			m.HTML = renderHTML(w.Text, w.Entities)
		} else if w.Caption != "" {
			m.HTML = renderHTML(w.Caption, w.CaptionEnts)
		}
	}
	m.Media = mediaView(w)
	if w.InlineKeyboard != nil {
		for _, row := range w.InlineKeyboard.InlineKeyboard {
			out := make([]Button, 0, len(row))
			for _, b := range row {
				v := Button{Text: b.Text, Data: b.CallbackData, URL: b.URL}
				if b.CopyText != nil {
					v.Copy = b.CopyText.Text
				}
				out = append(out, v)
			}
			m.Buttons = append(m.Buttons, out)
		}
	}
	if k := st.markup; k != nil {
		m.Placeholder, m.ForceReply, m.RemoveKeys = k.Placeholder, k.ForceReply, k.Remove
		for _, row := range k.Keyboard {
			out := make([]string, 0, len(row))
			for _, b := range row {
				out = append(out, b.Text)
			}
			m.Keyboard = append(m.Keyboard, out)
		}
	}
	return m
}

func mediaView(w *wireMessage) *Media {
	if kind, f := w.attachment(); f != nil {
		return &Media{Kind: kind, FileID: f.FileID, Name: f.FileName, Mime: f.MimeType, Size: f.FileSize, Width: f.Width, Height: f.Height, Duration: f.Duration}
	}
	for kind, raw := range map[string]bool{"contact": w.Contact != nil, "location": w.Location != nil, "poll": w.Poll != nil, "dice": w.Dice != nil} {
		if raw {
			return &Media{Kind: kind}
		}
	}
	return nil
}
