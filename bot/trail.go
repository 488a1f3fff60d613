package bot

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/flows"
)

// Messages remembers for 48 hours which messages stand in a chat, under a keyed name: what a bot may delete.
type Messages interface {
	// Add remembers ids after those that are there.
	Add(ctx context.Context, name [32]byte, ids ...int) error
	// Take gives what is remembered, oldest first, and forgets it. Ids may come with an error.
	Take(ctx context.Context, name [32]byte) ([]int, error)
}

// Trail knows which messages stand in reporters' chats, so that a chat can be cleared. A nil Trail knows nothing.
type Trail struct {
	Messages Messages
	Keys     interface {
		Name(purpose string, parts ...string) [32]byte
	}
	Log *slog.Logger
}

// add remembers messages of a chat ("<bot>|<chat>"). Losing them loses a convenience: it is no failure of the turn.
func (l *Trail) add(ctx context.Context, chat string, ids []int) {
	if l == nil || len(ids) == 0 {
		return
	}
	if err := l.Messages.Add(ctx, l.name(chat), ids...); err != nil {
		l.Log.Warn("messages not remembered", "count", len(ids))
	}
}

func (l *Trail) take(ctx context.Context, chat string) []int {
	if l == nil {
		return nil
	}
	ids, err := l.Messages.Take(ctx, l.name(chat))
	if err != nil {
		l.Log.Warn("messages not recalled", "count", len(ids))
	}
	return ids
}

func (l *Trail) name(chat string) [32]byte {
	bot, id, _ := strings.Cut(chat, "|")
	return l.Keys.Name("messages", bot, id)
}

// spared marks in the trail a message that holds a receipt: its id is kept below zero.
func spared(ids []int) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = -id
	}
	return out
}

// address names a chat as it stands in a sealed address.
func (r *Router) address(chat int64) string {
	return strconv.FormatInt(r.Bot.ID, 10) + "|" + strconv.FormatInt(chat, 10)
}

// leavesTrail says whether a turn's messages are remembered: everything in a reporter's chat, and in an officer's what
// belongs to a matter of their own.
func (r *Router) leavesTrail(t *Turn) bool {
	if t.Officer == nil || t.Session.Filed != nil {
		return true
	}
	if d, ok := t.Session.Draft(t.Session.Active); ok {
		return r.sideOf(d) == Side(r.Intake)
	}
	return t.Session.Screen != (flows.Screen{}) && !deskScreen(t.Session.Screen)
}

// clear deletes what is remembered of a chat, and what this delivery has sent already. It gives the message that says how
// much is gone.
func (r *Router) clear(ctx context.Context, d *delivery, reply text.Reply) text.Reply {
	chat := r.address(d.chat)
	var ids, stay []int
	for _, id := range append(append(r.Trail.take(ctx, chat), d.said), d.ids...) {
		switch {
		case id < 0 && reply.Spare:
			stay = append(stay, id)
		case id != 0:
			ids = append(ids, max(id, -id))
		}
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int) bool { return slices.Contains(stay, -id) })
	gone, err := r.Wire.DeleteMessages(ctx, d.chat, ids)
	key := "intake.cleared"
	if err != nil {
		r.Log.Warn("chat not cleared", "class", string(telegram.ClassOf(err)))
		key = "intake.cleared_partly"
		stay = append(stay, ids...) // whoever taps again tries them again; the gone ones are gone already
	}
	r.Trail.add(ctx, chat, stay)
	words := r.Book.T(d.lang, key, "Count", gone.Done)
	if reply.HTML != "" {
		words = reply.HTML + "\n\n" + words
	}
	return text.Reply{Do: text.Send, HTML: words, Rows: reply.Rows}
}
