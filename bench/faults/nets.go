package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
)

// nets are the proxies between the bot and what it leans on, by what stands behind: telegram, postgres, redis.
type nets map[string]*toxiproxy.Proxy

func openNets(upstreams map[string]string) (nets, error) {
	toxics.Register(loseCommit, new(commitToxic))
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	n := nets{}
	for name, upstream := range upstreams {
		p := toxiproxy.NewProxy(server, name, "127.0.0.1:0", upstream)
		if err := p.Start(); err != nil {
			n.close()
			return nil, fmt.Errorf("start the proxy before %s: %w", name, err)
		}
		n[name] = p
	}
	return n, nil
}

func (n nets) close() {
	for _, p := range n {
		p.Stop()
	}
}

// cut refuses and ends connections until mend.
func (n nets) cut(name string) { n[name].Stop() }

func (n nets) mend(name string) error {
	if err := n[name].Start(); err != nil {
		return fmt.Errorf("start the proxy before %s again: %w", name, err)
	}
	return nil
}

// lead makes the proxy lead to another server of the same kind.
func (n nets) lead(name, upstream string) error {
	p := n[name]
	p.Stop()
	p.Upstream = upstream
	return n.mend(name)
}

// toxic poisons the answers (or, with up, the questions) that pass a proxy, and gives what ends it.
func (n nets) toxic(name, kind string, up bool, attributes map[string]any) (end func(), err error) {
	stream := "downstream"
	if up {
		stream = "upstream"
	}
	raw, err := json.Marshal(map[string]any{"name": kind, "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes})
	if err != nil {
		return nil, fmt.Errorf("make a toxic: %w", err)
	}
	if _, err := n[name].Toxics.AddToxicJson(bytes.NewReader(raw)); err != nil {
		return nil, fmt.Errorf("poison %s: %w", name, err)
	}
	return func() { _ = n[name].Toxics.RemoveToxic(context.Background(), kind) }, nil // gone already is as good
}

// commitToxic lets the first COMMITs of so many connections pass and ends each of those connections before the answer.
type commitToxic struct{}

const loseCommit = "lose_commit"

var commitsToLose, commitsLost atomic.Int32

// Pipe implements toxics.Toxic.
func (*commitToxic) Pipe(stub *toxics.ToxicStub) {
	for {
		select {
		case <-stub.Interrupt:
			return
		case c := <-stub.Input:
			if c == nil {
				stub.Close()
				return
			}
			lose := bytes.Contains(bytes.ToLower(c.Data), []byte("commit\x00")) && commitsToLose.Add(-1) >= 0
			stub.Output <- c
			if lose {
				commitsLost.Add(1)
				stub.Close()
				return
			}
		}
	}
}

// balancer stands before the processes as a load balancer does that knows nothing of them: each request goes to the next.
type balancer struct {
	addr   string
	server *http.Server
	mu     sync.Mutex
	addrs  []string
	next   int
}

func startBalancer() (*balancer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the balancer: %w", err)
	}
	b := &balancer{addr: l.Addr().String()}
	proxy := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: b.pick()}) },
		Transport:    &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: 10 * time.Second},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	b.server = &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = b.server.Serve(l) }() // ends with close
	return b, nil
}

func (b *balancer) pick() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.addrs) == 0 {
		return "127.0.0.1:1" // nobody listens: 502
	}
	b.next++
	return b.addrs[b.next%len(b.addrs)]
}

func (b *balancer) to(addrs []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.addrs = addrs
}

func (b *balancer) close() error { return b.server.Close() }
