package telegram

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// direct carries calls over HTTP/1.1 connections that are kept alive, each on its caller's own goroutine. http.Transport hands a
// request to one goroutine of its connection and the answer to another, which takes more than twice as long; nearly every update
// makes a call. Requests are written and answers are read by net/http. Files, up and down, and what goes by a proxy are left to
// http.Transport.
//
// It keeps http.Transport's promises that seam relies on: it tells by httptrace whether a connection was had, and sends a request
// again by itself only when no byte of it can have left.
type direct struct {
	rest *http.Transport
	dial net.Dialer
	tls  tls.Dialer

	mu   sync.Mutex
	idle []*kept // the one used last is used next
}

const (
	keptAtMost = 256 // as many as lanes and notices have calls under way
	keptFor    = 90 * time.Second
)

// kept is a connection with nothing under way.
type kept struct {
	net.Conn
	raw   net.Conn // below TLS
	in    *bufio.Reader
	room  io.LimitedReader // what in may read of the answer under way
	since time.Time
}

func keep(conn, raw net.Conn) *kept {
	c := &kept{Conn: conn, raw: raw, room: io.LimitedReader{R: conn}}
	c.in = bufio.NewReader(&c.room)
	return c
}

var errClosedIdle = errors.New("the connection was closed meanwhile")

func newDirect() *direct {
	rest := newTransport()
	dial := net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &direct{rest: rest, dial: dial, tls: tls.Dialer{NetDialer: &dial, Config: &tls.Config{NextProtos: []string{"http/1.1"}}}}
}

// RoundTrip implements http.RoundTripper. The answer's body is read already.
func (d *direct) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || req.GetBody == nil || req.ContentLength > smallBody {
		return d.rest.RoundTrip(req)
	}
	if proxy, err := http.ProxyFromEnvironment(req); proxy != nil || err != nil {
		return d.rest.RoundTrip(req)
	}
	ctx := req.Context()
	var out bytes.Buffer
	out.Grow(int(req.ContentLength) + 512)
	if err := req.Write(&out); err != nil {
		return nil, err
	}
	for {
		c, reused, err := d.take(ctx, req)
		if err != nil {
			return nil, err
		}
		resp, err := d.exchange(ctx, c, req, out.Bytes())
		if reused && errors.Is(err, errClosedIdle) {
			continue // the idle ones end, and then a new one is opened
		}
		return resp, err
	}
}

// take gives a connection, a kept one that still stands if there is one.
func (d *direct) take(ctx context.Context, req *http.Request) (c *kept, reused bool, err error) {
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	for c = d.pop(); c != nil && !quiet(c.raw); c = d.pop() {
		_ = c.Close() // the other side has
	}
	if reused = c != nil; !reused {
		if c, err = d.open(ctx, req); err != nil {
			return nil, false, err
		}
	}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: c, Reused: reused})
	}
	return c, reused, nil
}

func (d *direct) open(ctx context.Context, req *http.Request) (*kept, error) {
	address := req.URL.Host
	if req.URL.Port() == "" {
		address = net.JoinHostPort(req.URL.Hostname(), map[string]string{"http": "80", "https": "443"}[req.URL.Scheme])
	}
	if req.URL.Scheme == "http" {
		conn, err := d.dial.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return keep(conn, conn), nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // for the handshake too
	defer cancel()
	conn, err := d.tls.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return keep(conn, conn.(*tls.Conn).NetConn()), nil
}

// exchange sends a request and reads the whole answer, and keeps the connection if it is as good as new. errClosedIdle: nothing
// of the request has left.
func (d *direct) exchange(ctx context.Context, c *kept, req *http.Request, request []byte) (_ *http.Response, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // whoever waits on it is woken
	sound := false
	defer func() {
		if stop() && sound {
			d.push(c)
			return
		}
		_ = c.Close() // what was to be read was read
		if err != nil && ctx.Err() != nil {
			err = ctx.Err()
		}
	}()
	if n, err := c.Write(request); err != nil {
		if n == 0 && ctx.Err() == nil {
			return nil, errClosedIdle
		}
		return nil, err
	}
	c.room.N = maxAnswer
	for {
		resp, err := http.ReadResponse(c.in, req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode < http.StatusOK && resp.StatusCode != http.StatusSwitchingProtocols {
			continue // the answer is still to come
		}
		body, err := whole(resp.Body, min(resp.ContentLength, smallBody))
		if err != nil {
			return nil, err
		}
		sound = !resp.Close && c.in.Buffered() == 0 && resp.StatusCode >= http.StatusOK
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	}
}

func (d *direct) pop() *kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.idle) == 0 {
		return nil
	}
	c := d.idle[len(d.idle)-1]
	d.idle = d.idle[:len(d.idle)-1]
	return c
}

// push keeps a connection, and closes the one that nobody has wanted for longest when that is long ago, or there are many.
func (d *direct) push(c *kept) {
	c.since = time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = append(d.idle, c)
	if oldest := d.idle[0]; len(d.idle) > keptAtMost || c.since.Sub(oldest.since) > keptFor {
		_ = oldest.Close() // nothing is under way on it
		d.idle = append(d.idle[:0], d.idle[1:]...)
	}
}
