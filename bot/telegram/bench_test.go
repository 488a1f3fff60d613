package telegram

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// benchServer answers every call as a sent message.
func benchServer(b *testing.B) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, sentOK)
	}))
	b.Cleanup(srv.Close)
	return srv.URL
}

func BenchmarkSendMessageJSON(b *testing.B) {
	c, err := New(testToken, benchServer(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	p := hi(int64(42))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.SendMessage(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}

// The library's multipart encoding over our seam.
func BenchmarkSendMessageLibraryOverSeam(b *testing.B) {
	c, err := New(testToken, benchServer(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	p := hi(int64(42))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Bot().SendMessage(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}

// The library as it comes.
func BenchmarkSendMessageLibrary(b *testing.B) {
	l, err := bot.New(testToken, bot.WithSkipGetMe(), bot.WithServerURL(benchServer(b)))
	if err != nil {
		b.Fatal(err)
	}
	p := hi(int64(42))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.SendMessage(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAndLane(b *testing.B) {
	l := NewLanes(&handler{handle: func(context.Context, *models.Update) error { return nil }}, LanesOptions{})
	body := []byte(hookText)
	b.ReportAllocs()
	for b.Loop() {
		u, _, err := decodeUpdate(body)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Do(b.Context(), u); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplitText(b *testing.B) {
	s := strings.Repeat("这是一行，内容不少。\n", 5000)
	b.ReportAllocs()
	for b.Loop() {
		SplitText(s, MessageLimit)
	}
}
