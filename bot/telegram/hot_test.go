package telegram

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

// hotPress is a press as Telegram delivers it under one of our screens.
const hotPress = `{"update_id":900000002,"callback_query":{"id":"4382bfdwdsb323b2d9","from":{"id":5000000001,"is_bot":false,"first_name":"\u9648","last_name":"Xiaoyu","username":"cxy","language_code":"zh-hans","is_premium":true},"message":{"message_id":17,"from":{"id":7000000009,"is_bot":true,"first_name":"Huiyin","username":"huiyin_bot"},"chat":{"id":5000000001,"first_name":"\u9648","type":"private"},"date":1780000000,"edit_date":1780000005,"text":"What is it about?\n\ud83d\ude80 \"quoted\" \/ <b>","entities":[{"offset":0,"length":17,"type":"bold"}],"link_preview_options":{"is_disabled":true},"reply_markup":{"inline_keyboard":[[{"text":"Pay","callback_data":"f.abc.3.o.pay"},{"text":"Site","url":"https://example.org/"}],[{"text":"\u00ab Back","callback_data":"f.abc.3.back"}]]}},"chat_instance":"-3141592653589793","data":"f.abc.3.o.pay"}}`

// TestHot: what is common is read the fast way and means the same; everything else is left alone.
func TestHot(t *testing.T) {
	t.Parallel()
	for _, body := range []string{hookText, hookPress, hotPress, " " + hotPress + "\n", `{"update_id":1,"message":{"entities":[],"date":-5}}`} {
		got, ok := decodeHot([]byte(body))
		if !ok {
			t.Fatalf("is not read the fast way: %s", body)
		}
		alike(t, []byte(body), got)
	}
	for name, change := range map[string][2]string{
		"an unknown field":         {`"chat_instance"`, `"inline_message_id":"1","chat_instance"`},
		"another case":             {`"data"`, `"Data"`},
		"null":                     {`"4382bfdwdsb323b2d9"`, `null`},
		"a number as a string":     {`"message_id":17`, `"message_id":"17"`},
		"a fraction":               {`"message_id":17`, `"message_id":17.0`},
		"a leading zero":           {`"message_id":17`, `"message_id":017`},
		"half a pair":              {`\ud83d\ude80`, `\ud83d`},
		"the wrong half":           {`\ud83d\ude80`, `\ude80\ud83d`},
		"an unknown escape":        {`\n`, `\x`},
		"a control character":      {`\n`, "\n"},
		"broken UTF-8":             {`\n`, "\xff"},
		"something after the end":  {`"data":"f.abc.3.o.pay"}}`, `"data":"f.abc.3.o.pay"}}{}`},
		"an end before the end":    {`"data":"f.abc.3.o.pay"}}`, `"data":"f.abc.3.o.pay"}`},
		"the message twice":        {`"chat_instance"`, `"message":{"date":1},"chat_instance"`},
		"a message that is hidden": {`"date":1780000000`, `"date":0`},
		"a number too long":        {`"message_id":17`, `"message_id":1234567890123456789`},
	} {
		body := strings.Replace(hotPress, change[0], change[1], 1)
		if body == hotPress {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, ok := decodeHot([]byte(body)); ok {
			t.Errorf("%s is read the fast way", name)
		}
	}
}

// alike fails unless encoding/json reads the same.
func alike(t *testing.T, body []byte, got *models.Update) {
	t.Helper()
	var want models.Update
	if err := json.Unmarshal(body, &want); err != nil {
		t.Fatalf("is read the fast way and not the slow way: %v\n%q", err, body)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Fatalf("the two ways differ: %s", diff)
	}
}

// FuzzHot: whatever is read the fast way, encoding/json reads the same.
func FuzzHot(f *testing.F) {
	for _, body := range []string{hookText, hookPress, hotPress, sentOK, hotSent} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, ok := decodeHot(body); ok {
			alike(t, body, got)
		}
		sentAlike(t, body)
	})
}

// hotSent is what Telegram answers to a message of ours.
const hotSent = `{"ok":true,"result":{"message_id":18,"from":{"id":7000000009,"is_bot":true,"first_name":"Huiyin","username":"huiyin_bot"},"chat":{"id":5000000001,"first_name":"\u9648","type":"private"},"date":1780000000,"text":"When?","entities":[{"offset":0,"length":4,"type":"bold"}],"reply_markup":{"inline_keyboard":[[{"text":"Today","callback_data":"f.abc.4.o.today"}]]}}}`

// sentAlike fails unless encoding/json reads the same answer, where it is read the fast way.
func sentAlike(t *testing.T, body []byte) (fast bool) {
	t.Helper()
	var got models.Message
	if !decodeSent(body, &got) {
		return false
	}
	var want struct {
		OK     bool            `json:"ok"`
		Result *models.Message `json:"result"`
	}
	if err := json.Unmarshal(body, &want); err != nil || !want.OK || want.Result == nil {
		t.Fatalf("is read the fast way and not the slow way: %v\n%q", err, body)
	}
	if diff := cmp.Diff(want.Result, &got); diff != "" {
		t.Fatalf("the two ways differ: %s", diff)
	}
	return true
}

func TestHotSent(t *testing.T) {
	t.Parallel()
	for body, fast := range map[string]bool{
		sentOK: true, hotSent: true, `{"ok":true,"result":true}`: false, `{"result":{"message_id":1}}`: false, `{"ok":true}`: false, hotSent + "x": false,
		`{"ok":false,"result":{"message_id":1}}`: false, `{"ok":true,"result":{"message_id":1,"document":{}}}`: false,
	} {
		if sentAlike(t, []byte(body)) != fast {
			t.Errorf("read the fast way: %v, %s", !fast, body)
		}
	}
}

func BenchmarkDecodePress(b *testing.B) {
	body := []byte(hotPress)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := decodeUpdate(body); err != nil {
			b.Fatal(err)
		}
	}
}
