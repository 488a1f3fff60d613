package loop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// me is the bot as it stands in messages.
const me = `{"id":7000000009,"is_bot":true,"first_name":"Bench","username":"bench_bot"}`

// stand is a stand-in for Telegram's Bot API that does as little as it can, so that it is not what is measured: one
// goroutine a connection, no router, no checks but those of the script. huiyin/sim is the strict one.
type stand struct {
	crowd    *Crowd
	listener net.Listener
}

func (s *stand) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		go s.connection(conn)
	}
}

// connection answers the calls of one kept-alive connection.
func (s *stand) connection(conn net.Conn) {
	defer func() { _ = conn.Close() }() // whoever is on the other side has gone
	in := bufio.NewReaderSize(conn, 16<<10)
	var body, out bytes.Buffer
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body.Reset()
		if _, err := body.ReadFrom(r.Body); err != nil {
			return
		}
		method := path.Base(r.URL.Path)
		out.Reset()
		out.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: ")
		answer, after := s.call(method, r.Header.Get("Content-Type"), body.Bytes())
		out.WriteString(strconv.Itoa(len(answer)))
		out.WriteString("\r\n\r\n")
		out.Write(answer)
		if _, err := conn.Write(out.Bytes()); err != nil {
			return
		}
		if after != nil {
			after()
		}
	}
}

// parameters are what of a call's parameters counts here.
type parameters struct {
	Method  string          `json:"method"`
	Chat    flexible        `json:"chat_id"`
	Message flexible        `json:"message_id"`
	Offset  flexible        `json:"offset"`
	Timeout flexible        `json:"timeout"`
	Text    string          `json:"text"`
	Markup  json.RawMessage `json:"reply_markup"`
	URL     string          `json:"url"`
	Secret  string          `json:"secret_token"`
}

// flexible is a number that may come as a string.
type flexible int64

// UnmarshalJSON implements json.Unmarshaler.
func (f *flexible) UnmarshalJSON(raw []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(raw, `"`)), 10, 64)
	if err != nil {
		return fmt.Errorf("a number: %w", err)
	}
	*f = flexible(n)
	return nil
}

func read(contentType string, body []byte) (p parameters, err error) {
	kind, params, _ := mime.ParseMediaType(contentType) // an unknown kind is JSON
	field := func(name, value string) {
		n, _ := strconv.ParseInt(value, 10, 64) // what is no number counts nothing
		switch name {
		case "chat_id":
			p.Chat = flexible(n)
		case "message_id":
			p.Message = flexible(n)
		case "text":
			p.Text = value
		case "reply_markup":
			p.Markup = json.RawMessage(value)
		case "url":
			p.URL = value
		case "secret_token":
			p.Secret = value
		}
	}
	switch {
	case len(body) == 0:
	case kind == "multipart/form-data":
		parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for {
			part, err := parts.NextPart()
			if errors.Is(err, io.EOF) {
				return p, nil
			}
			if err != nil {
				return p, fmt.Errorf("read a form: %w", err)
			}
			value, err := io.ReadAll(part)
			if err != nil {
				return p, fmt.Errorf("read a form: %w", err)
			}
			field(part.FormName(), string(value))
		}
	case kind == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return p, fmt.Errorf("read a form: %w", err)
		}
		for name := range values {
			field(name, values.Get(name))
		}
	default:
		err = json.Unmarshal(body, &p)
	}
	return p, err
}

const yes = `{"ok":true,"result":true}`

// call carries out one method and gives its answer, and what is to happen once that is on its way.
func (s *stand) call(method, contentType string, body []byte) (answer []byte, after func()) {
	c := s.crowd
	c.count(method)
	p, err := read(contentType, body)
	if err != nil {
		c.wrong(fmt.Errorf("%s: %w", method, err))
		return []byte(`{"ok":false,"error_code":400,"description":"Bad Request"}`), nil
	}
	switch method {
	case "getMe":
		return []byte(`{"ok":true,"result":` + me + `}`), nil
	case "sendMessage", "editMessageText":
		return s.message(method, p)
	case "setWebhook":
		c.hook.set(p.URL, p.Secret)
	case "getUpdates":
		return c.poll(int64(p.Offset), time.Duration(p.Timeout)*time.Second), nil
	case "getWebhookInfo":
		return []byte(`{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}`), nil
	}
	return []byte(yes), nil
}

// message shows a message to its person, and answers with the whole of it, as Telegram does.
func (s *stand) message(method string, p parameters) (answer []byte, after func()) {
	c := s.crowd
	who := c.person(int64(p.Chat))
	if who == nil {
		c.wrong(fmt.Errorf("%s to a chat that nobody has", method))
		return []byte(`{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`), nil
	}
	m := message{ID: int(p.Message), Text: p.Text}
	if method == "sendMessage" {
		m.ID = who.newMessage()
	}
	shown := ""
	if len(p.Markup) > 0 && p.Markup[0] == '"' { // grown people send an object; forms send its text
		var text string
		if err := json.Unmarshal(p.Markup, &text); err == nil {
			p.Markup = json.RawMessage(text)
		}
	}
	if len(p.Markup) > 0 && string(p.Markup) != "null" {
		var keyboard struct {
			Rows [][]button `json:"inline_keyboard"`
		}
		if err := json.Unmarshal(p.Markup, &keyboard); err != nil {
			c.wrong(fmt.Errorf("%s: reply_markup: %w", method, err))
		}
		m.rows, m.markup = keyboard.Rows, bytes.Clone(p.Markup)
		shown = `,"reply_markup":` + string(p.Markup)
	}
	if m.markup == nil {
		m.markup = []byte(`{"inline_keyboard":[]}`)
	}
	answer = fmt.Appendf(nil, `{"ok":true,"result":{"message_id":%d,"from":%s,"chat":{"id":%d,"first_name":"Reporter","type":"private"},"date":%d,"text":%s%s}}`,
		m.ID, me, p.Chat, time.Now().Unix(), quote(p.Text), shown)
	return answer, func() { who.hears(m) }
}

// inBody carries out the call that a bot gave as the response to a delivery.
func (s *stand) inBody(body []byte) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '{' {
		return
	}
	var p parameters
	if err := json.Unmarshal(body, &p); err != nil || p.Method == "" {
		return
	}
	s.crowd.count(p.Method + " in body")
	if p.Method == "sendMessage" || p.Method == "editMessageText" {
		if _, after := s.message(p.Method, p); after != nil {
			after()
		}
	}
}

// quote gives a JSON string, without the escapes that HTML would need.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
