package desk

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// whole sends the words of one event as they came, message by message.
func (t *turn) whole(ctx context.Context, p data) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	e, ok := d.event(p.number)
	if !ok || e.Body == nil || !d.open {
		t.tell("desk.nothing_to_read")
		return nil
	}
	if e.Seq != 1 {
		t.Send(t.say("desk.whole", "Ref", string(d.Ref), "Title", t.label("desk.event_name."+string(e.Kind))))
		t.words(d, e.Body.Text)
		return nil
	}
	for _, f := range e.Body.Fields {
		if len(f.Text) == 0 || f.Skipped {
			continue
		}
		t.Send(t.say("desk.whole", "Ref", string(d.Ref), "Title", t.label(f.Title)))
		for _, s := range f.Text {
			t.words(d, s)
		}
	}
	t.words(d, e.Body.Text)
	return nil
}

// words sends people's words without touching them.
func (t *turn) words(d *dossier, s string) {
	if strings.TrimSpace(s) != "" {
		t.Replies = append(t.Replies, text.Reply{Do: text.Words, Plain: s, Protect: d.guarded() || t.guest()})
	}
}

// evidence sends the clean copy of one file under a name of the house.
func (t *turn) evidence(ctx context.Context, p data) error { return t.exhibit(ctx, p, false) }

// exhibit sends one file of a case: the clean copy, or as it was sent. What could not be cleaned is sent with a warning.
func (t *turn) exhibit(ctx context.Context, p data, original bool) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if !d.open || p.number < 1 || p.number > len(d.files) {
		t.tell("desk.no_such_file")
		return nil
	}
	f := d.files[p.number-1]
	all, err := t.evid.Exhibits(ctx, t.by, d.ID)
	if err != nil {
		return t.refuse(err)
	}
	i := slices.IndexFunc(all, func(x Exhibit) bool { return x.ID == f.ID })
	switch {
	case i < 0:
		t.tell("desk.no_such_file")
		return nil
	case all[i].State != "kept":
		t.tell("desk.file_" + all[i].State)
		return nil
	case original && !all[i].Original && all[i].Cleaned == "clean":
		t.tell("desk.no_original")
		return nil
	}
	x := all[i]
	f.MIME = x.MIME
	caption := t.label("desk.file_caption", "Ref", string(d.Ref), "Number", p.number, "Of", len(d.files))
	switch {
	case original && x.Original:
		caption += "\n" + t.label("desk.file_as_sent")
	case x.Cleaned == "cannot":
		caption += "\n" + t.label("desk.file_not_cleaned")
	}
	by, evidence := t.by, t.evid
	t.Replies = append(t.Replies, text.Reply{
		Do: text.Document, Protect: d.guarded() || t.guest(),
		File: &text.File{
			ID: f.ID, Kind: f.Kind, MIME: f.MIME,
			Name:    fmt.Sprintf("%s-%d%s", d.Ref, p.number, extension(f)),
			Caption: caption,
			Open: func(ctx context.Context) (io.ReadCloser, error) {
				return evidence.OpenExhibit(ctx, by, x.ID, original && x.Original)
			},
		},
	})
	return nil
}

// perFiles is how many files a page of them shows.
const perFiles = 40

// files lists all evidence of a case page by page.
func (t *turn) files(ctx context.Context, p data) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	t.fileList(d, p, "file", t.say("desk.files", "Ref", string(d.Ref), "Count", len(d.files)))
	return nil
}

// fileList shows one page of files; what is the button that opens one, and with an s the one that turns pages.
func (t *turn) fileList(d *dossier, p data, what, markup string) {
	last := max((len(d.files)-1)/perFiles, 0)
	page := min(p.number, last)
	rows := pairUp(2, 40, t.fileButtons(d, what, page*perFiles, perFiles)...)
	var turn []text.Button
	if page > 0 {
		turn = append(turn, t.button("desk.button.prev", data{what: what + "s", ref: d.Ref, number: page - 1}))
	}
	if page < last {
		label := t.label("desk.button.more", "Page", page+2, "Of", last+1)
		turn = append(turn, text.Button{Text: label, Data: data{what: what + "s", ref: d.Ref, number: page + 1}.String()})
	}
	rows = append(rows, pairUp(2, 40, turn...)...)
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: d.Ref})})
	t.onScreen(d.Ref, markup, rows...)
}

// extensions are the endings of evidence; the sender's own name, ending included, is never used.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/heic": ".heic",
	"application/pdf": ".pdf", "text/plain": ".txt", "text/csv": ".csv", "application/zip": ".zip",
	"audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/x-wav": ".wav", "audio/wav": ".wav",
	"video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}

// kindExtensions serve when the type is not known: what Telegram makes of files of a kind.
var kindExtensions = map[string]string{"photo": ".jpg", "voice": ".ogg", "video": ".mp4", "audio": ".mp3"}

func extension(f cases.File) string {
	mime, _, _ := strings.Cut(strings.ToLower(f.MIME), ";")
	if e, ok := extensions[strings.TrimSpace(mime)]; ok {
		return e
	}
	if e, ok := kindExtensions[f.Kind]; ok {
		return e
	}
	return ".bin"
}

// fileKind is the kind of a file as the locales name it.
func fileKind(f cases.File) string {
	switch f.Kind {
	case "photo", "voice", "video", "audio":
		return f.Kind
	}
	return "document"
}

// perPast is how many events a page of the timeline shows.
const perPast = 12

// past shows the whole timeline page by page, readings included; the newest page is 0.
func (t *turn) past(ctx context.Context, p data) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	pages := (len(d.events) + perPast - 1) / perPast
	page := min(p.number, max(pages-1, 0))
	end := len(d.events) - page*perPast
	w := &writer{turn: t, m: measure{quote: 60}}
	lines := []string{t.say("desk.past.title", "Ref", string(d.Ref))}
	for _, e := range d.events[max(end-perPast, 0):max(end, 0)] {
		if d.shows(e) {
			lines = append(lines, w.happened(d, e))
		}
	}
	var read []text.Button
	for _, seq := range w.cut {
		label := t.label("desk.button.read_event", "Event", t.label("desk.event_name."+string(d.kindOf(seq))), "Day", t.book.Day(t.lang, d.at(seq)))
		read = append(read, text.Button{Text: label, Data: data{what: "all", ref: d.Ref, number: seq}.String()})
	}
	rows := pairUp(1, 60, read...)
	var turn []text.Button
	if page+1 < pages {
		turn = append(turn, t.button("desk.button.older", data{what: "past", ref: d.Ref, number: page + 1}))
	}
	if page > 0 {
		turn = append(turn, t.button("desk.button.newer", data{what: "past", ref: d.Ref, number: page - 1}))
	}
	rows = append(rows, pairUp(2, 40, turn...)...)
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: d.Ref})})
	t.screen(flows.Screen{Name: screenCase, Arg: string(d.Ref)}, strings.Join(lines, "\n"), rows...)
	return nil
}
