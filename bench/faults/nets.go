package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
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
	register()
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

var register = sync.OnceFunc(func() { toxics.Register(loseCommit, new(commitToxic)) })

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
	// When set, a request is given up after so many nanoseconds, as Telegram gives it up after 60 s, and comes again.
	patience atomic.Int64
	// When set, each request goes to two processes at the same moment.
	twice atomic.Bool

	mu    sync.Mutex
	addrs []string
	next  int
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
	b.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d := b.patience.Load(); d > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), time.Duration(d))
			defer cancel()
			r = r.WithContext(ctx)
		}
		if b.twice.Load() {
			b.giveTwice(proxy, w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = b.server.Serve(l) }() // ends with close
	return b, nil
}

// giveTwice lets two processes work on a request at once. Unless both take it, it has to come again.
func (b *balancer) giveTwice(proxy http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var answers [2]*httptest.ResponseRecorder
	var group sync.WaitGroup
	for i := range answers {
		answers[i] = httptest.NewRecorder()
		one := r.Clone(r.Context())
		one.Body = io.NopCloser(bytes.NewReader(body))
		group.Go(func() { proxy.ServeHTTP(answers[i], one) })
	}
	group.Wait()
	chosen := answers[0]
	if second := answers[1]; second.Code != http.StatusOK || chosen.Body.Len() == 0 && chosen.Code == http.StatusOK {
		chosen = second
	}
	maps.Copy(w.Header(), chosen.Header())
	w.WriteHeader(chosen.Code)
	_, _ = w.Write(chosen.Body.Bytes()) // who has hung up hears nothing
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
