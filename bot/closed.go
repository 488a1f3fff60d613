package bot

import (
	"context"
	"slices"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Closed is the side that a bot does not have: where reporters and officers write to bots of their own, each bot has one
// side and is closed to the other. Whoever asks here for what the other bot does is shown the way to it; what belongs to
// neither bot stays unknown.
type Closed struct {
	// Text is the message key of what is said to people of the other side, with the way to their bot.
	Text string
	// To is the user name of their bot.
	To string
	// Officers says whose side it is that is missing: officers', or else reporters'.
	Officers bool
	// Find finds a receipt in what was typed, so that it is taken out of the chat here too; nil finds none.
	Find func(typed string) (receipt string, ok bool)
}

var _ ReporterSide = (*Closed)(nil)

// reportersCommands are those of the reporters' side that are none of the desk's.
var reportersCommands = []string{"start", "file", "new", "status", "cases", "receipt", "forget", "clear", "privacy"}

// inviteLength is the least length of what follows /start in an officer's invite.
const inviteLength = 24

// linked says whether a turn is a link of somebody's opening, whose token is drawn: one in some thousands holds what looks
// like a receipt.
func (t *Turn) linked() bool {
	return t.Command == "start" && len(t.Args) >= inviteLength && !strings.ContainsAny(t.Args, " \n")
}

// NoOfficers is the staff of a bot that officers do not write to.
type NoOfficers struct{}

// OfficerByKey implements Officers: nobody is one.
func (NoOfficers) OfficerByKey(context.Context, []byte, bool) (cases.Officer, bool, error) {
	return cases.Officer{}, false, nil
}

// Command implements Side. At the reporters' bot only an invite is an officer's beyond doubt.
func (c *Closed) Command(ctx context.Context, t *Turn) (bool, error) {
	if c.Officers {
		if t.Command != "start" || len(t.Args) < inviteLength || strings.HasPrefix(t.Args, cases.JoinStart) {
			return false, nil
		}
		return true, c.Screen(ctx, t)
	}
	if t.Officer != nil && !slices.Contains(reportersCommands, t.Command) {
		return false, nil
	}
	return true, c.Screen(ctx, t)
}

// Press implements Side: the desk's way to a grievance of one's own is a button of the reporters' side.
func (c *Closed) Press(ctx context.Context, t *Turn) (bool, error) {
	if c.Officers || !strings.HasPrefix(t.Data, "h.") && !strings.HasPrefix(t.Data, "n.") {
		return false, nil
	}
	return true, c.Screen(ctx, t)
}

// Message implements Side.
func (c *Closed) Message(ctx context.Context, t *Turn) error { return c.Screen(ctx, t) }

// Screen implements Side. What an officer has on the desk's screen stays there.
func (c *Closed) Screen(_ context.Context, t *Turn) error {
	if t.Officer == nil {
		t.Session.Screen = flows.Screen{}
	}
	lang := t.Session.Lang
	if lang == "" {
		lang = t.book.Match(t.Hint)
	}
	t.Send(t.book.T(lang, c.Text), []text.Button{{Text: "@" + c.To, URL: "https://t.me/" + c.To}})
	return nil
}

// Submit implements Side: a form of the other side can only have been begun when there was one bot for both.
func (c *Closed) Submit(ctx context.Context, t *Turn, d flows.Draft) error {
	t.Close(d.ID)
	return c.Screen(ctx, t)
}

// Notice implements Side: the postman asks the side that has one.
func (*Closed) Notice(context.Context, Notice) ([]text.Reply, error) { return nil, nil }

// Receipt implements ReporterSide: it is good at the reporters' bot only, and stays in no chat.
func (c *Closed) Receipt(ctx context.Context, t *Turn) (bool, error) {
	if c.Find == nil {
		return false, nil
	}
	if _, ok := c.Find(t.In.Text); !ok {
		return false, nil
	}
	t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
	return true, c.Screen(ctx, t)
}

// Addendum implements ReporterSide.
func (*Closed) Addendum(context.Context, *Turn) error { return nil }

// Returned implements ReporterSide.
func (*Closed) Returned(context.Context, []byte) error { return nil }
