package bot

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-telegram/bot/models"

	"huiyin/bot/text"
	"huiyin/flows"
)

// framed is a form's question as its side shows it.
func (r *Router) framed(ctx context.Context, t *Turn, p flows.Prompt) (text.Reply, error) {
	t.at, t.of = p.At, p.Of
	reply := r.Book.Prompt(t.Lang(), p)
	f, ok := r.sideOf(p.Draft).(Framer)
	if !ok {
		return reply, nil
	}
	reply, err := f.Frame(ctx, t, p, reply)
	if err != nil {
		return reply, fmt.Errorf("frame a question: %w", err)
	}
	return reply, nil
}

// AskAgain shows the open form's question again; a press turns its own message into it. It gives false when no form is
// open.
func (t *Turn) AskAgain(ctx context.Context) (bool, error) {
	p, ok := t.engine.Prompt(t.Session)
	if !ok {
		return false, nil
	}
	reply, err := t.frame(ctx, t, p)
	if err != nil {
		return false, err
	}
	reply.Do = text.Show
	t.Replies = append(t.Replies, reply)
	return true, nil
}

// TakeWords answers the open form's question as if words had been typed.
func (t *Turn) TakeWords(ctx context.Context, words string) error {
	in := t.In
	in.Press, in.Text, in.File, in.Message = nil, words, nil, 0
	s, effects := t.engine.Step(t.Session, in, t.Now)
	t.Session = s
	return t.act(ctx, t, effects)
}

// same says whether a message shows what a reply would turn it into: editing it would be refused for changing nothing.
// m is the message as it stood when its button was pressed. The buttons are looked at first: those of another question are
// others, and taking the markup off a text takes long.
func same(m *models.Message, reply text.Reply) bool {
	if m == nil || m.Text == "" || !sameButtons(m.ReplyMarkup, reply.Rows) {
		return false
	}
	return strings.TrimSpace(plain(reply.HTML)) == strings.TrimSpace(m.Text)
}

func sameButtons(have *models.InlineKeyboardMarkup, rows [][]text.Button) bool {
	if have == nil || len(rows) == 0 {
		return have == nil && len(rows) == 0
	}
	return slices.EqualFunc(have.InlineKeyboard, rows, func(have []models.InlineKeyboardButton, row []text.Button) bool {
		return slices.EqualFunc(have, row, func(have models.InlineKeyboardButton, b text.Button) bool {
			return have.CallbackData == b.Data && reflect.DeepEqual(have, inline(b))
		})
	})
}
