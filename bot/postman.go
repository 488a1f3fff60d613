package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
)

// Addresses opens sealed return addresses. Only the postman has it.
type Addresses interface {
	OpenAddress(sealed []byte) ([]byte, error)
}

// Mail is where a postman finds what to send.
type Mail interface {
	CaseByID(ctx context.Context, id string) (cases.Case, error)
	Event(ctx context.Context, caseID string, seq int) (cases.Event, error)
	ReporterAddress(ctx context.Context, caseID string) (sealed []byte, lang string, err error)
	// ColleagueAddress gives who joined a case under a number. Error: NotFound for who left.
	ColleagueAddress(ctx context.Context, caseID string, n int) (who cases.Colleague, sealed []byte, err error)
	OfficerAddress(ctx context.Context, id cases.OfficerID) ([]byte, error)
	Officer(ctx context.Context, id cases.OfficerID) (cases.Officer, error)
}

// Postman sends notices: it alone opens an address, and it forgets it when the message is out.
type Postman struct {
	Mail      Mail
	Addresses Addresses
	Wires     map[string]Wire // by the id of the bot that an address belongs to
	Intake    Side
	Desk      Side
	Now       func() time.Time
	// News makes the tokens under quiet messages.
	News News
	// Trail remembers what reporters were sent; nil remembers nothing.
	Trail *Trail
}

// Deliver sends one notice and says what became of it. An error means: try again later; if it has a
// RetryAfter() time.Duration, not before that.
func (p *Postman) Deliver(ctx context.Context, n cases.Notice) (cases.Delivery, error) {
	c, err := p.Mail.CaseByID(ctx, n.Case)
	if err != nil {
		return cases.Waiting, fmt.Errorf("read case: %w", err)
	}
	e, err := p.Mail.Event(ctx, n.Case, n.Seq)
	if err != nil {
		return cases.Waiting, fmt.Errorf("read event: %w", err)
	}
	notice := Notice{Case: c, Event: e, Now: p.Now(), More: n.More}
	side := p.Intake
	var sealed []byte
	switch {
	case n.To == cases.ToReporter && n.Colleague > 0:
		var who cases.Colleague
		if who, sealed, err = p.Mail.ColleagueAddress(ctx, n.Case, n.Colleague); cases.CodeOf(err) == cases.NotFound {
			return cases.Failed, nil // has left: nobody is to be found any more
		}
		notice.Case, notice.Lang = c.As(who), who.Language
	case n.To == cases.ToReporter:
		sealed, notice.Lang, err = p.Mail.ReporterAddress(ctx, n.Case)
	default:
		side = p.Desk
		var o cases.Officer
		if o, err = p.Mail.Officer(ctx, n.Officer); err == nil {
			if o.Revoked {
				return cases.Failed, nil
			}
			notice.Officer, notice.Lang = &o, o.Language
			if notice.Absent, err = p.absent(ctx, c, n); err != nil {
				return cases.Waiting, err
			}
			sealed, err = p.Mail.OfficerAddress(ctx, n.Officer)
		}
	}
	if err != nil {
		return cases.Waiting, fmt.Errorf("read address: %w", err)
	}
	if sealed == nil {
		return cases.Failed, nil // given up in between: nobody is to be found any more
	}
	address, wire, chat, err := p.open(sealed)
	if err != nil {
		return cases.Waiting, err
	}
	if n.To == cases.ToReporter {
		notice.Quiet = notice.Case.Mode.Nameless() && !notice.Case.Prompt
		if p.News != nil {
			notice.Token = func(caseID string) string { return p.News.NewsToken(caseID, n.Colleague, address) }
		}
	}
	replies, err := side.Notice(ctx, notice)
	if err != nil {
		return cases.Waiting, fmt.Errorf("render notice: %w", err)
	}
	state, ids, err := p.send(telegram.Bulk(ctx), wire, chat, pieces(replies))
	if n.To == cases.ToReporter {
		p.Trail.add(ctx, address, ids)
	}
	return state, err
}

// send sends the messages of one notice and gives their ids. Before the first of them is out anything may be tried again later; after
// that the rest follows now, or the letter would come twice.
func (p *Postman) send(ctx context.Context, wire Wire, chat int64, replies []text.Reply) (state cases.Delivery, ids []int, err error) {
	for i, reply := range replies {
		sent, err := p.one(ctx, wire, chat, reply, i > 0)
		ids = append(ids, sent...)
		switch telegram.ClassOf(err) {
		case "":
			if err != nil {
				return cases.Waiting, ids, err
			}
		case telegram.Blocked, telegram.ChatNotFound:
			return cases.Blocked, ids, nil
		case telegram.Unknown:
			return cases.Unknown, ids, nil
		case telegram.Unreachable, telegram.RateLimited, telegram.Unauthorized, telegram.Conflict:
			if i > 0 {
				return cases.Unknown, ids, nil // a part is there already; it names case and event
			}
			err = fmt.Errorf("send notice: %w", err)
			if telegram.ClassOf(err) == telegram.RateLimited {
				err = &later{err: err, wait: waitOf(err)}
			}
			return cases.Waiting, ids, err
		default:
			return cases.Failed, ids, nil
		}
	}
	return cases.Sent, ids, nil
}

// one sends one message; on waits for its turn, as long as ctx allows, instead of giving it back.
func (p *Postman) one(ctx context.Context, wire Wire, chat int64, reply text.Reply, on bool) ([]int, error) {
	for {
		edit := 0
		sent, err := Deliver(ctx, wire, chat, &edit, reply)
		if !on || telegram.ClassOf(err) != telegram.RateLimited {
			return sent, err
		}
		turn := time.NewTimer(max(waitOf(err), 100*time.Millisecond))
		select {
		case <-turn.C:
		case <-ctx.Done():
			turn.Stop()
			return nil, err
		}
	}
}

// pieces gives every message of replies one of its own, so that each is sent once.
func pieces(replies []text.Reply) []text.Reply {
	var out []text.Reply
	for _, r := range replies {
		if r.Do != text.Words {
			out = append(out, r)
			continue
		}
		for _, piece := range telegram.SplitText(r.Plain, telegram.MessageLimit) {
			r.Plain = piece
			out = append(out, r)
		}
	}
	return out
}

// later is a failure that is worth another try, not before wait has passed.
type later struct {
	err  error
	wait time.Duration
}

func (l *later) Error() string             { return l.err.Error() }
func (l *later) Unwrap() error             { return l.err }
func (l *later) RetryAfter() time.Duration { return l.wait }

// waitOf is how long the wire asks to wait; 0 when it does not say.
func waitOf(err error) time.Duration {
	var e *telegram.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// open gives an address in the clear ("<bot>|<chat>"), and its chat.
func (p *Postman) open(sealed []byte) (address string, wire Wire, id int64, err error) {
	plain, err := p.Addresses.OpenAddress(sealed)
	if err != nil {
		return "", nil, 0, fmt.Errorf("open address: %w", err)
	}
	bot, chat, _ := strings.Cut(string(plain), "|")
	id, err = strconv.ParseInt(chat, 10, 64)
	if err != nil {
		return "", nil, 0, fmt.Errorf("open address: not an address") // the number itself must not be printed
	}
	wire, ok := p.Wires[bot]
	if !ok {
		return "", nil, 0, fmt.Errorf("open address: of a bot that this process has no token of")
	}
	return string(plain), wire, id, nil
}
