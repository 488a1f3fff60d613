package telegram

import (
	"github.com/go-telegram/bot/models"
)

// decodeHot reads the two updates that nearly all are: a text message, and a press on a button under one. encoding/json
// takes a tenth of an update's whole CPU time for them, because the library's types have hundreds of fields and the
// message under a button is read three times.
//
// It accepts less than encoding/json and never something else: a field it does not know, null, a field that comes
// twice, a broken escape, anything unusual at all, and it gives false; then the whole body is read the slow way. FuzzHot
// holds the two against each other.
func decodeHot(body []byte) (*models.Update, bool) {
	u := new(models.Update)
	h := hot{b: body}
	h.object(func(key []byte) {
		switch string(key) {
		case "update_id":
			u.ID = h.int()
		case "message":
			h.once(u.Message == nil)
			u.Message = h.message()
		case "callback_query":
			h.once(u.CallbackQuery == nil)
			u.CallbackQuery = h.query()
		default:
			h.bad = true
		}
	})
	h.space()
	if h.bad || h.i != len(h.b) {
		return nil, false
	}
	return u, true
}

// decodeSent reads the answer to a text message, which is that message, under the same rule: with false m is to be read the
// slow way.
func decodeSent(answer []byte, m *models.Message) bool {
	h := hot{b: answer}
	var sent *models.Message
	done := false
	h.object(func(key []byte) {
		switch string(key) {
		case "ok":
			done = h.true()
		case "result":
			h.once(sent == nil)
			sent = h.message()
		default:
			h.bad = true
		}
	})
	h.space()
	if h.bad || h.i != len(h.b) || sent == nil || !done {
		return false
	}
	*m = *sent
	return true
}

func (h *hot) query() *models.CallbackQuery {
	q := new(models.CallbackQuery)
	h.object(func(key []byte) {
		switch string(key) {
		case "id":
			q.ID = h.string()
		case "from":
			h.once(q.From.ID == 0)
			q.From = h.user()
		case "message":
			h.once(q.Message.Message == nil)
			q.Message.Type = models.MaybeInaccessibleMessageTypeMessage
			q.Message.Message = h.message()
			h.once(q.Message.Message.Date != 0) // one that Telegram does not show any more has another type
		case "chat_instance":
			q.ChatInstance = h.string()
		case "data":
			q.Data = h.string()
		default:
			h.bad = true
		}
	})
	return q
}

func (h *hot) message() *models.Message {
	m := new(models.Message)
	h.object(func(key []byte) {
		switch string(key) {
		case "message_id":
			m.ID = int(h.int())
		case "from":
			h.once(m.From == nil)
			from := h.user()
			m.From = &from
		case "chat":
			h.once(m.Chat.ID == 0)
			m.Chat = h.chat()
		case "date":
			m.Date = int(h.int())
		case "edit_date":
			m.EditDate = int(h.int())
		case "text":
			m.Text = h.string()
		case "entities":
			h.once(m.Entities == nil)
			m.Entities = []models.MessageEntity{}
			h.array(func() { m.Entities = append(m.Entities, h.entity()) })
		case "link_preview_options":
			h.once(m.LinkPreviewOptions == nil)
			m.LinkPreviewOptions = new(models.LinkPreviewOptions)
			h.object(func(key []byte) {
				off := h.true()
				m.LinkPreviewOptions.IsDisabled = &off
				h.once(string(key) == "is_disabled")
			})
		case "reply_markup":
			h.once(m.ReplyMarkup == nil)
			m.ReplyMarkup = h.keyboard()
		default:
			h.bad = true
		}
	})
	return m
}

func (h *hot) user() (u models.User) {
	h.object(func(key []byte) {
		switch string(key) {
		case "id":
			u.ID = h.int()
		case "is_bot":
			u.IsBot = h.bool()
		case "is_premium":
			u.IsPremium = h.bool()
		case "first_name":
			u.FirstName = h.string()
		case "last_name":
			u.LastName = h.string()
		case "username":
			u.Username = h.string()
		case "language_code":
			u.LanguageCode = h.string()
		default:
			h.bad = true
		}
	})
	return u
}

func (h *hot) chat() (c models.Chat) {
	h.object(func(key []byte) {
		switch string(key) {
		case "id":
			c.ID = h.int()
		case "type":
			c.Type = models.ChatType(h.string())
		case "first_name":
			c.FirstName = h.string()
		case "last_name":
			c.LastName = h.string()
		case "username":
			c.Username = h.string()
		default:
			h.bad = true
		}
	})
	return c
}

func (h *hot) entity() (e models.MessageEntity) {
	h.object(func(key []byte) {
		switch string(key) {
		case "type":
			e.Type = models.MessageEntityType(h.string())
		case "offset":
			e.Offset = int(h.int())
		case "length":
			e.Length = int(h.int())
		default:
			h.bad = true
		}
	})
	return e
}

func (h *hot) keyboard() *models.InlineKeyboardMarkup {
	k := new(models.InlineKeyboardMarkup)
	h.object(func(key []byte) {
		h.once(string(key) == "inline_keyboard" && k.InlineKeyboard == nil)
		k.InlineKeyboard = [][]models.InlineKeyboardButton{}
		h.array(func() {
			row := []models.InlineKeyboardButton{}
			h.array(func() {
				var b models.InlineKeyboardButton
				h.object(func(key []byte) {
					switch string(key) {
					case "text":
						b.Text = h.string()
					case "callback_data":
						b.CallbackData = h.string()
					case "url":
						b.URL = h.string()
					default:
						h.bad = true
					}
				})
				row = append(row, b)
			})
			k.InlineKeyboard = append(k.InlineKeyboard, row)
		})
	})
	return k
}
