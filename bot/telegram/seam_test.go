package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
		_ = conn.Close()
	}
}

func TestFailuresKeepTheTokenAndSendOnce(t *testing.T) {
	t.Parallel()
	answering := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }
	}
	dead := httptest.NewServer(nil)
	dead.Close()
	dial := func(err error) *http.Client {
		return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}}
	}
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)

	for name, c := range map[string]struct {
		handler http.HandlerFunc
		url     string
		opts    Options
		cancel  bool
		want    Class
		sends   int32 // requests the server must see for one sendMessage
		gets    int32 // and for one getMe
	}{
		"refused":   {url: dead.URL, want: Unreachable},
		"dns":       {opts: Options{HTTP: dial(&net.DNSError{Err: "no such host", Name: "bot" + testToken})}, url: "http://t.test", want: Unreachable},
		"url error": {opts: Options{HTTP: dial(&url.Error{Op: "Post", URL: "http://t.test/bot" + testToken, Err: errors.New("x")})}, url: "http://t.test", want: Unreachable},
		"cancelled": {handler: answering(200, sentOK), cancel: true, want: Unreachable},
		"timeout":   {handler: func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }, opts: Options{CallTimeout: 50 * time.Millisecond}, want: Unknown, sends: 1, gets: 3},
		"reset":     {handler: hangUp, want: Unknown, sends: 1, gets: 3},
		"html 502":  {handler: answering(502, "<html>bot"+testToken+"</html>"), want: Unknown, sends: 1, gets: 3},
		"json 500":  {handler: answering(500, `{"ok":false,"error_code":500,"description":"Internal `+testToken+`"}`), want: Unknown, sends: 1, gets: 3},
		"half":      {handler: answering(200, `{"ok":true,"result":{"message_id":7,"text":"`+testToken), want: Unknown, sends: 1, gets: 1},
		"nonsense":  {handler: answering(200, testToken), want: Unknown, sends: 1, gets: 3},
		"cut off": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"ok":true`)
		}, want: Unknown, sends: 1, gets: 3},
		"redirect": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}, want: Unknown, sends: 1, gets: 3},
		"rejected": {handler: answering(400, `{"ok":false,"error_code":400,"description":"Bad Request: `+testToken+`"}`), want: Rejected, sends: 1, gets: 1},
		"html 429": {handler: answering(429, "slow down"), opts: Options{MaxWait: time.Millisecond}, want: RateLimited, sends: 1, gets: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for call, want := range map[string]int32{"send": c.sends, "library": c.sends, "get": c.gets} {
				var seen atomic.Int32
				address := c.url
				if c.handler != nil {
					srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen.Add(1); c.handler(w, r) }))
					defer srv.Close()
					address = srv.URL
				}
				client, err := New(testToken, address, c.opts)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.cancel {
					cancel()
				}
				p := &bot.SendMessageParams{ChatID: 987654321, Text: "PRIVATE WORDS"}
				switch call {
				case "send":
					_, err = client.SendMessage(ctx, p)
				case "library":
					_, err = client.Bot().SendMessage(ctx, p)
				case "get":
					_, err = client.Me(ctx)
				}
				if ClassOf(err) != c.want {
					t.Errorf("%s: class %q, want %q: %v", call, ClassOf(err), c.want, err)
				}
				if seen.Load() != want {
					t.Errorf("%s: %d requests, want %d", call, seen.Load(), want)
				}
				var said strings.Builder
				for e := err; e != nil; e = errors.Unwrap(e) {
					fmt.Fprintf(&said, "%v\n%+v\n%#v\n", e, e, e)
				}
				for _, bad := range []string{testToken, "very_secret", "PRIVATE", "987654321", "127.0.0.1", "t.test"} {
					if strings.Contains(said.String(), bad) {
						t.Errorf("%s: the error says %q: %s", call, bad, said.String())
					}
				}
				if (errors.Is(err, context.Canceled)) != c.cancel {
					t.Errorf("%s: Is(Canceled) = %v", call, !c.cancel)
				}
			}
		})
	}
	t.Cleanup(func() {
		if elsewhere.Load() != 0 {
			t.Error("a redirect was followed")
		}
	})
}

func TestClientPrintsNoToken(t *testing.T) {
	t.Parallel()
	c, err := New(testToken, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(s, testToken) {
		t.Error(s)
	}
}

func TestSmallBodiesCanBeSentAgain(t *testing.T) {
	t.Parallel()
	type seen struct {
		getBody bool
		length  int64
	}
	for name, c := range map[string]struct {
		size int
		want seen
	}{"small": {1 << 10, seen{true, 0}}, "large": {200 << 10, seen{false, -1}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got seen
			var body []byte
			client, err := New(testToken, "http://telegram.test", Options{HTTP: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				got = seen{r.GetBody != nil, r.ContentLength}
				body, _ = io.ReadAll(r.Body)
				if got.getBody {
					again, err := r.GetBody()
					if err != nil {
						return nil, err
					}
					if b, _ := io.ReadAll(again); !bytes.Equal(b, body) || int64(len(b)) != r.ContentLength {
						t.Error("GetBody gives another body")
					}
					got.length = 0
				}
				return respond(200, sentOK), nil
			})}})
			if err != nil {
				t.Fatal(err)
			}
			data := strings.Repeat("x", c.size)
			if _, err := client.SendDocument(t.Context(), &bot.SendDocumentParams{ChatID: 42, Document: &models.InputFileUpload{Filename: "a", Data: strings.NewReader(data)}}); err != nil {
				t.Fatal(err)
			}
			if got != c.want || !bytes.Contains(body, []byte(data)) {
				t.Errorf("got %+v, want %+v, body of %d", got, c.want, len(body))
			}
		})
	}
}

func TestABodyThatFailsIsNotSent(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]int{"at once": 10, "while streaming": 500 << 10} {
		c := served(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				t.Error("the server had a whole body")
			}
		})
		data := io.MultiReader(strings.NewReader(strings.Repeat("x", before)), failing{})
		_, err := c.SendDocument(t.Context(), &bot.SendDocumentParams{ChatID: 42, Document: &models.InputFileUpload{Filename: "a", Data: data}})
		if ClassOf(err) != Unreachable || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("PRIVATE: the blob store is away") }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	flood := func(seconds int) string {
		return fmt.Sprintf(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}`, seconds, seconds)
	}
	t.Run("short is waited out", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := scripted(t, Options{}, func(*http.Request, string) (int, string) {
				if calls++; calls == 1 {
					return 429, flood(2)
				}
				return 200, sentOK
			})
			began := time.Now()
			if _, err := c.SendMessage(t.Context(), hi(1)); err != nil || calls != 2 || time.Since(began) != 2*time.Second {
				t.Error(err, calls, time.Since(began))
			}
		})
	})
	t.Run("hours fail fast, for that chat only", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := scripted(t, Options{}, func(_ *http.Request, body string) (int, string) {
				calls++
				if strings.Contains(body, `"chat_id":1,`) {
					return 429, flood(10072)
				}
				return 200, sentOK
			})
			began := time.Now()
			for i := range 3 {
				_, err := c.SendMessage(t.Context(), hi(1))
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Class != RateLimited || e.RetryAfter != 10072*time.Second-time.Since(began) {
					t.Errorf("%d: %v", i, err)
				}
				time.Sleep(time.Second)
			}
			if calls != 1 {
				t.Errorf("knocked %d times", calls)
			}
			if _, err := c.SendMessage(t.Context(), hi(2)); err != nil {
				t.Error("another chat:", err)
			}
		})
	})
	t.Run("not past the deadline", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := scripted(t, Options{}, func(*http.Request, string) (int, string) { return 429, flood(2) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			if _, err := c.SendMessage(ctx, hi(1)); ClassOf(err) != RateLimited || time.Since(began) != 0 {
				t.Error(err, time.Since(began))
			}
		})
	})
	t.Run("of several chats holds all", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := scripted(t, Options{}, func(*http.Request, string) (int, string) { calls++; return 429, flood(60) })
			for chat := range 5 {
				if _, err := c.SendMessage(t.Context(), hi(chat)); ClassOf(err) != RateLimited {
					t.Error(err)
				}
			}
			if calls != floodChats {
				t.Errorf("%d calls, want %d", calls, floodChats)
			}
		})
	})
	t.Run("of a method without a chat holds that method", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := scripted(t, Options{}, func(r *http.Request, _ string) (int, string) {
				if strings.HasSuffix(r.URL.Path, "setMyCommands") {
					return 429, flood(10072)
				}
				return 200, sentOK
			})
			for range 4 {
				if err := c.SetCommands(t.Context(), nil, nil, ""); ClassOf(err) != RateLimited {
					t.Error(err)
				}
			}
			if _, err := c.SendMessage(t.Context(), hi(1)); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestDownload(t *testing.T) {
	t.Parallel()
	const content = "content of the file"
	for name, c := range map[string]struct {
		info    string
		status  int
		body    func(w io.Writer)
		want    Class
		reading Class
	}{
		"fine":       {info: `{"file_id":"f","file_size":19,"file_path":"photos/a b.jpg"}`, body: func(w io.Writer) { _, _ = io.WriteString(w, content) }},
		"told big":   {info: `{"file_id":"f","file_size":20971521,"file_path":"a"}`, want: FileTooBig},
		"proves big": {info: `{"file_id":"f","file_path":"a"}`, reading: FileTooBig, body: func(w io.Writer) { _, _ = io.CopyN(w, zeros{}, DownloadLimit+1) }},
		"no path":    {info: `{"file_id":"f"}`, want: Rejected},
		"gone":       {info: `{"file_id":"f","file_path":"a"}`, status: 404, want: Rejected},
		"broken":     {info: `{"file_id":"f","file_path":"a"}`, status: 502, want: Unknown},
		"redirect":   {info: `{"file_id":"f","file_path":"a"}`, status: 302, want: Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := served(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
				switch path := strings.ReplaceAll(r.URL.Path, testToken, "T"); path {
				case "/botT/getFile":
					_, _ = io.WriteString(w, `{"ok":true,"result":`+c.info+`}`)
				case "/file/botT/a", "/file/botT/photos/a b.jpg":
					if c.status != 0 {
						w.WriteHeader(c.status)
						return
					}
					c.body(w)
				default:
					t.Errorf("asked for %s", path)
				}
			})
			rc, size, err := cl.Download(t.Context(), "f")
			if ClassOf(err) != c.want || strings.Contains(fmt.Sprint(err), testToken) {
				t.Fatalf("%v, want class %q", err, c.want)
			}
			if err != nil {
				return
			}
			got, err := io.ReadAll(rc)
			if ClassOf(err) != c.reading || len(got) > DownloadLimit {
				t.Errorf("reading: %v, %d bytes", err, len(got))
			}
			if c.reading == "" && (string(got) != content || size != int64(len(content))) {
				t.Errorf("%q, %d", got, size)
			}
			if err := rc.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
