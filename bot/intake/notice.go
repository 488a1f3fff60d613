package intake

import (
	"context"
	"html"
	"unicode/utf16"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// inOne is how many UTF-16 units of the office's words still travel in one message with what stands around them.
const inOne = 3400

// Notice implements bot.Side: what the reporter is told of an event. It names case and event number, so that a
// message that arrives twice is recognised.
func (i *Intake) Notice(_ context.Context, n bot.Notice) ([]text.Reply, error) {
	c, book, lang := n.Case, i.Book, n.Lang
	head := book.T(lang, "notice.reporter."+string(n.Event.Kind),
		"Ref", string(c.Ref), "Seq", n.Event.Seq, "What", eventDetail(book, lang, n.Event))
	row := func(key, data string) []text.Button {
		return []text.Button{{Text: book.Label(lang, key), Data: data + bare(c.Ref)}}
	}
	open := row("intake.button.open_case", "n.case.")
	rows, then := [][]text.Button{open}, "open"
	switch n.Event.Kind {
	case cases.Asked:
		rows, then = [][]text.Button{row("intake.button.answer", "n.answer."), open}, "answer"
	case cases.ClosedEvent:
		rows, then = [][]text.Button{row("intake.button.rate", "n.rate."), open}, "rate"
	}
	then = book.T(lang, "notice.reporter.then_"+then)
	if n.Event.Body == nil || n.Event.Body.Text == "" {
		return []text.Reply{{Do: text.Send, HTML: head, Rows: rows}}, nil
	}
	words := n.Event.Body.Text
	if len(utf16.Encode([]rune(words))) <= inOne {
		return []text.Reply{{Do: text.Send, HTML: head + "\n\n" + html.EscapeString(words) + "\n\n" + then, Rows: rows}}, nil
	}
	return []text.Reply{
		{Do: text.Send, HTML: head},
		{Do: text.Words, Plain: words},
		{Do: text.Send, HTML: then, Rows: rows},
	}, nil
}
