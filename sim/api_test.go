package sim_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"

	"huiyin/sim"
)

func TestPhonesAPI(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	srv.SetInfo(sim.Info{Links: []sim.Link{{Label: "Join", Start: "abc", Phone: 1001}}, Notes: []string{"n"}})
	var info struct {
		Bot   struct{ Username string }
		Now   time.Time
		Links []sim.Link
		Notes []string
	}
	api(t, "GET", base+"/sim/info", "", 200, &info)
	if info.Bot.Username != "huiyin_demo_bot" || len(info.Links) != 1 || info.Notes[0] != "n" || info.Now.IsZero() {
		t.Errorf("info %+v", info)
	}
	var p sim.Profile
	api(t, "POST", base+"/sim/phones", `{"name":"陈静","username":"chenjing","language":"zh-hans","role":"employee"}`, 201, &p)
	if p.ID != 1001 || p.Role != "employee" {
		t.Fatalf("phone %+v", p)
	}
	api(t, "POST", base+"/sim/phones", `{}`, 400, nil)
	api(t, "GET", base+"/sim/phones/7/chats", "", 404, nil)
	chat := base + "/sim/phones/1001/chats/bot"
	var chats []map[string]any
	api(t, "GET", base+"/sim/phones/1001/chats", "", 200, &chats)
	if len(chats) != 1 || chats[0]["id"] != "bot" || chats[0]["type"] != "private" || chats[0]["title"] != "回音 Huiyin" {
		t.Fatalf("chats %+v", chats)
	}
	var m sim.Message
	api(t, "POST", chat+"/start", `{"payload":"join_1"}`, 201, &m)
	if m.Text != "/start join_1" || m.From != "me" {
		t.Errorf("start gave %+v", m)
	}
	api(t, "POST", chat+"/messages", `{"text":"a <b>","reply_to":1}`, 201, &m)
	if m.HTML != "a &lt;b&gt;" || m.ReplyTo != 1 {
		t.Errorf("message %+v", m)
	}
	api(t, "POST", chat+"/messages", `{"text":"  "}`, 400, nil)
	api(t, "PATCH", chat+"/messages/2", `{"text":"b"}`, 200, &m)
	if m.Text != "b" || !m.Edited {
		t.Errorf("edited %+v", m)
	}
	api(t, "PATCH", chat+"/messages/9", `{"text":"b"}`, 404, nil)
	call(t, base, "sendMessage", obj{"chat_id": 1001, "text": "q", "reply_markup": obj{"inline_keyboard": []any{[]any{
		obj{"text": "b", "callback_data": "d"}, obj{"text": "u", "url": "https://a.cn"}, obj{"text": "c", "copy_text": obj{"text": "code"}},
	}}}})
	call(t, base, "sendMessage", obj{"chat_id": 1001, "text": "r", "protect_content": true, "reply_markup": obj{"force_reply": true, "input_field_placeholder": "write"}})
	var all []sim.Message
	api(t, "GET", base+"/sim/phones/1001/chats", "", 200, &chats)
	if chats[0]["unread"] != 2.0 || chats[0]["last"] != "r" {
		t.Errorf("chats %+v", chats)
	}
	api(t, "GET", chat+"/messages", "", 200, &all)
	want := [][]sim.Button{{{Text: "b", Data: "d"}, {Text: "u", URL: "https://a.cn"}, {Text: "c", Copy: "code"}}}
	if diff := cmp.Diff(want, all[2].Buttons); diff != "" {
		t.Error(diff)
	}
	if r := all[3]; !r.ForceReply || r.Placeholder != "write" || !r.Protected || r.From != "bot" {
		t.Errorf("force reply %+v", r)
	}
	api(t, "GET", base+"/sim/phones/1001/chats", "", 200, &chats)
	if chats[0]["unread"] != 0.0 {
		t.Errorf("read messages still unread: %+v", chats)
	}
	var press struct{ Query string }
	api(t, "POST", chat+"/messages/3/press", `{"data":"d"}`, 202, &press)
	call(t, base, "answerCallbackQuery", obj{"callback_query_id": press.Query, "text": "ok", "show_alert": true})
	var answers []sim.Answer
	api(t, "GET", base+"/sim/phones/1001/answers", "", 200, &answers)
	if len(answers) != 1 || answers[0] != (sim.Answer{Query: press.Query, Text: "ok", Alert: true}) {
		t.Errorf("answers %+v", answers)
	}
	api(t, "POST", chat+"/messages/3/press", `{"data":"other"}`, 409, nil)
	call(t, base, "editMessageReplyMarkup", obj{"chat_id": 1001, "message_id": 3})
	api(t, "POST", chat+"/messages/3/press", `{"data":"d"}`, 409, nil)
	api(t, "DELETE", chat+"/messages/3", "", 200, nil)
	api(t, "DELETE", chat+"/messages/3", "", 404, nil)
	api(t, "POST", chat+"/block", "", 202, nil)
	if a := call(t, base, "sendMessage", obj{"chat_id": 1001, "text": "x"}); a.ErrorCode != 403 {
		t.Errorf("sent to a blocked chat: %+v", a)
	}
	api(t, "POST", chat+"/unblock", "", 202, nil)
	var g struct{ ID string }
	api(t, "POST", base+"/sim/groups", `{"title":"Desk","phones":[1001]}`, 201, &g)
	api(t, "POST", base+"/sim/phones/1001/chats/"+g.ID+"/messages", `{"text":"/queue"}`, 201, nil)
	api(t, "GET", base+"/sim/phones/1001/chats/-5/messages", "", 404, nil)
	var menu []sim.Command
	call(t, base, "setMyCommands", obj{"commands": []obj{{"command": "help", "description": "d"}}})
	api(t, "GET", base+"/sim/phones/1001/commands?chat=bot", "", 200, &menu)
	if len(menu) != 1 || menu[0].Command != "help" {
		t.Errorf("menu %+v", menu)
	}
	for _, kind := range []string{"sticker", "location", "contact", "poll", "dice", "video_note", "animation"} {
		api(t, "POST", chat+"/messages", fmt.Sprintf(`{"kind":%q}`, kind), 201, &m)
		if m.Media == nil || m.Media.Kind != kind {
			t.Errorf("%s: %+v", kind, m.Media)
		}
	}
	api(t, "POST", chat+"/messages", `{"kind":"dice","reply_to":1}`, 201, &m)
	if m.ReplyTo != 1 {
		t.Errorf("a dice in reply: %+v", m)
	}
	api(t, "POST", chat+"/messages", `{"kind":"nothing"}`, 400, nil)
	var raw struct {
		ID int64 `json:"update_id"`
	}
	api(t, "POST", base+"/sim/updates", `{"update_id":77,"strange":{}}`, 202, &raw)
	if raw.ID != 77 {
		t.Errorf("raw update got id %d", raw.ID)
	}
	api(t, "POST", chat+"/messages", `{"text":"last"}`, 201, nil)
	if us := poll(t, base, obj{"offset": -1}); us[0].Message == nil {
		t.Error("the bot does not see other kinds")
	}
}

func TestFaultsAndClockAPI(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	var f sim.Fault
	api(t, "POST", base+"/sim/faults", `{"kind":"latency","delay":"1ms","method":"getMe","count":1}`, 201, &f)
	if f.ID == "" || f.Delay != time.Millisecond {
		t.Errorf("fault %+v", f)
	}
	api(t, "POST", base+"/sim/faults", `{"kind":"nonsense"}`, 400, nil)
	api(t, "POST", base+"/sim/faults", `{"kind":"too_many","retry_after":5}`, 201, nil)
	if a := call(t, base, "getMe", obj{}); a.Parameters.RetryAfter != 5 {
		t.Errorf("got %+v", a)
	}
	var list []sim.Fault
	api(t, "GET", base+"/sim/faults", "", 200, &list)
	if len(list) != 2 {
		t.Errorf("faults %+v", list)
	}
	api(t, "DELETE", base+"/sim/faults", "", 200, &list)
	if a := call(t, base, "getMe", obj{}); !a.OK || len(list) != 0 {
		t.Errorf("faults outlive their removal: %+v", a)
	}
	before := srv.Clock().Now()
	api(t, "POST", base+"/sim/clock", `{"advance":"3m"}`, 201, nil)
	if d := srv.Clock().Now().Sub(before); d < 3*time.Minute || d > 4*time.Minute {
		t.Errorf("moved by %v", d)
	}
	api(t, "POST", base+"/sim/clock", `{"set":"2030-01-02T03:04:05Z"}`, 201, nil)
	if y := srv.Clock().Now().UTC().Year(); y != 2030 {
		t.Errorf("year %d", y)
	}
	api(t, "POST", base+"/sim/clock", `{"real":true}`, 201, nil)
	if d := time.Since(srv.Clock().Now()); d > time.Minute || d < -time.Minute {
		t.Errorf("off the wall clock by %v", d)
	}
	api(t, "POST", base+"/sim/clock", `{"advance":"soon"}`, 400, nil)
}

func TestOnlyLoopbackAndSameOrigin(t *testing.T) {
	t.Parallel()
	_, _, base := newPair(t, sim.Options{})
	get := func(method, host, origin string) *http.Response {
		req, err := http.NewRequest(method, base+"/sim/phones", strings.NewReader(`{"name":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	for _, row := range []struct {
		method, host, origin string
		want                 int
	}{
		{"GET", "127.0.0.1:80", "", 200}, {"GET", "localhost:80", "", 200}, {"GET", "[::1]:80", "", 200},
		{"GET", "evil.example", "", 421}, {"GET", "127.0.0.1.evil.example", "", 421},
		{"POST", "localhost", "http://localhost", 201}, {"POST", "localhost", "https://evil.example", 403}, {"POST", "localhost", "null", 403},
	} {
		resp := get(row.method, row.host, row.origin)
		if resp.StatusCode != row.want {
			t.Errorf("%s as %s from %q: %d, want %d", row.method, row.host, row.origin, resp.StatusCode, row.want)
		}
		if row.want == 200 && (resp.Header.Get("Content-Security-Policy") == "" || resp.Header.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s: headers %v", row.host, resp.Header)
		}
	}
	resp, err := http.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("the page: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
}

// The Go client plays a person over HTTP alone.
func TestClient(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	ctx := soon(t)
	c, err := sim.Dial(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.AddPhone(ctx, sim.Profile{Name: "P", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(ctx, ""); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	events := make(chan error, 1)
	opened := make(chan struct{})
	stop := errors.New("stop")
	go func() {
		events <- p.Events(ctx, func() error { close(opened); return nil }, func(e sim.Event) error {
			kinds = append(kinds, e.Kind)
			if e.Kind == "deleted" {
				return stop
			}
			return nil
		})
	}()
	<-opened
	sent := make(chan error, 1)
	go func() {
		_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: p.ID(), Text: "q", ReplyMarkup: &models.InlineKeyboardMarkup{
			InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "Yes", CallbackData: "d"}}},
		}})
		sent <- err
	}()
	if err := p.Await(ctx, func(ms []sim.Message) bool { return len(ms) == 2 && ms[1].Text == "q" }); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	id, err := p.Tap(ctx, "Yes")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Tap(ctx, "No"); !errors.Is(err, sim.ErrNoButton) {
		t.Errorf("tapped a button that is not there: %v", err)
	}
	call(t, base, "answerCallbackQuery", obj{"callback_query_id": id, "text": "t"})
	m, err := p.SendFile(ctx, "document", "报告.pdf", []byte("%PDF-1.4 x"), "cap", "")
	if err != nil {
		t.Fatal(err)
	}
	if m.Media == nil || m.Media.Name != "报告.pdf" || m.Caption != "cap" || m.Media.Mime != "application/pdf" {
		t.Errorf("file %+v", m.Media)
	}
	data, err := c.File(ctx, m.Media.FileID)
	if err != nil || !bytes.Equal(data, []byte("%PDF-1.4 x")) {
		t.Errorf("got %q, %v", data, err)
	}
	call(t, base, "sendChatAction", obj{"chat_id": p.ID(), "action": "typing"})
	if err := p.Edit(ctx, m.ID, "cap 2"); err != nil {
		t.Fatal(err)
	}
	if err := p.Delete(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-events; !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if want := []string{"message", "answer", "message", "action", "edited", "deleted"}; !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
	if a, err := p.Answers(ctx); err != nil || len(a) != 1 || a[0].Text != "t" {
		t.Errorf("answers %+v %v", a, err)
	}
	if n, err := c.Pending(ctx); err != nil || n != srv.Pending() || n == 0 {
		t.Errorf("%d pending, %v", n, err)
	}
	remove, err := c.Fail(ctx, sim.Fault{Kind: sim.FaultTooMany})
	if err != nil {
		t.Fatal(err)
	}
	if a := call(t, base, "getMe", obj{}); a.ErrorCode != 429 {
		t.Errorf("got %+v", a)
	}
	if err := remove(ctx); err != nil {
		t.Fatal(err)
	}
	if a := call(t, base, "getMe", obj{}); !a.OK {
		t.Errorf("got %+v", a)
	}
}

// A stream that comes back with Last-Event-ID gets what it missed.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"}) // event 1: phone
	p.Send("a")                               // event 2
	p.Send("b")                               // event 3
	req, err := http.NewRequestWithContext(soon(t), "GET", base+"/sim/phones/1001/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "2")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var have []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(have, []byte("\n\nid: 3\nevent: message\n")) {
		n, err := resp.Body.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, have)
		}
		have = append(have, buf[:n]...)
	}
	if bytes.Contains(have, []byte("id: 2")) {
		t.Errorf("an event came twice: %q", have)
	}
}
