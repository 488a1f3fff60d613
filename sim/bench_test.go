package sim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huiyin/sim"
)

// One send through the handler, without a network: what the stand-in itself costs.
func BenchmarkSendMessage(b *testing.B) {
	srv := sim.New(sim.Options{LogCalls: -1, History: 50})
	defer srv.Close()
	for range 1000 {
		srv.AddPhone(sim.Profile{Name: "P"}).Send("/start")
	}
	body := `{"chat_id":1500,"text":"Which <b>kind</b> of matter is it?","parse_mode":"HTML","reply_markup":{"inline_keyboard":[[{"text":"Pay","callback_data":"a"},{"text":"Safety","callback_data":"b"}],[{"text":"Back","callback_data":"c"}]]}}`
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/bot1:sim/sendMessage", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			srv.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Fatal(w.Body.String())
			}
		}
	})
}

// A person's text, its delivery to a webhook, and the answer in the response
// body, with 500 people at once.
func BenchmarkWebhookRoundTrip(b *testing.B) {
	srv := sim.New(sim.Options{LogCalls: -1, History: 50, NoHTML: true})
	api := httptest.NewServer(srv)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u struct {
			Message struct {
				Chat struct{ ID int64 }
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			b.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%d,"text":"ok"}`, u.Message.Chat.ID)
	}))
	defer hook.Close()
	defer api.Close()
	defer srv.Close()
	if resp, err := http.Get(api.URL + "/bot1:sim/setWebhook?max_connections=100&url=" + hook.URL); err != nil || resp.StatusCode != http.StatusOK {
		b.Fatal(resp, err)
	}
	left := make(chan struct{}, b.N)
	var phones []*sim.Phone
	for range 500 {
		p := srv.AddPhone(sim.Profile{Name: "P"})
		p.On(func(e sim.Event) {
			if e.Kind == "message" && e.Message.From == "bot" {
				left <- struct{}{}
			}
		})
		phones = append(phones, p)
	}
	b.ResetTimer()
	for i := range b.N {
		phones[i%len(phones)].Send("hello")
	}
	for range b.N {
		<-left
	}
}
