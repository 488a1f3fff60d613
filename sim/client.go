package sim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client plays people on a stand-in that runs in another process, through its JSON API.
type Client struct {
	base string
	http *http.Client
}

// Dial returns a client for the stand-in at baseURL (http://host:port) once it answers.
func Dial(ctx context.Context, baseURL string) (*Client, error) {
	c := &Client{base: strings.TrimRight(baseURL, "/"), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}}
	if err := c.do(ctx, http.MethodGet, "/sim/info", nil, nil); err != nil {
		return nil, fmt.Errorf("dial the Telegram stand-in: %w", err)
	}
	return c, nil
}

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	kind := ""
	switch v := in.(type) {
	case nil:
	case *multipartBody:
		body, kind = &v.buf, v.kind
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body, kind = bytes.NewReader(raw), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the stand-in: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the stand-in's answer: %w", err)
	}
	if resp.StatusCode >= 400 {
		return remoteError(resp.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decode the stand-in's answer: %w", err)
	}
	return nil
}

// remoteError gives back the phone's own error where the JSON API has one.
func remoteError(code int, raw []byte) error {
	var v struct{ Error string }
	_ = json.Unmarshal(raw, &v) // a page instead of JSON leaves the sentence empty
	for _, known := range []error{ErrNoMessage, ErrNoButton, ErrNotYours, ErrProtected, ErrNotMember, ErrEmpty, ErrTooLarge, ErrNoSuchKind} {
		if strings.Contains(v.Error, known.Error()) {
			return known
		}
	}
	return fmt.Errorf("the stand-in answered %d: %s", code, v.Error)
}

// Phones returns everybody's profile.
func (c *Client) Phones(ctx context.Context) ([]Profile, error) {
	var out []Profile
	return out, c.do(ctx, http.MethodGet, "/sim/phones", nil, &out)
}

// AddPhone adds a person.
func (c *Client) AddPhone(ctx context.Context, p Profile) (*RemotePhone, error) {
	if err := c.do(ctx, http.MethodPost, "/sim/phones", p, &p); err != nil {
		return nil, err
	}
	return c.Phone(p.ID), nil
}

// Phone returns the phone with that id; the first call on it tells whether it exists.
func (c *Client) Phone(id int64) *RemotePhone {
	return &RemotePhone{c: c, id: id, path: "/sim/phones/" + strconv.FormatInt(id, 10)}
}

// Info returns what SetInfo set.
func (c *Client) Info(ctx context.Context) (Info, error) {
	var out Info
	return out, c.do(ctx, http.MethodGet, "/sim/info", nil, &out)
}

// Fail adds a fault; remove ends it.
func (c *Client) Fail(ctx context.Context, f Fault) (remove func(context.Context) error, err error) {
	if err := c.do(ctx, http.MethodPost, "/sim/faults", f, &f); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return c.do(ctx, http.MethodDelete, "/sim/faults?id="+url.QueryEscape(f.ID), nil, nil)
	}, nil
}

// Heal removes every fault.
func (c *Client) Heal(ctx context.Context) error {
	return c.do(ctx, http.MethodDelete, "/sim/faults", nil, nil)
}

// Advance moves the stand-in's clock.
func (c *Client) Advance(ctx context.Context, d time.Duration) error {
	return c.do(ctx, http.MethodPost, "/sim/clock", map[string]string{"advance": d.String()}, nil)
}

// Pending counts the updates the bot has not confirmed.
func (c *Client) Pending(ctx context.Context) (int, error) {
	var v struct{ Pending int }
	return v.Pending, c.do(ctx, http.MethodGet, "/sim/pending", nil, &v)
}

// Calls counts the Bot API calls received, by method.
func (c *Client) Calls(ctx context.Context) (map[string]int, error) {
	var v map[string]int
	return v, c.do(ctx, http.MethodGet, "/sim/calls", nil, &v)
}

// File returns the bytes of an attachment as a phone downloads it.
func (c *Client) File(ctx context.Context, fileID string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/sim/files/"+url.PathEscape(fileID), nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get file: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("get file: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, remoteError(resp.StatusCode, raw)
	}
	return raw, nil
}

// RemotePhone is a phone in the other process, in its chat with the bot.
type RemotePhone struct {
	c    *Client
	id   int64
	path string
}

type multipartBody struct {
	buf  bytes.Buffer
	kind string
}

// ID returns the person's user id.
func (p *RemotePhone) ID() int64 { return p.id }

func (p *RemotePhone) message(id int) string {
	return p.path + "/chats/bot/messages/" + strconv.Itoa(id)
}

// Send sends a text and returns its last part (see Phone.Send).
func (p *RemotePhone) Send(ctx context.Context, text string) (Message, error) {
	var m Message
	return m, p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/messages", map[string]any{"text": text}, &m)
}

// Reply sends a text in reply to a message.
func (p *RemotePhone) Reply(ctx context.Context, to int, text string) (Message, error) {
	var m Message
	return m, p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/messages", map[string]any{"text": text, "reply_to": to}, &m)
}

// Start presses Start, or a deep link with a payload.
func (p *RemotePhone) Start(ctx context.Context, payload string) (Message, error) {
	var m Message
	return m, p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/start", map[string]string{"payload": payload}, &m)
}

// SendFile sends a file (see Phone.SendFile).
func (p *RemotePhone) SendFile(ctx context.Context, kind, name string, data []byte, caption, album string) (Message, error) {
	var m Message
	body := &multipartBody{}
	form := multipart.NewWriter(&body.buf)
	for k, v := range map[string]string{"kind": kind, "caption": caption, "album": album} {
		if err := form.WriteField(k, v); err != nil {
			return m, fmt.Errorf("write form: %w", err)
		}
	}
	w, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return m, fmt.Errorf("write form: %w", err)
	}
	body.kind = form.FormDataContentType()
	return m, p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/messages", body, &m)
}

// SendOther sends a message without words (see Phone.SendOther).
func (p *RemotePhone) SendOther(ctx context.Context, kind string) (Message, error) {
	var m Message
	return m, p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/messages", map[string]string{"kind": kind}, &m)
}

// Edit changes the text of the phone's own message.
func (p *RemotePhone) Edit(ctx context.Context, id int, text string) error {
	return p.c.do(ctx, http.MethodPatch, p.message(id), map[string]string{"text": text}, nil)
}

// Delete deletes a message on both sides.
func (p *RemotePhone) Delete(ctx context.Context, id int) error {
	return p.c.do(ctx, http.MethodDelete, p.message(id), nil, nil)
}

// Press presses the inline button with that data; ErrNoButton when it is gone.
func (p *RemotePhone) Press(ctx context.Context, messageID int, data string) (queryID string, err error) {
	var v struct{ Query string }
	err = p.c.do(ctx, http.MethodPost, p.message(messageID)+"/press", map[string]string{"data": data}, &v)
	return v.Query, err
}

// Tap presses by label (see Phone.Tap). It returns "" for a key of a reply keyboard.
func (p *RemotePhone) Tap(ctx context.Context, label string) (queryID string, err error) {
	all, err := p.Messages(ctx)
	if err != nil {
		return "", err
	}
	id, data, key := tapTarget(all, label)
	switch {
	case data != "":
		return p.Press(ctx, id, data)
	case key != "":
		_, err := p.Send(ctx, key)
		return "", err
	}
	return "", fmt.Errorf("tap: %w", ErrNoButton)
}

// Messages returns what the phone shows in the chat with the bot, oldest first.
func (p *RemotePhone) Messages(ctx context.Context) ([]Message, error) {
	var out []Message
	return out, p.c.do(ctx, http.MethodGet, p.path+"/chats/bot/messages", nil, &out)
}

// Answers returns the callback answers the phone got, oldest first.
func (p *RemotePhone) Answers(ctx context.Context) ([]Answer, error) {
	var out []Answer
	return out, p.c.do(ctx, http.MethodGet, p.path+"/answers", nil, &out)
}

// Commands returns the menu of the chat with the bot.
func (p *RemotePhone) Commands(ctx context.Context) ([]Command, error) {
	var out []Command
	return out, p.c.do(ctx, http.MethodGet, p.path+"/commands?chat=bot", nil, &out)
}

// Block blocks the bot, Unblock takes it back.
func (p *RemotePhone) Block(ctx context.Context) error {
	return p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/block", nil, nil)
}

// Unblock takes the bot back.
func (p *RemotePhone) Unblock(ctx context.Context) error {
	return p.c.do(ctx, http.MethodPost, p.path+"/chats/bot/unblock", nil, nil)
}

// errEnough ends an event stream.
var errEnough = errors.New("enough")

// Events calls f for the phone's events until it returns an error, ctx ends or
// the stream breaks. ready, if not nil, is called once the stream is open: no
// event after that is missed. Events carry Kind, ID, Chat, Message, IDs, Answer and Action.
func (p *RemotePhone) Events(ctx context.Context, ready func() error, f func(Event) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.c.base+p.path+"/events", nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	resp, err := p.c.http.Do(req)
	if err != nil {
		return fmt.Errorf("open events: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("open events: the stand-in answered %d", resp.StatusCode)
	}
	if ready != nil {
		if err := ready(); err != nil {
			return err
		}
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	var e Event
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch key {
		case "id":
			e.ID, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			e.Kind = value
		case "data":
			if err := e.decode([]byte(value)); err != nil {
				return err
			}
		case "":
			if e.Kind != "" {
				if err := f(e); err != nil {
					return err
				}
			}
			e = Event{}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return fmt.Errorf("read events: %w", io.ErrUnexpectedEOF)
}

func (e *Event) decode(raw []byte) error {
	var v struct {
		Chat    string
		Message *Message
		IDs     []int
		Action  string
		Answer
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	e.Chat, e.Message, e.IDs, e.Action = v.Chat, v.Message, v.IDs, v.Action
	if e.Kind == "answer" {
		e.Answer = &v.Answer
	}
	return nil
}

// Await returns once ok says yes to the messages of the chat with the bot.
func (p *RemotePhone) Await(ctx context.Context, ok func([]Message) bool) error {
	check := func() error {
		all, err := p.Messages(ctx)
		if err == nil && ok(all) {
			err = errEnough
		}
		return err
	}
	err := p.Events(ctx, check, func(Event) error { return check() })
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
