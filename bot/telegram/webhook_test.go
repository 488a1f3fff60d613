package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

const (
	hookSecret = "s3cret_Secret"
	hookText   = `{"update_id":5,"message":{"message_id":1,"date":1,"chat":{"id":42,"type":"private"},"text":"PRIVATE WORDS"}}`
	hookPress  = `{"update_id":6,"callback_query":{"id":"q1","from":{"id":42},"data":"x"}}`
)

func hook(t *testing.T, h Handler, log io.Writer) *Webhook {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w, err := NewWebhook(NewLanes(h, LanesOptions{Log: logger}), hookSecret, WebhookOptions{MaxBody: 4096, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func deliver(h http.Handler, method, secret, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/hook", strings.NewReader(body))
	if secret != "" {
		r.Header.Set(secretHeader, secret)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	fine := func(context.Context, *models.Update) error { return nil }
	for name, c := range map[string]struct {
		method, secret, body string
		handle               func(context.Context, *models.Update) error
		status, calls        int
	}{
		"done":          {"POST", hookSecret, hookText, fine, 200, 1},
		"no secret":     {"POST", "", hookText, fine, 401, 0},
		"forged":        {"POST", "s3cret_Secreu", hookText, fine, 401, 0},
		"prefix":        {"POST", hookSecret[:5], hookText, fine, 401, 0},
		"longer":        {"POST", hookSecret + "x", hookText, fine, 401, 0},
		"get":           {"GET", hookSecret, "", fine, 405, 0},
		"put":           {"PUT", hookSecret, hookText, fine, 405, 0},
		"too large":     {"POST", hookSecret, `{"update_id":1,"x":"` + strings.Repeat("a", 5000) + `"}`, fine, 413, 0},
		"broken":        {"POST", hookSecret, hookText[:40], fine, 400, 0},
		"empty":         {"POST", hookSecret, "", fine, 400, 0},
		"null":          {"POST", hookSecret, "null", fine, 400, 0},
		"no id":         {"POST", hookSecret, `{"message":{}}`, fine, 400, 0},
		"two":           {"POST", hookSecret, hookText + hookText, fine, 400, 0},
		"unknown kind":  {"POST", hookSecret, `{"update_id":9,"brand_new":{"a":[1]}}`, fine, 200, 1},
		"away":          {"POST", hookSecret, hookText, func(context.Context, *models.Update) error { return fmt.Errorf("x: %w", ErrAway) }, 503, 1},
		"failed":        {"POST", hookSecret, hookText, func(context.Context, *models.Update) error { return errors.New("PRIVATE WORDS") }, 500, 1},
		"panic":         {"POST", hookSecret, hookText, func(context.Context, *models.Update) error { panic("PRIVATE WORDS") }, 500, 1},
		"wrong types":   {"POST", hookSecret, `{"update_id":9,"message":{"text":7}}`, fine, 400, 0},
		"deep nonsense": {"POST", hookSecret, strings.Repeat("[", 4000), fine, 400, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			calls := 0
			h := hook(t, &handler{handle: func(ctx context.Context, u *models.Update) error { calls++; return c.handle(ctx, u) }}, &log)
			w := deliver(h, c.method, c.secret, c.body)
			if w.Code != c.status || calls != c.calls {
				t.Errorf("status %d, %d calls; want %d, %d", w.Code, calls, c.status, c.calls)
			}
			if w.Body.Len() != 0 {
				t.Errorf("body %q", w.Body)
			}
			if (w.Header().Get("Retry-After") != "") != (c.status == 503) {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
			if strings.Contains(log.String(), "PRIVATE") || strings.Contains(log.String(), hookSecret) {
				t.Errorf("the log holds the body or the secret: %s", &log)
			}
		})
	}
}

func TestWebhookPutsAsideWhatFailsOrDoesNotDecode(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"fails": hookText, "does not decode": `{"update_id":9,"message":{"text":7}}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hook(t, &handler{handle: func(context.Context, *models.Update) error { return errors.New("no") }}, nil)
			for i := range 4 {
				w := deliver(h, "POST", hookSecret, body)
				if (w.Code == 200) != (i >= 2) {
					t.Errorf("delivery %d: %d", i+1, w.Code)
				}
			}
		})
	}
}

func TestNewWebhookRefusesSecrets(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "with space", "ключ", strings.Repeat("a", 257)} {
		if _, err := NewWebhook(NewLanes(&handler{}, LanesOptions{}), s, WebhookOptions{}); err == nil {
			t.Errorf("%q accepted", s)
		}
	}
}

func TestReplyInBodyIsUsedOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	c := scripted(t, Options{}, func(*http.Request, string) (int, string) { calls++; return 200, `{"ok":true,"result":true}` })
	var late context.Context
	h := hook(t, &handler{handle: func(ctx context.Context, _ *models.Update) error {
		late = ctx
		if ReplyInBody(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: "another"}) {
			t.Error("another press was answered in the body")
		}
		for range 2 {
			if err := c.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: "q1", Text: "好", ShowAlert: true}); err != nil {
				t.Error(err)
			}
		}
		return nil
	}}, nil)
	w := deliver(h, "POST", hookSecret, hookPress)
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"method": "answerCallbackQuery", "callback_query_id": "q1", "text": "好", "show_alert": true}
	if d := cmp.Diff(want, got); d != "" || w.Header().Get("Content-Type") != "application/json" {
		t.Error(d, w.Header())
	}
	if calls != 1 {
		t.Errorf("%d calls beside the body, want 1", calls)
	}
	if ReplyInBody(late, &bot.AnswerCallbackQueryParams{CallbackQueryID: "q1"}) {
		t.Error("taken after the response was written")
	}
	if ReplyInBody(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "q1"}) {
		t.Error("taken without a webhook")
	}
}

func TestReplyInBodyNotAfterTelegramHungUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	h := hook(t, &handler{handle: func(ctx context.Context, _ *models.Update) error {
		cancel()
		if ctx.Err() != nil {
			t.Error("the handler was cancelled with the request")
		}
		if ReplyInBody(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: "q1"}) {
			t.Error("taken though nobody listens")
		}
		return nil
	}}, nil)
	r := httptest.NewRequestWithContext(ctx, "POST", "/hook", strings.NewReader(hookPress))
	r.Header.Set(secretHeader, hookSecret)
	h.ServeHTTP(httptest.NewRecorder(), r)
}
