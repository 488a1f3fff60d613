package desk

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"regexp"

	"huiyin/bot/letter"
	"huiyin/bot/paper"
	"huiyin/bot/text"
	"huiyin/cases"
)

// letter sends the letter about the newest answer of a case, in the reporter's language, for the office's file.
func (t *turn) letter(ctx context.Context, ref cases.Reference) error {
	d, err := t.read(ctx, ref)
	if err != nil {
		return t.refuse(err)
	}
	e, ok := letter.Newest(d.events)
	if !ok || !d.open {
		t.tell("letter.none")
		return nil
	}
	raw, ok, err := t.printed(t.letters().Compose(d.Case, e))
	if err != nil || !ok {
		return err
	}
	t.Replies = append(t.Replies, text.Reply{Do: text.Document, File: &text.File{
		Kind: "document", MIME: "application/pdf", Name: letter.Name(t.book, d.Case, e), Free: true,
		Caption: t.label("letter.caption_officer", "Ref", string(ref), "Day", t.book.Day(t.lang, e.At)),
		Open:    func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil },
	}})
	return nil
}

func (t *turn) letters() letter.Writer { return letter.Writer{Book: t.book, Org: t.org} }

// letterRow is the button of the letter under a card, when there is one.
func (t *turn) letterRow(d *dossier) [][]text.Button {
	if _, ok := letter.Newest(d.events); !ok || !d.open {
		return nil
	}
	return [][]text.Button{{t.button("letter.button", data{what: "letter", ref: d.Ref})}}
}

// printed prints a document; ok is false when the officer has been told why it cannot be.
func (t *turn) printed(d paper.Document) (raw []byte, ok bool, err error) {
	var b bytes.Buffer
	err = t.print.Print(&b, d)
	if key := letter.Refusal(err); key != "" {
		t.tell(key)
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("print: %w", err)
	}
	return b.Bytes(), true, nil
}

var markups = regexp.MustCompile(`</?[a-z][^>]*>`)

// bare is finished markup as plain words.
func bare(markup string) string { return html.UnescapeString(markups.ReplaceAllString(markup, "")) }
