package sim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiyin/sim"
)

type obj map[string]any

// Every refusal with Telegram's code and words. The world: 1 has started, 2
// never did, 3 blocked the bot, 4 deleted the account, 5 shares a group but
// never started; in chat 1 message 1 is theirs, 2 the bot's text with a
// button, 3 protected, 4 the bot's text with a reply keyboard, 5 a document.
func TestRefusals(t *testing.T) {
	t.Parallel()
	buttons := func(b obj) obj { return obj{"inline_keyboard": []any{[]any{b}}} }
	old := 49 * time.Hour
	rows := []struct {
		name, method string
		in           obj
		advance      time.Duration
		code         int
		want         string
	}{
		{"no such method", "sendNothing", obj{}, 0, 404, "Not Found"},
		{"no chat", "sendMessage", obj{"text": "x"}, 0, 400, "Bad Request: chat_id is empty"},
		{"unknown chat", "sendMessage", obj{"chat_id": 77, "text": "x"}, 0, 400, "Bad Request: chat not found"},
		{"never met", "sendMessage", obj{"chat_id": 2, "text": "x"}, 0, 400, "Bad Request: chat not found"},
		{"never started", "sendMessage", obj{"chat_id": 5, "text": "x"}, 0, 403, "Forbidden: bot can't initiate conversation with a user"},
		{"blocked", "sendMessage", obj{"chat_id": 3, "text": "x"}, 0, 403, "Forbidden: bot was blocked by the user"},
		{"deactivated", "sendMessage", obj{"chat_id": 4, "text": "x"}, 0, 403, "Forbidden: user is deactivated"},
		{"empty", "sendMessage", obj{"chat_id": 1, "text": " \n "}, 0, 400, "Bad Request: message text is empty"},
		{"empty after tags", "sendMessage", obj{"chat_id": 1, "text": "<b> </b>", "parse_mode": "HTML"}, 0, 400, "Bad Request: message text is empty"},
		{"too long", "sendMessage", obj{"chat_id": 1, "text": strings.Repeat("字", 4097)}, 0, 400, "Bad Request: message is too long"},
		{"too long in units", "sendMessage", obj{"chat_id": 1, "text": strings.Repeat("😀", 2049)}, 0, 400, "Bad Request: message is too long"},
		{"broken HTML", "sendMessage", obj{"chat_id": 1, "text": "a<b>c", "parse_mode": "HTML"}, 0, 400, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"parse mode", "sendMessage", obj{"chat_id": 1, "text": "a", "parse_mode": "RTF"}, 0, 400, "Bad Request: unsupported parse_mode"},
		{"entity outside", "sendMessage", obj{"chat_id": 1, "text": "ab", "entities": []obj{{"type": "bold", "offset": 1, "length": 2}}}, 0, 400, "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text"},
		{"entity in a pair", "sendMessage", obj{"chat_id": 1, "text": "😀b", "entities": []obj{{"type": "bold", "offset": 1, "length": 2}}}, 0, 400, "Bad Request: entity beginning at UTF-16 offset 1 splits a character"},
		{"data 65 bytes", "sendMessage", obj{"chat_id": 1, "text": "x", "reply_markup": buttons(obj{"text": "b", "callback_data": strings.Repeat("d", 65)})}, 0, 400, "Bad Request: BUTTON_DATA_INVALID"},
		{"data 66 bytes in 22 runes", "sendMessage", obj{"chat_id": 1, "text": "x", "reply_markup": buttons(obj{"text": "b", "callback_data": strings.Repeat("字", 22)})}, 0, 400, "Bad Request: BUTTON_DATA_INVALID"},
		{"button without action", "sendMessage", obj{"chat_id": 1, "text": "x", "reply_markup": buttons(obj{"text": "b"})}, 0, 400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"button url", "sendMessage", obj{"chat_id": 1, "text": "x", "reply_markup": buttons(obj{"text": "b", "url": "nowhere"})}, 0, 400, "Bad Request: inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"},
		{"markup is no JSON", "sendMessage", obj{"chat_id": 1, "text": "x", "reply_markup": "{"}, 0, 400, "Bad Request: can't parse reply keyboard markup JSON object"},
		{"reply to nothing", "sendMessage", obj{"chat_id": 1, "text": "x", "reply_parameters": obj{"message_id": 99}}, 0, 400, "Bad Request: message to be replied not found"},
		{"edit the same", "editMessageText", obj{"chat_id": 1, "message_id": 2, "text": "hello", "reply_markup": buttons(obj{"text": "b", "callback_data": "d"})}, 0, 400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"edit nothing", "editMessageText", obj{"chat_id": 1, "message_id": 99, "text": "x"}, 0, 400, "Bad Request: message to edit not found"},
		{"edit theirs", "editMessageText", obj{"chat_id": 1, "message_id": 1, "text": "x"}, 0, 400, "Bad Request: message can't be edited"},
		{"edit with reply keyboard", "editMessageText", obj{"chat_id": 1, "message_id": 4, "text": "x"}, 0, 400, "Bad Request: message can't be edited"},
		{"edit text of a file", "editMessageText", obj{"chat_id": 1, "message_id": 5, "text": "x"}, 0, 400, "Bad Request: there is no text in the message to edit"},
		{"edit caption of a text", "editMessageCaption", obj{"chat_id": 1, "message_id": 2, "caption": "x"}, 0, 400, "Bad Request: there is no caption in the message to edit"},
		{"edit with force reply", "editMessageText", obj{"chat_id": 1, "message_id": 2, "text": "x", "reply_markup": obj{"force_reply": true}}, 0, 400, "Bad Request: inline keyboard expected"},
		{"edit too long", "editMessageText", obj{"chat_id": 1, "message_id": 2, "text": strings.Repeat("a", 4097)}, 0, 400, "Bad Request: message is too long"},
		{"caption too long", "editMessageCaption", obj{"chat_id": 1, "message_id": 5, "caption": strings.Repeat("a", 1025)}, 0, 400, "Bad Request: message caption is too long"},
		{"delete nothing", "deleteMessage", obj{"chat_id": 1, "message_id": 99}, 0, 400, "Bad Request: message to delete not found"},
		{"delete after 48 h", "deleteMessage", obj{"chat_id": 1, "message_id": 2}, old, 400, "Bad Request: message can't be deleted for everyone"},
		{"delete several after 48 h", "deleteMessages", obj{"chat_id": 1, "message_ids": []int{1, 99}}, old, 400, "Bad Request: message can't be deleted for everyone"},
		{"delete none", "deleteMessages", obj{"chat_id": 1, "message_ids": []int{}}, 0, 400, "Bad Request: message identifiers are not specified"},
		{"forward protected", "forwardMessage", obj{"chat_id": 1, "from_chat_id": 1, "message_id": 3}, 0, 400, "Bad Request: message can't be forwarded"},
		{"copy protected", "copyMessage", obj{"chat_id": 1, "from_chat_id": 1, "message_id": 3}, 0, 400, "Bad Request: message can't be copied"},
		{"forward nothing", "forwardMessage", obj{"chat_id": 1, "from_chat_id": 1, "message_id": 99}, 0, 400, "Bad Request: message to forward not found"},
		{"copy nothing", "copyMessage", obj{"chat_id": 1, "from_chat_id": 1, "message_id": 99}, 0, 400, "Bad Request: message to copy not found"},
		{"unknown query", "answerCallbackQuery", obj{"callback_query_id": "1"}, 0, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid"},
		{"long answer", "answerCallbackQuery", obj{"callback_query_id": "1", "text": strings.Repeat("a", 201)}, 0, 400, "Bad Request: MESSAGE_TOO_LONG"},
		{"no document", "sendDocument", obj{"chat_id": 1}, 0, 400, "Bad Request: there is no document in the request"},
		{"unknown file", "sendDocument", obj{"chat_id": 1, "document": "nope"}, 0, 400, "Bad Request: wrong file identifier/HTTP URL specified"},
		{"get unknown file", "getFile", obj{"file_id": "nope"}, 0, 400, "Bad Request: invalid file_id"},
		{"empty album", "sendMediaGroup", obj{"chat_id": 1, "media": []obj{}}, 0, 400, "Bad Request: there are no messages to send"},
		{"bad action", "sendChatAction", obj{"chat_id": 1, "action": "sleeping"}, 0, 400, "Bad Request: wrong parameter action in request"},
		{"bad reaction", "setMessageReaction", obj{"chat_id": 1, "message_id": 1, "reaction": []obj{{"type": "emoji", "emoji": "x"}}}, 0, 400, "Bad Request: REACTION_INVALID"},
		{"bad command", "setMyCommands", obj{"commands": []obj{{"command": "Help", "description": "d"}}}, 0, 400, "Bad Request: BOT_COMMAND_INVALID"},
		{"command description", "setMyCommands", obj{"commands": []obj{{"command": "help", "description": ""}}}, 0, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"},
		{"command scope of nobody", "setMyCommands", obj{"commands": []obj{{"command": "help", "description": "d"}}, "scope": obj{"type": "chat", "chat_id": 99}}, 0, 400, "Bad Request: chat not found"},
		{"language code", "setMyCommands", obj{"commands": []obj{{"command": "help", "description": "d"}}, "language_code": "zh-hans"}, 0, 400, "Bad Request: invalid language code specified"},
		{"leave a private chat", "leaveChat", obj{"chat_id": 1}, 0, 400, "Bad Request: chat member status can't be changed in private chats"},
		{"plain http webhook", "setWebhook", obj{"url": "http://example.org/hook"}, 0, 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"},
		{"webhook secret", "setWebhook", obj{"url": "https://example.org/hook", "secret_token": "a b"}, 0, 400, "Bad Request: secret token contains unallowed characters"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			srv := sim.New(sim.Options{Clock: sim.NewFrozenClock(time.Unix(1_800_000_000, 0))})
			web := httptest.NewServer(srv)
			defer web.Close()
			defer srv.Close()
			phones := map[int64]*sim.Phone{}
			for id := int64(1); id <= 5; id++ {
				phones[id+1] = srv.AddPhone(sim.Profile{ID: id + 1, Name: "P"})
			}
			one := srv.AddPhone(sim.Profile{ID: 1000, Name: "one"})
			one.Send("/start")
			phones[3].Send("/start")
			phones[3].Block()
			phones[4].Send("/start")
			phones[4].Deactivate()
			srv.Group("team", phones[5])
			if a := call(t, web.URL, "sendMessage", obj{"chat_id": 1000, "text": "hello", "reply_markup": buttons(obj{"text": "b", "callback_data": "d"})}); !a.OK {
				t.Fatal(a.Description)
			}
			for _, in := range []obj{{"text": "secret", "protect_content": true}, {"text": "keys", "reply_markup": obj{"keyboard": []any{[]string{"k"}}}}} {
				in["chat_id"] = 1000
				if a := call(t, web.URL, "sendMessage", in); !a.OK {
					t.Fatal(a.Description)
				}
			}
			one.SendFile("document", "a.txt", []byte("a"), "", "")
			if a := call(t, web.URL, "copyMessage", obj{"chat_id": 1000, "from_chat_id": 1000, "message_id": 5}); !a.OK {
				t.Fatal(a.Description)
			}
			if row.in["message_id"] == 5 {
				row.in["message_id"] = 6 // the bot's own copy of the document
			}
			for _, key := range []string{"chat_id", "from_chat_id"} {
				if row.in[key] == 1 {
					row.in[key] = 1000
				}
			}
			srv.Advance(row.advance)
			a := call(t, web.URL, row.method, row.in)
			if a.OK || a.ErrorCode != row.code || a.Description != row.want {
				t.Errorf("got %d %q, want %d %q", a.ErrorCode, a.Description, row.code, row.want)
			}
		})
	}
}

func TestWrongTokenIsRefused(t *testing.T) {
	t.Parallel()
	_, _, base := newPair(t, sim.Options{})
	for _, path := range []string{"/bot1:other/getMe", "/file/bot1:other/documents/file_0"} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		if a := read(t, resp); a.ErrorCode != 401 || a.Description != "Unauthorized" {
			t.Errorf("%s: got %+v", path, a)
		}
	}
}

// The same call in every encoding a bot may use.
func TestEncodings(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("/start")
	chat := "1001"
	form := url.Values{"chat_id": {chat}, "text": {"<i>a</i>"}, "parse_mode": {"html"}}
	posts := map[string]func() (*http.Response, error){
		"query":      func() (*http.Response, error) { return http.Get(base + "/bot1:sim/sendMessage?" + form.Encode()) },
		"urlencoded": func() (*http.Response, error) { return http.PostForm(base+"/bot1:sim/SENDMESSAGE", form) },
		"json": func() (*http.Response, error) {
			return http.Post(base+"/bot1:sim/sendMessage", "application/json; charset=utf-8", strings.NewReader(`{"chat_id":1001,"text":"<i>a</i>","parse_mode":"HTML","unknown":{"x":1},"none":null}`))
		},
		"multipart": func() (*http.Response, error) {
			return http.Post(base+"/bot1:sim/sendMessage", "multipart/form-data; boundary=B", strings.NewReader("--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n1001\r\n--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n<i>a</i>\r\n--B\r\nContent-Disposition: form-data; name=\"parse_mode\"\r\n\r\nHTML\r\n--B--\r\n"))
		},
	}
	for name, post := range posts {
		resp, err := post()
		if err != nil {
			t.Fatal(err)
		}
		if a := read(t, resp); !a.OK {
			t.Errorf("%s: %s", name, a.Description)
		}
		if m := p.Last(); m.HTML != "<i>a</i>" {
			t.Errorf("%s: phone shows %q", name, m.HTML)
		}
	}
}

func TestLimitsAreExact(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("/start")
	in := obj{
		"chat_id": p.ID(), "text": "<b>" + strings.Repeat("😀", 2048) + "</b>", "parse_mode": "HTML",
		"reply_markup": obj{"inline_keyboard": []any{[]any{obj{"text": "b", "callback_data": strings.Repeat("d", 64)}}}},
	}
	if a := call(t, base, "sendMessage", in); !a.OK {
		t.Fatal(a.Description)
	}
	id, err := p.TapQuery("b")
	if err != nil {
		t.Fatal(err)
	}
	if a := call(t, base, "answerCallbackQuery", obj{"callback_query_id": id, "text": strings.Repeat("字", 200)}); !a.OK {
		t.Fatal(a.Description)
	}
	if a := call(t, base, "answerCallbackQuery", obj{"callback_query_id": id}); a.OK {
		t.Error("the second answer to one press was taken")
	}
}

func TestPressesExpire(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{Clock: sim.NewFrozenClock(time.Unix(1_800_000_000, 0))})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("/start")
	call(t, base, "sendMessage", obj{"chat_id": p.ID(), "text": "x", "reply_markup": obj{"inline_keyboard": []any{[]any{obj{"text": "b", "callback_data": "d"}}}}})
	early, _ := p.TapQuery("b")
	srv.Advance(149 * time.Second)
	late, _ := p.TapQuery("b")
	srv.Advance(2 * time.Second)
	if a := call(t, base, "answerCallbackQuery", obj{"callback_query_id": early}); a.OK {
		t.Error("a press of 151 s was answered")
	}
	if a := call(t, base, "answerCallbackQuery", obj{"callback_query_id": late}); !a.OK {
		t.Error(a.Description)
	}
	if a := call(t, base, "getUpdates", obj{}); strings.Count(string(a.Result), "callback_query") != 1 {
		t.Errorf("the expired press is still delivered: %s", a.Result)
	}
	srv.Advance(25 * time.Hour)
	if a := call(t, base, "getUpdates", obj{}); string(a.Result) != "[]" {
		t.Errorf("updates of yesterday are still delivered: %s", a.Result)
	}
}
