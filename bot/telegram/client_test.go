package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	testToken = "12345:TOKEN-very_secret"
	sentOK    = `{"ok":true,"result":{"message_id":7,"date":1,"chat":{"id":42,"type":"private"},"text":"hi"}}`
)

// transport is an http.RoundTripper in the process, for tests under fake time.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if tr := httptrace.ContextClientTrace(r.Context()); tr != nil {
		tr.GetConn("")
		tr.GotConn(httptrace.GotConnInfo{})
	}
	return f(r)
}

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// scripted is a client whose server is a function of the request and its body.
func scripted(t *testing.T, opts Options, f func(r *http.Request, body string) (int, string)) *Client {
	t.Helper()
	opts.HTTP = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			var err error
			if body, err = io.ReadAll(r.Body); err != nil {
				return nil, err
			}
		}
		status, answer := f(r, string(body))
		return respond(status, answer), nil
	})}
	c, err := New(testToken, "http://telegram.test", opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// served is a client of a real server on the loopback.
func served(t *testing.T, opts Options, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(testToken, srv.URL, opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hi(chat any) *bot.SendMessageParams {
	return &bot.SendMessageParams{ChatID: chat, Text: "hi <你好> & \"x\"", ReplyMarkup: &models.InlineKeyboardMarkup{
		InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "好", CallbackData: "a"}}},
	}}
}

func TestHotCallsAreJSON(t *testing.T) {
	t.Parallel()
	var got []string
	c := served(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %v %d %s", r.Method, strings.TrimPrefix(r.URL.Path, "/bot"+testToken), r.TransferEncoding, r.ContentLength-int64(len(body)), body))
		answer := sentOK
		if !strings.Contains(r.URL.Path, "sendMessage") {
			answer = `{"ok":true,"result":true}`
		}
		_, _ = io.WriteString(w, answer)
	})
	m, err := c.SendMessage(t.Context(), hi(int64(42)))
	if err != nil || m.ID != 7 || m.Text != "hi" {
		t.Fatal(m, err)
	}
	if err := c.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: 42, MessageID: 7, Text: "ho"}); err != nil {
		t.Fatal(err)
	}
	if err := c.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "q"}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetWebhook(t.Context(), "https://bot.test/hook", "s"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`POST /sendMessage [] 0 {"chat_id":42,"text":"hi <你好> & \"x\"","reply_markup":{"inline_keyboard":[[{"text":"好","callback_data":"a"}]]}}`,
		`POST /editMessageText [] 0 {"chat_id":42,"message_id":7,"text":"ho"}`,
		`POST /answerCallbackQuery [] 0 {"callback_query_id":"q"}`,
		`POST /setWebhook [] 0 {"url":"https://bot.test/hook","secret_token":"s","allowed_updates":["message","edited_message","callback_query","my_chat_member"],"drop_pending_updates":false,"max_connections":100}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRefusalsHaveTheirClass(t *testing.T) {
	t.Parallel()
	for description, want := range map[string]Class{
		"403 Forbidden: bot was blocked by the user":                 Blocked,
		"403 Forbidden: user is deactivated":                         Blocked,
		"403 Forbidden: bot can't initiate conversation with a user": Blocked,
		"400 Bad Request: chat not found":                            ChatNotFound,
		"400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same": NotModified,
		"400 Bad Request: message to edit not found":                                                            MessageGone,
		"400 Bad Request: message can't be deleted for everyone":                                                MessageGone,
		"400 Bad Request: query is too old and response timeout expired or query ID is invalid":                 QueryExpired,
		"400 Bad Request: can't parse entities: Unsupported start tag \"secret\" at byte offset 3":              BadEntities,
		"400 Bad Request: message is too long":                                                                  TooLong,
		"400 Bad Request: message caption is too long":                                                          TooLong,
		"400 Bad Request: file is too big":                                                                      FileTooBig,
		"413 Request Entity Too Large":                                                                          FileTooBig,
		"409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running": Conflict,
		"401 Unauthorized":                                 Unauthorized,
		"404 Not Found":                                    Unauthorized,
		"400 Bad Request: BUTTON_DATA_INVALID":             Rejected,
		"400 Bad Request: something said by secret people": Rejected,
		"500 Internal Server Error":                        Unknown,
	} {
		code, text, _ := strings.Cut(description, " ")
		var n int
		if _, err := fmt.Sscan(code, &n); err != nil {
			t.Fatal(err)
		}
		c := scripted(t, Options{}, func(*http.Request, string) (int, string) {
			return n, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, n, text)
		})
		_, err := c.SendMessage(t.Context(), hi(42))
		if ClassOf(err) != want {
			t.Errorf("%s: %q, want %q", description, ClassOf(err), want)
		}
		// The library's calls go through the same seam.
		_, err = c.Bot().SendMessage(t.Context(), hi(42))
		if ClassOf(err) != want || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("library: %s: %v, want %q", description, err, want)
		}
	}
}

func TestMigrated(t *testing.T) {
	t.Parallel()
	c := scripted(t, Options{}, func(*http.Request, string) (int, string) {
		return 400, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}`
	})
	_, err := c.SendMessage(t.Context(), hi(-5))
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != Migrated || e.MigrateTo != -1001234567890 || strings.Contains(err.Error(), "1234567890") {
		t.Errorf("%#v %v", e, err)
	}
}

func TestRefusalsThatAreSuccesses(t *testing.T) {
	t.Parallel()
	c := scripted(t, Options{}, func(r *http.Request, _ string) (int, string) {
		if strings.HasSuffix(r.URL.Path, "answerCallbackQuery") {
			return 400, `{"ok":false,"error_code":400,"description":"Bad Request: query is too old and response timeout expired or query ID is invalid"}`
		}
		return 400, `{"ok":false,"error_code":400,"description":"Bad Request: message is not modified"}`
	})
	for _, err := range []error{
		c.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: 1, MessageID: 1, Text: "a"}),
		c.EditMessageReplyMarkup(t.Context(), &bot.EditMessageReplyMarkupParams{ChatID: 1, MessageID: 1}),
		c.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "q"}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestDeleteMessagesCounts(t *testing.T) {
	t.Parallel()
	calls := 0
	c := scripted(t, Options{}, func(r *http.Request, body string) (int, string) {
		calls++
		if strings.HasSuffix(r.URL.Path, "deleteMessages") && strings.Contains(body, "[101,") ||
			strings.HasSuffix(r.URL.Path, "deleteMessage") && strings.Contains(body, `"message_id":102`) {
			return 400, `{"ok":false,"error_code":400,"description":"Bad Request: message can't be deleted"}`
		}
		return 200, `{"ok":true,"result":true}`
	})
	var ids []int
	for i := range 103 {
		ids = append(ids, i+1)
	}
	got, err := c.DeleteMessages(t.Context(), 42, ids)
	if d := cmp.Diff(Deleted{Done: 102, Kept: 1}, got); d != "" || err != nil || calls != 5 {
		t.Error(d, err, calls)
	}
}

func TestCommandsAndMedia(t *testing.T) {
	t.Parallel()
	var got note
	c := served(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
		}
		got.add("%s %s %s", strings.TrimPrefix(r.URL.Path, "/bot"+testToken+"/"), r.FormValue("chat_id"), r.FormValue("scope"))
		answer := `{"ok":true,"result":true}`
		switch {
		case strings.HasSuffix(r.URL.Path, "Group"):
			answer = `{"ok":true,"result":[{"message_id":1,"date":1,"chat":{"id":42}}]}`
		case strings.Contains(r.URL.Path, "/send"):
			answer = sentOK
		}
		_, _ = io.WriteString(w, answer)
	})
	ctx := t.Context()
	big := func() models.InputFile {
		return &models.InputFileUpload{Filename: "a.bin", Data: strings.NewReader(strings.Repeat("x", 200<<10))}
	}
	_, e1 := c.SendDocument(ctx, &bot.SendDocumentParams{ChatID: 42, Document: big()})
	_, e2 := c.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: 42, Photo: big()})
	_, e3 := c.SendVoice(ctx, &bot.SendVoiceParams{ChatID: 42, Voice: &models.InputFileString{Data: "id"}})
	_, e4 := c.SendMediaGroup(ctx, &bot.SendMediaGroupParams{ChatID: 42, Media: []models.InputMedia{&models.InputMediaPhoto{Media: "id"}}})
	_, e8 := c.SendVideo(ctx, &bot.SendVideoParams{ChatID: 42, Video: big()})
	e5 := c.SetCommands(ctx, []models.BotCommand{{Command: "help", Description: "帮助"}}, &models.BotCommandScopeChat{ChatID: 42}, "zh")
	e6 := c.DeleteCommands(ctx, nil, "")
	if err := errors.Join(e1, e2, e3, e4, e8, e5, e6); err != nil {
		t.Fatal(err)
	}
	want := []string{"sendDocument 42 ", "sendPhoto 42 ", "sendVoice 42 ", "sendMediaGroup 42 ", "sendVideo 42 ",
		`setMyCommands  {"type":"chat","chat_id":42}`, `deleteMyCommands  {"type":"default"}`}
	if d := cmp.Diff(want, got.all()); d != "" {
		t.Error(d)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"", ""}, {"a/b", ""}, {"a b", ""}, {"a", "ftp://x"}, {"a", "::"}, {"a", "http://"}} {
		if _, err := New(c[0], c[1], Options{}); err == nil {
			t.Errorf("%q accepted", c)
		}
	}
}

func TestMetricsHaveNoIDs(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg)
	if err != nil {
		t.Fatal(err)
	}
	c := scripted(t, Options{Metrics: m}, func(*http.Request, string) (int, string) { return 200, sentOK })
	if _, err := c.SendMessage(t.Context(), hi(987654321)); err != nil {
		t.Fatal(err)
	}
	l := NewLanes(&handler{handle: func(context.Context, *models.Update) error { return nil }}, LanesOptions{Metrics: m})
	if err := l.Do(t.Context(), textUpdate(123123123, 987654321, "")); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprint(families)
	for _, want := range []string{"huiyin_telegram_calls_total", "sendMessage", "huiyin_telegram_updates_total", "done"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, bad := range []string{"987654321", "123123123", testToken} {
		if strings.Contains(out, bad) {
			t.Errorf("metrics hold %q", bad)
		}
	}
	if _, err := NewMetrics(reg); err == nil {
		t.Error("registered twice")
	}
}

func TestClientIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	c := served(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, sentOK) })
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			if _, err := c.SendMessage(t.Context(), hi(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
