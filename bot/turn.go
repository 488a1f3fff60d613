// Package bot routes: which update goes to whom, in which order its effects are stored and its answers sent.
// bot/intake (reporters) and bot/desk (officers) are its two sides; bot/telegram is the wire.
package bot

import (
	"context"
	"maps"
	"slices"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Side is one side of the house. Methods change the turn's session and add replies to it; what they store
// themselves must be idempotent, because a turn is played again when the session was written by somebody else
// in between or when the process died before it was. An error means that nothing was promised: the update is
// delivered again (cases.Away) or counted as failed.
type Side interface {
	// Command handles a command; false when this side has none of that name (or this person may not know it).
	Command(ctx context.Context, t *Turn) (bool, error)
	// Press handles a button whose data does not belong to a form; false when it is not this side's.
	Press(ctx context.Context, t *Turn) (bool, error)
	// Message handles anything that no open form takes.
	Message(ctx context.Context, t *Turn) error
	// Submit turns a complete draft of one of this side's flows into its effect, shows the outcome,
	// and drops the draft from the session (t.Close).
	Submit(ctx context.Context, t *Turn, d flows.Draft) error
	// Screen shows t.Session.Screen again (Name "" is the side's home).
	Screen(ctx context.Context, t *Turn) error
	// Notice renders the message about an event for one of this side's people.
	Notice(ctx context.Context, n Notice) ([]text.Reply, error)
}

// Framer is a Side that adds to the questions of its forms: a preview, buttons of its own.
type Framer interface {
	// Frame changes how a question is shown; reply is what it is without that.
	Frame(ctx context.Context, t *Turn, p flows.Prompt, reply text.Reply) (text.Reply, error)
}

// Notice is what a Side needs to render a message sent later.
type Notice struct {
	Case    cases.Case
	Event   cases.Event
	Lang    string
	Officer *cases.Officer // nil for reporters
	Now     time.Time
	// Absent is the owner of the case in whose place Officer is told of this, nil when it is for themselves.
	Absent *cases.Officer
	// Quiet: the message says that there is news and nothing of what.
	Quiet bool
	// More is of how many other new cases it tells an officer too.
	More int
	// Token gives what a button under the message opens a case of this chat by, for whom the notice is for; the side that
	// renders it never sees the chat. Nil where notices are for officers, or no key for it is at hand.
	Token func(caseID string) string
}

// News makes and reads the tokens under quiet messages: at most 48 characters of [A-Za-z0-9_-] that name a case, and by
// number the colleague who joined it (0: its first reporter), and are good in one chat only.
type News interface {
	NewsToken(caseID string, colleague int, chat string) string
	ParseNewsToken(token, chat string) (caseID string, colleague int, ok bool)
}

// Turn is one update being handled: who (only in keyed names), what, and what comes of it.
type Turn struct {
	Now     time.Time
	Session flows.Session
	In      flows.Input
	// Command and Args are set for a command ("status", "HY-…"), without slash and bot name.
	Command string
	Args    string
	// Data is the raw callback data of a press; Pressed says that there was one.
	Data    string
	Pressed bool
	// Reporter is the keyed name of the chat for the reporters' side, Person that of the account for officers.
	Reporter []byte
	Person   []byte
	// Officer is set when Person is an active officer.
	Officer *cases.Officer
	// Hint is the language the client reports, for ordering the first choice only.
	Hint string
	// Replies are what the router sends after the session is stored.
	Replies []text.Reply

	book   *text.Book
	engine *flows.Engine
	seed   func() (flows.Seed, error)
	seal   func() ([]byte, error)
	news   func(token string) (caseID string, colleague int, ok bool)
	token  func(id string, colleague int) string
	act    func(context.Context, *Turn, []flows.Effect) error
	frame  func(context.Context, *Turn, flows.Prompt) (text.Reply, error)
	// after runs once the session is stored.
	after []func()
	// menuDue: the command menu of this chat is to be set, or taken away from who is no officer any more.
	menuDue bool
	share   [32]byte
	filed   bool // a case was made of a draft
	at, of  int  // the question asked last is this one of so many; 0 of 0 when none was
}

// menuKey is what an officer's command menu depends on; "" for everybody else.
func (t *Turn) menuKey() string {
	if t.Officer == nil {
		return ""
	}
	return string(t.Officer.Role) + "|" + t.Lang()
}

// Lang is the language to speak: the chosen one, or the default until there is one.
func (t *Turn) Lang() string { return t.book.Pick(t.Session.Lang) }

// T is the text of key in the person's language; data are pairs of name and value, and values are escaped.
func (t *Turn) T(key string, data ...any) string { return t.book.T(t.Lang(), key, data...) }

// Book gives access to all languages.
func (t *Turn) Book() *text.Book { return t.book }

// Show puts a screen up.
func (t *Turn) Show(html string, rows ...[]text.Button) {
	t.Replies = append(t.Replies, text.Reply{Do: text.Show, HTML: html, Rows: rows})
}

// Send adds a message of its own.
func (t *Turn) Send(html string, rows ...[]text.Button) {
	t.Replies = append(t.Replies, text.Reply{Do: text.Send, HTML: html, Rows: rows})
}

// Clear empties the chat of what the bot may still delete, on both sides, and says under html how much that was. With
// spare the messages that hold a receipt stay.
func (t *Turn) Clear(html string, spare bool, rows ...[]text.Button) {
	t.Replies = append(t.Replies, text.Reply{Do: text.Clear, HTML: html, Spare: spare, Rows: rows})
}

// Toast is a short word on the pressed button.
func (t *Turn) Toast(key string) {
	t.Replies = append(t.Replies, text.Reply{Do: text.Toast, HTML: t.book.Label(t.Lang(), key)})
}

// Alert must be read: a box on a press, a message otherwise.
func (t *Turn) Alert(key string, data ...any) {
	if !t.Pressed {
		t.Send(t.T(key, data...))
		return
	}
	t.Replies = append(t.Replies, text.Reply{Do: text.Alert, HTML: t.book.Label(t.Lang(), key, data...)})
}

// After has f run once the turn is stored, so that a turn played again counts once.
func (t *Turn) After(f func()) { t.after = append(t.after, f) }

// Begin opens a form. Facts about what it concerns go into its context ("case", "ref", "mode", ...).
func (t *Turn) Begin(ctx context.Context, flow string, about map[string]string) error {
	seed, err := t.seed()
	if err != nil {
		return err
	}
	s, effects := t.engine.Begin(t.Session, flow, seed, about, t.Now)
	t.Session = s
	return t.act(ctx, t, effects)
}

// InPlace puts what was added last into the pressed message instead of under it.
func (t *Turn) InPlace() {
	if n := len(t.Replies); n > 0 && t.Replies[n-1].Do == text.Send {
		t.Replies[n-1].Do = text.Show
	}
}

// Below keeps the pressed message as it is: the next screen comes as a message of its own.
func (t *Turn) Below() { t.In.Message = 0 }

// BeginKnowing opens a form in which an answer is known already, by what it sets ("kind"); known is false when the form
// was open before, or has no such answer: then it is as it would be without.
func (t *Turn) BeginKnowing(ctx context.Context, flow, fact, option string) (known bool, err error) {
	seed, err := t.seed()
	if err != nil {
		return false, err
	}
	s, effects, known := t.engine.BeginKnowing(t.Session, flow, seed, fact, option, t.Now)
	t.Session = s
	return known, t.act(ctx, t, effects)
}

// BeginWith opens a form and gives it the message in hand. When there is no room for one more form, another one is
// shown, and gets nothing.
func (t *Turn) BeginWith(ctx context.Context, flow string, about map[string]string) error {
	seed, err := t.seed()
	if err != nil {
		return err
	}
	s, effects := t.engine.Begin(t.Session, flow, seed, about, t.Now)
	if slices.ContainsFunc(s.Drafts, func(d flows.Draft) bool {
		return d.ID == s.Active && d.Flow == flow && maps.Equal(d.Context, about)
	}) {
		s, effects = t.engine.Step(s, t.In, t.Now)
	}
	t.Session = s
	return t.act(ctx, t, effects)
}

// Ask shows the open form's question again, as a new message; false when no form is open.
func (t *Turn) Ask() bool {
	p, ok := t.engine.Prompt(t.Session)
	if ok {
		reply := t.book.Prompt(t.Lang(), p)
		t.Replies = append(t.Replies, reply)
	}
	return ok
}

// Resume puts a waiting form back on the screen.
func (t *Turn) Resume(ctx context.Context, draft string) error {
	s, effects := t.engine.Resume(t.Session, draft, t.Now)
	t.Session = s
	return t.act(ctx, t, effects)
}

// Park leaves the open form for now; it is kept.
func (t *Turn) Park() { t.Session = t.engine.Park(t.Session) }

// Close drops a draft whose effect is stored.
func (t *Turn) Close(draft string) { t.Session = t.engine.Close(t.Session, draft) }

// Facts are the options of a draft that say something about its case: mode, kind, matter, urgent, unit, ...
func (t *Turn) Facts(d flows.Draft) map[string]string { return t.engine.Facts(d) }

// Path lists the steps of a draft that were asked, in order.
func (t *Turn) Path(d flows.Draft) []string { return t.engine.Path(d) }

// OfMatter says whether a step's answer says something of the matter itself, and not how it was filed.
func (t *Turn) OfMatter(d flows.Draft, step string) bool { return t.engine.OfMatter(d, step) }

// OptionKey is the message key of the option chosen at a step, "" when the answer chose none.
func (t *Turn) OptionKey(d flows.Draft, step string, a flows.Answer) string {
	return t.engine.OptionKey(d, step, a)
}

// Address is the sealed return address of this chat. Only the postman can open it.
func (t *Turn) Address() ([]byte, error) { return t.seal() }

// Token is what a button under a message of this chat names a row by, and the colleague who joined a case, by number: it is
// good in this chat only. It is "" where no key for it is at hand.
func (t *Turn) Token(id string, colleague int) string { return t.token(id, colleague) }

// News reads the token under a quiet message of this chat; colleague is the number of who joined the case, 0 for its first
// reporter. ok is false for a token of another chat, and for none.
func (t *Turn) News(token string) (caseID string, colleague int, ok bool) { return t.news(token) }
