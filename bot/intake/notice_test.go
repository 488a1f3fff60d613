package intake

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
)

func realBook(t *testing.T) *text.Book {
	t.Helper()
	c, err := configs.Load("")
	if err != nil {
		t.Fatal(err)
	}
	book, err := text.NewBook(c.Languages, c.Messages.Texts(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// wellFormed reads markup as XML, which closes every tag and knows only the entities we write.
func wellFormed(markup string) (plain string, err error) {
	d := xml.NewDecoder(strings.NewReader("<x>" + markup + "</x>"))
	var b strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		if c, ok := token.(xml.CharData); ok {
			b.Write(c)
		}
	}
}

// TestEveryNoticeInEveryLanguage renders what reporters are told of every event, with the office's words short, long,
// full of markup and absent.
func TestEveryNoticeInEveryLanguage(t *testing.T) {
	t.Parallel()
	book := realBook(t)
	i := New(Options{Book: book})
	codes := map[cases.EventKind][]string{
		cases.ClosedEvent: cases.Outcomes(), cases.Redirected: cases.Ways(),
		cases.NotAccepted: {"not_ours", "twice", "too_vague", "decided", "other"}, cases.CustodyOpened: cases.Custodies(),
		cases.Relayed: {cases.RelayEnded},
	}
	bodies := map[string]*cases.Body{
		"none": nil, "short": {Text: "<b>no</b> & {{.Ref}}"},
		"long": {Text: strings.Repeat("很长的话，<i>一直</i>写。\n", 700)}, "emoji": {Text: strings.Repeat("👩‍👩‍👧", 600)},
	}
	told := 0
	for _, kind := range []cases.EventKind{
		cases.Accepted, cases.NotAccepted, cases.Redirected, cases.Investigating, cases.Asked, cases.Replied, cases.ClosedEvent, cases.Reopened,
		cases.CustodyOpened, cases.WarnedEvent, cases.Filed, cases.Relayed,
	} {
		for _, code := range append(codes[kind], "") {
			if code == "" && len(codes[kind]) > 0 {
				continue // such an event always has its code
			}
			for name, body := range bodies {
				for _, lang := range book.Languages() {
					told++
					where := lang + " " + string(kind) + " " + code + " " + name
					replies, err := i.Notice(context.Background(), bot.Notice{
						Case: cases.Case{Ref: "HY-7K3M-9Q2X", Mode: cases.Named}, Lang: lang,
						Event: cases.Event{Kind: kind, Seq: 7, Code: code, Body: body},
					})
					if err != nil || len(replies) == 0 {
						t.Fatalf("%s: %d messages, %v", where, len(replies), err)
					}
					checkNotice(t, where, replies, body)
				}
			}
		}
	}
	if told < 100 {
		t.Errorf("only %d notices were rendered", told)
	}
}

func checkNotice(t *testing.T, where string, replies []text.Reply, body *cases.Body) {
	t.Helper()
	var all strings.Builder
	for _, r := range replies {
		if r.Do == text.Words {
			all.WriteString(r.Plain)
			continue
		}
		plain, err := wellFormed(r.HTML)
		if err != nil {
			t.Errorf("%s: %v:\n%s", where, err, r.HTML)
		}
		if n := len(utf16.Encode([]rune(r.HTML))); n > 4096+3400 || len(utf16.Encode([]rune(plain))) > 4096 {
			t.Errorf("%s: %d units", where, n)
		}
		if strings.Contains(plain, "notice.") || strings.Contains(plain, "<no value>") {
			t.Errorf("%s shows a key or a hole: %s", where, plain)
		}
		all.WriteString(plain)
		for _, row := range r.Rows {
			for _, b := range row {
				if !strings.HasPrefix(b.Data, "n.") || len(b.Data) > 64 {
					t.Errorf("%s: pressing %q would take the notice away: %s", where, b.Text, b.Data)
				}
			}
		}
	}
	if len(replies[len(replies)-1].Rows) == 0 {
		t.Errorf("%s: there is no way on", where)
	}
	first, _ := wellFormed(replies[0].HTML)
	if !strings.Contains(first, "HY-7K3M-9Q2X") || !strings.Contains(first, "7") {
		t.Errorf("%s does not name case and event: %s", where, first)
	}
	if body != nil && !strings.Contains(all.String(), body.Text) {
		t.Errorf("%s: the office's words are not whole", where)
	}
}

func TestNearReceipt(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{
		"7K3M-9Q2X-4TBW-6HDN-5": true, "7k3m 9q2x 4tbw 6hdn x": true, "7K3M9Q2X4TBW6HDN5": true, "7K3M-9Q2X-4TBW": true,
		"7K3M–9Q2X–4TBW–6HDN–5": true, "7K3M": false, "": false, "我忘了": false, "what is my code?": false,
		"7K3M-9Q2X-4TBW-6HDN-5 是我的": false, "0123456789012345678901234567890": false,
	} {
		if got := nearReceipt(words); got != want {
			t.Errorf("%q: %v, want %v", words, got, want)
		}
	}
}
