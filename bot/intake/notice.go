package intake

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// inOne is how many UTF-16 units of the office's words still travel in one message with what stands around them.
const inOne = 3400

// Notice implements bot.Side: what the reporter is told of an event. It names case and event number, so that a
// message that arrives twice is recognised. A quiet one names nothing: whoever looks at the phone learns only that there
// is something to look at.
func (i *Intake) Notice(_ context.Context, n bot.Notice) ([]text.Reply, error) {
	c, book, lang := n.Case, i.Book, n.Lang
	nameless := c.Mode.Nameless()
	look := func(key string) ([]text.Button, error) {
		if n.Token == nil {
			return nil, errors.New("notice without a name: there is no token for it")
		}
		return []text.Button{{Text: book.Label(lang, key), Data: "n.news." + n.Token(c.ID)}}, nil
	}
	if n.Quiet {
		row, err := look("notice.quiet_look")
		if err != nil {
			return nil, err
		}
		return []text.Reply{{Do: text.Send, HTML: book.T(lang, "notice.quiet"), Rows: [][]text.Button{row}, Protect: true}}, nil
	}
	n.Event.Slot = time.Time{} // it leaves when it may be known
	shown := seen(c, []cases.Event{n.Event}, n.Now)
	if len(shown) == 0 {
		return nil, fmt.Errorf("a notice to a reporter about %s, which reporters are not shown", n.Event.Kind)
	}
	n.Event = shown[0]
	hasWords := n.Event.Body != nil && n.Event.Body.Text != ""
	kind := "joint.notice." + string(n.Event.Kind)
	if c.Colleague == 0 || !book.Has(book.Pick(lang), kind) {
		kind = "notice.reporter." + string(n.Event.Kind)
	}
	if n.Event.Kind == cases.Relayed && n.Event.Code != "" {
		kind += "_" + n.Event.Code
	}
	head := book.T(lang, kind,
		append(said(book, lang, n.Event), "Ref", string(c.Ref), "Seq", n.Event.Seq, "Day", book.Day(lang, i.ends(c)))...)
	if words, ok := i.missed(n); ok {
		head = words
	}
	if n.Event.Kind == cases.CustodyOpened && hasWords {
		head += "\n" + book.T(lang, "notice.reporter.reason")
	}
	row := func(key, data string) []text.Button {
		return []text.Button{{Text: book.Label(lang, key), Data: data + bare(c.Ref)}}
	}
	open := row("intake.button.open_case", "n.case.")
	actions, key := i.reply(c, n.Event, n.Now)
	if key == "" {
		key = "open"
	}
	var rows [][]text.Button
	var sentences []string
	if key != "answer" && key != "rate" && key != "open" || !nameless {
		then := "notice.reporter.then_" + key
		if c.Colleague > 0 {
			then = "joint.notice.then"
		}
		sentences = append(sentences, book.T(lang, then, "Until", book.Day(lang, n.Event.Until)))
	}
	if nameless {
		// Nothing but its token opens the case from here.
		row, err := look("intake.button.open_case")
		if err != nil {
			return nil, err
		}
		rows = [][]text.Button{row}
		sentences = append(sentences, book.T(lang, "notice.reporter.then_look"))
	} else {
		for _, a := range actions {
			data := "n." + string(a) + "."
			b := row("intake.button."+string(a), data)
			if a == cases.Satisfy || a == cases.Agree || a == cases.Consent {
				b[0].Data += "." + strconv.Itoa(n.Event.Seq)
			}
			rows = append(rows, b)
		}
		if n.Event.Kind == cases.CheckInAsked {
			rows = append(rows, answersToCheck(book, lang, "n", c)...)
		}
		rows = append(rows, open)
	}
	then := strings.Join(sentences, "\n")
	if n.Event.Kind == cases.Missed {
		head += "\n\n" + book.T(lang, "promise.missed.then")
	}
	if !hasWords {
		return []text.Reply{{Do: text.Send, HTML: head, Rows: rows, Protect: nameless}}, nil
	}
	words := n.Event.Body.Text
	if len(utf16.Encode([]rune(words))) <= inOne {
		return []text.Reply{{
			Do: text.Send, HTML: head + "\n\n" + html.EscapeString(words) + "\n\n" + then, Rows: rows, Protect: nameless,
		}}, nil
	}
	return []text.Reply{
		{Do: text.Send, HTML: head, Protect: nameless},
		{Do: text.Words, Plain: words, Protect: nameless},
		{Do: text.Send, HTML: then, Rows: rows, Protect: nameless},
	}, nil
}
