package telegram

import (
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"/take":                       {"take", ""},
		"/take HY-1234":               {"take", "HY-1234"},
		"/take@Huiyin_Bot HY-1234":    {"take", "HY-1234"},
		"/take@huiyin_bot":            {"take", ""},
		"/Take":                       {"take", ""},
		"/reply\n你好\n再见 ":             {"reply", "你好\n再见"},
		"/start abc-DEF_1":            {"start", "abc-DEF_1"},
		"/help。":                      {"help", "。"},
		"/help 😀 /take":               {"help", "😀 /take"},
		"/" + strings.Repeat("a", 32): {strings.Repeat("a", 32), ""},
		"":                            {},
		"/":                           {},
		"/ take":                      {},
		"take":                        {},
		" /take":                      {},
		"你好 /take":                    {},
		"/take@OtherBot":              {},
		"/take@":                      {},
		"/take@huiyin_bot@x":          {},
		"/take@huiyin_bot_2":          {},
		"/take报告":                     {},
		"/usr/bin":                    {},
		"/帮助":                         {},
		"//take":                      {},
		"／take":                       {},
		"/" + strings.Repeat("a", 33): {},
		"/take\u0301":                 {},
		"/take@huiyin_bot报告":          {},
	} {
		name, args, ok := Command(&models.Message{Text: text}, "@huiyin_bot")
		if got := [2]string{name, args}; got != want || ok != (want[0] != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestCommandTrustsNoEntityAndNoName(t *testing.T) {
	t.Parallel()
	m := &models.Message{Text: "/take 1", Entities: []models.MessageEntity{
		{Type: models.MessageEntityTypeBotCommand, Offset: -5, Length: 1 << 30},
		{Type: models.MessageEntityTypeBotCommand, Offset: 99, Length: -7},
	}}
	if name, args, ok := Command(m, ""); name != "take" || args != "1" || !ok {
		t.Error(name, args, ok)
	}
	if _, _, ok := Command(&models.Message{Text: "/take@x"}, ""); ok {
		t.Error("an unknown own name matched")
	}
	if _, _, ok := Command(nil, "x"); ok {
		t.Error("no message is a command")
	}
}

func FuzzCommand(f *testing.F) {
	f.Add("/take@huiyin_bot 你好", "huiyin_bot", 0, 5)
	f.Add("😀/take", "", -1, 1<<30)
	f.Fuzz(func(t *testing.T, text, username string, offset, length int) {
		m := &models.Message{Text: text, Entities: []models.MessageEntity{{Type: "bot_command", Offset: offset, Length: length}}}
		name, args, ok := Command(m, username)
		switch {
		case !ok && (name != "" || args != ""):
			t.Errorf("%q: no command, but %q %q", text, name, args)
		case ok && (!strings.HasPrefix(text, "/") || name != strings.ToLower(name) || len(name) < 1 || len(name) > 32):
			t.Errorf("%q: name %q", text, name)
		case ok && !strings.HasSuffix(strings.TrimSpace(text), args):
			t.Errorf("%q: args %q", text, args)
		}
	})
}
