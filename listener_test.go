package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/prometheus/client_golang/prometheus"

	"huiyin/bot/telegram"
)

// small is a surface whose bounds a test reaches within moments.
var small = surface{
	header: 300 * time.Millisecond, read: 600 * time.Millisecond, write: 10 * time.Second, idle: 300 * time.Millisecond,
	head: 4 << 10, body: 2 << 10, clients: 50,
}

// soon is far more than any of small's bounds, and less than any default.
const soon = 20 * time.Second

const markPanic = "the-marked-words-of-a-panic"

// busy counts what got through to the lanes.
type busy struct{ handled chan int64 }

func (b busy) Handle(_ context.Context, u *models.Update) error { b.handled <- u.ID; return nil }
func (busy) Apologise(context.Context, *models.Update, string)  {}

// exposed serves the process's mux with a webhook on s, and gives its address and log.
func exposed(t *testing.T, s surface) (addr string, log *lockedBuffer, handled chan int64) {
	t.Helper()
	log, handled = &lockedBuffer{}, make(chan int64, 10)
	logger := slog.New(slog.NewTextHandler(log, nil))
	h := &house{registry: prometheus.NewRegistry(), log: logger}
	mux := h.mux()
	lanes := telegram.NewLanes(busy{handled}, telegram.LanesOptions{})
	hook, err := telegram.NewWebhook(lanes, worldSecret, telegram.WebhookOptions{Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/hook", hook)
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic(markPanic) })
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := s.server(mux, logger)
	served := make(chan error, 1)
	go func() { served <- server.Serve(s.listener(l)) }()
	t.Cleanup(func() {
		_ = server.Close() // every connection is a test's own
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String(), log, handled
}

// dial opens a connection that is read from until soon.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Who sends slowly, or nothing, is cut off.
func TestListenerCutsOff(t *testing.T) {
	t.Parallel()
	addr, _, handled := exposed(t, small)
	for name, sent := range map[string]string{
		"nothing":        "",
		"half a head":    "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"half a body":    "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Telegram-Bot-Api-Secret-Token: " + worldSecret + "\r\n\r\n{\"update_id\":",
		"no second word": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, addr)
			if _, err := io.WriteString(c, sent); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection is still open")
			}
		})
	}
	// One byte at a time never ends either, were there no bound for the whole.
	t.Run("byte by byte", func(t *testing.T) {
		t.Parallel()
		c := dial(t, addr)
		gone := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, c)
			gone <- err
		}()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case err := <-gone:
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("the connection is still open")
				}
				return
			case <-tick.C:
				_, _ = c.Write([]byte("G")) // a closed connection is what is waited for
			}
		}
	})
	t.Cleanup(func() {
		if len(handled) > 0 {
			t.Error("half an update was handled")
		}
	})
}

// The bounds that count are those of the process, and none is missing.
func TestListenerHasEveryBound(t *testing.T) {
	t.Parallel()
	s := defaultSurface.server(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, d := range map[string]time.Duration{"head": s.ReadHeaderTimeout, "read": s.ReadTimeout, "write": s.WriteTimeout, "idle": s.IdleTimeout} {
		if d <= 0 || d > 5*time.Minute {
			t.Errorf("%s: %v", name, d)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 || defaultSurface.body <= 0 || defaultSurface.clients <= 0 || s.ErrorLog == nil {
		t.Errorf("%+v", defaultSurface)
	}
}

func TestListenerRefuses(t *testing.T) {
	t.Parallel()
	addr, log, handled := exposed(t, small)
	update := `{"update_id":4711,"message":{"text":"` + markWords + `"}}`
	long := `{"update_id":4712,"message":{"text":"` + strings.Repeat("a", int(small.body)) + `"}}`
	for _, row := range []struct {
		method, path, body, head string
		want                     int
		allow                    string
	}{
		{method: "GET", path: "/healthz", want: 200},
		{method: "HEAD", path: "/healthz", want: 200},
		{method: "GET", path: "/metrics", want: 200},
		{method: "HEAD", path: "/metrics", want: 200},
		{method: "POST", path: "/healthz", want: 405, allow: "GET, HEAD"},
		{method: "PUT", path: "/readyz", body: "x", want: 405, allow: "GET, HEAD"},
		{method: "DELETE", path: "/metrics", want: 405, allow: "GET, HEAD"},
		{method: "OPTIONS", path: "/metrics", want: 405, allow: "GET, HEAD"},
		{method: "TRACE", path: "/healthz", want: 405, allow: "GET, HEAD"},
		{method: "GET", path: "/hook", want: 405, allow: "POST"},
		{method: "OPTIONS", path: "/hook", want: 405, allow: "POST"},
		{method: "POST", path: "/hook", body: update, head: "X-Telegram-Bot-Api-Secret-Token: " + worldSecret, want: 200},
		{method: "POST", path: "/hook", body: update, want: 401},
		{method: "POST", path: "/hook", body: long, head: "X-Telegram-Bot-Api-Secret-Token: " + worldSecret, want: 413},
		{method: "GET", path: "/", want: 404},
		{method: "GET", path: "/nothing", want: 404},
		{method: "GET", path: "//healthz", want: 404},
		{method: "GET", path: "/x/../healthz", want: 404},
		{method: "GET", path: "/healthz/", want: 404},
		{method: "GET", path: "/%2e%2e/healthz", want: 404},
		{method: "GET", path: "/debug/pprof/", want: 404},
		{method: "OPTIONS", path: "*", want: 400},
		{method: "GET", path: "/healthz", head: "X-Long: " + strings.Repeat("a", 16<<10), want: 431},
		{method: "GET", path: "/healthz", head: "Not a header", want: 400},
	} {
		t.Run(row.method+" "+row.path, func(t *testing.T) {
			c := dial(t, addr)
			request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n", row.method, row.path, len(row.body))
			if row.head != "" {
				request += row.head + "\r\n"
			}
			if _, err := io.WriteString(c, request+"\r\n"+row.body); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: row.method})
			if row.want == 431 && errors.Is(err, syscall.ECONNRESET) {
				return // cut off before the answer was on its way
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if err != nil && (row.want != 431 || !errors.Is(err, syscall.ECONNRESET)) {
				t.Fatal(err)
			}
			if answer.StatusCode != row.want || answer.Header.Get("Allow") != row.allow {
				t.Errorf("answers %d, Allow %q", answer.StatusCode, answer.Header.Get("Allow"))
			}
			if row.method == "HEAD" && len(body) > 0 {
				t.Errorf("HEAD has a body of %d bytes", len(body))
			}
			if row.want == 400 || row.want == 431 {
				return // the server answers by itself
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
				"Cross-Origin-Embedder-Policy": "require-corp", "Cache-Control": "no-store",
			} {
				if got := answer.Header.Get(name); !strings.HasPrefix(got, want) {
					t.Errorf("%s: %q", name, got)
				}
			}
			if bytes.Contains(body, []byte(markWords)) {
				t.Errorf("the answer repeats the request: %s", body)
			}
		})
	}
	if id := <-handled; id != 4711 || len(handled) > 0 {
		t.Errorf("update %d and %d more were handled", id, len(handled))
	}
	if strings.Contains(log.String(), markWords) || strings.Contains(log.String(), "127.0.0.1") {
		t.Errorf("the log tells who sent what:\n%s", log)
	}
}

// What panics closes its connection, and the log says so without the words and the address.
func TestListenerLogsNoWords(t *testing.T) {
	t.Parallel()
	addr, log, _ := exposed(t, small)
	c := dial(t, addr)
	if _, err := io.WriteString(c, "GET /panic HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); len(got) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q, %v", got, err)
	}
	if s := log.String(); !strings.Contains(s, "trouble with a connection") || strings.Contains(s, markPanic) || strings.Contains(s, "127.0.0.1") {
		t.Errorf("the log says:\n%s", s)
	}
}

// Beyond the bound a connection waits for one that ends; it is not refused, and nobody before it is pushed out.
func TestListenerBoundsConnections(t *testing.T) {
	t.Parallel()
	few := defaultSurface
	few.clients = 2
	addr, _, _ := exposed(t, few)
	ask := func(c net.Conn) error {
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		_, err := http.ReadResponse(bufio.NewReader(c), nil)
		return err
	}
	first, second, third := dial(t, addr), dial(t, addr), dial(t, addr)
	for _, c := range []net.Conn{first, second} {
		if err := ask(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := third.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := ask(third); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a third is served beside two: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := third.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	if _, err := http.ReadResponse(bufio.NewReader(third), nil); err != nil {
		t.Errorf("the third is not served when there is room: %v", err)
	}
}
