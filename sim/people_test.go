package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/sim"
)

func TestPersonSendsEveryKind(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P", LastName: "L", Username: "pp", Language: "zh-hans"})
	p.Start("")
	for kind, field := range map[string]string{
		"sticker": "Sticker", "location": "Location", "contact": "Contact", "poll": "Poll", "dice": "Dice",
		"video_note": "VideoNote", "animation": "Animation", "voice": "Voice", "forwarded": "ForwardOrigin",
	} {
		p.SendOther(kind)
		a := call(t, base, "getUpdates", obj{"offset": -1})
		var us []models.Update
		if err := json.Unmarshal(a.Result, &us); err != nil {
			t.Fatalf("%s: the client's types refuse %s: %v", kind, a.Result, err)
		}
		m := us[0].Message
		if m == nil || m.From.ID != p.ID() || m.From.LanguageCode != "zh-hans" || m.Chat.Type != "private" || m.Chat.LastName != "L" {
			t.Fatalf("%s: %s", kind, a.Result)
		}
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if key := strings.ToLower(snake(field)); !strings.Contains(string(raw), `"`+key+`":`) {
			t.Errorf("%s: no %s in %s", kind, key, raw)
		}
	}
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestLongTextsAreSplitLikeAClient(t *testing.T) {
	t.Parallel()
	srv, _, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	text := strings.Repeat("一二三四五六七八九十\n", 1000)
	p.Send(text)
	us := poll(t, base, obj{})
	var joined []string
	for _, u := range us {
		joined = append(joined, u.Message.Text)
	}
	if len(us) != 3 || strings.Join(joined, "\n") != strings.TrimSpace(text) {
		t.Errorf("%d parts, words kept: %v", len(us), strings.Join(joined, "\n") == strings.TrimSpace(text))
	}
	if m := p.Send(" \n "); m.ID != 0 || len(poll(t, base, obj{})) != 3 {
		t.Error("an empty text was sent")
	}
	whole := strings.Repeat("😀", 5000)
	p.Send(whole)
	rest := ""
	for _, u := range poll(t, base, obj{})[3:] {
		rest += u.Message.Text
	}
	if rest != whole {
		t.Error("a pair of surrogates was split")
	}
}

func TestEditDeleteForward(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	p, q := srv.AddPhone(sim.Profile{Name: "P"}), srv.AddPhone(sim.Profile{Name: "Q"})
	g := srv.Group("G", p)
	m := p.Send("a")
	sent, err := b.SendMessage(context.Background(), &bot.SendMessageParams{ChatID: p.ID(), Text: "from the bot"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Edit(sent.ID, "x"); !errors.Is(err, sim.ErrNotYours) {
		t.Errorf("edited the bot's words: %v", err)
	}
	if err := p.Edit(99, "x"); !errors.Is(err, sim.ErrNoMessage) {
		t.Errorf("edited nothing: %v", err)
	}
	f, err := p.Forward(sent.ID, g)
	if err != nil || f.Forwarded != "回音 Huiyin" || len(p.MessagesIn(g)) != 1 {
		t.Errorf("forward %+v, %v", f, err)
	}
	if err := p.Delete(m.ID); err != nil {
		t.Fatal(err)
	}
	if a := call(t, base, "copyMessage", obj{"chat_id": p.ID(), "from_chat_id": p.ID(), "message_id": m.ID}); a.OK {
		t.Error("the bot still sees a deleted message")
	}
	g.Add(q)
	q.SendIn(g, "hello")
	if got := q.MessagesIn(g); got[len(got)-1].From != "me" {
		t.Errorf("got %+v", got)
	}
	if got := p.MessagesIn(g); got[len(got)-1].From != "other" || got[len(got)-1].Sender != "Q" {
		t.Errorf("got %+v", got)
	}
	g.Remove(q)
	if m := q.SendIn(g, "again"); m.ID != 0 {
		t.Error("wrote to a group one is not in")
	}
}

func TestReplyKeyboardIsTapped(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Start("")
	ctx := context.Background()
	if _, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: p.ID(), Text: "?", ReplyMarkup: &models.ReplyKeyboardMarkup{Keyboard: [][]models.KeyboardButton{{{Text: "Yes, go on"}}}}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Tap("Yes"); err != nil {
		t.Fatal(err)
	}
	if us := poll(t, base, obj{"offset": -1}); texts(us) != "Yes, go on" {
		t.Errorf("got %s", texts(us))
	}
	if _, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: p.ID(), Text: "!", ReplyMarkup: &models.ReplyKeyboardRemove{RemoveKeyboard: true}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Tap("Yes"); !errors.Is(err, sim.ErrNoButton) {
		t.Errorf("tapped a keyboard that is gone: %v", err)
	}
}

// Callbacks come in order, outside locks: one may use its phone.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	srv, b, _ := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Start("")
	done := make(chan struct{})
	var seen []string
	p.On(func(e sim.Event) {
		if e.Kind == "message" && e.Message.From == "bot" {
			seen = append(seen, e.Message.Text)
			p.Send("answer to " + e.Message.Text)
			if len(seen) == 20 {
				close(done)
			}
		}
	})
	var want []string
	for i := range 20 {
		text := string(rune('a' + i))
		want = append(want, text)
		if _, err := b.SendMessage(context.Background(), &bot.SendMessageParams{ChatID: p.ID(), Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-done:
	case <-soon(t).Done():
		t.Fatal("callbacks do not come")
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got %q", seen)
	}
	if m := p.Last(); m.Text != "answer to t" {
		t.Errorf("last %q", m.Text)
	}
}

func TestChatQuestions(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	ctx := context.Background()
	p, q := srv.AddPhone(sim.Profile{Name: "P"}), srv.AddPhone(sim.Profile{Name: "Q"})
	p.Start("")
	g := srv.Group("Desk", p, q)
	chat, err := b.GetChat(ctx, &bot.GetChatParams{ChatID: g.ID()})
	if err != nil || chat.Title != "Desk" || chat.Type != "supergroup" {
		t.Errorf("chat %+v, %v", chat, err)
	}
	for _, row := range []struct {
		chat, user int64
		want       models.ChatMemberType
	}{{g.ID(), p.ID(), "administrator"}, {g.ID(), q.ID(), "member"}, {g.ID(), srv.BotID(), "member"}, {p.ID(), p.ID(), "member"}} {
		m, err := b.GetChatMember(ctx, &bot.GetChatMemberParams{ChatID: row.chat, UserID: row.user})
		if err != nil || m.Type != row.want {
			t.Errorf("%d in %d: %+v, %v", row.user, row.chat, m, err)
		}
	}
	admins, err := b.GetChatAdministrators(ctx, &bot.GetChatAdministratorsParams{ChatID: g.ID()})
	if err != nil || len(admins) != 1 {
		t.Errorf("admins %+v, %v", admins, err)
	}
	if _, err := b.PinChatMessage(ctx, &bot.PinChatMessageParams{ChatID: p.ID(), MessageID: 1}); err != nil {
		t.Error(err)
	}
	if _, err := b.LeaveChat(ctx, &bot.LeaveChatParams{ChatID: g.ID()}); err != nil {
		t.Error(err)
	}
	if a := call(t, base, "sendMessage", obj{"chat_id": g.ID(), "text": "x"}); a.ErrorCode != 403 {
		t.Errorf("wrote to a group it left: %+v", a)
	}
	if _, err := b.SetMyName(ctx, &bot.SetMyNameParams{Name: "名", LanguageCode: "zh"}); err != nil {
		t.Error(err)
	}
	if n, err := b.GetMyName(ctx, &bot.GetMyNameParams{LanguageCode: "zh"}); err != nil || n.Name != "名" {
		t.Errorf("name %+v, %v", n, err)
	}
	if _, err := b.SetMyCommands(ctx, &bot.SetMyCommandsParams{Commands: []models.BotCommand{{Command: "queue", Description: "d"}}, Scope: &models.BotCommandScopeChat{ChatID: p.ID()}}); err != nil {
		t.Error(err)
	}
	if list := p.Commands(); len(list) != 1 || list[0].Command != "queue" {
		t.Errorf("menu %+v", list)
	}
}
