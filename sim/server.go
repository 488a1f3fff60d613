// Package sim is a stand-in for Telegram: a strict Bot API server and the
// phones of the people who talk to the bot. Demos, tests and load runs use it
// in place of Telegram. See docs/sim.md.
package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"
)

// Options configure a Server; the zero value is usable.
type Options struct {
	Token    string       // default "1:sim"; the number before the colon is the bot's id
	Username string       // default "huiyin_demo_bot"
	Name     string       // default "回音 Huiyin"
	Clock    *Clock       // default a running one
	Log      *slog.Logger // default none; never gets the token or people's words

	LogCalls      int           // calls kept for Calls and Log: 0 means 10,000, negative none
	AllowRemote   bool          // serve Host headers that are not loopback
	WebhookClient *http.Client  // default has a timeout of 60 s, like Telegram
	SeesAll       bool          // privacy mode off: the bot sees everything in groups
	NoHTML        bool          // leave Message.HTML empty: cheaper under load
	Insecure      bool          // setWebhook takes http:// addresses that are not loopback
	History       int           // messages kept per chat, 0 means all
	SwapWait      time.Duration // real time a swapped update waits for its partner, default 2 s
}

// Server is the stand-in. It is an http.Handler; all methods may be called at once from any goroutine.
type Server struct {
	opts  Options
	clock *Clock
	me    user
	mux   *http.ServeMux

	methods map[string]method

	updates *updates
	files   *files
	menus   *menus
	faults  *faults
	queries *queries
	calls   *callLog

	chats  sync.Map // int64 → *chat
	phones sync.Map // int64 → *Phone
	reg    sync.Mutex
	order  []*Phone
	groups []*Group
	nextID int64
	nextGr int64

	names sync.Map // "name", "description", "short_description" + language → string
	info  atomic.Pointer[Info]

	stop   context.CancelFunc
	ctx    context.Context
	jobs   sync.WaitGroup
	listen *http.Server
}

// Info is what the phones page shows beside the phones.
type Info struct {
	Links []Link   `json:"links"`
	Notes []string `json:"notes"`
}

// Link offers a deep link: pressing it sends "/start Start" from Phone.
type Link struct {
	Label string `json:"label"`
	Phone int64  `json:"phone,omitempty"`
	Start string `json:"start"`
}

// New makes a server with no phones. Close it when done.
func New(opts Options) *Server {
	if opts.Token == "" {
		opts.Token = "1:sim"
	}
	if opts.Username == "" {
		opts.Username = "huiyin_demo_bot"
	}
	if opts.Name == "" {
		opts.Name = "回音 Huiyin"
	}
	if opts.Clock == nil {
		opts.Clock = NewClock()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.WebhookClient == nil {
		opts.WebhookClient = &http.Client{
			Timeout:       60 * time.Second,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if opts.SwapWait == 0 {
		opts.SwapWait = 2 * time.Second
	}
	s := &Server{opts: opts, clock: opts.Clock, nextID: 1000, nextGr: -1001000000000}
	var id int64
	_, _ = fmt.Sscanf(opts.Token, "%d:", &id)
	s.me = user{ID: max(id, 1), IsBot: true, FirstName: opts.Name, Username: opts.Username}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.updates = newUpdates(s)
	s.files = newFiles()
	s.menus = &menus{}
	s.faults = &faults{clock: s.clock}
	s.queries = &queries{clock: s.clock, open: map[string]*query{}}
	s.calls = newCallLog(opts.LogCalls)
	s.methods = methodTable()
	s.routes()
	return s
}

// Token returns the bot's token.
func (s *Server) Token() string { return s.opts.Token }

// BotID returns the bot's user id.
func (s *Server) BotID() int64 { return s.me.ID }

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return s.clock }

// Advance moves the server's clock: presses and updates grow old, retries come due.
func (s *Server) Advance(d time.Duration) { s.clock.Advance(d) }

// SetInfo sets what the phones page shows beside the phones.
func (s *Server) SetInfo(info Info) { s.info.Store(&info) }

// maxConnections is enough for a load run with thousands of phones.
const maxConnections = 8192

// Listen serves on addr (for example "127.0.0.1:0") until Close and returns the address as http://host:port.
func (s *Server) Listen(addr string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen for the Telegram stand-in: %w", err)
	}
	// A long poll takes up to 50 s, a file of a phone up to 2 GB; streams of events have no end (serveEvents).
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	s.reg.Lock()
	s.listen = srv
	s.reg.Unlock()
	s.jobs.Go(func() {
		if err := srv.Serve(netutil.LimitListener(l, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
			s.opts.Log.Error("the Telegram stand-in stopped serving", "error", err)
		}
	})
	return "http://" + l.Addr().String(), nil
}

// Close ends deliveries, long polls and event streams, and waits for them.
func (s *Server) Close() {
	s.updates.mu.Lock() // no delivery starts after this
	s.stop()
	s.updates.mu.Unlock()
	s.reg.Lock()
	srv := s.listen
	s.reg.Unlock()
	if srv != nil {
		_ = srv.Close()
	}
	s.jobs.Wait()
	s.opts.WebhookClient.CloseIdleConnections()
}

func (s *Server) chat(id int64) *chat {
	if c, ok := s.chats.Load(id); ok {
		return c.(*chat)
	}
	return nil
}

// Phone returns the phone with that user id, or nil.
func (s *Server) Phone(id int64) *Phone {
	if p, ok := s.phones.Load(id); ok {
		return p.(*Phone)
	}
	return nil
}

// Phones returns all phones in the order they were added.
func (s *Server) Phones() []*Phone {
	s.reg.Lock()
	defer s.reg.Unlock()
	return append([]*Phone(nil), s.order...)
}

// Groups returns all groups in the order they were made.
func (s *Server) Groups() []*Group {
	s.reg.Lock()
	defer s.reg.Unlock()
	return append([]*Group(nil), s.groups...)
}
