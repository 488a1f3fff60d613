package sim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/sim"
)

type got struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		Text string `json:"text"`
		From struct {
			ID int64 `json:"id"`
		} `json:"from"`
	} `json:"message"`
	Press *struct {
		ID      string `json:"id"`
		Data    string `json:"data"`
		From    struct{ ID int64 }
		Message struct {
			ID   int   `json:"message_id"`
			Date int64 `json:"date"`
		} `json:"message"`
	} `json:"callback_query"`
	Edited *struct {
		Text string `json:"text"`
	} `json:"edited_message"`
	Mine *struct {
		New struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	} `json:"my_chat_member"`
}

func poll(t *testing.T, base string, in obj) []got {
	t.Helper()
	a := call(t, base, "getUpdates", in)
	if !a.OK {
		t.Fatalf("getUpdates: %s", a.Description)
	}
	var out []got
	if err := json.Unmarshal(a.Result, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func texts(us []got) string {
	var out []string
	for _, u := range us {
		switch {
		case u.Message != nil:
			out = append(out, u.Message.Text)
		case u.Press != nil:
			out = append(out, "["+u.Press.Data+"]")
		case u.Edited != nil:
			out = append(out, "~"+u.Edited.Text)
		case u.Mine != nil:
			out = append(out, "="+u.Mine.New.Status)
		}
	}
	return strings.Join(out, " ")
}

func TestOffsetConfirms(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	for _, s := range []string{"a", "b", "c", "d"} {
		p.Send(s)
	}
	first := poll(t, base, obj{"limit": 2})
	if texts(first) != "a b" || first[1].ID != first[0].ID+1 {
		t.Fatalf("got %s", texts(first))
	}
	if again := poll(t, base, obj{}); texts(again) != "a b c d" {
		t.Fatalf("unconfirmed updates came back as %s", texts(again))
	}
	if rest := poll(t, base, obj{"offset": first[1].ID + 1}); texts(rest) != "c d" {
		t.Fatalf("got %s", texts(rest))
	}
	if last := poll(t, base, obj{"offset": -1}); texts(last) != "d" {
		t.Fatalf("got %s", texts(last))
	}
	if n := srv.Pending(); n != 1 {
		t.Fatalf("%d pending", n)
	}
	p.Block()
	p.Unblock()
	if all := poll(t, base, obj{}); texts(all) != "d =kicked =member" {
		t.Fatalf("got %s", texts(all))
	}
}

func TestLongPollWakes(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	out := make(chan []got)
	go func() { out <- poll(t, base, obj{"timeout": 30}) }()
	p.Send("hello")
	select {
	case us := <-out:
		if texts(us) != "hello" {
			t.Errorf("got %s", texts(us))
		}
	case <-soon(t).Done():
		t.Error("the poll sleeps on")
	}
}

func TestSecondPollerEndsTheFirst(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	first := make(chan answer)
	go func() { first <- call(t, base, "getUpdates", obj{"timeout": 30}) }()
	ctx := soon(t)
	for {
		second := call(t, base, "getUpdates", obj{"timeout": 0})
		if !second.OK {
			t.Fatalf("the second poller got %s", second.Description)
		}
		select {
		case a := <-first:
			if a.ErrorCode != 409 || a.Description != "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running" {
				t.Fatalf("got %+v", a)
			}
			_ = srv
			return
		case <-ctx.Done():
			t.Fatal("the first poller was not ended")
		case <-time.After(5 * time.Millisecond): // the first may not have arrived yet
		}
	}
}

func TestAllowedUpdatesStick(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	poll(t, base, obj{"allowed_updates": []string{"edited_message"}})
	m := p.Send("a")
	if err := p.Edit(m.ID, "b"); err != nil {
		t.Fatal(err)
	}
	if us := poll(t, base, obj{}); texts(us) != "~b" {
		t.Fatalf("got %s", texts(us))
	}
	poll(t, base, obj{"allowed_updates": []string{}})
	p.Send("c")
	if us := poll(t, base, obj{}); texts(us) != "~b c" {
		t.Fatalf("got %s", texts(us))
	}
}

func TestPollingDuringWebhookConflicts(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	poller := make(chan answer, 1)
	go func() { poller <- call(t, base, "getUpdates", obj{"timeout": 30}) }()
	waitFor(t, func() bool { return srv.Polling() })
	if a := call(t, base, "setWebhook", obj{"url": "https://127.0.0.1:1/hook"}); !a.OK {
		t.Fatal(a.Description)
	}
	if a := <-poller; a.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("got %+v", a)
	}
	if a := call(t, base, "getUpdates", obj{}); a.ErrorCode != 409 || !strings.HasPrefix(a.Description, "Conflict: can't use getUpdates method while webhook is active") {
		t.Errorf("got %+v", a)
	}
	srv.AddPhone(sim.Profile{Name: "P"}).Send("kept")
	if a := call(t, base, "deleteWebhook", obj{}); !a.OK {
		t.Fatal(a.Description)
	}
	if us := poll(t, base, obj{}); texts(us) != "kept" {
		t.Errorf("got %s", texts(us))
	}
	if a := call(t, base, "deleteWebhook", obj{"drop_pending_updates": true}); !a.OK {
		t.Fatal(a.Description)
	}
	if us := poll(t, base, obj{}); len(us) != 0 {
		t.Errorf("got %s", texts(us))
	}
}

// waitFor polls a condition of a real server until it holds.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

func TestStaleAndInaccessiblePresses(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("/start")
	call(t, base, "sendMessage", obj{"chat_id": p.ID(), "text": "x", "reply_markup": obj{"inline_keyboard": []any{[]any{obj{"text": "b", "callback_data": "d"}}}}})
	id := p.Last().ID
	if a := call(t, base, "deleteMessage", obj{"chat_id": p.ID(), "message_id": id}); !a.OK {
		t.Fatal(a.Description)
	}
	if _, err := p.Press(id, "d"); err == nil {
		t.Error("pressed a button of a deleted message")
	}
	if _, err := p.PressStale(id, "d"); err != nil {
		t.Fatal(err)
	}
	us := poll(t, base, obj{})
	last := us[len(us)-1].Press
	if last == nil || last.Message.ID != id || last.Message.Date != 0 {
		t.Errorf("got %+v", last)
	}
}

func TestRawUpdates(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	for _, raw := range []string{`{"new_kind":{"x":1}}`, `{"update_id":5,"message":{"message_id":1,"text":"forged","chat":{"id":9},"from":{"id":9}}}`} {
		if _, err := srv.Deliver([]byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	a := call(t, base, "getUpdates", obj{})
	if !strings.Contains(string(a.Result), `"new_kind":{"x":1}`) || !strings.Contains(string(a.Result), `"update_id":5,`) {
		t.Errorf("got %s", a.Result)
	}
	for _, raw := range []string{`{`, `{}`, `{"a":1,"b":2}`, `{"update_id":"x","a":1}`} {
		if _, err := srv.Deliver([]byte(raw)); err == nil {
			t.Errorf("%s was taken", raw)
		}
	}
}

func TestPrivacyModeAndAnonymousAdmins(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{Username: "Huiyin_bot"})
	boss, two := srv.AddPhone(sim.Profile{Name: "Boss"}), srv.AddPhone(sim.Profile{Name: "Two"})
	g := srv.Group("Desk", boss, two)
	g.Anonymous(boss, true)
	two.SendIn(g, "chatter")
	two.SendIn(g, "/queue")
	two.SendIn(g, "/queue@other_bot")
	boss.SendIn(g, "/next@huiyin_BOT")
	if a := call(t, base, "sendMessage", obj{"chat_id": g.ID(), "text": "card", "reply_markup": obj{"inline_keyboard": []any{[]any{obj{"text": "take", "callback_data": "t"}}}}}); !a.OK {
		t.Fatal(a.Description)
	}
	card := two.MessagesIn(g)[4]
	two.ReplyIn(g, card.ID, "a reply")
	if _, err := boss.PressIn(g, card.ID, "t"); err != nil {
		t.Fatal(err)
	}
	us := poll(t, base, obj{})
	if want := "=member /queue /next@huiyin_BOT a reply [t]"; texts(us) != want {
		t.Fatalf("got %s, want %s", texts(us), want)
	}
	if us[2].Message.From.ID != 1087968824 || us[4].Press.From.ID != boss.ID() {
		t.Errorf("anonymous admin writes as %d and presses as %d", us[2].Message.From.ID, us[4].Press.From.ID)
	}
	g.Kick(boss)
	if a := call(t, base, "sendMessage", obj{"chat_id": g.ID(), "text": "x"}); a.Description != "Forbidden: bot is not a member of the supergroup chat" {
		t.Errorf("got %q", a.Description)
	}
}

func TestCommandResolution(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	zh, en := srv.AddPhone(sim.Profile{Name: "Z", Language: "zh-hans"}), srv.AddPhone(sim.Profile{Name: "E", Language: "en"})
	set := func(name string, scope obj, language string) {
		in := obj{"commands": []obj{{"command": name, "description": "d"}}, "language_code": language}
		if scope != nil {
			in["scope"] = scope
		}
		if a := call(t, base, "setMyCommands", in); !a.OK {
			t.Fatal(a.Description)
		}
	}
	check := func(want ...string) {
		t.Helper()
		var have []string
		for _, p := range []*sim.Phone{zh, en} {
			name := ""
			if list := p.Commands(); len(list) > 0 {
				name = list[0].Command
			}
			have = append(have, name)
		}
		if !slices.Equal(have, want) {
			t.Errorf("menus %q, want %q", have, want)
		}
	}
	check("", "")
	set("default", nil, "")
	check("default", "default")
	set("default_zh", nil, "zh")
	check("default_zh", "default")
	set("private", obj{"type": "all_private_chats"}, "")
	check("private", "private")
	zh.Send("/start")
	set("mine", obj{"type": "chat", "chat_id": zh.ID()}, "")
	check("mine", "private")
	set("mine_zh", obj{"type": "chat", "chat_id": zh.ID()}, "zh")
	check("mine_zh", "private")
	if a := call(t, base, "deleteMyCommands", obj{"scope": obj{"type": "chat", "chat_id": zh.ID()}, "language_code": "zh"}); !a.OK {
		t.Fatal(a.Description)
	}
	check("mine", "private")
	a := call(t, base, "getMyCommands", obj{"language_code": "zh"})
	if !strings.Contains(string(a.Result), "default_zh") {
		t.Errorf("got %s", a.Result)
	}
}
