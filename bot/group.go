package bot

import (
	"context"

	"huiyin/bot/text"
	"huiyin/flows"
)

// group answers commands in a group with the way to a private chat, and nothing else: nobody's grievance and no
// case belongs before other eyes. It keeps nothing.
func (r *Router) group(ctx context.Context, in incoming) error {
	if in.turn.Command == "" && !in.turn.Pressed {
		return nil
	}
	lang := r.Book.Match(in.hint)
	t := &Turn{In: in.turn.In, Pressed: in.turn.Pressed, book: r.Book, Session: flows.Session{Lang: lang}}
	key := "error.group"
	if in.user == anonymousAdmin {
		key = "error.anonymous_admin"
	}
	t.Send(t.T(key), []text.Button{{Text: r.Book.Label(lang, "error.group_open"), URL: "https://t.me/" + r.Bot.Username}})
	return r.hand(ctx, in, t)
}
