package bot

import (
	"encoding/json"
	"testing"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"

	"huiyin/flows"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	const head = `"message_id":5,"from":{"id":9,"language_code":"zh-hans","first_name":"MARKER"},"chat":{"id":9,"type":"private"},"date":1,`
	for name, test := range map[string]struct {
		update string
		want   Turn
		no     bool
	}{
		"text":    {update: `"message":{` + head + `"text":"hello"}`, want: Turn{In: flows.Input{Text: "hello"}}},
		"command": {update: `"message":{` + head + `"text":"/status@huiyin_bot HY-1"}`, want: Turn{Command: "status", Args: "HY-1", In: flows.Input{Text: "/status@huiyin_bot HY-1"}}},
		"another bot's command is words": {update: `"message":{` + head + `"text":"/status@other_bot"}`,
			want: Turn{In: flows.Input{Text: "/status@other_bot"}}},
		"edited": {update: `"edited_message":{` + head + `"text":"/status"}`, want: Turn{In: flows.Input{Text: "/status", Edited: true}}},
		"photo": {update: `"message":{` + head + `"caption":"c","media_group_id":"g","photo":[{"file_id":"s","file_size":1},{"file_id":"l","file_size":2}]}`,
			want: Turn{In: flows.Input{Text: "c", Album: "g", File: &flows.File{ID: "l", Kind: "photo", MIME: "image/jpeg", Size: 2}}}},
		"document that is too big": {update: `"message":{` + head + `"document":{"file_id":"d","file_name":"n","mime_type":"m","file_size":26214400}}`,
			want: Turn{In: flows.Input{TooBig: true, File: &flows.File{ID: "d", Kind: "document", Name: "n", MIME: "m", Size: 26214400}}}},
		"voice":      {update: `"message":{` + head + `"voice":{"file_id":"v","duration":3}}`, want: Turn{In: flows.Input{File: &flows.File{ID: "v", Kind: "voice", Duration: 3}}}},
		"video":      {update: `"message":{` + head + `"video":{"file_id":"v","duration":3}}`, want: Turn{In: flows.Input{File: &flows.File{ID: "v", Kind: "video", Duration: 3}}}},
		"audio":      {update: `"message":{` + head + `"audio":{"file_id":"v","duration":3}}`, want: Turn{In: flows.Input{File: &flows.File{ID: "v", Kind: "audio", Duration: 3}}}},
		"video note": {update: `"message":{` + head + `"video_note":{"file_id":"v","duration":3}}`, want: Turn{In: flows.Input{File: &flows.File{ID: "v", Kind: "video", MIME: "video/mp4", Duration: 3}}}},
		"animation":  {update: `"message":{` + head + `"animation":{"file_id":"a"},"document":{"file_id":"a"}}`, want: Turn{In: flows.Input{Other: "animation"}}},
		"sticker":    {update: `"message":{` + head + `"sticker":{"file_id":"a"}}`, want: Turn{In: flows.Input{Other: "sticker"}}},
		"poll":       {update: `"message":{` + head + `"poll":{"id":"a"}}`, want: Turn{In: flows.Input{Other: "poll"}}},
		"dice":       {update: `"message":{` + head + `"dice":{"value":1}}`, want: Turn{In: flows.Input{Other: "dice"}}},
		"location":   {update: `"message":{` + head + `"location":{"latitude":1}}`, want: Turn{In: flows.Input{Other: "location"}}},
		"contact":    {update: `"message":{` + head + `"contact":{"phone_number":"1"}}`, want: Turn{In: flows.Input{Other: "contact"}}},
		"story":      {update: `"message":{` + head + `"story":{"id":1}}`, want: Turn{In: flows.Input{Other: "other"}}},
		"press": {update: `"callback_query":{"id":"q","from":{"id":9},"data":"h.home","message":{"message_id":5,"date":1,"chat":{"id":9,"type":"private"}}}`,
			want: Turn{Pressed: true, Data: "h.home"}},
		"press of a form": {update: `"callback_query":{"id":"q","from":{"id":9},"data":"f.abcd.1z.o.pay","message":{"message_id":5,"date":1,"chat":{"id":9,"type":"private"}}}`,
			want: Turn{Pressed: true, Data: "f.abcd.1z.o.pay", In: flows.Input{Press: &flows.Press{Nonce: "abcd", Turn: 71, Op: flows.OpOption, Arg: "pay"}}}},
		"press on a message that is gone": {update: `"callback_query":{"id":"q","from":{"id":9},"data":"h.home","message":{"message_id":5,"date":0,"chat":{"id":9,"type":"private"}}}`,
			want: Turn{Pressed: true, Data: "h.home"}},
		"service message": {update: `"message":{` + head + `"new_chat_title":"t"}`, no: true},
		"nobody's":        {update: `"message":{"message_id":5,"chat":{"id":9,"type":"channel"},"date":1,"text":"x"}`, no: true},
		"blocked":         {update: `"my_chat_member":{"chat":{"id":9},"from":{"id":9},"date":1}`, no: true},
		"unknown":         {update: `"something_new":{}`, no: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var u models.Update
			if err := json.Unmarshal([]byte(`{"update_id":7,`+test.update+`}`), &u); err != nil {
				t.Fatal(err)
			}
			in, ok := decode(&u, "huiyin_bot")
			if ok == test.no {
				t.Fatalf("taken: %v", ok)
			}
			if test.no {
				return
			}
			test.want.In.Update = 7
			if !in.turn.Pressed || in.turn.In.Message != 0 {
				test.want.In.Message = 5
			}
			got := in.turn
			opt := cmp.FilterPath(func(p cmp.Path) bool {
				f := p.Last().String()
				return f != "" && f[0] == '.' && f[1] >= 'a' && f[1] <= 'z'
			}, cmp.Ignore())
			if diff := cmp.Diff(test.want, got, opt); diff != "" {
				t.Error(diff)
			}
			if in.chat != 9 || in.user != 9 || !in.private {
				t.Errorf("chat %d, user %d, private %v", in.chat, in.user, in.private)
			}
		})
	}
}
