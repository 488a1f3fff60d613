package loop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// hook delivers updates to the bot's webhook, over as many kept-alive connections as Telegram may use. Replicas say an
// address each, and whoever delivers stays with one of them, as connections through a balancer do.
type hook struct {
	crowd *Crowd
	wants int // how many replicas there are

	mu      sync.Mutex
	targets []*url.URL
	secret  string
	known   chan struct{}
}

// connections is Telegram's own upper bound, max_connections of setWebhook.
const connections = 100

func (h *hook) set(address, secret string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.ContainsFunc(h.targets, func(t *url.URL) bool { return *t == *u }) || len(h.targets) == h.wants {
		return
	}
	if h.targets, h.secret = append(h.targets, u), secret; len(h.targets) == h.wants {
		close(h.known)
	}
}

// work delivers what is due until the crowd is closed; n tells one worker from the next.
func (h *hook) work(n int) {
	select {
	case <-h.known:
	case <-h.crowd.closed:
		return
	}
	target := h.targets[n%len(h.targets)]
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: ",
		target.RequestURI(), target.Host, h.secret)
	var conn net.Conn
	var in *bufio.Reader
	var out, body bytes.Buffer
	defer func() {
		if conn != nil {
			_ = conn.Close() // nothing is waited for on it
		}
	}()
	for {
		var p *person
		select {
		case p = <-h.crowd.due:
		case <-h.crowd.closed:
			return
		}
		out.Reset()
		fmt.Fprintf(&out, "%s%d\r\n\r\n", head, len(p.next))
		out.Write(p.next)
		for try := 0; ; try++ {
			var err error
			if conn == nil {
				if conn, err = net.Dial("tcp", target.Host); err == nil {
					in = bufio.NewReaderSize(conn, 4<<10)
				}
			}
			var status int
			if err == nil {
				status, err = exchange(conn, in, out.Bytes(), &body)
			}
			if err == nil && status == http.StatusOK {
				break
			}
			if err == nil {
				h.crowd.redelivered.Add(1)
			}
			if err != nil && conn != nil {
				_ = conn.Close() // a new one is opened
				conn = nil
			}
			if try > 50 {
				h.crowd.wrong(fmt.Errorf("an update was never taken: status %d: %w", status, err))
				break
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-h.crowd.closed:
				return
			}
		}
		h.crowd.stand.inBody(body.Bytes())
		p.acknowledged()
	}
}

func exchange(conn net.Conn, in *bufio.Reader, request []byte, body *bytes.Buffer) (int, error) {
	body.Reset()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	if _, err := conn.Write(request); err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	if _, err := io.Copy(body, r.Body); err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	return r.StatusCode, r.Body.Close()
}
