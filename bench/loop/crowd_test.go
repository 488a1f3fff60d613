package loop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// asker is a bot with one question.
type asker struct {
	api, text string
	inBody    bool
}

func (a *asker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var u struct {
		Message struct {
			Chat struct {
				ID int64 `json:"id"`
			} `json:"chat"`
		} `json:"message"`
	}
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body := fmt.Sprintf(`{"method":"sendMessage","chat_id":%d,"text":%q,"reply_markup":{"inline_keyboard":[[{"text":"Back","callback_data":"b"}]]}}`,
		u.Message.Chat.ID, a.text)
	if a.inBody {
		_, _ = w.Write([]byte(body)) // whoever does not read it hears no reply
		return
	}
	resp, err := http.Post(a.api+"/bot1:x/sendMessage", "application/json", strings.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = resp.Body.Close() // nothing in it counts
}

// TestCrowd: people file with a bot that asks the right question, by calls and in the response, and a wrong word or a
// missing button is found.
func TestCrowd(t *testing.T) {
	t.Parallel()
	script := Script{Begin: "/new", Sent: "What?", Steps: []Step{{ID: "what", Text: "What?", Rows: [][]string{{"Back"}}, Say: "This."}}}
	for name, c := range map[string]struct {
		text   string
		rows   [][]string
		inBody bool
		wrong  string
	}{
		"by a call":        {text: "What?", rows: [][]string{{"Back"}}},
		"in the response":  {text: "What?", rows: [][]string{{"Back"}}, inBody: true},
		"another question": {text: "Who?", rows: [][]string{{"Back"}}, wrong: "asks"},
		"a button missing": {text: "What?", rows: [][]string{{"Back", "Skip"}}, wrong: "buttons"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script
			s.Steps = []Step{s.Steps[0]}
			s.Steps[0].Rows = c.rows
			crowd, err := New(Options{Script: s, People: 5})
			if err != nil {
				t.Fatal(err)
			}
			defer crowd.Close()
			hook := httptest.NewServer(&asker{api: crowd.URL(), text: c.text, inBody: c.inBody})
			defer hook.Close()
			resp, err := http.Post(crowd.URL()+"/bot1:x/setWebhook", "application/json", bytes.NewReader([]byte(`{"url":"`+hook.URL+`"}`)))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var load Load
			marks := 0
			if err = crowd.Greet(ctx); err == nil {
				load, err = crowd.File(ctx, 200*time.Millisecond, func() { marks++ })
			}
			switch {
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("what is wrong was not found: %v", err)
			case c.wrong == "" && err != nil:
				t.Error(err)
			case c.wrong == "" && (load.Filings == 0 || load.Updates < 2*load.Filings-10 || len(load.Took) == 0 || marks != 2):
				t.Errorf("%d filings, %d updates, %d replies, %d marks", load.Filings, load.Updates, len(load.Took), marks)
			}
		})
	}
}
