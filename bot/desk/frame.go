package desk

import (
	"context"
	"fmt"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// previewWords is how much of a letter its preview shows; the words themselves stand whole in the chat above.
const previewWords = 1200

// Frame implements bot.Framer: a letter's review shows what the reporter will read, and a note can call colleagues.
func (d *Desk) Frame(ctx context.Context, bt *bot.Turn, p flows.Prompt, reply text.Reply) (text.Reply, error) {
	t := d.at(bt)
	action, known := actionOf(p.Flow)
	ref, ok := cases.ParseReference(p.Draft.Context["ref"])
	if t == nil || !known || !ok || p.Step == "" {
		return reply, nil
	}
	switch {
	case action == cases.Note:
		return t.frameNote(ctx, p, reply, ref)
	case p.Step == stepWords && len(t.templates(action, p.Draft)) > 0:
		reply.Rows = beforeWays(reply.Rows, p, []text.Button{
			t.button("tools.button.templates", data{what: "tmpl", ref: ref, word: p.Draft.Nonce}),
		})
	case p.Kind == flows.Review:
		return t.frameReview(ctx, p, reply, action, ref)
	}
	return reply, nil
}

// frameNote says who will be told of a note, and offers colleagues.
func (t *turn) frameNote(ctx context.Context, p flows.Prompt, reply text.Reply, ref cases.Reference) (text.Reply, error) {
	called, err := t.called(ctx, p.Draft, ref)
	if err != nil {
		return reply, err
	}
	if len(called) > 0 {
		names := make([]string, len(called))
		for i, o := range called {
			names[i] = o.Name
		}
		reply.HTML += "\n\n" + t.say("tools.tell.will", "Names", strings.Join(names, t.label("desk.comma")))
	} else if p.Received == 0 && p.Kind == flows.Text {
		reply.HTML += "\n" + t.say("tools.tell.hint")
	}
	button := t.button("tools.button.tell", data{what: "tell", ref: ref, word: p.Draft.Nonce})
	reply.Rows = beforeWays(reply.Rows, p, []text.Button{button})
	return reply, nil
}

// beforeWays puts a row between the buttons that answer a question and those that leave it.
func beforeWays(rows [][]text.Button, p flows.Prompt, row []text.Button) [][]text.Button {
	leaving := map[string]bool{}
	for _, w := range p.Ways {
		leaving[w.Data] = true
	}
	out := make([][]text.Button, 0, len(rows)+1)
	put := false
	for _, r := range rows {
		if !put && len(r) > 0 && leaving[r[0].Data] {
			out, put = append(out, row), true
		}
		out = append(out, r)
	}
	if !put {
		out = append(out, row)
	}
	return out
}

// frameReview shows under a letter what its reporter will read, in their language, by the renderer of notices.
func (t *turn) frameReview(ctx context.Context, p flows.Prompt, reply text.Reply, action cases.Action, ref cases.Reference) (text.Reply, error) {
	if t.preview == nil {
		return reply, nil
	}
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if told(err) {
		return reply, nil // sending it will say why not
	}
	if err != nil {
		return reply, fmt.Errorf("load case: %w", err)
	}
	act, err := t.actOf(ctx, p.Draft, action, ref)
	if err != nil {
		return reply, err
	}
	if err := t.askedIn(ctx, ref, &act, p.Draft.Context["officers"]); told(err) {
		return reply, nil // as above
	} else if err != nil {
		return reply, fmt.Errorf("load who is asked in: %w", err)
	}
	shown, cut, err := t.asRead(ctx, c, act)
	if err != nil || shown == "" {
		return reply, err
	}
	lines := []string{reply.HTML, "", "<b>" + t.say("tools.preview.title", "Language", t.tongue(t.lang, t.book.Pick(c.Language))) + "</b>", "<blockquote>" + shown + "</blockquote>"}
	if cut {
		lines = append(lines, t.say("tools.preview.cut"))
	}
	if c.Mode.Nameless() && !c.Prompt && c.Reachable() {
		lines = append(lines, t.say("tools.preview.quiet"))
	}
	reply.HTML = strings.Join(lines, "\n")
	return reply, nil
}

// asRead is what the reporter of a case reads of an act, "" when they are told nothing or the act is not possible now.
// cut says that not all of the words are in it.
func (t *turn) asRead(ctx context.Context, c cases.Case, a cases.Act) (markup string, cut bool, err error) {
	if a.Body != nil {
		words := text.Cut(a.Body.Text, previewWords)
		cut = words != a.Body.Text
		a.Body = &cases.Body{Text: words}
	}
	e, err := (&c).Do(a, t.rulesOf(c), t.Now)
	if err != nil || !cases.VisibleToReporter(e.Kind) {
		return "", false, nil
	}
	e = cases.Timeline([]cases.Event{e}, cases.Reporter)[0]
	replies, err := t.preview(ctx, bot.Notice{
		Case: c, Event: e, Lang: t.book.Pick(c.Language), Now: t.Now, Token: func(string) string { return "preview" },
	})
	if err != nil {
		return "", false, fmt.Errorf("preview: %w", err)
	}
	var parts []string
	for _, r := range replies {
		switch r.Do {
		case text.Words:
			parts = append(parts, escape(r.Plain))
		default:
			parts = append(parts, r.HTML)
		}
	}
	return strings.Join(parts, "\n\n"), cut, nil
}
