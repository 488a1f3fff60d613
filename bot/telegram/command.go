package telegram

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"
)

// Command reads "/name args" or "/name@Bot args" from the beginning of a
// message's text. name is in lower case, args without white space around it.
// username is the bot's own, with or without @. A command for another bot is
// none of ours. The message's entities are not looked at: they can be forged,
// and their offsets count UTF-16 units.
func Command(msg *models.Message, username string) (name, args string, ok bool) {
	if msg == nil || !strings.HasPrefix(msg.Text, "/") {
		return "", "", false
	}
	name, rest := word(msg.Text[1:])
	if name == "" || len(name) > 32 {
		return "", "", false
	}
	if strings.HasPrefix(rest, "@") {
		var bot string
		bot, rest = word(rest[1:])
		if bot == "" || !strings.EqualFold(bot, strings.TrimPrefix(username, "@")) {
			return "", "", false
		}
	}
	// "/usr/bin" and "/take报告" are words of a text, "/help。" is a command.
	switch r, _ := utf8.DecodeRuneInString(rest); {
	case rest == "":
	case r == '/', r == '<', r == '>', r == '@', unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return "", "", false
	}
	return strings.ToLower(name), strings.TrimSpace(rest), true
}

// word cuts off the letters, digits and underscores that names are made of.
func word(s string) (head, rest string) {
	i := 0
	for i < len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '_':
			i++
			continue
		}
		break
	}
	return s[:i], s[i:]
}
