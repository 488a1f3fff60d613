package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type chatRow struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Title  string `json:"title"`
	Unread int    `json:"unread"`
	Last   string `json:"last"`
}

func apiChats(_ *http.Request, p *Phone) (any, error) {
	rows := []chatRow{p.row(p.chat, p.srv.me.FirstName, "private")}
	for _, g := range p.srv.Groups() {
		g.chat.mu.Lock()
		in := g.chat.member(p.ID()) != nil
		g.chat.mu.Unlock()
		if in {
			rows = append(rows, p.row(g.chat, g.chat.title, "supergroup"))
		}
	}
	return rows, nil
}

func (p *Phone) row(c *chat, title, kind string) chatRow {
	row := chatRow{ID: c.key(), Type: kind, Title: title}
	p.mu.Lock()
	read := p.read[row.ID]
	p.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.order) - 1; i >= 0 && c.order[i] > read; i-- {
		if c.msgs[c.order[i]].by != p.ID() {
			row.Unread++
		}
	}
	if n := len(c.order); n > 0 {
		w := c.msgs[c.order[n-1]].wire
		row.Last = w.Text
		if row.Last == "" {
			row.Last = w.Caption
		}
		if m := mediaView(w); row.Last == "" && m != nil {
			row.Last = m.Kind
		}
		row.Last = row.Last[:cutAt(row.Last, 80)]
	}
	return row
}

func apiMessages(_ *http.Request, p *Phone, c *chat) (any, error) {
	all := c.messages(p)
	if n := len(all); n > 0 {
		p.mu.Lock()
		p.read[c.key()] = all[n-1].ID
		p.mu.Unlock()
	}
	return all, nil
}

// apiSend takes a text as JSON, or any kind as multipart.
func apiSend(r *http.Request, p *Phone, c *chat) (any, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return apiSendFile(r, p, c)
	}
	var v struct {
		Text    string `json:"text"`
		ReplyTo int    `json:"reply_to"`
		Kind    string `json:"kind"`
	}
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	if v.Kind != "" && v.Kind != "text" {
		return p.sendOther(c, v.Kind, v.ReplyTo)
	}
	return p.compose(c, v.Text, v.ReplyTo)
}

func apiSendFile(r *http.Request, p *Phone, c *chat) (any, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, 64<<20)
	if err := r.ParseMultipartForm(64 << 20); err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	kind := r.FormValue("kind")
	replyTo, _ := strconv.Atoi(r.FormValue("reply_to"))
	f, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		if kind == "" || kind == "text" {
			return p.compose(c, r.FormValue("text"), replyTo)
		}
		return p.sendOther(c, kind, replyTo)
	}
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	return p.sendFile(c, kind, head.Filename, head.Header.Get("Content-Type"), data, r.FormValue("caption"), r.FormValue("album"), replyTo)
}

func messageID(r *http.Request) int {
	id, _ := strconv.Atoi(r.PathValue("mid"))
	return id
}

func apiEdit(r *http.Request, p *Phone, c *chat) (any, error) {
	var v struct{ Text string }
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	if err := p.edit(c, messageID(r), v.Text); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.msgs[messageID(r)]; st != nil {
		return c.view(p, st), nil
	}
	return nil, ErrNoMessage
}

func apiDelete(r *http.Request, p *Phone, c *chat) (any, error) {
	return struct{}{}, p.erase(c, messageID(r))
}

func apiPress(r *http.Request, p *Phone, c *chat) (any, error) {
	var v struct {
		Data  string
		Stale bool
	}
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	id, err := p.press(c, messageID(r), v.Data, v.Stale)
	if err != nil {
		return nil, err
	}
	return accepted{map[string]string{"query": id}}, nil
}

func apiStart(r *http.Request, p *Phone, c *chat) (any, error) {
	var v struct{ Payload string }
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	return p.compose(c, strings.TrimSpace("/start "+v.Payload), 0)
}

func apiBlock(r *http.Request, p *Phone, c *chat) (any, error) {
	if !c.private() {
		return nil, errors.New("only the chat with the bot can be blocked")
	}
	p.setBlocked(strings.HasSuffix(r.URL.Path, "/block"))
	return accepted{struct{}{}}, nil
}

func apiCommands(r *http.Request, p *Phone) (any, error) {
	c, err := p.chatNamed(r.URL.Query().Get("chat"))
	if err != nil {
		return nil, err
	}
	return p.srv.resolve(p, c), nil
}

// payload is the data of an event on the stream.
func (e Event) payload() any {
	switch e.Kind {
	case "message", "edited":
		return map[string]any{"chat": e.Chat, "message": e.Message}
	case "deleted":
		return map[string]any{"chat": e.Chat, "ids": e.IDs}
	case "answer":
		return e.Answer
	case "action":
		return map[string]any{"chat": e.Chat, "action": e.Action}
	}
	return struct{}{}
}

// serveEvents streams a phone's events. Without Last-Event-ID it starts with the next one.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	p := s.Phone(id)
	if p == nil {
		answerJSON(w, r.Method, nil, &statusError{http.StatusNotFound, errors.New("no such phone")})
		return
	}
	last := p.newestEvent()
	if given, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil && given <= last {
		last = given
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	// A stream outlives the server's timeouts; where there are none (a recorder) there is nothing to lift.
	_, _ = flush.SetReadDeadline(time.Time{}), flush.SetWriteDeadline(time.Time{})
	_, _ = io.WriteString(w, "retry: 1000\n\n")
	_ = flush.Flush()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		events, changed := p.since(last)
		for _, e := range events {
			raw, err := json.Marshal(e.payload())
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Kind, raw); err != nil {
				return
			}
			last = e.ID
		}
		if len(events) > 0 {
			if flush.Flush() != nil {
				return
			}
			continue
		}
		select {
		case <-changed:
		case <-beat.C:
			if _, err := io.WriteString(w, ": still here\n\n"); err != nil || flush.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}
