package telegram

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

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

// hot walks through JSON. After the first thing that it does not take it is bad, and moves no further.
type hot struct {
	b   []byte
	i   int
	bad bool
}

// once marks the walk as bad unless what it relies on holds.
func (h *hot) once(holds bool) { h.bad = h.bad || !holds }

func (h *hot) space() {
	for h.i < len(h.b) && (h.b[h.i] == ' ' || h.b[h.i] == '\n' || h.b[h.i] == '\t' || h.b[h.i] == '\r') {
		h.i++
	}
}

// take goes past c and the space before it, if it comes next.
func (h *hot) take(c byte) bool {
	h.space()
	if h.bad || h.i >= len(h.b) || h.b[h.i] != c {
		return false
	}
	h.i++
	return true
}

func (h *hot) want(c byte) { h.once(h.take(c)) }

// list goes through what stands between two brackets, separated by commas.
func (h *hot) list(open, end byte, each func()) {
	h.want(open)
	if h.take(end) {
		return
	}
	for !h.bad {
		each()
		if h.take(end) {
			return
		}
		h.want(',')
	}
}

func (h *hot) array(each func()) { h.list('[', ']', each) }

// object has f read the value of each key. A key is not copied: that would be most of what a walk allocates.
func (h *hot) object(f func(key []byte)) {
	h.list('{', '}', func() {
		h.want('"')
		n := max(bytes.IndexByte(h.b[h.i:], '"'), 0) // an escaped quote cuts the key short, and no such key is known
		key := h.b[h.i : h.i+n]
		h.i += n
		h.want('"')
		h.want(':')
		if !h.bad {
			f(key)
		}
	})
}

func (h *hot) word(w string) bool {
	h.space()
	if h.bad || string(h.b[h.i:min(len(h.b), h.i+len(w))]) != w {
		return false
	}
	h.i += len(w)
	return true
}

func (h *hot) true() bool {
	h.once(h.word("true"))
	return true
}

func (h *hot) bool() bool {
	if h.word("true") {
		return true
	}
	h.once(h.word("false"))
	return false
}

// int reads a whole number of at most 18 digits, which fits.
func (h *hot) int() (n int64) {
	minus := h.take('-')
	if !minus {
		h.space()
	}
	from := h.i
	for h.i < len(h.b) && h.b[h.i] >= '0' && h.b[h.i] <= '9' {
		n = n*10 + int64(h.b[h.i]-'0')
		h.i++
	}
	digits := h.i - from
	h.once(digits > 0 && digits <= 18 && (h.b[from] != '0' || digits == 1))
	if h.i < len(h.b) {
		h.once(h.b[h.i] != '.' && h.b[h.i] != 'e' && h.b[h.i] != 'E')
	}
	if minus {
		return -n
	}
	return n
}

// string reads a string: of what has no escape in it, which is most, in one piece.
func (h *hot) string() string {
	h.want('"')
	if h.bad {
		return ""
	}
	from := h.i
	for ; h.i < len(h.b); h.i++ {
		switch c := h.b[h.i]; {
		case c == '"':
			s := string(h.b[from:h.i])
			h.i++
			h.once(utf8.ValidString(s))
			return s
		case c == '\\':
			return h.escaped(from)
		case c < ' ':
			h.bad = true
			return ""
		}
	}
	h.bad = true
	return ""
}

// escaped reads a string that began at from and has its first escape at h.i. Telegram escapes everything beyond ASCII.
func (h *hot) escaped(from int) string {
	out := append(make([]byte, 0, len(h.b)-from), h.b[from:h.i]...)
	for h.i < len(h.b) {
		c := h.b[h.i]
		h.i++
		switch {
		case c == '"':
			h.once(utf8.Valid(out))
			return string(out)
		case c < ' ':
			h.bad = true
			return ""
		case c != '\\':
			out = append(out, c)
			continue
		case h.i >= len(h.b):
			h.bad = true
			return ""
		}
		c = h.b[h.i]
		h.i++
		switch at := strings.IndexByte(`"\/bfnrt`, c); {
		case at >= 0:
			out = append(out, "\"\\/\b\f\n\r\t"[at])
		case c == 'u':
			r := h.unit()
			if utf16.IsSurrogate(r) {
				h.once(h.i+1 < len(h.b) && h.b[h.i] == '\\' && h.b[h.i+1] == 'u')
				h.i += 2
				r = utf16.DecodeRune(r, h.unit())
				h.once(r != utf8.RuneError)
			}
			out = utf8.AppendRune(out, r)
		default:
			h.bad = true
		}
		if h.bad {
			return ""
		}
	}
	h.bad = true
	return ""
}

// unit reads the four digits of an escape.
func (h *hot) unit() (r rune) {
	if h.bad || h.i+4 > len(h.b) {
		h.bad = true
		return 0
	}
	for _, c := range h.b[h.i : h.i+4] {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c >= 'a' && c <= 'f':
			r |= rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			r |= rune(c-'A') + 10
		default:
			h.bad = true
		}
	}
	h.i += 4
	return r
}
