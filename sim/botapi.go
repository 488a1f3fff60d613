package sim

import "encoding/json"

// The shapes of the Bot API that the server sends. They hold what a bot may
// see; what only a phone sees is in Message.

type user struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

type chatRef struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title,omitempty"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
}

// entity marks a part of a text; Offset and Length are UTF-16 code units.
type entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	User          *user  `json:"user,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
}

// media is every attachment with a file: document, voice, video, audio,
// animation, video note, sticker and one size of a photo.
type media struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileSize     int    `json:"file_size,omitempty"`
	FileName     string `json:"file_name,omitempty"`
	MimeType     string `json:"mime_type,omitempty"`
	Width        int    `json:"width,omitempty"`
	Height       int    `json:"height,omitempty"`
	Length       int    `json:"length,omitempty"`
	Duration     int    `json:"duration,omitempty"`
	Type         string `json:"type,omitempty"`
	Emoji        string `json:"emoji,omitempty"`
}

type forwardOrigin struct {
	Type           string `json:"type"`
	Date           int64  `json:"date"`
	SenderUser     *user  `json:"sender_user,omitempty"`
	SenderUserName string `json:"sender_user_name,omitempty"`
}

type button struct {
	Text         string          `json:"text"`
	CallbackData string          `json:"callback_data,omitempty"`
	URL          string          `json:"url,omitempty"`
	CopyText     *copyText       `json:"copy_text,omitempty"`
	WebApp       json.RawMessage `json:"web_app,omitempty"`
	LoginURL     json.RawMessage `json:"login_url,omitempty"`
	SwitchInline *string         `json:"switch_inline_query,omitempty"`
	SwitchHere   *string         `json:"switch_inline_query_current_chat,omitempty"`
	Pay          bool            `json:"pay,omitempty"`
	Style        string          `json:"style,omitempty"`
}

type copyText struct {
	Text string `json:"text"`
}

type inlineKeyboard struct {
	InlineKeyboard [][]button `json:"inline_keyboard"`
}

type wireMessage struct {
	MessageID      int             `json:"message_id"`
	From           *user           `json:"from,omitempty"`
	SenderChat     *chatRef        `json:"sender_chat,omitempty"`
	Chat           *chatRef        `json:"chat"`
	Date           int64           `json:"date"`
	EditDate       int64           `json:"edit_date,omitempty"`
	ForwardOrigin  *forwardOrigin  `json:"forward_origin,omitempty"`
	ReplyTo        *wireMessage    `json:"reply_to_message,omitempty"`
	MediaGroupID   string          `json:"media_group_id,omitempty"`
	Protected      bool            `json:"has_protected_content,omitempty"`
	Text           string          `json:"text,omitempty"`
	Entities       []entity        `json:"entities,omitempty"`
	LinkPreview    json.RawMessage `json:"link_preview_options,omitempty"`
	Caption        string          `json:"caption,omitempty"`
	CaptionEnts    []entity        `json:"caption_entities,omitempty"`
	Photo          []media         `json:"photo,omitempty"`
	Document       *media          `json:"document,omitempty"`
	Voice          *media          `json:"voice,omitempty"`
	Video          *media          `json:"video,omitempty"`
	Audio          *media          `json:"audio,omitempty"`
	Animation      *media          `json:"animation,omitempty"`
	VideoNote      *media          `json:"video_note,omitempty"`
	Sticker        *media          `json:"sticker,omitempty"`
	Contact        json.RawMessage `json:"contact,omitempty"`
	Location       json.RawMessage `json:"location,omitempty"`
	Poll           json.RawMessage `json:"poll,omitempty"`
	Dice           json.RawMessage `json:"dice,omitempty"`
	NewMembers     []*user         `json:"new_chat_members,omitempty"`
	LeftMember     *user           `json:"left_chat_member,omitempty"`
	GroupCreated   bool            `json:"group_chat_created,omitempty"`
	InlineKeyboard *inlineKeyboard `json:"reply_markup,omitempty"`
}

type inaccessibleMessage struct {
	Chat      *chatRef `json:"chat"`
	MessageID int      `json:"message_id"`
	Date      int      `json:"date"` // always 0: that is how a bot tells it
}

type callbackQuery struct {
	ID           string `json:"id"`
	From         *user  `json:"from"`
	Message      any    `json:"message,omitempty"`
	ChatInstance string `json:"chat_instance"`
	Data         string `json:"data"`
}

type chatMember struct {
	Status    string `json:"status"`
	User      *user  `json:"user"`
	UntilDate *int64 `json:"until_date,omitempty"`
	Anonymous *bool  `json:"is_anonymous,omitempty"`
}

type memberUpdated struct {
	Chat *chatRef   `json:"chat"`
	From *user      `json:"from"`
	Date int64      `json:"date"`
	Old  chatMember `json:"old_chat_member"`
	New  chatMember `json:"new_chat_member"`
}

// attachment returns the message's file and its kind, or nil.
func (m *wireMessage) attachment() (string, *media) {
	switch {
	case len(m.Photo) > 0:
		return "photo", &m.Photo[len(m.Photo)-1]
	case m.Voice != nil:
		return "voice", m.Voice
	case m.Video != nil:
		return "video", m.Video
	case m.Audio != nil:
		return "audio", m.Audio
	case m.Animation != nil: // comes with a document, too
		return "animation", m.Animation
	case m.Document != nil:
		return "document", m.Document
	case m.VideoNote != nil:
		return "video_note", m.VideoNote
	case m.Sticker != nil:
		return "sticker", m.Sticker
	}
	return "", nil
}
