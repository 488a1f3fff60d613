package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/go-telegram/bot/models"
	"golang.org/x/time/rate"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Sessions is where sessions live. Errors are flows.ErrConflict and flows.ErrAway, found with errors.Is.
type Sessions interface {
	// Load gives the session under name, the zero Session when there is none.
	Load(ctx context.Context, name [32]byte) (flows.Session, error)
	// Save stores s on top of the revision it was read at and gives it back with the next one.
	Save(ctx context.Context, name [32]byte, s flows.Session) (flows.Session, error)
}

// Officers tells who works here.
type Officers interface {
	// OfficerByKey finds an active officer by the keyed name of their account. Whose chat was never an officer's may stay
	// unknown for a moment after they joined through another process.
	OfficerByKey(ctx context.Context, key []byte, before bool) (cases.Officer, bool, error)
}

// Keys makes names that cannot be turned back into ids, and seals return addresses.
type Keys interface {
	Name(purpose string, parts ...string) [32]byte
	SealAddress(plain []byte) ([]byte, error)
}

// ReporterSide is the reporters' side, with what only reporters have.
type ReporterSide interface {
	Side
	// Receipt handles a message that holds a receipt, wherever it was typed; false when it holds none.
	Receipt(ctx context.Context, t *Turn) (bool, error)
	// Addendum takes in an edited message that belongs to no open form.
	Addendum(ctx context.Context, t *Turn) error
	// Returned: a reporter who had blocked the bot has opened the chat again.
	Returned(ctx context.Context, reporter []byte) error
}

// Options is what a Router is made of; all fields are needed but those that say otherwise.
type Options struct {
	Sessions Sessions
	Officers Officers
	Keys     Keys
	Wire     Wire
	Book     *text.Book
	Engine   *flows.Engine
	Intake   ReporterSide
	Desk     Side
	// Menu gives an officer's commands, for the list that Telegram shows; a hint, never a permission.
	Menu func(lang string, role cases.Role) []models.BotCommand
	// News reads the tokens under quiet messages; nil reads none.
	News News
	// Trail remembers the messages of reporters' chats; nil remembers none.
	Trail *Trail
	// Seed makes the random parts of a draft.
	Seed func() (flows.Seed, error)
	Now  func() time.Time
	Log  *slog.Logger
	// Bot is who we are for Telegram.
	Bot models.User
	// Limits bounds what one chat does; nil bounds nothing.
	Limits       Limits
	LimitMetrics *LimitMetrics // may be nil
	// Queue is where answers wait while Telegram takes no more; nil: none waits. With it Debts is needed.
	Queue       Queue
	Debts       Debts
	OwedMetrics *OwedMetrics // may be nil
	// Ceiling is how many updates a second this process takes; 0 means 5000.
	Ceiling int
}

// Router handles updates; it is the Handler of the lanes.
type Router struct {
	Options
	done    *doneSet
	ceiling *rate.Limiter
	owed    *owed
}

// NewRouter makes a router.
func NewRouter(o Options) *Router {
	r := &Router{Options: o, done: newDoneSet(4096), ceiling: newCeiling(o.Ceiling)}
	r.owed = newOwed(r)
	return r
}

// writes is how often a turn is played again when its session was written in between.
const writes = 8

// Handle implements telegram.Handler: load, play, store, then send. Everything up to storing may run again.
func (r *Router) Handle(ctx context.Context, u *models.Update) error {
	if r.shed() {
		return errShed
	}
	in, ok := r.read(ctx, u)
	var err error
	switch {
	case u.MyChatMember != nil:
		err = r.member(ctx, u.MyChatMember)
	case !ok:
		return nil
	case !in.private:
		return r.group(ctx, in)
	default:
		load, ok := r.admit(ctx, in)
		if !ok {
			return nil
		}
		err = r.handle(ctx, in, load)
	}
	if errors.Is(err, flows.ErrAway) || cases.CodeOf(err) == cases.Away {
		return fmt.Errorf("%w: %w", telegram.ErrAway, err)
	}
	return err
}

// handle plays an update on the session that load gives, and again on what there is when it was written in between.
func (r *Router) handle(ctx context.Context, in incoming, load loader) error {
	name := r.session(in)
	var before *Turn // as it was played when its session was written or lost in between
	for range writes {
		s, err := load(ctx)
		load = func(ctx context.Context) (flows.Session, error) { return r.Sessions.Load(ctx, name) }
		if err != nil {
			return fmt.Errorf("load session: %w", err)
		}
		s.Expire(r.Now())
		t := r.turn(in, s)
		lost := before != nil && s.Rev == 0
		if s.SeenUpdate(in.turn.In.Update) {
			if r.done.has(in.turn.In.Update) {
				return r.answerOnly(ctx, in)
			}
			// Stored, but perhaps never answered: the process died in between. Showing again does no harm.
			if err := r.again(ctx, t); err != nil {
				return err
			}
			return r.finish(ctx, in, t)
		}
		if lost {
			// Redis has lost the session while the turn was played on it. Played on nothing, it would tell a person whose
			// case was just filed that the form is gone: what they did and were to be shown holds.
			t = before
			t.Session.Rev = 0
		} else {
			if err := r.play(ctx, t); err != nil {
				return err
			}
			t.Session.MarkSeen(in.turn.In.Update)
			t.rememberMenu()
		}
		if _, err := r.Sessions.Save(ctx, name, t.Session); err != nil {
			if errors.Is(err, flows.ErrConflict) {
				if s.Rev != 0 {
					before = t
				}
				continue
			}
			return fmt.Errorf("save session: %w", err)
		}
		r.spend(ctx, t)
		for _, f := range t.after {
			f()
		}
		return r.finish(ctx, in, t)
	}
	return fmt.Errorf("save session: %w", flows.ErrConflict)
}

func (r *Router) finish(ctx context.Context, in incoming, t *Turn) error {
	if err := r.hand(ctx, in, t); err != nil {
		return err
	}
	r.done.add(in.turn.In.Update)
	r.menu(ctx, in, t)
	return nil
}

// menu shows an officer the commands of their role and language when those have changed, and takes them from
// whoever is no officer any more.
func (r *Router) menu(ctx context.Context, in incoming, t *Turn) {
	scope := &models.BotCommandScopeChat{ChatID: in.chat}
	var err error
	switch {
	case t.menuDue && t.Officer != nil:
		err = r.Wire.SetCommands(ctx, r.Menu(t.Lang(), t.Officer.Role), scope, "")
	case t.menuDue:
		err = r.Wire.DeleteCommands(ctx, scope, "")
	}
	if err != nil {
		r.Log.Warn("menu not set", "class", string(telegram.ClassOf(err)))
	}
}

func (r *Router) turn(in incoming, s flows.Session) *Turn {
	t := in.turn
	t.Now = r.Now()
	t.Session = s
	t.Hint = in.hint
	bot, chat := strconv.FormatInt(r.Bot.ID, 10), strconv.FormatInt(in.chat, 10)
	reporter := r.reporter(in.chat)
	person := r.person(in.user)
	t.Reporter, t.Person, t.share = reporter[:], person[:], r.share(in)
	t.book, t.engine, t.seed = r.Book, r.Engine, r.Seed
	t.seal = func() ([]byte, error) { return r.Keys.SealAddress([]byte(bot + "|" + chat)) }
	t.news = func(token string) (string, int, bool) {
		if r.News == nil {
			return "", 0, false
		}
		return r.News.ParseNewsToken(token, bot+"|"+chat)
	}
	t.token = func(id string, colleague int) string {
		if r.News == nil {
			return ""
		}
		return r.News.NewsToken(id, colleague, bot+"|"+chat)
	}
	t.act, t.frame = r.effects, r.framed
	return &t
}

// play finds out what an update means and lets the right side do it.
func (r *Router) play(ctx context.Context, t *Turn) error {
	if err := r.recognise(ctx, t); err != nil {
		return err
	}
	if !t.Pressed && !t.linked() {
		if found, err := r.Intake.Receipt(ctx, t); found || err != nil {
			return err
		}
	}
	switch {
	case t.Command != "":
		return r.command(ctx, t)
	case t.Pressed:
		return r.press(ctx, t)
	case t.Session.Active != "" || t.In.Edited:
		return r.step(ctx, t)
	case t.Officer != nil && (deskScreen(t.Session.Screen) || r.deskOnly()):
		return r.Desk.Message(ctx, t)
	}
	return r.Intake.Message(ctx, t)
}

func (r *Router) recognise(ctx context.Context, t *Turn) error {
	o, ok, err := r.Officers.OfficerByKey(ctx, t.Person, t.Session.Office != nil)
	if err != nil {
		return fmt.Errorf("recognise officer: %w", err)
	}
	if ok {
		t.Officer = &o
		if t.Session.Lang == "" {
			t.Session.Lang = o.Language
		}
		return nil
	}
	r.strip(t)
	return nil
}

func (r *Router) command(ctx context.Context, t *Turn) error {
	if op, ok := formCommands[t.Command]; ok && t.Session.Active != "" {
		d, _ := t.Session.Draft(t.Session.Active)
		t.In.Press = &flows.Press{Nonce: d.Nonce, Turn: d.Turn, Op: op}
		return r.step(ctx, t)
	}
	for _, side := range []Side{r.Desk, r.Intake} {
		if side == r.Desk && t.Officer == nil && (t.Command != "start" || t.Args == "") {
			continue // nobody learns from an answer that there is such a command
		}
		if known, err := side.Command(ctx, t); known || err != nil {
			return err
		}
	}
	t.Send(t.T("error.unknown_command"))
	return nil
}

// formCommands are words of a form that may also be typed as commands.
var formCommands = map[string]flows.Op{
	"back": flows.OpBack, "skip": flows.OpSkip, "cancel": flows.OpCancel, "done": flows.OpDone, "exit": flows.OpExit,
}

func (r *Router) press(ctx context.Context, t *Turn) error {
	if t.In.Press != nil {
		return r.step(ctx, t)
	}
	if t.Officer != nil {
		if known, err := r.Desk.Press(ctx, t); known || err != nil {
			return err
		}
	}
	if known, err := r.Intake.Press(ctx, t); known || err != nil {
		return err
	}
	t.Alert("error.old_button")
	return r.side(t).Screen(ctx, t)
}

func (r *Router) step(ctx context.Context, t *Turn) error {
	s, effects := r.Engine.Step(t.Session, t.In, t.Now)
	if r.full(ctx, t, effects) {
		return nil
	}
	t.Session = s
	return r.effects(ctx, t, effects)
}

func (r *Router) effects(ctx context.Context, t *Turn, effects []flows.Effect) error {
	for _, e := range effects {
		switch e := e.(type) {
		case flows.Ask:
			reply, err := r.framed(ctx, t, e.Prompt)
			if err != nil {
				return err
			}
			if e.Fresh {
				reply.Do = text.Send
			}
			t.Replies = append(t.Replies, reply)
		case flows.Toast:
			t.Toast(e.Key)
		case flows.Alert:
			t.Alert(e.Key)
		case flows.Submit:
			if err := r.sideOf(e.Draft).Submit(ctx, t, e.Draft); err != nil {
				return fmt.Errorf("submit %s: %w", e.Draft.Flow, err)
			}
			t.filed = t.filed || files(e.Draft)
		case flows.Left:
			key := "note.discarded"
			if e.Saved {
				key = "note.saved"
			}
			if t.Pressed {
				t.Toast(key)
			} else {
				t.Send(t.T(key))
			}
			if err := r.sideOf(e.Draft).Screen(ctx, t); err != nil {
				return err
			}
		case flows.Closed:
			if p := t.In.Press; p != nil && p.Op == flows.OpSubmit && t.Session.Filed != nil {
				// A second tap on Send: the receipt stands in the chat, and one copy of it is enough.
				t.Alert("note.sent_already")
				continue
			}
			t.Alert("note.form_closed")
			if err := r.side(t).Screen(ctx, t); err != nil {
				return err
			}
		case flows.Corrected:
			if err := r.Intake.Addendum(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// again shows where the person is, for an update whose effect is stored already.
func (r *Router) again(ctx context.Context, t *Turn) error {
	if err := r.recognise(ctx, t); err != nil {
		return err
	}
	if p, ok := r.Engine.Prompt(t.Session); ok {
		reply, err := r.framed(ctx, t, p)
		t.Replies = append(t.Replies, reply)
		return err
	}
	return r.side(t).Screen(ctx, t)
}
