package intake

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"huiyin/bot"
	"huiyin/bot/letter"
	"huiyin/bot/text"
	"huiyin/cases"
)

// letterRow is the button of the letter about a case's answer, when there is one.
func letterRow(t *bot.Turn, c cases.Case, events []cases.Event) [][]text.Button {
	if _, ok := letter.Newest(cases.Timeline(events, cases.Reporter)); !ok {
		return nil
	}
	return [][]text.Button{{button(t, "letter.button", "h.letter."+bare(c.Ref))}}
}

// letter sends the answer as a letter. It is printed anew each time and kept nowhere.
func (i *Intake) letter(ctx context.Context, t *bot.Turn, ref string) error {
	c, err := i.find(ctx, t, ref)
	if err != nil {
		return i.gone(ctx, t, err)
	}
	events, err := i.Store.Events(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	e, ok := letter.Newest(cases.Timeline(events, cases.Reporter))
	if !ok || c.Colleague > 0 { // a letter is to whom it answers
		t.Alert("letter.none")
		return i.showCase(ctx, t, ref)
	}
	var b bytes.Buffer
	err = i.Print.Print(&b, letter.Writer{Book: i.Book, Org: i.Org}.Compose(c, e))
	if key := letter.Refusal(err); key != "" {
		t.Alert(key)
		return nil
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	caption := "letter.caption"
	if c.Mode.Nameless() {
		caption = "letter.caption_careful"
	}
	raw := b.Bytes()
	t.Replies = append(t.Replies, text.Reply{Do: text.Document, File: &text.File{
		Kind: "document", MIME: "application/pdf", Name: letter.Name(i.Book, c, e), Free: true,
		Caption: t.Book().Label(t.Lang(), caption, "Ref", string(c.Ref), "Day", t.Book().Day(t.Lang(), e.At)),
		Open:    func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil },
	}})
	return nil
}
