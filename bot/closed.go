package bot

import (
	"context"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Closed is the side that a bot does not have: where reporters and officers write to bots of their own, each bot has one
// side and is closed to the other. It knows no command and no button; whoever has no business here is shown the way.
type Closed struct {
	// Text is the message key of what is said to people of the other side, with the way to their bot.
	Text string
	// To is the user name of their bot.
	To string
}

var _ ReporterSide = Closed{}

// NoOfficers is the staff of a bot that officers do not write to.
type NoOfficers struct{}

// OfficerByKey implements Officers: nobody is one.
func (NoOfficers) OfficerByKey(context.Context, []byte) (cases.Officer, bool, error) {
	return cases.Officer{}, false, nil
}

// Command implements Side.
func (Closed) Command(context.Context, *Turn) (bool, error) { return false, nil }

// Press implements Side.
func (Closed) Press(context.Context, *Turn) (bool, error) { return false, nil }

// Message implements Side.
func (c Closed) Message(ctx context.Context, t *Turn) error { return c.Screen(ctx, t) }

// Screen implements Side.
func (c Closed) Screen(_ context.Context, t *Turn) error {
	t.Session.Screen = flows.Screen{}
	t.Send(t.T(c.Text), []text.Button{{Text: "@" + c.To, URL: "https://t.me/" + c.To}})
	return nil
}

// Submit implements Side: a form of the other side can only have been begun when there was one bot for both.
func (c Closed) Submit(ctx context.Context, t *Turn, d flows.Draft) error {
	t.Close(d.ID)
	return c.Screen(ctx, t)
}

// Notice implements Side: the postman asks the side that has one.
func (Closed) Notice(context.Context, Notice) ([]text.Reply, error) { return nil, nil }

// Receipt implements ReporterSide.
func (Closed) Receipt(context.Context, *Turn) (bool, error) { return false, nil }

// Addendum implements ReporterSide.
func (Closed) Addendum(context.Context, *Turn) error { return nil }

// Returned implements ReporterSide.
func (Closed) Returned(context.Context, []byte) error { return nil }
