package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"
)

// FuzzUpdate posts anything as an update: it is answered with one of few statuses and no word of it, reaches the handler
// only when it is an update with an id, and leaves no word in the log.
func FuzzUpdate(f *testing.F) {
	for _, body := range []string{
		hookText, hookPress, `{"update_id":9,"message":{"text":7}}`, `{"update_id":9,"brand_new":{"a":[1]}}`, "null", "[]", `{"update_id":-1}`,
		`{"update_id":1,"update_id":2}`, `{"update_id":18446744073709551616}`, `{"update_id":1e3}`,
		`{"update_id":3,"callback_query":{"id":"q","from":{"id":1},"data":"x","message":{"message_id":1,"date":0,"chat":{"id":1}}}}`,
		`{"update_id":4,"my_chat_member":{"chat":{"id":1},"from":{"id":1},"date":1,"old_chat_member":{"status":"kicked"},"new_chat_member":{"status":"member","user":{"id":1}}}}`,
		`{"update_id":5,"my_chat_member":{"new_chat_member":{"status":"no such status"}}}`,
		`{"update_id":6,"message":{"message_id":1,"date":1,"chat":{"id":1},"forward_origin":{"type":"hidden_user"},"reply_markup":{"inline_keyboard":[[{}]]}}}`,
		`{"update_id":7,"edited_message":{"message_id":1,"edit_date":1,"chat":{"id":-100},"paid_media":{"paid_media":[{"type":"video"}]}}}`,
		strings.Repeat(`{"message":`, 300),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var log bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&log, nil))
		var got *models.Update
		handle := &handler{handle: func(_ context.Context, u *models.Update) error { got = u; return nil }}
		h, err := NewWebhook(NewLanes(handle, LanesOptions{Log: logger}), hookSecret, WebhookOptions{MaxBody: 1 << 16, Log: logger})
		if err != nil {
			t.Fatal(err)
		}
		w := deliver(h, http.MethodPost, hookSecret, string(body))
		switch w.Code {
		case http.StatusOK:
			if got == nil {
				t.Fatal("answered as done, and nobody has seen it")
			}
		case http.StatusBadRequest:
			if got != nil {
				t.Fatal("handled, and refused all the same")
			}
		case http.StatusRequestEntityTooLarge:
			if len(body) <= 1<<16 {
				t.Fatalf("%d bytes are too large", len(body))
			}
		default:
			t.Fatalf("status %d", w.Code)
		}
		if w.Body.Len() != 0 {
			t.Fatalf("the answer has words: %q", w.Body)
		}
		for line := range strings.Lines(log.String()) {
			var said map[string]any
			if err := json.Unmarshal([]byte(line), &said); err != nil {
				t.Fatal(err)
			}
			for k := range said {
				if !slices.Contains([]string{"time", "level", "msg", "status", "update", "kind", "class", "attempt"}, k) {
					t.Fatalf("the log says %s: %s", k, line)
				}
			}
			if msg := said["msg"]; msg != "webhook body is not an update" && msg != "webhook body not read" {
				t.Fatalf("the log says %q", msg)
			}
		}
		if got == nil {
			return
		}
		if got.ID == 0 {
			t.Fatal("an update without an id is handled")
		}
		if !slices.Contains(append(allowedUpdates(), "other"), kindOf(got)) {
			t.Fatalf("kind %q would be a label of its own", kindOf(got))
		}
		if again, id, err := decodeUpdate(body); err != nil || id != got.ID || keyOf(again) != keyOf(got) {
			t.Fatalf("read again it is %d in another lane, %v", id, err)
		}
	})
}
