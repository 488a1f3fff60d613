package postgres_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a store and its server and fails on demand.
type proxy struct {
	url  string
	to   string
	away atomic.Bool
	// silent swallows all that is said, and closes nothing.
	silent atomic.Bool
	// loseCommits is how many answers to COMMIT are still to be lost, with their connections.
	loseCommits atomic.Int32
	lost        atomic.Int32

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func startProxy(t *testing.T, to string) *proxy {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil || u.Host == "" {
		t.Fatalf("the server has no address of the form host:port: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{to: u.Host, conns: map[net.Conn]bool{}}
	u.Host = l.Addr().String()
	p.url = u.String()
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// cut ends every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	if p.away.Load() {
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go func() {
		_, _ = io.Copy(unlessSilent{p, server}, client)
		if !p.silent.Load() { // not even of the end does the server hear
			_ = server.Close()
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if p.silent.Load() {
			continue
		}
		if bytes.Contains(buf[:n], []byte("COMMIT\x00")) && p.loseCommits.Add(-1) >= 0 {
			p.lost.Add(1)
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

type unlessSilent struct {
	p *proxy
	w io.Writer
}

func (u unlessSilent) Write(b []byte) (int, error) {
	if u.p.silent.Load() {
		return len(b), nil
	}
	return u.w.Write(b)
}
