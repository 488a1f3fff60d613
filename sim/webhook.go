package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hook is an active webhook. Each queue has at most one request under way and
// its own back-off; slots bounds the requests of all queues together.
type hook struct {
	us     *updates
	url    string
	secret string
	max    int
	slots  chan struct{}
	ctx    context.Context
	stop   context.CancelFunc
	queues map[queueKey]*hookQueue // guarded by us.mu

	lastErr   string // guarded by us.mu
	lastErrAt time.Time
}

type hookQueue struct {
	items   []*update
	running bool
}

// push queues an update. Caller holds us.mu.
func (h *hook) push(u *update) {
	q := h.queues[u.queue]
	if q == nil {
		q = &hookQueue{}
		h.queues[u.queue] = q
	}
	q.items = append(q.items, u)
	if !q.running {
		q.running = true
		h.us.s.jobs.Go(func() { h.drain(u.queue, q) })
	}
}

// drain delivers one queue in order until it is empty or the webhook ends.
func (h *hook) drain(key queueKey, q *hookQueue) {
	us := h.us
	fails := 0
	for {
		us.mu.Lock()
		if h.ctx.Err() != nil {
			us.mu.Unlock()
			return
		}
		if len(q.items) == 0 {
			delete(h.queues, key)
			us.mu.Unlock()
			return
		}
		u := q.items[0]
		if us.s.clock.Now().After(u.expires) {
			us.lapsed[u.user]++
			h.drop(q, u)
			us.mu.Unlock()
			continue
		}
		us.mu.Unlock()

		if u.after != nil {
			select {
			case <-u.after:
			case <-h.ctx.Done():
				return
			}
		}
		select {
		case h.slots <- struct{}{}:
		case <-h.ctx.Done():
			return
		}
		wait, err := h.post(u)
		<-h.slots
		if err == nil {
			fails = 0
			us.mu.Lock()
			if h.ctx.Err() == nil {
				if u.again {
					u.again = false
				} else {
					h.drop(q, u)
				}
			}
			us.mu.Unlock()
			continue
		}
		us.mu.Lock()
		h.lastErr, h.lastErrAt = err.Error(), us.s.clock.Now()
		us.mu.Unlock()
		fails++
		if wait == 0 {
			wait = backoff(fails)
		}
		if !h.sleep(wait) {
			return
		}
	}
}

// backoff is 0 after the first failure, then 2, 4, 8 … 60 s.
func backoff(fails int) time.Duration {
	if fails <= 1 {
		return 0
	}
	return time.Duration(min(60, 1<<min(fails-1, 6))) * time.Second
}

func (h *hook) sleep(d time.Duration) bool {
	if d == 0 {
		return h.ctx.Err() == nil
	}
	due := make(chan struct{})
	stop := h.us.s.clock.After(d, func() { close(due) })
	defer stop()
	select {
	case <-due:
		return true
	case <-h.ctx.Done():
		return false
	}
}

// drop forgets a delivered or expired update. Caller holds us.mu.
func (h *hook) drop(q *hookQueue, u *update) {
	q.items[0] = nil
	q.items = q.items[1:]
	if u.done != nil {
		close(u.done)
		u.done = nil
	}
	h.us.finished(u)
}

// post delivers one update and executes the call in the answer, if there is
// one. With an error it also returns the wait the bot asked for.
func (h *hook) post(u *update) (time.Duration, error) {
	req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.url, bytes.NewReader(u.wire()))
	if err != nil {
		return 0, fmt.Errorf("make webhook request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := h.us.s.opts.WebhookClient.Do(req)
	if err != nil {
		return 0, undelivered("Connection failed")
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxUpload))
	if err != nil {
		return 0, undelivered("Read timeout expired")
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		wait := time.Duration(min(max(seconds, 0), 3600)) * time.Second
		return wait, undelivered("Wrong response from the webhook: " + resp.Status)
	}
	h.us.s.webhookAnswer(h.ctx, resp.Header.Get("Content-Type"), body)
	return 0, nil
}

// webhookAnswer executes a Bot API call that came as the body of the answer.
func (s *Server) webhookAnswer(ctx context.Context, kind string, body []byte) {
	if len(bytes.TrimSpace(body)) == 0 {
		return
	}
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(bytes.NewReader(body))}
	p, err := decode(r, "")
	if err != nil || p.str("method") == "" {
		return
	}
	p.method = p.str("method")
	delete(p.v, "method")
	call := Call{Method: p.method, Chat: s.chatOf(p), At: s.clock.Now(), Params: p.v, Code: http.StatusOK}
	act := s.faults.forCall(p.method, call.Chat)
	if act.err != nil || act.reset || act.html != 0 {
		call.Fault, call.Error = act.name, "not executed"
		s.calls.add(call)
		return
	}
	if _, err := s.run(ctx, p); err != nil {
		call.Code, call.Error = errorCode(err), err.Error()
	}
	s.calls.add(call)
}

func (s *Server) setWebhook(_ context.Context, p *params) (any, error) {
	raw := strings.TrimSpace(p.str("url"))
	if raw == "" {
		return s.deleteWebhook(s.ctx, p)
	}
	addr, err := url.Parse(raw)
	if err != nil || addr.Host == "" {
		return nil, bad("bad webhook: invalid webhook URL specified")
	}
	if addr.Scheme != "https" && !s.opts.Insecure && !loopback(addr.Host) {
		return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
	}
	secret := p.str("secret_token")
	if len(secret) > 256 {
		return nil, bad("secret token is too long")
	}
	if strings.ContainsFunc(secret, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}) {
		return nil, bad("secret token contains unallowed characters")
	}
	slots := 40
	if n := p.int("max_connections"); n > 0 {
		slots = min(n, 100)
	}
	us := s.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	if err := us.setAllowed(p); err != nil {
		return nil, err
	}
	us.endPoller(conflict("terminated by setWebhook request"))
	us.collect()
	if p.bool("drop_pending_updates") {
		us.dropAll()
	}
	h := &hook{us: us, url: raw, secret: secret, max: slots, slots: make(chan struct{}, slots), queues: map[queueKey]*hookQueue{}}
	h.ctx, h.stop = context.WithCancel(s.ctx)
	us.hook = h
	for _, u := range us.list {
		h.push(u)
	}
	us.list = nil
	return true, nil
}

func (s *Server) deleteWebhook(_ context.Context, p *params) (any, error) {
	us := s.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	us.collect()
	if p.bool("drop_pending_updates") {
		us.dropAll()
	}
	if len(us.list) > 0 {
		close(us.wake)
		us.wake = make(chan struct{})
	}
	return true, nil
}

// collect ends the webhook and brings its updates back into one list. Caller holds mu.
func (us *updates) collect() {
	h := us.hook
	if h == nil {
		return
	}
	us.hook = nil
	h.stop()
	for _, q := range h.queues {
		us.list = append(us.list, q.items...)
	}
	slices.SortFunc(us.list, func(a, b *update) int { return int(a.id - b.id) })
}

func (us *updates) dropAll() {
	us.finished(us.list...)
	us.list = nil
}

type webhookInfo struct {
	URL                  string   `json:"url"`
	HasCustomCertificate bool     `json:"has_custom_certificate"`
	PendingUpdateCount   int      `json:"pending_update_count"`
	LastErrorDate        int64    `json:"last_error_date,omitempty"`
	LastErrorMessage     string   `json:"last_error_message,omitempty"`
	MaxConnections       int      `json:"max_connections,omitempty"`
	AllowedUpdates       []string `json:"allowed_updates,omitempty"`
}

func (s *Server) getWebhookInfo(context.Context, *params) (any, error) {
	us := s.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	info := webhookInfo{PendingUpdateCount: us.pending}
	for kind := range us.allowed {
		info.AllowedUpdates = append(info.AllowedUpdates, kind)
	}
	slices.Sort(info.AllowedUpdates)
	if h := us.hook; h != nil {
		info.URL, info.MaxConnections = h.url, h.max
		if h.lastErr != "" {
			info.LastErrorMessage, info.LastErrorDate = h.lastErr, h.lastErrAt.Unix()
		}
	}
	return info, nil
}

// loopback says whether a host[:port] is this machine.
func loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}
